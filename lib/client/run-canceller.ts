// Cancels a run: terminal at once, under a new token, so that whatever its executor still writes is refused; the executor is told.

import type { ExecutorSession } from '../engine/executor-session.js';
import { RunNotFoundError } from '../engine/run.errors.js';
import type { RunOutcomes } from '../engine/run-outcomes.js';
import type { Clock } from '../kernel/clock.js';
import { describeValue, textOfPrimitive } from '../kernel/describe-value.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { storedVerdictText } from '../kernel/stored-error.js';
import { cleanText, cutText } from '../kernel/stored-text.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { Notifier } from '../store/notifier.js';
import { repeatOnOutage } from '../store/repeat-on-outage.js';
import type { RunStore } from '../store/runs/run.store.js';
import type { CancelOptions } from './cancel-options.js';

const LONGEST_TEXT = 1_000;

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
    private readonly outcomes: RunOutcomes,
    private readonly notifier: Notifier,
    private readonly session: () => ExecutorSession | undefined,
    private readonly clock: Clock,
  ) {}

  /**
   * True if this call ended the run; false if it was over already.
   *
   * @throws RunNotFoundError, CancelFailedError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) for options that are none
   */
  async cancel(runId: string, options: CancelOptions = {}): Promise<boolean> {
    refuseUnknownKeys(options, ['reason', 'actor'], ['children'], 'cancel option');
    const why = storable('reason', options.reason);
    const who = storable('actor', options.actor) ?? 'api';
    const error = storedVerdictText(new WorkflowsError('RunCancelledError', 'RUN_CANCELLED', why ?? `cancelled by ${who}`));
    // Safe to repeat: a run that is cancelled already stays as it is.
    const result = await repeatOnOutage(
      this.clock,
      () => this.runs.cancel(runId, { error, ifOverdue: false, actor: who, action: 'CANCEL', reason: why }),
      (cause) => new CancelFailedError(runId, cause),
    );
    if (result === undefined) throw new RunNotFoundError(runId);
    if (result.changed) {
      this.session()?.frames.get(runId)?.lost();
      this.outcomes.publish({ runId, status: result.status, output: null, error });
      this.notifier.tell('lost');
    }
    return result.changed;
  }
}

/** Whatever its text: what Postgres would refuse must not stop an operator. Null for none. */
function storable(option: keyof CancelOptions, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const text = textOfPrimitive(value);
  if (text === undefined)
    throw new WorkflowsError(
      'InvalidCancelOptionError',
      'INVALID_OPTION',
      `Cancel option "${option}" must be a text, not ${describeValue(value)}.`,
      { details: { option } },
    );
  return cutText(cleanText(text), LONGEST_TEXT);
}
