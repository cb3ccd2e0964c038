// Commands of operators: what was asked of a run, in which state it was, and what became of it.
//
// A command is decided under the lock of the run's row. What nobody has in memory changes at once. What an executor has in memory gets the
// command onto its row (`command`) without losing its owner: the owner hears of it and does it at the next durable operation, and whatever
// it writes about the run's whereabouts until then is bent by the row (`landing`, 0002-flush.ts): a run that is to be held and is about to
// be unloaded, released, continued or rescued is held by that; one that is no longer to be held goes back to its queue. So no command is
// lost to a suspension, a rescue or a kill, and none is applied twice. Whatever ends the run settles the commands that it has not followed.
//
// Lock order: the run's row, then rows of commands. What a flush waits for here is held for one short transaction.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Commands1763700000008 extends WorkflowsMigration {
  readonly version = 8;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`
create table ${s}.commands (
  workflow_id uuid not null,
  command_id  bigint generated always as identity,
  command     text not null,
  reason      text,
  actor       text not null,
  request_id  text,
  data        text,
  state       text not null,
  command_key uuid not null,
  outcome     text check (outcome in ('APPLIED','REJECTED','SUPERSEDED','EXPIRED')),
  received_at timestamptz not null default clock_timestamp(),
  settled_at  timestamptz,
  primary key (workflow_id, command_id)
)`);
    await queryRunner.query(`create index commands_open on ${s}.commands (workflow_id, command_id) where outcome is null`);
    // Runs that came to rest in HELD, or are over, have done what they will do. A STOP does not end with a hold.
    await queryRunner.query(`
create function ${s}.settle_commands(runs uuid[]) returns void
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
begin
  update commands c set settled_at = clock_timestamp(), outcome = case when r.status = 'HELD' then 'APPLIED' else 'EXPIRED' end
  from workflow_status r
  where c.workflow_id = any (runs) and c.outcome is null and r.workflow_id = c.workflow_id and r.workflow_id = any (runs)
    and (r.completed_at is not null or r.status = 'HELD' and c.command = 'HOLD');
  update workflow_status r set command = null, commands_pending = coalesce((
    select true from commands c where c.workflow_id = r.workflow_id and c.outcome is null limit 1), false)
  where r.workflow_id = any (runs);
end $$`);
    // The owner begins to stop a run: from here on its record says where. Guarded like a move.
    await queryRunner.query(`
create function ${s}.begin_stop(me uuid, run uuid[], at_ordinal int[], at_seq int[], stop_error text[], time_limit float8[], lost uuid[],
                                frame_run uuid[], frame_token uuid[]) returns void
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
declare at timestamptz := clock_timestamp(); stopped uuid[];
begin
  with begun as (
    update workflow_status r set status = 'STOPPING', command = null,
      stop = jsonb_build_object('ordinal', u.ordinal, 'seq', u.seq, 'error', u.error),
      stop_by = at + u.time_limit * interval '1 ms', deadline_at = least(r.deadline_at, at + u.time_limit * interval '1 ms')
    from unnest(run, at_ordinal, at_seq, stop_error, time_limit) u (run, ordinal, seq, error, time_limit)
    join unnest(frame_run, frame_token) f (run, token) on f.run = u.run
    where r.workflow_id = u.run and r.workflow_id = any (begin_stop.run) and u.run <> all (lost)
      and r.claim_token = f.token and r.claimed_by = me and r.completed_at is null and r.stop is null
    returning r.workflow_id
  )
  select coalesce(array_agg(b.workflow_id), '{}') into stopped from begun b;
  update commands c set outcome = 'APPLIED', settled_at = at
  where c.workflow_id = any (stopped) and c.outcome is null and c.command = 'STOP';
  perform settle_commands(stopped);
end $$`);
    await this.installSend(queryRunner, s);
    await this.installReset(queryRunner, s);
    // Ends up to \`most\` overdue runs that no executor has in memory, but none that an operator holds. Locks: runs, skip locked.
    // Index workflow_status_deadline; now() and not clock_timestamp(), which is volatile and so no index condition.
    await queryRunner.query(`
create function ${s}.expire_runs(timeout_error text, stop_error text, most int) returns uuid[]
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
declare overdue uuid[]; commanded uuid[];
begin
  overdue := array(
    select r.workflow_id from workflow_status r
    where r.deadline_at is not null and r.completed_at is null and r.deadline_at < now() and r.status in ('DELAYED','ENQUEUED','WAITING')
    order by r.deadline_at limit most for update skip locked);
  if cardinality(overdue) = 0 then return overdue; end if;
  with ended as (
    update workflow_status r set status = 'CANCELLED', error = case when r.stop_by <= r.deadline_at then stop_error else timeout_error end,
      completed_at = clock_timestamp(), wake_at = null, claim_token = gen_random_uuid(), end_pending = true, permit = false
    where r.workflow_id = any (overdue) returning r.workflow_id, r.queue, r.partition_key, r.commands_pending
  ), rung as (
    insert into queue_doorbells (queue, partition_key)
    select distinct e.queue, e.partition_key from ended e where e.partition_key is not null
  ), gone as (
    delete from waits w where w.workflow_id = any (overdue)
  )
  select array_agg(e.workflow_id) filter (where e.commands_pending) into commanded from ended e;
  if commanded is not null then perform settle_commands(commanded); end if;
  return overdue;
end $$`);
  }

  private async installSend(queryRunner: QueryRunner, s: string): Promise<void> {
    // Decides and records. Null state: there is no such run. Outcome null: the owner has yet to do it. \`stop_error\`: how a run that has not
    // begun ends. Locks: the run; 55P03 when somebody holds it for long: try again.
    await queryRunner.query(`
create function ${s}.send_command(run uuid, asked text, who text, why text, payload text, stop_error text, time_limit float8,
                                  anew boolean, key uuid, request text default null, out command_id bigint, out state text, out outcome text, out status_now text,
                                  out mailed boolean)
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '2s' as $$
declare
  r workflow_status; pending text; at timestamptz := clock_timestamp();
  begun boolean; superseded text[] := '{}'; rings boolean := false; rings_name boolean := false;
begin
  select * into r from workflow_status w where w.workflow_id = run for no key update;
  if not found then return; end if;
  mailed := false;
  -- this call's first copy, whose answer was lost
  select c.command_id, c.state, c.outcome into send_command.command_id, send_command.state, send_command.outcome
  from commands c where c.workflow_id = run and c.command_key = key;
  if found then
    status_now := r.status;
    return;
  end if;
  pending := r.command ->> 'name';
  begun := r.started_at is not null or r.permit;
  state := case when r.completed_at is null and r.stop is not null then 'STOPPING' else r.status end;
  status_now := r.status;
  outcome := 'REJECTED';
  if r.completed_at is null and (asked not in ('HOLD', 'RESUME', 'STOP', 'RESET')
       or r.cooperative and begun and r.status <> 'HELD' and r.command is null and asked <> 'RESET') then
    -- for the workflow's own code
    outcome := null; mailed := true;
    update workflow_status w set wake_at = at where w.workflow_id = run and w.status = 'WAITING' and (w.wake_at is null or w.wake_at > at);
  elsif asked = 'RESET' and r.completed_at is not null and r.status <> 'SUCCESS' and not r.permit then
    if reset_run(run, anew) then
      outcome := 'APPLIED'; status_now := 'ENQUEUED';
    end if;
  elsif r.completed_at is not null or state = 'STOPPING' or pending = 'STOP' then
    null;
  elsif asked = 'HOLD' and pending is null and r.status in ('PENDING', 'RUNNING') then
    outcome := null;
    update workflow_status w set command = jsonb_build_object('name', 'HOLD') where w.workflow_id = run;
  elsif asked = 'HOLD' and pending is null and r.status in ('ENQUEUED', 'WAITING') then
    outcome := 'APPLIED'; status_now := 'HELD';
    update workflow_status w set status = 'HELD', held_at = at, wake_at = null, claim_token = gen_random_uuid(),
      permit = w.permit and not coalesce((select q.hold_releases_permits from queues q where q.queue = w.queue), false)
    where w.workflow_id = run
    returning r.permit and not w.permit into rings;
  elsif asked = 'RESUME' and pending = 'HOLD' then
    outcome := 'APPLIED'; superseded := array['HOLD'];
    update workflow_status w set command = null where w.workflow_id = run;
  elsif asked = 'RESUME' and r.status = 'HELD' then
    outcome := 'APPLIED'; status_now := 'ENQUEUED';
    update workflow_status w set status = 'ENQUEUED', held_at = null, claim_token = gen_random_uuid(),
      wake_at = case when w.permit then at end, deadline_at = w.deadline_at + (at - w.held_at)
    where w.workflow_id = run;
    rings_name := not r.permit;
  elsif asked = 'STOP' and not begun then
    outcome := 'APPLIED'; status_now := 'STOPPED'; superseded := array['HOLD'];
    update workflow_status w set status = 'STOPPED', error = stop_error, completed_at = at, wake_at = null, held_at = null,
      claim_token = gen_random_uuid(), end_pending = true where w.workflow_id = run;
  elsif asked = 'STOP' then
    outcome := null; superseded := array['HOLD'];
    status_now := case when r.status = 'HELD' then 'ENQUEUED' else r.status end;
    update workflow_status w set command = jsonb_build_object('name', 'STOP', 'error', stop_error, 'limit', time_limit),
      status = status_now, held_at = null,
      deadline_at = case when w.held_at is null then w.deadline_at else w.deadline_at + (at - w.held_at) end,
      claim_token = case when w.claimed_by is null then gen_random_uuid() else w.claim_token end,
      wake_at = case when w.status in ('PENDING', 'RUNNING') then w.wake_at when w.status = 'ENQUEUED' and not w.permit then null
                     when status_now = 'ENQUEUED' and not w.permit then null else at end
    where w.workflow_id = run;
    rings_name := r.status = 'HELD' and not r.permit;
  end if;
  insert into commands (workflow_id, command, reason, actor, request_id, data, command_key, state, outcome, received_at, settled_at)
  values (run, asked, why, who, request, payload, key, send_command.state, send_command.outcome, at,
          case when send_command.outcome is not null then at end)
  returning commands.command_id into send_command.command_id;
  if mailed then
    insert into notifications (workflow_id, topic, message_key, payload, pending)
    values (run, 'wf.commands', 'command/' || key, json_build_object('commandId', send_command.command_id::text, 'command', asked,
            'actor', who, 'reason', why, 'data', payload::json)::text, false);
  end if;
  if cardinality(superseded) > 0 then
    update commands c set outcome = 'SUPERSEDED', settled_at = at
    where c.workflow_id = run and c.outcome is null and c.command = any (superseded);
  end if;
  if send_command.outcome is null then
    update workflow_status w set commands_pending = true where w.workflow_id = run and not w.commands_pending;
  elsif send_command.outcome = 'APPLIED' and r.commands_pending then
    perform settle_commands(array[run]);
  end if;
  if r.partition_key is not null and (rings or rings_name) then
    insert into queue_doorbells (queue, partition_key, name) values (r.queue, r.partition_key, case when rings_name then r.name end);
  end if;
  insert into audit_log (actor, action, workflow_id, reason, request_id, before, after)
  values (who, asked, run, why, request, jsonb_build_object('status', r.status),
          jsonb_build_object('status', status_now, 'command', send_command.command_id, 'outcome', send_command.outcome));
end $$`);
  }

  private async installReset(queryRunner: QueryRunner, s: string): Promise<void> {
    // Takes what a run recorded after a certain delivery out of its record, and what it asked for after it: events go back to what they
    // were, messages into the mailbox. Successes of what was under way then stay. Chunks stay too, because readers have seen them, but those
    // of the workflow's own code are not counted any more: it writes anew what it writes from here on.
    await queryRunner.query(`
create function ${s}.cut_history(run uuid, after_seq int, frontier int) returns void
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare gone int[]; first int := (select r.first_ordinal from workflow_status r where r.workflow_id = run);
begin
  with deleted as (
    delete from operation_outputs o where o.workflow_id = run
      and (o.ordinal >= cut_history.frontier or o.seq >= after_seq and o.error is not null and o.ordinal >= first)
    returning o.ordinal
  )
  select coalesce(array_agg(d.ordinal), '{}') into gone from deleted d;
  delete from operation_attempts a where a.workflow_id = run and (a.ordinal >= cut_history.frontier or a.ordinal = any (gone));
  update notifications n set taken_by = null, taken_at = null
  where n.workflow_id = run and n.topic <> 'wf.commands' and (n.taken_by >= cut_history.frontier or n.taken_by = any (gone));
  delete from workflow_events_history h where h.workflow_id = run and h.ordinal >= cut_history.frontier;
  delete from workflow_events e where e.workflow_id = run and e.ordinal >= cut_history.frontier;
  insert into workflow_events (workflow_id, key, value, ordinal)
  select distinct on (h.key) run, h.key, h.value, h.ordinal from workflow_events_history h where h.workflow_id = run
  order by h.key, h.ordinal desc
  on conflict do nothing;
  -- what is asked for again at the same place is something else: it needs another key
  update workflow_status r set resets = r.resets + 1, reset_frontier = least(coalesce(r.reset_frontier, cut_history.frontier), cut_history.frontier)
  where r.workflow_id = run;
  -- what goes on after it may write to a stream that the cut part has closed
  delete from streams c where c.workflow_id = run and c.closes and c.value is null and c.seq > after_seq;
  update streams c set body_base = first, body_count = coalesce((
    select max(b.body_count) from streams b
    where b.workflow_id = run and b.stream = c.stream and b.body_base = first and b.ordinal is null and b.seq <= after_seq), 0)
  where c.workflow_id = run and (c.seq > after_seq and c.ordinal is null and c.body_base = first or c.chunk_offset = (
    select max(l.chunk_offset) from streams l where l.workflow_id = run and l.stream = c.stream));
end $$`);
    // Back to the queue: from what it has recorded, without the failure that ended it and what came of that, or anew. False: another run has
    // its deduplication id meanwhile. The caller has locked the run, which is over and holds no permit.
    await queryRunner.query(`
create function ${s}.reset_run(run uuid, anew boolean) returns boolean
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare r workflow_status; failed record; anew_from int;
begin
  select * into r from workflow_status w where w.workflow_id = run;
  if r.deduplication_id is not null then
    insert into deduplication_keys (scope, key, workflow_id) values ('queue:' || r.queue, r.deduplication_id, run)
    on conflict (scope, key) do update set workflow_id = excluded.workflow_id
      where deduplication_keys.workflow_id <> run and (select o.completed_at from workflow_status o where o.workflow_id = deduplication_keys.workflow_id) is not null;
    if (select k.workflow_id from deduplication_keys k where k.scope = 'queue:' || r.queue and k.key = r.deduplication_id) <> run then
      return false;
    end if;
  end if;
  if not anew and r.stop is not null then
    perform cut_history(run, (r.stop ->> 'seq')::int, (r.stop ->> 'ordinal')::int);
  elsif not anew and r.status = 'ERROR' then
    -- the last failure that became the run's own, or its cause; or else the one that was the last thing that it was told
    select o.seq, o.frontier into failed from (
      select f.seq, f.frontier, array_position(array[e.error ->> 'message', e.error #>> '{cause,message}', e.error #>> '{cause,cause,message}'],
                                               f.error::jsonb ->> 'message') rank
      from operation_outputs f cross join (select r.error::jsonb) e (error)
      where f.workflow_id = run and f.ordinal >= r.first_ordinal and f.error is not null and f.seq is not null and f.frontier is not null) o
    where o.rank is not null or not exists (
      select from operation_outputs l where l.workflow_id = run and l.ordinal >= r.first_ordinal and l.seq > o.seq)
    order by o.rank nulls last, o.seq desc limit 1;
    if found then perform cut_history(run, failed.seq, failed.frontier); end if;
  end if;
  delete from waits w where w.workflow_id = run;
  -- what it was sent before its end, and has not received, has expired with that
  update notifications n set taken_by = -1, taken_at = clock_timestamp()
  where n.workflow_id = run and n.topic = 'wf.commands' and n.taken_by is null;
  if anew then
    anew_from := greatest(r.first_ordinal,
      (select max(greatest(o.ordinal, o.frontier)) from operation_outputs o where o.workflow_id = run),
      (select max(a.ordinal) from operation_attempts a where a.workflow_id = run)) + 1;
    delete from streams c where c.workflow_id = run and c.closes and c.value is null and c.chunk_offset = (
      select max(l.chunk_offset) from streams l where l.workflow_id = run and l.stream = c.stream);
  end if;
  update workflow_status w set status = 'ENQUEUED', error = null, output = null, completed_at = null, end_pending = false,
    claimed_by = null, claim_token = gen_random_uuid(), wake_at = null, permit = false, command = null, stop = null, stop_by = null,
    held_at = null, recovery_attempts = 0, recovery_mark = 0,
    -- one that has not begun has all its time from when it does
    deadline_at = case when w.started_at is not null then clock_timestamp() + w.timeout_ms * interval '1 ms' end,
    first_ordinal = coalesce(anew_from, w.first_ordinal), resets = w.resets + case when anew then 1 else 0 end,
    reset_frontier = case when anew then least(w.reset_frontier, anew_from) else w.reset_frontier end
  where w.workflow_id = run;
  insert into queue_doorbells (queue, partition_key, name) select r.queue, r.partition_key, r.name where r.partition_key is not null;
  return true;
end $$`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    for (const name of ['reset_run', 'cut_history', 'send_command', 'expire_runs', 'begin_stop', 'settle_commands'])
      await queryRunner.query(`drop function ${s}.${name}`);
    await queryRunner.query(`drop table ${s}.commands`);
  }
}
