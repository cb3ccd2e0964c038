/**
 * How long to wait after a failed attempt: exponential, capped, with jitter that only shortens. Pure: the caller brings
 * the random source. Called by the retry policy of steps and by loops that reconnect.
 */

/** All times in milliseconds. */
export interface ExponentialBackoff {
  /** Delay after the first failed attempt. */
  initialMs: number;
  /** Factor from one delay to the next; 1 keeps it constant. */
  backoff: number;
  /** No delay is longer. */
  maxMs: number;
  /** Share of the delay left to chance: 0 = none, 1 = anywhere between nothing and the full delay ("full jitter"). */
  jitter: number;
}

/**
 * Whole milliseconds to wait, from `delay * (1 - jitter)` to `delay`, where delay = `initialMs * backoff^(attempt - 1)`,
 * at most `maxMs`. Never negative, never NaN; overflow means `maxMs`. Does not throw: options are checked at boot.
 * @param attempt the attempt that failed, counted from 1
 * @param random uniform in [0, 1)
 */
export function exponentialDelay(options: ExponentialBackoff, attempt: number, random: () => number): number {
  const { initialMs, backoff, maxMs, jitter } = options;
  // 0 * Infinity is NaN, and attempts are not bounded.
  const grown = initialMs === 0 ? 0 : initialMs * backoff ** Math.max(0, attempt - 1);
  const delay = Math.min(grown, maxMs);
  const share = jitter > 0 ? Math.min(jitter, 1) * random() : 0;
  return Math.max(0, Math.round(delay * (1 - share)));
}
