// Limits, checked offline: who was inside of a queue, a partition or a process at the same time. Two witnesses that know nothing of each other:
//   I8 body    from the first body of a run (ledger) to its end, or to the end of its last body; in a queue that releases while waiting, from the
//              first body after each claim to the wait. A body whose process was killed ends there.
//   I8 permit  from the transaction that gave a run its permit to the one that took it back (audit)
//   held       no body runs while its run has no permit
//   I9         no window of a rate's period has more first claims than its limit
//   process    runs of a queue in one process, from the first to the last body of an ownership
//   pause      nothing begins in a queue that is paused
// Clocks: ledger and database are of one machine. A body begins a ms later than its line says and ends when it says: intervals are never longer
// than they were, so what overlaps did.
import type { Audit, OwnershipRow, PermitRow } from './audit.js';
import type { Violation } from './checker.js';
import type { Pause } from './gate-load.js';
import type { GateQueue } from './gated.js';
import type { BodyLine, LedgerLine } from './ledger.js';
import type { Figures } from './scenario.js';

export interface Interval {
  run: string;
  from: number;
  to: number;
}

export interface GateEvidence {
  audit: Audit;
  ledger: readonly LedgerLine[];
  queues: readonly GateQueue[];
  deaths: ReadonlyArray<{ pid: number; at: number }>;
  pauses: readonly Pause[];
}

export interface GateReport {
  violations: Violation[];
  figures: Figures;
  /** Most runs at once, by place: `one`, `five/p1`, `three@4711`; by bodies and by permits. */
  mostBodies: Map<string, number>;
  mostPermits: Map<string, number>;
  /** Of each queue with a rate: most first claims in a window. */
  mostBegun: Map<string, number>;
}

