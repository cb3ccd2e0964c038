// Statements that find runs among a million, put together from what is asked for and planned at each call.
//
// A run that no executor has in memory is in the index workflow_status_listed (status, name, created_at, workflow_id), the others in
// workflow_status_owned, which is as small as the memory of all executors. So the newest of any statuses and names are merged from the
// newest of each pair; and what no index tells is looked at in windows: the next so many runs, however few of them match.
import { OWNED_STATUSES, type RunStatus } from '../../model/run.js';
import { TERMINAL_STATUSES } from '../../model/run-transitions.js';
import { inputFragment } from './input-fragment.js';
import { SUMMARY_COLUMNS } from './run.sql.js';
import { COVERED, type Criterion, type RunCriteria, type RunProbe, type RunSource, statusesOf } from './run-criteria.js';

export interface Statement {
  text: string;
  values: unknown[];
}

/** Which part of the past a window may reach: runs before (`at`, `runId`), not before `floor`. */
export interface SearchRange {
  before: { exact: string; runId: string };
  /** Null: any. */
  floor: string | null;
}

/** What a window reads, and what it gives. */
export interface WindowSize {
  /** Runs that are looked at. */
  most: number;
  /** Matching runs that are wanted; 0: they are only counted. */
  wanted: number;
}

type Bind = (value: unknown, type: string) => string;

const EXACT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;
const exactly = (time: string) => `to_char(${time} at time zone 'UTC', ${EXACT})`;
const literals = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(',');

/** As the partial indexes say it. */
export const LISTED = `r.status not in (${literals(OWNED_STATUSES)})`;
export const OWNED = `r.status in (${literals(OWNED_STATUSES)})`;
/**
 * Runs that begin anew: due since they were put back, in the index workflow_status_due among those that wait. Its status is hidden from the
 * planner, which would look for it among all that are in a queue where it believes that there are few.
 */
export const BACK_IN_QUEUE = `r.permit and (r.status = 'WAITING' or r.status = 'ENQUEUED' and r.recovery_attempts < 2) and r.wake_at <= now()
  and r.status || '' = 'ENQUEUED'`;
const NEWEST = 'order by r.created_at desc, r.workflow_id desc';

function statement(name: string, write: (bind: Bind) => string): Statement {
  const values: unknown[] = [];
  const bind: Bind = (value, type) => `$${values.push(value)}::${type}`;
  return { text: `/* ${name} */\n${write(bind)}`, values };
}

/**
 * The pairs of status and name that there are of these statuses (SQL of an array), of runs that no executor has in memory: `pair`, by jumps from one
 * name to the next; a name that is null ends those of its status.
 */
export const pairsOf = (s: string, statuses: string) => `pair (status, name) as (
  select s.status, (select r.name from ${s}.workflow_status r where r.status = s.status collate "C" and ${LISTED} order by r.name collate "C" limit 1)
  from unnest(${statuses}) s (status)
  union all
  select p.status, (select r.name from ${s}.workflow_status r where r.status = p.status collate "C" and ${LISTED} and r.name > p.name collate "C" order by r.name collate "C" limit 1)
  from pair p where p.name is not null
)`;

/** Names of workflows that have runs of these statuses; of runs in memory, all are read. */
export const listNames = (s: string, statuses: readonly RunStatus[]) =>
  statement('run.listNames', (bind) => {
    const listed = statuses.filter((status) => !OWNED_STATUSES.includes(status));
    return `
with recursive ${pairsOf(s, bind(listed, 'text[]'))}
select p.name from pair p where p.name is not null
union select r.name from ${s}.workflow_status r where ${OWNED} and r.status = any (${bind(statuses, 'text[]')})
order by name`;
  });

