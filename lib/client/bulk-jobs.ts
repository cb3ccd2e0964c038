// One action on all runs that a filter matches: looked at beforehand, worked off in the background, and read. What applications inject.
import type { Clock } from '../kernel/clock.js';
import { describeValue } from '../kernel/describe-value.js';
import { uuidv7 } from '../kernel/ids.js';
import { isPlainObject, refuseUnknownKeys } from '../kernel/option-keys.js';
import type { Serializer } from '../kernel/serializer.js';
import type { BulkRefusal, BulkStatus } from '../model/bulk.js';
import { BulkJobNotFoundError } from '../operations/bulk/bulk.errors.js';
import { type BulkAction, type BulkCommandAction, resolveBulkAction } from '../operations/bulk/bulk-action.js';
import type { BulkPage } from '../operations/bulk/bulk-runner.js';
import { type OperatorAction, resolveOperatorAction } from '../operations/operator-action.js';
import type { BulkJobStore, StoredBulkJob } from '../store/bulk/bulk-job.store.js';
import { repeatOnOutage } from '../store/repeat-on-outage.js';
import {
  type BulkFilter,
  checkBulkFilter,
  checkJobId,
  type ListBulkJobsOptions,
  type NewBulkJobOptions,
  resolveBulkJob,
  resolveListJobs,
} from './bulk-options.js';
import { cursorOf } from './page-cursor.js';
import { RecordedPayloads, type UnreadablePayload } from './recorded-payloads.js';
import { largestOf } from './run-history.js';
import type { RunReader, RunSummary } from './run-reader.js';
import { TruncatedPayload } from './truncated-payload.js';

export interface BulkPreview {
  /** Runs that match now. */
  matched: number;
  /** There may be more: they were not counted to the end. */
  capped: boolean;
  /** The newest of them, 10 at most; fewer where a search takes long. */
  sample: RunSummary[];
}

export interface BulkJob {
  jobId: string;
  /** In lists without the `data` of a command. */
  action: BulkAction | UnreadablePayload;
  filter: BulkFilter & Partial<UnreadablePayload>;
  /** `FAILED`: it could not go on, for a reason that is none of its runs. */
  status: BulkStatus;
  /** Runs that matched when it was created, counted to 10,000; `capped`: there may be more. */
  expected: { count: number; capped: boolean };
  /** Runs that it has taken up so far. When it is over: `done`, `refused` and `failed` together, unless it was broken off. */
  matched: number;
  /** Of them those on which the action is done, or that were so already. */
  done: number;
  /** Those whose state did not allow it, or that are gone. */
  refused: number;
  /** Those on which it ended with another error. */
  failed: number;
  /** The first 20 of those that were refused, or failed. */
  refusals: BulkRefusal[];
  actor: string;
  reason: string | null;
  requestId: string | null;
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
  /** Of a job that has failed. */
  error: { code: string; message: string } | null;
}

