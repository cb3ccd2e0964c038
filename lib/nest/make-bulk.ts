// Bulk jobs, connected to what they act on: for the sweeps, and as applications inject them.
import { BulkJobs, listBulkPage } from '../client/bulk-jobs.js';
import type { RunReader } from '../client/run-reader.js';
import type { ExecutorSession } from '../engine/executor-session.js';
import { RunNotFoundError } from '../engine/run.errors.js';
import type { Waker } from '../engine/waker.js';
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Serializer } from '../kernel/serializer.js';
import type { BulkActors } from '../operations/bulk/bulk-page-worker.js';
import { BulkRunner } from '../operations/bulk/bulk-runner.js';
import { RunCommander, type RunCommanderPorts } from '../operations/commands/run-commander.js';
import { LegalHolder } from '../operations/retention/legal-holder.js';
import { RunCanceller } from '../operations/run-canceller.js';
import { BulkJobStore } from '../store/bulk/bulk-job.store.js';
import { CommandStore } from '../store/commands/command.store.js';
import type { Database } from '../store/database.js';
import { GuardedDatabase } from '../store/guarded-database.js';
import { RetentionStore } from '../store/retention/retention.store.js';
import { RunStore } from '../store/runs/run.store.js';
import { ShuttingDownError } from '../store/shutting-down.error.js';

export interface BulkContext {
  database: Database;
  reader: RunReader;
  serializer: Serializer;
  waker: Waker;
  clock: Clock;
  logger: WorkflowsLogger;
  told: RunCommanderPorts & { session(): ExecutorSession | undefined };
}

export function makeBulk(context: BulkContext): { jobs: BulkJobs; runner: BulkRunner } {
  const { database, reader, serializer, clock, logger, told } = context;
  const store = new BulkJobStore(database);
  const listPage = (filter: unknown, createdBefore: string, page: string | null) =>
    listBulkPage(reader, filter, createdBefore, page);
  const actors = (isOurs: () => boolean) => makeActors(context, isOurs);
  const runner = new BulkRunner({ store, serializer, listPage, actors, session: () => told.session() }, clock, logger);
  return { jobs: new BulkJobs({ store, reader, serializer, runner, clock }), runner };
}

/** Those of single actions. What they send, and send again, goes out while the job is ours. */
function makeActors({ database, serializer, waker, clock, told }: BulkContext, isOurs: () => boolean): BulkActors {
  const guarded = new GuardedDatabase(database, () => {
    if (!isOurs()) throw new ShuttingDownError();
  });
  const runs = new RunStore(guarded);
  const commands = new CommandStore(guarded);
  const commander = new RunCommander(commands, serializer, waker, told, clock);
  const canceller = new RunCanceller(runs, waker, told.ended, told.session, clock);
  const holder = new LegalHolder(new RetentionStore(guarded), told.woken, clock);
  return {
    send: (runId, command, key) => commander.send(runId, command, key),
    cancel: (runId, options) => canceller.cancel(runId, options),
    setLegalHold: (runId, isOn, action) => holder.set(runId, isOn, action),
    setPriority: async (runId, priority, by) => {
      if (await runs.setPriority(runId, priority, by)) {
        // A claim may have passed over it meanwhile.
        told.woken();
        return true;
      }
      if ((await commands.findState(runId)) === undefined) throw new RunNotFoundError(runId);
      return false;
    },
  };
}
