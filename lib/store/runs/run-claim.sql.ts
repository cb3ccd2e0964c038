// Claims, and what an executor asks about the runs it owns. The claims themselves are functions, see migrations/0004-claim.ts.

const CLAIMED = `workflow_id "runId", claim_token token, name "workflowName", input, recovery_attempts "recoveryAttempts",
  first_ordinal "firstOrdinal",
  timeout_ms "timeoutMs", extract(epoch from created_at)::float8 * 1000 "createdAt",
  extract(epoch from started_at)::float8 * 1000 "startedAt", extract(epoch from deadline_at)::float8 * 1000 "deadlineAt",
  extract(epoch from clock_timestamp())::float8 * 1000 "claimedAt"`;

export const claimRuns = (s: string) => `/* run.claim */
select ${CLAIMED} from ${s}.claim_runs($1, $2, $3, $4) order by priority, created_at`;

export const claimSuspects = (s: string) => `/* run.claimSuspects */
select ${CLAIMED} from ${s}.claim_suspects($1, $2, $3)`;

/** Is there a suspect for these names? Read-only, index workflow_status_suspect. */
export const findSuspect = (s: string) => `/* run.findSuspect */
select from ${s}.workflow_status r
where r.name = any ($1::text[]) and r.status = 'ENQUEUED' and r.recovery_attempts >= 2 limit 1`;

/** Of the given runs those that are not under the given tokens any more. Read-only, primary key. */
export const listLost = (s: string) => `/* run.listLost */
select u.run "runId" from unnest($1::uuid[], $2::uuid[]) u (run, token)
left join lateral (select r.claim_token from ${s}.workflow_status r where r.workflow_id = u.run limit 1) r on true
where r.claim_token is distinct from u.token`;

/** What an executor owns for longer than $2 ms. Read-only, index workflow_status_owned. */
export const listOwned = (s: string) => `/* run.listOwned */
select r.workflow_id "runId", r.claim_token token from ${s}.workflow_status r
where r.claimed_by = $1 and r.status in ('PENDING','RUNNING','STOPPING') and r.claimed_at < clock_timestamp() - $2 * interval '1 ms'`;

/** Takes the executor's fence, exclusively. */
export const releaseRuns = (s: string) => `/* run.release */
select ${s}.release_runs($1, $2::uuid[], $3::uuid[]) released`;

/**
 * ms until the next run of these names is due that is not due yet. Read-only, index workflow_status_due; now() and not clock_timestamp(),
 * which is volatile and so no index condition.
 */
export const findNextDue = (s: string) => `/* run.findNextDue */
select extract(epoch from min(r.wake_at) - clock_timestamp())::float8 * 1000 "leftMs" from unnest($1::text[]) n (name)
cross join lateral (select r.wake_at from ${s}.workflow_status r
  where r.name = n.name and r.status in ('WAITING','DELAYED') and r.wake_at > now() order by r.wake_at limit 1) r`;
