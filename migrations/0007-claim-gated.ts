// Claims of runs that need a permit: see 0006-queues.ts for what decides.
import type { QueryRunner } from 'typeorm';
import { WorkflowsMigration } from './workflows-migration.js';

export class ClaimGated1763700000007 extends WorkflowsMigration {
  readonly version = 7;

  /**
   * Claims runs that need a permit, queue by queue, each under its lock: of queues with a limit, and of partitions. Partitions take
   * turns; within one the lower priority number comes first, then the older run. Runs without a partition have one turn together.
   *
   * Planner: plans are kept from when the tables were empty. So each look is a lateral subquery with a limit, or \`offset 0\`, that is one
   * probe of an index per row whatever the planner believes: an \`exists\` it hashes, a join it turns round (1 s at 50,000 partitions).
   *
   * \`busy\`: a queue was locked by another claim, and passed over unless \`waits\`. \`more\`: there may be more for whoever asks again.
   * \`comes_back_ms\`: until a rate limit lets somebody begin.
   */
  protected async install(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`
create function ${s}.claim_gated(me uuid, names text[], served text[], here_queue text[], here int[], max_runs int, waits boolean,
                                 out claimed uuid[], out busy text[], out more boolean, out comes_back_ms float8)
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  at timestamptz := clock_timestamp(); closed text[];
  candidates text[]; candidate text; nth int := 0;
  q queues; room int; share int; allowed int; entries int; tokens int; taken_at timestamptz;
  keys text[]; frees int[]; bells int; chosen uuid[]; chosen_keys text[]; got uuid[]; got_keys text[]; due uuid[];
  at_end tid[]; blocked tid[]; gone tid[];
begin
  claimed := '{}'; busy := '{}'; more := false;
  if not take_fence(me) then return; end if;
  closed := array(select m.scope from maintenance m where m.until_at > at);
  if '' = any (closed) then return; end if;
  candidates := array(
    select c.queue from queues c
    where (served is null or c.queue = any (served)) and c.queue <> all (closed)
      and (not c.paused and (
             (select true from queue_doorbells d where d.queue = c.queue limit 1)
             or (select true from unnest(names) n (name) cross join lateral (
               select from queue_partitions p where p.queue = c.queue and p.name = n.name and p.turn is not null
               order by p.turn limit 1) p limit 1)
             or (c.concurrency is not null or c.worker_concurrency is not null or c.rate_limit is not null) and (
               select true from unnest(names) n (name) cross join lateral (
                 select from workflow_status r where r.queue = c.queue and r.name = n.name
                   and r.status = 'ENQUEUED' and not r.permit and r.partition_key is null limit 1) r limit 1))
           or c.worker_concurrency is not null and (
             select true from unnest(names) n (name) cross join lateral (
               select from workflow_status r where r.queue = c.queue and r.name = n.name
                 and r.permit and (r.status = 'WAITING' or r.status = 'ENQUEUED' and r.recovery_attempts < 2) and r.wake_at <= at limit 1) r limit 1))
    order by case when waits then c.queue end, random());
  foreach candidate in array candidates loop
    exit when max_runs - cardinality(claimed) <= 0;
    nth := nth + 1;
    if waits then
      select * into q from queues c where c.queue = candidate for no key update;
    else
      select * into q from queues c where c.queue = candidate for no key update skip locked;
    end if;
    if q.queue is null then
      busy := busy || candidate;
      continue;
    end if;
    -- entered since the look above: whoever enters takes the queue's row
    continue when (select true from maintenance m where m.scope in ('', candidate) and m.until_at > clock_timestamp() limit 1);
    share := ceil((max_runs - cardinality(claimed))::float8 / (cardinality(candidates) - nth + 1));
    room := share;
    if q.worker_concurrency is not null then
      room := least(room, q.worker_concurrency - coalesce((select u.here from unnest(here_queue, here) u (queue, here) where u.queue = candidate), 0));
      -- those that have begun come first
      if room > 0 then
        due := array(
          select r.workflow_id from workflow_status r where r.workflow_id = any (array(
            select d.workflow_id from unnest(names) n (name) cross join lateral (
              select r.workflow_id, r.wake_at from workflow_status r where r.queue = candidate and r.name = n.name
                and r.permit and (r.status = 'WAITING' or r.status = 'ENQUEUED' and r.recovery_attempts < 2) and r.wake_at <= at
              order by r.wake_at limit room) d
            order by d.wake_at limit room))
            and r.permit and (r.status = 'WAITING' or r.status = 'ENQUEUED' and r.recovery_attempts < 2) and r.wake_at <= at
          for update skip locked);
        update workflow_status r set status = 'PENDING', claimed_by = me, claim_token = gen_random_uuid(), claimed_at = clock_timestamp(),
          wake_at = null where r.workflow_id = any (due);
        claimed := claimed || due;
        room := room - cardinality(due);
        more := more or (room = 0 and cardinality(due) = share);
      end if;
    end if;
    continue when q.paused or room <= 0;
    allowed := room;
    if q.concurrency is not null then
      allowed := least(allowed, q.concurrency - (
        select count(*) from (select from workflow_status r where r.queue = candidate and r.permit limit q.concurrency) held)::int);
    end if;
    if q.rate_limit is not null then
      select coalesce(array_agg(e.at order by e.at), '{}'), coalesce(array_agg(e.taken order by e.at), '{}')
      into q.rate_taken_at, q.rate_taken
      from unnest(q.rate_taken_at, q.rate_taken) e (at, taken) where e.at > clock_timestamp() - q.rate_period_ms * interval '1 ms';
      tokens := q.rate_limit - coalesce((select sum(e) from unnest(q.rate_taken) e), 0);
      if tokens <= 0 then
        comes_back_ms := least(comes_back_ms,
          extract(epoch from q.rate_taken_at[1] + q.rate_period_ms * interval '1 ms' - clock_timestamp()) * 1000);
      end if;
      allowed := least(allowed, tokens);
    end if;
    continue when allowed <= 0;

    -- the bells: who has come into line, and where a permit came back
    with read as (
      delete from queue_doorbells d where d.queue = candidate and d.doorbell_id = any (array(
        select b.doorbell_id from queue_doorbells b where b.queue = candidate order by b.doorbell_id limit 2000))
      returning d.partition_key, d.name
    ), came as (
      insert into queue_partitions (queue, partition_key, name, turn)
      select distinct candidate, r.partition_key, r.name, q.next_turn from read r where r.name is not null
      on conflict do nothing
    ), freed as (
      update queue_partitions p set turn = q.next_turn
      where p.queue = candidate and p.turn is null and p.partition_key = any (array(select r.partition_key from read r where r.name is null))
    )
    select count(*) into bells from read;
    -- the next partitions in line, each with the permits it has left
    select coalesce(array_agg(l.partition_key), '{}'),
           coalesce(array_agg(q.partition_concurrency - (
             select count(*) from (select from workflow_status r where r.queue = candidate and r.partition_key = l.partition_key and r.permit
                                   limit q.partition_concurrency) held)::int), '{}')
    into keys, frees
    from (
      select distinct first.partition_key from (
        select p.partition_key, p.turn from unnest(names) n (name) cross join lateral (
          select p.partition_key, p.turn from queue_partitions p where p.queue = candidate and p.name = n.name and p.turn is not null
          order by p.turn limit allowed) p
        order by p.turn limit allowed) first) l;
    -- their heads, first one of each, then the second ones
    with part as materialized (
      select k.partition_key, least(k.free, 1 + allowed / greatest(cardinality(keys), 1)) free, (
        select min(p.turn) from (
          select p.turn from queue_partitions p where p.queue = candidate and p.partition_key = k.partition_key and p.name = any (names)
          offset 0) p) turn
      from unnest(keys, frees) k (partition_key, free) where k.free > 0
    ), head as (
      select h.* from part p cross join lateral (
        select r.workflow_id, p.partition_key, p.turn, row_number() over (order by r.priority, r.created_at, r.workflow_id) place
        from queue_partitions l cross join lateral (
          select r.workflow_id, r.priority, r.created_at from workflow_status r
          where r.queue = candidate and r.partition_key = p.partition_key and r.name = l.name
            and r.status = 'ENQUEUED' and not r.permit and r.partition_key is not null
          order by r.priority, r.created_at limit p.free) r
        where l.queue = candidate and l.partition_key = p.partition_key and l.name = any (names)
        order by place limit p.free) h
    ), keyless as (
      select k.workflow_id, null::text partition_key, q.keyless_turn turn, row_number() over (order by k.priority, k.created_at, k.workflow_id) place
      from (
        select r.* from unnest(names) n (name) cross join lateral (
          select r.workflow_id, r.priority, r.created_at from workflow_status r
          where r.queue = candidate and r.name = n.name and r.status = 'ENQUEUED' and not r.permit and r.partition_key is null
          order by r.priority, r.created_at limit allowed) r
        -- a queue without limits gives these to whoever asks, without its lock
        where q.concurrency is not null or q.worker_concurrency is not null or q.rate_limit is not null
        order by r.priority, r.created_at limit allowed) k
    )
    select coalesce(array_agg(c.workflow_id), '{}'), coalesce(array_agg(c.partition_key), '{}') into chosen, chosen_keys
    from (select h.workflow_id, h.partition_key, h.turn, h.place from head h
          union all select k.workflow_id, k.partition_key, k.turn, k.place from keyless k
          order by place, turn limit allowed) c;
    with mine as materialized (
      select r.workflow_id from workflow_status r
      where r.workflow_id = any (chosen) and r.status = 'ENQUEUED' and not r.permit for update skip locked
    ), taken as (
      update workflow_status r set status = 'PENDING', permit = true, claimed_by = me, claim_token = gen_random_uuid(),
        claimed_at = clock_timestamp(), wake_at = null
      where r.workflow_id = any (array(select m.workflow_id from mine m))
      returning r.workflow_id, r.partition_key
    )
    select coalesce(array_agg(t.workflow_id), '{}'), coalesce(array_agg(t.partition_key), '{}') into got, got_keys from taken t;
    claimed := claimed || got;

    -- and their places: to the end of the line, or out of it when no permit is left, or gone when nothing waits. By the address of the
    -- rows: nobody else writes them, and a join with hundreds of them would be planned for one.
    if cardinality(keys) > 0 then
      with look as materialized (
        -- a head that somebody had locked counts as served: the partitions behind it must not wait for that
        select k.partition_key, k.free - coalesce(g.taken, 0) free, c.key is not null served
        from unnest(keys, frees) k (partition_key, free)
        left join (select g.key, count(*) taken from unnest(got_keys) g (key) group by g.key) g on g.key = k.partition_key
        left join (select distinct c.key from unnest(chosen_keys) c (key)) c on c.key = k.partition_key
      ), lane as materialized (
        select n.place, n.name = any (names) mine, l.free, l.served, coalesce((
          select true from workflow_status r where r.queue = candidate and r.partition_key = l.partition_key and r.name = n.name
            and r.status = 'ENQUEUED' and not r.permit and r.partition_key is not null limit 1), false) waits
        from look l cross join lateral (
          select p.ctid place, p.name from queue_partitions p where p.queue = candidate and p.partition_key = l.partition_key
          offset 0) n
      )
      select coalesce(array_agg(l.place) filter (where l.waits and l.free > 0 and l.served and l.mine), '{}'),
             coalesce(array_agg(l.place) filter (where l.waits and l.free <= 0), '{}'),
             coalesce(array_agg(l.place) filter (where not l.waits), '{}')
      into at_end, blocked, gone from lane l;
      update queue_partitions p set turn = q.next_turn + 1 where p.ctid = any (at_end);
      update queue_partitions p set turn = null where p.ctid = any (blocked);
      delete from queue_partitions p where p.ctid = any (gone);
    end if;
    entries := cardinality(q.rate_taken_at);
    if q.rate_limit is not null and cardinality(got) > 0 then
      -- A token comes back one period after it was taken: no window of that length ever sees more than the limit. Times are rounded up to a
      -- fiftieth of the period, so there are never many.
      taken_at := to_timestamp(ceil(extract(epoch from clock_timestamp()) * 1000 / (q.rate_period_ms / 50)) * (q.rate_period_ms / 50) / 1000);
      if entries > 0 and q.rate_taken_at[entries] = taken_at then
        q.rate_taken[entries] := q.rate_taken[entries] + cardinality(got);
      else
        q.rate_taken_at := q.rate_taken_at || taken_at;
        q.rate_taken := q.rate_taken || cardinality(got);
      end if;
      if tokens <= cardinality(got) then
        comes_back_ms := least(comes_back_ms,
          extract(epoch from q.rate_taken_at[1] + q.rate_period_ms * interval '1 ms' - clock_timestamp()) * 1000);
      end if;
    end if;
    update queues c set next_turn = q.next_turn + 2, rate_taken_at = q.rate_taken_at, rate_taken = q.rate_taken,
      keyless_turn = case when exists (select from unnest(got_keys) g where g is null) then q.next_turn + 1 else q.keyless_turn end
    where c.queue = candidate;
    more := more or bells = 2000 or cardinality(got) = share
      or cardinality(keys) = allowed and cardinality(got) < allowed and cardinality(got_keys || blocked::text[] || gone::text[]) > 0;
  end loop;
end $$`);
    // The same, with the runs: a row for each, and one without a run for the rest of the answer.
    await queryRunner.query(`
create function ${s}.claim_gated_runs(me uuid, names text[], served text[], here_queue text[], here int[], max_runs int, waits boolean)
returns table (run ${s}.workflow_status, busy text[], more boolean, comes_back_ms float8)
language plpgsql set search_path = ${s}, pg_temp set jit = off set enable_seqscan = off as $$
declare g record;
begin
  select * into g from claim_gated(me, names, served, here_queue, here, max_runs, waits);
  return query select r, null::text[], null::boolean, null::float8 from workflow_status r where r.workflow_id = any (g.claimed);
  return query select null::workflow_status, g.busy, g.more, g.comes_back_ms;
end $$`);
  }

  protected async uninstall(queryRunner: QueryRunner, s: string): Promise<void> {
    await queryRunner.query(`drop function ${s}.claim_gated_runs`);
    await queryRunner.query(`drop function ${s}.claim_gated`);
  }
}
