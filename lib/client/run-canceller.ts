// Cancels a run: terminal at once, under a new token, so that whatever its executor still writes is refused; the executor is told.

import type { ExecutorSession } from '../engine/executor-session.js';
import { RunNotFoundError } from '../engine/run.errors.js';
import type { RunOutcomes } from '../engine/run-outcomes.js';
import { storedErrorText } from '../kernel/stored-error.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { Notifier } from '../store/notifier.js';
import type { RunStore } from '../store/runs/run.store.js';
import { isSerializationFailure } from '../store/sql-errors.js';
import type { CancelOptions } from './cancel-options.js';

const TRIES = 50;
const LONGEST_TEXT = 1_000;

export class RunCanceller {
  constructor(
    private readonly runs: RunStore,
    private readonly outcomes: RunOutcomes,
    private readonly notifier: Notifier,
    private readonly session: () => ExecutorSession | undefined,
  ) {}

  /** True if this call ended the run; false if it was over already. @throws RunNotFoundError */
  async cancel(runId: string, { reason, actor = 'api' }: CancelOptions = {}): Promise<boolean> {
    const why = reason?.slice(0, LONGEST_TEXT) ?? null;
    const error = storedErrorText(new WorkflowsError('RunCancelledError', 'RUN_CANCELLED', why ?? `cancelled by ${actor}`));
    for (let tries = 1; ; tries++) {
      try {
        const result = await this.runs.cancel(runId, { error, ifOverdue: false, actor, action: 'CANCEL', reason: why });
        if (result === undefined) throw new RunNotFoundError(runId);
        if (result.changed) {
          this.session()?.frames.get(runId)?.lost();
          this.outcomes.publish({ runId, status: result.status, output: null, error });
          this.notifier.tell('lost');
        }
        return result.changed;
      } catch (failure) {
        // Claimed between the look and the lock.
        if (!isSerializationFailure(failure) || tries >= TRIES) throw failure;
      }
    }
  }
}
