// Finding runs: the next window of a search, what a probe of an index gives, and counts. Called by RunSearch, which puts pages together.
import { RUN_STATUSES, type RunRecord, type RunStatus } from '../../model/run.js';
import type { Database, Row } from '../database.js';
import * as counts from './run-counts.sql.js';
import type { RunCriteria, RunProbe, RunSource } from './run-criteria.js';
import type { SearchRange, Statement, WindowSize } from './run-search.sql.js';
import * as sql from './run-search.sql.js';
import { countThroughput } from './run-throughput.sql.js';

/** A run without its payloads, with its creation to the microsecond, as text. */
export type ListedRun = Omit<RunRecord, 'input' | 'output' | 'error'> & { createdAtExact: string };

export interface SearchWindow {
  /** Newest first. */
  runs: ListedRun[];
  /** Runs that were looked at. */
  scanned: number;
  /** Those of them that match. */
  matched: number;
  /** The newest and the last of those that were looked at. */
  newestExact?: string;
  last?: { exact: string; runId: string };
}

export interface StatusCount {
  queue: string;
  status: RunStatus;
  count: number;
  /** There may be more. */
  capped: boolean;
  oldestAt: Date;
}

export interface ThroughputBucket {
  queue: string;
  /** Its beginning. */
  at: Date;
  /** Runs that ended in it, however they did. */
  ended: number;
  /** Those of them that failed, or died with their processes too often. */
  failed: number;
}

/** By the clock of the database. */
export interface ThroughputCount {
  /** Beginning of the first bucket; the last one is not over at `to`. */
  from: Date;
  to: Date;
  /** Not all of what ended before was counted. */
  searchedTo: Date | null;
  /** Those in which something ended, by queue and time. */
  buckets: ThroughputBucket[];
}

type ThroughputRow = Omit<ThroughputCount, 'buckets'> & (ThroughputBucket | { queue: null });

interface WindowRow extends Row {
  scanned: number;
  matched: number;
  newestExact: string | null;
  lastExact: string | null;
  lastRunId: string | null;
  runId: string | null;
}

export class RunSearchStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** Of workflows that have runs in one of these statuses, by name. */
  async listNames(statuses: readonly RunStatus[] = RUN_STATUSES): Promise<string[]> {
    return (await this.#query<{ name: string }>(sql.listNames(this.#schema, statuses))).map(({ name }) => name);
  }

  /** The next runs of a source, newest first; for `listed` the criteria have names. */
  async readWindow(source: RunSource, criteria: RunCriteria, range: SearchRange, size: WindowSize): Promise<SearchWindow> {
    return windowOf(await this.#query<WindowRow>(sql.readWindow(this.#schema, source, criteria, range, size)));
  }

  /** All that the index of a probe gives; undefined: they are more than `size.most`. */
  async readProbe(
    probe: RunProbe,
    criteria: RunCriteria,
    range: SearchRange,
    size: WindowSize,
  ): Promise<SearchWindow | undefined> {
    // The index of attributes gives sets only.
    const search = probe === 'attributes' ? true : 'ordered';
    const found = windowOf(await this.#query<WindowRow>(sql.readProbe(this.#schema, probe, criteria, range, size), search));
    return found.scanned > size.most ? undefined : found;
  }

  /** For criteria that the source `listed` covers: up to `most`. */
  async countListed(criteria: RunCriteria, range: SearchRange, most: number): Promise<number> {
    const [row] = await this.#query<{ matched: number }>(sql.countListed(this.#schema, criteria, range, most));
    return row?.matched ?? 0;
  }

  /** By queue and status; each counted up to `most`, of ended runs the newest of each workflow. */
  async countByStatus(queues: readonly string[] | null, names: readonly string[] | null, most: number): Promise<StatusCount[]> {
    const values = [queues, names, most];
    const found = await Promise.all(
      [counts.countByStatus(this.#schema), counts.countEnded(this.#schema)].map((text) =>
        this.#query<StatusCount & Row>({ text, values }),
      ),
    );
    return found.flat().sort((a, b) => compare(a.queue, b.queue) || compare(a.status, b.status));
  }

  /** In the last so many buckets; looks at the newest `most` ends, shared by all workflows. */
  async countThroughput(queue: string | null, buckets: number, bucketMs: number, most: number): Promise<ThroughputCount> {
    const values = [buckets, bucketMs, most, queue];
    const rows = await this.#query<ThroughputRow & Row>({ text: countThroughput(this.#schema), values });
    const [first] = rows;
    if (first === undefined) throw new Error('a count of ends has given no row');
    const { from, to, searchedTo } = first;
    return {
      ...{ from, to, searchedTo },
      buckets: rows.flatMap((row) => {
        if (row.queue === null) return [];
        const { queue: name, at, ended, failed } = row as ThroughputBucket;
        return [{ queue: name, at, ended, failed }];
      }),
    };
  }

  #query<R extends Row>({ text, values }: Statement, search: true | 'ordered' = 'ordered'): Promise<R[]> {
    return this.database.query<R>(text, values, { search });
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function windowOf(rows: readonly WindowRow[]): SearchWindow {
  const [first] = rows;
  if (first === undefined) throw new Error('a search has given no row');
  const { scanned, matched, newestExact, lastExact, lastRunId } = first;
  return {
    runs: rows.flatMap(
      ({ scanned: _scanned, matched: _matched, newestExact: _newest, lastExact: _last, lastRunId: _id, ...run }) =>
        run.runId === null ? [] : [run as unknown as ListedRun],
    ),
    scanned,
    matched,
    ...(newestExact !== null && { newestExact }),
    ...(lastExact !== null && lastRunId !== null && { last: { exact: lastExact, runId: lastRunId } }),
  };
}
