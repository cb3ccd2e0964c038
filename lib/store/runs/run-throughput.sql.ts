// How many runs ended lately, by queue and time, for charts of queues.

/** Of one workflow, however many there are, at least so many of the newest ends are looked at. */
const LEAST_OF_A_NAME = 20;

/**
 * The last $1 buckets of $2 ms, the one that has just begun included, of all queues or one ($4): each that has something. Of each workflow the
 * newest ends are looked at, as many as share $3 lookups; what ended before \`searchedTo\` is not counted in full then. One row at least, with
 * nulls. Index workflow_status_over, by jumps from name to name; the rows themselves for queue and status.
 */
export const countThroughput = (s: string) => `/* run.countThroughput */
with recursive names (name) as (
  (select r.name from ${s}.workflow_status r where r.completed_at is not null order by r.name limit 1)
  union all
  select (select r.name from ${s}.workflow_status r where r.completed_at is not null and r.name > n.name order by r.name limit 1)
  from names n where n.name is not null
), span as materialized (
  select width, date_bin(width, now(), timestamptz 'epoch') - ($1::int - 1) * width "from", now() "to"
  from (select make_interval(secs => $2::float8 / 1000) width) w
), busy as materialized (
  select n.name from names n where n.name is not null and (
    select true from ${s}.workflow_status r
    where r.name = n.name and r.completed_at is not null and r.completed_at >= (select p."from" from span p) limit 1)
), most as materialized (
  select greatest(${LEAST_OF_A_NAME}, $3::int / greatest(count(*), 1))::int most from busy
), ended as materialized (
  select b.name, r.queue, r.status, r.completed_at from busy b cross join lateral (
    select r.queue, r.status, r.completed_at from ${s}.workflow_status r
    where r.name = b.name and r.completed_at is not null and r.completed_at >= (select p."from" from span p)
    order by r.completed_at desc, r.workflow_id desc limit (select m.most + 1 from most m)) r
), searched as materialized (
  select max(f.oldest) "searchedTo" from (
    select min(e.completed_at) oldest from ended e group by e.name having count(*) > (select m.most from most m)) f
), buckets as (
  select e.queue, date_bin(p.width, e.completed_at, timestamptz 'epoch') at, count(*)::int ended,
    count(*) filter (where e.status in ('ERROR','DEAD'))::int failed
  from ended e cross join span p where e.completed_at <= p."to" and ($4::text is null or e.queue = $4)
  group by 1, 2
)
select p."from", p."to", f."searchedTo", b.queue, b.at, b.ended, b.failed
from span p cross join searched f left join buckets b on true order by b.queue, b.at`;
