// How long callbacks of this process wait for their turn. Measured from the first question on, so whoever never asks pays nothing; keeps no
// process alive.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from './clock.js';

const RESOLUTION_MS = 20;
/** What is told is of the last one to two minutes at most. */
const WINDOW_MS = 60_000;

export class EventLoopDelay {
  #histogram?: IntervalHistogram;
  #since = 0;
  #isOver = false;

  constructor(private readonly clock: Clock) {}

  /** The 99th percentile, in ms; null: nothing is measured yet, ask again. */
  p99(): number | null {
    if (this.#isOver) return null;
    if (this.#histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#histogram.enable();
      this.#since = this.clock.monotonic();
      return null;
    }
    const histogram = this.#histogram;
    if (histogram.count === 0) return null;
    // Node measures from one look to the next, the pause between them included.
    const delay = Math.max(0, histogram.percentile(99) / 1e6 - RESOLUTION_MS);
    if (this.clock.monotonic() - this.#since > WINDOW_MS) {
      histogram.reset();
      this.#since = this.clock.monotonic();
    }
    return Math.round(delay * 100) / 100;
  }

  /** Measures no more. Idempotent. */
  stop(): void {
    this.#isOver = true;
    this.#histogram?.disable();
    this.#histogram = undefined;
  }
}
