// Retention: how long runs that are over are kept, what deletes them, and what ends runs that are too old.
//
// One sweep is under way at a time, in the whole cluster: it has its id in `retention_config`, and each of its transactions locks that row first,
// finds its id there and the settings that it knows (`revision`), and renews its time. A sweep whose process died is over when that time is.
//
// A run is deleted with all its rows in one transaction. Nothing of it may be written again later, by a flush that read its token before the
// deletion and writes after it. So it takes three steps:
//
//   1. condemn_runs gives it another token, the sweep's id: every flush that begins after that commit refuses it.
//   2. pass_fence, once for each living executor: waits for the flushes that began before. Retired executors have none.
//   3. delete_condemned locks the run, looks again whether it may be deleted, and deletes it.
//
// A run that an operator brings back between the steps has a new token, and stays. A message that was under way is pending, and goes with the
// sweep of pending messages (0005-waking.ts). Lock order: the sweep's row, a fence, runs, deduplication keys; runs and keys skip locked.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Retention1763700000010 extends WorkflowsMigration {
  readonly version = 10;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`
create table ${s}.retention_config (
  singleton         boolean primary key default true check (singleton),
  after_ms          double precision check (after_ms >= 0),
  max_rows          bigint check (max_rows >= 0),
  global_timeout_ms double precision check (global_timeout_ms > 0),
  per_workflow      jsonb not null default '{}',
  interval_ms       double precision not null default 300000 check (interval_ms > 0),
  declared          jsonb,
  revision          bigint not null default 1,
  updated_at        timestamptz not null default clock_timestamp(),
  swept_at          timestamptz,
  unfinished        boolean not null default false,
  sweep             uuid,
  sweep_until       timestamptz,
  sweep_audit       bigint
) with (fillfactor = 50)`);
    await queryRunner.query(`insert into ${s}.retention_config default values`);
    // Of each workflow the runs that are over, oldest first: a sweep meets what it may delete, and not what it keeps longer.
    await queryRunner.query(
      `create index workflow_status_over on ${s}.workflow_status (name, completed_at, workflow_id) where completed_at is not null`,
    );
    await queryRunner.query(
      `create index workflow_status_legal_hold on ${s}.workflow_status (created_at, workflow_id) where legal_hold`,
    );
    await queryRunner.query(`create index deduplication_keys_run on ${s}.deduplication_keys (workflow_id)`);
    await this.installSettings(queryRunner, s);
    await this.installDeletion(queryRunner, s);
    await this.installTimeout(queryRunner, s);
    // Null: there is no such run; else whether this call changed anything. Locks: the run; 55P03 when somebody holds it for long: try again.
    await queryRunner.query(`
create function ${s}.set_legal_hold(run uuid, is_on boolean, who text, why text, request text default null) returns boolean
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '2s' as $$
declare was boolean;
begin
  select r.legal_hold into was from workflow_status r where r.workflow_id = run for no key update;
  if not found then return null; end if;
  if was = is_on then return false; end if;
  update workflow_status r set legal_hold = is_on where r.workflow_id = run;
  insert into audit_log (actor, action, workflow_id, reason, request_id, before, after)
  values (who, case when is_on then 'LEGAL_HOLD' else 'LEGAL_HOLD_END' end, run, why, request,
          jsonb_build_object('legal_hold', was), jsonb_build_object('legal_hold', is_on));
  return true;
end $$`);
  }

  private async installSettings(queryRunner: QueryRunner, s: string): Promise<void> {
    // What the audit log shows of the settings.
    await queryRunner.query(`
create function ${s}.retention_settings(c jsonb) returns jsonb language sql immutable parallel safe as $$
select jsonb_object_agg(k, c -> k) from unnest(array['after_ms', 'max_rows', 'global_timeout_ms', 'per_workflow', 'interval_ms']) k
$$`);
    // Puts settings, by column, over what is there; rules of workflows by name, null takes one away; \`anew\`: they replace all others. The sweep
    // under way reads them again.
    await queryRunner.query(`
create function ${s}.change_retention(settings jsonb, anew boolean, who text, why text, request text default null) returns void
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare before retention_config; after retention_config; rules jsonb;
begin
  select * into before from retention_config c for update;
  after := jsonb_populate_record(before, settings - 'per_workflow');
  rules := case when anew then '{}' else before.per_workflow end;
  after.per_workflow := coalesce((
    select jsonb_object_agg(p.key, coalesce(rules -> p.key, '{}') || p.value)
    from jsonb_each(rules || coalesce(settings -> 'per_workflow', '{}')) p where p.value <> 'null'), '{}');
  update retention_config c set after_ms = after.after_ms, max_rows = after.max_rows, global_timeout_ms = after.global_timeout_ms,
    per_workflow = after.per_workflow, interval_ms = after.interval_ms, revision = c.revision + 1, updated_at = clock_timestamp();
  insert into audit_log (actor, action, reason, request_id, before, after)
  values (who, 'RETENTION_UPDATE', why, request, retention_settings(to_jsonb(before)), retention_settings(to_jsonb(after)));
end $$`);
    // What code says of retention, at boot: applied when it differs from what was declared last. True if it was.
    await queryRunner.query(`
create function ${s}.declare_retention(settings jsonb) returns boolean
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
begin
  perform from retention_config c where c.declared = settings;
  if found then return false; end if;
  perform from retention_config c for update;
  -- somebody else has declared it meanwhile
  perform from retention_config c where c.declared = settings;
  if found then return false; end if;
  update retention_config c set declared = settings;
  perform change_retention(settings, true, 'system', 'declared by code');
  return true;
end $$`);
    // For a transaction of this sweep: HELD, and nobody else's until its end; LOST when another one has taken over; CHANGED when it knows
    // other settings than there are.
    await queryRunner.query(`
create function ${s}.hold_sweep(which uuid, of_revision bigint) returns text
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare is_revision bigint;
begin
  select c.revision into is_revision from retention_config c where c.sweep = which for update;
  if not found then return 'LOST'; end if;
  if is_revision <> of_revision then return 'CHANGED'; end if;
  update retention_config set sweep_until = clock_timestamp() + interval '1 minute';
  return 'HELD';
end $$`);
    // One row of the audit log per sweep, from its first deletion on, with what is committed so far: by rule and workflow name.
    await queryRunner.query(`
create function ${s}.note_sweep(rule text, counts jsonb, who text, why text, request text) returns void
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare audit bigint := (select c.sweep_audit from retention_config c);
begin
  if audit is null then
    insert into audit_log (actor, action, reason, request_id, after)
    values (who, 'RETENTION', why, request, jsonb_build_object(rule, counts)) returning audit_id into audit;
    update retention_config set sweep_audit = audit;
    return;
  end if;
  update audit_log a set after = a.after || jsonb_build_object(rule, (
    select jsonb_object_agg(n.name, n.total) from (
      select t.key as name, sum(t.value::bigint) total
      from (select * from jsonb_each_text(coalesce(a.after -> rule, '{}')) union all select * from jsonb_each_text(counts)) t
      group by t.key) n))
  where a.audit_id = audit;
end $$`);
  }

  private async installDeletion(queryRunner: QueryRunner, s: string): Promise<void> {
    // Deletes runs with all that is theirs: the one list of the tables that have rows of a run. Kept are audit_log and dead_letters.
    // The caller holds their locks.
    await queryRunner.query(`
create function ${s}.delete_runs(ids uuid[]) returns void
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
begin
  delete from operation_outputs where workflow_id = any (ids);
  delete from operation_attempts where workflow_id = any (ids);
  delete from waits where workflow_id = any (ids);
  delete from notifications where workflow_id = any (ids);
  delete from workflow_events where workflow_id = any (ids);
  delete from workflow_events_history where workflow_id = any (ids);
  delete from streams where workflow_id = any (ids);
  delete from commands where workflow_id = any (ids);
  delete from run_provenance where workflow_id = any (ids);
  delete from deduplication_keys where workflow_id = any (ids);
  delete from workflow_status where workflow_id = any (ids);
end $$`);
    // Which of these runs may be deleted, if they are old enough. Not one that is kept by law; nor one whose executor has not let go; whose end
    // nobody was told yet; whose parent is not over and may ask for its result; through which a child is cancelled that is not over; or for
    // which somebody waits. Read-only; index probes, whatever the planner believes.
    await queryRunner.query(`
create function ${s}.deletable_runs(ids uuid[]) returns setof uuid
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
begin
  return query
  select r.workflow_id from workflow_status r
  where r.workflow_id = any (ids) and r.completed_at is not null
    and not r.legal_hold
    and not r.permit
    and not r.end_pending
    and (select true from workflow_status p where p.workflow_id = r.parent_id and p.completed_at is null limit 1) is null
    and (select true from workflow_status c where c.parent_id = r.workflow_id and not c.detached and c.completed_at is null limit 1) is null
    and (select true from waits w where w.source = r.workflow_id limit 1) is null;
end $$`);
    // Step 1. Returns those that it condemned, in the given order. Locks: runs, skip locked. The token is in no index, so the update is cheap.
    await queryRunner.query(`
create function ${s}.condemn_runs(which uuid, of_revision bigint, ids uuid[], out verdict text, out condemned uuid[])
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
declare mine uuid[];
begin
  condemned := '{}';
  verdict := hold_sweep(which, of_revision);
  if verdict <> 'HELD' then return; end if;
  mine := array(select d from deletable_runs(ids) d);
  mine := array(select r.workflow_id from workflow_status r
    where r.workflow_id = any (mine) and r.completed_at is not null for update skip locked);
  update workflow_status r set claim_token = which where r.workflow_id = any (mine);
  condemned := array(select u.run from unnest(ids) with ordinality u (run, place) where u.run = any (mine) order by u.place);
end $$`);
    // Step 2. 55P03 when a flush holds the fence for long: try again.
    await queryRunner.query(`
create function ${s}.pass_fence(executor uuid) returns void
language plpgsql set search_path = ${s}, pg_temp set lock_timeout = '2s' as $$
begin
  perform pg_advisory_xact_lock(fence_key(executor));
end $$`);
    // Step 3, for at most \`most\` of them, in the given order, and no more than have about \`most_rows\` rows together; \`left_over\`: those beyond
    // that. A run whose deduplication id is being taken over at this moment stays for another time. Locks: runs, then keys, skip locked.
    await queryRunner.query(`
create function ${s}.delete_condemned(which uuid, of_revision bigint, ids uuid[], most int, most_rows int, rule text, who text, why text,
                                      request text default null, out verdict text, out deleted jsonb, out left_over uuid[])
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '2s' set enable_seqscan = off as $$
declare mine uuid[]; taken_over uuid[]; chosen uuid[];
begin
  deleted := '{}';
  left_over := '{}';
  verdict := hold_sweep(which, of_revision);
  if verdict <> 'HELD' then return; end if;
  mine := array(select r.workflow_id from workflow_status r
    where r.workflow_id = any (ids) and r.claim_token = which for update skip locked);
  with free as materialized (
    select k.scope, k.key from deduplication_keys k where k.workflow_id = any (mine) for update skip locked
  )
  select coalesce(array_agg(k.workflow_id), '{}') into taken_over from deduplication_keys k
  where k.workflow_id = any (mine) and (k.scope, k.key) not in (select f.scope, f.key from free f);
  -- later snapshots than the locks: what others have committed before is seen
  mine := array(select d from deletable_runs(mine) d where d <> all (taken_over));
  select coalesce(array_agg(w.run) filter (where w.before < most_rows), '{}'),
         coalesce(array_agg(w.run order by w.place) filter (where w.before >= most_rows), '{}')
  into chosen, left_over
  from (
    select u.run, row_number() over by_place place, sum(size.of_run) over by_place - size.of_run before
    from unnest(ids) with ordinality u (run, place)
    cross join lateral (
      select 1 + (select count(*) from (select from operation_outputs o where o.workflow_id = u.run limit most_rows) o)
        + (select count(*) from (select from operation_attempts a where a.workflow_id = u.run limit most_rows) a)
        + (select count(*) from (select from workflow_events_history h where h.workflow_id = u.run limit most_rows) h)
        + (select count(*) from (select from notifications n where n.workflow_id = u.run limit most_rows) n)
        + (select count(*) from (select from streams c where c.workflow_id = u.run limit most_rows) c) of_run
      offset 0) size
    where u.run = any (mine)
    window by_place as (order by u.place)
  ) w
  where w.place <= most;
  if cardinality(chosen) = 0 then return; end if;
  select jsonb_object_agg(n.name, n.runs) into deleted
  from (select r.name, count(*) runs from workflow_status r where r.workflow_id = any (chosen) group by r.name) n;
  perform delete_runs(chosen);
  perform note_sweep(rule, deleted, who, why, request);
end $$`);
  }

  private async installTimeout(queryRunner: QueryRunner, s: string): Promise<void> {
    // Cancels a run that was created before that time, unless it is over, is delayed still, or an operator holds it. As cancel_run: 40001,
    // 55P03: try again. Its owner's fence comes before its row, as there; taken twice in a transaction it is one.
    await queryRunner.query(`
create function ${s}.end_old_run(which uuid, of_revision bigint, run uuid, before timestamptz, end_error text, who text, why text,
                                 request text default null, out verdict text, out changed boolean)
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '2s' as $$
declare owner uuid; r record;
begin
  changed := false;
  verdict := hold_sweep(which, of_revision);
  if verdict <> 'HELD' then return; end if;
  select w.claimed_by into owner from workflow_status w where w.workflow_id = run and w.status in ('PENDING', 'RUNNING', 'STOPPING');
  if owner is not null then
    perform pg_advisory_xact_lock(fence_key(owner));
  end if;
  select w.name, w.status, w.created_at, w.completed_at, w.command ->> 'name' command into r
  from workflow_status w where w.workflow_id = run for update;
  if not found or r.completed_at is not null or r.created_at >= before then return; end if;
  if r.status in ('DELAYED', 'HELD') or r.command = 'HOLD' then return; end if;
  select c.changed into changed from cancel_run(run, end_error, false, who, 'RETENTION_TIMEOUT', why, request) c;
  if changed then
    perform note_sweep('globalTimeout', jsonb_build_object(r.name, 1), who, why, request);
  end if;
end $$`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    for (const name of [
      'set_legal_hold',
      'end_old_run',
      'delete_condemned',
      'pass_fence',
      'condemn_runs',
      'deletable_runs',
      'delete_runs',
      'note_sweep',
      'hold_sweep',
      'declare_retention',
      'change_retention',
      'retention_settings',
    ])
      await queryRunner.query(`drop function ${s}.${name}`);
    await queryRunner.query(`drop index ${s}.deduplication_keys_run, ${s}.workflow_status_legal_hold, ${s}.workflow_status_over`);
    await queryRunner.query(`drop table ${s}.retention_config`);
  }
}
