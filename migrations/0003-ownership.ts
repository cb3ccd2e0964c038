// The changes of ownership that take more than one lock. Those that end a run mark it: who waits for its end is woken by whoever sweeps
// (0005-waking.ts), because whoever ends it here holds no fence of his own, and may be gone.
//
// The order is always the same: the executor's fence (see
// 0002-flush.ts), executor row, lease row, run row.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Ownership1763700000003 extends WorkflowsMigration {
  readonly version = 3;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    // Takes the executor's fence exclusively: waits for its flushes on the wire, and every later one finds it retired. With if_expired
    // the lease is read again under its lock, so a renewal that came first wins. Deleting the lease row makes a renewal that comes
    // second find nothing. True if this call retired it. 55P03 when a flush holds the fence for long: try again.
    await queryRunner.query(`
create function ${s}.retire_executor(who uuid, if_expired boolean) returns boolean
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '2s' as $$
declare expires timestamptz;
begin
  perform pg_advisory_xact_lock(fence_key(who));
  perform from executors e where e.executor_id = who and e.alive for update;
  if not found then return false; end if;
  select l.lease_expires_at into expires from executor_leases l where l.executor_id = who for update;
  if if_expired and expires >= clock_timestamp() then return false; end if;
  update executors set alive = false, retired_at = clock_timestamp(), graceful = not if_expired where executor_id = who;
  delete from executor_leases where executor_id = who;
  return true;
end $$`);
    // Re-queues up to batch_size runs of a retired executor. A graceful release is nobody's fault and is not counted, whoever re-queues.
    // Progress (more recorded operations than at the last rescue) resets the count. Locks: runs, skip locked, index workflow_status_owned.
    await queryRunner.query(`
create function ${s}.requeue_runs(who uuid, batch_size int, dead_error text, out requeued int, out dead uuid[])
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare rescue boolean; commanded uuid[];
begin
  select not e.graceful into rescue from executors e where e.executor_id = who and not e.alive;
  if not found then raise exception 'executor % is not retired', who; end if;
  with orphan as materialized (
    select r.workflow_id, (select count(*) from operation_outputs o where o.workflow_id = r.workflow_id)::int recorded
    from workflow_status r
    where r.claimed_by = who and r.status in ('PENDING', 'RUNNING', 'STOPPING')
    limit batch_size for update of r skip locked
  ), judged as (
    select r.workflow_id, o.recorded,
           case when o.recorded > r.recovery_mark then 0 else r.recovery_attempts end + case when rescue then 1 else 0 end attempts
    from orphan o join workflow_status r using (workflow_id)
  ), moved as (
    update workflow_status r set
      status = case when j.attempts > r.max_recovery_attempts then 'DEAD' else landing('ENQUEUED', r.command, r.stop) end,
      held_at = case when j.attempts <= r.max_recovery_attempts and landing('ENQUEUED', r.command, r.stop) = 'HELD' then clock_timestamp() end,
      error = case when j.attempts > r.max_recovery_attempts then dead_error end,
      completed_at = case when j.attempts > r.max_recovery_attempts then clock_timestamp() end,
      end_pending = j.attempts > r.max_recovery_attempts,
      permit = j.attempts <= r.max_recovery_attempts,
      wake_at = case when j.attempts <= r.max_recovery_attempts then clock_timestamp() end,
      recovery_attempts = j.attempts, recovery_mark = j.recorded, claimed_by = null, claim_token = gen_random_uuid()
    from judged j where r.workflow_id = j.workflow_id and r.workflow_id = any (array(select workflow_id from orphan))
    returning r.workflow_id, r.status, r.queue, r.partition_key, r.commands_pending
  ), unneeded as (
    delete from waits w using moved m where w.workflow_id = m.workflow_id and m.status = 'DEAD'
  ), rung as (
    insert into queue_doorbells (queue, partition_key)
    select distinct m.queue, m.partition_key from moved m where m.status = 'DEAD' and m.partition_key is not null
  )
  select count(*), coalesce(array_agg(m.workflow_id) filter (where m.status = 'DEAD'), '{}'),
         coalesce(array_agg(m.workflow_id) filter (where m.commands_pending and m.status in ('HELD', 'DEAD')), '{}')
  into requeued, dead, commanded from moved m;
  if cardinality(commanded) > 0 then perform settle_commands(commanded); end if;
end $$`);
    // Terminal at once, under a new token: whatever the owner still writes is refused. Null when there is no such run, else the status
    // it has now; \`changed\` tells whether this call did it. Its permit stays until its owner has let go (let_go), or is retired. A run that was claimed between the look and the lock: 40001; a lock that
    // somebody holds for long: 55P03. Try again.
    await queryRunner.query(`
create function ${s}.cancel_run(run uuid, cancel_error text, if_overdue boolean, who text, action text, why text,
                                request text default null, out status_now text, out changed boolean)
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '2s' as $$
declare owner uuid; r record;
begin
  changed := false;
  select w.claimed_by into owner from workflow_status w where w.workflow_id = run and w.status in ('PENDING', 'RUNNING', 'STOPPING');
  if owner is not null then
    perform pg_advisory_xact_lock(fence_key(owner));
  end if;
  select w.status, w.claimed_by, w.deadline_at, w.completed_at, w.queue, w.partition_key, w.permit, w.commands_pending into r
  from workflow_status w where w.workflow_id = run for update;
  if not found then return; end if;
  status_now := r.status;
  if r.completed_at is not null or (if_overdue and (r.deadline_at is null or r.deadline_at > clock_timestamp())) then return; end if;
  if r.claimed_by is distinct from owner and r.status in ('PENDING', 'RUNNING', 'STOPPING') then
    raise exception 'run % was claimed meanwhile', run using errcode = '40001';
  end if;
  update workflow_status set status = 'CANCELLED', error = cancel_error, completed_at = clock_timestamp(), wake_at = null,
    claim_token = gen_random_uuid(), end_pending = true, held_at = null, permit = permit and r.claimed_by is not null where workflow_id = run;
  if r.commands_pending then perform settle_commands(array[run]); end if;
  if r.permit and r.claimed_by is null and r.partition_key is not null then
    insert into queue_doorbells (queue, partition_key) values (r.queue, r.partition_key);
  end if;
  delete from waits where workflow_id = run;
  insert into audit_log (actor, action, workflow_id, reason, request_id, before, after)
  values (who, action, run, why, request, jsonb_build_object('status', r.status), jsonb_build_object('status', 'CANCELLED'));
  status_now := 'CANCELLED'; changed := true;
end $$`);
    // Gives back runs that this executor owns but does not hold in memory: a claim whose answer was lost.
    await queryRunner.query(`
create function ${s}.release_runs(me uuid, run uuid[], token uuid[]) returns int
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '2s' set enable_seqscan = off as $$
declare released int;
begin
  perform pg_advisory_xact_lock(fence_key(me));
  update workflow_status r set status = landing('ENQUEUED', r.command, r.stop), claimed_by = null, claim_token = gen_random_uuid(),
    wake_at = clock_timestamp(), held_at = case when landing('ENQUEUED', r.command, r.stop) = 'HELD' then clock_timestamp() end
  from unnest(run, token) u (run, token)
  where r.workflow_id = u.run and r.claim_token = u.token and r.claimed_by = me and r.completed_at is null;
  get diagnostics released = row_count;
  perform settle_commands(array(select r.workflow_id from workflow_status r
    where r.workflow_id = any (run) and r.status = 'HELD' and r.commands_pending));
  return released;
end $$`);
    // Inserts runs under ids that callers chose, or with a deduplication id. Of the given ones it tells those that it inserted, and those
    // that it did not because another run has their deduplication id, with that run, or because of a maintenance; those whose id is there
    // already it does not tell.
    // Children come under the lock of their parent, taken last and for a moment: whoever cancels it with its children sees them, or they
    // are not started. Waits for any open transaction that inserted the same id.
    await queryRunner.query(`
create function ${s}.insert_with_ids(run uuid[], name text[], queue text[], priority int[], external_id text[], attributes text[],
                                     input text[], timeout_ms float8[], max_recovery int[], delay float8[], partition_key text[],
                                     deduplication_id text[], parent uuid[], detached bool[], allowed bool[])
returns table (workflow_id uuid, holder uuid, maintenance jsonb) language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  inserted uuid[]; parents uuid[] := array_remove(parent, null);
  refused uuid[] := '{}'; holders uuid[] := '{}'; is_unique boolean := cardinality(array_remove(deduplication_id, null)) > 0;
  closed text[] := array(select m.scope from maintenance m where m.until_at > clock_timestamp()); shut uuid[] := '{}';
begin
  if cardinality(closed) > 0 then
    -- what a run under way starts is let in, and so is what starts nothing
    shut := array(select u.run from unnest(run, queue, parent, allowed) u (run, queue, parent, allowed)
      where not u.allowed and u.parent is null and ('' = any (closed) or u.queue = any (closed))
        and (select true from workflow_status r where r.workflow_id = u.run limit 1) is null);
  end if;
  if is_unique then
    -- the id of a run that is over is free
    with asked as materialized (
      select distinct on (u.queue, u.deduplication_id) u.queue, u.deduplication_id, u.run
      from unnest(run, queue, deduplication_id) u (run, queue, deduplication_id)
      where u.deduplication_id is not null
        and (select true from workflow_status r where r.workflow_id = u.run limit 1) is null and u.run <> all (shut)
      order by u.queue, u.deduplication_id, u.run
    )
    insert into deduplication_keys (scope, key, workflow_id)
    select 'queue:' || a.queue, a.deduplication_id, a.run from asked a order by 1, 2
    on conflict (scope, key) do update set workflow_id = excluded.workflow_id
      where exists (select from workflow_status r
        where r.workflow_id = deduplication_keys.workflow_id and r.completed_at is not null);
    select coalesce(array_agg(u.run), '{}'), coalesce(array_agg(k.workflow_id), '{}') into refused, holders
    from unnest(run, queue, deduplication_id) u (run, queue, deduplication_id)
    join lateral (select k.workflow_id from deduplication_keys k
      where k.scope = 'queue:' || u.queue and k.key = u.deduplication_id limit 1) k on true
    where u.deduplication_id is not null and k.workflow_id <> u.run
      and (select true from workflow_status r where r.workflow_id = u.run limit 1) is null
      and (u.run <> all (shut) or (select r.completed_at is null from workflow_status r where r.workflow_id = k.workflow_id limit 1));
    shut := array(select u from unnest(shut) u where u <> all (refused));
  end if;
  with started as (
    insert into workflow_status (workflow_id, name, queue, status, priority, external_id, attributes, input, timeout_ms,
                                 max_recovery_attempts, wake_at, partition_key, deduplication_id, parent_id, detached, deadline_at)
    select u.run, u.name, u.queue, case when u.delay > 0 then 'DELAYED' else 'ENQUEUED' end, u.priority, u.external_id, u.attributes::jsonb,
           u.input, u.timeout_ms, u.max_recovery, case when u.delay > 0 then clock_timestamp() + u.delay * interval '1 ms' end,
           u.partition_key, u.deduplication_id, u.parent, u.detached,
           (select p.deadline_at from workflow_status p where p.workflow_id = u.parent and not u.detached)
    from unnest(run, name, queue, priority, external_id, attributes, input, timeout_ms, max_recovery, delay, partition_key,
                deduplication_id, parent, detached)
      u (run, name, queue, priority, external_id, attributes, input, timeout_ms, max_recovery, delay, partition_key,
         deduplication_id, parent, detached)
    where u.run <> all (refused) and u.run <> all (shut)
    order by u.run
    on conflict do nothing
    returning workflow_status.workflow_id
  )
  select coalesce(array_agg(started.workflow_id), '{}') into inserted from started;
  if cardinality(parents) > 0 then
    perform from workflow_status p where p.workflow_id = any (parents) for share;
    with gone as (
      -- also of one that was over so long ago that it was deleted
      delete from workflow_status c
      where c.workflow_id = any (inserted) and not c.detached and c.parent_id = any (parents)
        and coalesce((select p.completed_at is not null from workflow_status p where p.workflow_id = c.parent_id limit 1), true)
      returning c.workflow_id, c.queue, c.deduplication_id
    )
    delete from deduplication_keys k using gone g
    where k.scope = 'queue:' || g.queue and k.key = g.deduplication_id and k.workflow_id = g.workflow_id;
  end if;
  insert into queue_doorbells (queue, partition_key, name)
  select distinct u.queue, u.partition_key, u.name from unnest(run, name, queue, delay, partition_key) u (run, name, queue, delay, partition_key)
  where u.partition_key is not null and (u.delay > 0) is not true and u.run = any (inserted);
  return query select i, null::uuid, null::jsonb from unnest(inserted) i
    union all select u.run, u.holder, null from unnest(refused, holders) u (run, holder)
    union all select u.run, null, maintenance_of(u.queue) from unnest(run, queue) u (run, queue) where u.run = any (shut);
end $$`);
    // The same on its own: nobody enters maintenance between the look and the commit. It stays out of the lanes and gives up the wait quickly
    // (55P03): the caller tries again without holding a connection.
    await queryRunner.query(`
create function ${s}.start_with_ids(run uuid[], name text[], queue text[], priority int[], external_id text[], attributes text[],
                                    input text[], timeout_ms float8[], max_recovery int[], delay float8[], partition_key text[],
                                    deduplication_id text[], parent uuid[], detached bool[], allowed bool[])
returns table (workflow_id uuid, holder uuid, maintenance jsonb)
language plpgsql set search_path = ${s}, pg_temp set lock_timeout = '250ms' as $$
begin
  perform take_control();
  return query select * from insert_with_ids(run, name, queue, priority, external_id, attributes, input, timeout_ms, max_recovery, delay,
                                             partition_key, deduplication_id, parent, detached, allowed);
end $$`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    for (const name of ['start_with_ids', 'insert_with_ids', 'release_runs', 'cancel_run', 'requeue_runs', 'retire_executor'])
      await queryRunner.query(`drop function ${s}.${name}`);
  }
}
