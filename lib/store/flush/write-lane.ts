// Group commit. While a flush is on the wire, writes gather; the next flush carries all of them in one call and one commit. No timer:
// at low load a write leaves at once, at high load hundreds of runs share a commit. A run keeps to one lane, so its writes commit in
// order. A flush that fails for the connection is repeated until it gets through or the lease is lost; one that is refused for its data
// is split until the one bad owner is found.
//
//   write ──► gathering ──flush──► on the wire ──commit──► acked
//                 ▲                     │ lost: token is not ours any more
//                 └── next batch        └ refused: bad data
import { type Clock, pause } from '../../kernel/clock.js';
import type { WorkflowsLogger } from '../../kernel/logger.js';
import { isDataError, isExecutorRetired } from '../sql-errors.js';
import type { FlushResult } from './flush.store.js';
import { FlushBatch } from './flush-batch.js';
import type { FlushPart, FlushValue } from './flush-columns.js';
import type { WriteOwner } from './write-owner.js';

/** Batches waiting behind the one on the wire, from which on callers are held back. */
const SATURATED_BATCHES = 4;
/** How long a write nobody waits for may stay in the buffer. */
const LAZY_MS = 20;
const LAZY_UNDER_LOAD_MS = 500;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1_000;
/** Of the tries at one flush, each of which fails. */
const LOG_EVERY = 20;

export interface WriteRow {
  part: FlushPart;
  values: FlushValue[];
}

export interface WriteLanePorts {
  flush(batch: FlushBatch): Promise<FlushResult>;
  /** The executor is retired: whoever owns the lanes drops them. */
  onRetired(): void;
  /** After each flush, with the runs that were durably moved or inserted. */
  onFlushed(result: FlushResult): void;
}

export class WriteLane {
  #batches: FlushBatch[] = [];
  #scheduled = false;
  #onWire = false;
  #lazy = new Map<WriteOwner, { part: FlushPart; values: () => FlushValue[]; since: number }>();
  #lazyTimer = false;
  #abandoned = false;
  #failedOwners = new WeakSet<WriteOwner>();
  #hasFailed = false;
  #drained: Array<() => void> = [];

  constructor(
    private readonly ports: WriteLanePorts,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
  ) {}

  /** True while callers should not add more; `whenDrained` tells when they may. */
  get isSaturated(): boolean {
    return this.#batches.length > SATURATED_BATCHES;
  }

  /** Nothing is on the wire, and nothing will be by itself. */
  get isIdle(): boolean {
    return !this.#onWire && !this.#scheduled && this.#batches.length === 0 && this.#lazy.size === 0;
  }

  whenDrained(callback: () => void): void {
    if (this.isSaturated) this.#drained.push(callback);
    else callback();
  }

