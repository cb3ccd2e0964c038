// Queues: declared by code, changed by operators, read by every process that starts or claims.
import { oldestByGroup, WAITS_OUTSIDE, WAITS_WITHIN } from './partition.sql.js';

const SETTINGS = `q.queue name, q.concurrency, q.worker_concurrency "workerConcurrency", q.rate_limit "rateLimit", q.rate_period_ms "ratePeriodMs",
  q.partition_concurrency "partitionConcurrency", q.release_while_waiting "releaseWhileWaiting", q.hold_releases_permits "holdReleasesPermits", q.paused "isPaused"`;

/**
 * All of them, with the epoch that they belong to, until when each is in maintenance, and whether one of those ends has passed. One
 * snapshot. `until` is a number: ms since the epoch, also Infinity.
 */
export const listQueues = (s: string) => `/* queue.list */
select ${SETTINGS}, c.epoch, extract(epoch from m.until_at)::float8 * 1000 "maintainedUntil",
  exists (select from ${s}.maintenance e where e.until_at <= clock_timestamp()) "hasExpired"
from ${s}.control c left join ${s}.queues q on true
left join lateral (select max(m.until_at) until_at from ${s}.maintenance m where m.scope in ('', q.queue)) m on true
order by q.queue`;

/**
 * What code says of its queues, at boot. A new one is made; one whose declaration has changed since it was declared last takes the new
 * settings; otherwise what was changed at run time stays. Locks: control, exclusively, when something changes; see 0006-queues.ts.
 */
export const declareQueues = (s: string) => `/* queue.declare */
select ${s}.declare_queues($1::jsonb) changed`;

/** Null: there is none. */
export const changeQueue = (s: string) => `/* queue.change */
select ${s}.change_queue($1, $2::jsonb, $3, $4, $5, $6) changed`;

/** False: there is one already. */
export const createQueue = (s: string) => `/* queue.create */
select ${s}.create_queue($1, $2::jsonb, $3, $4, $5) created`;

/**
 * For people: how many wait and how many have permits, up to $1 each, since when the oldest of those that wait is there, and the maintenance
 * that they meet. The oldest is exact while fewer than $1 wait, or in no more places (partition, name, priority) than are looked at.
 * Read-only; indexes workflow_status_ready, _ready_keyed, _permit, which the orders are for: a limit alone may read the table.
 */
export const countQueues = (s: string) => `/* queue.count */
select q.queue name, w.waiting, case when w.waiting > 0 then least(w.oldest, outside.oldest, within.oldest) end "oldestWaitingAt",
  (select count(*)::int from (select from ${s}.workflow_status r where r.queue = q.queue and r.permit
     order by r.partition_key limit $1) h) permits,
  (select ${s}.maintenance_info(m) from ${s}.maintenance m where m.scope in ('', q.queue) and m.until_at > clock_timestamp()
   order by m.scope limit 1) maintenance
from ${s}.queues q
cross join lateral (
  select count(*)::int waiting, min(x.created_at) oldest from (
    (select r.created_at from ${s}.workflow_status r where r.queue = q.queue and ${WAITS_OUTSIDE} order by r.name limit $1)
    union all
    (select r.created_at from ${s}.workflow_status r where r.queue = q.queue and ${WAITS_WITHIN}
     order by r.partition_key limit $1)) x) w
cross join lateral (
  select case when w.waiting >= $1
    then ${oldestByGroup(s, `r.queue = q.queue and ${WAITS_OUTSIDE}`, ['name', 'priority'], 500)} end oldest) outside
cross join lateral (
  select case when w.waiting >= $1
    then ${oldestByGroup(s, `r.queue = q.queue and ${WAITS_WITHIN}`, ['partition_key', 'name', 'priority'], 2_000)} end oldest) within
order by q.queue`;

/**
 * Queues and partitions in which nothing can go on: no permit is left, and all that hold one wait for a child that waits for one of the same,
 * and for nothing else that may let them go on.
 * Read-only; looks at the holders of permits of queues with a limit, and of partitions that are out of line.
 */
export const findDeadlocks = (s: string) => `/* queue.findDeadlocks */
with full_places as (
  select q.queue, null::text partition_key, q.concurrency most from ${s}.queues q where q.concurrency is not null
    and exists (select from ${s}.workflow_status r where r.queue = q.queue and r.permit and r.status = 'WAITING')
  union all
  select p.queue, p.partition_key, q.partition_concurrency from (
    select distinct p.queue, p.partition_key from ${s}.queue_partitions p where p.turn is null limit $1) p join ${s}.queues q on q.queue = p.queue
), holders as (
  select f.queue, f.partition_key, f.most, count(*) held, count(*) filter (where b.child is not null) stuck,
         min(h.workflow_id::text) holder, min(b.child::text) child
  from full_places f
  -- apart, because a condition on either of them is none of the index, and a look at each of 1,000 partitions would read them all
  cross join lateral (
    (select r.workflow_id, r.status from ${s}.workflow_status r where f.partition_key is null and r.queue = f.queue and r.permit
     limit f.most + 1)
    union all
    (select r.workflow_id, r.status from ${s}.workflow_status r where r.queue = f.queue and r.permit and r.partition_key = f.partition_key
     limit f.most + 1)) h
  left join lateral (
    select c.workflow_id child from ${s}.waits w join ${s}.workflow_status c on c.workflow_id = w.source
    where w.workflow_id = h.workflow_id and h.status = 'WAITING' and not exists (
      select from ${s}.waits o left join ${s}.workflow_status oc on oc.workflow_id = o.source
      where o.workflow_id = h.workflow_id and not exists (
          select from ${s}.operation_outputs done where done.workflow_id = o.workflow_id and done.ordinal = o.ordinal)
        and (oc.status = 'ENQUEUED' and not oc.permit and oc.queue = f.queue
             and (f.partition_key is null or oc.partition_key = f.partition_key)) is not true)
      and c.status = 'ENQUEUED' and not c.permit and c.queue = f.queue
      and (f.partition_key is null or c.partition_key = f.partition_key) limit 1) b on true
  group by f.queue, f.partition_key, f.most
)
select queue, partition_key "partitionKey", holder, child from holders where held >= most and stuck = held`;
