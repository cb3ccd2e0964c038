// Maintenance and cut-over: what is drained, since when, why, and which generation of executors may run anything.
//
// `maintenance` has a row per scope: '' is all queues, else the queue of that name; usually there is none, so a look at it costs nothing.
// A row whose `until_at` has passed counts no more, by the database's clock at each use; whoever notices takes it away (end_maintenance).
//
// Entering takes the control lock exclusively, then the rows of the queues it is about. Whatever starts a run, or claims one that needs no
// permit, holds the control lock shared and reads `maintenance` in a later snapshot; a claim of runs that need a permit reads it under the
// row of their queue; an eager start proves by the epoch that its process knew. So when entering resolves, nothing that was let in before is
// on its way any more, and nothing is let in after it, whatever a process believes. A start in a transaction of the application only looks:
// its lock would last as long as that transaction, and everybody would wait for it.
//
// A process belongs to the generation that was current when it registered first. The swap takes the fences of all executors, then control.
// None of them may own a run, or hold or accept anything that is not in the database. It retires them all; from then on only executors of
// the new generation can be made. Lock order: fences by id, control, executor row, lease row; or control, queue rows by name.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Maintenance1763700000009 extends WorkflowsMigration {
  readonly version = 9;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`
create table ${s}.maintenance (
  scope      text primary key,
  mode       text not null check (mode in ('drain', 'cancel')),
  reason     text,
  actor      text not null,
  entered_at timestamptz not null default clock_timestamp(),
  until_at   timestamptz not null default 'infinity'
)`);
    // For whoever cancels all of a queue: a held run may have no permit, and then no other index has it.
    await queryRunner.query(`create index workflow_status_held on ${s}.workflow_status (queue) where status = 'HELD'`);
    // The scopes in maintenance, which nobody enters or leaves until the end of this transaction.
    await queryRunner.query(`
create function ${s}.take_maintained() returns text[] language plpgsql as $$
begin
  perform ${s}.take_control();
  return array(select m.scope from ${s}.maintenance m where m.until_at > clock_timestamp());
end $$`);
    // Times are ms since the epoch; no \`until\`: it does not end by itself.
    await queryRunner.query(`
create function ${s}.maintenance_info(m ${s}.maintenance) returns jsonb language sql stable as $$
select jsonb_build_object('queue', nullif(m.scope, ''), 'mode', m.mode, 'reason', m.reason, 'actor', m.actor,
  'enteredAt', extract(epoch from m.entered_at)::float8 * 1000,
  'until', case when isfinite(m.until_at) then extract(epoch from m.until_at)::float8 * 1000 end)
$$`);
    // What is told to a caller whose start in that queue is refused.
    await queryRunner.query(`
create function ${s}.maintenance_of(which text) returns jsonb language sql stable as $$
select ${s}.maintenance_info(m) from ${s}.maintenance m where m.scope in ('', which)
order by m.until_at > clock_timestamp() desc, m.scope limit 1
$$`);
    await this.installStarts(queryRunner, s);
    await this.installChanges(queryRunner, s);
    await this.installCancel(queryRunner, s);
    await this.installGenerations(queryRunner, s);
  }

  private async installStarts(queryRunner: QueryRunner, s: string): Promise<void> {
    // Inserts runs with generated ids. Tells those that it refused, with the maintenance they met; the others are started all the same. A run
    // that is there already, inserted by a first copy of this call, is not refused. Locks: control, shared; nothing that anybody holds long.
    await queryRunner.query(`
create function ${s}.start_runs(run uuid[], name text[], queue text[], priority int[], external_id text[], attributes text[], input text[],
                                timeout_ms float8[], max_recovery int[], delay float8[], partition_key text[], allowed bool[])
returns table (refused uuid, maintenance jsonb) language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
#variable_conflict use_column
declare closed text[]; shut uuid[] := '{}';
begin
  closed := take_maintained();
  if cardinality(closed) > 0 then
    shut := array(select u.run from unnest(run, queue, allowed) u (run, queue, allowed)
      where not u.allowed and ('' = any (closed) or u.queue = any (closed))
        and (select true from workflow_status r where r.workflow_id = u.run limit 1) is null);
  end if;
  insert into workflow_status (workflow_id, name, queue, status, priority, external_id, attributes, input, timeout_ms,
                               max_recovery_attempts, wake_at, partition_key)
  select u.run, u.name, u.queue, case when u.delay > 0 then 'DELAYED' else 'ENQUEUED' end, u.priority, u.external_id, u.attributes::jsonb,
         u.input, u.timeout_ms, u.max_recovery, case when u.delay > 0 then clock_timestamp() + u.delay * interval '1 ms' end, u.partition_key
  from unnest(run, name, queue, priority, external_id, attributes, input, timeout_ms, max_recovery, delay, partition_key)
    u (run, name, queue, priority, external_id, attributes, input, timeout_ms, max_recovery, delay, partition_key)
  where u.run <> all (shut)
  on conflict (workflow_id) do nothing;
  -- whoever claims is told that there is something in line
  if cardinality(array_remove(partition_key, null)) > 0 then
    insert into queue_doorbells (queue, partition_key, name)
    select distinct u.queue, u.partition_key, u.name
    from unnest(run, name, queue, delay, partition_key) u (run, name, queue, delay, partition_key)
    where u.partition_key is not null and (u.delay > 0) is not true and u.run <> all (shut);
  end if;
  return query select u.run, maintenance_of(u.queue) from unnest(run, queue) u (run, queue) where u.run = any (shut);
end $$`);
    // See debounce_run. Without a run: refused.
    await queryRunner.query(`
create function ${s}.start_debounced(run uuid, name text, queue text, priority int, attributes text, input text, timeout_ms float8,
                                     max_recovery int, partition_key text, debounce_key text, period float8, max_wait float8, allowed bool,
                                     out holder uuid, out maintenance jsonb)
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '250ms' as $$
#variable_conflict use_column
declare closed text[];
begin
  closed := take_maintained();
  if not allowed and ('' = any (closed) or start_debounced.queue = any (closed)) then
    -- this call's first copy, whose answer was lost
    select k.workflow_id into holder from deduplication_keys k
    where k.scope = 'debounce:' || start_debounced.name and k.key = debounce_key and k.workflow_id = run;
    if holder is null then maintenance := maintenance_of(start_debounced.queue); end if;
    return;
  end if;
  holder := debounce_run(run, name, queue, priority, attributes, input, timeout_ms, max_recovery, partition_key, debounce_key, period, max_wait);
end $$`);
  }

  private async installChanges(queryRunner: QueryRunner, s: string): Promise<void> {
    // All of the scopes or none. \`unknown\`: the queues that do not exist. \`is_past\`: that end is over. \`entered\`: the moment from which on
    // nothing is let in. A scope that is in maintenance already takes the new mode, reason and end.
    await queryRunner.query(`
create function ${s}.enter_maintenance(scopes text[], its_mode text, who text, why text, ends timestamptz,
                                       request text default null, out unknown text[], out is_past boolean, out entered timestamptz)
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '5s' as $$
begin
  unknown := array(select u from unnest(scopes) u where u <> '' and not exists (select from queues q where q.queue = u));
  is_past := coalesce(ends <= clock_timestamp(), false);
  if cardinality(unknown) > 0 or is_past then return; end if;
  perform change_control();
  -- claims of runs that need a permit hold these, and not control
  perform from queues q where '' = any (scopes) or q.queue = any (scopes) order by q.queue for no key update;
  insert into audit_log (actor, action, reason, request_id, before, after)
  select who, 'MAINTENANCE_ENTER', why, request, (select maintenance_info(m) from maintenance m where m.scope = u),
         jsonb_build_object('queue', nullif(u, ''), 'mode', its_mode, 'until', ends)
  from unnest(scopes) u order by u;
  delete from maintenance m where m.scope = any (scopes) and m.until_at <= clock_timestamp();
  insert into maintenance (scope, mode, reason, actor, until_at)
  select u, its_mode, why, who, coalesce(ends, 'infinity') from unnest(scopes) u
  on conflict (scope) do update set mode = excluded.mode, reason = excluded.reason, actor = excluded.actor, until_at = excluded.until_at;
  entered := clock_timestamp();
end $$`);
    // Takes scopes out of maintenance: the given ones, or (null) those whose end has passed. False: there was nothing to do.
    await queryRunner.query(`
create function ${s}.end_maintenance(scopes text[], who text, why text, request text default null, out unknown text[], out ended boolean)
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '5s' as $$
begin
  ended := false;
  unknown := array(select u from unnest(scopes) u where u <> '' and not exists (select from queues q where q.queue = u));
  if cardinality(unknown) > 0
    or not exists (select from maintenance m where m.scope = any (scopes) or scopes is null and m.until_at <= clock_timestamp()) then
    return;
  end if;
  perform change_control();
  with gone as (
    delete from maintenance m where m.scope = any (scopes) or scopes is null and m.until_at <= clock_timestamp() returning m
  )
  insert into audit_log (actor, action, reason, request_id, before)
  select who, case when scopes is null then 'MAINTENANCE_EXPIRE' else 'MAINTENANCE_EXIT' end, why, request, maintenance_info(g.m) from gone g;
  ended := found;
end $$`);
  }

  private async installCancel(queryRunner: QueryRunner, s: string): Promise<void> {
    // Cancels up to \`most\` runs of these scopes that no executor has in memory, but for delayed ones: those that were there at that moment,
    // and what those have started as children since. \`is_left\`: there are more, or somebody else had the row of one. Nothing is claimed
    // meanwhile, so what is unowned stays unowned. Locks: runs, skip locked. Indexes: one for each kind of runs that wait.
    await queryRunner.query(`
create function ${s}.cancel_unowned(scopes text[], entered timestamptz, cancel_error text, who text, why text, most int,
                                    request text default null, out cancelled uuid[], out is_left boolean)
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
declare
  within text[] := case when '' = any (scopes) then array(select q.queue from queues q) else scopes end;
  candidates uuid[]; commanded uuid[]; at timestamptz := clock_timestamp();
begin
  candidates := array(
    select c.workflow_id from (
      (select r.workflow_id from workflow_status r where r.queue = any (within) and r.status = 'ENQUEUED' and not r.permit and r.partition_key is null
        and is_meant(r.created_at, r.parent_id, entered, within) limit most)
      union all
      (select r.workflow_id from workflow_status r where r.queue = any (within) and r.status = 'ENQUEUED' and not r.permit and r.partition_key is not null
        and is_meant(r.created_at, r.parent_id, entered, within) limit most)
      union all
      (select r.workflow_id from workflow_status r where r.queue = any (within) and r.permit and r.status in ('ENQUEUED', 'WAITING', 'HELD')
        and is_meant(r.created_at, r.parent_id, entered, within) limit most)
      union all
      (select r.workflow_id from workflow_status r where r.queue = any (within) and not r.permit and r.status = 'WAITING'
        and is_meant(r.created_at, r.parent_id, entered, within) limit most)
      union all
      (select r.workflow_id from workflow_status r where r.queue = any (within) and not r.permit and r.status = 'HELD'
        and is_meant(r.created_at, r.parent_id, entered, within) limit most)) c
    limit most);
  cancelled := array(select r.workflow_id from workflow_status r
    where r.workflow_id = any (candidates) and r.status in ('ENQUEUED', 'WAITING', 'HELD') order by r.workflow_id for update skip locked);
  is_left := cardinality(candidates) >= most or cardinality(cancelled) < cardinality(candidates);
  insert into audit_log (actor, action, workflow_id, reason, request_id, before, after)
  select who, 'MAINTENANCE_CANCEL', r.workflow_id, why, request, jsonb_build_object('status', r.status),
         jsonb_build_object('status', 'CANCELLED')
  from workflow_status r where r.workflow_id = any (cancelled);
  with ended as (
    update workflow_status r set status = 'CANCELLED', error = cancel_error, completed_at = at, wake_at = null, held_at = null,
      claim_token = gen_random_uuid(), end_pending = true, permit = false
    where r.workflow_id = any (cancelled)
    returning r.workflow_id, r.queue, r.partition_key, r.commands_pending
  ), rung as (
    insert into queue_doorbells (queue, partition_key)
    select distinct e.queue, e.partition_key from ended e where e.partition_key is not null
  ), gone as (
    delete from waits w where w.workflow_id = any (cancelled)
  )
  select array_agg(e.workflow_id) filter (where e.commands_pending) into commanded from ended e;
  if commanded is not null then perform settle_commands(commanded); end if;
end $$`);
    // Of a run that is younger than the maintenance: whether a run that this cancels has started it.
    await queryRunner.query(`
create function ${s}.is_meant(created timestamptz, parent uuid, entered timestamptz, within text[]) returns boolean
language sql stable set search_path = ${s}, pg_temp as $$
select created <= entered or coalesce((select p.queue = any (within) from workflow_status p where p.workflow_id = parent limit 1), false)
$$`);
  }

  private async installGenerations(queryRunner: QueryRunner, s: string): Promise<void> {
    // A new executor with its lease. Without \`of_generation\` it is of the current one. Without an answer: that generation is over. A client
    // executes nothing, so its generation does not matter. Locks: control, shared: no swap comes between the look and the row.
    await queryRunner.query(`
create function ${s}.register_executor(who uuid, its_role text, host text, process int, names text[], its_version text, lease_ms float8,
                                       of_generation bigint, out its_generation bigint, out others int, out epoch_now bigint)
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare current_one bigint;
begin
  epoch_now := take_control();
  select c.generation into current_one from control c;
  if its_role <> 'client' and of_generation < current_one then return; end if;
  its_generation := coalesce(of_generation, current_one);
  others := (select count(*) from executor_leases);
  insert into executors (executor_id, alive, role, hostname, pid, workflows, generation, version)
  values (who, true, its_role, host, process, names, its_generation, its_version);
  insert into executor_leases (executor_id, lease_expires_at) values (who, clock_timestamp() + lease_ms * interval '1 ms');
end $$`);
    // Of all that live: what they own, what they hold, whether they have heard. A lease that is over has no memory behind it any more, and
    // what it owns is counted. Read-only; indexes workflow_status_owned, workflow_status_let_go.
    await queryRunner.query(`
create function ${s}.executor_loads()
returns table (executor_id uuid, hostname text, pid int, role text, generation bigint, version text, in_flight int, lingering int,
               active_partitions int, in_memory_depth int, has_heard boolean, drained boolean)
language sql stable set search_path = ${s}, pg_temp set jit = off as $$
select e.executor_id, e.hostname, e.pid, e.role, e.generation, e.version, o.runs, g.runs, o.partitions, l.depth, l.heard,
       o.runs = 0 and g.runs = 0 and (l.is_over or l.heard and l.depth = 0)
from executors e
left join lateral (
  select coalesce(max(x.in_memory_depth), 0) depth, coalesce(bool_or(x.heard_epoch = (select c.epoch from control c)), false) heard,
         coalesce(bool_and(x.lease_expires_at < clock_timestamp()), true) is_over
  from executor_leases x where x.executor_id = e.executor_id) l on true
left join lateral (
  select count(*)::int runs, (count(distinct (r.queue, r.partition_key)) filter (where r.partition_key is not null))::int partitions
  from workflow_status r where r.claimed_by = e.executor_id and r.status in ('PENDING', 'RUNNING', 'STOPPING')) o on true
left join lateral (
  select count(*)::int runs from workflow_status r
  where r.claimed_by = e.executor_id and r.permit and r.completed_at is not null) g on true
where e.alive
$$`);
    // \`in_flight\` is that of all, also of executors that are retired and not rescued yet. Clients do not count: they execute nothing.
    await queryRunner.query(`
create function ${s}.drain_totals(out executors int, out undrained int, out not_heard int, out in_flight int, out lingering int,
                                  out active_partitions int, out in_memory_depth int)
language sql stable set search_path = ${s}, pg_temp set jit = off as $$
select count(*)::int, (count(*) filter (where not l.drained))::int, (count(*) filter (where not l.has_heard))::int,
       (select count(*)::int from workflow_status r where r.status in ('PENDING', 'RUNNING', 'STOPPING')),
       coalesce(sum(l.lingering), 0)::int, coalesce(sum(l.active_partitions), 0)::int, coalesce(sum(l.in_memory_depth), 0)::int
from executor_loads() l where l.role <> 'client'
$$`);
    // All or nothing. 40001: an executor registered meanwhile; 55P03: somebody holds a fence for long. Try again.
    await queryRunner.query(`
create function ${s}.swap_if_drained(who text, why text, request text default null, out outcome text, out its_generation bigint,
                                     out totals jsonb)
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '2s' as $$
declare fenced uuid[]; one uuid; t record; has_locks boolean := false;
begin
  loop
    outcome := case when not exists (select from maintenance m where m.scope = '' and m.until_at > clock_timestamp()) then 'MAINTENANCE_REQUIRED' end;
    exit when outcome is not null;
    select * into t from drain_totals();
    totals := to_jsonb(t);
    outcome := case when t.undrained > 0 or t.in_flight > 0 then 'NOT_DRAINED' end;
    exit when outcome is not null or has_locks;
    -- drained, as it seems; again, once nobody can change it
    fenced := array(select e.executor_id from executors e where e.alive and e.role <> 'client' order by e.executor_id);
    foreach one in array fenced loop perform pg_advisory_xact_lock(fence_key(one)); end loop;
    perform pg_advisory_xact_lock(control_key());
    if exists (select from executors e where e.alive and e.role <> 'client' and e.executor_id <> all (fenced)) then
      raise exception 'an executor registered meanwhile' using errcode = '40001';
    end if;
    has_locks := true;
  end loop;
  if outcome is not null then return; end if;
  foreach one in array fenced loop perform retire_executor(one, false); end loop;
  update control c set epoch = c.epoch + 1, generation = c.generation + 1, swapped_at = clock_timestamp()
  returning c.generation into its_generation;
  insert into audit_log (actor, action, reason, request_id, before, after)
  values (who, 'GENERATION_SWAP', why, request, jsonb_build_object('generation', its_generation - 1),
          jsonb_build_object('generation', its_generation, 'retired', to_jsonb(fenced)));
  outcome := 'SWAPPED';
end $$`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    for (const name of [
      'swap_if_drained',
      'drain_totals',
      'executor_loads',
      'register_executor',
      'is_meant',
      'cancel_unowned',
      'end_maintenance',
      'enter_maintenance',
      'start_debounced',
      'start_runs',
      'maintenance_of',
      'maintenance_info',
      'take_maintained',
    ])
      await queryRunner.query(`drop function ${s}.${name}`);
    await queryRunner.query(`drop index ${s}.workflow_status_held`);
    await queryRunner.query(`drop table ${s}.maintenance`);
  }
}
