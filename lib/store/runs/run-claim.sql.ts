// Claims, and what an executor asks about the runs it owns. The claims themselves are functions, see migrations/0004-claim.ts.

const CLAIMED = `workflow_id "runId", claim_token token, name "workflowName", queue, partition_key "partitionKey", input, recovery_attempts "recoveryAttempts",
  first_ordinal "firstOrdinal", resets, reset_frontier "resetFrontier", command, stop, extract(epoch from stop_by)::float8 * 1000 "stopBy",
  timeout_ms "timeoutMs", extract(epoch from created_at)::float8 * 1000 "createdAt",
  extract(epoch from started_at)::float8 * 1000 "startedAt", extract(epoch from deadline_at)::float8 * 1000 "deadlineAt",
  extract(epoch from clock_timestamp())::float8 * 1000 "claimedAt"`;

export const claimRuns = (s: string) => `/* run.claim */
select ${CLAIMED} from ${s}.claim_runs($1, $2, $3, $4, $5) order by priority, created_at`;

/** A row for each run, and one without a run that tells the rest. */
export const claimGatedRuns = (s: string) => `/* run.claimGated */
select ${CLAIMED}, busy, more, comes_back_ms "comesBackMs"
from ${s}.claim_gated_runs($1, $2, $3, $4, $5, $6, $7) g (r, busy, more, comes_back_ms), lateral (select (g.r).*) r
order by priority, created_at`;

export const claimSuspects = (s: string) => `/* run.claimSuspects */
select ${CLAIMED} from ${s}.claim_suspects($1, $2, $3, $4, $5, $6)`;

/** Is there a suspect for these names? Read-only, index workflow_status_suspect. */
export const findSuspect = (s: string) => `/* run.findSuspect */
select from ${s}.workflow_status r
where r.queue = any (array(select q.queue from ${s}.queues q where $2::text[] is null or q.queue = any ($2))) and r.name = any ($1::text[])
  and r.permit and r.status = 'ENQUEUED' and r.recovery_attempts >= 2 limit 1`;

/** Of the given runs those that are not under the given tokens any more, and those of which an operator asks something. Read-only, primary key. */
export const listChanged = (s: string) => `/* run.listChanged */
select u.run "runId", r.claim_token is distinct from u.token "isLost", r.command from unnest($1::uuid[], $2::uuid[]) u (run, token)
left join lateral (select r.claim_token, r.command from ${s}.workflow_status r where r.workflow_id = u.run limit 1) r on true
where r.claim_token is distinct from u.token or r.command is not null`;

/** What an executor owns for longer than $2 ms. Read-only, index workflow_status_owned. */
export const listOwned = (s: string) => `/* run.listOwned */
select r.workflow_id "runId", r.claim_token token from ${s}.workflow_status r
where r.claimed_by = $1 and r.status in ('PENDING','RUNNING','STOPPING') and r.claimed_at < clock_timestamp() - $2 * interval '1 ms'`;

/** Takes the executor's fence, exclusively. */
export const releaseRuns = (s: string) => `/* run.release */
select ${s}.release_runs($1, $2::uuid[], $3::uuid[]) released`;

/** What an executor has not let go of: runs that are over. Read-only, index workflow_status_let_go. */
export const listHeldBack = (s: string) => `/* run.listHeldBack */
select r.workflow_id "runId" from ${s}.workflow_status r where r.claimed_by = $1 and r.permit and r.completed_at is not null limit 1000`;

/** Locks: those runs. See 0006-queues.ts. */
export const letGo = (s: string) => `/* run.letGo */
select ${s}.let_go($1, $2::uuid[])`;

/**
 * ms until the next run of these names and queues is due that is not due yet, or the next that waits for its time outside of the queues.
 * Read-only, indexes workflow_status_due and _later; now() and not clock_timestamp(), which is volatile and so no index condition.
 */
export const findNextDue = (s: string) => `/* run.findNextDue */
select extract(epoch from min(d.wake_at) - clock_timestamp())::float8 * 1000 "leftMs" from (
  select r.wake_at from ${s}.queues q cross join unnest($1::text[]) n (name)
  cross join lateral (select r.wake_at from ${s}.workflow_status r
    where r.queue = q.queue and r.name = n.name and r.permit and (r.status = 'WAITING' or r.status = 'ENQUEUED' and r.recovery_attempts < 2)
      and r.wake_at > now() order by r.wake_at limit 1) r
  where $2::text[] is null or q.queue = any ($2)
  union all
  (select r.wake_at from ${s}.workflow_status r where not r.permit and r.status in ('DELAYED','WAITING') and r.wake_at > now()
   order by r.wake_at limit 1)) d`;
