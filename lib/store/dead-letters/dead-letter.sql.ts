// Runs that were accepted in memory and that the database refused, kept whole.
import { insertRunsFrom } from '../runs/run.sql.js';

/** The columns of u in insertRuns. */
const AS_RUN = `json_to_record(l.run) u (run uuid, name text, queue text, priority int, external_id text, attributes text, input text,
  timeout_ms float8, max_recovery int, delay float8, partition_key text)`;

/** Idempotent; not for a run that is there: a late copy must not bring back the letter of a run that was replayed. */
export const insertLetter = (s: string) => `/* deadLetter.insert */
insert into ${s}.dead_letters (workflow_id, name, queue, run, reason, attempts)
select $1::uuid, $2, $3, $4::json, $5, $6::int
where not exists (select from ${s}.workflow_status r where r.workflow_id = $1::uuid)
on conflict (workflow_id) do nothing`;

/** Newest first, keyset paging on (dead_at, workflow_id). Index dead_letters_age. The run itself is not looked into: it may be unreadable. */
export const listLetters = (s: string) => `/* deadLetter.list */
select l.workflow_id "runId", l.name "workflowName", l.queue, l.reason, l.attempts, l.dead_at "deadAt",
  to_char(l.dead_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') "deadAtExact"
from ${s}.dead_letters l
where $1::timestamptz is null or (l.dead_at, l.workflow_id) < ($1, $2::uuid)
order by l.dead_at desc, l.workflow_id desc limit $3`;

export const findLetterQueue = (s: string) => `/* deadLetter.findQueue */
select l.queue from ${s}.dead_letters l where l.workflow_id = $1`;

const audit = (s: string, action: string) => `
  insert into ${s}.audit_log (actor, action, workflow_id, reason, request_id, before)
  select $2::text, '${action}', l.workflow_id, $3::text, $4::text,
         jsonb_build_object('name', l.name, 'queue', l.queue, 'reason', l.reason, 'attempts', l.attempts, 'dead_at', l.dead_at)
  from letter l`;

/** All of it or nothing: the run in its queue (its partition in line), the letter gone, the audit. Locks: the letter. No row: there is none. */
export const replayLetter = (s: string) => `/* deadLetter.replay */
with letter as (
  delete from ${s}.dead_letters d where d.workflow_id = $1 returning d.*
), inserted as (${insertRunsFrom(s, `letter l cross join lateral ${AS_RUN}`)}
  returning queue, partition_key, name, status
), rung as (
  insert into ${s}.queue_doorbells (queue, partition_key, name)
  select i.queue, i.partition_key, i.name from inserted i where i.partition_key is not null and i.status = 'ENQUEUED'
), audited as (${audit(s, 'DEAD_LETTER_REPLAY')}
)
select l.queue, l.run ->> 'partition_key' "partitionKey" from letter l`;

/** With the audit. Locks: the letter. No row: there is none. */
export const deleteLetter = (s: string) => `/* deadLetter.delete */
with letter as (
  delete from ${s}.dead_letters d where d.workflow_id = $1 returning d.*
), audited as (${audit(s, 'DEAD_LETTER_DISCARD')}
)
select l.workflow_id from letter l`;
