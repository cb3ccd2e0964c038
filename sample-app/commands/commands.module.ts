// A minute of work, and what operators ask of it while it runs. send-command.ts does so from a process of its own.
import { Module } from '@nestjs/common';
import { CommandsController } from './commands.controller.js';
import { CommandsWorkflows } from './commands.workflows.js';
import { MachineSteps } from './machine.steps.js';

@Module({ controllers: [CommandsController], providers: [CommandsWorkflows, MachineSteps] })
export class CommandsModule {}
