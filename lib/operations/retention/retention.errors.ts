// What goes wrong with retention. Nothing here is ever swallowed on behalf of who asked.
import { WorkflowsError } from '../../kernel/workflows.error.js';

/** A sweep did not come to its end. What it did before is done, and in the audit log. */
export class RetentionFailedError extends WorkflowsError {
  constructor(done: { deleted: number; timedOut: number }, cause: unknown) {
    super(
      'RetentionFailedError',
      'RETENTION_FAILED',
      `Retention was not applied to the end: ${(cause as Error)?.message}. ${done.deleted} runs were deleted and ${done.timedOut} ended before that. Apply it again.`,
      { details: done, cause },
    );
  }
}

/** Nothing was done. */
export class RetentionBusyError extends WorkflowsError {
  constructor(waitedMs: number) {
    super(
      'RetentionBusyError',
      'RETENTION_BUSY',
      `Another sweep of retention is under way, and was not over within ${Math.round(waitedMs / 1000)} s. Apply it again later.`,
    );
  }
}

/** This sweep has paused for so long that another one has begun in its place. */
export class SweepLostError extends WorkflowsError {
  constructor() {
    super('SweepLostError', 'SWEEP_LOST', 'another sweep has taken over');
  }
}

/** The settings are others now: the sweep begins again with them. */
export class SettingsChangedError extends WorkflowsError {
  constructor() {
    super('SettingsChangedError', 'RETENTION_CHANGED', 'the settings of retention have changed');
  }
}
