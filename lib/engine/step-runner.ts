// One step of a run: the record answers, or the body runs, is repeated as its policy says, and its outcome is recorded. A body starts only
// when every earlier write of the run is durable and the lease is held. ERROR is recorded only when the last attempt failed; every
// failed attempt is logged in `operation_attempts`. A long wait for the next attempt is a durable wait: it costs no memory.

import { AsyncResource } from 'node:async_hooks';
import { fromStoredError, parseStoredError, storedErrorText } from '../kernel/stored-error.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { type RetryPolicy, retryDelayMs } from '../model/retry-policy.js';
import type { WriteRow } from '../store/flush/write-lane.js';
import { beginWait, resumeWait } from './durable-wait.js';
import type { Operation } from './operation.js';
import type { RunFrame } from './run-frame.js';
import { runInScope } from './run-scope.js';
import { isNonRetryable, retryAfterMsOf, StepTimeoutError } from './step.errors.js';
import { StepAttempt } from './step-attempt.js';

export interface StepPolicy {
  readonly retry: RetryPolicy;
  /** Asked after each failed attempt that another could follow. A predicate that throws fails the step with what it threw. */
  readonly retryIf?: (error: unknown) => boolean | Promise<boolean>;
  /** Per attempt; undefined = none. */
  readonly timeoutMs?: number;
}

export function runStep<T>(frame: RunFrame, name: string, policy: StepPolicy, body: () => T | Promise<T>): Promise<T> {
  // The body runs in the asynchronous context of its caller, also when it starts later, in somebody else's turn.
  const context = frame.log.isExhausted ? undefined : new AsyncResource(CONTEXT);
  return frame.operation<T>('step', name, (operation) => {
    const { history } = frame;
    const failed = history.failedAttempts.get(operation.ordinal)?.count ?? 0;
    const step = new StepExecution(frame, operation, policy, body, failed);
    const wait = failed > 0 ? history.waits.get(operation.ordinal) : undefined;
    if (wait !== undefined) resumeWait(frame, operation, wait, step.inContext(context));
    else if (context === undefined) void step.attempt();
    else step.inContext(context)();
  });
}

const CONTEXT = 'WorkflowStep';

class StepExecution {
  constructor(
    private readonly frame: RunFrame,
    private readonly operation: Operation,
    private readonly policy: StepPolicy,
    private readonly body: () => unknown,
    private failed: number,
  ) {}

  /** Starts the next attempt in that context, or in the one of now. */
  inContext(context = new AsyncResource(CONTEXT)): () => void {
    return () => context.runInAsyncScope(() => void this.attempt());
  }

  /** One function, as few awaits as there are things to wait for: every step of every run passes here. */
  async attempt(): Promise<void> {
    const { frame, operation } = this;
    // Asked once: what other branches of the run write meanwhile is not earlier.
    const earlier = frame.durable();
    if (earlier !== undefined) await earlier;
    for (let held = frame.session.leaseHeld(); held !== undefined; held = frame.session.leaseHeld()) await held;
    if (!frame.isRunning || operation.isComplete) return;
    if (frame.stopsBefore(operation)) {
      frame.failByStop(operation);
      return;
    }
    if (frame.session.isDraining || frame.isHolding) {
      operation.state = 'parked';
      operation.goOn = this.inContext();
      frame.services.pump.add(frame);
      return;
    }
    const beganAt = frame.services.clock.monotonic();
    const attempt = new StepAttempt(operation.ordinal, operation.name, this.failed + 1, frame);
    frame.bodies.begins();
    try {
      const result = await this.#run(attempt);
      const { text, value } = frame.services.serializer.copy(result, `the result of step "${operation.name}"`);
      frame.complete(operation, { output: text, value, error: null, attempts: attempt.attempt, beganAt });
    } catch (error) {
      // Nobody awaits an attempt: what goes wrong here must end the run, and not the process.
      if (frame.isRunning) await this.#fail(error, attempt, beganAt).catch((fault) => frame.failDelivery(fault));
    } finally {
      attempt.end();
      // What comes after a timeout still runs; see below.
      if (this.policy.timeoutMs === undefined) frame.bodies.ends();
    }
  }

  #inStep<R>(attempt: StepAttempt, work: () => R): R {
    return runInScope({ frame: this.frame, step: attempt }, work);
  }

  #run(attempt: StepAttempt): unknown {
    const { frame, policy } = this;
    const running = () => this.#inStep(attempt, this.body);
    const { timeoutMs } = policy;
    if (timeoutMs === undefined) return running();
    return new Promise((resolve, reject) => {
      const timer = frame.services.clock.setTimer(timeoutMs, () => {
        const error = new StepTimeoutError(attempt.stepName, timeoutMs);
        attempt.abort(error);
        reject(error);
      });
      // Async, so that a body that throws synchronously rejects too. What comes after the timeout is dropped.
      (async () => running())()
        .then(resolve, reject)
        .finally(() => {
          timer.cancel();
          frame.bodies.ends();
        });
    });
  }

  async #fail(error: unknown, failed: StepAttempt, beganAt: number): Promise<void> {
    const { frame, operation, policy } = this;
    const { attempt } = failed;
    let final = error;
    let again = attempt < policy.retry.maxAttempts && !isFinal(error);
    if (again && policy.retryIf !== undefined) {
      try {
        again = await this.#inStep(failed, () => policy.retryIf?.(error) ?? false);
      } catch (thrown) {
        final = thrown;
        again = false;
      }
      if (!frame.isRunning) return;
    }
    // What was told to end is not tried again.
    if (again && frame.stopsBefore(operation)) {
      final = fromStoredError(parseStoredError(frame.stopped?.error));
      again = false;
    }
    const elapsed = frame.services.clock.monotonic() - beganAt;
    const logged: WriteRow = {
      part: 'attempt',
      values: [operation.ordinal, attempt, operation.name, storedErrorText(error), elapsed],
    };
    if (!again) {
      const text = storedErrorText(final);
      frame.complete(operation, { output: null, value: undefined, error: text, attempts: attempt, beganAt, writes: [logged] });
      return;
    }
    this.failed = attempt;
    const delayMs = retryAfterMsOf(error) ?? retryDelayMs(policy.retry, attempt, Math.random);
    beginWait(frame, operation, 'retry', { delayMs }, this.inContext(), { attempt, before: [logged] });
  }
}

/** A result that can't be stored will not be storable at the next attempt either. */
function isFinal(error: unknown): boolean {
  return isNonRetryable(error) || WorkflowsError.is(error, 'PAYLOAD_INVALID') || WorkflowsError.is(error, 'PAYLOAD_TOO_LARGE');
}
