// What a run has recorded, page by page, for people: large payloads come as their size alone. Primary keys, but for messages, of which those of
// one run are sorted.

/** Failed attempts of one step that are shown: the last ones. */
export const MOST_ATTEMPTS = 20;

/** Null where it has more than so many bytes (a parameter; null: any), and how many it has. */
const payload = (column: string, largest: string, as: string) =>
  `case when octet_length(${column}) > ${largest}::int then null else ${column} end "${as}", octet_length(${column}) "${as}Bytes"`;

/** Of run $1 the operations behind ordinal $2, at most $3, with payloads of up to $4 bytes and their last failed attempts. */
export const listOperationPage = (s: string) => `/* operation.listPage */
select o.ordinal, o.kind, o.name, ${payload('o.output', '$4', 'output')}, o.error, o.attempts, o.started_at "startedAt",
  o.completed_at "completedAt", coalesce(a.failed, '[]') failed
from ${s}.operation_outputs o left join lateral (
  select json_agg(json_build_object('attempt', f.attempt, 'error', f.error, 'startedAt', f.started_at, 'completedAt', f.completed_at)
                  order by f.attempt) failed
  from (select a.* from ${s}.operation_attempts a where a.workflow_id = o.workflow_id and a.ordinal = o.ordinal
        order by a.attempt desc limit ${MOST_ATTEMPTS}) f
) a on true
where o.workflow_id = $1 and o.ordinal > $2 order by o.ordinal limit $3`;

/** The last value of run $1 under each key, of up to $2 bytes. */
export const listLastEvents = (s: string) => `/* event.list */
select e.key, ${payload('e.value', '$2', 'value')}, e.updated_at "updatedAt"
from ${s}.workflow_events e where e.workflow_id = $1 order by e.key`;

/** Of run $1 the values that were set behind ordinal $2, at most $3, of up to $4 bytes. */
export const listEventPage = (s: string) => `/* event.listPage */
select h.ordinal, h.key, ${payload('h.value', '$4', 'value')}, h.created_at "updatedAt"
from ${s}.workflow_events_history h where h.workflow_id = $1 and h.ordinal > $2 order by h.ordinal limit $3`;

/** Of run $1 the messages behind $2, at most $3, of up to $4 bytes. */
export const listMessagePage = (s: string) => `/* message.listPage */
select n.message_id::text "messageId", n.message_key "idempotencyKey", n.topic, ${payload('n.payload', '$4', 'payload')}, n.pending "isPending",
  n.taken_by "takenBy", n.taken_at "takenAt", n.created_at "createdAt"
from ${s}.notifications n where n.workflow_id = $1 and n.message_id > $2::bigint order by n.message_id limit $3`;

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
  message: (s: string) =>
    `/* payload.message */ select n.payload text from ${s}.notifications n where n.workflow_id = $1 and n.message_id = $2::bigint`,
} as const;
