// What tells that something has changed, without reading what: the row counters that Postgres keeps of each table anyway, and a short digest
// of each run that somebody looks at. Read-only, planned at each call.

/**
 * Rows inserted, updated and deleted so far, by table ($1), and the audit log: its last number, and what stands there after $2, at most 200
 * rows. Counters come late, by a second under load, by ten when the connection that wrote has been idle since; the audit log does not.
 */
export const readMarks = (s: string) => `/* feed.readMarks */
with news as materialized (
  select a.action, a.workflow_id from ${s}.audit_log a where a.audit_id > $2::bigint order by a.audit_id desc limit 200
)
select current_setting('track_counts')::boolean "isCounted",
  coalesce((
    select jsonb_object_agg(c.relname, pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid))
    from pg_class c where c.relnamespace = '${s}'::regnamespace and c.relname = any ($1::name[])), '{}') marks,
  (select max(a.audit_id) from ${s}.audit_log a)::text "lastAudit",
  coalesce((select jsonb_agg(distinct n.action) from news n), '[]') actions,
  coalesce((select jsonb_agg(distinct n.workflow_id) filter (where n.workflow_id is not null) from news n), '[]') "auditedRuns"`;

/**
 * Of the rows of a run in a table the highest ordinal, and how many of the last $2 ordinals are there: what comes late, of an ordinal in
 * between, is seen too. Two probes of the primary key, and at most $2 of its entries.
 */
const newest = (s: string, table: string) => `
cross join lateral (
  select max(x.ordinal) last from (
    select t.ordinal from ${s}.${table} t where t.workflow_id = u.run order by t.ordinal desc limit 1) x) ${table}_last
cross join lateral (
  select count(*)::int n from ${s}.${table} t where t.workflow_id = u.run and t.ordinal > ${table}_last.last - $2::int offset 0) ${table}`;

/**
 * Of each of the given runs, in their order, what people see of it, in numbers and times: no payloads, and whatever changes them changes
 * this. Of commands and messages no more than $2 are counted; of streams the last 50 by name.
 */
export const digestRuns = (s: string) => `/* feed.digestRuns */
select u.run "runId", r.status, r.priority, r.queue, extract(epoch from r.started_at)::float8 * 1000 "startedAt",
  extract(epoch from r.completed_at)::float8 * 1000 "completedAt", extract(epoch from r.held_at)::float8 * 1000 "heldAt",
  extract(epoch from r.wake_at)::float8 * 1000 "wakeAt", extract(epoch from r.deadline_at)::float8 * 1000 "deadlineAt",
  coalesce(r.legal_hold, false) "legalHold", coalesce(r.permit, false) "hasPermit", coalesce(r.recovery_attempts, 0) "recoveryAttempts",
  coalesce(r.resets, 0) resets,
  jsonb_build_object('last', operation_outputs_last.last) steps, jsonb_build_object('last', workflow_events_history_last.last) events,
  jsonb_build_object('count', streams.n, 'chunks', streams.chunks) streams,
  jsonb_build_object('last', commands.last, 'open', open.n) commands,
  jsonb_build_object('last', inbox.last, 'open', inbox.n) messages,
  -- what the numbers above do not show
  concat_ws(' ', operation_outputs.n, operation_attempts_last.last, operation_attempts.n, workflow_events_history.n, r.claimed_by, r.first_ordinal) mark
from unnest($1::uuid[]) with ordinality u (run, place)
left join lateral (select r.* from ${s}.workflow_status r where r.workflow_id = u.run limit 1) r on true${newest(s, 'operation_outputs')}${newest(s, 'operation_attempts')}${newest(s, 'workflow_events_history')}
cross join lateral (
  -- from the last chunk of one stream to the last chunk of the one before it by name: one probe each
  with recursive heads (stream, last, place) as (
    (select c.stream, c.chunk_offset, 1 from ${s}.streams c where c.workflow_id = u.run order by c.stream desc, c.chunk_offset desc limit 1)
    union all
    select n.stream, n.chunk_offset, h.place + 1 from heads h cross join lateral (
      select c.stream, c.chunk_offset from ${s}.streams c where c.workflow_id = u.run and c.stream < h.stream
      order by c.stream desc, c.chunk_offset desc limit 1) n
    where h.place < 50
  ) select count(*)::int n, coalesce(sum(h.last + 1), 0)::int chunks from heads h) streams
cross join lateral (
  select max(x.command_id) last from (
    select c.command_id from ${s}.commands c where c.workflow_id = u.run order by c.command_id desc limit 1) x) commands
cross join lateral (
  select count(*)::int n from (select from ${s}.commands c where c.workflow_id = u.run and c.outcome is null limit $2) x) open
cross join lateral (
  select count(*)::int n, max(x.message_id) last from (
    select m.message_id from ${s}.notifications m where m.workflow_id = u.run and m.taken_by is null limit $2) x) inbox
order by u.place`;
