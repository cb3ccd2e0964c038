// Claims. Each takes the executor's fence row first (share), so a claim that lands after its executor was retired takes nothing.

/**
 * Up to $3 runs of the names $2: at most $4 of those that are due (waited or delayed), the rest from the queue by priority, then age.
 * Per name, so a million runs that nobody here can run cost nothing. The quota is read without locks and then taken with
 * SKIP LOCKED, so claimers do not wait for each other and pass over each other's rows.
 * Locks: executor row (share), claimed runs. Indexes: workflow_status_ready, workflow_status_due, then the primary key.
 */
export const claimRuns = (s: string) => `/* run.claim */
with me as materialized (
  select from ${s}.executors where executor_id = $1 and alive for share
), due_quota as materialized (
  select c.name, count(*) wanted from (
    select n.name, r.wake_at from unnest($2::text[]) n (name) cross join lateral (
      select r.wake_at from ${s}.workflow_status r
      where r.name = n.name and r.status in ('WAITING','DELAYED') and r.wake_at <= clock_timestamp()
      order by r.wake_at limit $4) r
    order by r.wake_at limit $4) c group by c.name
), due as materialized (
  select r.workflow_id from due_quota q cross join lateral (
    select r.workflow_id from ${s}.workflow_status r
    where r.name = q.name and r.status in ('WAITING','DELAYED') and r.wake_at <= clock_timestamp()
    order by r.wake_at limit q.wanted for update skip locked) r
  where exists (select from me)
), ready_quota as materialized (
  select c.name, count(*) wanted from (
    select n.name, r.priority, r.created_at from unnest($2::text[]) n (name) cross join lateral (
      select r.priority, r.created_at from ${s}.workflow_status r
      where r.name = n.name and r.status = 'ENQUEUED' and r.recovery_attempts < 2
      order by r.priority, r.created_at limit $3) r
    order by r.priority, r.created_at limit greatest($3::int - (select count(*) from due)::int, 0)) c group by c.name
), ready as materialized (
  select r.workflow_id from ready_quota q cross join lateral (
    select r.workflow_id from ${s}.workflow_status r
    where r.name = q.name and r.status = 'ENQUEUED' and r.recovery_attempts < 2
    order by r.priority, r.created_at limit q.wanted for update skip locked) r
  where exists (select from me)
), taken as (
  update ${s}.workflow_status r
  set status = 'PENDING', claimed_by = $1, claim_token = gen_random_uuid(), claimed_at = clock_timestamp(), wake_at = null
  where r.workflow_id = any (array(select workflow_id from due union all select workflow_id from ready))
  returning r.workflow_id, r.claim_token, r.name, r.input, r.priority, r.created_at, r.started_at, r.deadline_at, r.timeout_ms, r.recovery_attempts
)
select workflow_id "runId", claim_token token, name "workflowName", input, recovery_attempts "recoveryAttempts", timeout_ms "timeoutMs",
       extract(epoch from created_at)::float8 * 1000 "createdAt",
       extract(epoch from started_at)::float8 * 1000 "startedAt", extract(epoch from deadline_at)::float8 * 1000 "deadlineAt",
       extract(epoch from clock_timestamp())::float8 * 1000 "claimedAt"
from taken order by priority, taken.created_at`;

/** One run that was rescued again and again without progress: it is run alone. Index: workflow_status_suspect. */
export const claimSuspect = (s: string) => `/* run.claimSuspect */
with me as materialized (
  select from ${s}.executors where executor_id = $1 and alive for share
), suspect as materialized (
  select r.workflow_id from ${s}.workflow_status r
  where exists (select from me) and r.name = any ($2::text[]) and r.status = 'ENQUEUED' and r.recovery_attempts >= 2
  order by r.created_at limit 1 for update skip locked
), taken as (
  update ${s}.workflow_status r
  set status = 'PENDING', claimed_by = $1, claim_token = gen_random_uuid(), claimed_at = clock_timestamp(), wake_at = null
  where r.workflow_id = any (array(select workflow_id from suspect))
  returning r.workflow_id, r.claim_token, r.name, r.input, r.created_at, r.started_at, r.deadline_at, r.timeout_ms, r.recovery_attempts
)
select workflow_id "runId", claim_token token, name "workflowName", input, recovery_attempts "recoveryAttempts", timeout_ms "timeoutMs",
       extract(epoch from created_at)::float8 * 1000 "createdAt",
       extract(epoch from started_at)::float8 * 1000 "startedAt", extract(epoch from deadline_at)::float8 * 1000 "deadlineAt",
       extract(epoch from clock_timestamp())::float8 * 1000 "claimedAt"
from taken`;

/** Is there a suspect for these names? Read-only, index workflow_status_suspect. */
export const findSuspect = (s: string) => `/* run.findSuspect */
select from ${s}.workflow_status r
where r.name = any ($1::text[]) and r.status = 'ENQUEUED' and r.recovery_attempts >= 2 limit 1`;

/** Of the given runs those that are not under the given tokens any more. Read-only, primary key. */
export const listLost = (s: string) => `/* run.listLost */
select u.run "runId" from unnest($1::uuid[], $2::uuid[]) u (run, token)
left join lateral (select r.claim_token from ${s}.workflow_status r where r.workflow_id = u.run limit 1) r on true
where r.claim_token is distinct from u.token`;
