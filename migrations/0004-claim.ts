// Claims. A claim takes its executor's fence first, so one that lands after its executor was retired takes nothing; a function, because the
// lock must come before the snapshot. The statements are planned at each call (`execute`): a plan made while the table was empty is
// a scan of the whole table, and would be kept (4 to 7 s at a million runs, against 15 ms).
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Claim1763700000004 extends WorkflowsMigration {
  readonly version = 4;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    // Up to max_runs of the given names: at most max_due of those that are due (waited or delayed), the rest from the queue by priority,
    // then age. Per name, so a million runs that nobody here can run cost nothing. The quota is read without locks and then taken
    // with SKIP LOCKED, so claimers do not wait for each other and pass over each other's rows.
    // The time is a parameter: a volatile function is no index condition, and every run that waits would be looked at.
    // Locks: claimed runs. Indexes: workflow_status_ready, workflow_status_due, then the primary key.
    await queryRunner.query(`
create function ${s}.claim_runs(me uuid, names text[], max_runs int, max_due int)
returns setof ${s}.workflow_status language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
begin
  if not take_fence(me) then return; end if;
  return query execute $claim$
with due_quota as materialized (
  select c.name, count(*) wanted from (
    select n.name, r.wake_at from unnest($2) n (name) cross join lateral (
      select r.wake_at from workflow_status r
      where r.name = n.name and r.status in ('WAITING','DELAYED') and r.wake_at <= $5
      order by r.wake_at limit $4) r
    order by r.wake_at limit $4) c group by c.name
), due as materialized (
  select r.workflow_id from due_quota q cross join lateral (
    select r.workflow_id from workflow_status r
    where r.name = q.name and r.status in ('WAITING','DELAYED') and r.wake_at <= $5
    order by r.wake_at limit q.wanted for update skip locked) r
), ready_quota as materialized (
  select c.name, count(*) wanted from (
    select n.name, r.priority, r.created_at from unnest($2) n (name) cross join lateral (
      select r.priority, r.created_at from workflow_status r
      where r.name = n.name and r.status = 'ENQUEUED' and r.recovery_attempts < 2
      order by r.priority, r.created_at limit $3) r
    order by r.priority, r.created_at limit greatest($3 - (select count(*) from due)::int, 0)) c group by c.name
), ready as materialized (
  select r.workflow_id from ready_quota q cross join lateral (
    select r.workflow_id from workflow_status r
    where r.name = q.name and r.status = 'ENQUEUED' and r.recovery_attempts < 2
    order by r.priority, r.created_at limit q.wanted for update skip locked) r
)
update workflow_status r
set status = 'PENDING', claimed_by = $1, claim_token = gen_random_uuid(), claimed_at = clock_timestamp(), wake_at = null
where r.workflow_id = any (array(select workflow_id from due union all select workflow_id from ready))
returning r.*
$claim$ using me, names, max_runs, max_due, clock_timestamp();
end $$`);
    // Runs that were rescued again and again without progress: one alone, or some of those that come under suspicion for the first time
    // and have rescues left to be wrongly suspected once more. Index: workflow_status_suspect.
    await queryRunner.query(`
create function ${s}.claim_suspects(me uuid, names text[], most int)
returns setof ${s}.workflow_status language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
begin
  if not take_fence(me) then return; end if;
  return query execute $claim$
with suspect as materialized (
  select r.workflow_id, r.created_at, r.recovery_attempts = 2 and r.max_recovery_attempts > 3 light from workflow_status r
  where r.name = any ($2) and r.status = 'ENQUEUED' and r.recovery_attempts >= 2
  order by r.created_at limit $3 for update skip locked
), first as materialized (
  select s.workflow_id, s.light from suspect s order by s.created_at limit 1
)
update workflow_status r
set status = 'PENDING', claimed_by = $1, claim_token = gen_random_uuid(), claimed_at = clock_timestamp(), wake_at = null
where r.workflow_id = any (array(select s.workflow_id from suspect s, first f where s.workflow_id = f.workflow_id or s.light and f.light))
returning r.*
$claim$ using me, names, most;
end $$`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`drop function ${s}.claim_suspects`);
    await queryRunner.query(`drop function ${s}.claim_runs`);
  }
}
