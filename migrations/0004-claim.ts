// Claims. A claim takes its executor's fence first, so one that lands after its executor was retired takes nothing; a function, because the
// lock must come before the snapshot. The statements are planned at each call (`execute`): a plan made while the table was empty is
// a scan of the whole table, and would be kept (4 to 7 s at a million runs, against 15 ms).
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Claim1763700000004 extends WorkflowsMigration {
  readonly version = 4;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    // Up to max_runs of the given names, of queues that are served here (null: all): at most max_due of those that have begun and are due
    // (waited, or were re-queued), the rest those that may begin without a permit, by priority, then age: of queues without limits, outside of
    // partitions. Begun runs of a queue with a limit per process are claimed with that (claim_gated). Per queue and name, so a million runs
    // that nobody here can run cost nothing. The quota is read without locks and then taken with SKIP LOCKED, so claimers do not wait for
    // each other and pass over each other's rows.
    // Queues in maintenance are passed over; delayed runs enter theirs all the same.
    // The time is a parameter: a volatile function is no index condition, and every run that waits would be looked at.
    // Locks: claimed runs. Indexes: workflow_status_ready, workflow_status_due, then the primary key.
    await queryRunner.query(`
create function ${s}.claim_runs(me uuid, names text[], served text[], max_runs int, max_due int)
returns setof ${s}.workflow_status language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare closed text[];
begin
  if not take_fence(me) then return; end if;
  -- a queue that gets a limit gets it before this claim, or after its commit
  perform take_control();
  closed := array(select m.scope from maintenance m where m.until_at > clock_timestamp());
  perform enqueue_due(1000);
  if '' = any (closed) then return; end if;
  return query execute $claim$
with pair as materialized (
  select q.queue, n.name, q.worker_concurrency is null begun,
         q.concurrency is null and q.worker_concurrency is null and q.rate_limit is null and not q.paused fresh
  from queues q cross join unnest($2) n (name) where ($3 is null or q.queue = any ($3)) and q.queue <> all ($7)
), due_quota as materialized (
  select c.queue, c.name, count(*) wanted from (
    select p.queue, p.name, r.wake_at from pair p cross join lateral (
      select r.wake_at from workflow_status r
      where r.queue = p.queue and r.name = p.name and r.permit
        and (r.status = 'WAITING' or r.status = 'ENQUEUED' and r.recovery_attempts < 2) and r.wake_at <= $6
      order by r.wake_at limit $5) r
    where p.begun order by r.wake_at limit $5) c group by c.queue, c.name
), due as materialized (
  select r.workflow_id from due_quota q cross join lateral (
    select r.workflow_id from workflow_status r
    where r.queue = q.queue and r.name = q.name and r.permit
      and (r.status = 'WAITING' or r.status = 'ENQUEUED' and r.recovery_attempts < 2) and r.wake_at <= $6
    order by r.wake_at limit q.wanted for update skip locked) r
), ready_quota as materialized (
  select c.queue, c.name, count(*) wanted from (
    select p.queue, p.name, r.priority, r.created_at from pair p cross join lateral (
      select r.priority, r.created_at from workflow_status r
      where r.queue = p.queue and r.name = p.name and r.status = 'ENQUEUED' and not r.permit and r.partition_key is null
      order by r.priority, r.created_at limit $4) r
    where p.fresh order by r.priority, r.created_at limit greatest($4 - (select count(*) from due)::int, 0)) c group by c.queue, c.name
), ready as materialized (
  select r.workflow_id from ready_quota q cross join lateral (
    select r.workflow_id from workflow_status r
    where r.queue = q.queue and r.name = q.name and r.status = 'ENQUEUED' and not r.permit and r.partition_key is null
    order by r.priority, r.created_at limit q.wanted for update skip locked) r
)
update workflow_status r
set status = 'PENDING', permit = true, claimed_by = $1, claim_token = gen_random_uuid(), claimed_at = clock_timestamp(), wake_at = null
where r.workflow_id = any (array(select workflow_id from due union all select workflow_id from ready))
returning r.*
$claim$ using me, names, served, max_runs, max_due, clock_timestamp(), closed;
end $$`);
    // Runs that were rescued again and again without progress: one alone, or some of those that come under suspicion for the first time
    // and have rescues left to be wrongly suspected once more; no more of a queue than its limit per process leaves beside those that are
    // here. Index: workflow_status_suspect.
    await queryRunner.query(`
create function ${s}.claim_suspects(me uuid, names text[], served text[], most int, here_queue text[], here int[])
returns setof ${s}.workflow_status language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare closed text[];
begin
  if not take_fence(me) then return; end if;
  closed := take_maintained();
  if '' = any (closed) then return; end if;
  return query execute $claim$
with suspect as materialized (
  select r.workflow_id, r.queue, r.created_at, r.recovery_attempts = 2 and r.max_recovery_attempts > 3 light from workflow_status r
  where r.queue = any (array(select q.queue from queues q where ($3 is null or q.queue = any ($3)) and q.queue <> all ($7))) and r.name = any ($2)
    and r.permit and r.status = 'ENQUEUED' and r.recovery_attempts >= 2
  order by r.created_at limit $4 for update skip locked
), allowed as materialized (
  select s.workflow_id, s.created_at, s.light from (
    select s.*, row_number() over (partition by s.queue order by s.created_at, s.workflow_id) place from suspect s) s
  join queues q on q.queue = s.queue left join unnest($5, $6) u (queue, here) on u.queue = s.queue
  where q.worker_concurrency is null or s.place <= q.worker_concurrency - coalesce(u.here, 0)
), first as materialized (
  select s.workflow_id, s.light from allowed s order by s.created_at limit 1
)
update workflow_status r
set status = 'PENDING', claimed_by = $1, claim_token = gen_random_uuid(), claimed_at = clock_timestamp(), wake_at = null
where r.workflow_id = any (array(select s.workflow_id from allowed s, first f where s.workflow_id = f.workflow_id or s.light and f.light))
returning r.*
$claim$ using me, names, served, most, here_queue, here, closed;
end $$`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`drop function ${s}.claim_suspects`);
    await queryRunner.query(`drop function ${s}.claim_runs`);
  }
}
