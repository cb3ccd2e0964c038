// What a run has recorded, page by page, for people: large payloads come as their size alone. Primary keys, but for messages, of which those of
// one run are sorted.
import { payload, shownBytes, withinBytes } from './bounded-page.sql.js';

/** Failed attempts of one step that are shown: the last ones. */
export const MOST_ATTEMPTS = 20;

/** The last failed attempts of the operation `o`. */
const lastAttempts = (s: string, of: string) => `select a.* from ${s}.operation_attempts a
  where a.workflow_id = $1 and a.ordinal = ${of}.ordinal order by a.attempt desc limit ${MOST_ATTEMPTS}`;

/** Of run $1 the operations behind ordinal $2, at most $3, with payloads of up to $4 bytes and their last failed attempts. */
export const listOperationPage = (s: string) => `/* operation.listPage */
select o.*, coalesce(a.failed, '[]') failed
from (${withinBytes(`
  select o.ordinal, o.kind, o.name, ${payload('o.output', '$4', 'output')}, o.error, o.attempts, o.started_at "startedAt",
    o.completed_at "completedAt", o.ordinal place,
    ${shownBytes('o.output', '$4')} + coalesce(octet_length(o.error), 0) + coalesce(t.bytes, 0) bytes
  from ${s}.operation_outputs o
  left join lateral (select sum(octet_length(f.error)) bytes from (${lastAttempts(s, 'o')}) f) t on true
  where o.workflow_id = $1 and o.ordinal > $2 order by o.ordinal limit $3`)}
) o left join lateral (
  select json_agg(json_build_object('attempt', f.attempt, 'error', f.error, 'startedAt', f.started_at, 'completedAt', f.completed_at)
                  order by f.attempt) failed
  from (${lastAttempts(s, 'o')}) f
) a on true
order by o.place`;

/** The last value of run $1 under each key, of up to $2 bytes. */
export const listLastEvents = (s: string) => `/* event.list */
select e.key, ${payload('e.value', '$2', 'value')}, e.updated_at "updatedAt"
from ${s}.workflow_events e where e.workflow_id = $1 order by e.key`;

/** The same behind key $2, at most $3, of up to $4 bytes. */
export const listLastEventPage = (s: string) => `/* event.listLastPage */
select e.* from (${withinBytes(`
  select e.key, e.ordinal, ${payload('e.value', '$4', 'value')}, e.updated_at "updatedAt", e.key place,
    ${shownBytes('e.value', '$4')} bytes
  from ${s}.workflow_events e where e.workflow_id = $1 and ($2::text is null or e.key > $2) order by e.key limit $3`)}
) e order by e.place`;

/** Of run $1 the values that were set behind ordinal $2, at most $3, of up to $4 bytes. */
export const listEventPage = (s: string) => `/* event.listPage */
select h.* from (${withinBytes(`
  select h.ordinal, h.key, ${payload('h.value', '$4', 'value')}, h.created_at "updatedAt", h.ordinal place,
    ${shownBytes('h.value', '$4')} bytes
  from ${s}.workflow_events_history h where h.workflow_id = $1 and h.ordinal > $2 order by h.ordinal limit $3`)}
) h order by h.place`;

/** Of run $1 the messages behind $2, at most $3, of up to $4 bytes. */
export const listMessagePage = (s: string) => `/* message.listPage */
select n.* from (${withinBytes(`
  select n.message_id::text "messageId", n.message_key "idempotencyKey", n.topic, ${payload('n.payload', '$4', 'payload')},
    n.pending "isPending", n.taken_by "takenBy", n.taken_at "takenAt", n.created_at "createdAt", n.message_id place,
    ${shownBytes('n.payload', '$4')} bytes
  from ${s}.notifications n where n.workflow_id = $1 and n.message_id > $2::bigint order by n.message_id limit $3`)}
) n order by n.place`;

/** What run $1 waits for now: a wait ends with the record of its operation. The nearest end first. */
export const listOpenWaits = (s: string) => `/* wait.listOpen */
select w.ordinal, w.kind, w.name, w.wake_at "wakeAt", w.source "sourceRunId", w.source_key "sourceKey"
from ${s}.waits w
where w.workflow_id = $1
  and (select true from ${s}.operation_outputs o where o.workflow_id = w.workflow_id and o.ordinal = w.ordinal limit 1) is null
  and (select true from ${s}.workflow_status r where r.workflow_id = w.workflow_id and r.completed_at is null limit 1)
order by w.wake_at nulls last, w.ordinal limit $2`;

/** One payload of run $1 in full; no row: there is no such thing. */
export const PAYLOADS = {
  input: (s: string) => `/* payload.input */ select r.input text from ${s}.workflow_status r where r.workflow_id = $1`,
  output: (s: string) => `/* payload.output */ select r.output text from ${s}.workflow_status r where r.workflow_id = $1`,
  ordinal: (s: string) =>
    `/* payload.ordinal */ select o.output text from ${s}.operation_outputs o where o.workflow_id = $1 and o.ordinal = $2::int`,
  event: (s: string) =>
    `/* payload.event */ select h.value text from ${s}.workflow_events_history h where h.workflow_id = $1 and h.ordinal = $2::int`,
  command: (s: string) =>
    `/* payload.command */ select c.data text from ${s}.commands c where c.workflow_id = $1 and c.command_id = $2::bigint`,
  message: (s: string) =>
    `/* payload.message */ select n.payload text from ${s}.notifications n where n.workflow_id = $1 and n.message_id = $2::bigint`,
} as const;
