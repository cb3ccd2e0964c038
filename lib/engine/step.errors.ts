// What a step body may throw to steer its retries, and what the engine throws for it.
import { type Duration, parseDate, parseDuration } from '../kernel/duration.js';
import { readField } from '../kernel/plain-error.js';
import { WorkflowsError } from '../kernel/workflows.error.js';

const NON_RETRYABLE = Symbol.for('nestjs-workflows.non-retryable');

/** Also for subclasses with a name of their own, and for those of another copy of the package. */
export function isNonRetryable(error: unknown): boolean {
  return WorkflowsError.is(error) && readField(error, NON_RETRYABLE) === true;
}

/** Thrown by a step body: the step fails now, whatever its retry options say. */
export class NonRetryableError extends WorkflowsError {
  constructor(message: string, options: { cause?: unknown; code?: string } = {}) {
    super('NonRetryableError', options.code ?? 'NON_RETRYABLE', message, 'cause' in options ? { cause: options.cause } : {});
    Object.defineProperty(this, NON_RETRYABLE, { value: true });
  }
}

/** Thrown by a step body: the next attempt, if one is left, starts after this duration or at this time; the backoff does not apply. */
export class RetryAfterError extends WorkflowsError {
  /** ms, from the moment of the failure. */
  readonly retryAfterMs: number;

  /** @throws InvalidDurationError */
  constructor(retryAfter: Duration | Date, message = 'the step asked to be retried later', options: { cause?: unknown } = {}) {
    super('RetryAfterError', 'RETRY_AFTER', message, 'cause' in options ? { cause: options.cause } : {});
    this.retryAfterMs =
      retryAfter instanceof Date
        ? Math.max(0, parseDate(retryAfter, 'RetryAfterError').getTime() - Date.now())
        : parseDuration(retryAfter, 'RetryAfterError');
  }
}

/** The delay that a thrown RetryAfterError asks for; undefined for anything else, also for what only carries its code. */
export function retryAfterMsOf(error: unknown): number | undefined {
  if (!WorkflowsError.is(error, 'RETRY_AFTER')) return undefined;
  const ms = readField(error, 'retryAfterMs');
  return typeof ms === 'number' && ms >= 0 && Number.isFinite(ms) ? ms : undefined;
}

/** One attempt took longer than the step's `timeout`. Retried as any failure; a result that comes late is dropped. */
export class StepTimeoutError extends WorkflowsError {
  constructor(step: string, timeoutMs: number) {
    super('StepTimeoutError', 'STEP_TIMEOUT', `Step "${step}" did not finish an attempt within ${timeoutMs} ms.`, {
      details: { step, timeoutMs },
    });
  }
}
