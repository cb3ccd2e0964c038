// Who waits for which run to end. One map for the process: a run that ends here answers at once, one that ends elsewhere is found by one
// query for all waiters, when a notification says that runs ended, and at every tick. Waiting costs no connection.
import type { Clock } from '../kernel/clock.js';
import { Deferred } from '../kernel/deferred.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { RunOutcomeRow, RunStore } from '../store/runs/run.store.js';
import { RunNotFoundError } from './run.errors.js';

const MAX_IDS_PER_QUERY = 5_000;
/** Runs that end here answer by themselves; only what waits longer is asked for at the tick. */
const ASK_AFTER_MS = 500;

interface Waiter {
  deferred: Deferred<RunOutcomeRow>;
  since: number;
}

export class RunOutcomes {
  readonly #waiters = new Map<string, Waiter>();
  #unchecked = new Set<string>();
  #checking = false;
  #polling?: Promise<void>;
  #pollAgain = false;
  #closed?: Error;

  constructor(
    private readonly runs: RunStore,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
    /** The run is in this process's memory: it will be published here. */
    private readonly isHeldHere: (runId: string) => boolean,
    private readonly onEndedHere: () => void,
  ) {}

  /**
   * Resolves with the outcome once the terminal status is durable. @throws RunNotFoundError (as a rejection)
   */
  wait(runId: string): Promise<RunOutcomeRow> {
    if (this.#closed) return Promise.reject(this.#closed);
    let waiter = this.#waiters.get(runId);
    if (waiter === undefined) {
      waiter = { deferred: new Deferred(), since: this.clock.monotonic() };
      this.#waiters.set(runId, waiter);
      // A rejection at shutdown must not count as unhandled for somebody who has gone.
      waiter.deferred.promise.catch(() => undefined);
      if (!this.isHeldHere(runId)) this.check(runId);
    }
    return waiter.deferred.promise;
  }

  /** A run ended here, durably. */
  publish(outcome: RunOutcomeRow): void {
    this.#resolve(outcome);
    this.onEndedHere();
  }

  /** Looks one run up soon, together with others. */
  check(runId: string): void {
    if (!this.#waiters.has(runId)) return;
    this.#unchecked.add(runId);
    if (this.#checking) return;
    this.#checking = true;
    setImmediate(() => void this.#check());
  }

  /** Asks for all that wait. Called at the tick and on notification; at most one at a time. */
  poll({ all = false } = {}): Promise<void> {
    if (this.#polling) {
      this.#pollAgain ||= all;
      return this.#polling;
    }
    const since = all ? Number.POSITIVE_INFINITY : this.clock.monotonic() - ASK_AFTER_MS;
    const ids = [...this.#waiters].filter(([, waiter]) => waiter.since <= since).map(([runId]) => runId);
    this.#polling = this.#ask(ids).finally(() => {
      this.#polling = undefined;
      if (!this.#pollAgain) return;
      this.#pollAgain = false;
      void this.poll({ all: true });
    });
    return this.#polling;
  }

  close(reason: Error): void {
    this.#closed = reason;
    for (const waiter of this.#waiters.values()) waiter.deferred.reject(reason);
    this.#waiters.clear();
  }

  async #ask(ids: string[]): Promise<void> {
    try {
      for (let i = 0; i < ids.length; i += MAX_IDS_PER_QUERY) {
        for (const outcome of await this.runs.listOutcomes(ids.slice(i, i + MAX_IDS_PER_QUERY))) this.#resolve(outcome);
      }
    } catch (error) {
      this.logger.debug(`outcomes not read, asking again at the next tick: ${(error as Error).message}`);
    }
  }

  async #check(): Promise<void> {
    this.#checking = false;
    const ids = [...this.#unchecked];
    this.#unchecked = new Set();
    try {
      for (let i = 0; i < ids.length; i += MAX_IDS_PER_QUERY) {
        const page = ids.slice(i, i + MAX_IDS_PER_QUERY);
        const existing = new Set(await this.runs.listExisting(page));
        for (const runId of page) if (!existing.has(runId)) this.#reject(runId, new RunNotFoundError(runId));
        await this.#ask(page.filter((runId) => existing.has(runId)));
      }
    } catch (error) {
      // The tick asks for outcomes; whether the runs exist is asked again here.
      this.logger.debug(`runs not looked up, trying again: ${(error as Error).message}`);
      this.clock.setTimer(ASK_AFTER_MS, () => {
        for (const runId of ids) this.check(runId);
      });
    }
  }

  #resolve(outcome: RunOutcomeRow): void {
    const waiter = this.#waiters.get(outcome.runId);
    if (waiter === undefined) return;
    this.#waiters.delete(outcome.runId);
    waiter.deferred.resolve(outcome);
  }

  #reject(runId: string, error: Error): void {
    const waiter = this.#waiters.get(runId);
    if (waiter === undefined) return;
    this.#waiters.delete(runId);
    waiter.deferred.reject(error);
  }
}
