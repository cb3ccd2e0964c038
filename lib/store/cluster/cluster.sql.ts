// The cluster as people look at it: its processes, and what waits for one of them. Read-only, planned at each call.

/**
 * Living ones, and those retired within the last hour; $1: of whose runs so many are counted at most. Index workflow_status_owned; rows of
 * executors are forgotten after a day.
 */
export const listExecutors = (s: string) => `/* cluster.listExecutors */
select e.executor_id "executorId", e.hostname, e.pid, e.role, e.workflows, e.generation::int generation, e.version,
  e.started_at "startedAt", l.lease_expires_at "leaseExpiresAt",
  coalesce(e.alive and l.lease_expires_at > clock_timestamp(), false) alive, e.graceful, e.retired_at "retiredAt",
  (select count(*)::int from (select from ${s}.workflow_status r
     where r.claimed_by = e.executor_id and r.status in ('PENDING','RUNNING','STOPPING') limit $1) o) "runsOwned",
  coalesce(l.in_memory_depth, 0) "inMemoryDepth"
from (select x.* from ${s}.executors x where x.alive or x.retired_at > clock_timestamp() - interval '1 hour'
      order by x.alive desc, coalesce(x.retired_at, x.started_at) desc, x.executor_id limit $2) e
left join ${s}.executor_leases l on l.executor_id = e.executor_id
order by 10 desc, e.started_at desc, e.executor_id`;

/** What the database knows of one executor, which may be nobody, and of itself. Primary keys. */
export const findExecutor = (s: string) => `/* cluster.findExecutor */
select current_setting('server_version') postgres, e.generation::int generation, e.started_at "startedAt", l.lease_expires_at "leaseExpiresAt"
from (select) one
left join ${s}.executors e on e.executor_id = $1::uuid
left join ${s}.executor_leases l on l.executor_id = $1::uuid`;

/**
 * For how many ms the oldest run has been claimable that no limit holds back; null: there is none. Jumps from group to group of its indexes,
 * each jump one probe: workflow_status_due by queue and name, _ready by queue, name and priority, and the head of _later. At most $1 groups
 * each.
 */
export const findLag = (s: string) => `/* cluster.findLag */
with recursive open_queues as materialized (
  select q.queue, not q.paused and q.concurrency is null and q.worker_concurrency is null and q.rate_limit is null is_free
  from ${s}.queues q where (select true from ${s}.maintenance m where m.scope in ('', q.queue) and m.until_at > clock_timestamp() limit 1) is null
), due (queue, name, at, place) as (
  (select r.queue, r.name, r.wake_at, 1 from ${s}.workflow_status r
   where r.permit and (r.status = 'WAITING' or r.status = 'ENQUEUED' and r.recovery_attempts < 2) order by r.queue, r.name, r.wake_at limit 1)
  union all
  select n.queue, n.name, n.wake_at, d.place + 1 from due d cross join lateral (
    select r.queue, r.name, r.wake_at from ${s}.workflow_status r
    where r.permit and (r.status = 'WAITING' or r.status = 'ENQUEUED' and r.recovery_attempts < 2) and (r.queue, r.name) > (d.queue, d.name)
    order by r.queue, r.name, r.wake_at limit 1) n
  where d.place < $1
), ready (queue, name, priority, at, place) as (
  select q.queue, f.name, f.priority, f.created_at, 1 from open_queues q cross join lateral (
    select r.name, r.priority, r.created_at from ${s}.workflow_status r
    where r.queue = q.queue and r.status = 'ENQUEUED' and not r.permit and r.partition_key is null
    order by r.name, r.priority, r.created_at limit 1) f
  where q.is_free
  union all
  select g.queue, n.name, n.priority, n.created_at, g.place + 1 from ready g cross join lateral (
    select r.name, r.priority, r.created_at from ${s}.workflow_status r
    where r.queue = g.queue and r.status = 'ENQUEUED' and not r.permit and r.partition_key is null and (r.name, r.priority) > (g.name, g.priority)
    order by r.name, r.priority, r.created_at limit 1) n
  where g.place < $1
), oldest as (
  select least(
    (select min(d.at) from due d join open_queues q on q.queue = d.queue),
    (select min(g.at) from ready g),
    (select r.wake_at from ${s}.workflow_status r where not r.permit and r.status in ('DELAYED','WAITING') order by r.wake_at limit 1)) at
)
select extract(epoch from clock_timestamp() - o.at)::float8 * 1000 "lagMs" from oldest o where o.at <= clock_timestamp()`;
