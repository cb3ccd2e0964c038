// What one process says of itself: who it is, how it is connected, how far the cluster is behind, what it has room for. For an operator's eyes
// and for bug reports: names, numbers and times, never a url, a password, a variable of the environment or a payload.
import { hostname } from 'node:os';
import type { InMemoryCounters } from '../dispatch/in-memory-queue.js';
import type { Slots } from '../dispatch/slots.js';
import type { QueueDirectory } from '../engine/queue-directory.js';
import type { WorkflowRegistry } from '../engine/workflow-registry.js';
import type { Clock } from '../kernel/clock.js';
import type { EventLoopDelay } from '../kernel/event-loop-delay.js';
import { LIBRARY_VERSION } from '../kernel/library-version.js';
import type { ExecutorRole } from '../model/executor.js';
import type { MaintenanceScope, MaintenanceStatus } from '../operations/maintenance/maintenance-control.js';
import type { ClusterStore } from '../store/cluster/cluster.store.js';
import type { Database, PoolUse } from '../store/database.js';
import type { DatabaseClock } from '../store/database-clock.js';
import type { Notifier } from '../store/notifier.js';
import type { SchemaCheck } from '../store/schema.store.js';

export interface Diagnostics {
  identity: {
    /** Of its present life as an executor; null: between two, or not begun. Then generation and startedAt are null too. */
    executorId: string | null;
    hostname: string;
    pid: number;
    generation: number | null;
    role: ExecutorRole;
    /** When that life began, database clock. */
    startedAt: Date | null;
  };
  /** `application`: the module option `version`. */
  versions: { library: string; application: string | null; node: string; postgres: string };
  schema: SchemaCheck & { name: string };
  database: {
    /** By what the connections are for: checkpoints and claims, the lease, everything else. Null: not known. */
    pools: { vital: PoolUse; lease: PoolUse; shared: PoolUse } | null;
    /** `connected`: what other processes say is heard now. */
    notifications: { enabled: boolean; connected: boolean };
    /** Those that live, as the last renewal of the lease saw them. */
    otherProcesses: number;
  };
  lease: { duration: number; expiresAt: Date | null; lastRenewedAt: Date | null };
  lag: {
    /**
     * ms since the oldest run has been claimable that nothing holds back, also of a workflow that nobody serves; null: there is none. Runs of
     * limited or paused queues and of partitions that wait for their first claim are not looked at. One that was delayed, once it is in its
     * queue, counts from its creation.
     */
    oldestReady: number | null;
    /** 99th percentile, in ms; null: measured from this call on. */
    eventLoopDelay: number | null;
    /** ms by which the clock of the database is ahead of this process's. */
    clockOffset: number;
  };
  /** Runs in memory, and for a moment those that a claim may bring. `queues`: with runs here, or with a `workerConcurrency`. */
  capacity: { slots: number; used: number; queues: Array<{ queue: string; used: number; workerConcurrency: number | null }> };
  inMemoryQueue: InMemoryCounters;
  workflows: { registered: string[]; served: string[] };
  maintenance: { active: boolean; drained: boolean; scopes: MaintenanceScope[] };
}

/** What this process is, to those that it answers. */
export interface ProcessIdentity {
  /** As of `Diagnostics`. */
  executorId: string | null;
  schema: string;
  /** Time of the database, as well as this process knows it. */
  now: Date;
}

export interface DiagnosticsParts {
  store: ClusterStore;
  /** Of this process. */
  own: { role: ExecutorRole; version: string | null; schema: string; leaseMs: number };
  executorId(): string | null;
  checkSchema(): Promise<SchemaCheck>;
  maintenanceStatus(): Promise<MaintenanceStatus>;
  inMemoryCounters(): InMemoryCounters;
  database: Database;
  notifier: Notifier;
  slots: Slots;
  directory: QueueDirectory;
  registry: WorkflowRegistry;
  delay: EventLoopDelay;
  databaseClock: DatabaseClock;
  clock: Clock;
}

export class ProcessDiagnostics {
  readonly #parts: DiagnosticsParts;

  constructor(parts: DiagnosticsParts) {
    this.#parts = parts;
  }

  /** Asks nobody. */
  here(): ProcessIdentity {
    const { own, databaseClock } = this.#parts;
    return { executorId: this.#parts.executorId(), schema: own.schema, now: new Date(databaseClock.now()) };
  }

  /** Four statements, none of which waits for anybody. @throws the database's error */
  async read(): Promise<Diagnostics> {
    const { store, own, registry, delay, databaseClock, clock } = this.#parts;
    const executorId = this.#parts.executorId();
    const [row, oldestReady, schema, { active, drained, scopes }] = await Promise.all([
      store.findExecutor(executorId),
      store.findLag(),
      this.#parts.checkSchema(),
      this.#parts.maintenanceStatus(),
    ]);
    const { generation, startedAt, leaseExpiresAt } = row;
    return {
      identity: { executorId, hostname: hostname(), pid: process.pid, generation, role: own.role, startedAt },
      versions: { library: LIBRARY_VERSION, application: own.version, node: process.version, postgres: row.postgres },
      schema: { name: own.schema, ...schema },
      database: this.#database(),
      lease: {
        duration: own.leaseMs,
        expiresAt: leaseExpiresAt,
        lastRenewedAt: leaseExpiresAt && new Date(leaseExpiresAt.getTime() - own.leaseMs),
      },
      lag: { oldestReady, eventLoopDelay: delay.p99(), clockOffset: databaseClock.now() - clock.now() },
      capacity: this.#capacity(),
      inMemoryQueue: this.#parts.inMemoryCounters(),
      workflows: { registered: registry.names, served: registry.servedNames },
      maintenance: { active, drained, scopes },
    };
  }

  #database(): Diagnostics['database'] {
    const { database, notifier } = this.#parts;
    return {
      pools: database.pools ?? null,
      notifications: { enabled: notifier.isEnabled, connected: notifier.isListening },
      otherProcesses: notifier.others,
    };
  }

  #capacity(): Diagnostics['capacity'] {
    const { slots, directory } = this.#parts;
    const queues = directory.names
      .map((queue) => ({
        queue,
        used: slots.byQueue.get(queue) ?? 0,
        workerConcurrency: directory.find(queue)?.workerConcurrency ?? null,
      }))
      .filter(({ used, workerConcurrency }) => used > 0 || workerConcurrency !== null);
    return { slots: slots.capacity, used: slots.used, queues };
  }
}
