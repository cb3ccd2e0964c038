// One worker process, for the spec to kill: node … program-worker.ts <ledger> <WorkflowsModule options as JSON>
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WorkflowsModule } from '../../lib/index.js';
import { BodyLedger } from './body-ledger.js';
import { ProgramWorkflow } from './program-workflow.js';

const [ledgerPath = '', options = '{}'] = process.argv.slice(2);

@Module({
  imports: [WorkflowsModule.forRoot(JSON.parse(options))],
  providers: [{ provide: BodyLedger, useValue: new BodyLedger(ledgerPath) }, ProgramWorkflow],
})
class WorkerModule {}

await NestFactory.createApplicationContext(WorkerModule, { logger: ['warn', 'error'] });
console.log('ready');
