// How many runs there are, by queue and status, for pages that show queues.
import { TERMINAL_STATUSES } from '../../model/run-transitions.js';
import { BACK_IN_QUEUE, LISTED, OWNED, pairsOf } from './run-search.sql.js';

/** Runs that wait for a time, without a permit, are in no index by queue: so many times what a cell counts are looked at. */
const LATER = 5;

/**
 * Of the given queues ($1; null: all) and workflows ($2; null: all), each status of each queue counted up to $3. What waits is counted by the
 * indexes of claims, queue by queue; what executors have in memory is counted whole. Indexes workflow_status_ready, _ready_keyed, _due,
 * _suspect, _held, _later, _owned.
 */
export const countByStatus = (s: string) => {
  const named = '($2::text[] is null or r.name = any ($2))';
  // In the order of the index that is meant, so that no other one is taken.
  const ofQueue = (which: string, order: string) => `
    (select r.status, r.created_at from ${s}.workflow_status r where r.queue = q.queue and ${which} and ${named}
     order by ${order} limit $3::int + 1)`;
  return `/* run.countByStatus */
with wanted as materialized (
  select q.queue from ${s}.queues q where $1::text[] is null or q.queue = any ($1)
), later as materialized (
  select r.queue, r.name, r.status, r.created_at from ${s}.workflow_status r
  where not r.permit and r.status in ('DELAYED','WAITING') order by r.wake_at limit $3::int * ${LATER} + 1
), runs as (
  select q.queue, r.status, r.created_at from wanted q cross join lateral (${[
    [`r.status = 'ENQUEUED' and not r.permit and r.partition_key is null`, 'r.name, r.priority, r.created_at'],
    [
      `r.status = 'ENQUEUED' and not r.permit and r.partition_key is not null`,
      'r.partition_key, r.name, r.priority, r.created_at',
    ],
    [BACK_IN_QUEUE, 'r.name, r.wake_at'],
    [`r.status = 'ENQUEUED' and r.permit and r.recovery_attempts >= 2`, 'r.name, r.created_at'],
    [`r.status = 'WAITING' and r.permit`, 'r.name, r.wake_at'],
    [`r.status = 'HELD'`, 'r.queue'],
  ]
    .map(([which = '', order = '']) => ofQueue(which, order))
    .join(' union all ')}) r
  union all
  select r.queue, r.status, r.created_at from later r where r.queue in (select w.queue from wanted w) and ${named}
  union all
  select r.queue, r.status, r.created_at from ${s}.workflow_status r
  where ${OWNED} and r.queue in (select w.queue from wanted w) and ${named}
), looked as (
  select count(*) > $3::int * ${LATER} is_full from later
)
select r.queue, r.status, least(count(*), $3)::int count,
  count(*) > $3 or r.status in ('DELAYED','WAITING') and (select l.is_full from looked l) capped, min(r.created_at) "oldestAt"
from runs r group by r.queue, r.status order by r.queue, r.status`;
};

/** Of one workflow that has this many or fewer kinds of ended runs, at least so many of the newest of each are counted. */
const LEAST_OF_A_KIND = 20;

/**
 * The same of runs that are over: of each status and workflow the newest are counted, as many as share \`2 * $3\` lookups. Index
 * workflow_status_listed, by jumps from name to name; the rows themselves only for their queue.
 */
export const countEnded = (s: string) => {
  const ended = `array[${TERMINAL_STATUSES.map((status) => `'${status}'`).join(',')}]`;
  return `/* run.countEnded */
with recursive ${pairsOf(s, ended)}, kinds as materialized (
  select p.status, p.name from pair p where p.name is not null and ($2::text[] is null or p.name = any ($2))
), most as materialized (
  select greatest(${LEAST_OF_A_KIND}, 2 * $3::int / greatest(count(*), 1))::int most from kinds
), runs as materialized (
  select r.queue, k.status, k.name, r.created_at from kinds k cross join lateral (
    select r.queue, r.created_at from ${s}.workflow_status r
    where r.status = k.status collate "C" and r.name = k.name collate "C" and ${LISTED}
    order by r.created_at desc, r.workflow_id desc limit (select m.most from most m)) r
), full_kinds as materialized (
  select r.status, r.name from runs r group by r.status, r.name having count(*) >= (select m.most from most m)
)
select r.queue, r.status, least(count(*), $3)::int count,
  count(*) > $3 or r.status in (select f.status from full_kinds f) capped, min(r.created_at) "oldestAt"
from runs r where $1::text[] is null or r.queue = any ($1)
group by r.queue, r.status order by r.queue, r.status`;
};
