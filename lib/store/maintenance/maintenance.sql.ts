// Maintenance, cluster-wide. The changes are functions, each with its audit: see migrations/0009-maintenance.ts for what they lock.

/** All of the scopes or none. Takes control exclusively, then the rows of the queues. */
export const enter = (s: string) => `/* maintenance.enter */
select unknown, is_past "isPast", entered::text from ${s}.enter_maintenance($1, $2, $3, $4, $5, $6)`;

/** Takes control exclusively when there is something to end. */
export const exit = (s: string) => `/* maintenance.exit */
select unknown, ended from ${s}.end_maintenance($1, $2, $3, $4)`;

/** The same for what is over by its own end. */
export const endExpired = (s: string) => `/* maintenance.endExpired */
select ended from ${s}.end_maintenance(null, 'system', null)`;

/** Locks: those runs, skip locked. */
export const cancelUnowned = (s: string) => `/* maintenance.cancelUnowned */
select cancelled::text[], is_left "isLeft" from ${s}.cancel_unowned($1, $2, $3, $4, $5, $6, $7)`;

/** Runs of these scopes that an executor has; cancelled one by one. Read-only, index workflow_status_owned. */
export const listOwned = (s: string) => `/* maintenance.listOwned */
select r.workflow_id "runId" from ${s}.workflow_status r
where r.status in ('PENDING', 'RUNNING', 'STOPPING') and ('' = any ($1::text[]) or r.queue = any ($1))
  and ${s}.is_meant(r.created_at, r.parent_id, $2, case when '' = any ($1) then array[r.queue] else $1 end)
order by r.workflow_id limit $3`;

/** Takes the fences of all executors by id, then control exclusively, unless it sees without them that they are not drained. */
export const swap = (s: string) => `/* maintenance.swap */
select outcome, its_generation::int generation, totals from ${s}.swap_if_drained($1, $2, $3)`;

/** In one snapshot. Read-only, index workflow_status_owned. */
export const findStatus = (s: string) => `/* maintenance.findStatus */
select c.generation::int generation, c.swapped_at "lastSwapAt", to_jsonb(t) totals,
  coalesce((
    select jsonb_agg(${s}.maintenance_info(m) || jsonb_build_object('inFlight', (
      select count(*) from ${s}.workflow_status r
      where r.status in ('PENDING', 'RUNNING', 'STOPPING') and (m.scope = '' or r.queue = m.scope))) order by m.scope)
    from ${s}.maintenance m where m.until_at > clock_timestamp()), '[]') scopes,
  coalesce((select jsonb_agg(to_jsonb(l) order by l.generation, l.hostname, l.pid, l.executor_id) from ${s}.executor_loads() l), '[]') executors
from ${s}.control c cross join ${s}.drain_totals() t`;
