// Executors and their leases. The lease stands in a row of its own: a renewal never waits for a flush, which locks the executor row.
import type { ExecutorInfo } from '../../model/executor.js';
import { GenerationOverError } from '../../model/maintenance.js';
import type { Database, Row } from '../database.js';

export interface Renewal {
  /** False: the executor was retired; nothing it holds is its own any more. */
  held: boolean;
  /** Of the settings of queues and maintenance, as the database has them now. */
  epoch: string;
  /** Other processes with a lease: whether a notification has anybody to reach. */
  others: number;
  /** ms since the epoch, database clock. */
  databaseNow: number;
}

export interface Registration extends Renewal {
  /** The one that it belongs to from now on. */
  generation: string;
}

/** What an executor says of itself with each renewal. */
export interface ExecutorReport {
  /** Of the settings that it has read. */
  heardEpoch: string;
  /** Runs accepted in its memory and not written yet. */
  inMemoryDepth: number;
}

export interface Lease {
  executorId: string;
  /** Negative: it is over. */
  leftMs: number;
}

export interface RequeueResult {
  requeued: number;
  dead: string[];
}

const UNHEARD: ExecutorReport = { heardEpoch: '0', inMemoryDepth: 0 };
const NOW = `extract(epoch from clock_timestamp())::float8 * 1000 "databaseNow"`;

export class ExecutorStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** See register_executor in migrations/0009-maintenance.ts. Without a `generation`: of the current one. @throws GenerationOverError */
  async insert(executor: ExecutorInfo, leaseMs: number, generation: string | null = null): Promise<Registration> {
    const { executorId, role, hostname, pid, workflows, version } = executor;
    const rows = await this.database.query<Omit<Registration, 'held' | 'generation'> & { generation: string | null }>(
      `/* executor.insert */ select its_generation generation, others, epoch_now epoch, ${NOW}
      from ${this.#schema}.register_executor($1, $2, $3, $4, $5, $6, $7, $8)`,
      [executorId, role, hostname, pid, workflows, version ?? null, leaseMs, generation],
      { vital: true },
    );
    const { generation: its, ...rest } = rows[0] as (typeof rows)[0];
    if (its === null) throw new GenerationOverError(generation ?? '');
    return { held: true, ...rest, generation: its };
  }

  /** Retiring deletes the lease row, so the renewal of a retired executor finds nothing. */
  async renew(executorId: string, leaseMs: number, { heardEpoch, inMemoryDepth }: ExecutorReport = UNHEARD): Promise<Renewal> {
    // On a connection of its own: whatever keeps the others busy must not cost the lease.
    const rows = await this.database.query<Renewal & Row>(
      `/* lease.renew */
      with renewed as (update ${this.#schema}.executor_leases set lease_expires_at = clock_timestamp() + $2 * interval '1 ms',
          heard_epoch = $3, in_memory_depth = $4
        where executor_id = $1 returning 1)
      select exists (select from renewed) held, (select c.epoch from ${this.#schema}.control c) epoch,
             (select count(*)::int from ${this.#schema}.executor_leases where executor_id <> $1) others, ${NOW}`,
      [executorId, leaseMs, heardEpoch, inMemoryDepth],
      { name: 'lease.renew', lease: true },
    );
    return rows[0] ?? { held: false, epoch: '0', others: 0, databaseNow: 0 };
  }

  /** True if this call retired it. With `ifExpired` only when its lease is over, read again under the lock. */
  async retire(executorId: string, { ifExpired }: { ifExpired: boolean }): Promise<boolean> {
    const rows = await this.database.query<{ retired: boolean }>(
      `/* executor.retire */ select ${this.#schema}.retire_executor($1, $2) retired`,
      [executorId, ifExpired],
      { vital: true },
    );
    return rows[0]?.retired ?? false;
  }

  /** The leases of all others, the one that ends first in front. One row per process; no index needed. */
  async listLeases(exceptExecutorId: string | null): Promise<Lease[]> {
    return this.database.query<Lease & Row>(
      `/* lease.list */ select executor_id "executorId",
        extract(epoch from lease_expires_at - clock_timestamp())::float8 * 1000 "leftMs"
      from ${this.#schema}.executor_leases where executor_id is distinct from $1::uuid order by lease_expires_at`,
      [exceptExecutorId],
      { name: 'lease.list', vital: true },
    );
  }

  /** Retired, but not all of their runs are known to be re-queued. */
  async listUncleared(): Promise<string[]> {
    const rows = await this.database.query<{ executorId: string }>(
      `/* executor.listUncleared */ select executor_id "executorId" from ${this.#schema}.executors where not alive and cleared_at is null`,
      [],
      { name: 'executor.listUncleared', vital: true },
    );
    return rows.map((row) => row.executorId);
  }

  /**
   * One batch; call again until nothing is left. A run counts it as a rescue unless the executor was retired gracefully. `deadError`:
   * stored error of a run whose recovery attempts are exhausted.
   */
  async requeueRuns(executorId: string, batchSize: number, deadError: string): Promise<RequeueResult> {
    const rows = await this.database.query<{ requeued: number; dead: string[] }>(
      `/* executor.requeueRuns */ select requeued, dead::text[] from ${this.#schema}.requeue_runs($1, $2, $3)`,
      [executorId, batchSize, deadError],
      { vital: true },
    );
    return rows[0] ?? { requeued: 0, dead: [] };
  }

  /** Nothing of a retired executor is left to do. No-op while it has runs that are not re-queued. */
  async clear(executorId: string): Promise<void> {
    await this.database.query(`/* executor.clear */ select ${this.#schema}.clear_executor($1)`, [executorId], { vital: true });
  }

  /** Forgets executors that were cleared more than a day ago. */
  async deleteCleared(): Promise<void> {
    await this.database.query(
      `/* executor.deleteCleared */ delete from ${this.#schema}.executors where cleared_at < clock_timestamp() - interval '1 day'`,
    );
  }
}
