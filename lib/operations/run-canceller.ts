// Cancels a run: terminal at once, under a new token, so that whatever its executor still writes is refused; the executor is told.

import type { ExecutorSession } from '../engine/executor-session.js';
import { RunNotFoundError } from '../engine/run.errors.js';
import type { Waker } from '../engine/waker.js';
import type { Clock } from '../kernel/clock.js';
import { describeValue } from '../kernel/describe-value.js';
import { storedVerdictText } from '../kernel/stored-error.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { DoneBy } from '../model/audit.js';
import { repeatOnOutage } from '../store/repeat-on-outage.js';
import type { RunStore } from '../store/runs/run.store.js';
import type { CancelOptions } from './cancel-options.js';
import { invalidOperatorOption, resolveOperatorAction } from './operator-action.js';

const PAGE = 1_000;

/** The database did not answer. Whether the run is cancelled is open: cancel it again. */
export class CancelFailedError extends WorkflowsError {
  constructor(runId: string, cause: unknown) {
    super(
      'CancelFailedError',
      'CANCEL_FAILED',
      `Run ${runId} may not be cancelled, the database did not answer: ${(cause as Error)?.message}. Cancel it again.`,
      { details: { runId }, cause },
    );
  }
}

export class RunCanceller {
  constructor(
    private readonly runs: RunStore,
    private readonly waker: Waker,
    /** Told when a run was cancelled: whoever holds it lets go of it, and its permit may have come back. */
    private readonly onCancelled: () => void,
    private readonly session: () => ExecutorSession | undefined,
    private readonly clock: Clock,
  ) {}

  /**
   * True if this call ended the run; false if it was over already.
   *
   * @throws RunNotFoundError, CancelFailedError; UnknownOptionError, InvalidIdError, WorkflowsError (`INVALID_OPTION`) for options that are
   * none, or of another type, before any SQL
   */
  async cancel(runId: string, options: CancelOptions = {}): Promise<boolean> {
    const by = resolveOperatorAction('Cancel', options, ['children'], ['compensate']);
    const { children = false } = options;
    if (typeof children !== 'boolean')
      throw invalidOperatorOption('Cancel', 'children', `must be true or false, not ${describeValue(children)}`);
    const changed = await this.#cancelOne(runId, by);
    if (children) await this.#cancelChildren(runId, by);
    return changed;
  }

  /** Again until none is left: a child may have started another meanwhile. */
  async #cancelChildren(runId: string, by: DoneBy): Promise<void> {
    for (;;) {
      const children = await this.#repeat(runId, () => this.runs.listLiveDescendants(runId, PAGE));
      for (const child of children) await this.#cancelOne(child, by);
      if (children.length === 0) return;
    }
  }

  async #cancelOne(runId: string, by: DoneBy): Promise<boolean> {
    const text = by.reason ?? `cancelled by ${by.actor}`;
    const error = storedVerdictText(new WorkflowsError('RunCancelledError', 'RUN_CANCELLED', text));
    // Safe to repeat: a run that is cancelled already stays as it is.
    const result = await this.#repeat(runId, () => this.runs.cancel(runId, { error, ifOverdue: false, action: 'CANCEL', ...by }));
    if (result === undefined) throw new RunNotFoundError(runId);
    if (result.changed) {
      this.session()?.frames.get(runId)?.lost();
      this.waker.runEndedFromOutside({ runId, status: result.status, output: null, error });
      this.onCancelled();
    }
    return result.changed;
  }

  #repeat<T>(runId: string, work: () => Promise<T>): Promise<T> {
    return repeatOnOutage(this.clock, work, (cause) => new CancelFailedError(runId, cause));
  }
}
