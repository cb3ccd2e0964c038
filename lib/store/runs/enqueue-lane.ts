// Group commit of plain starts: the runs of many callers go in with one insert. Apart from the write lanes, because a start needs no
// fence: it must work in a process that only enqueues, and in one whose lease is lost. Callers wait for the commit.
import type { Clock } from '../../kernel/clock.js';
import type { NewRun } from '../../model/run.js';
import { repeatOnOutage } from '../repeat-on-outage.js';
import { isDataError } from '../sql-errors.js';
import type { RunStore } from './run.store.js';

const MAX_ROWS = 1_000;
const MAX_BYTES = 4 * 1024 * 1024;

interface Start {
  run: NewRun;
  resolve(): void;
  reject(error: unknown): void;
}

export class EnqueueLane {
  #waiting: Start[] = [];
  #onWire = 0;
  #scheduled = false;

  constructor(
    private readonly runs: RunStore,
    private readonly clock: Clock,
    private readonly maxOnWire = 2,
  ) {}

  /** Resolves when the run is durable. @throws the database's error, of an outage after some seconds; the run may exist all the same */
  insert(run: NewRun): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run, resolve, reject });
      this.#kick();
    });
  }

  #kick(): void {
    if (this.#scheduled || this.#onWire >= this.maxOnWire || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const starts = this.#take();
    if (starts.length === 0) return;
    this.#onWire++;
    if (this.#waiting.length > 0) this.#kick();
    try {
      await this.#insert(starts);
    } finally {
      this.#onWire--;
      this.#kick();
    }
  }

  async #insert(starts: Start[]): Promise<void> {
    try {
      // Once for all of them, and safe: the insert is idempotent by run id.
      await repeatOnOutage(
        this.clock,
        () => this.runs.insertMany(starts.map((start) => start.run)),
        (cause) => cause as Error,
      );
      for (const start of starts) start.resolve();
    } catch (error) {
      // One row that the database refuses must not fail its neighbours; an outage fails them all.
      if (starts.length === 1 || !isDataError(error)) for (const start of starts) start.reject(error);
      else {
        const half = starts.length >> 1;
        await this.#insert(starts.slice(0, half));
        await this.#insert(starts.slice(half));
      }
    }
  }

  #take(): Start[] {
    let rows = 0;
    for (let bytes = 0; rows < this.#waiting.length && rows < MAX_ROWS && bytes < MAX_BYTES; rows++)
      bytes += (this.#waiting[rows]?.run.input?.length ?? 0) + 200;
    return this.#waiting.splice(0, rows);
  }
}
