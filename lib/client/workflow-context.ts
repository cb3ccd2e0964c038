// The façade that workflow code injects: one singleton, which finds the run it is called in by the asynchronous context. It holds nothing.

import { branchesOfAll, branchesOfMap, type MapOptions, resolveMapOptions, runBranches } from '../durable/branches.js';
import { getEvent, progress, setEvent } from '../durable/events.js';
import { receive, sendFromRun } from '../durable/messages.js';
import { sleep, sleepUntil } from '../durable/sleep.js';
import { DEFAULT_STREAM, StreamWriter } from '../durable/streams.js';
import { NoActiveRunError, NotInStepError } from '../engine/run.errors.js';
import { currentScope, type RunScope } from '../engine/run-scope.js';
import { runStep } from '../engine/step-runner.js';
import type { Duration } from '../kernel/duration.js';
import { assertName, runIdOf, uuidv4 } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { type ChildOptions, type ChildRun, startChildRun } from './child-run.js';
import { handled } from './handled.js';
import { resolveSend, resolveTimeout, type SendOptions, type WaitOptions } from './message-options.js';
import { inputOf, type StartArguments, type WorkflowMethod, type WorkflowResult } from './new-run.js';
import { RunCommands } from './run-commands.js';
import { ONE_ATTEMPT, requireStepBody, resolveStepPolicy, type StepOptions } from './step-options.js';

/** Functions of branches by key or by place. */
// biome-ignore lint/suspicious/noExplicitAny: results are inferred one by one
type Branches = Readonly<Record<string, () => any>> | ReadonlyArray<() => any>;

type BranchResults<B extends Branches> = { -readonly [K in keyof B]: B[K] extends () => infer R ? Awaited<R> : never };

/**
 * Everything durable that workflow code does, but for calling @Step methods. Every member throws `NoActiveRunError` outside a run. Members
 * that record an operation throw `NotInStepError` inside a step body; `runId`, `signal`, `attempt`, `now`, `random`, `uuid`, `stream`,
 * `getWritable` and `step` (a plain call there) may be used in one.
 */
export class WorkflowContext {
  /** Commands of operators that this code handles itself. */
  get commands(): RunCommands {
    return new RunCommands(() => inWorkflow('commands.receive'));
  }

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

  /**
   * The next message of that topic that was sent to this run: waits for it durably; null when none comes within `timeout` (`0`: looks
   * once). Messages of one sender come in the order in which it sent them, each is received once.
   *
   * @throws InvalidIdError, InvalidDurationError, UnknownOptionError
   */
  receive<T = unknown>(topic: string, options?: WaitOptions): Promise<T | null> {
    return handled(async () => receive<T>(inWorkflow('receive'), topic, resolveTimeout(options, 'receive')));
  }

  /**
   * Sends a message to another run, as a recorded step: once, however often this run is replayed.
   *
   * @throws RunNotFoundError, RunFinishedError, SendFailedError; InvalidIdError, PayloadInvalidError, PayloadTooLargeError,
   * UnknownOptionError
   */
  send(id: string, topic: string, payload?: unknown, options?: SendOptions): Promise<void> {
    return handled(async () => {
      const frame = inWorkflow('send');
      const message = resolveSend(frame.services.serializer, topic, payload, options);
      return sendFromRun(frame, { runId: runIdOf(id).runId, ...message });
    });
  }

  /**
   * The value that a run has under a key; waits durably until it sets one. Null when that is not within `timeout`, or the run is over and did
   * not set it. What was read is recorded.
   *
   * @throws RunNotFoundError; InvalidIdError, InvalidDurationError, UnknownOptionError
   */
  getEvent<T = unknown>(id: string, key: string, options?: WaitOptions): Promise<T | null> {
    return handled(async () => getEvent<T>(inWorkflow('getEvent'), runIdOf(id).runId, key, resolveTimeout(options, 'getEvent')));
  }

  /**
   * Starts a run as child of this one, which goes on; `await child.returnValue` waits for it. To call a workflow method does both at once. A
   * child has its parent's deadline, unless `detached`, and survives its parent's end.
   *
   * @throws WorkflowNotRegisteredError, InvalidStartTargetError, PayloadInvalidError, PayloadTooLargeError, InvalidIdError,
   * InvalidDurationError, InvalidAttributesError, InvalidStartOptionError, UnknownOptionError; with `id`, RunConflictError, StartFailedError
   */
  startChild<M extends WorkflowMethod>(target: M, ...rest: StartArguments<M, ChildOptions>): Promise<ChildRun<WorkflowResult<M>>>;
  startChild<T = unknown>(name: string, args?: unknown[], options?: ChildOptions): Promise<ChildRun<T>>;
  startChild(target: WorkflowMethod | string, args: unknown[] = [], options?: ChildOptions): Promise<ChildRun> {
    return handled(async () => startChildRun(inWorkflow('startChild'), target, args, options));
  }

