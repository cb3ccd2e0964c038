// Partitions of a queue as people look at them: who waits in each, and who holds it. Read-only, planned at each call.

/** The waiting runs of one place, as three conditions that the partial indexes of claims have too. */
export const WAITS_OUTSIDE = `r.status = 'ENQUEUED' and not r.permit and r.partition_key is null`;
export const WAITS_WITHIN = `r.status = 'ENQUEUED' and not r.permit and r.partition_key is not null`;

/**
 * The creation of the oldest run that waits at a place, by jumps from group to group of an index whose entries within a group stand in order
 * of creation: one probe each, however many wait. Exact for up to `most` groups.
 *
 * @param place condition on r
 * @param columns of the group
 */
export const oldestByGroup = (s: string, place: string, columns: readonly string[], most: number) => {
  const names = columns.join(', ');
  const own = columns.map((column) => `r.${column}`).join(', ');
  const last = columns.map((column) => `g.${column}`).join(', ');
  return `(
    with recursive grouped (${names}, at, place) as (
      (select ${own}, r.created_at, 1 from ${s}.workflow_status r where ${place} order by ${own}, r.created_at limit 1)
      union all
      select n.*, g.place + 1 from grouped g cross join lateral (
        select ${own}, r.created_at from ${s}.workflow_status r where ${place} and (${own}) > (${last})
        order by ${own}, r.created_at limit 1) n
      where g.place < ${most}
    ) select min(at) from grouped)`;
};

/**
 * A page of the partitions in which runs wait or hold a permit, by key after $2, of which $4 are wanted; with $6 also what has no key. $3: a
 * text that keys contain. Jumps from key to key, two probes each, and not over more than $5 keys: \`walkedTo\` is the last of them, null at the
 * end. Counts no more than $7 of each. What is ordered and limited is so for the planner: it reads the index, and not the table until it has
 * found enough. Indexes workflow_status_ready, _ready_keyed, _permit, queue_partitions_pkey.
 */
export const listPartitions = (s: string) => `/* partition.list */
with recursive walk (key, place, found, hit) as (
  select $2::text, 0, 0, false
  union all
  select n.key, w.place + 1, w.found + n.hit::int, n.hit
  from walk w cross join lateral (
    select k.key, k.key is not null and ($3::text is null or position(lower($3) in lower(k.key)) > 0) hit
    from (select least(
      (select r.partition_key from ${s}.workflow_status r where r.queue = $1 and ${WAITS_WITHIN} and r.partition_key > w.key
       order by r.partition_key limit 1),
      (select r.partition_key from ${s}.workflow_status r where r.queue = $1 and r.permit and r.partition_key > w.key
       order by r.partition_key limit 1)) key offset 0) k) n
  where w.key is not null and w.found < $4 and w.place < $5
), page as materialized (
  select null::text key, 0 place where $6
  union all select w.key, w.place from walk w where w.hit
), detail as (
  select p.key, p.place, w.waiting, h.held, h.holders, t.turn, o.oldest
  from page p
  cross join lateral (
    select count(*)::int waiting from (
      (select from ${s}.workflow_status r where p.key is not null and r.queue = $1 and r.partition_key = p.key and ${WAITS_WITHIN} limit $7)
      union all
      (select from ${s}.workflow_status r where p.key is null and r.queue = $1 and ${WAITS_OUTSIDE}
       order by r.name limit $7)) x) w
  cross join lateral (
    select count(*)::int held, coalesce(jsonb_agg(jsonb_build_object('runId', x.workflow_id, 'workflowName', x.name, 'status', x.status,
      'startedAt', extract(epoch from x.started_at)::float8 * 1000) order by x.place) filter (where x.place <= 10), '[]') holders
    from (
      select h.*, row_number() over (order by h.started_at nulls last, h.workflow_id) place from (
        (select r.workflow_id, r.name, r.status, r.started_at from ${s}.workflow_status r
         where p.key is not null and r.queue = $1 and r.partition_key = p.key and r.permit limit $7)
        union all
        (select r.workflow_id, r.name, r.status, r.started_at from ${s}.workflow_status r
         where p.key is null and r.queue = $1 and r.partition_key is null and r.permit order by r.partition_key limit $7)) h) x) h
  cross join lateral (
    select case when p.key is null
      then (select q.keyless_turn from ${s}.queues q where q.queue = $1
            and (q.concurrency is not null or q.worker_concurrency is not null or q.rate_limit is not null))
      else (select min(l.turn) from ${s}.queue_partitions l where l.queue = $1 and l.partition_key = p.key) end turn) t
  cross join lateral (
    select case when w.waiting = 0 then null when p.key is null
      then ${oldestByGroup(s, `r.queue = $1 and ${WAITS_OUTSIDE}`, ['name', 'priority'], 100)}
      else ${oldestByGroup(s, `r.queue = $1 and r.partition_key = p.key and ${WAITS_WITHIN}`, ['name', 'priority'], 100)} end oldest) o
)
select exists (select from ${s}.queues q where q.queue = $1) known,
  coalesce((select jsonb_agg(jsonb_build_object('partitionKey', d.key, 'waiting', d.waiting, 'holders', d.holders, 'holderCount', d.held,
    'oldestWaitingAt', extract(epoch from d.oldest)::float8 * 1000, 'nextTurn', d.turn) order by d.place)
    from detail d where d.waiting > 0 or d.held > 0), '[]') partitions,
  (select w.key from walk w order by w.place desc limit 1) "walkedTo"`;