/** The next runs of a source: how many, how many of them match, where they end, and the newest that match. */
export const readWindow = (
  s: string,
  source: RunSource,
  criteria: RunCriteria,
  range: SearchRange,
  { most, wanted }: WindowSize,
) =>
  statement('run.search', (bind) => {
    const within = rangeOf(range, bind);
    const floor = bind(range.floor ?? '-infinity', 'timestamptz');
    const limit = bind(most, 'int');
    const fits = both(conditions(s, criteria, COVERED[source], bind));
    const newest = (from: string, where: string, fromTime: string) => `
  select r.workflow_id, r.created_at, r.fits from ${from} (
    select r.workflow_id, r.created_at, ${fits} fits from ${s}.workflow_status r
    where ${where} and ${within} and r.created_at >= ${fromTime} ${NEWEST} limit ${limit}) r
  ${NEWEST} limit ${limit}`;
    const statuses = statusesOf(criteria);
    const owned = statuses.filter((status) => OWNED_STATUSES.includes(status));
    const inMemory = () => `
  select r.workflow_id, r.created_at, true fits from ${s}.workflow_status r
  where ${OWNED} and ${both(conditions(s, { ...criteria, statuses: owned }, [], bind))} and ${within} and r.created_at >= (select at from bound) ${NEWEST} limit ${limit}`;
    const [first, ...others] = parts();
    return `with first as materialized (${first}
), bound as materialized (
  select case when count(*) = ${limit} then min(created_at) else ${floor} end at from first
), seen as materialized (
  select * from (select * from first${others.map((part) => ` union all select * from (${part}) o`).join('')}) r ${NEWEST} limit ${limit}
)${told(s, wanted, bind)}`;

    function parts(): string[] {
      if (source !== 'listed') {
        const key = KEYS[source];
        const where = key === undefined ? 'r.legal_hold' : `${key.column} = ${bind(criteria[key.criterion], key.type)}`;
        // The index has no runs in memory, or all.
        const isPartial = source === 'partition' || source === 'deduplication';
        return [
          newest('', isPartial ? `${where} and ${LISTED}` : where, floor),
          ...(isPartial && owned.length > 0 ? [inMemory()] : []),
        ];
      }
      const names = bind(criteria.names, 'text[]');
      const merged = (of: readonly string[], fromTime: string) =>
        newest(
          `unnest(${bind(of, 'text[]')}) s (status) cross join unnest(${names}) n (name) cross join lateral`,
          `r.status = s.status collate "C" and r.name = n.name collate "C" and ${LISTED}`,
          fromTime,
        );
      const over = statuses.filter((status) => TERMINAL_STATUSES.includes(status));
      const others = statuses.filter((status) => !over.includes(status) && !owned.includes(status));
      return [
        // First what is over. Where runs were queued, entries stay behind until a vacuum; they are read no further back than to what the first part gives.
        merged(over, floor),
        ...(others.length > 0 ? [merged(others, '(select at from bound)')] : []),
        ...(owned.length > 0 ? [inMemory()] : []),
      ];
    }
  });

/** As readWindow, of all runs that a probe finds, unless they are more than `cap`: `scanned` is that and one more then. */
export const readProbe = (
  s: string,
  probe: RunProbe,
  criteria: RunCriteria,
  range: SearchRange,
  { most: cap, wanted }: WindowSize,
) =>
  statement('run.probe', (bind) => {
    const limit = bind(cap + 1, 'int');
    const fits = both([
      ...conditions(s, { ...criteria, statuses: statusesOf(criteria) }, PROBED[probe], bind),
      rangeOf(range, bind),
      `r.created_at >= ${bind(range.floor ?? '-infinity', 'timestamptz')}`,
    ]);
    const found = (where: string) => `
  (select r.workflow_id, r.created_at, r.fits from (
    select r.workflow_id, r.created_at, ${fits} fits from ${s}.workflow_status r where ${where} limit ${limit}) r)`;
    return `with seen as materialized (${candidates()}
)${told(s, wanted, bind)}`;

    function candidates(): string {
      switch (probe) {
        case 'runId':
          return found(`r.workflow_id = ${bind(criteria.runId, 'uuid')}`);
        case 'attributes':
          return found(`r.attributes @> ${bind(JSON.stringify(criteria.attributes), 'jsonb')}`);
        case 'executor':
          return found(`r.claimed_by = ${bind(criteria.executorId, 'uuid')} and ${OWNED}`);
        case 'queued': {
          // The indexes of claims, one after the other, each by its order.
          const queues = `r.queue = any (${bind(criteria.queues, 'text[]')})`;
          return [
            [`r.status = 'ENQUEUED' and not r.permit and r.partition_key is null`, 'r.queue, r.name, r.priority, r.created_at'],
            [
              `r.status = 'ENQUEUED' and not r.permit and r.partition_key is not null`,
              'r.queue, r.partition_key, r.name, r.priority, r.created_at',
            ],
            [BACK_IN_QUEUE, 'r.queue, r.name, r.wake_at'],
            [`r.status = 'ENQUEUED' and r.permit and r.recovery_attempts >= 2`, 'r.queue, r.name, r.created_at'],
          ]
            .map(([which, order]) => found(`${queues} and ${which} order by ${order}`))
            .join(' union all ');
        }
        case 'completed':
          return `
  select r.workflow_id, r.created_at, r.fits from unnest(${bind(criteria.names, 'text[]')}) n (name) cross join lateral ${found(
    [
      'r.name = n.name and r.completed_at is not null',
      ...conditions(s, { completedFrom: criteria.completedFrom, completedBefore: criteria.completedBefore }, [], bind),
    ].join(' and '),
  )} r limit ${limit}`;
      }
    }
  });

