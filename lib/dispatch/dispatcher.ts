// Decides when this process claims: at the tick, which is the truth, and sooner when it is poked (a start here, a notification from
// elsewhere, slots that became free). One claim is under way at a time; no claim asks for more than the free slots.

import type { ExecutorSession } from '../engine/executor-session.js';
import type { QueueDirectory } from '../engine/queue-directory.js';
import type { EagerGate } from '../engine/run-starter.js';
import type { WorkflowRegistry } from '../engine/workflow-registry.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Notifier } from '../store/notifier.js';
import type { Claimer } from './claimer.js';
import type { ExecutorHost } from './executor-host.js';
import type { GatedClaims } from './gated-claims.js';
import type { Slots } from './slots.js';

const MAX_CLAIM = 500;

export class Dispatcher implements EagerGate {
  #open = false;
  #claiming?: Promise<void>;
  #again = false;
  /** More runs may wait than were claimed: nothing may start eagerly past them. */
  #backlog = true;
  #failing = false;
  /** The next claim is not only for runs that need a permit. */
  #isOpenToo = true;
  #wasCrowded = false;
  #claimed = 0;
  /** Permits that came back since the last claim. */
  #returned = 0;

  constructor(
    private readonly host: ExecutorHost,
    private readonly claimer: Claimer,
    private readonly gated: GatedClaims,
    private readonly slots: Slots,
    private readonly registry: WorkflowRegistry,
    private readonly queues: QueueDirectory,
    private readonly servesQueue: (queue: string) => boolean,
    /** False: it claims only when it is told to, by runOnce. */
    private readonly isAutomatic: boolean,
    private readonly notifier: Notifier,
    private readonly logger: WorkflowsLogger,
    /** A run will enter its queue after so many ms. */
    private readonly onDelayed: (ms: number) => void,
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
    if (this.isAutomatic) void this.runOnce();
  }

  /** At the tick: whatever was missed is seen now. */
  look(): void {
    this.gated.look();
    this.poke();
  }

  /** Runs that have begun are in their queues again. */
  requeued(): void {
    this.gated.look();
    this.#backlog = true;
    this.poke();
    this.notifier.tell('work');
  }

  /** Something may be there that needs a permit, and nothing else. */
  pokeGated(): void {
    if (this.isAutomatic) void this.#run();
  }

  /** Claims until the queues or the slots are exhausted. */
  runOnce(): Promise<void> {
    this.#isOpenToo = true;
    return this.#run();
  }

  #run(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#again = true;
    this.#claiming ??= this.#loop().then((goOn) => {
      this.#claiming = undefined;
      // Poked between the last look and here.
      if (goOn && this.#again) void this.#run();
    });
    return this.#claiming;
  }

  /** Runs claimed so far. */
  get claimed(): number {
    return this.#claimed;
  }

  /** A claim is worth a round trip when many slots are free, or all of them; otherwise the tick does it. */
  slotFreed(): void {
    if (this.slots.used > 0 && this.slots.available < Math.min(100, Math.ceil(this.slots.capacity / 4))) return;
    if (this.#backlog) this.poke();
    else if (this.gated.mayHaveWork) this.pokeGated();
  }

  // — eager starts —

  take(workflowName: string, queue: string): ExecutorSession | undefined {
    const { session } = this.host;
    if (!this.#open || !this.isAutomatic || this.#backlog || this.slots.available === 0 || !this.claimer.takesNewRuns)
      return undefined;
    if (session === undefined || !session.holdsLease || session.isDraining || !this.registry.serves(workflowName))
      return undefined;
    if (!this.queues.isOpen(queue) || !this.servesQueue(queue)) return undefined;
    this.slots.take();
    this.slots.enter(queue);
    return session;
  }

  free(queue: string): void {
    this.slots.leave(queue);
    this.slotFreed();
  }

  enqueued(runs: ReadonlyArray<{ queue: string; partitionKey: string | null; delayMs?: number }>): void {
    for (const { queue, partitionKey, delayMs = 0 } of runs) {
      if (delayMs > 0) this.onDelayed(delayMs);
      else if (this.queues.isGated(queue, partitionKey)) this.gated.look();
      else this.#backlog = true;
    }
    if (this.#backlog) this.poke();
    else this.pokeGated();
    this.notifier.tell('work');
  }

  /** Others of that queue or partition may begin. */
  permitReturned(queue: string, partitionKey: string | null): void {
    if (!this.queues.isGated(queue, partitionKey)) return;
    this.#returned++;
    this.gated.look();
    this.pokeGated();
    if (!this.#open || !this.isAutomatic) this.#offerPermits();
  }

  /** Permits came back elsewhere, or of runs that nobody had. */
  lookForPermits(): void {
    this.gated.look();
    this.pokeGated();
  }

  /** What this process does not claim itself may be another's: a workflow that is not known here, or no slot is free. */
  #offerPermits(): void {
    this.#returned = 0;
    this.notifier.tell('permits');
  }

  /** Runs may wait for a slot, and none is free: those that only wait for others need not keep theirs. */
  get isCrowded(): boolean {
    return (this.#backlog || this.gated.mayHaveWork) && this.slots.available === 0;
  }

  /** Runs may wait that this process has not seen. */
  foundWork(): void {
    this.#backlog = true;
    this.gated.look();
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
      const returned = this.#returned;
      const isOpenToo = this.#isOpenToo;
      this.#isOpenToo = false;
      try {
        const { claimed, gated, isBacklog, goOn } = await this.claimer.claim(session, limit, isOpenToo);
        this.#claimed += claimed;
        // Those that came back meanwhile are looked for by the next claim.
        this.#returned = Math.max(this.#returned - returned, 0);
        if (gated < returned) this.notifier.tell('permits');
        // Nothing asked for, nothing learnt.
        if (limit > 0 && isOpenToo) this.#backlog = !this.claimer.takesNewRuns || isBacklog;
        if (isBacklog || limit === 0) this.#isOpenToo ||= isOpenToo;
        if (goOn && this.slots.available > 0) this.#again = true;
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) this.logger.warn(`claim failed, the next tick tries again: ${(error as Error).message}`);
        this.#failing = true;
        this.#backlog = true;
        this.#isOpenToo = true;
        return false;
      }
    }
    return true;
  }
}
