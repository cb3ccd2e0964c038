// The figures of queues, made of what the API tells: counts by queue, how fast runs end, how old a wait is. Pure; used by the pages of queues.
import type { QueuesClient } from '../../../../lib/http-client/queues-client.js';
import { RUN_STATUSES } from '../../../../lib/model/run.js';

type Answer<K extends 'list' | 'counts' | 'throughput' | 'partitions'> = Awaited<ReturnType<QueuesClient[K]>>;

export type QueueView = Answer<'list'>['queues'][number];
export type CountView = Answer<'counts'>['counts'][number];
export type ThroughputView = Answer<'throughput'>;
export type PartitionView = Answer<'partitions'>['partitions'][number];

/** Of one queue, in the order in which runs go through them. */
export function countsOf(counts: readonly CountView[], queue: string): CountView[] {
  const order = (count: CountView) => RUN_STATUSES.indexOf(count.status);
  return counts.filter((count) => count.queue === queue).sort((a, b) => order(a) - order(b));
}

/** `10,000+` where there are more than were counted. */
export function countText(count: number, isCapped: boolean): string {
  return `${count.toLocaleString('en')}${isCapped ? '+' : ''}`;
}

/** Up to so many the API counts waiting runs and permits. */
export const MOST_COUNTED = 10_000;

export interface Series {
  /** Beginnings of the buckets, in ms. */
  at: number[];
  /** Null: not known, because too many ended since. */
  ended: Array<number | null>;
  failed: Array<number | null>;
}

/** Every bucket, those in which nothing ended too. */
export function seriesOf({ from, to, bucketMs, searchedTo, buckets }: ThroughputView, queue: string): Series {
  const first = Date.parse(from);
  const known = searchedTo === undefined ? first : Date.parse(searchedTo);
  const at = Array.from({ length: Math.floor((Date.parse(to) - first) / bucketMs) + 1 }, (_, i) => first + i * bucketMs);
  const found = new Map(buckets.filter((bucket) => bucket.queue === queue).map((bucket) => [Date.parse(bucket.at), bucket]));
  const values = (of: 'ended' | 'failed') => at.map((time) => found.get(time)?.[of] ?? (time < known ? null : 0));
  return { at, ended: values('ended'), failed: values('failed') };
}

export function sumOf(values: ReadonlyArray<number | null>): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

/** The newest so many minutes make the rate. */
const RATE_MINUTES = 5;

/** Runs that end per minute now: of the last minutes, or of as much of them as was looked at; undefined: nothing is known. */
export function ratePerMinute({ from, to, bucketMs, searchedTo, buckets }: ThroughputView, queue: string): number | undefined {
  const end = Date.parse(to);
  const since = Math.max(Date.parse(from), end - RATE_MINUTES * 60_000, searchedTo === undefined ? 0 : Date.parse(searchedTo));
  // Whole buckets, unless not even one was looked at.
  const whole = Math.ceil(since / bucketMs) * bucketMs;
  const start = whole < end ? whole : since;
  const minutes = (end - start) / 60_000;
  if (minutes <= 0) return undefined;
  const ended = buckets.filter((bucket) => bucket.queue === queue && Date.parse(bucket.at) + bucketMs > start);
  return ended.reduce((sum, bucket) => sum + bucket.ended, 0) / minutes;
}

/** `1,234 / min`, `3.4 / min`. */
export function rateText(perMinute: number | undefined): string {
  if (perMinute === undefined) return '—';
  const shown = perMinute >= 10 || perMinute === 0 ? Math.round(perMinute) : Math.max(0.1, Math.round(perMinute * 10) / 10);
  return `${shown.toLocaleString('en')} / min`;
}

export type Age = 'young' | 'old' | 'very old';

const OLD_MS = 5 * 60_000;
const VERY_OLD_MS = 60 * 60_000;

/** Of the longest wait of a queue. */
export function ageOf(waitMs: number): Age {
  if (waitMs < OLD_MS) return 'young';
  return waitMs < VERY_OLD_MS ? 'old' : 'very old';
}

export interface Totals {
  waiting: number;
  /** There are more. */
  isWaitingCapped: boolean;
  permits: number;
  isPermitsCapped: boolean;
  paused: number;
  oldestWaitingAt: string | undefined;
  deadlocked: number;
}

export function totalsOf(queues: readonly QueueView[]): Totals {
  const oldest = queues.flatMap(({ oldestWaitingAt }) => (oldestWaitingAt === null ? [] : [oldestWaitingAt])).sort();
  return {
    waiting: queues.reduce((sum, { waiting }) => sum + waiting, 0),
    isWaitingCapped: queues.some(({ waiting }) => waiting >= MOST_COUNTED),
    permits: queues.reduce((sum, { permits }) => sum + permits, 0),
    isPermitsCapped: queues.some(({ permits }) => permits >= MOST_COUNTED),
    paused: queues.filter(({ isPaused }) => isPaused).length,
    oldestWaitingAt: oldest[0],
    deadlocked: queues.filter(({ deadlocks }) => deadlocks.length > 0).length,
  };
}
