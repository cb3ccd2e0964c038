// Starts that were accepted in memory and are on their way into the database: in order, in batches, one batch on the wire at a time, with no
// timer while the database takes them. Nothing that was accepted is lost as long as the process lives, unless it is dropped on purpose
// (`drop_oldest`): an outage is waited for, a row that the database refuses is found, tried again, and then kept as a dead letter.
import type { Clock, Timer } from '../kernel/clock.js';
import { Deferred } from '../kernel/deferred.js';
import { Fifo } from '../kernel/fifo.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { NewRun } from '../model/run.js';
import { ShuttingDownError } from '../store/shutting-down.error.js';
import { type DepartingRun, type InMemoryPorts, InMemoryWriter, RETRY_MS } from './in-memory-writer.js';

/** What becomes of a start that comes when the queue is full: refused (counted as rejected, or as dropped), or the oldest gives way. */
export type OverflowPolicy = 'reject' | 'drop_newest' | 'drop_oldest';

export interface InMemoryCounters {
  /** Accepted and not durable yet. */
  depth: number;
  maxDepth: number;
  accepted: number;
  /** Refused, for whatever reason, unless it counts as dropped. */
  rejected: number;
  /** Thrown away because the queue was full. */
  dropped: number;
  flushed: number;
  /** Inserts that failed: of outages, and of rows that were refused. */
  flushFailures: number;
  deadLetters: number;
  lastOverflowAt: Date | null;
}

interface Item extends DepartingRun {
  /** Of those who ask for the run meanwhile. */
  left?: Deferred;
}

const BATCH_ROWS = 200;
const BATCH_CHARACTERS = 4 * 1024 * 1024;
/** Flushing lets everybody else have a turn after so long. */
const TURN_MS = 25;

export class InMemoryQueue {
  readonly #waiting = new Fifo<Item>();
  /** On the wire, or to be repeated since the database was away. */
  #batch: Item[] = [];
  /** With those that it was refused. */
  readonly #writer: InMemoryWriter<Item>;
  /** All of these. */
  readonly #items = new Map<string, Item>();
  readonly #counters = { accepted: 0, rejected: 0, dropped: 0, flushed: 0, flushFailures: 0, deadLetters: 0 };
  #lastOverflowAt: Date | null = null;
  #asking = 0;
  #flushing?: Promise<void>;
  #isScheduled = false;
  #rest?: Timer;
  #isAway = false;
  #isClosed = false;
  #isOver = false;

  constructor(
    ports: InMemoryPorts,
    private readonly options: { maxDepth: number; overflow: OverflowPolicy; isAutomatic: boolean },
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
  ) {
    const events = {
      written: (items: readonly Item[]) => this.#gone('flushed', items),
      buried: (item: Item) => this.#gone('deadLetters', [item]),
      failed: () => void this.#counters.flushFailures++,
    };
    this.#writer = new InMemoryWriter(ports, events, clock, logger);
  }

  get depth(): number {
    return this.#items.size;
  }

