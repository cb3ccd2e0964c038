// The starts in memory and their dead letters, connected to what they write to, and as WorkflowService offers them.
import { DeadLetters } from '../client/dead-letters.js';
import { InMemoryStarter } from '../client/in-memory-starter.js';
import type { WorkflowServiceParts } from '../client/workflow.service.js';
import { InMemoryQueue } from '../dispatch/in-memory-queue.js';
import type { QueueDirectory } from '../engine/queue-directory.js';
import type { EagerGate } from '../engine/run-starter.js';
import type { WorkflowRegistry } from '../engine/workflow-registry.js';
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Serializer } from '../kernel/serializer.js';
import { cutText } from '../kernel/stored-text.js';
import type { NewRun } from '../model/run.js';
import type { Database } from '../store/database.js';
import { DeadLetterStore } from '../store/dead-letters/dead-letter.store.js';
import type { RunStore } from '../store/runs/run.store.js';
import { sqlStateOf } from '../store/sql-errors.js';
import type { ResolvedOptions } from './resolve-options.js';

export interface InMemory {
  queue: InMemoryQueue;
  parts: Pick<WorkflowServiceParts, 'departure' | 'inMemoryQueue' | 'inMemoryStarter' | 'deadLetters'>;
}

const LONGEST_REASON_BYTES = 8_192;

export function makeInMemory(
  { inMemory, dispatch }: ResolvedOptions,
  database: Database,
  runs: RunStore,
  known: { registry: WorkflowRegistry; serializer: Serializer; directory: QueueDirectory },
  gate: Pick<EagerGate, 'enqueued'>,
  clock: Clock,
  logger: WorkflowsLogger,
): InMemory {
  const { directory } = known;
  const letters = new DeadLetterStore(database);
  const queue = new InMemoryQueue(
    {
      insert: async (batch: readonly NewRun[]) => {
        // Accepted before the queues were read.
        for (const run of batch) if (directory.find(run.queue) === undefined) await directory.require(run.queue);
        await runs.insertMany(batch, { areAccepted: true });
      },
      inserted: (batch) => gate.enqueued(batch),
      bury: (run, cause, attempts) => letters.insert(run, reasonOf(cause), attempts),
    },
    { ...inMemory, isAutomatic: dispatch === 'auto' },
    clock,
    logger,
  );
  return {
    queue,
    parts: {
      departure: (runId) => queue.departure(runId),
      inMemoryQueue: queue,
      inMemoryStarter: new InMemoryStarter({ queue, ...known }),
      deadLetters: new DeadLetters({ store: letters, directory, enqueued: (run) => gate.enqueued([run]) }),
    },
  };
}

function reasonOf(cause: unknown): string {
  const code = sqlStateOf(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  return cutText(code === undefined ? message : `${code}: ${message}`, LONGEST_REASON_BYTES);
}
