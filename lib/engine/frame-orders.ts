// What an operator asks of a run that is in memory, and where its code meets it. Pure state: the frame asks, and does.
//
// A stop is met at an operation, not at a moment, so that a replay meets it where it was met. When it is applied, the run has asked for
// `ordinal` operations and been told `seq` outcomes. Of those it had asked for, the ones that wait fail at once; a step that runs goes on to
// its end, and if it succeeds, the next operation that its branch asks for fails: the one that is asked for before anything else is delivered.
// All others, in `finally` blocks and compensations, run as usual. The three rules hold on a replay too, by the two numbers alone.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { CommandOrder, StopRecord } from '../store/runs/claimed-run.js';
import type { Operation } from './operation.js';

/** Of a branch of the code: others are not shielded by it. */
interface Shield {
  /** What was to fail next was asked for in it: what comes after it fails. */
  failsAfter: boolean;
}

const shields = new AsyncLocalStorage<Shield>();

type StopOrder = Extract<CommandOrder, { name: 'STOP' }>;

export class FrameOrders {
  #isHolding = false;
  #asked?: StopOrder;
  #stop?: StopRecord;
  #failsNext = false;
  /** Code that no stop may interrupt is under way, so often. */
  #shields = 0;

  constructor(stop: StopRecord | null | undefined) {
    this.#stop = stop ?? undefined;
  }

  /** Nothing begins any more: the run is unloaded when what is under way is over. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** It was applied, by this process or before. */
  get stop(): StopRecord | undefined {
    return this.#stop;
  }

  /** A stop was asked for, has met no operation yet, and may. */
  get hasStopAhead(): boolean {
    return this.#asked !== undefined && this.#shields === 0;
  }

  /** A stop waits for the end of a shield. */
  get isStopShielded(): boolean {
    return this.#asked !== undefined && this.#shields > 0;
  }

  /** While `work` is under way a stop waits. */
  async shield<T>(work: () => Promise<T>, onEnd: () => void): Promise<T> {
    const shield: Shield = { failsAfter: false };
    this.#shields++;
    try {
      return await shields.run(shield, work);
    } finally {
      this.#shields--;
      if (shield.failsAfter) this.#failsNext = true;
      onEnd();
    }
  }

  /** True when this changes something. */
  hear(order: CommandOrder | null): boolean {
    if (this.#stop !== undefined || this.#asked !== undefined) return false;
    const { isHolding } = this;
    this.#isHolding = order?.name === 'HOLD';
    if (order?.name === 'STOP') this.#asked = order;
    return this.#asked !== undefined || this.#isHolding !== isHolding;
  }

  /** Stops the run where it is now. */
  apply(ordinal: number, seq: number): StopRecord {
    const stop = { ordinal, seq, error: this.#asked?.error ?? '' };
    this.#stop = stop;
    this.#asked = undefined;
    return stop;
  }

  /** The run was stopped while it waited for this. */
  failsBefore({ ordinal }: Pick<Operation, 'ordinal'>): boolean {
    return this.#stop !== undefined && ordinal < this.#stop.ordinal;
  }

  /** An outcome is about to be delivered. */
  delivers(ordinal: number, seq: number, isSuccess: boolean): void {
    this.#failsNext = isSuccess && this.#stop !== undefined && ordinal < this.#stop.ordinal && seq >= this.#stop.seq;
  }

  /** Asked once for each operation, as the code asks for it. */
  failsAsked(): boolean {
    const fails = this.#failsNext;
    this.#failsNext = false;
    const shield = shields.getStore();
    if (!fails || shield === undefined) return fails;
    shield.failsAfter = true;
    return false;
  }
}
