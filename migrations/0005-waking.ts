// Messages, and who wakes a run that waits for something else than time. No wake-up is lost:
//
//   - A message: its sender locks the run's row without waiting for it. With the lock it wakes the run, or the flush that is about to
//     suspend it comes later and finds the message (found_source). Without, it marks the message `pending`, and whoever
//     sweeps wakes the run. So neither a sender nor a flush ever waits for the other, nor for a transaction of the application.
//   - An event, or the end of a run: its flush commits; then, in a later transaction, its process looks who waits for it. Either that look
//     sees the wait, or the wait was committed after it, and the flush that suspends the run, which comes later still, sees the event. So
//     it looks after every answer, also when a repeated flush is refused: its first copy may have been late. A process that dies
//     between the two is retired, and its retirement is not complete before somebody has looked for it.
//   - The end of a run that somebody else than its owner brings about (a cancel, a timeout, DEAD): its transaction leaves a mark, for the
//     sweep, because no fence keeps it from committing after that.
//
// test/model searches this protocol for lost wake-ups. To wake a run is to make it due. One that is woken for nothing looks, and waits again. Lock order: run rows only, never waited for.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Waking1763700000005 extends WorkflowsMigration {
  readonly version = 5;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    // Locks what it can of the given runs without waiting; those that wait are due from now on. `busy`: somebody else had the row of one.
    await queryRunner.query(`
create function ${s}.wake_runs(runs uuid[], out locked uuid[], out woken int, out busy boolean)
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
begin
  locked := array(select r.workflow_id from workflow_status r where r.workflow_id = any (runs) for no key update skip locked);
  -- a later statement: what was locked is read as it is now
  update workflow_status r set wake_at = clock_timestamp()
  where r.workflow_id = any (locked) and r.status = 'WAITING' and (r.wake_at is null or r.wake_at > clock_timestamp());
  -- those that can be claimed already, too: a claim may just have passed over them because of this lock
  woken := (select count(*) from workflow_status r where r.workflow_id = any (locked) and r.status in ('WAITING', 'ENQUEUED'));
  busy := exists (select from workflow_status r where r.workflow_id = any (runs) and r.workflow_id <> all (locked));
end $$`);
    // Sends messages, in the given order; one verdict for each: SENT, DUPLICATE (its key is known), NOT_FOUND, FINISHED. `apart`: in a
    // transaction of the application, which may stay open for long: no lock, all of them pending.
    // A key that another transaction has just used is waited for, at most 250 ms (55P03) unless `apart`.
    await queryRunner.query(`
create function ${s}.send_messages(run uuid[], topic text[], key text[], payload text[], apart boolean,
                                   out verdicts text[], out woken int, out left_pending boolean)
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
declare reached uuid[]; sent_run uuid[]; sent_key text[];
begin
  woken := 0;
  left_pending := apart;
  if not apart then perform set_config('lock_timeout', '250ms', true); end if;
  with inserted as (
    insert into notifications (workflow_id, topic, message_key, payload, pending)
    select u.run, u.topic, u.key, u.payload, apart
    from unnest(run, topic, key, payload) with ordinality u (run, topic, key, payload, place)
    join lateral (select from workflow_status r where r.workflow_id = u.run and r.completed_at is null limit 1) live on true
    order by u.place
    on conflict do nothing
    returning workflow_id, message_key
  )
  select coalesce(array_agg(i.workflow_id), '{}'), coalesce(array_agg(i.message_key), '{}') into sent_run, sent_key from inserted i;
  verdicts := array(
    select case when i.run is not null then 'SENT'
                when k.found then 'DUPLICATE' when r.found is null then 'NOT_FOUND' else 'FINISHED' end
    from unnest(run, key) with ordinality u (run, key, place)
    left join unnest(sent_run, sent_key) i (run, key) on i.run = u.run and i.key = u.key
    left join lateral (select true found from workflow_status r where r.workflow_id = u.run limit 1) r on true
    left join lateral (select true found from notifications n where n.workflow_id = u.run and n.message_key = u.key limit 1) k on true
    order by u.place);
  if apart then return; end if;
  select w.locked, w.woken into reached, woken from wake_runs(sent_run) w;
  update notifications n set pending = true
  from unnest(sent_run, sent_key) i (run, key)
  where n.workflow_id = i.run and n.workflow_id = any (sent_run) and n.message_key = i.key and n.workflow_id <> all (reached);
  left_pending := found;
end $$`);
    // Wakes the runs that wait for one of these runs to end, or for one of these events. `busy`: a row was locked by somebody else; ask again.
    await queryRunner.query(`
create function ${s}.wake_waiters(ended uuid[], event_run uuid[], event_key text[], out woken int, out busy boolean)
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
declare waiters uuid[];
begin
  woken := 0;
  busy := false;
  waiters := array(
    select w.workflow_id from waits w where w.source = any (ended)
    union
    select w.workflow_id from waits w join unnest(event_run, event_key) e (run, key) on e.run = w.source and e.key = w.source_key
    where w.source = any (event_run) and w.kind = 'getEvent');
  if cardinality(waiters) = 0 then return; end if;
  select w.woken, w.busy into woken, busy from wake_runs(waiters) w;
end $$`);
    // Wakes the runs of marked messages, and those that wait for a run whose end is marked. A mark goes only when everybody was reached; what
    // is busy is looked at again by the next sweep. Messages first, as a flush that takes one: neither waits for the other's run row.
    await queryRunner.query(`
create function ${s}.wake_for_pending(most int, out woken int, out left_pending boolean)
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
declare runs uuid[]; keys text[]; reached uuid[]; ended uuid[]; also_woken int; is_busy boolean;
begin
  select coalesce(array_agg(p.workflow_id), '{}'), coalesce(array_agg(p.message_key), '{}') into runs, keys
  from (select n.workflow_id, n.message_key from notifications n where n.pending limit most for no key update skip locked) p;
  select w.locked, w.woken into reached, woken from wake_runs(runs) w;
  update notifications n set pending = false
  from unnest(runs, keys) p (run, key)
  where n.workflow_id = p.run and n.workflow_id = any (runs) and n.message_key = p.key
    and (p.run = any (reached) or (select true from workflow_status r where r.workflow_id = p.run limit 1) is null);
  -- of runs that were deleted while the message was on its way
  delete from notifications n using unnest(runs, keys) p (run, key)
  where n.workflow_id = p.run and n.workflow_id = any (runs) and n.message_key = p.key
    and (select true from workflow_status r where r.workflow_id = p.run limit 1) is null;
  ended := array(select r.workflow_id from workflow_status r where r.end_pending limit most for no key update skip locked);
  select w.woken, w.busy into also_woken, is_busy from wake_waiters(ended, '{}', '{}') w;
  woken := woken + also_woken;
  if not is_busy then
    update workflow_status r set end_pending = false where r.workflow_id = any (ended);
  end if;
  left_pending := exists (select from notifications n where n.pending) or exists (select from workflow_status r where r.end_pending);
end $$`);
    // The same for all runs of one page, by run id: those whose source is there. For the sweep after the death of a process.
    await queryRunner.query(`
create function ${s}.wake_overlooked(after uuid, page int, out last uuid, out woken int, out busy boolean)
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
declare waiters uuid[];
begin
  woken := 0;
  busy := false;
  waiters := array(select distinct p.workflow_id from (
    select w.workflow_id from waits w where w.workflow_id > after order by w.workflow_id limit page) p);
  select max(w::text)::uuid into last from unnest(waiters) w;
  if last is null then return; end if;
  select w.woken, w.busy into woken, busy from wake_runs(array(select s from found_source(waiters) s)) w;
end $$`);
    // Nothing of a retired executor is left to do: its runs are re-queued, and what it may have left unsaid was looked for.
    await queryRunner.query(`
create function ${s}.clear_executor(who uuid) returns void language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
begin
  -- of cancelled runs that it was still busy with
  perform let_go(who, array(select r.workflow_id from workflow_status r where r.claimed_by = who and r.permit and r.completed_at is not null));
  update executors set cleared_at = clock_timestamp() where executor_id = who and cleared_at is null and not alive and not exists (
    select from workflow_status r where r.claimed_by = who and r.status in ('PENDING', 'RUNNING', 'STOPPING'))
    -- one that was cancelled since the look above
    and not exists (select from workflow_status r where r.claimed_by = who and r.permit and r.completed_at is not null);
end $$`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    for (const name of ['clear_executor', 'wake_overlooked', 'wake_waiters', 'wake_for_pending', 'send_messages', 'wake_runs'])
      await queryRunner.query(`drop function ${s}.${name}`);
  }
}
