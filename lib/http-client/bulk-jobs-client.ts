// One action on all runs that a filter matches, over HTTP. `client.bulkJobs`.
import type { BulkJob, BulkPreview } from '../client/bulk-jobs.js';
import type { BulkStatus } from '../model/bulk.js';
import type { RunAttributes } from '../model/run.js';
import type { BulkAction } from '../operations/bulk/bulk-action.js';
import { at } from './encoded-path.js';
import type { CallOptions, HttpTransport } from './http-transport.js';
import type { PageQuery, Reason } from './requests.js';
import type { RunSummaryAnswer } from './run-answers.js';
import type { RunQuery } from './run-query.js';
import type { Shown, Wire } from './wire.js';

/** What is of the application's data in the action, the filter and the error is hidden from whoever may not see payloads. */
export type BulkJobAnswer = Omit<Wire<BulkJob>, 'action' | 'filter' | 'error'> & {
  /** In lists without the `data` of a command. */
  action: Wire<BulkAction> | { unreadable: Shown<string> };
  filter: Wire<Omit<RunQuery, 'attributes'>> & { attributes?: Shown<RunAttributes>; unreadable?: Shown<string> };
  error: { code: string; message: Shown<string> } | null;
};
export type BulkPreviewAnswer = Omit<Wire<BulkPreview>, 'sample'> & { sample: RunSummaryAnswer[] };

export interface BulkJobPageAnswer {
  /** Newest first. */
  jobs: BulkJobAnswer[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface NewBulkJob extends Reason {
  action: BulkAction;
  /** As of `runs.list`. */
  filter: RunQuery;
  /** Needed with an empty filter: every run there is. */
  all?: boolean;
  /** The same key again gives the same job. */
  idempotencyKey?: string;
}

export class BulkJobsClient {
  readonly #http: HttpTransport;

  /** @internal Made by WorkflowsClient. */
  constructor(http: HttpTransport) {
    this.#http = http;
  }

  /** Which runs such a job would take up now. Changes nothing. Needs, as `create`, the right of the action itself: to cancel, to command, … */
  preview(action: BulkAction, filter: RunQuery, call?: CallOptions): Promise<BulkPreviewAnswer> {
    return this.#http.write('POST', 'bulk-jobs/preview', { action, filter }, call);
  }

  /** Creates a job, durably; it is worked off in the background. Idempotent by `idempotencyKey`. */
  create(job: NewBulkJob, call?: CallOptions): Promise<BulkJobAnswer> {
    return this.#http.write('POST', 'bulk-jobs', job, call);
  }

  list(query?: PageQuery & { status?: BulkStatus | readonly BulkStatus[] }, call?: CallOptions): Promise<BulkJobPageAnswer> {
    return this.#http.get('bulk-jobs', { ...query }, call);
  }

  find(jobId: string, call?: CallOptions): Promise<BulkJobAnswer> {
    return this.#http.get(at`bulk-jobs/${jobId}`, undefined, call);
  }

  /** What it has done stays done. `cancelled: false`: it was over already. */
  cancel(jobId: string, options?: Reason, call?: CallOptions): Promise<{ cancelled: boolean }> {
    return this.#http.write('POST', at`bulk-jobs/${jobId}/cancel`, options, call);
  }
}
