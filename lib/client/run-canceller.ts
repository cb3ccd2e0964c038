// Cancels a run: terminal at once, under a new token, so that whatever its executor still writes is refused; the executor is told.

import type { ExecutorSession } from '../engine/executor-session.js';
import { RunNotFoundError } from '../engine/run.errors.js';
import type { RunOutcomes } from '../engine/run-outcomes.js';
import { storedVerdictText } from '../kernel/stored-error.js';
import { cleanText, cutText } from '../kernel/stored-text.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { Notifier } from '../store/notifier.js';
import type { RunStore } from '../store/runs/run.store.js';
import { isLockTimeout, isSerializationFailure } from '../store/sql-errors.js';
import type { CancelOptions } from './cancel-options.js';

const TRIES = 20;
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
    // Stored as they are: what Postgres refuses must not stop an operator.
    const why = reason === undefined ? null : cutText(cleanText(String(reason)), LONGEST_TEXT);
    const who = cutText(cleanText(String(actor)), LONGEST_TEXT);
    const error = storedVerdictText(new WorkflowsError('RunCancelledError', 'RUN_CANCELLED', why ?? `cancelled by ${who}`));
    for (let tries = 1; ; tries++) {
      try {
        const result = await this.runs.cancel(runId, { error, ifOverdue: false, actor: who, action: 'CANCEL', reason: why });
        if (result === undefined) throw new RunNotFoundError(runId);
        if (result.changed) {
          this.session()?.frames.get(runId)?.lost();
          this.outcomes.publish({ runId, status: result.status, output: null, error });
          this.notifier.tell('lost');
        }
        return result.changed;
      } catch (failure) {
        // Claimed between the look and the lock, or the lock is busy.
        if (!(isSerializationFailure(failure) || isLockTimeout(failure)) || tries >= TRIES) throw failure;
      }
    }
  }
}
