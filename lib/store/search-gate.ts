// Lets only so many searches have a connection at once, the others wait in line: whoever looks for runs must not keep runs from being started,
// which use the same connections. Used by PgDatabase.
import { Deferred } from '../kernel/deferred.js';

export class SearchGate {
  #free: number;
  readonly #waiting: Deferred[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  /** What the task gives, or throws. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else {
      const turn = new Deferred();
      this.#waiting.push(turn);
      await turn.promise;
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next.resolve();
    }
  }
}
