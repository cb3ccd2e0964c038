// Reads runs for people and pages: searches, counts, one run with all that it recorded, payloads decoded. Used by WorkflowService and the admin room.
import { RunNotFoundError } from '../engine/run.errors.js';
import type { Clock } from '../kernel/clock.js';
import { describeValue } from '../kernel/describe-value.js';
import { assertName, runIdOf } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import type { Serializer } from '../kernel/serializer.js';
import type { StoredError } from '../kernel/stored-error.js';
import type { RunRecord } from '../model/run.js';
import type { RunProvenance } from '../model/template.js';
import type { HistoryStore } from '../store/history/history.store.js';
import type { RecordPageStore } from '../store/history/record-page.store.js';
import type { RunStore } from '../store/runs/run.store.js';
import type { RunSearchStore, StatusCount, ThroughputBucket } from '../store/runs/run-search.store.js';
import { cursorOf, type PageMark, parseCursor } from './page-cursor.js';
import { RecordedPayloads } from './recorded-payloads.js';
import { checkRunFilter, InvalidRunFilterError, type RunFilter } from './run-filter.js';
import {
  type EventPageOptions,
  errorOf,
  largestOf,
  type MessagePageOptions,
  type PayloadOf,
  type RecordPageOptions,
  type RunEvent,
  RunHistory,
  type RunMessage,
  type RunStep,
  type RunWait,
  type SetEvent,
} from './run-history.js';
import { RunSearch } from './run-search.js';

export interface ListRunsFilter extends RunFilter {
  /** 1 to 500, default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** A run without its payloads. */
export type RunSummary = Omit<RunRecord, 'input' | 'output' | 'error'>;

export interface RunPage {
  runs: RunSummary[];
  /** Absent on the last page. */
  nextCursor?: string;
  /**
   * The search took too long for one call: runs that were created before were not looked at yet, so the page may have fewer runs than its
   * limit, or none. `nextCursor` goes on from there.
   */
  searchedTo?: Date;
}

export interface RunCount {
  /** At most `atMost`. */
  count: number;
  /** There are more than `atMost`. */
  capped: boolean;
  /** The search took too long: runs that were created before were not counted. */
  searchedTo?: Date;
}

export interface Throughput {
  /** By the clock of the database. Beginning of the first bucket. */
  from: Date;
  /** Now: the last bucket is not over. */
  to: Date;
  bucketMs: number;
  /** Too many ended for one call: what ended before is not counted in full. */
  searchedTo?: Date;
  /** Those in which something ended, by queue and time. */
  buckets: ThroughputBucket[];
}

export interface RunDetails extends RunSummary {
  input: unknown;
  output: unknown;
  error: StoredError | null;
  /** Of a run that startWithTemplate started: the template, its version, and what was given. Else null. */
  provenance: RunProvenance | null;
}

export interface RunReaderParts {
  runs: RunStore;
  searches: RunSearchStore;
  histories: HistoryStore;
  pages: RecordPageStore;
  serializer: Serializer;
  clock: Clock;
}

const MOST_ON_PAGE = 500;
const MOST_COUNTED = 100_000;
const MOST_IN_CELL = 10_000;
const MOST_ENDS = 50_000;
const MINUTES_A_DAY = 1_440;
/** About a hundred points make a chart. */
const BUCKETS = [
  { upTo: 60, minutes: 1 },
  { upTo: 360, minutes: 5 },
  { upTo: MINUTES_A_DAY, minutes: 15 },
] as const;

export class RunReader {
  // Private at run time too: whoever is logged holds this reader, and it the connection with its password.
  readonly #runs: RunStore;
  readonly #searches: RunSearchStore;
  readonly #search: RunSearch;
  readonly #history: RunHistory;
  readonly #payloads: RecordedPayloads;
  readonly #serializer: Serializer;

  /** @internal Made by WorkflowsModule. */
  constructor({ runs, searches, histories, pages, serializer, clock }: RunReaderParts) {
    this.#runs = runs;
    this.#searches = searches;
    this.#search = new RunSearch(searches, clock);
    this.#payloads = new RecordedPayloads(serializer);
    this.#history = new RunHistory(histories, pages, this.#payloads);
    this.#serializer = serializer;
  }