  /**
   * Calls `body` for each item, `concurrency` (default 100) at a time; the names of its operations begin with `name[index]/`. Results in the
   * order of the items. The list may be long: only what is under way is in memory.
   *
   * @throws with `onError: 'failFast'` (default) what the first body to fail threw; InvalidIdError, InvalidMapOptionError, UnknownOptionError
   */
  map<T, R>(
    name: string,
    items: Iterable<T>,
    body: (item: T, index: number) => Promise<R> | R,
    options: MapOptions & { onError: 'allSettled' },
  ): Promise<Array<PromiseSettledResult<R>>>;
  map<T, R>(
    name: string,
    items: Iterable<T>,
    body: (item: T, index: number) => Promise<R> | R,
    options?: MapOptions,
  ): Promise<R[]>;
  map<T>(name: string, items: Iterable<T>, body: (item: T, index: number) => unknown, options?: MapOptions): Promise<unknown> {
    return handled(async () => {
      inWorkflow('map');
      return runBranches(branchesOfMap(name, items, body), resolveMapOptions(options));
    });
  }

  /**
   * Runs branches side by side: a list of functions, or an object of them; the names of their operations begin with `name[index]/` or
   * `name.key/`. Gives a list, or an object, of their results.
   *
   * @throws as `map`
   */
  all<B extends Branches>(
    name: string,
    branches: B,
    options: MapOptions & { onError: 'allSettled' },
  ): Promise<{ -readonly [K in keyof BranchResults<B>]: PromiseSettledResult<BranchResults<B>[K]> }>;
  all<B extends Branches>(name: string, branches: B, options?: MapOptions): Promise<BranchResults<B>>;
  all<B extends Branches>(name: string, branches: B, options?: MapOptions): Promise<unknown> {
    return handled(async () => {
      inWorkflow('all');
      const named = branchesOfAll(name, branches);
      const results = await runBranches(named, resolveMapOptions({ concurrency: Number.POSITIVE_INFINITY, ...options }));
      if (Array.isArray(branches)) return results;
      return Object.fromEntries(named.map(({ key }, i) => [key, results[i]]));
    });
  }

  /**
   * Runs `work` to its end though an operator stops the run meanwhile: the STOP is met by the first operation after it. For what must not be
   * left half done, and for `finally` blocks that also run where nobody has stopped anything. HOLD is not kept away: what is held goes on.
   *
   * @throws what `work` throws; WorkflowsError (`INVALID_STEP_BODY`) when it is no function
   */
  shield<T>(work: () => T | Promise<T>): Promise<T> {
    return handled(async () => {
      const frame = inWorkflow('shield');
      requireStepBody(work, 'shield');
      return frame.shield(async () => work());
    });
  }

  /**
   * Ends this execution and begins the run anew with other arguments: same id, same handle, same deadline, an empty record to replay. For a
   * run that goes on for ever, or has recorded thousands of operations. What stays: events, streams, messages not received, children.
   * Never returns; `finally` blocks do not run. Steps under way are aborted.
   *
   * @throws PayloadInvalidError, PayloadTooLargeError; WorkflowsError (`INVALID_START_TARGET`) when `args` is no list
   */
  continueAsNew(args: unknown[] = []): Promise<never> {
    return handled(async () => {
      const frame = inWorkflow('continueAsNew');
      frame.continueAsNew(inputOf(args, 'continueAsNew', frame.services.serializer));
      return new Promise<never>(() => undefined);
    });
  }

  /**
   * A stream of this run, default `'default'`, to write to; in the workflow each chunk is written once, in a step at least once. A writer made
   * in the workflow may be used in a step.
   *
   * @throws InvalidIdError
   */
  stream<T = unknown>(name: string = DEFAULT_STREAM): StreamWriter<T> {
    return new StreamWriter<T>(scope('stream'), name);
  }

  /**
   * The same as a standard WritableStream, to hand to a step, or to pipe into. Await its writes: what is still in its queue when a step or
   * the workflow returns is not written.
   *
   * @throws InvalidIdError, UnknownOptionError
   */
  getWritable<T = unknown>(options: { namespace?: string } = {}): WritableStream<T> {
    const current = scope('getWritable');
    refuseUnknownKeys(options, ['namespace'], [], 'option of getWritable');
    return new StreamWriter<T>(current, options.namespace ?? DEFAULT_STREAM).writable;
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
