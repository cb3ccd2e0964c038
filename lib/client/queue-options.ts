// A queue as users describe it, checked before any SQL: in the module's options, with registerQueue(), and at run time.
import { describeValue } from '../kernel/describe-value.js';
import { type Duration, parseDuration } from '../kernel/duration.js';
import { assertName } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { NO_LIMITS, type QueueSettings } from '../model/queue.js';

export interface QueueLimits {
  /** Runs that have begun and are not over, in all processes together, waits included. Whole number from 1; null, the default: no limit. */
  concurrency?: number | null;
  /** Runs in the memory of one process at once; one that was cancelled leaves it at once. Whole number from 1; null, the default: no limit but `maxConcurrentRuns`. */
  workerConcurrency?: number | null;
  /**
   * So many runs are let in within any `period`, in all processes together; one that was released while it waited counts again. `period`: at
   * least 100 ms. Null, the default: no limit.
   */
  rateLimit?: { limit: number; period: Duration } | null;
  /** Of the runs with one `partitionKey` so many have begun and are not over. Whole number from 1, default 1. */
  partitionConcurrency?: number;
  /**
   * A run that waits and has left memory gives its permits back, and is in line again when it is woken. Default false: a batch that sleeps
   * still occupies its reactor. While the queue is paused, nobody is let in again either.
   */
  releaseWhileWaiting?: boolean;
  /**
   * A run that an operator holds gives its permit back, and asks for one again when it is resumed. Default false: what is held still
   * occupies its place.
   */
  holdReleasesPermits?: boolean;
}

export interface QueueOptions extends QueueLimits {
  /** 1–255 printable characters. */
  name: string;
}

export class InvalidQueueOptionError extends WorkflowsError {
  constructor(option: string, problem: string) {
    super('InvalidQueueOptionError', 'INVALID_QUEUE_OPTION', `Queue option "${option}" ${problem}.`, { details: { option } });
  }
}

const LIMITS = [
  'concurrency',
  'workerConcurrency',
  'rateLimit',
  'partitionConcurrency',
  'releaseWhileWaiting',
  'holdReleasesPermits',
];
const MOST = 1_000_000;
const SHORTEST_PERIOD_MS = 100;
const LONGEST_PERIOD_MS = 366 * 86_400_000;

/** @throws InvalidQueueOptionError, InvalidIdError, InvalidDurationError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) for no object */
export function resolveQueue(options: QueueOptions): { name: string } & QueueSettings {
  refuseUnknownKeys(options, ['name', ...LIMITS], [], 'queue option');
  const { name, ...limits } = options;
  assertName(name, 'queue name');
  return { name, ...NO_LIMITS, ...resolveLimits(limits) };
}

/** Of what is not given nothing is said. @throws as resolveQueue */
export function resolveLimits(limits: QueueLimits): Partial<QueueSettings> {
  refuseUnknownKeys(limits, LIMITS, [], 'queue option');
  const { concurrency, workerConcurrency, rateLimit, partitionConcurrency, releaseWhileWaiting, holdReleasesPermits } = limits;
  requireBoolean('releaseWhileWaiting', releaseWhileWaiting);
  requireBoolean('holdReleasesPermits', holdReleasesPermits);
  if (partitionConcurrency !== undefined) requireWhole('partitionConcurrency', partitionConcurrency);
  return {
    ...(concurrency !== undefined && { concurrency: limitOf('concurrency', concurrency) }),
    ...(workerConcurrency !== undefined && { workerConcurrency: limitOf('workerConcurrency', workerConcurrency) }),
    ...(rateLimit !== undefined && { rateLimit: rateOf(rateLimit) }),
    ...(partitionConcurrency !== undefined && { partitionConcurrency }),
    ...(releaseWhileWaiting !== undefined && { releaseWhileWaiting }),
    ...(holdReleasesPermits !== undefined && { holdReleasesPermits }),
  };
}

/** Each name once. @throws as resolveQueue */
export function resolveQueues(queues: unknown): Array<{ name: string } & QueueSettings> {
  if (!Array.isArray(queues))
    throw new InvalidQueueOptionError('queues', `must be a list of queues, not ${describeValue(queues)}`);
  return withoutDoubles(Array.from(queues as QueueOptions[], resolveQueue));
}

/** @throws InvalidQueueOptionError for a name that stands there twice */
export function withoutDoubles<Q extends { name: string }>(queues: Q[]): Q[] {
  const names = new Set<string>();
  for (const { name } of queues) {
    if (names.has(name))
      throw new InvalidQueueOptionError(
        'name',
        `"${name}" is declared twice: in forRoot({ queues }), or with registerQueue() by one module or several`,
      );
    names.add(name);
  }
  return queues;
}

function limitOf(option: string, value: unknown): number | null {
  return value === null ? null : requireWhole(option, value);
}

function requireWhole(option: string, value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > MOST)
    throw new InvalidQueueOptionError(option, `must be a whole number from 1 to ${MOST}, not ${describeValue(value)}`);
  return value as number;
}

function rateOf(rateLimit: QueueLimits['rateLimit']): QueueSettings['rateLimit'] {
  if (rateLimit === null || rateLimit === undefined) return null;
  refuseUnknownKeys(rateLimit, ['limit', 'period'], [], 'rateLimit option');
  const { limit, period } = rateLimit;
  requireWhole('rateLimit.limit', limit);
  const periodMs = parseDuration(period, 'rateLimit.period', { min: SHORTEST_PERIOD_MS, max: LONGEST_PERIOD_MS });
  return { limit, periodMs };
}

function requireBoolean(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean')
    throw new InvalidQueueOptionError(option, `must be true or false, not ${describeValue(value)}`);
}
