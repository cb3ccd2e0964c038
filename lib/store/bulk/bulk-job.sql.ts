// Bulk jobs, as created, worked off by one process at a time, and read. See migrations/0012-bulk-jobs.ts.
import { payload, withinBytes } from '../history/bounded-page.sql.js';

const EXACT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

const REST = `b.job_id "jobId", b.status, b.filter, b.expected, b.expected_capped "isCapped", b.matched::float8, b.done::float8,
  b.refused::float8, b.failed::float8, b.refusals, b.actor, b.reason, b.request_id "requestId", b.created_at "createdAt",
  b.started_at "startedAt", b.completed_at "completedAt", b.error_code "errorCode", b.error_message "errorMessage",
  to_char(b.created_at at time zone 'UTC', ${EXACT}) "createdAtExact"`;
const COLUMNS = `b.action, ${REST}`;

/** With the audit. Gives the job of that id or key, of whoever made it. */
export const createJob = (s: string) => `/* bulk.create */
select ${COLUMNS} from ${s}.create_bulk_job($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10) b`;

/** Locks: the job, skip locked. Index bulk_jobs_open. */
export const claimJob = (s: string) => `/* bulk.claim */
select ${COLUMNS}, b.page::text[], b.next_page "nextPage", b.searched "isSearched", b.turn, b.cancelled_by is not null "isCancelled"
from ${s}.claim_bulk_job($1, $2::uuid[]) b`;

export const turnPage = (s: string) => `/* bulk.turn */
select ${s}.turn_bulk_page($1, $2, $3, $4::jsonb, $5::uuid[], $6, $7) "isCancelled"`;

export const finishJob = (s: string) => `/* bulk.finish */
select ${s}.finish_bulk_job($1, $2, $3::jsonb, $4, $5, $6) "isFinished"`;

/** Anybody may take it over. */
export const releaseJob = (s: string) => `/* bulk.release */
update ${s}.bulk_jobs b set owner = null where b.job_id = $1 and b.owner = $2`;

export const cancelJob = (s: string) => `/* bulk.cancel */
select ${s}.cancel_bulk_job($1, $2, $3, $4) "isOpen"`;

export const findJob = (s: string) => `/* bulk.find */
select ${payload('b.action', '$2', 'action')}, b.shown_action "shownAction", ${REST} from ${s}.bulk_jobs b where b.job_id = $1`;

/** Newest first, keyset paging on (created_at, job_id). Index bulk_jobs_created. Without the data of commands. */
export const listJobs = (s: string) => `/* bulk.list */
select j.* from (${withinBytes(
  `
  select b.shown_action "shownAction", ${REST}, (b.created_at, b.job_id) place, octet_length(b.filter) bytes from ${s}.bulk_jobs b
  where ($1::text[] is null or b.status = any ($1)) and ($2::timestamptz is null or (b.created_at, b.job_id) < ($2, $3::uuid))
  order by b.created_at desc, b.job_id desc limit $4`,
  'desc',
)}
) j order by j.place desc`;

/**
 * Of the given runs those on which something was done, or refused, by that request. Index audit_log_run: the fence keeps the planner from
 * audit_log_request, by which each run would walk all lines of the job.
 */
export const listTouched = (s: string) => `/* bulk.listTouched */
select u.run "runId", a.refused "isRefused" from unnest($1::uuid[]) u (run)
cross join lateral (select coalesce(a.after ->> 'outcome', '') = 'REJECTED' refused from (
    select x.request_id, x.after from ${s}.audit_log x where x.workflow_id = u.run offset 0) a
  where a.request_id = $2 limit 1) a`;
