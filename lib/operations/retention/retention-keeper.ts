// Who sweeps, and when: each process looks now and then whether a sweep is due, and the first to claim it does it, so that all of them together do
// one per interval. Operators apply retention by the same claim: they wait for the sweep under way. Never two at once, or both would delete
// what is too much.
import { type Clock, pause } from '../../kernel/clock.js';
import { Deferred } from '../../kernel/deferred.js';
import { uuidv4 } from '../../kernel/ids.js';
import type { WorkflowsLogger } from '../../kernel/logger.js';
import type { DoneBy } from '../../model/audit.js';
import { isActive, type RetentionSettings } from '../../model/retention.js';
import type { RetentionStore } from '../../store/retention/retention.store.js';
import type { RetentionConfigStore } from '../../store/retention/retention-config.store.js';
import { ShuttingDownError } from '../../store/shutting-down.error.js';
import { RetentionBusyError, RetentionFailedError, SettingsChangedError } from './retention.errors.js';
import type { RetentionConfig } from './retention-config.js';
import { RetentionSweep } from './retention-sweep.js';
import { RetentionTotals } from './retention-totals.js';

/** Looks are never further apart: settings may have changed. */
const LONGEST_LOOK_MS = 60_000;
/** The first look comes within so many ms. */
const FIRST_LOOK_MS = 10_000;
/** Processes that share an interval do not look at the same moment. */
const JITTER = 0.1;
/** A sweep in the background goes on for so long; the next one does the rest. */
const BUDGET_MS = 30_000;
const BETWEEN_PARTS_MS = 1_000;
/** How long an operator waits for the sweep under way. */
const BUSY_MS = 45_000;
const BUSY_LOOK_MS = 100;
const SHORTEST_REST_MS = 10;
const LONGEST_REST_MS = 1_000;

export interface SweepOrder {
  by: DoneBy;
  /** What it goes by, given what is stored. */
  settingsOf(stored: RetentionSettings): RetentionSettings;
}

export interface RetentionKeeperParts {
  store: RetentionStore;
  configs: RetentionConfigStore;
  config: RetentionConfig;
  /** Runs were ended, durably. */
  ended(runIds: readonly string[]): void;
}

export class RetentionKeeper {
  readonly #stopping = new Deferred();
  readonly #working = new Set<Promise<unknown>>();
  #isStopped = false;
  #isLooking = false;
  #nextLookAt: number;

  constructor(
    private readonly parts: RetentionKeeperParts,
    /** As far as this process knows; what is stored decides. */
    intervalMs: number,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
  ) {
    this.#nextLookAt = clock.monotonic() + Math.random() * Math.min(intervalMs, FIRST_LOOK_MS);
  }

  /** Called at the tick: looks, when it is time, in the background. Never throws. */
  look(): void {
    if (this.#isStopped || this.#isLooking || this.clock.monotonic() < this.#nextLookAt) return;
    this.#isLooking = true;
    const looked = this.#sweepIfDue()
      .catch((error: unknown) => {
        if (!this.#isStopped) this.logger.error(`retention failed, it is tried again: ${(error as Error).message}`);
        return LONGEST_LOOK_MS;
      })
      .then((nextMs) => {
        this.#nextLookAt = this.clock.monotonic() + nextMs * (1 + Math.random() * JITTER);
        this.#isLooking = false;
      });
    void this.#track(looked);
  }

  /**
   * A whole sweep, now.
   *
   * @throws RetentionBusyError: nothing was done; RetentionFailedError: not all was done
   */
  apply(order: SweepOrder): Promise<RetentionTotals> {
    return this.#track(this.#apply(order));
  }

  /** Resolves when the batches that are on the wire are done. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopping.resolve();
    await Promise.allSettled(this.#working);
  }

  /** Returns in how many ms to look again. */
  async #sweepIfDue(): Promise<number> {
    const { settings, dueInMs } = await this.parts.config.find();
    if (!isActive(settings)) return LONGEST_LOOK_MS;
    if (dueInMs > 0) return Math.min(dueInMs, LONGEST_LOOK_MS);
    const sweep = uuidv4();
    if (!(await this.parts.configs.claimSweep(sweep, { ifDue: true }))) return Math.min(settings.intervalMs, LONGEST_LOOK_MS);
    const endsAt = this.clock.monotonic() + BUDGET_MS;
    const by = { actor: 'system', reason: null, requestId: null };
    const order = { by, settingsOf: (stored: RetentionSettings) => stored };
    const totals = new RetentionTotals();
    const isDone = await this.#sweep(sweep, order, totals, () => this.clock.monotonic() > endsAt);
    if (totals.deleted + totals.timedOut > 0)
      this.logger.log(`retention: ${totals.deleted} runs deleted, ${totals.timedOut} ended for their age`);
    return isDone ? Math.min(settings.intervalMs, LONGEST_LOOK_MS) : BETWEEN_PARTS_MS;
  }

  async #apply(order: SweepOrder): Promise<RetentionTotals> {
    const sweep = uuidv4();
    const totals = new RetentionTotals();
    try {
      await this.#claim(sweep);
      if (!(await this.#sweep(sweep, order, totals, () => false))) throw new ShuttingDownError();
    } catch (error) {
      if (error instanceof RetentionBusyError) throw error;
      throw new RetentionFailedError({ deleted: totals.deleted, timedOut: totals.timedOut }, error);
    }
    return totals;
  }

  async #claim(sweep: string): Promise<void> {
    const began = this.clock.monotonic();
    while (!(await this.parts.configs.claimSweep(sweep, { ifDue: false }))) {
      if (this.#isStopped) throw new ShuttingDownError();
      if (this.clock.monotonic() - began > BUSY_MS) throw new RetentionBusyError(BUSY_MS);
      await this.#rest(BUSY_LOOK_MS);
    }
  }

  /** Of the sweep that was claimed. False: it was over before it was done. */
  async #sweep(sweep: string, order: SweepOrder, totals: RetentionTotals, isLate: () => boolean): Promise<boolean> {
    const { store, configs, config, ended } = this.parts;
    const ports = {
      ended,
      rest: (ms: number) => this.#rest(Math.min(Math.max(ms, SHORTEST_REST_MS), LONGEST_REST_MS)),
      isOver: () => this.#isStopped || isLate(),
    };
    // After a failure the interval is waited for.
    let isUnfinished = false;
    try {
      for (;;) {
        const { settings, revision, now } = await config.find();
        const turn = { sweep, revision, ...order.by };
        try {
          const isDone = await new RetentionSweep(store, turn, order.settingsOf(settings), now, totals, ports, this.clock).run();
          isUnfinished = !isDone;
          return isDone;
        } catch (error) {
          if (!(error instanceof SettingsChangedError)) throw error;
        }
      }
    } finally {
      // Its time runs out, should that fail.
      await configs.releaseSweep(sweep, isUnfinished).catch(() => undefined);
    }
  }

  async #rest(ms: number): Promise<void> {
    await Promise.race([pause(this.clock, ms), this.#stopping.promise]);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => this.#working.delete(tracked));
    this.#working.add(tracked);
    return tracked;
  }
}
