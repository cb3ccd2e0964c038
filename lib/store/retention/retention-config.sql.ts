// The settings of retention, and whose sweep it is. See migrations/0010-retention.ts.

const EXACT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

const COLUMNS = `c.after_ms "afterMs", c.max_rows::float8 "maxRows", c.global_timeout_ms "globalTimeoutMs", c.per_workflow "perWorkflow",
  c.interval_ms "intervalMs", c.revision::text revision, c.swept_at "sweptAt", c.updated_at "updatedAt",
  case when c.unfinished or c.swept_at is null then 0
    else (extract(epoch from c.swept_at - clock_timestamp()) * 1000 + c.interval_ms)::float8 end "dueInMs",
  to_char(clock_timestamp() at time zone 'UTC', ${EXACT}) "now"`;

export const findConfig = (s: string) => `/* retention.find */
select ${COLUMNS} from ${s}.retention_config c`;

export const declareConfig = (s: string) => `/* retention.declare */
select ${s}.declare_retention($1::jsonb) changed`;

/** With the audit. Waits for the transaction of a sweep that is under way. */
export const changeConfig = (s: string) => `/* retention.change */
select ${s}.change_retention($1::jsonb, false, $2, $3, $4)`;

/** No row: it is not due ($2: no matter), or another sweep is under way. Locks: the row of the sweep, skip locked. */
export const claimSweep = (s: string) => `/* retention.claim */
with free as materialized (
  select c.singleton from ${s}.retention_config c
  where (c.sweep_until is null or c.sweep_until < clock_timestamp())
    and ($2 or c.unfinished or c.swept_at is null or c.swept_at + c.interval_ms * interval '1 ms' <= clock_timestamp())
  for update skip locked
)
update ${s}.retention_config c set sweep = $1, sweep_until = clock_timestamp() + interval '1 minute', sweep_audit = null,
  swept_at = clock_timestamp(), unfinished = true
from free f where f.singleton = c.singleton returning c.sweep`;

/** $2: something is left to do, so the next one is due at once. */
export const releaseSweep = (s: string) => `/* retention.release */
update ${s}.retention_config c set sweep = null, sweep_until = null, unfinished = $2 where c.sweep = $1`;
