// The group commit of a write lane: everything that the runs of one lane want to be durable, in one call and one commit.
//
// Why it is right under READ COMMITTED: the first thing it does is to take its executor's lock, shared; every statement of a volatile
// function takes a new snapshot, so what is read after that is current; and nobody takes one of its runs away meanwhile, because
// that needs the lock exclusively. A run whose token is no longer ours is refused whole and named in `lost`. What nobody owns (a run
// that waits) can be claimed meanwhile, by this executor too: a repeated flush may find that its first copy has suspended the run.
// So waits and moves look at the token once more; everything else is keyed and has been written by that first copy.
// The lock is an advisory one of the transaction, not the executor's row: its queue is fair. New `for share` lockers of a row pass
// a waiting `for update`: with eight lanes a cancel waited longer than 8 s. Every write is keyed (run, ordinal): a repeated flush
// changes nothing.
//
// Planner: with a fresh table or stale statistics, a join of unnest with the runs is planned for one row: a nested loop of the arrays
// with a scan (460 ms for 1,000 rows), kept in the cached plan. So each statement names its rows by `= any (ids)`, which is the
// primary key whatever the statistics say once sequential scans are off, and joins them by hash, which is linear whatever they say. JIT is
// off too: before Postgres 18 a join method that is off costs so much that every call would be compiled.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Flush1763700000002 extends WorkflowsMigration {
  readonly version = 2;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    // The fence of an executor, as the key of its advisory lock.
    await queryRunner.query(`
create function ${s}.fence_key(executor uuid) returns bigint language sql immutable parallel safe
return hashtextextended(executor::text, 7)`);
    // Takes it, shared, for this transaction; then, in a later snapshot, tells whether the executor is alive. From there on to the commit
    // nobody can retire it, nor change the owner of one of its runs.
    await queryRunner.query(`
create function ${s}.take_fence(me uuid) returns boolean language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(${s}.fence_key(me));
  return exists (select from ${s}.executors e where e.executor_id = me and e.alive);
end $$`);
    // Of the given runs those that wait for something that is there: a message, the end of a run, an event or the end of the run that
    // should have set it. Read-only; each look is an index probe, whatever the planner believes.
    await queryRunner.query(`
create function ${s}.found_source(runs uuid[]) returns setof uuid language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
begin
  return query
  select distinct w.workflow_id from waits w
  left join lateral (select true found from notifications n
    where w.kind = 'receive' and n.workflow_id = w.workflow_id and n.topic = w.source_key and n.taken_by is null limit 1) m on true
  left join lateral (select true found, r.completed_at from workflow_status r where r.workflow_id = w.source limit 1) r on true
  left join lateral (select true found from workflow_events e
    where w.kind = 'getEvent' and e.workflow_id = w.source and e.key = w.source_key limit 1) e on true
  left join lateral (select true found from operation_outputs o
    where o.workflow_id = w.workflow_id and o.ordinal = w.ordinal limit 1) done on true
  where w.workflow_id = any (runs) and done.found is null
    and (m.found or e.found or w.source is not null and (r.found is null or r.completed_at is not null));
end $$`);
    // Where a run comes to rest that an operator has asked something of meanwhile.
    await queryRunner.query(`
create function ${s}.landing(wanted text, command jsonb, stop jsonb) returns text language sql immutable parallel safe as $$
select case when wanted = 'RUNNING' and stop is not null then 'STOPPING'
            when wanted in ('WAITING', 'ENQUEUED') and command ->> 'name' = 'HOLD' then 'HELD'
            when wanted = 'HELD' and (command ->> 'name') is distinct from 'HOLD' then 'ENQUEUED'
            else wanted end
$$`);
    await queryRunner.query(`
create function ${s}.flush(
  me uuid,
  frame_run uuid[], frame_token uuid[],
  new_run uuid[], new_token uuid[], new_name text[], new_queue text[], new_priority int[], new_attributes text[], new_input text[],
  new_timeout float8[], new_max_recovery int[], new_epoch bigint[],
  op_run uuid[], op_ordinal int[], op_seq int[], op_kind text[], op_name text[], op_output text[], op_error text[],
  op_attempts int[], op_elapsed float8[], op_frontier int[],
  wait_run uuid[], wait_ordinal int[], wait_kind text[], wait_name text[], wait_attempt int[], wait_delay float8[], wait_until float8[],
  wait_source uuid[], wait_key text[],
  woken_run uuid[], woken_ordinal int[],
  taken_run uuid[], taken_ordinal int[], taken_message bigint[],
  try_run uuid[], try_ordinal int[], try_attempt int[], try_name text[], try_error text[], try_elapsed float8[],
  event_run uuid[], event_ordinal int[], event_key text[], event_value text[],
  chunk_run uuid[], chunk_stream text[], chunk_offset int[], chunk_ordinal int[], chunk_attempt int[], chunk_attempt_from int[],
  chunk_body_base int[], chunk_body_count int[], chunk_closes bool[], chunk_value text[], chunk_seq int[],
  again_run uuid[], again_ordinal int[], again_input text[],
  stop_run uuid[], stop_ordinal int[], stop_seq int[], stop_error text[], stop_limit float8[],
  settled_run uuid[], settled_command bigint[], settled_outcome text[],
  cooperates_run uuid[],
  move_run uuid[], move_status text[], move_output text[], move_error text[], move_elapsed float8[], move_busy bool[],
  child_run uuid[], child_id uuid[], child_name text[], child_queue text[], child_partition text[], child_priority int[],
  child_attributes text[], child_input text[], child_timeout float8[], child_max_recovery int[], child_delay float8[],
  child_detached bool[],
  out lost uuid[], out flushed_at float8, out found_due boolean
) language plpgsql set search_path = ${s}, pg_temp set enable_seqscan = off set enable_nestloop = off
  set enable_mergejoin = off set jit = off as $$
declare
  at timestamptz := clock_timestamp();
  epoch_now bigint;
  not_mine uuid[];
  suspended uuid[];
  commanded uuid[];
begin
  if not take_fence(me) then
    raise exception 'executor % is retired', me using errcode = 'WF001';
  end if;
  lost := '{}'; found_due := false;
  if cardinality(frame_run) > 0 then
    select coalesce(array_agg(u.run), '{}') into lost
    from unnest(frame_run, frame_token) u (run, token)
    left join lateral (select r.claim_token from workflow_status r where r.workflow_id = u.run limit 1) r on true
    where r.claim_token is distinct from u.token;
  end if;
  if cardinality(new_run) > 0 then
    -- until the commit no queue gets a limit or a pause: whoever starts past the queue has to know that it has none
    epoch_now := take_control();
    insert into workflow_status (workflow_id, name, queue, status, priority, permit, attributes, input, timeout_ms, max_recovery_attempts,
                                 claimed_by, claim_token, claimed_at)
    select u.run, u.name, u.queue, 'PENDING', u.priority, true, u.attributes::jsonb, u.input, u.timeout_ms, u.max_recovery, me, u.token, at
    from unnest(new_run, new_token, new_name, new_queue, new_priority, new_attributes, new_input, new_timeout, new_max_recovery, new_epoch)
      u (run, token, name, queue, priority, attributes, input, timeout_ms, max_recovery, epoch)
    where u.epoch = epoch_now
    on conflict (workflow_id) do nothing;
    -- after a lost acknowledgement the run may have been cancelled before this repetition
    select coalesce(array_agg(u.run), '{}') into not_mine
    from unnest(new_run, new_token) u (run, token)
    left join lateral (select r.claim_token from workflow_status r where r.workflow_id = u.run limit 1) r on true
    where r.claim_token is distinct from u.token;
    lost := lost || not_mine;
  end if;
  if cardinality(op_run) > 0 then
    insert into operation_outputs (workflow_id, ordinal, seq, kind, name, output, error, attempts, frontier, started_at, completed_at)
    select u.run, u.ordinal, u.seq, u.kind, u.name, u.output, u.error, u.attempts, u.frontier, at - u.elapsed * interval '1 ms', at
    from unnest(op_run, op_ordinal, op_seq, op_kind, op_name, op_output, op_error, op_attempts, op_elapsed, op_frontier)
      u (run, ordinal, seq, kind, name, output, error, attempts, elapsed, frontier)
    where u.run <> all (lost)
    on conflict do nothing;
  end if;
  if cardinality(wait_run) > 0 then
    insert into waits (workflow_id, ordinal, kind, name, attempt, source, source_key, wake_at)
    select u.run, u.ordinal, u.kind, u.name, u.attempt, u.source, u.source_key,
           coalesce(to_timestamp(u.wake_until / 1000), clock_timestamp() + u.delay * interval '1 ms')
    from unnest(wait_run, wait_ordinal, wait_kind, wait_name, wait_attempt, wait_delay, wait_until, wait_source, wait_key)
      u (run, ordinal, kind, name, attempt, delay, wake_until, source, source_key)
    -- a copy of a flush that comes late must not bring back a wait that is over, nor one of a run that changed hands, ended or began anew
    -- meanwhile: nobody would ever end that one
    join unnest(frame_run, frame_token) f (run, token) on f.run = u.run
    left join lateral (select r.claim_token, r.completed_at, r.first_ordinal from workflow_status r where r.workflow_id = u.run limit 1) r
      on true
    left join lateral (select 1 from operation_outputs o where o.workflow_id = u.run and o.ordinal = u.ordinal limit 1) done (done) on true
    where u.run <> all (lost) and r.claim_token = f.token and r.completed_at is null and done.done is null
      and u.ordinal >= r.first_ordinal
    -- a later attempt of the same step waits anew; a repeated flush must not prolong what has begun
    on conflict (workflow_id, ordinal) do update set wake_at = excluded.wake_at, attempt = excluded.attempt
      where waits.attempt < excluded.attempt;
  end if;
  if cardinality(woken_run) > 0 then
    delete from waits w using unnest(woken_run, woken_ordinal) u (run, ordinal)
    where w.workflow_id = u.run and w.workflow_id = any (woken_run) and w.ordinal = u.ordinal and u.run <> all (lost);
  end if;
  if cardinality(taken_run) > 0 then
    update notifications n set taken_by = u.ordinal, taken_at = at
    from unnest(taken_run, taken_ordinal, taken_message) u (run, ordinal, message)
    where n.workflow_id = u.run and n.workflow_id = any (taken_run) and n.message_id = u.message and n.message_id = any (taken_message)
      and n.taken_by is null and u.run <> all (lost);
  end if;
  if cardinality(try_run) > 0 then
    insert into operation_attempts (workflow_id, ordinal, attempt, name, error, started_at, completed_at)
    select u.run, u.ordinal, u.attempt, u.name, u.error, at - u.elapsed * interval '1 ms', at
    from unnest(try_run, try_ordinal, try_attempt, try_name, try_error, try_elapsed) u (run, ordinal, attempt, name, error, elapsed)
    where u.run <> all (lost)
    on conflict do nothing;
  end if;
  if cardinality(event_run) > 0 then
    insert into workflow_events_history (workflow_id, ordinal, key, value)
    select u.run, u.ordinal, u.key, u.value
    from unnest(event_run, event_ordinal, event_key, event_value) u (run, ordinal, key, value)
    where u.run <> all (lost)
    on conflict do nothing;
    -- one row per key: a statement may not touch a row twice
    insert into workflow_events (workflow_id, key, value, ordinal)
    select distinct on (u.run, u.key) u.run, u.key, u.value, u.ordinal
    from unnest(event_run, event_ordinal, event_key, event_value) u (run, ordinal, key, value)
    where u.run <> all (lost)
    order by u.run, u.key, u.ordinal desc
    on conflict (workflow_id, key) do update
      set value = excluded.value, ordinal = excluded.ordinal, updated_at = clock_timestamp()
      where workflow_events.ordinal < excluded.ordinal;
  end if;
  if cardinality(chunk_run) > 0 then
    insert into streams (workflow_id, stream, chunk_offset, ordinal, attempt, attempt_from, body_base, body_count, closes, value,
                         seq)
    select u.run, u.stream, u.chunk_offset, u.ordinal, u.attempt, u.attempt_from, u.body_base, u.body_count, u.closes, u.value, u.seq
    from unnest(chunk_run, chunk_stream, chunk_offset, chunk_ordinal, chunk_attempt, chunk_attempt_from, chunk_body_base, chunk_body_count,
                chunk_closes, chunk_value, chunk_seq)
      u (run, stream, chunk_offset, ordinal, attempt, attempt_from, body_base, body_count, closes, value, seq)
    where u.run <> all (lost)
    on conflict do nothing;
  end if;
  if cardinality(again_run) > 0 then
    -- guarded like a move: a copy that comes late finds the run with nobody, or under another token
    update workflow_status r set input = u.input, first_ordinal = u.ordinal
    from unnest(again_run, again_ordinal, again_input) u (run, ordinal, input)
    join unnest(frame_run, frame_token) f (run, token) on f.run = u.run
    where r.workflow_id = u.run and r.workflow_id = any (again_run) and u.run <> all (lost)
      and r.claim_token = f.token and r.claimed_by = me and r.completed_at is null;
    delete from waits w using unnest(again_run, again_ordinal) u (run, ordinal)
    where w.workflow_id = u.run and w.workflow_id = any (again_run) and w.ordinal < u.ordinal and u.run <> all (lost);
  end if;
  if cardinality(settled_run) > 0 then
    update commands c set outcome = u.outcome, settled_at = at
    from unnest(settled_run, settled_command, settled_outcome) u (run, command, outcome)
    where c.workflow_id = u.run and c.workflow_id = any (settled_run) and c.command_id = u.command and c.outcome is null
      and u.run <> all (lost);
  end if;
  if cardinality(cooperates_run) > 0 then
    update workflow_status r set cooperative = true where r.workflow_id = any (cooperates_run) and r.workflow_id <> all (lost);
  end if;
  if cardinality(stop_run) > 0 then
    perform begin_stop(me, stop_run, stop_ordinal, stop_seq, stop_error, stop_limit, lost, frame_run, frame_token);
  end if;
  if cardinality(move_run) > 0 then
    with moved as (
      update workflow_status r set
        -- what an operator asked for meanwhile counts: the row says it under its lock
        status       = landing(u.status, r.command, r.stop),
        output       = u.output,
        error        = u.error,
        started_at   = coalesce(r.started_at, at - u.elapsed * interval '1 ms'),
        -- a child has its parent's from the start, and may have less time of its own. Once: by another clock the same moment may seem earlier
        deadline_at  = case when r.started_at is null
                         then least(r.deadline_at, at + (r.timeout_ms - u.elapsed) * interval '1 ms') else r.deadline_at end,
        -- a wait whose outcome is recorded is over, whatever brought its row back
        wake_at      = case landing(u.status, r.command, r.stop) when 'WAITING' then (
                         select case when r.command is null then min(w.wake_at) else at end from waits w where w.workflow_id = r.workflow_id and not exists (
                           select from operation_outputs o where o.workflow_id = w.workflow_id and o.ordinal = w.ordinal))
                       when 'ENQUEUED' then at end,
        -- what is over keeps it while a step body of it still runs
        permit       = case when u.status in ('SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'DEAD') then u.busy is true
                       when u.status in ('WAITING', 'HELD') then u.busy is true or not exists (
                         select from queues q where q.queue = r.queue
                           and case landing(u.status, r.command, r.stop) when 'HELD' then q.hold_releases_permits
                                 when 'WAITING' then q.release_while_waiting else false end) else true end,
        claimed_by   = case when u.status in ('WAITING', 'ENQUEUED', 'HELD') then null else r.claimed_by end,
        held_at      = case when landing(u.status, r.command, r.stop) = 'HELD' then at end,
        completed_at = case when u.status in ('SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'DEAD') then at end
      from unnest(move_run, move_status, move_output, move_error, move_elapsed, move_busy) u (run, status, output, error, elapsed, busy)
      join unnest(frame_run, frame_token) f (run, token) on f.run = u.run
      where r.workflow_id = u.run and r.workflow_id = any (move_run) and u.run <> all (lost)
        -- again: a run that waits is nobody's, and this executor may have claimed it anew since the look above
        and r.claim_token = f.token
        -- owned and not over; said without the status, or the planner walks the partial index of all owned runs
        and r.claimed_by = me and r.completed_at is null
      returning r.workflow_id, r.status, r.completed_at, r.queue, r.partition_key, r.permit, r.command, r.commands_pending,
                u.status wanted
    ), rung as (
      insert into queue_doorbells (queue, partition_key)
      select distinct m.queue, m.partition_key from moved m where m.partition_key is not null and not m.permit
    ), unneeded as (
      delete from waits w where w.workflow_id = any (array(select m.workflow_id from moved m where m.completed_at is not null))
    )
    select coalesce(array_agg(m.workflow_id) filter (where m.status = 'WAITING'), '{}'),
           coalesce(array_agg(m.workflow_id) filter (where m.commands_pending and (m.status = 'HELD' or m.completed_at is not null)), '{}'),
           coalesce(bool_or(m.wanted = 'HELD' and m.status = 'ENQUEUED' or m.command is not null and m.status = 'WAITING'), false)
    into suspended, commanded, found_due from moved m;
    if cardinality(commanded) > 0 then perform settle_commands(commanded); end if;
    -- Their rows are locked by now, so whoever brings something later finds them waiting; what is there already is seen here.
    if cardinality(suspended) > 0 then
      update workflow_status r set wake_at = clock_timestamp()
      where r.workflow_id = any (array(select s from found_source(suspended) s));
      found_due := found_due or found;
    end if;
  end if;
  if cardinality(child_run) > 0 then
    -- after the moves: the first one of the parent sets the deadline that its children inherit
    with inserted as (
    insert into workflow_status (workflow_id, name, queue, status, priority, partition_key, parent_id, detached, attributes, input,
                                 timeout_ms, deadline_at, max_recovery_attempts, wake_at)
    select u.id, u.name, u.queue, case when u.delay > 0 then 'DELAYED' else 'ENQUEUED' end, u.priority, u.partition_key, u.run, u.detached,
           u.attributes::jsonb, u.input, u.timeout_ms, case when not u.detached then p.deadline_at end, u.max_recovery,
           case when u.delay > 0 then clock_timestamp() + u.delay * interval '1 ms' end
    from unnest(child_run, child_id, child_name, child_queue, child_partition, child_priority, child_attributes, child_input,
                child_timeout, child_max_recovery, child_delay, child_detached)
      u (run, id, name, queue, partition_key, priority, attributes, input, timeout_ms, max_recovery, delay, detached)
    left join lateral (select r.deadline_at from workflow_status r where r.workflow_id = u.run limit 1) p on true
    where u.run <> all (lost)
    on conflict do nothing
    returning queue, partition_key, name, status
    )
    insert into queue_doorbells (queue, partition_key, name)
    select distinct i.queue, i.partition_key, i.name from inserted i where i.partition_key is not null and i.status = 'ENQUEUED';
  end if;
  flushed_at := extract(epoch from clock_timestamp()) * 1000;
end $$`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`drop function ${s}.flush`);
    await queryRunner.query(`drop function ${s}.landing`);
    await queryRunner.query(`drop function ${s}.found_source`);
    await queryRunner.query(`drop function ${s}.take_fence`);
    await queryRunner.query(`drop function ${s}.fence_key`);
  }
}
