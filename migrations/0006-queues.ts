// Queues: their settings, the places of partitions in line, and the doorbells by which a partition says that there may be something to do.
//
// What decides about a limit is always the truth: the runs that hold a permit, counted while the row of their queue is locked. A permit is a
// column of the run, set by its first claim and given back by whatever ends it, so there is no count that could drift.
//
// Which partitions can be served is told by queue_partitions, a row for each name of which runs may wait in a partition: with a turn, its
// place in line; without, because no permit of the partition was left. Only the claim of a queue writes it, under the queue's lock. Whoever
// enqueues a run of a partition, or gives a permit back, rings instead: a row appended to queue_doorbells, so that a start never waits for a
// claim, nor a flush for anybody. It commits with what it tells of, and a claim reads the runs in a later snapshot than the bells: a row
// that is taken out of line because nothing waits, or no permit is left, is put back by a bell that was not read yet. So the cost of a claim
// follows what it finds, not how many partitions are blocked, nor how many runs wait behind their heads.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class Queues1763700000006 extends WorkflowsMigration {
  readonly version = 6;

  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`
create table ${s}.queues (
  queue                 text primary key,
  concurrency           integer check (concurrency > 0),
  worker_concurrency    integer check (worker_concurrency > 0),
  rate_limit            integer check (rate_limit > 0),
  rate_period_ms        double precision check (rate_period_ms > 0),
  partition_concurrency integer not null default 1 check (partition_concurrency > 0),
  release_while_waiting boolean not null default false,
  hold_releases_permits boolean not null default false,
  paused                boolean not null default false,
  declared              jsonb,
  next_turn             bigint not null default 1,
  keyless_turn          bigint not null default 0,
  rate_taken_at         timestamptz[] not null default '{}',
  rate_taken            integer[] not null default '{}',
  created_at            timestamptz not null default clock_timestamp(),
  updated_at            timestamptz not null default clock_timestamp(),
  check ((rate_limit is null) = (rate_period_ms is null))
) with (fillfactor = 50)`);
    await queryRunner.query(`insert into ${s}.queues (queue) values ('default')`);
    await queryRunner.query(`
create table ${s}.queue_partitions (
  queue         text not null,
  partition_key text not null,
  name          text not null,
  turn          bigint,
  primary key (queue, partition_key, name)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)`);
    await queryRunner.query(
      `create index queue_partitions_turn on ${s}.queue_partitions (queue, name, turn) where turn is not null`,
    );
    // Without a name: a permit came back.
    await queryRunner.query(`
create table ${s}.queue_doorbells (
  queue         text not null,
  doorbell_id   bigint generated always as identity,
  partition_key text not null,
  name          text,
  primary key (queue, doorbell_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)`);
    await queryRunner.query(`
create table ${s}.deduplication_keys (
  scope       text not null,
  key         text not null,
  workflow_id uuid not null,
  primary key (scope, key)
) with (fillfactor = 80)`);
    // Runs that were accepted in memory and that the database refused. As json, not jsonb: it takes any text, also what made it refuse them.
    await queryRunner.query(`
create table ${s}.dead_letters (
  workflow_id    uuid primary key,
  name           text not null,
  queue          text not null,
  run            json not null,
  reason         text not null,
  attempts       integer not null,
  dead_at        timestamptz not null default clock_timestamp()
)`);
    await queryRunner.query(`create index dead_letters_age on ${s}.dead_letters (dead_at, workflow_id)`);
    // What every process has to know before it lets a run begin past a queue; counted up by each change of it. And which generation of
    // executors may run anything (0009-maintenance.ts).
    await queryRunner.query(`
create table ${s}.control (
  singleton  boolean primary key default true check (singleton),
  epoch      bigint not null,
  generation bigint not null default 1,
  swapped_at timestamptz
)`);
    await queryRunner.query(`insert into ${s}.control (epoch) values (1)`);
    await queryRunner.query(`
create function ${s}.control_key() returns bigint language sql immutable parallel safe
return hashtextextended('${s}.control', 7)`);
    // The epoch, which no one changes until the end of this transaction. Lock order: after the fence, before any row.
    await queryRunner.query(`
create function ${s}.take_control() returns bigint language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(${s}.control_key());
  return (select c.epoch from ${s}.control c);
end $$`);
    // Begins a change of control: nobody starts or claims past a queue that does not know it.
    await queryRunner.query(`
create function ${s}.change_control() returns void language plpgsql set lock_timeout = '5s' as $$
begin
  perform pg_advisory_xact_lock(${s}.control_key());
  update ${s}.control set epoch = epoch + 1;
end $$`);
    // Runs whose time has come enter their queues: delayed ones, and those that wait without their permit. Locks: runs, skip locked.
    await queryRunner.query(`
create function ${s}.enqueue_due(most int) returns int language plpgsql set search_path = ${s}, pg_temp set jit = off
  set enable_seqscan = off set enable_bitmapscan = off as $$
declare due uuid[]; at timestamptz := clock_timestamp();
begin
  due := array(select r.workflow_id from workflow_status r
    where not r.permit and r.status in ('DELAYED','WAITING') and r.wake_at <= at order by r.wake_at limit most for update skip locked);
  if cardinality(due) = 0 then return 0; end if;
  with entered as (
    update workflow_status r set status = 'ENQUEUED', wake_at = null where r.workflow_id = any (due)
    returning r.queue, r.partition_key, r.name
  )
  insert into queue_doorbells (queue, partition_key, name)
  select distinct e.queue, e.partition_key, e.name from entered e where e.partition_key is not null;
  return cardinality(due);
end $$`);
    // Gives back the permits of runs that are over, and of which nothing runs any more at the executor that had them last.
    await queryRunner.query(`
create function ${s}.let_go(who uuid, runs uuid[]) returns void language plpgsql set search_path = ${s}, pg_temp set jit = off
  set enable_seqscan = off as $$
begin
  with gone as (
    update workflow_status r set permit = false where r.workflow_id = any (runs) and r.claimed_by = who and r.permit and r.completed_at is not null
    returning r.queue, r.partition_key
  )
  insert into queue_doorbells (queue, partition_key)
  select distinct g.queue, g.partition_key from gone g where g.partition_key is not null;
end $$`);
    await this.installChanges(queryRunner, s);
    await this.installDebounce(queryRunner, s);
  }

  private async installDebounce(queryRunner: QueryRunner, s: string): Promise<void> {
    // Gives the run of that key that is delayed still these arguments, and more time; or else starts this one. The lock of the key makes
    // callers take turns; it is given up quickly (55P03), as in start_with_ids. Returns whose run it is.
    await queryRunner.query(`
create function ${s}.debounce_run(run uuid, name text, queue text, priority int, attributes text, input text, timeout_ms float8,
                                  max_recovery int, partition_key text, debounce_key text, period float8, max_wait float8) returns uuid
language plpgsql set search_path = ${s}, pg_temp set jit = off set lock_timeout = '250ms' as $$
#variable_conflict use_column
declare
  at timestamptz := clock_timestamp(); holder uuid; its_scope text := 'debounce:' || debounce_run.name;
  until timestamptz := case when max_wait is not null then at + max_wait * interval '1 ms' end;
begin
  insert into deduplication_keys (scope, key, workflow_id) values (its_scope, debounce_key, run) on conflict do nothing;
  if not found then
    select k.workflow_id into holder from deduplication_keys k where k.scope = its_scope and k.key = debounce_key for update;
    -- this call's first copy, whose answer was lost
    if holder = run then return run; end if;
    update workflow_status r set input = debounce_run.input, wake_at = least(at + period * interval '1 ms', r.debounce_until)
    where r.workflow_id = holder and r.status = 'DELAYED';
    if found then return holder; end if;
    update deduplication_keys k set workflow_id = run where k.scope = its_scope and k.key = debounce_key;
  end if;
  insert into workflow_status (workflow_id, name, queue, status, priority, attributes, input, timeout_ms, max_recovery_attempts,
                               partition_key, wake_at, debounce_until)
  values (run, debounce_run.name, debounce_run.queue, 'DELAYED', debounce_run.priority, debounce_run.attributes::jsonb, debounce_run.input,
          debounce_run.timeout_ms, max_recovery, debounce_run.partition_key, least(at + period * interval '1 ms', until), until);
  return run;
end $$`);
  }

  /** Lock order: control, then the queue's row, for which its claims are waited for. */
  private async installChanges(queryRunner: QueryRunner, s: string): Promise<void> {
    // Puts settings, by column, over those of a queue. Partitions that were out of line get into it, should they have room now.
    await queryRunner.query(`
create function ${s}.set_queue(which text, settings jsonb, pause boolean) returns void
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare q queues; changed queues;
begin
  select * into q from queues c where c.queue = which for update;
  changed := jsonb_populate_record(q, settings);
  update queues c set concurrency = changed.concurrency, worker_concurrency = changed.worker_concurrency, rate_limit = changed.rate_limit,
    rate_period_ms = changed.rate_period_ms, partition_concurrency = changed.partition_concurrency,
    release_while_waiting = changed.release_while_waiting, hold_releases_permits = changed.hold_releases_permits,
    paused = coalesce(pause, c.paused), updated_at = clock_timestamp()
  where c.queue = which;
  if changed.partition_concurrency > q.partition_concurrency then
    update queue_partitions p set turn = q.next_turn where p.queue = which and p.turn is null;
  end if;
end $$`);
    // See QueueStore.declare.
    await queryRunner.query(`
create function ${s}.declare_queues(declarations jsonb) returns boolean
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare d record; has_changed boolean := false;
begin
  for d in select x ->> 'queue' queue, x -> 'settings' settings from jsonb_array_elements(declarations) x order by 1 loop
    continue when exists (select from queues q where q.queue = d.queue and q.declared = d.settings);
    if not has_changed then perform change_control(); has_changed := true; end if;
    insert into queues (queue) values (d.queue) on conflict do nothing;
    -- somebody else has declared it meanwhile
    continue when exists (select from queues q where q.queue = d.queue and q.declared = d.settings);
    perform set_queue(d.queue, d.settings, null);
    update queues q set declared = d.settings where q.queue = d.queue;
  end loop;
  return has_changed;
end $$`);
    // What the audit log shows of a queue.
    await queryRunner.query(`
create function ${s}.queue_settings(q jsonb) returns jsonb language sql immutable parallel safe as $$
select jsonb_object_agg(k, q -> k)
from unnest(array['queue', 'concurrency', 'worker_concurrency', 'rate_limit', 'rate_period_ms', 'partition_concurrency',
                  'release_while_waiting', 'hold_releases_permits', 'paused']) k
$$`);
    await queryRunner.query(`
create function ${s}.create_queue(which text, settings jsonb, who text, why text, request text default null) returns boolean
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
begin
  perform change_control();
  insert into queues (queue) values (which) on conflict do nothing;
  if not found then return false; end if;
  perform set_queue(which, settings, null);
  insert into audit_log (actor, action, reason, request_id, after)
  select who, 'QUEUE_CREATE', why, request, queue_settings(to_jsonb(q)) from queues q where q.queue = which;
  return true;
end $$`);
    await queryRunner.query(`
create function ${s}.change_queue(which text, settings jsonb, pause boolean, who text, why text, request text default null) returns boolean
language plpgsql set search_path = ${s}, pg_temp set jit = off as $$
declare before jsonb; after jsonb;
begin
  perform change_control();
  select to_jsonb(q) into before from queues q where q.queue = which for update;
  if before is null then return false; end if;
  perform set_queue(which, settings, pause);
  select to_jsonb(q) into after from queues q where q.queue = which;
  insert into audit_log (actor, action, reason, request_id, before, after)
  select who, case pause when true then 'QUEUE_PAUSE' when false then 'QUEUE_RESUME' else 'QUEUE_UPDATE' end, why, request,
         queue_settings(before), queue_settings(after);
  return true;
end $$`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    for (const name of [
      'debounce_run',
      'change_queue',
      'create_queue',
      'queue_settings',
      'declare_queues',
      'set_queue',
      'let_go',
      'enqueue_due',
      'change_control',
      'take_control',
      'control_key',
    ])
      await queryRunner.query(`drop function ${s}.${name}`);
    await queryRunner.query(
      `drop table ${s}.control, ${s}.dead_letters, ${s}.deduplication_keys, ${s}.queue_doorbells, ${s}.queue_partitions, ${s}.queues`,
    );
  }
}
