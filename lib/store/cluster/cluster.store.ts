// What people ask of the cluster as a whole: who is in it, and how far it is behind.
import type { ExecutorRole } from '../../model/executor.js';
import type { Database, Row } from '../database.js';
import * as sql from './cluster.sql.js';

export interface StoredExecutor {
  executorId: string;
  hostname: string;
  pid: number;
  role: ExecutorRole;
  workflows: string[];
  generation: number;
  version: string | null;
  startedAt: Date;
  leaseExpiresAt: Date | null;
  alive: boolean;
  graceful: boolean | null;
  retiredAt: Date | null;
  runsOwned: number;
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
