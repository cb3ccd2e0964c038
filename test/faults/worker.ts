// One process of a fault run: node … worker.ts <config as JSON>. Says `ready`, then `started <n>` when the starts it was asked for are durable.
import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type StartOptions, WorkflowService, WorkflowsModule, type WorkflowsModuleOptions } from '../../lib/index.js';
import { systemClock } from '../../lib/kernel/clock.js';
import { FlushStore } from '../../lib/store/flush/flush.store.js';
import { armFaultPoints } from './fault-action.js';
import { Gated, type GatedName } from './gated.js';
import { Ledger } from './ledger.js';
import { Talks } from './talks.js';
import { MIX, Workload } from './workload.js';

export interface WorkerConfig {
  ledger: string;
  options: WorkflowsModuleOptions;
  /** Runs that this process starts itself, eagerly while it has slots. */
  starts?: {
    count: number;
    ms: number;
    /** And some that need a permit, or have a key. */
    gated?: boolean;
  };
  /** The wall clock, as the library sees it, jumps by up to so many ms every 200 ms. */
  clockJumpsMs?: number;
}

const STARTED = [...MIX, 'parent'];

const GATED_STARTS: ReadonlyArray<[workflow: GatedName, options: StartOptions]> = [
  ['shift', { queue: 'parts', partitionKey: 'p0' }],
  ['twice', { queue: 'parts', partitionKey: 'p0' }],
  ['hasty', { queue: 'five', partitionKey: 'p1' }],
  ['hasty', { queue: 'two' }],
  ['doze', { queue: 'four', deduplicationId: 'doze', deduplicationPolicy: 'return-existing' }],
  ['shift', { debounce: { key: 'shift', period: 40 } }],
  ['shift', { debounce: { key: 'shift', period: 40 } }],
];

const config = JSON.parse(process.argv[2] ?? '{}') as WorkerConfig;
const ledger = new Ledger(config.ledger);

/** Every flush and what became of it; what a killed process had on the wire has no line. */
function logFlushes(): void {
  const { record } = FlushStore.prototype;
  FlushStore.prototype.record = async function (executor, batch) {
    const answer = record.call(this, executor, batch);
    // After the call: a process that was stopped just before sending sends now.
    const line = { kind: 'flush' as const, executor, sentAt: Date.now(), runs: batch.owners.size };
    try {
      const result = await answer;
      ledger.append({ ...line, outcome: result.lost.length === 0 ? 'ok' : `lost:${result.lost.length}` });
      return result;
    } catch (error) {
      ledger.append({ ...line, outcome: (error as { code?: string }).code ?? (error as Error).message });
      throw error;
    }
  };
}

async function jumpForEver(mostMs: number): Promise<void> {
  let offset = 0;
  systemClock.now = () => Date.now() + offset;
  for (;;) {
    offset = (Math.random() * 2 - 1) * mostMs;
    await pause(200, undefined, { ref: false });
  }
}

async function startRuns(workflows: WorkflowService, { count, ms, gated }: NonNullable<WorkerConfig['starts']>): Promise<void> {
  const start = async (workflow: string, options?: StartOptions) => {
    const run = await workflows.start(workflow, [ms], options);
    ledger.append({ kind: 'started', run: run.runId });
  };
  await Promise.all([
    ...Array.from({ length: count }, (_, i) => start(STARTED[i % STARTED.length] as string)),
    ...(gated ? GATED_STARTS.map(([workflow, options]) => start(workflow, options)) : []),
  ]);
  console.log(`started ${count}`);
}

@Module({
  imports: [WorkflowsModule.forRoot(config.options)],
  providers: [{ provide: Ledger, useValue: ledger }, Workload, Talks, Gated],
})
class WorkerModule {}

armFaultPoints(ledger);
logFlushes();
if (config.clockJumpsMs !== undefined) void jumpForEver(config.clockJumpsMs);
const app = await NestFactory.createApplicationContext(WorkerModule, { logger: ['warn', 'error', 'log'] });
app.enableShutdownHooks();
console.log('ready');
if (config.starts !== undefined) await startRuns(app.get(WorkflowService), config.starts);
