// Queues as stored. Every change of one counts up the epoch: from then on nothing begins past a queue that does not know it.
import type { DoneBy } from '../../model/audit.js';
import { type Maintenance, type MaintenanceRow, maintenanceOf } from '../../model/maintenance.js';
import type { Queue, QueueSettings } from '../../model/queue.js';
import type { Database, Row } from '../database.js';
import * as sql from './queue.sql.js';

export interface QueueChange {
  settings?: Partial<QueueSettings>;
  isPaused?: boolean;
}

export interface QueueCounts {
  name: string;
  waiting: number;
  permits: number;
  /** Creation of the oldest of those that wait. */
  oldestWaitingAt: Date | null;
  /** That is in force for it; of all queues before its own. */
  maintenance: Maintenance | null;
}

/** Everybody who has a permit there waits for a child that needs one. */
export interface QueueDeadlock {
  queue: string;
  /** Null: it is the queue as a whole. */
  partitionKey: string | null;
  /** One of those that wait, and its child. */
  holder: string;
  child: string;
}

/** As of one moment. */
export interface QueueListing {
  epoch: string;
  queues: Queue[];
  /** Those in maintenance, with its end in ms since the epoch, database clock; infinite: it has none. */
  maintained: ReadonlyMap<string, number>;
  /** Such an end has passed, and nobody has noticed. */
  hasExpired: boolean;
}

type QueueRow = Omit<Queue, 'rateLimit'> & {
  rateLimit: number | null;
  ratePeriodMs: number | null;
  epoch: string;
  maintainedUntil: number | null;
  hasExpired: boolean;
};

export class QueueStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  async list(): Promise<QueueListing> {
    const rows = await this.database.query<QueueRow & Row>(sql.listQueues(this.#schema), [], { name: 'queue.list', vital: true });
    const maintained = new Map<string, number>();
    for (const { name, maintainedUntil } of rows) if (maintainedUntil !== null) maintained.set(name, maintainedUntil);
    return { epoch: rows[0]?.epoch ?? '0', queues: rows.map(queueOf), maintained, hasExpired: rows[0]?.hasExpired ?? false };
  }

  /** True if one was made or changed. Idempotent. */
  async declare(queues: ReadonlyArray<{ name: string } & QueueSettings>): Promise<boolean> {
    const declared = queues.map(({ name, ...settings }) => ({ queue: name, settings: stored(settings) }));
    const rows = await this.database.query<{ changed: boolean }>(sql.declareQueues(this.#schema), [JSON.stringify(declared)]);
    return rows[0]?.changed ?? false;
  }

  /** False: there is one already. Writes audit_log. */
  async create(name: string, settings: QueueSettings, { actor, reason, requestId }: DoneBy): Promise<boolean> {
    const values = [name, JSON.stringify(stored(settings)), actor, reason, requestId];
    return (await this.database.query<{ created: boolean }>(sql.createQueue(this.#schema), values))[0]?.created ?? false;
  }

  /** False: there is none. Writes audit_log. */
  async change(name: string, { settings = {}, isPaused }: QueueChange, { actor, reason, requestId }: DoneBy): Promise<boolean> {
    const values = [name, JSON.stringify(stored(settings)), isPaused ?? null, actor, reason, requestId];
    return (await this.database.query<{ changed: boolean }>(sql.changeQueue(this.#schema), values))[0]?.changed ?? false;
  }

  /** Of each queue, no number above `most`. */
  async count(most: number): Promise<QueueCounts[]> {
    const rows = await this.database.query<Omit<QueueCounts, 'maintenance'> & { maintenance: MaintenanceRow | null } & Row>(
      sql.countQueues(this.#schema),
      [most],
      { search: true },
    );
    return rows.map(({ maintenance, ...row }) => ({ ...row, maintenance: maintenance && maintenanceOf(maintenance) }));
  }

  /** Of at most so many partitions. */
  async findDeadlocks(most: number): Promise<QueueDeadlock[]> {
    return this.database.query<QueueDeadlock & Row>(sql.findDeadlocks(this.#schema), [most], { vital: true });
  }
}

function queueOf({ rateLimit, ratePeriodMs, epoch: _epoch, maintainedUntil: _until, hasExpired: _has, ...row }: QueueRow): Queue {
  return { ...row, rateLimit: rateLimit === null ? null : { limit: rateLimit, periodMs: ratePeriodMs ?? 0 } };
}

/** By column; what is not given is absent. */
function stored(settings: Partial<QueueSettings>): Record<string, unknown> {
  const { concurrency, workerConcurrency, rateLimit, partitionConcurrency, releaseWhileWaiting, holdReleasesPermits } = settings;
  return {
    concurrency,
    worker_concurrency: workerConcurrency,
    ...(rateLimit !== undefined && { rate_limit: rateLimit?.limit ?? null, rate_period_ms: rateLimit?.periodMs ?? null }),
    partition_concurrency: partitionConcurrency,
    release_while_waiting: releaseWhileWaiting,
    hold_releases_permits: holdReleasesPermits,
  };
}