  write(owner: WriteOwner, part: FlushPart, values: FlushValue[], onDurable?: () => void): void {
    if (this.#lazy.size > 0) this.#hasten(owner);
    this.#gathering().add(owner, part, values, onDurable);
    this.#kick();
  }

  /** Rows that are durable together or not at all. */
  writeTogether(owner: WriteOwner, rows: readonly WriteRow[], onDurable?: () => void): void {
    if (this.#lazy.size > 0) this.#hasten(owner);
    const batch = this.#gathering();
    rows.forEach(({ part, values }, i) => {
      batch.add(owner, part, values, i === rows.length - 1 ? onDurable : undefined);
    });
    this.#kick();
  }

  /**
   * For a write that nobody waits for, and that `acked` does not count: it leaves just before the owner's next write, or after 20 ms (500 ms under load).
   * `values` are made then. So the RUNNING of a short run meets its terminal status in one batch, which makes it superfluous.
   */
  writeLazily(owner: WriteOwner, part: FlushPart, values: () => FlushValue[]): void {
    this.#lazy.set(owner, { part, values, since: this.clock.monotonic() });
    if (!this.#lazyTimer) this.#armLazy();
  }

  /** Its lazy write is not needed any more: somebody else speaks for the run. */
  forget(owner: WriteOwner): void {
    this.#lazy.delete(owner);
  }

  #armLazy(): void {
    this.#lazyTimer = true;
    this.clock.setTimer(LAZY_MS, () => {
      this.#lazyTimer = false;
      this.#ripen();
    });
  }

  /** A busy lane lets them wait longer: it is under load that the second update of a run would cost. */
  #ripen(): void {
    const busy = this.#onWire || this.#batches.length > 0;
    const ripe = this.clock.monotonic() - (busy ? LAZY_UNDER_LOAD_MS : LAZY_MS);
    for (const [owner, { since }] of this.#lazy) {
      if (since > ripe) break;
      this.#hasten(owner);
    }
    this.#kick();
    if (this.#lazy.size > 0) this.#armLazy();
  }

  /** Drops everything that is not on the wire, and tells its owners. Later writes are lost at once. Idempotent. */
  abandon(): void {
    if (this.#abandoned) return;
    this.#abandoned = true;
    const batches = this.#batches;
    this.#batches = [];
    const lazy = [...this.#lazy.keys()];
    this.#lazy.clear();
    for (const batch of batches) for (const owner of batch.owners.keys()) owner.lost();
    for (const owner of lazy) owner.lost();
    this.#wakeDrained();
  }

  #hasten(owner: WriteOwner): void {
    const lazy = this.#lazy.get(owner);
    if (lazy === undefined) return;
    this.#lazy.delete(owner);
    this.#gathering().add(owner, lazy.part, lazy.values(), undefined, false);
  }

  #gathering(): FlushBatch {
    let last = this.#batches.at(-1);
    if (last === undefined || last.isFull) {
      last = new FlushBatch();
      this.#batches.push(last);
    }
    return last;
  }

  #kick(): void {
    if (this.#abandoned) {
      this.#loseLateWrites();
      return;
    }
    if (this.#scheduled || this.#onWire || this.#batches.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#onWire) void this.#run();
    });
  }

  #loseLateWrites(): void {
    const batches = this.#batches;
    this.#batches = [];
    setImmediate(() => {
      for (const batch of batches) for (const owner of batch.owners.keys()) owner.lost();
    });
  }

  async #run(): Promise<void> {
    const batch = this.#batches.shift();
    if (batch === undefined) return;
    this.#onWire = true;
    try {
      await this.#flush(batch);
    } finally {
      this.#onWire = false;
      if (!this.isSaturated) this.#wakeDrained();
      this.#kick();
    }
  }

  async #flush(whole: FlushBatch): Promise<void> {
    const batch = this.#hasFailed ? whole.without((owner) => this.#failedOwners.has(owner)) : whole;
    if (batch.owners.size === 0) return;
    for (let failures = 0; ; failures++) {
      if (this.#abandoned) return this.#lose(batch);
      let result: FlushResult;
      try {
        result = await this.ports.flush(batch);
      } catch (error) {
        if (isExecutorRetired(error)) {
          this.#lose(batch);
          this.ports.onRetired();
          return;
        }
        if (isDataError(error)) {
          if (batch.owners.size > 1) {
            for (const half of batch.split()) await this.#flush(half);
            return;
          }
          for (const owner of batch.owners.keys()) {
            this.#failedOwners.add(owner);
            this.#hasFailed = true;
            owner.refused(error);
          }
          return;
        }
        const delay = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
        if (failures % LOG_EVERY === 0)
          this.logger.warn(`flush of ${batch.rows} writes failed, repeating: ${(error as Error).message}`);
        await pause(this.clock, delay);
        continue;
      }
      this.#settle(batch, result);
      return;
    }
  }

  #settle(batch: FlushBatch, result: FlushResult): void {
    const lost = result.lost.length > 0 ? new Set(result.lost) : undefined;
    this.ports.onFlushed(result);
    for (const [owner, share] of batch.owners) {
      try {
        if (lost?.has(owner.runId)) owner.lost();
        else {
          for (const callback of share.callbacks) callback();
          owner.acked(share.writes);
        }
      } catch (error) {
        // What is durable is durable: one owner's fault must not keep the others from hearing of it.
        this.logger.error(`run ${owner.runId}: after its flush: ${(error as Error).stack}`);
      }
    }
  }

  #lose(batch: FlushBatch): void {
    for (const owner of batch.owners.keys()) owner.lost();
  }

  #wakeDrained(): void {
    const waiting = this.#drained;
    this.#drained = [];
    for (const callback of waiting) callback();
  }
}
