// What the database's clock shows, without asking: the last answer plus the monotonic time since. The answer was written before it
// arrived, so this is never ahead of the database: a timer that waits for it is never early.
import type { Clock } from '../kernel/clock.js';

export class DatabaseClock {
  #offset?: number;

  constructor(private readonly clock: Clock) {}

  /** `databaseMs`: ms since the epoch as the database wrote it in an answer that arrived just now. */
  observe(databaseMs: number): void {
    // The largest offset is the one with the least travel time; but follow a clock that was set back by more than a second.
    const offset = databaseMs - this.clock.monotonic();
    if (this.#offset === undefined || offset > this.#offset || offset < this.#offset - 1_000) this.#offset = offset;
  }

  /** ms since the epoch; local wall time until the first answer. */
  now(): number {
    return this.#offset === undefined ? this.clock.now() : this.#offset + this.clock.monotonic();
  }
}
