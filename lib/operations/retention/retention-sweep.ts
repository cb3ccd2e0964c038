// One sweep: deletes what is over for long enough, then what is too much, then ends what is too old. In this order, so that it does what the
// preview says. In pages, behind a cursor: what a page keeps is not looked at again. Each page is deleted in transactions of its own, with a
// pause after each, so that others get their turn.
import type { Clock } from '../../kernel/clock.js';
import { formatDuration } from '../../kernel/duration.js';
import { storedVerdictText } from '../../kernel/stored-error.js';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import { afterOf, type RetentionReason, type RetentionSettings } from '../../model/retention.js';
import type { EndMark, OldRun, RetentionStore, SweepTurn, SweepVerdict } from '../../store/retention/retention.store.js';
import { isLockTimeout, isSerializationFailure } from '../../store/sql-errors.js';
import { ageLimitsOf } from './age-limits.js';
import { SettingsChangedError, SweepLostError } from './retention.errors.js';
import type { RetentionTotals } from './retention-totals.js';

/** Runs that are looked at together. */
export const PAGE = 1_000;
/** Runs above `maxRows` that are counted together: a table of any size is counted up to there only. */
const COUNTED = 100_000;
/** Of a fence that a flush holds. */
const MOST_TRIES = 5;

export interface SweepPorts {
  /** These runs were ended, durably: whoever waits for them, or has them in memory, is to be told. */
  ended(runIds: readonly string[]): void;
  /** So many ms, or less when the sweep is to stop. */
  rest(ms: number): Promise<void>;
  /** Asked before each page. */
  isOver(): boolean;
}

export class RetentionSweep {
  constructor(
    private readonly store: RetentionStore,
    private readonly turn: SweepTurn,
    private readonly settings: RetentionSettings,
    /** Ages count back from here; database clock. */
    private readonly now: string,
    private readonly totals: RetentionTotals,
    private readonly ports: SweepPorts,
    private readonly clock: Clock,
  ) {}

  /** False: it was over before it was done. @throws SettingsChangedError, SweepLostError, the database's error */
  async run(): Promise<boolean> {
    return (await this.#deleteExpired()) && (await this.#deleteSurplus()) && (await this.#endOld());
  }

  async #deleteExpired(): Promise<boolean> {
    for (const name of await this.store.listNames()) {
      const afterMs = afterOf(this.settings, name);
      if (afterMs === null) continue;
      let last: EndMark | undefined;
      do {
        if (this.ports.isOver()) return false;
        const page = await this.store.listExpired(name, this.now, afterMs, last, PAGE);
        await this.#delete(page, PAGE, 'after');
        last = page.length === PAGE ? page.at(-1) : undefined;
      } while (last !== undefined);
    }
    return true;
  }

  async #deleteSurplus(): Promise<boolean> {
    const { maxRows } = this.settings;
    if (maxRows === null) return true;
    const names = await this.store.listNames();
    const never = names.map(() => null);
    let last: EndMark | undefined;
    for (let counted = COUNTED; counted === COUNTED; ) {
      counted = (await this.store.count(maxRows + COUNTED)) - maxRows;
      for (let surplus = counted; surplus > 0; ) {
        if (this.ports.isOver()) return false;
        const limit = Math.min(surplus, PAGE);
        const page = await this.store.listOldest(names, never, this.now, last, limit);
        surplus -= await this.#delete(page, limit, 'maxRows');
        if (page.length < limit) return true;
        last = page.at(-1);
      }
    }
    return true;
  }

  /** At most so many of a page. Returns how many. */
  async #delete(page: readonly EndMark[], most: number, reason: RetentionReason): Promise<number> {
    if (page.length === 0) return 0;
    const condemned = await this.store.condemn(
      this.turn,
      page.map(({ runId }) => runId),
    );
    check(condemned.verdict);
    if (condemned.runIds.length > 0) await this.#passFences();
    let left = condemned.runIds;
    let deleted = 0;
    while (left.length > 0 && deleted < most) {
      const began = this.clock.monotonic();
      const batch = await this.store.deleteCondemned(this.turn, left, most - deleted, reason);
      check(batch.verdict);
      this.totals.add(reason, batch.deleted);
      for (const runs of batch.deleted.values()) deleted += runs;
      left = batch.leftOver;
      await this.ports.rest(this.clock.monotonic() - began);
    }
    return deleted;
  }

  /** Flushes that began before the runs were condemned may still write to them. */
  async #passFences(): Promise<void> {
    for (const executorId of await this.store.listFences()) {
      for (let tries = 1; ; tries++) {
        try {
          await this.store.passFence(executorId);
          break;
        } catch (error) {
          if (!isLockTimeout(error) || tries === MOST_TRIES) throw error;
        }
      }
    }
  }

  async #endOld(): Promise<boolean> {
    const limits = ageLimitsOf(this.settings);
    if (limits === undefined) return true;
    for (;;) {
      if (this.ports.isOver()) return false;
      const page = await this.store.listTooOld(this.now, limits, PAGE);
      const ended: string[] = [];
      try {
        for (const run of page) if (!this.ports.isOver() && (await this.#end(run))) ended.push(run.runId);
      } finally {
        if (ended.length > 0) this.ports.ended(ended);
      }
      // Those that changed hands meanwhile are left for another sweep.
      if (page.length < PAGE || ended.length === 0) return !this.ports.isOver();
    }
  }

  async #end(run: OldRun): Promise<boolean> {
    const error = new WorkflowsError(
      'RunTimeoutError',
      'RUN_TIMEOUT',
      `The run was not over ${formatDuration(run.timeoutMs)} after it was created (retention.globalTimeout).`,
    );
    try {
      const { verdict, changed } = await this.store.end(this.turn, run, this.now, storedVerdictText(error));
      check(verdict);
      if (changed) this.totals.add('globalTimeout', new Map([[run.workflowName, 1]]));
      return changed;
    } catch (failure) {
      if (isSerializationFailure(failure) || isLockTimeout(failure)) return false;
      throw failure;
    }
  }
}

function check(verdict: SweepVerdict): void {
  if (verdict === 'LOST') throw new SweepLostError();
  if (verdict === 'CHANGED') throw new SettingsChangedError();
}
