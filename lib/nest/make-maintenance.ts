// Maintenance, connected to the parts of a process that have to hear of it and to say what they have. Part of the composition in
// workflows-runtime.ts.
import { WorkflowMaintenance } from '../client/workflow-maintenance.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { ExecutorHost, ExecutorHostOptions } from '../dispatch/executor-host.js';
import type { LeaseKeeper } from '../dispatch/lease-keeper.js';
import type { ExecutorSession } from '../engine/executor-session.js';
import type { MaintenancePorts, QueueDirectory } from '../engine/queue-directory.js';
import type { Waker } from '../engine/waker.js';
import type { WorkflowRegistry } from '../engine/workflow-registry.js';
import type { Clock } from '../kernel/clock.js';
import { MaintenanceCanceller } from '../operations/maintenance/maintenance-canceller.js';
import { MaintenanceControl } from '../operations/maintenance/maintenance-control.js';
import type { Database } from '../store/database.js';
import type { DatabaseClock } from '../store/database-clock.js';
import { MaintenanceStore } from '../store/maintenance/maintenance.store.js';
import type { RunStore } from '../store/runs/run.store.js';
import type { ResolvedOptions } from './resolve-options.js';

/** Made after the directory that tells them. */
export interface Listeners {
  host: ExecutorHost;
  keeper: LeaseKeeper;
  dispatcher: Dispatcher;
  queues: QueueDirectory;
}

export interface MaintenanceTold {
  /** Runs were cancelled. */
  ended(): void;
  /** The settings have changed. */
  changed(): void;
  /** Executors were retired, maybe this one. */
  retired(): void;
  session(): ExecutorSession | undefined;
}

/** What the directory of queues does with what it reads. */
export function maintenancePorts(database: Database, databaseClock: DatabaseClock, listeners: () => Listeners): MaintenancePorts {
  const store = new MaintenanceStore(database);
  return {
    now: () => databaseClock.now(),
    endExpired: () => store.endExpired(),
    onRead: (isNews) => {
      const { host, keeper, dispatcher, queues } = listeners();
      if (isNews) {
        // What is let in again has waited; what is to be drained need not stay in memory.
        dispatcher.foundWork();
        host.session?.reconsider();
      }
      // Somebody waits until all have heard, and have nothing left.
      if (queues.hasMaintenance && host.session !== undefined && host.hasNews) void keeper.runOnce();
    },
  };
}

/** What an executor is; what it says with its lease, and hears with it. */
export function hostOptionsOf(
  { role, leaseMs, writeLanes, version }: ResolvedOptions,
  registry: WorkflowRegistry,
  queues: QueueDirectory,
  inMemoryDepth: () => number,
): ExecutorHostOptions {
  return {
    role,
    servedNames: () => registry.servedNames,
    leaseMs,
    lanes: writeLanes,
    version,
    report: () => ({ heardEpoch: queues.epoch, inMemoryDepth: inMemoryDepth() }),
    onEpoch: (epoch) => {
      if (epoch !== queues.epoch) queues.refresh().catch(() => undefined);
    },
  };
}

export function makeMaintenance(
  database: Database,
  runs: RunStore,
  directory: QueueDirectory,
  waker: Waker,
  told: MaintenanceTold,
  clock: Clock,
): WorkflowMaintenance {
  const store = new MaintenanceStore(database);
  const ports = { cancelled: () => told.ended(), session: () => told.session() };
  const canceller = new MaintenanceCanceller(store, runs, waker, ports, clock);
  return new WorkflowMaintenance(new MaintenanceControl(store, canceller, directory, told, clock));
}