/** How many runs of these statuses and names there are in the range, up to \`most\`. No row is looked at, but of runs in memory. */
export const countListed = (s: string, criteria: RunCriteria, range: SearchRange, most: number) =>
  statement('run.count', (bind) => {
    const within = `${rangeOf(range, bind)} and r.created_at >= ${bind(range.floor ?? '-infinity', 'timestamptz')}`;
    const limit = bind(most, 'int');
    const statuses = statusesOf(criteria);
    const owned = statuses.filter((status) => OWNED_STATUSES.includes(status));
    const listed = statuses.filter((status) => !owned.includes(status));
    return `select count(*)::int matched from (
  (select from unnest(${bind(listed, 'text[]')}) s (status) cross join unnest(${bind(criteria.names, 'text[]')}) n (name) cross join lateral (
    select from ${s}.workflow_status r where r.status = s.status collate "C" and r.name = n.name collate "C" and ${LISTED} and ${within} limit ${limit}) r limit ${limit})
  union all
  (select from ${s}.workflow_status r where ${OWNED} and ${both(conditions(s, { ...criteria, statuses: owned }, [], bind))}
     and ${within} limit ${limit})
  limit ${limit}) c`;
  });

const KEYS = {
  parent: { column: 'r.parent_id', criterion: 'parentId', type: 'uuid' },
  partition: { column: 'r.partition_key', criterion: 'partitionKey', type: 'text' },
  deduplication: { column: 'r.deduplication_id', criterion: 'deduplicationId', type: 'text' },
  legalHold: undefined,
} as const;

/** By what each probe finds its runs. */
const PROBED: Readonly<Record<RunProbe, readonly Criterion[]>> = {
  runId: ['runId'],
  attributes: ['attributes'],
  completed: ['names', 'completedFrom', 'completedBefore'],
  executor: ['executorId'],
  queued: ['queues'],
};

/** Of `seen`: one row at least, with what all have in common. */
function told(s: string, wanted: number, bind: Bind): string {
  return `, mark as (
  select count(*)::int scanned, count(*) filter (where fits)::int matched, ${exactly('max(created_at)')} "newestExact" from seen
), oldest as (
  select ${exactly('created_at')} "lastExact", workflow_id "lastRunId" from seen order by created_at, workflow_id limit 1
)
select m.*, o.*, p.* from mark m left join oldest o on true left join lateral (
  select ${SUMMARY_COLUMNS}, ${exactly('r.created_at')} "createdAtExact"
  from (select r.workflow_id from seen r where r.fits ${NEWEST} limit ${bind(wanted, 'int')}) f
  cross join lateral (select r.* from ${s}.workflow_status r where r.workflow_id = f.workflow_id offset 0) r
) p on true
order by p."createdAtExact" desc, p."runId" desc`;
}

function rangeOf({ before }: SearchRange, bind: Bind): string {
  return `(r.created_at, r.workflow_id) < (${bind(before.exact, 'timestamptz')}, ${bind(before.runId, 'uuid')})`;
}

/** What has to hold of a row, cheapest first, but for what is known of it. */
function conditions(s: string, criteria: RunCriteria, known: readonly Criterion[], bind: Bind): string[] {
  const wanted: Partial<Record<Criterion, (value: unknown) => string>> = {
    runId: (value) => `r.workflow_id = ${bind(value, 'uuid')}`,
    names: (value) => `r.name = any (${bind(value, 'text[]')})`,
    statuses: (value) => `r.status = any (${bind(value, 'text[]')})`,
    queues: (value) => `r.queue = any (${bind(value, 'text[]')})`,
    partitionKey: (value) => `r.partition_key = ${bind(value, 'text')}`,
    deduplicationId: (value) => `r.deduplication_id = ${bind(value, 'text')}`,
    parentId: (value) => `r.parent_id = ${bind(value, 'uuid')}`,
    executorId: (value) => `r.claimed_by = ${bind(value, 'uuid')}`,
    legalHold: (value) => `r.legal_hold = ${bind(value, 'boolean')}`,
    createdFrom: (value) => `r.created_at >= ${bind(value, 'timestamptz')}`,
    createdBefore: (value) => `r.created_at < ${bind(value, 'timestamptz')}`,
    completedFrom: (value) => `r.completed_at >= ${bind(value, 'timestamptz')}`,
    completedBefore: (value) => `r.completed_at < ${bind(value, 'timestamptz')}`,
    attributes: (value) => `r.attributes @> ${bind(JSON.stringify(value), 'jsonb')}`,
    errorCode: (value) => `r.error is not null and ${s}.error_code(r.error) = ${bind(value, 'text')}`,
    input: (value) => {
      const fragment = bind(inputFragment(String(value)), 'text');
      return `r.input is not null and strpos(r.input, ${fragment}) > 0 and ${s}.input_contains(r.input, ${bind(value, 'jsonb')})`;
    },
  };
  return (Object.keys(wanted) as Criterion[]).flatMap((key) => {
    const value = criteria[key];
    return value === undefined || known.includes(key) ? [] : [wanted[key]?.(value) ?? 'true'];
  });
}

/** Never null: in a filter as in a column. */
function both(all: readonly string[]): string {
  return all.length === 0 ? 'true' : `coalesce(${all.join(' and ')}, false)`;
}
