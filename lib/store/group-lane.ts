// Group commit of what callers insert and wait for: while one insert is on the wire, more gather; the next carries them all. Apart from
// the write lanes of runs, because it needs no fence: it works in a process that only starts runs or sends messages, and in one
// whose lease is lost.
import type { Clock } from '../kernel/clock.js';
import { repeatOnOutage } from './repeat-on-outage.js';
import { isDataError } from './sql-errors.js';

const MAX_BYTES = 4 * 1024 * 1024;

interface Item<T, R> {
  value: T;
  resolve(result: R): void;
  reject(error: unknown): void;
}

export interface GroupLanePorts<T, R> {
  /** Idempotent: it is repeated when its answer is lost. One result for each value, in order. */
  insert(values: T[]): Promise<readonly R[]>;
  /** About the number of bytes of one value. */
  weigh(value: T): number;
  maxRows: number;
  /** With one on the wire at a time, values commit in the order in which they were given. */
  maxOnWire: number;
}

export class GroupLane<T, R = void> {
  #waiting: Array<Item<T, R>> = [];
  #onWire = 0;
  #scheduled = false;

  constructor(
    private readonly ports: GroupLanePorts<T, R>,
    private readonly clock: Clock,
  ) {}

  /** Resolves when it is durable. @throws the database's error, of an outage after some seconds; it may be there all the same */
  insert(value: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ value, resolve, reject });
      this.#kick();
    });
  }

  #kick(): void {
    if (this.#scheduled || this.#onWire >= this.ports.maxOnWire || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const items = this.#take();
    if (items.length === 0) return;
    this.#onWire++;
    if (this.#waiting.length > 0) this.#kick();
    try {
      await this.#insert(items);
    } finally {
      this.#onWire--;
      this.#kick();
    }
  }

  async #insert(items: Array<Item<T, R>>): Promise<void> {
    try {
      const results = await repeatOnOutage(
        this.clock,
        () => this.ports.insert(items.map((item) => item.value)),
        (cause) => cause as Error,
      );
      items.forEach((item, i) => {
        item.resolve(results[i] as R);
      });
    } catch (error) {
      // One row that the database refuses must not fail its neighbours; an outage fails them all.
      if (items.length === 1 || !isDataError(error)) for (const item of items) item.reject(error);
      else {
        const half = items.length >> 1;
        await this.#insert(items.slice(0, half));
        await this.#insert(items.slice(half));
      }
    }
  }

  #take(): Array<Item<T, R>> {
    let rows = 0;
    for (let bytes = 0; rows < this.#waiting.length && rows < this.ports.maxRows && bytes < MAX_BYTES; rows++) {
      const next = this.#waiting[rows];
      if (next !== undefined) bytes += this.ports.weigh(next.value);
    }
    return this.#waiting.splice(0, rows);
  }
}
