// Bulk jobs as stored. Called by BulkJobs, which makes and shows them, and by the runner, which works them off.
import type { DoneBy } from '../../model/audit.js';
import { type BulkRefusal, type BulkStatus, type BulkTally, requestIdOfJob } from '../../model/bulk.js';
import type { Database, Row } from '../database.js';
import { arrayLiteral } from '../flush/flush-columns.js';
import { type BoundedPage, boundedPage } from '../history/bounded-page.js';
import * as sql from './bulk-job.sql.js';

export interface NewBulkJob extends DoneBy {
  jobId: string;
  idempotencyKey: string | null;
  /** Serialised. */
  action: string;
  /** Serialised. */
  filter: string;
  /** What lists and the audit log show of the action, which is not the data of a command: JSON text. */
  shownAction: string;
  expected: number;
  isCapped: boolean;
}

export interface StoredBulkJob extends DoneBy, BulkTally {
  jobId: string;
  status: BulkStatus;
  action: string;
  filter: string;
  expected: number;
  isCapped: boolean;
  matched: number;
  createdAt: Date;
  /** To the microsecond. */
  createdAtExact: string;
  startedAt: Date | null;
  completedAt: Date | null;
  errorCode: string | null;
  errorMessage: string | null;
}

/** Without the data of a command. */
export interface ListedBulkJob extends Omit<StoredBulkJob, 'action'> {
  /** Parsed JSON. */
  shownAction: unknown;
}

export interface FoundBulkJob extends ListedBulkJob {
  /** Null: it is larger than was asked for. */
  action: string | null;
  actionBytes: number;
}

/** As its new owner finds it. */
export interface ClaimedBulkJob extends StoredBulkJob {
  /** Runs that may have been touched already; null: none. */
  page: string[] | null;
  /** Where the page after that one begins; null: with the first run. */
  nextPage: string | null;
  /** No page comes after that one. */
  isSearched: boolean;
  /** Counted up by each write of a page. */
  turn: number;
  isCancelled: boolean;
}

export interface PageTurn {
  /** How many turns came before. */
  turn: number;
  /** What became of the page before. */
  tally: BulkTally;
  page: readonly string[] | null;
  nextPage: string | null;
  isSearched: boolean;
}

export interface BulkEnd {
  status: 'DONE' | 'FAILED' | 'CANCELLED';
  error?: { code: string; message: string };
}

export interface BulkJobMark {
  createdAtExact: string;
  jobId: string;
}

export class BulkJobStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** The job of that id, or of that key, whoever made it. Idempotent. Writes audit_log. */
  async create(job: NewBulkJob): Promise<StoredBulkJob> {
    const { jobId, idempotencyKey, action, filter, shownAction, expected, isCapped, actor, reason, requestId } = job;
    const values = [jobId, idempotencyKey, action, filter, shownAction, expected, isCapped, actor, reason, requestId];
    const [row] = await this.database.query<StoredBulkJob & Row>(sql.createJob(this.#schema), values);
    if (row === undefined) throw new Error(`bulk job ${jobId} was not created`);
    return row;
  }

  /** Undefined: there is none but those in work. `here`: jobs that this process works at. */
  async claim(owner: string, here: readonly string[]): Promise<ClaimedBulkJob | undefined> {
    const values = [owner, arrayLiteral([...here], false)];
    return (await this.database.query<ClaimedBulkJob & Row>(sql.claimJob(this.#schema), values))[0];
  }

  /**
   * Whether it was cancelled meanwhile: then the next page is not its page. Undefined: it is somebody else's now, and nothing was
   * written. Idempotent by `turn`.
   */
  async turn(jobId: string, owner: string, { turn, tally, page, nextPage, isSearched }: PageTurn): Promise<boolean | undefined> {
    const runIds = page === null ? null : arrayLiteral([...page], false);
    const values = [jobId, owner, turn, JSON.stringify(tally), runIds, nextPage, isSearched];
    const rows = await this.database.query<{ isCancelled: boolean | null }>(sql.turnPage(this.#schema), values);
    return rows[0]?.isCancelled ?? undefined;
  }

  /** With what became of the last page. False: it is somebody else's now. Writes audit_log. */
  async finish(jobId: string, owner: string, tally: BulkTally, { status, error }: BulkEnd): Promise<boolean> {
    const values = [jobId, owner, JSON.stringify(tally), status, error?.code ?? null, error?.message ?? null];
    const rows = await this.database.query<{ isFinished: boolean }>(sql.finishJob(this.#schema), values);
    return rows[0]?.isFinished ?? false;
  }

  /** Anybody may take it over, with the page that is under way. Idempotent. */
  async release(jobId: string, owner: string): Promise<void> {
    await this.database.query(sql.releaseJob(this.#schema), [jobId, owner]);
  }

  /** Whether it was not over; undefined: there is no such job. Idempotent. Writes audit_log. */
  async cancel(jobId: string, { actor, reason, requestId }: DoneBy): Promise<boolean | undefined> {
    const values = [jobId, actor, reason, requestId];
    const rows = await this.database.query<{ isOpen: boolean | null }>(sql.cancelJob(this.#schema), values);
    return rows[0]?.isOpen ?? undefined;
  }

  /** An action of more than `largest` bytes comes as null; null: it is not left out. */
  async find(jobId: string, largest: number | null = null): Promise<FoundBulkJob | undefined> {
    return (await this.database.query<FoundBulkJob & Row>(sql.findJob(this.#schema), [jobId, largest]))[0];
  }

  /** Newest first. */
  list(statuses: readonly BulkStatus[] | null, after: BulkJobMark | null, limit: number): Promise<BoundedPage<ListedBulkJob>> {
    return boundedPage(this.database, sql.listJobs(this.#schema), limit, (rows) => [
      statuses,
      after?.createdAtExact ?? null,
      after?.jobId ?? null,
      rows,
    ]);
  }

  /** Of the given runs those on which the job has acted, or been refused a command, by the audit log. */
  async listTouched(
    jobId: string,
    runIds: readonly string[],
  ): Promise<Array<Pick<BulkRefusal, 'runId'> & { isRefused: boolean }>> {
    const values = [arrayLiteral([...runIds], false), requestIdOfJob(jobId)];
    return this.database.query(sql.listTouched(this.#schema), values, { search: true });
  }
}
