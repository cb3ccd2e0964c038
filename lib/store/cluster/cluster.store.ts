// What people ask of the cluster as a whole: who is in it, and how far it is behind.
import type { ExecutorRole } from '../../model/executor.js';
import type { Database, Row } from '../database.js';
import * as sql from './cluster.sql.js';

/** As `ClusterReader.listExecutors` tells it, but for which of them this process is. */
export interface StoredExecutor {
  executorId: string;
  hostname: string;
  pid: number;
  /** A `client` executes nothing. */
  role: ExecutorRole;
  /** Names that it serves. */
  workflows: string[];
  generation: number;
  /** The module option of that process. */
  version: string | null;
  startedAt: Date;
  /** Null: it was retired. */
  leaseExpiresAt: Date | null;
  /** Its lease is in force. Neither alive nor retired: it has not renewed, and is about to be retired by another. */
  alive: boolean;
  /** It said goodbye, or was swapped; false: its lease ran out. Null: it was not retired. */
  graceful: boolean | null;
  retiredAt: Date | null;
  /** Runs that it has, or had when it died and nobody has taken over yet. Counted up to 10,000. */
  runsOwned: number;
  /** Runs accepted in its memory and not written yet, as of its last report. */
  inMemoryDepth: number;
}

/** Nulls: there is no such executor. */
export interface OwnRow {
  postgres: string;
  generation: number | null;
  startedAt: Date | null;
  leaseExpiresAt: Date | null;
}

const MOST_GROUPS = 500;

export class ClusterStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** The living first, then by their start. Counts no more than `mostRuns` of each. */
  async listExecutors(mostRuns: number, limit: number): Promise<StoredExecutor[]> {
    return this.database.query<StoredExecutor & Row>(sql.listExecutors(this.#schema), [mostRuns, limit]);
  }

  async findExecutor(executorId: string | null): Promise<OwnRow> {
    const rows = await this.database.query<OwnRow & Row>(sql.findExecutor(this.#schema), [executorId]);
    return rows[0] as OwnRow;
  }

  async findLag(): Promise<number | null> {
    const rows = await this.database.query<{ lagMs: number }>(sql.findLag(this.#schema), [MOST_GROUPS], { search: true });
    return rows[0]?.lagMs ?? null;
  }
}
