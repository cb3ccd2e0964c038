// How a step is repeated: options as the user writes them, resolved once at registration, and the delay rule.
import { exponentialDelay } from '../kernel/backoff.js';
import { describeValue } from '../kernel/describe-value.js';
import { type Duration, parseDuration } from '../kernel/duration.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';

export interface RetryOptions {
  /** Attempts in all, the first one included. Default 1 (no retry). */
  maxAttempts?: number;
  /** Wait before the second attempt. Default '1s'. */
  initialInterval?: Duration;
  /** Each wait is the last one times this, at least 1. Default 2. */
  backoff?: number;
  /** No wait is longer. Default '1h'. */
  maxInterval?: Duration;
  /** Share of each wait that is random, 0 to 1: a wait w lies between w·(1−jitter) and w. Default 0. */
  jitter?: number;
}

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly initialMs: number;
  readonly backoff: number;
  readonly maxMs: number;
  readonly jitter: number;
}

export class InvalidRetryOptionsError extends WorkflowsError {
  constructor(label: string, problem: string) {
    super('InvalidRetryOptionsError', 'INVALID_RETRY_OPTIONS', `${label}: ${problem}.`);
  }
}

const RETRY_KEYS = ['maxAttempts', 'initialInterval', 'backoff', 'maxInterval', 'jitter'];

/** @throws InvalidRetryOptionsError, InvalidDurationError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) for what is no object */
export function resolveRetryPolicy(options: RetryOptions | undefined, label: string): RetryPolicy {
  if (options !== undefined) refuseUnknownKeys(options, RETRY_KEYS, [], `retry option of ${label}`);
  const { maxAttempts = 1, initialInterval = '1s', backoff = 2, maxInterval = '1h', jitter = 0 } = options ?? {};
  const refuse = (problem: string): never => {
    throw new InvalidRetryOptionsError(label, problem);
  };
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > 1_000_000)
    refuse(`retry.maxAttempts must be a whole number from 1 to 1,000,000, not ${describeValue(maxAttempts)}`);
  if (typeof backoff !== 'number' || !(backoff >= 1 && backoff <= 1_000))
    refuse(`retry.backoff must be a number from 1 to 1,000, not ${describeValue(backoff)}`);
  if (typeof jitter !== 'number' || !(jitter >= 0 && jitter <= 1))
    refuse(`retry.jitter must be a number from 0 to 1, not ${describeValue(jitter)}`);
  return {
    maxAttempts,
    initialMs: parseDuration(initialInterval, `${label}: retry.initialInterval`),
    backoff,
    maxMs: parseDuration(maxInterval, `${label}: retry.maxInterval`),
    jitter,
  };
}

/** ms to wait after failed attempt number `attempt` (the first is 1). */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: () => number): number {
  return exponentialDelay(policy, attempt, random);
}

export const NO_RETRY: RetryPolicy = resolveRetryPolicy(undefined, 'retry');
