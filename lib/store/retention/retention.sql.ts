// What a sweep looks for, and what it does. Looks are planned at each call: they come seldom, and how large the tables are decides.

const EXACT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;
const exactly = (time: string) => `to_char(${time} at time zone 'UTC', ${EXACT})`;

/** Names of workflows of which runs are over: a jump from one to the next. Index workflow_status_over. */
export const listNames = (s: string) => `/* retention.listNames */
with recursive n as (
  select (select r.name from ${s}.workflow_status r where r.completed_at is not null order by r.name limit 1) name
  union all
  select (select r.name from ${s}.workflow_status r where r.completed_at is not null and r.name > n.name order by r.name limit 1)
  from n where n.name is not null
)
select name from n where name is not null`;

/** Runs of workflow $1 that were over $3 ms before $2, oldest end first, behind ($4, $5). Index workflow_status_over. */
export const listExpired = (s: string) => `/* retention.listExpired */
select r.workflow_id "runId", ${exactly('r.completed_at')} "completedAtExact"
from ${s}.workflow_status r
where r.name = $1 and r.completed_at is not null and r.completed_at < $2::timestamptz - $3 * interval '1 ms'
  and ($4::timestamptz is null or (r.completed_at, r.workflow_id) > ($4, $5::uuid))
order by r.completed_at, r.workflow_id limit $6`;

/** Of all these workflows ($1), the oldest ends behind ($4, $5). \`isExpired\`: for its age, too ($2 ms before $3). Index workflow_status_over. */
export const listOldest = (s: string) => `/* retention.listOldest */
select o.workflow_id "runId", o.name "workflowName", ${exactly('o.completed_at')} "completedAtExact",
  coalesce(o.completed_at < $3::timestamptz - o.after_ms * interval '1 ms', false) "isExpired"
from (
  select r.*, n.name, n.after_ms from unnest($1::text[], $2::float8[]) n (name, after_ms) cross join lateral (
    select r.workflow_id, r.completed_at from ${s}.workflow_status r
    where r.name = n.name and r.completed_at is not null
      and ($4::timestamptz is null or (r.completed_at, r.workflow_id) > ($4, $5::uuid))
    order by r.completed_at, r.workflow_id limit $6) r
) o
order by o.completed_at, o.workflow_id limit $6`;

/** All that is stored, up to $1. */
export const countRuns = (s: string) => `/* retention.count */
select count(*)::float8 runs from (select from ${s}.workflow_status limit $1::bigint) r`;

export const listDeletable = (s: string) => `/* retention.listDeletable */
select d "runId" from ${s}.deletable_runs($1) d`;

/**
 * Runs that are not over, were created too long before $1, are not delayed and not held. How long, by name ($2, $3; null: never), or else $4. By the
 * indexes of runs that are not over: what is over and kept is not walked over. The comparison of times is no index condition, lest the
 * planner walks over all that is old.
 */
const tooOld = (s: string) => `
select r.workflow_id, r.name, case when n.name is null then $4::float8 else n.timeout_ms end timeout_ms
from (
  select r.* from ${s}.workflow_status r where r.permit and r.completed_at is null
  union all
  select r.* from ${s}.workflow_status r where r.status = 'ENQUEUED' and not r.permit and r.partition_key is null
  union all
  select r.* from ${s}.workflow_status r where r.status = 'ENQUEUED' and not r.permit and r.partition_key is not null
  union all
  select r.* from ${s}.workflow_status r where r.status = 'WAITING' and not r.permit
) r
left join unnest($2::text[], $3::float8[]) n (name, timeout_ms) on n.name = r.name
where r.status not in ('DELAYED', 'HELD') and (r.command ->> 'name') is distinct from 'HOLD'
  and (r.created_at < $1::timestamptz - (case when n.name is null then $4::float8 else n.timeout_ms end) * interval '1 ms') is true`;

export const listTooOld = (s: string) => `/* retention.listTooOld */
select o.workflow_id "runId", o.name "workflowName", o.timeout_ms "timeoutMs" from (${tooOld(s)}) o limit $5`;

export const countTooOld = (s: string) => `/* retention.countTooOld */
select o.name "workflowName", count(*)::int runs from (${tooOld(s)}) o group by o.name`;

export const condemn = (s: string) => `/* retention.condemn */
select verdict, condemned "runIds" from ${s}.condemn_runs($1, $2, $3)`;

export const listFences = (s: string) => `/* retention.listFences */
select e.executor_id "executorId" from ${s}.executors e where e.alive order by e.executor_id`;

export const passFence = (s: string) => `/* retention.passFence */
select ${s}.pass_fence($1)`;

export const deleteCondemned = (s: string) => `/* retention.delete */
select verdict, deleted, left_over "leftOver" from ${s}.delete_condemned($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

export const endOld = (s: string) => `/* retention.end */
select verdict, changed from ${s}.end_old_run($1, $2, $3, $4::timestamptz - $5 * interval '1 ms', $6, $7, $8, $9)`;

export const setLegalHold = (s: string) => `/* run.setLegalHold */
select ${s}.set_legal_hold($1, $2, $3, $4, $5) changed`;