export interface BulkJobPage {
  jobs: BulkJob[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface BulkJobsParts {
  store: BulkJobStore;
  reader: RunReader;
  serializer: Serializer;
  runner: { look(): void };
  clock: Clock;
}

const MOST_COUNTED = 10_000;
const SAMPLE = 10;
const PAGE = 500;
/** No run has a lower id. */
const LOWEST = '00000000-0000-0000-0000-000000000000';

export class BulkJobs {
  /** Private at run time too: whoever is logged holds this, and it the connection with its password. */
  readonly #parts: BulkJobsParts;

  /** @internal Made by WorkflowsModule. */
  constructor(parts: BulkJobsParts) {
    this.#parts = parts;
  }

  /**
   * Which runs such a job would take up now. Changes nothing; an empty filter is every run. Counts to 10,000.
   *
   * @throws as create, but for the filter that is empty
   */
  async preview(filter: BulkFilter, action: BulkAction): Promise<BulkPreview> {
    resolveBulkAction(action);
    const checked = checkBulkFilter(filter);
    const { count, capped } = await this.#count(checked);
    const { runs } = await this.#parts.reader.list({ ...checked, limit: SAMPLE });
    return { matched: count, capped, sample: runs };
  }

  /**
   * Creates a job, durably; it is worked off in the background, by this process or another. Runs that are created later are not touched. Each
   * run is acted on as by a call of its own, with the actor and the reason of the job, and `bulk:<jobId>` as request id. Idempotent by
   * `idempotencyKey`.
   *
   * @throws BulkFilterRequiredError for an empty filter without `all: true`; InvalidRunFilterError, UnknownCommandError, UnknownOptionError,
   * InvalidIdError, InvalidDurationError, InvalidAttributesError, PayloadInvalidError, PayloadTooLargeError, WorkflowsError (`INVALID_OPTION`)
   * before any SQL; the database's error
   */
  async create(options: NewBulkJobOptions): Promise<BulkJob> {
    const { store, serializer, runner } = this.#parts;
    const { by, action, filter, idempotencyKey } = resolveBulkJob(options);
    const storedAction = serializer.serialize(action, 'action') ?? 'null';
    const { count, capped } = await this.#count(filter);
    const job = {
      jobId: uuidv7(),
      idempotencyKey,
      action: storedAction,
      filter: serializer.serialize(filter, 'filter') ?? 'null',
      // The data of a command may be anything; the audit log of a single one does not show it either.
      shownAction: JSON.stringify({ ...action, data: undefined }),
      expected: count,
      isCapped: capped,
      ...by,
    };
    const created = await this.#outlast(() => store.create(job));
    runner.look();
    return this.#shown(created, this.#read(created.action));
  }

  /**
   * @param options `largestPayload`: in an action of more bytes the `data` of the command comes as `TruncatedPayload`; default: never
   * @throws BulkJobNotFoundError; UnknownOptionError, InvalidPageError, WorkflowsError (`INVALID_OPTION`) before any SQL; the database's error
   */
  async get(jobId: string, options: { largestPayload?: number } = {}): Promise<BulkJob> {
    const id = checkJobId(jobId);
    refuseUnknownKeys(options, ['largestPayload'], [], 'option of a look at a bulk job');
    const job = await this.#parts.store.find(id, largestOf(options.largestPayload));
    if (job === undefined) throw new BulkJobNotFoundError(id);
    const { action, actionBytes, shownAction } = job;
    if (action !== null) return this.#shown(job, this.#read(action));
    return this.#shown(job, { ...(shownAction as BulkCommandAction), data: new TruncatedPayload(actionBytes) });
  }

  /**
   * Newest first, without the data of commands, which `get` gives. A page ends early, after its first job, where filters come to 8 MiB.
   *
   * @throws UnknownOptionError, WorkflowsError (`INVALID_OPTION`) before any SQL; the database's error
   */
  async list(options: ListBulkJobsOptions = {}): Promise<BulkJobPage> {
    const { statuses, limit, after } = resolveListJobs(options);
    const { rows, hasMore } = await this.#parts.store.list(statuses, after, limit);
    const last = rows.at(-1);
    return {
      jobs: rows.map((row) => this.#shown(row, row.shownAction)),
      ...(hasMore && last !== undefined && { nextCursor: cursorOf({ exact: last.createdAtExact, runId: last.jobId }) }),
    };
  }

  /**
   * Lets a job end after the page of 500 runs that it is at; what it has done stays done. False: it is over. Idempotent.
   *
   * @throws BulkJobNotFoundError; UnknownOptionError, InvalidIdError, WorkflowsError (`INVALID_OPTION`) before any SQL; the database's error
   */
  async cancel(jobId: string, action?: OperatorAction): Promise<boolean> {
    const id = checkJobId(jobId);
    const by = resolveOperatorAction('Bulk', action);
    const isOpen = await this.#outlast(() => this.#parts.store.cancel(id, by));
    if (isOpen === undefined) throw new BulkJobNotFoundError(id);
    // One that its process has left behind is ended by whoever takes it over.
    this.#parts.runner.look();
    return isOpen;
  }

  #shown(job: Omit<StoredBulkJob, 'action'>, action: unknown): BulkJob {
    const { jobId, status, expected, isCapped, matched, done, refused, failed, refusals, actor, reason, requestId } = job;
    const { createdAt, startedAt, completedAt, errorCode, errorMessage } = job;
    return {
      jobId,
      action: objectOr(action),
      filter: objectOr(this.#read(job.filter)),
      status,
      expected: { count: expected, capped: isCapped },
      ...{ matched, done, refused, failed, refusals, actor, reason, requestId, createdAt, startedAt, completedAt },
      error: errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' },
    };
  }

  #read(text: string): unknown {
    return new RecordedPayloads(this.#parts.serializer).read(text);
  }

  /** One that took too long to be counted to the end is capped too. */
  async #count(filter: BulkFilter): Promise<{ count: number; capped: boolean }> {
    const { count, capped, searchedTo } = await this.#parts.reader.count(filter, { atMost: MOST_COUNTED });
    return { count, capped: capped || searchedTo !== undefined };
  }

  #outlast<T>(work: () => Promise<T>): Promise<T> {
    return repeatOnOutage(this.#parts.clock, work, (cause) => cause as Error);
  }
}

/** One damaged job must not hide the others. */
function objectOr<T extends object>(value: unknown): T | UnreadablePayload {
  return isPlainObject(value) ? (value as T) : { unreadable: `It is no object, but ${describeValue(value)}.` };
}

/** Pages of the runs of a job, for whoever works it off: of those only that were created before it, by the database's clock. */
export async function listBulkPage(
  reader: RunReader,
  filter: unknown,
  createdBefore: string,
  page: string | null,
): Promise<BulkPage> {
  const cursor = page ?? cursorOf({ exact: createdBefore, runId: LOWEST });
  const { runs, nextCursor } = await reader.list({ ...(filter as BulkFilter), limit: PAGE, cursor });
  return { runIds: runs.map(({ runId }) => runId), ...(nextCursor !== undefined && { nextPage: nextCursor }) };
}
