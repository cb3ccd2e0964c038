// One process of a cluster, for the specs to kill: node … worker.ts <ledger> <WorkflowsModule options as JSON>
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WorkflowsModule } from '../../lib/index.js';
import { ChoreSteps, Chores } from './chores.js';
import { EffectsLedger } from './effects-ledger.js';

const [ledgerPath = '', options = '{}'] = process.argv.slice(2);

@Module({
  imports: [WorkflowsModule.forRoot(JSON.parse(options))],
  providers: [{ provide: EffectsLedger, useValue: new EffectsLedger(ledgerPath) }, ChoreSteps, Chores],
})
class WorkerModule {}

const app = await NestFactory.createApplicationContext(WorkerModule, { logger: ['warn', 'error', 'log'] });
app.enableShutdownHooks();
console.log('ready');
