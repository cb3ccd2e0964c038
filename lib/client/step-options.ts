// What a user may say about a step, by decorator or inline; checked and resolved once.
import type { StepPolicy } from '../engine/step-runner.js';
import { describeValue } from '../kernel/describe-value.js';
import { type Duration, parseDuration } from '../kernel/duration.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { InvalidRetryOptionsError, type RetryOptions, resolveRetryPolicy } from '../model/retry-policy.js';

export interface StepOptions {
  /** Default: one attempt. */
  retry?: RetryOptions;
  /** Asked after each failed attempt that another could follow; false fails the step now. */
  retryIf?: (error: unknown) => boolean | Promise<boolean>;
  /** Per attempt. The body's signal is aborted, and a result that comes later is dropped. Default: none. */
  timeout?: Duration;
}

const KEYS = ['retry', 'retryIf', 'timeout'];
const LATER = ['compensate', 'transactional'];

/**
 * @param label the step, for messages
 * @throws InvalidRetryOptionsError, InvalidDurationError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) for what is no object
 */
export function resolveStepPolicy(options: StepOptions, label: string): StepPolicy {
  refuseUnknownKeys(options, KEYS, LATER, `option of ${label}`);
  const { retry, retryIf, timeout } = options;
  if (retryIf !== undefined && typeof retryIf !== 'function')
    throw new InvalidRetryOptionsError(label, 'retryIf must be a function');
  return {
    retry: resolveRetryPolicy(retry, label),
    retryIf,
    timeoutMs: timeout === undefined ? undefined : parseDuration(timeout, `${label}: timeout`, { allowZero: false }),
  };
}

/** @throws WorkflowsError (`INVALID_STEP_BODY`) */
export function requireStepBody(body: unknown, step: string): void {
  if (typeof body === 'function') return;
  throw new WorkflowsError(
    'InvalidStepBodyError',
    'INVALID_STEP_BODY',
    `The body of step "${step}" must be a function, as in step("${step}", () => …), not ${describeValue(body)}.`,
    { details: { step } },
  );
}

export const ONE_ATTEMPT: StepPolicy = resolveStepPolicy({}, 'step');
