// The façade that workflow code injects: one singleton, which finds the run it is called in by the asynchronous context. It holds nothing.

import { progress, setEvent } from '../durable/events.js';
import { sleep, sleepUntil } from '../durable/sleep.js';
import { NoActiveRunError, NotInStepError } from '../engine/run.errors.js';
import { currentScope, type RunScope } from '../engine/run-scope.js';
import { runStep } from '../engine/step-runner.js';
import type { Duration } from '../kernel/duration.js';
import { assertName, uuidv4 } from '../kernel/ids.js';
import { ONE_ATTEMPT, requireStepBody, resolveStepPolicy, type StepOptions } from './step-options.js';

/**
 * Everything durable that workflow code does, but for calling @Step methods. Every member throws `NoActiveRunError` outside a run. Members
 * that record an operation throw `NotInStepError` inside a step body; `runId`, `signal`, `attempt`, `now`, `random`, `uuid` and
 * `step` (a plain call there) may be used in one.
 */
export class WorkflowContext {
  /** The run this code belongs to. */
  get runId(): string {
    return scope('runId').frame.runId;
  }

  /** Aborted when the run is cancelled, times out, ends or is lost; inside a step also when the attempt times out. */
  get signal(): AbortSignal {
    const { frame, step } = scope('signal');
    return step?.signal ?? frame.signal;
  }

  /** Inside a step body: the number of this attempt, from 1. In the workflow itself: 1. */
  get attempt(): number {
    return scope('attempt').step?.attempt ?? 1;
  }

  /**
   * An inline step: recorded under `name` once it succeeds, and not run again. The result is the serialised copy, live and on replay.
   *
   * @throws what the last attempt threw, as an `Error` of that name; InvalidIdError, InvalidRetryOptionsError, InvalidDurationError,
   * UnknownOptionError; WorkflowsError (`INVALID_STEP_BODY`) when `body` is no function
   */
  step<T>(name: string, body: () => T | Promise<T>, options?: StepOptions): Promise<T> {
    return handled(async () => {
      const { frame, step } = scope('step');
      assertName(name, 'step name');
      requireStepBody(body, name);
      if (step !== undefined) return body();
      return runStep(frame, name, options === undefined ? ONE_ATTEMPT : resolveStepPolicy(options, `step "${name}"`), body);
    });
  }

  /** Waits durably; `'10m'` or ms. A long wait takes the run out of memory. Never early. @throws InvalidDurationError */
  sleep(duration: Duration): Promise<void> {
    return handled(async () => sleep(inWorkflow('sleep'), duration));
  }

  /** Waits durably until a time, by the database's clock. @throws InvalidDurationError for an invalid or past time */
  sleepUntil(time: Date): Promise<void> {
    return handled(async () => sleepUntil(inWorkflow('sleepUntil'), time));
  }

  /** Publishes a value under a key of this run; a later one replaces it, the history keeps both. @throws InvalidIdError, PayloadInvalidError */
  setEvent(key: string, value: unknown): Promise<void> {
    return handled(async () => setEvent(inWorkflow('setEvent'), key, value));
  }

  /** Says what the run is doing: event `phase.last_message` and a line in stream `log`. @throws PayloadInvalidError */
  progress(message: string, extra?: unknown): Promise<void> {
    return handled(async () => progress(inWorkflow('progress'), message, extra));
  }

  /** The time, recorded: the same on replay. */
  now(): Date {
    const { frame, step } = scope('now');
    return step === undefined
      ? frame.value('now', () => new Date(frame.services.clock.now()))
      : new Date(frame.services.clock.now());
  }

  /** A random number in [0, 1), recorded. */
  random(): number {
    const { frame, step } = scope('random');
    return step === undefined ? frame.value('random', Math.random) : Math.random();
  }

  /** A random uuid, recorded. */
  uuid(): string {
    const { frame, step } = scope('uuid');
    return step === undefined ? frame.value('uuid', uuidv4) : uuidv4();
  }
}

/** Code may ask for several operations and await them later: in a run, a failure that nobody awaits yet must not end the process. */
function handled<T>(work: () => Promise<T>): Promise<T> {
  const promise = work();
  if (currentScope() !== undefined) promise.catch(() => undefined);
  return promise;
}

function scope(member: string): RunScope {
  const current = currentScope();
  if (current === undefined) throw new NoActiveRunError(member);
  return current;
}

function inWorkflow(member: string) {
  const { frame, step } = scope(member);
  if (step !== undefined) throw new NotInStepError(member);
  return frame;
}
