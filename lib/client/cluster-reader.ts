// The cluster as seen from outside: its processes, its queues with who waits in them and who holds them, and this process. For operators'
// pages; every answer costs the database bounded work, however much is stored.
import { type QueueDirectory, QueueNotFoundError } from '../engine/queue-directory.js';
import { describeValue } from '../kernel/describe-value.js';
import { assertId, assertName, MAX_ID_LENGTH } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { hasLoneSurrogate } from '../kernel/stored-text.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { ClusterStore, StoredExecutor } from '../store/cluster/cluster.store.js';
import type { PartitionHolder, PartitionStore, StoredPartition } from '../store/queues/partition.store.js';
import type { Diagnostics, ProcessDiagnostics, ProcessIdentity } from './process-diagnostics.js';
import type { QueueInfo, WorkflowQueues } from './workflow-queues.js';

/** A process, in one of its lives: it gets another id when it lost its lease. */
export interface ExecutorSummary extends StoredExecutor {
  /** It is this process. */
  isHere: boolean;
}

export interface ListPartitionsOptions {
  /** 1 to 500, default 100. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
  /** A text that is in the key, in any case of letters. 1–255 characters; nothing in it has a special meaning. */
  contains?: string;
}

export interface PartitionSummary {
  /** Null: the runs without one. */
  partitionKey: string | null;
  /** Runs that wait for a permit. Counted up to 1,000. */
  waiting: number;
  /** Those that hold one, the first ten by their start. */
  holders: PartitionHolder[];
  /** Counted up to 1,000. */
  holderCount: number;
  /** Creation of the oldest of those that wait; null: none does. */
  oldestWaitingAt: Date | null;
  /** Its place in line: the lower, the sooner. Absent: it has none, for example because its permits are taken. */
  nextTurn?: number;
}

export interface PartitionPage {
  /** By key; the runs without one first. May be fewer than `limit`, also none, while there is a `nextCursor`: `contains` is rare. */
  partitions: PartitionSummary[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export class InvalidPartitionFilterError extends WorkflowsError {
  constructor(problem: string) {
    super('InvalidPartitionFilterError', 'INVALID_FILTER', `listPartitions: ${problem}.`);
  }
}

export interface ClusterReaderParts {
  store: ClusterStore;
  partitions: PartitionStore;
  queues: Pick<WorkflowQueues, 'list'>;
  directory: QueueDirectory;
  diagnostics: ProcessDiagnostics;
  /** Of this process, as an executor. */
  executorId(): string | null;
}

const MOST_EXECUTORS = 500;
const MOST_RUNS_COUNTED = 10_000;
const MAX_PAGE = 500;

export class ClusterReader {
  readonly #parts: ClusterReaderParts;

  /** @internal Made by WorkflowsModule. */
  constructor(parts: ClusterReaderParts) {
    this.#parts = parts;
  }

  /** Those that live, then those retired within the last hour; 500 at most. @throws the database's error */
  async listExecutors(): Promise<ExecutorSummary[]> {
    const here = this.#parts.executorId();
    const rows = await this.#parts.store.listExecutors(MOST_RUNS_COUNTED, MOST_EXECUTORS);
    return rows.map((row) => ({ ...row, isHere: row.executorId === here }));
  }

  /**
   * Who waits in the partitions of a queue, and who holds them: those in which somebody does either. One that is there throughout is on exactly
   * one page.
   *
   * @throws QueueNotFoundError; InvalidPartitionFilterError, InvalidIdError, UnknownOptionError, WorkflowsError (`INVALID_OPTION`) before any
   * SQL; the database's error
   */
  async listPartitions(queue: string, options: ListPartitionsOptions = {}): Promise<PartitionPage> {
    assertName(queue, 'queue name');
    refuseUnknownKeys(options, ['limit', 'cursor', 'contains'], [], 'listPartitions option');
    const { limit = 100, cursor, contains } = options;
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
      throw new InvalidPartitionFilterError(`limit must be a whole number from 1 to ${MAX_PAGE}`);
    const text = contains === undefined ? null : textIn(contains);
    const after = cursor === undefined ? '' : keyOf(cursor);
    const withKeyless = cursor === undefined && text === null;
    // One more than wanted tells whether there is another page.
    const query = { after, contains: text, limit: limit + 1, withKeyless };
    const { partitions, walkedTo } = await this.#parts.partitions.list(queue, query);
    if (partitions === undefined) {
      const { directory } = this.#parts;
      await directory.refresh();
      throw new QueueNotFoundError(queue, directory.names);
    }
    const page = partitions.slice(0, limit);
    const next = partitions.length > limit ? (page.at(-1)?.partitionKey ?? '') : walkedTo;
    return { partitions: page.map(summaryOf), ...(next !== null && { nextCursor: cursorOf(next) }) };
  }

  /** `workflows.queues.list()`: limits, pause, how many wait and since when, permits, maintenance, deadlocks. @throws the database's error */
  async queueOverview(): Promise<QueueInfo[]> {
    return this.#parts.queues.list();
  }

  /** Which process this is. Asks nobody. */
  here(): ProcessIdentity {
    return this.#parts.diagnostics.here();
  }

  /** What this process says of itself. No secrets are in it: it may be shown, logged and sent. @throws the database's error */
  async diagnostics(): Promise<Diagnostics> {
    return this.#parts.diagnostics.read();
  }
}

function summaryOf({ nextTurn, ...partition }: StoredPartition): PartitionSummary {
  return { ...partition, ...(nextTurn !== null && { nextTurn }) };
}

function textIn(contains: unknown): string {
  const fits =
    typeof contains === 'string' &&
    contains.length > 0 &&
    Array.from(contains).length <= MAX_ID_LENGTH &&
    !hasLoneSurrogate(contains) &&
    !/\p{Cc}/u.test(contains);
  if (!fits)
    throw new InvalidPartitionFilterError(
      `contains must be a text of 1 to ${MAX_ID_LENGTH} printable characters, not ${describeValue(contains)}`,
    );
  return contains;
}

/** The empty text: after the runs without a key. */
function cursorOf(key: string): string {
  return Buffer.from(JSON.stringify([key])).toString('base64url');
}

function keyOf(cursor: unknown): string {
  try {
    const [key]: unknown[] = JSON.parse(Buffer.from(cursor as string, 'base64url').toString());
    if (key !== '') assertId(key, 'cursor');
    return key as string;
  } catch {
    throw new InvalidPartitionFilterError('cursor is not one that listPartitions gave');
  }
}
