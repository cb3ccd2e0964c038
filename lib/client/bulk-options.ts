// What a caller says about a bulk job, checked before any SQL but for the filter, which is checked by whoever lists runs.
import { describeValue } from '../kernel/describe-value.js';
import { assertId, isUuid } from '../kernel/ids.js';
import { isPlainObject, refuseUnknownKeys, requirePlainObject } from '../kernel/option-keys.js';
import type { DoneBy } from '../model/audit.js';
import { BULK_STATUSES, type BulkStatus } from '../model/bulk.js';
import { BulkFilterRequiredError } from '../operations/bulk/bulk.errors.js';
import { type BulkAction, resolveBulkAction } from '../operations/bulk/bulk-action.js';
import { invalidOperatorOption, type OperatorAction, resolveOperatorAction } from '../operations/operator-action.js';
import type { BulkJobMark } from '../store/bulk/bulk-job.store.js';
import { parseCursor } from './page-cursor.js';
import type { RunFilter } from './run-filter.js';

/** Which runs: as of listRuns. */
export type BulkFilter = RunFilter;

/** Who, why and by which request is kept with the job, its runs and their commands, and in the audit log. */
export interface NewBulkJobOptions extends OperatorAction {
  action: BulkAction;
  /** Runs that match, and were created before the job. */
  filter: BulkFilter;
  /** Needed with an empty filter: every run there is. Default false. */
  all?: boolean;
  /** The same key again gives the same job, whatever else is asked. 1–255 printable characters. Default: none. */
  idempotencyKey?: string;
}

export interface ListBulkJobsOptions {
  /** One or several. */
  status?: BulkStatus | BulkStatus[];
  /** 1 to 500, default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

export interface ResolvedBulkJob {
  by: DoneBy;
  action: BulkAction;
  filter: BulkFilter;
  idempotencyKey: string | null;
}

const MOST_LISTED = 500;
const OF_PAGES = ['limit', 'cursor'];

/** @throws BulkFilterRequiredError; those of resolveBulkAction and resolveOperatorAction; InvalidIdError */
export function resolveBulkJob(options: NewBulkJobOptions): ResolvedBulkJob {
  requirePlainObject(options, 'option of a bulk job');
  const by = resolveOperatorAction('Bulk', options, ['action', 'filter', 'all', 'idempotencyKey']);
  const { all = false, idempotencyKey } = options;
  const action = resolveBulkAction(options.action);
  const filter = checkBulkFilter(options.filter);
  if (typeof all !== 'boolean') throw invalidOperatorOption('Bulk', 'all', `must be true or false, not ${describeValue(all)}`);
  if (!all && Object.entries(filter).every(isNoRestriction)) throw new BulkFilterRequiredError();
  if (all && Object.keys(filter).length > 0)
    throw invalidOperatorOption('Bulk', 'all', 'means every run: it is for an empty filter');
  if (idempotencyKey !== undefined) assertId(idempotencyKey, 'idempotencyKey');
  return { by, action, filter, idempotencyKey: idempotencyKey ?? null };
}

/** A copy without keys that are undefined. @throws WorkflowsError (`INVALID_OPTION`) */
export function checkBulkFilter(filter: unknown): BulkFilter {
  requirePlainObject(filter, 'filter of a bulk job');
  const entries = Object.entries(filter).filter(([, value]) => value !== undefined);
  for (const [key] of entries)
    if (OF_PAGES.includes(key))
      throw invalidOperatorOption('Bulk', `filter.${key}`, 'is for lists: a bulk job takes all that match');
  return Object.fromEntries(entries) as BulkFilter;
}

/** @throws WorkflowsError (`INVALID_OPTION`), UnknownOptionError */
export function resolveListJobs(options: ListBulkJobsOptions): {
  statuses: BulkStatus[] | null;
  limit: number;
  after: BulkJobMark | null;
} {
  refuseUnknownKeys(options, ['status', 'limit', 'cursor'], [], 'option of bulk job lists');
  const { status, limit = 50, cursor } = options;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED)
    throw invalidOperatorOption('Bulk', 'limit', `must be a whole number from 1 to ${MOST_LISTED}, not ${describeValue(limit)}`);
  const statuses = status === undefined ? null : [status].flat();
  for (const one of statuses ?? [])
    if (!BULK_STATUSES.includes(one))
      throw invalidOperatorOption('Bulk', 'status', `must be one of ${BULK_STATUSES.join(', ')}, not ${describeValue(one)}`);
  const mark = cursor === undefined ? null : parseCursor(cursor);
  if (mark === undefined) throw invalidOperatorOption('Bulk', 'cursor', 'is not one that a list of bulk jobs gave');
  return { statuses, limit, after: mark && { createdAtExact: mark.exact, jobId: mark.runId } };
}

/** @throws WorkflowsError (`INVALID_OPTION`) */
export function checkJobId(jobId: unknown): string {
  if (!isUuid(jobId))
    throw invalidOperatorOption('Bulk', 'jobId', `must be that of a bulk job, a uuid, not ${describeValue(jobId)}`);
  return jobId.toLowerCase();
}

/** An input of any kind is one: `{}` is found in runs with an object for an argument, and in no other. */
function isNoRestriction([key, value]: [string, unknown]): boolean {
  if (key === 'input') return false;
  return value === '' || ((isPlainObject(value) || Array.isArray(value)) && Object.keys(value).length === 0);
}
