// Bulk jobs, connected to what they act on: for the sweeps, and as applications inject them.
import { BulkJobs, listBulkPage } from '../client/bulk-jobs.js';
import type { RunReader } from '../client/run-reader.js';
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Serializer } from '../kernel/serializer.js';
import type { BulkActors } from '../operations/bulk/bulk-page-worker.js';
import { BulkRunner } from '../operations/bulk/bulk-runner.js';
import { BulkJobStore } from '../store/bulk/bulk-job.store.js';
import type { Database } from '../store/database.js';

export interface BulkContext {
  database: Database;
  reader: RunReader;
  serializer: Serializer;
  actors: BulkActors;
  executorId(): string | undefined;
  clock: Clock;
  logger: WorkflowsLogger;
}

export function makeBulk(context: BulkContext): { jobs: BulkJobs; runner: BulkRunner } {
  const { database, reader, serializer, actors, executorId, clock, logger } = context;
  const store = new BulkJobStore(database);
  const listPage = (filter: unknown, createdBefore: string, page: string | null) =>
    listBulkPage(reader, filter, createdBefore, page);
  const runner = new BulkRunner({ store, serializer, listPage, executorId, ...actors }, clock, logger);
  return { jobs: new BulkJobs({ store, reader, serializer, runner, clock }), runner };
}
