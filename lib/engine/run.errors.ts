// What goes wrong with runs: thrown to callers of the service, or stored as the error of a run.
import { WorkflowsError } from '../kernel/workflows.error.js';

export class RunNotFoundError extends WorkflowsError {
  constructor(id: string) {
    super('RunNotFoundError', 'RUN_NOT_FOUND', `There is no run ${id}. Check the id and the schema option.`, { details: { id } });
  }
}

/** A message for a run that is over. */
export class RunFinishedError extends WorkflowsError {
  constructor(id: string) {
    super('RunFinishedError', 'RUN_FINISHED', `Run ${id} is over, so nobody will receive the message.`, { details: { id } });
  }
}

/** The database did not answer. Whether the message was sent is open: send it again, with the same idempotencyKey. */
export class SendFailedError extends WorkflowsError {
  constructor(id: string, cause: unknown) {
    super(
      'SendFailedError',
      'SEND_FAILED',
      `The message to run ${id} may not be sent, the database did not answer: ${(cause as Error)?.message}. Send it again; give it an idempotencyKey to be safe from a double one.`,
      { details: { id }, cause },
    );
  }
}

/** The id belongs to a run of another workflow. */
export class RunConflictError extends WorkflowsError {
  constructor(id: string, existing: string, wanted: string) {
    super(
      'RunConflictError',
      'RUN_CONFLICT',
      `Id ${id} belongs to a run of workflow "${existing}", so it can't start "${wanted}". Use an id that no other workflow uses.`,
      { details: { id, existing, wanted } },
    );
  }
}

/** Rejects `returnValue` of a run that was cancelled or timed out (`reason` says by whom and why; `timedOut` which of the two). */
export class RunCancelledError extends WorkflowsError {
  readonly timedOut: boolean;

  constructor(runId: string, reason: string, timedOut: boolean) {
    super('RunCancelledError', timedOut ? 'RUN_TIMEOUT' : 'RUN_CANCELLED', `Run ${runId} was cancelled: ${reason}`, {
      details: { runId },
    });
    this.timedOut = timedOut;
  }
}

/** Aborts `wf.signal`: this process does not own the run any more. Whatever it still does is dropped. */
export class LeaseLostError extends WorkflowsError {
  constructor(runId: string) {
    super('LeaseLostError', 'LEASE_LOST', `Run ${runId} is not this process's any more; its result here is dropped.`, {
      details: { runId },
    });
  }
}

/** The workflow code does not do what was recorded. Stored as the run's error; it is not retried. */
export class NonDeterministicRunError extends WorkflowsError {
  constructor(runId: string, ordinal: number, recorded: string, asked: string) {
    super(
      'NonDeterministicRunError',
      'NON_DETERMINISTIC_RUN',
      `Run ${runId}, operation ${ordinal}: recorded was ${recorded}, but the code asked for ${asked}. The workflow code changed while the run was under way, or it depends on something unrecorded (time, random numbers, I/O outside a step). Deploy the code that began the run, or put the difference into a step.`,
      { details: { runId, ordinal, recorded, asked } },
    );
  }
}

export class RecoveryExhaustedError extends WorkflowsError {
  constructor() {
    super(
      'RecoveryExhaustedError',
      'RECOVERY_EXHAUSTED',
      'The run was rescued from dying executors as often as its maxRecoveryAttempts allows, without progress. It probably takes its process down; look at its last step.',
    );
  }
}

export class NoActiveRunError extends WorkflowsError {
  constructor(member: string) {
    super(
      'NoActiveRunError',
      'NO_ACTIVE_RUN',
      `WorkflowContext.${member} was used outside a run. Call it from a @Workflow method that was started by WorkflowService.start.`,
      { details: { member } },
    );
  }
}

export class NotInStepError extends WorkflowsError {
  constructor(member: string) {
    super(
      'NotInStepError',
      'NOT_IN_STEP',
      `WorkflowContext.${member} was used inside a step body. A step is one recorded operation: call ${member} in the workflow, before or after the step.`,
      { details: { member } },
    );
  }
}

/** Another run of the queue, which is not over, has this deduplication id. */
export class DeduplicationConflictError extends WorkflowsError {
  constructor(deduplicationId: string, queue: string, runId: string) {
    super(
      'DeduplicationConflictError',
      'DEDUPLICATION_CONFLICT',
      `Run ${runId} of queue "${queue}" has the deduplication id "${deduplicationId}" and is not over. Start with deduplicationPolicy: 'return-existing' to get that run instead.`,
      { details: { deduplicationId, queue, runId } },
    );
  }
}

/** Message of the error that a run gets when its time is over; the code is what readers branch on. */
export class RunTimeoutError extends WorkflowsError {
  constructor(timeoutMs: number | null) {
    super(
      'RunTimeoutError',
      'RUN_TIMEOUT',
      `The run took longer than its timeout${timeoutMs === null ? '' : ` of ${timeoutMs} ms`}.`,
    );
  }
}

/** Message of the error of a run that was asked to stop, and was not done with it in time. */
export class StopTimeoutError extends WorkflowsError {
  constructor(limitMs: number | null) {
    super(
      'StopTimeoutError',
      'STOP_TIMEOUT',
      `The run was asked to stop, and took longer than its stopTimeout${limitMs === null ? '' : ` of ${limitMs} ms`}.`,
    );
  }
}

/**
 * Thrown in workflow code at the durable operation that it waits for, or asks for next, when an operator stops the run: `finally` blocks and
 * compensations run, then the run is STOPPED. Rejects `returnValue` of such a run.
 */
export class RunStoppedError extends WorkflowsError {
  constructor(runId: string, message: string, cause?: unknown) {
    super('RunStoppedError', 'RUN_STOPPED', message, { details: { runId }, ...(cause !== undefined && { cause }) });
  }
}