  /**
   * Newest first. Workflow, status, times of creation, parent, partition key, deduplication id and the starter's id are found by indexes. All
   * else is looked for in those, window after window into the past, for about 200 ms a call; see `searchedTo`. Pages neither lose nor repeat
   * a run that was there, and matched, all the while.
   *
   * @throws InvalidRunFilterError, InvalidAttributesError, InvalidIdError, PayloadInvalidError, UnknownOptionError; WorkflowsError
   * (`INVALID_OPTION`) for what is no object
   */
  async list(filter: ListRunsFilter = {}): Promise<RunPage> {
    const checked = checkRunFilter(filter, this.#serializer, ['limit', 'cursor']);
    const { limit = 50, cursor } = filter;
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ON_PAGE)
      throw new InvalidRunFilterError(`limit must be a whole number from 1 to ${MOST_ON_PAGE}`);
    const { runs, next, searchedTo } = await this.#search.page(checked, limit, cursor === undefined ? undefined : mark(cursor));
    return {
      runs: runs.map(({ createdAtExact: _exact, ...run }) => run),
      ...(next !== undefined && { nextCursor: cursorOf(next) }),
      ...(searchedTo !== undefined && { searchedTo }),
    };
  }

  /**
   * How many runs there are, counted up to `atMost` (whole number from 1 to 100,000, default 10,000), by the means and in the time of
   * `list`.
   *
   * @throws as `list`
   */
  async count(filter: RunFilter = {}, options: { atMost?: number } = {}): Promise<RunCount> {
    const checked = checkRunFilter(filter, this.#serializer);
    refuseUnknownKeys(options, ['atMost'], [], 'option of count');
    const { atMost = 10_000 } = options;
    if (!Number.isInteger(atMost) || atMost < 1 || atMost > MOST_COUNTED)
      throw new InvalidRunFilterError(`atMost must be a whole number from 1 to ${MOST_COUNTED}, not ${describeValue(atMost)}`);
    return this.#search.count(checked, atMost);
  }

  /**
   * How many runs there are, by queue and status, each counted up to 10,000; queues and statuses without runs are left out. Of runs that are over
   * the newest of each workflow are counted, 20,000 in all; `capped` where there are more. `oldestAt`: when the oldest of those that were counted
   * was created.
   *
   * @throws InvalidIdError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`)
   */
  async countByStatus(filter: { queue?: string; workflowName?: string } = {}): Promise<StatusCount[]> {
    refuseUnknownKeys(filter, ['queue', 'workflowName'], [], 'option of countByStatus');
    const { queue, workflowName } = filter;
    if (queue !== undefined) assertName(queue, 'queue');
    if (workflowName !== undefined) assertName(workflowName, 'workflowName');
    const names = workflowName === undefined ? null : [workflowName];
    return this.#searches.countByStatus(queue === undefined ? null : [queue], names, MOST_IN_CELL);
  }

  /**
   * How many runs ended, and how many of those failed, by queue, in each minute of the last hour; with `minutes` above 60 in each 5 minutes, above
   * 360 in each 15. The newest ends of each workflow are counted, 50,000 in all; see `searchedTo`.
   *
   * @param filter `minutes`: 1 to 1,440, default 60
   * @throws InvalidRunFilterError, InvalidIdError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`)
   */
  async throughput(filter: { queue?: string; minutes?: number } = {}): Promise<Throughput> {
    refuseUnknownKeys(filter, ['queue', 'minutes'], [], 'option of throughput');
    const { queue, minutes = 60 } = filter;
    if (queue !== undefined) assertName(queue, 'queue');
    const bucket = BUCKETS.find(({ upTo }) => minutes <= upTo);
    if (!Number.isInteger(minutes) || minutes < 1 || bucket === undefined)
      throw new InvalidRunFilterError(`minutes must be a whole number from 1 to ${MINUTES_A_DAY}, not ${describeValue(minutes)}`);
    const bucketMs = bucket.minutes * 60_000;
    const count = Math.ceil(minutes / bucket.minutes);
    const { searchedTo, ...found } = await this.#searches.countThroughput(queue ?? null, count, bucketMs, MOST_ENDS);
    return { ...found, bucketMs, ...(searchedTo !== null && { searchedTo }) };
  }

  /** Names of all workflows that have runs, in order. */
  async listNames(): Promise<string[]> {
    return this.#searches.listNames();
  }

  /**
   * @param options `largestPayload`: input and output of more bytes come as `TruncatedPayload`; default: never
   * @throws RunNotFoundError; InvalidIdError, InvalidPageError, UnknownOptionError before any SQL
   */
  async find(id: string, options: { largestPayload?: number } = {}): Promise<RunDetails> {
    const { runId } = runIdOf(id);
    refuseUnknownKeys(options, ['largestPayload'], [], 'option of find');
    const row = await this.#runs.findProven(runId, largestOf(options.largestPayload));
    if (row === undefined) throw new RunNotFoundError(id);
    const { input, inputBytes, output, outputBytes, error, ...rest } = row;
    return {
      ...rest,
      input: this.#payloads.readOrTruncate(input, inputBytes),
      output: this.#payloads.readOrTruncate(output, outputBytes),
      error: errorOf(error),
    };
  }

  /** All of them by ordinal, that is in the order in which the code asked for them. @throws InvalidIdError */
  async listSteps(id: string): Promise<RunStep[]> {
    return this.#history.listSteps(id);
  }

  /**
   * A page of them; with each its last 20 failed attempts. It ends early, after its first one, where payloads and texts of errors come to 8 MiB.
   * `nextAfter` is absent on the last page. No steps for a run that does not exist.
   *
   * @throws InvalidIdError, InvalidPageError, UnknownOptionError before any SQL
   */
  async listStepsPage(id: string, options?: RecordPageOptions): Promise<{ steps: RunStep[]; nextAfter?: number }> {
    return this.#history.listStepsPage(id, options);
  }

  /** The last value under each key, by key. `largestPayload` as of `find`. @throws InvalidIdError, InvalidPageError, UnknownOptionError */
  async listEvents(id: string, options?: { largestPayload?: number }): Promise<RunEvent[]> {
    return this.#history.listEvents(id, options);
  }

  /** A page of them, with the place in the record at which each was set; it ends early as one of steps does. @throws as listStepsPage */
  async listEventsPage(id: string, options?: EventPageOptions): Promise<{ events: SetEvent[]; nextAfter?: string }> {
    return this.#history.listEventsPage(id, options);
  }

  /** Every value that was set, in order. @throws InvalidIdError */
  async listEventHistory(id: string): Promise<RunEvent[]> {
    return this.#history.listEventHistory(id);
  }

  /** A page of them, which ends early as one of steps does. @throws as listStepsPage */
  async listEventHistoryPage(id: string, options?: RecordPageOptions): Promise<{ events: SetEvent[]; nextAfter?: number }> {
    return this.#history.listEventHistoryPage(id, options);
  }

  /**
   * The run's mailbox, in the order in which messages came, those included that it has taken: a page, which ends early as one of steps does.
   *
   * @throws as listStepsPage
   */
  async listMessages(id: string, options?: MessagePageOptions): Promise<{ messages: RunMessage[]; nextAfter?: string }> {
    return this.#history.listMessages(id, options);
  }

  /** What the run waits for now, the nearest end first; up to 1,000. None for a run that is over. @throws InvalidIdError */
  async listWaits(id: string): Promise<RunWait[]> {
    return this.#history.listWaits(id);
  }

  /** One payload in full, decoded. @throws PayloadNotFoundError; InvalidIdError, InvalidPageError, UnknownOptionError before any SQL */
  async readPayload(id: string, of: PayloadOf): Promise<unknown> {
    return this.#history.readPayload(id, of);
  }
}

function mark(cursor: unknown): PageMark {
  const found = parseCursor(cursor);
  if (found === undefined) throw new InvalidRunFilterError('cursor is not one that listRuns gave');
  return found;
}
