// Decides when this process claims: at the tick, which is the truth, and sooner when it is poked (a start here, a notification from
// elsewhere, slots that became free). One claim is under way at a time; no claim asks for more than the free slots.

import type { ExecutorSession } from '../engine/executor-session.js';
import type { EagerGate } from '../engine/run-starter.js';
import type { WorkflowRegistry } from '../engine/workflow-registry.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Notifier } from '../store/notifier.js';
import type { Claimer } from './claimer.js';
import type { ExecutorHost } from './executor-host.js';
import type { Slots } from './slots.js';

const MAX_CLAIM = 500;

export class Dispatcher implements EagerGate {
  #open = false;
  #claiming?: Promise<void>;
  #again = false;
  /** More runs may wait than were claimed: nothing may start eagerly past them. */
  #backlog = true;
  #failing = false;
  #wasCrowded = false;

  constructor(
    private readonly host: ExecutorHost,
    private readonly claimer: Claimer,
    private readonly slots: Slots,
    private readonly registry: WorkflowRegistry,
    private readonly notifier: Notifier,
    private readonly logger: WorkflowsLogger,
  ) {}

  start(): void {
    this.#open = true;
    this.poke();
  }

  /** No claim begins after this; resolves when the one under way has been handed over. */
  async stop(): Promise<void> {
    this.#open = false;
    this.claimer.stop();
    await this.#claiming;
  }

  /** Something may be there to claim. */
  poke(): void {
    void this.runOnce();
  }

  /** Claims until the queue or the slots are exhausted. */
  runOnce(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#again = true;
    this.#claiming ??= this.#loop().then((goOn) => {
      this.#claiming = undefined;
      // Poked between the last look and here.
      if (goOn && this.#again) this.poke();
    });
    return this.#claiming;
  }

  /** A claim is worth a round trip when many slots are free, or all of them; otherwise the tick does it. */
  slotFreed(): void {
    if (this.#backlog && (this.slots.available >= Math.min(100, Math.ceil(this.slots.capacity / 4)) || this.slots.used === 0))
      this.poke();
  }

  // — eager starts —

  take(workflowName: string): ExecutorSession | undefined {
    const { session } = this.host;
    if (!this.#open || this.#backlog || this.slots.available === 0 || !this.claimer.takesNewRuns) return undefined;
    if (session === undefined || !session.holdsLease || session.isDraining || !this.registry.serves(workflowName))
      return undefined;
    this.slots.take();
    return session;
  }

  free(): void {
    this.slots.free();
    this.slotFreed();
  }

  enqueued(): void {
    this.#backlog = true;
    this.poke();
    this.notifier.tell('work');
  }

  /** Runs may wait for a slot, and none is free: those that only wait for others need not keep theirs. */
  get isCrowded(): boolean {
    return this.#backlog && this.slots.available === 0;
  }

  /** Runs may wait that this process has not seen. */
  foundWork(): void {
    this.#backlog = true;
    this.poke();
  }

  /** False: it makes no sense to try again before the next tick. */
  async #loop(): Promise<boolean> {
    while (this.#again && this.#open) {
      this.#again = false;
      const { session } = this.host;
      const limit = Math.min(this.slots.available, MAX_CLAIM);
      if (session === undefined || !session.holdsLease) return false;
      // Once: who comes to rest later asks by itself.
      const isCrowded = this.isCrowded;
      if (isCrowded && !this.#wasCrowded) session.reconsider();
      this.#wasCrowded = isCrowded;
      try {
        const claimed = await this.claimer.claim(session, limit);
        // At most half of a claim comes from runs that are due, so half of it may be all that one claim gets.
        const full = claimed >= Math.ceil(limit / 2);
        // Nothing asked for, nothing learnt.
        if (limit > 0) this.#backlog = !this.claimer.takesNewRuns || full;
        if (claimed > 0 && full && this.slots.available > 0) this.#again = true;
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) this.logger.warn(`claim failed, the next tick tries again: ${(error as Error).message}`);
        this.#failing = true;
        this.#backlog = true;
        return false;
      }
    }
    return true;
  }
}
