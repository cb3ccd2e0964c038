// What every process does at each tick beside claiming: rescue, deadlines, lost runs, suspects, and what waits in its memory. Each part fails
// by itself and is tried again at the next tick; one round is under way at a time. Rescue has a timer too, for the moment at which the next
// lease of somebody else is over: a takeover does not wait for the tick.

import type { QueueDirectory } from '../engine/queue-directory.js';
import type { RunOutcomes } from '../engine/run-outcomes.js';
import type { Waker } from '../engine/waker.js';
import type { Clock, Timer } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { ExecutorStore } from '../store/executors/executor.store.js';
import type { Claimer } from './claimer.js';
import type { DeadlineSweeper } from './deadline-sweeper.js';
import type { DeadlockWatch } from './deadlock-watch.js';
import type { DueTimer } from './due-timer.js';
import type { ExecutorHost } from './executor-host.js';
import type { HeldRunWatch } from './held-run-watch.js';
import type { LeaseRescuer } from './lease-rescuer.js';
import type { PermitReturner } from './permit-returner.js';
import type { StrayRunReleaser } from './stray-run-releaser.js';

export interface SweepParts {
  host: ExecutorHost;
  claimer: Claimer;
  rescuer: LeaseRescuer;
  deadlines: DeadlineSweeper;
  heldRuns: HeldRunWatch;
  strays: StrayRunReleaser;
  permits: PermitReturner;
  queues: QueueDirectory;
  deadlocks: DeadlockWatch;
  outcomes: RunOutcomes;
  events: { poll(): Promise<void> };
  inboxes: { poll(): Promise<void> };
  streams: { poll(): Promise<void> };
  waker: Waker;
  dueTimer: DueTimer;
  executors: ExecutorStore;
  /** Looks whether it is time, and works beside the rounds. */
  retention: { look(): void; stop(): Promise<void> };
  /** Takes bulk jobs on whose process is gone, beside the rounds. */
  bulk: { look(): void; lookIfOwed(): void };
  /** Other processes known to live. */
  others(): number;
}

/** Strays are rare, and looking for them reads all that is owned. */
const STRAYS_EVERY = 3;
const HANDED_OVER_MS = 50;
/** Jobs that are made here need no look. */
const BULK_EVERY = 5;
/** Such a queue is stuck until somebody does something. */
const DEADLOCKS_EVERY = 15;
/** Old executor rows are forgotten once in so many rounds. */
const FORGET_EVERY = 600;

export class BackgroundSweeps {
  #round?: Promise<void>;
  #rounds = 0;
  #watches = 0;
  #failing = new Set<string>();
  #lookingAfter?: Promise<void>;
  #lookAgain = false;
  #handedOver?: Timer;
  #rescuing?: Promise<void>;
  #leaseTimer?: Timer;
  #stopped = false;

  constructor(
    private readonly parts: SweepParts,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
  ) {}

  /** Never rejects. */
  runOnce(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#round ??= this.#sweep().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  /** For what waits in this process, whether it executes runs or not. Never rejects. */
  async watch(): Promise<void> {
    if (this.#stopped) return;
    const { outcomes, events, inboxes, streams } = this.parts;
    if (this.#watches++ % BULK_EVERY === 0) this.parts.bulk.lookIfOwed();
    await Promise.all([outcomes.poll(), events.poll(), inboxes.poll(), streams.poll()]);
  }

  /** Something has become of runs that may be held here. Resolves when a look that began later is over; never rejects. */
  lookAfterRuns(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#lookAgain = true;
    this.#lookingAfter ??= this.#lookAfter();
    return this.#lookingAfter;
  }

  /** Not just once: what it is told during a look may have come too late for that. */
  async #lookAfter(): Promise<void> {
    while (this.#lookAgain) {
      this.#lookAgain = false;
      await this.#try('look after the runs held here', () => this.parts.heldRuns.runOnce());
    }
    this.#lookingAfter = undefined;
    // Those that are handed over have no frame yet that could be told. What is missed for longer is seen at the tick.
    if (this.parts.host.session?.handingOver.size) {
      this.#handedOver?.cancel();
      this.#handedOver = this.clock.setTimer(HANDED_OVER_MS, () => {
        void this.#try('look after the runs held here', () => this.parts.heldRuns.runOnce());
      });
    }
  }

  /** Resolves when the round under way is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#leaseTimer?.cancel();
    this.#handedOver?.cancel();
    this.parts.dueTimer.stop();
    await Promise.all([this.#round, this.#lookingAfter, this.#rescuing, this.parts.retention.stop()]);
  }

  async #sweep(): Promise<void> {
    const { deadlines, heldRuns, strays, permits, queues, deadlocks, executors, waker, dueTimer, others } = this.parts;
    await this.#try('read the queues', () => queues.refresh());
    await this.#try('look for what is due next', () => dueTimer.runOnce());
    await this.#rescue();
    await this.#try('end overdue runs', () => deadlines.runOnce());
    await this.#try('look after the runs held here', () => heldRuns.runOnce());
    await this.#lookForSuspects(1 / (others() + 1));
    await this.watch();
    waker.wakeForPending();
    if (!this.#stopped) this.parts.retention.look();
    if (!this.#stopped && this.#rounds % BULK_EVERY === 0) this.parts.bulk.look();
    this.#rounds++;
    if (this.#rounds % STRAYS_EVERY === 0) {
      await this.#try('look for stray runs', () => strays.runOnce());
      await this.#try('give permits back', () => permits.runOnce());
    }
    if (this.#rounds % DEADLOCKS_EVERY === 0) await this.#try('look for queues that are stuck', () => deadlocks.runOnce());
    if (this.#rounds % FORGET_EVERY === 0) await this.#try('forget old executors', () => executors.deleteCleared());
  }

  #rescue(): Promise<void> {
    const { rescuer } = this.parts;
    this.#rescuing ??= this.#try('rescue', async () => {
      // Whoever has re-queued suspects takes care of them: the others draw lots at their ticks.
      if ((await rescuer.runOnce()) > 0) await this.#lookForSuspects(1);
    }).finally(() => {
      this.#rescuing = undefined;
      this.#leaseTimer?.cancel();
      const { dueInMs } = rescuer;
      if (!this.#stopped && dueInMs !== undefined) this.#leaseTimer = this.clock.setTimer(dueInMs, () => void this.#rescue());
    });
    return this.#rescuing;
  }

  async #lookForSuspects(share: number): Promise<void> {
    const { host, claimer } = this.parts;
    const { session } = host;
    if (session?.holdsLease) await this.#try('look for suspects', () => claimer.watchSuspects(session, share));
  }

  async #try(what: string, work: () => Promise<unknown>): Promise<void> {
    if (this.#stopped) return;
    try {
      await work();
      this.#failing.delete(what);
    } catch (error) {
      if (!this.#failing.has(what) && !this.#stopped)
        this.logger.warn(`could not ${what}, the next tick tries again: ${(error as Error).message}`);
      this.#failing.add(what);
    }
  }
}
