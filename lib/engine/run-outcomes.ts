// Who waits for which run to end: callers of `returnValue`, and runs that wait for their children. A run that ends here answers at once,
// one that ends elsewhere is found by one query for all waiters.
import type { Clock } from '../kernel/clock.js';
import { Deferred } from '../kernel/deferred.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { RunOutcomeRow, RunStore } from '../store/runs/run.store.js';
import { Lookout, type Watcher } from './lookout.js';
import { RunNotFoundError } from './run.errors.js';

interface RunQuery {
  readonly runId: string;
}

/** Null: there is no such run (any more). */
type Ended = RunOutcomeRow | null;

export class RunOutcomes {
  readonly #lookout: Lookout<RunQuery, Ended>;
  readonly #waiting = new Map<string, Deferred<RunOutcomeRow>>();
  #closed?: Error;

  constructor(
    runs: RunStore,
    clock: Clock,
    logger: WorkflowsLogger,
    /** The run is in this process's memory: it will be published here. */
    private readonly isHeldHere: (runId: string) => boolean,
  ) {
    const ask = async (queries: readonly RunQuery[]) => {
      const rows = await runs.listOutcomes(queries.map(({ runId }) => runId));
      const ended = new Map(rows.map((row) => [row.runId, row.status === null ? null : (row as RunOutcomeRow)]));
      return queries.map(({ runId }) => ended.get(runId));
    };
    this.#lookout = new Lookout(ask, ({ runId }) => runId, clock, logger);
  }

  /**
   * Resolves with the outcome once the terminal status is durable. @throws RunNotFoundError (as a rejection)
   */
  wait(runId: string): Promise<RunOutcomeRow> {
    if (this.#closed) return Promise.reject(this.#closed);
    const waiting = this.#waiting.get(runId);
    if (waiting !== undefined) return waiting.promise;
    const deferred = new Deferred<RunOutcomeRow>();
    this.#waiting.set(runId, deferred);
    // A rejection at shutdown must not count as unhandled for somebody who has gone.
    deferred.promise.catch(() => undefined);
    const found = (outcome: Ended) => {
      leave();
      this.#waiting.delete(runId);
      if (outcome === null) deferred.reject(new RunNotFoundError(runId));
      else deferred.resolve(outcome);
    };
    const leave = this.watch(runId, { found, closed: (reason) => deferred.reject(reason) });
    return deferred.promise;
  }

  /** Never calls back before it returns. @returns leaves */
  watch(runId: string, watcher: Watcher<Ended>): () => void {
    return this.#lookout.watch({ runId }, watcher, { lookNow: !this.isHeldHere(runId) });
  }

  /** A run ended, durably. */
  publish(outcome: RunOutcomeRow): void {
    this.#lookout.tell(outcome, outcome);
  }

  /** Looks soon whether these have ended, or any. */
  poke(runIds?: readonly string[]): void {
    this.#lookout.poke(runIds);
  }

  /** Asks for all that wait for long. Called at the tick. */
  poll(): Promise<void> {
    return this.#lookout.poll();
  }

  close(reason: Error): void {
    this.#closed = reason;
    this.#lookout.close(reason);
    this.#waiting.clear();
  }
}