const OVER = new Set(['SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'DEAD']);

interface Body extends Interval {
  token: string;
  pid: number;
}

export function checkPermits({ audit, ledger, queues, deaths, pauses }: GateEvidence): GateReport {
  const violations: Violation[] = [];
  const violated = (invariant: string, what: string) => violations.push({ invariant, what });
  const places = new Map(audit.permits.map(({ run, queue, partition }) => [run, { queue, partition }]));
  const bodies = groupBy(bodiesOf(audit, ledger, deaths), ({ run }) => run);
  const rows = groupBy(audit.ownership, ({ run }) => run);
  const permits = permitsOf(audit.permits);
  const byQueue = new Map(queues.map((queue) => [queue.name, queue]));

  const insideByBodies: Placed[] = [];
  const insideByPermits: Placed[] = [];
  const inProcess: Placed[] = [];
  for (const [run, { queue: name, partition }] of places) {
    const queue = byQueue.get(name);
    if (queue === undefined) continue;
    const ran = bodies.get(run) ?? [];
    const told = rows.get(run) ?? [];
    const place = (interval: Interval): Placed[] => placesOf(queue, partition).map((at) => ({ ...at, ...interval }));
    insideByBodies.push(...(queue.releaseWhileWaiting ? awake(run, ran, told) : whole(run, ran, told)).flatMap(place));
    insideByPermits.push(...(permits.get(run) ?? []).flatMap(place));
    if (queue.workerConcurrency)
      for (const one of ownerships(ran, told))
        inProcess.push({ ...one, place: `${name}@${one.pid}`, limit: queue.workerConcurrency });
    for (const body of ran)
      if (!(permits.get(run) ?? []).some(({ from, to }) => from <= body.from && body.to <= to))
        violated('held', `a body of run ${run} (${name}) ran from ${body.from} to ${body.to} without a permit`);
  }
  const mostBodies = overlaps(insideByBodies, (what) => violated('I8 body', what));
  const mostPermits = overlaps(insideByPermits, (what) => violated('I8 permit', what));
  for (const [place, count] of overlaps(inProcess, (what) => violated('process', what))) mostBodies.set(place, count);

  const begun = groupBy(firstClaims(audit.permits), ({ queue }) => queue);
  const mostBegun = new Map<string, number>();
  for (const { name, rateLimit } of queues) {
    if (!rateLimit) continue;
    const most = mostWithin(
      (begun.get(name) ?? []).map(({ at }) => at),
      rateLimit.period,
    );
    mostBegun.set(name, most);
    if (most > rateLimit.limit) violated('I9', `${most} runs of ${name} began within ${rateLimit.period} ms`);
  }
  for (const { queue, from, to } of pauses)
    for (const { at, run } of begun.get(queue) ?? [])
      if (at > from && at < to) violated('pause', `run ${run} began ${at - from} ms after ${queue} was paused`);

  return {
    violations,
    mostBodies,
    mostPermits,
    mostBegun,
    figures: {
      'first claims': [...begun.values()].reduce((sum, { length }) => sum + length, 0),
      'permits given': audit.permits.filter(({ permit }) => permit).length,
      'kept after the end': keptAfterEnd(permits, rows),
      'runs with a permit killed': heldAtDeath(audit, permits, deaths),
    },
  };
}

// — intervals —

/** A body that never ended ends with its process, or was given up when its executor was retired though its process lived. */
function bodiesOf(audit: Audit, ledger: readonly LedgerLine[], deaths: GateEvidence['deaths']): Body[] {
  const lines = ledger.filter((line): line is BodyLine => line.kind === 'begin' || line.kind === 'end');
  const ends = new Map(lines.filter(({ kind }) => kind === 'end').map(({ nonce, at }) => [nonce, at]));
  const diedAt = new Map(deaths.map(({ pid, at }) => [pid, at]));
  const ownerOf = new Map(
    audit.ownership.flatMap(({ token, owner }) => (token === null || owner === null ? [] : [[token, owner]])),
  );
  const retiredAt = new Map(audit.executors.map(({ executor, retiredAt: at }) => [executor, at ?? Number.POSITIVE_INFINITY]));
  return lines
    .filter(({ kind }) => kind === 'begin')
    .map(({ run, token, pid, nonce, at }) => {
      const death = diedAt.get(pid) ?? Number.POSITIVE_INFINITY;
      const retired = retiredAt.get(ownerOf.get(token) ?? '') ?? Number.POSITIVE_INFINITY;
      const to = Math.min(ends.get(nonce) ?? death, retired);
      return { run, token, pid, from: at + 1, to };
    })
    .filter(({ from, to }) => to > from);
}

function whole(run: string, bodies: readonly Body[], rows: readonly OwnershipRow[]): Interval[] {
  if (bodies.length === 0) return [];
  const overAt = rows.find(({ status }) => OVER.has(status))?.at ?? Number.POSITIVE_INFINITY;
  return [{ run, from: minOf(bodies), to: Math.max(overAt, maxOf(bodies)) }];
}

/** A rescue keeps the permit, a wait does not. */
function awake(run: string, bodies: readonly Body[], rows: readonly OwnershipRow[]): Interval[] {
  const parts: Interval[] = [];
  let since = Number.NEGATIVE_INFINITY;
  for (const { status, at } of rows) {
    if (status !== 'WAITING' && !OVER.has(status)) continue;
    const begun = bodies.filter(({ from }) => from > since && from <= at);
    if (begun.length > 0) parts.push({ run, from: minOf(begun), to: Math.max(at, maxOf(begun)) });
    since = at;
    if (OVER.has(status)) break;
  }
  return parts;
}

/** In the memory of a process; what runs on after the end of its run holds no slot. */
function ownerships(bodies: readonly Body[], rows: readonly OwnershipRow[]): Array<Interval & { pid: number }> {
  const overAt = rows.find(({ status }) => OVER.has(status))?.at ?? Number.POSITIVE_INFINITY;
  return [...groupBy(bodies, ({ token }) => token).values()]
    .map((own) => ({
      run: own[0]?.run ?? '',
      pid: own[0]?.pid ?? 0,
      from: minOf(own),
      to: Math.min(maxOf(own), overAt),
    }))
    .filter(({ from, to }) => to > from);
}

function permitsOf(rows: readonly PermitRow[]): Map<string, Interval[]> {
  const permits = new Map<string, Interval[]>();
  for (const { run, at, permit } of rows) {
    const own = permits.get(run) ?? [];
    permits.set(run, own);
    const last = own.at(-1);
    if (permit) own.push({ run, from: at, to: Number.POSITIVE_INFINITY });
    else if (last !== undefined) last.to = at;
  }
  return permits;
}

interface Placed extends Interval {
  place: string;
  limit: number;
}

function placesOf(
  { name, concurrency, partitionConcurrency }: GateQueue,
  partition: string | null,
): Array<{ place: string; limit: number }> {
  return [
    { place: name, limit: concurrency ?? Number.POSITIVE_INFINITY },
    ...(partition === null ? [] : [{ place: `${name}/${partition}`, limit: partitionConcurrency ?? 1 }]),
  ];
}

/** Most of them at once, by place. What ends in the same moment in which another begins does not overlap with it. */
function overlaps(intervals: readonly Placed[], violated: (what: string) => void): Map<string, number> {
  const most = new Map<string, number>();
  for (const [place, own] of groupBy(intervals, (interval) => interval.place)) {
    const events = own.flatMap(({ run, from, to }) => [
      { at: from, run, step: 1 },
      { at: to, run, step: -1 },
    ]);
    events.sort((a, b) => a.at - b.at || a.step - b.step);
    const inside = new Set<string>();
    const limit = own[0]?.limit ?? 0;
    let peak = 0;
    for (const { run, step } of events) {
      if (step > 0) inside.add(run);
      else inside.delete(run);
      if (inside.size > limit && inside.size > peak)
        violated(`${inside.size} runs in ${place} at once, where ${limit} may be: ${[...inside].join(', ')}`);
      peak = Math.max(peak, inside.size);
    }
    most.set(place, peak);
  }
  return most;
}

// — beginnings —

function firstClaims(rows: readonly PermitRow[]): PermitRow[] {
  const seen = new Set<string>();
  return rows.filter(({ run, permit }) => permit && !seen.has(run) && seen.add(run));
}

/** Of these times, the most that lie in one window [t, t + period). */
export function mostWithin(times: readonly number[], period: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  let first = 0;
  let most = 0;
  sorted.forEach((at, i) => {
    while (at - (sorted[first] as number) >= period) first++;
    most = Math.max(most, i - first + 1);
  });
  return most;
}

// — figures —

/** Runs whose permit outlived them: a body of theirs, or their process, had not let go. */
function keptAfterEnd(permits: ReadonlyMap<string, Interval[]>, rows: ReadonlyMap<string, readonly OwnershipRow[]>): number {
  let kept = 0;
  for (const [run, own] of permits) {
    const over = rows.get(run)?.find(({ status }) => OVER.has(status));
    if (over !== undefined && own.some(({ to }) => to > over.at + 1)) kept++;
  }
  return kept;
}

function heldAtDeath(audit: Audit, permits: ReadonlyMap<string, Interval[]>, deaths: GateEvidence['deaths']): number {
  const pidOf = new Map(audit.executors.map(({ executor, pid }) => [executor, pid]));
  let held = 0;
  for (const { pid, at } of deaths) {
    const last = new Map<string, OwnershipRow>();
    for (const row of audit.ownership) if (row.at <= at) last.set(row.run, row);
    for (const [run, { owner, status }] of last)
      if (
        owner !== null &&
        pidOf.get(owner) === pid &&
        !OVER.has(status) &&
        permits.get(run)?.some(({ from, to }) => from <= at && to > at)
      )
        held++;
  }
  return held;
}

const minOf = (intervals: readonly Interval[]) => Math.min(...intervals.map(({ from }) => from));
const maxOf = (intervals: readonly Interval[]) => Math.max(...intervals.map(({ to }) => to));

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