  get counters(): InMemoryCounters {
    const { maxDepth } = this.options;
    return { depth: this.depth, maxDepth, ...this.#counters, lastOverflowAt: this.#lastOverflowAt };
  }

  /** Why nothing can be accepted now. */
  get obstacle(): 'shutting_down' | 'overflow' | undefined {
    if (this.#isClosed) return 'shutting_down';
    if (this.depth < this.options.maxDepth) return undefined;
    // What is on the wire may be durable already.
    return this.options.overflow === 'drop_oldest' && this.#waiting.size > 0 ? undefined : 'overflow';
  }

  /** Counts a start that was not accepted. */
  refuse(reason: string): void {
    if (reason === 'overflow') this.#lastOverflowAt = new Date(this.clock.now());
    this.#counters[reason === 'overflow' && this.options.overflow === 'drop_newest' ? 'dropped' : 'rejected']++;
  }

  /** Only while nothing is an `obstacle`. @returns the run that had to give way */
  accept(run: NewRun): string | undefined {
    const dropped = this.depth >= this.options.maxDepth ? this.#dropOldest() : undefined;
    const item: Item = { run, attempts: 0, retryAt: 0 };
    this.#items.set(run.runId, item);
    this.#waiting.push(item);
    this.#counters.accepted++;
    this.#kick();
    return dropped;
  }

  /**
   * Undefined: the run is not here, ask the database. Otherwise resolves when it is there, or will never be.
   * @throws ShuttingDownError (as a rejection) when it could not be written before this process ends
   */
  departure(runId: string): Promise<void> | undefined {
    const item = this.#items.get(runId);
    if (item === undefined) return undefined;
    if (item.left === undefined) {
      item.left = new Deferred();
      // A rejection at shutdown must not count as unhandled for somebody who has gone.
      item.left.promise.catch(() => undefined);
      this.#asking++;
      this.#kick();
    }
    return item.left.promise;
  }

  /** Writes what was accepted before this call, as far as the database takes it. How many runs became durable meanwhile. */
  async flush(): Promise<number> {
    const before = this.#counters.flushed;
    await this.#flushing;
    await this.#pass(true);
    return this.#counters.flushed - before;
  }

  /** Accepts nothing any more, and resolves when all is written, or after so long. What is left then is logged. */
  async stop(timeoutMs: number): Promise<void> {
    this.#isClosed = true;
    if (this.depth === 0) return;
    const timeIsUp = new Deferred();
    const timer = this.clock.setTimer(timeoutMs, () => {
      this.#isOver = true;
      this.#writer.end();
      timeIsUp.resolve();
    });
    while (this.depth > 0 && !this.#isOver) {
      await Promise.race([this.flush(), timeIsUp.promise]);
      if (this.depth > 0 && !this.#isOver) await Promise.race([this.#pause(), timeIsUp.promise]);
    }
    timer.cancel();
    this.#rest?.cancel();
    if (this.depth > 0) this.#giveUp();
  }

  #giveUp(): void {
    const unsure = this.#batch.length > 0 ? ` (of ${this.#batch.length} of them that is not certain)` : '';
    this.logger.error(
      `shutdown: ${this.depth} runs that were accepted in memory could not be written in time, they are lost${unsure}`,
    );
    for (const { left } of this.#items.values()) left?.reject(new ShuttingDownError());
    this.#items.clear();
    this.#waiting.clear();
  }

  #dropOldest(): string | undefined {
    const oldest = this.#waiting.shift();
    if (oldest === undefined) return undefined;
    this.#lastOverflowAt = new Date(this.clock.now());
    this.#counters.dropped++;
    this.#leaves(oldest);
    return oldest.run.runId;
  }

  /** By itself only if that is wanted; for those who ask in any case. */
  get #goesOn(): boolean {
    return (this.options.isAutomatic || this.#asking > 0) && !this.#isClosed;
  }

  #kick(): void {
    // Away, the timer asks; that rows which were refused have a timer too holds up nobody.
    const isResting = this.#isAway && this.#rest !== undefined;
    if (this.#isScheduled || this.#flushing !== undefined || isResting || !this.#goesOn) return;
    this.#isScheduled = true;
    // Whatever this turn of the process hands in leaves together.
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#goesOn) void this.#pass(false);
    });
  }

  /** One at a time. `isForced`: with what is not due yet. Never rejects. */
  #pass(isForced: boolean): Promise<void> {
    this.#flushing ??= this.#writeAll(isForced).finally(() => {
      this.#flushing = undefined;
      this.#goOn();
    });
    return this.#flushing;
  }

  #goOn(): void {
    if (!this.#goesOn) return;
    if (!this.#isAway && this.#waiting.size > 0) this.#kick();
    else if (this.#isAway || this.#writer.hasRefused) {
      this.#rest ??= this.clock.setTimer(RETRY_MS, () => {
        this.#rest = undefined;
        this.#kick();
      });
    }
  }

  /** What is here now; whatever comes meanwhile has its own pass. */
  async #writeAll(isForced: boolean): Promise<void> {
    let began = this.clock.monotonic();
    let left = this.#waiting.size;
    const due = this.#writer.dueNow(isForced);
    try {
      for (;;) {
        if (this.#batch.length === 0) {
          const item = due.shift();
          if (item !== undefined) this.#batch = [item];
          else left -= this.#take(left);
        }
        if (this.#batch.length === 0 || this.#isOver) break;
        await this.#writer.write(this.#batch);
        this.#batch = [];
        if (this.#isAway) this.logger.log('runs accepted in memory are written again');
        this.#isAway = false;
        if (this.clock.monotonic() - began < TURN_MS) continue;
        await new Promise(setImmediate);
        began = this.clock.monotonic();
      }
    } catch (error) {
      // The rows are not to blame; those that were written before it happened are out.
      this.#batch = this.#batch.filter((item) => this.#items.has(item.run.runId) && !this.#writer.isRefused(item));
      if (!this.#isAway && !this.#isOver)
        this.logger.warn(`${this.depth} runs accepted in memory wait for the database: ${(error as Error)?.message}`);
      this.#isAway = true;
    }
  }

  /** @returns how many left the line for the batch */
  #take(most: number): number {
    let characters = 0;
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      const weight = (next.run.input?.length ?? 0) + 200;
      const { length } = this.#batch;
      if (length >= Math.min(most, BATCH_ROWS) || (length > 0 && characters + weight > BATCH_CHARACTERS)) break;
      characters += weight;
      this.#batch.push(next);
      this.#waiting.shift();
    }
    return this.#batch.length;
  }

  #gone(how: 'flushed' | 'deadLetters', items: readonly Item[]): void {
    this.#counters[how] += items.length;
    for (const item of items) this.#leaves(item);
  }

  #leaves(item: Item): void {
    this.#items.delete(item.run.runId);
    if (item.left === undefined) return;
    this.#asking--;
    item.left.resolve();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.clock.setTimer(RETRY_MS, resolve);
    });
  }
}
