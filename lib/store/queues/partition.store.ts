// Partitions as people look at them: by key, page by page, with who holds each and how many wait. For the client room.
import type { RunStatus } from '../../model/run.js';
import type { Database } from '../database.js';
import * as sql from './partition.sql.js';

export interface PartitionHolder {
  runId: string;
  workflowName: string;
  /** It may be over, while a step body of it still runs. */
  status: RunStatus;
  /** Null: it was claimed, and has not begun. */
  startedAt: Date | null;
}

export interface StoredPartition {
  partitionKey: string | null;
  waiting: number;
  holders: PartitionHolder[];
  holderCount: number;
  oldestWaitingAt: Date | null;
  nextTurn: number | null;
}

export interface PartitionQuery {
  /** Exclusive; the empty text: from the first on. */
  after: string;
  /** In any case of letters; null: all. */
  contains: string | null;
  /** Of those with a key. */
  limit: number;
  /** The runs without a key are wanted too; they come first. */
  withKeyless: boolean;
}

export interface PartitionListing {
  /** Undefined: there is no such queue. */
  partitions?: StoredPartition[];
  /** The last key that was looked at; null: there are no more. */
  walkedTo: string | null;
}

/** As JSON: times in ms since the epoch. */
type PartitionRow = Omit<StoredPartition, 'holders' | 'oldestWaitingAt'> & {
  holders: Array<Omit<PartitionHolder, 'startedAt'> & { startedAt: number | null }>;
  oldestWaitingAt: number | null;
};

/** So many keys are looked at for one page: 10 to 20 µs each. */
export const MOST_KEYS_WALKED = 10_000;
export const MOST_COUNTED_PER_PARTITION = 1_000;

export class PartitionStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  async list(queue: string, { after, contains, limit, withKeyless }: PartitionQuery): Promise<PartitionListing> {
    const rows = await this.database.query<{ known: boolean; partitions: PartitionRow[]; walkedTo: string | null }>(
      sql.listPartitions(this.#schema),
      [queue, after, contains, limit, MOST_KEYS_WALKED, withKeyless, MOST_COUNTED_PER_PARTITION],
      { search: true },
    );
    const { known, partitions, walkedTo } = rows[0] as (typeof rows)[0];
    return { ...(known && { partitions: partitions.map(partitionOf) }), walkedTo };
  }
}

function partitionOf({ holders, oldestWaitingAt, ...row }: PartitionRow): StoredPartition {
  return {
    ...row,
    oldestWaitingAt: dateOf(oldestWaitingAt),
    holders: holders.map(({ startedAt, ...holder }) => ({ ...holder, startedAt: dateOf(startedAt) })),
  };
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
