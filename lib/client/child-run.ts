// Children as workflow code sees them: a workflow method called in a run, and the handle of a child that was started.

import { callChild, childResult, startChild } from '../durable/children.js';
import { getEvent } from '../durable/events.js';
import { sendFromRun } from '../durable/messages.js';
import { NoActiveRunError, NotInStepError } from '../engine/run.errors.js';
import type { RunFrame } from '../engine/run-frame.js';
import { currentScope } from '../engine/run-scope.js';
import { describeValue } from '../kernel/describe-value.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { OPERATOR_ACTION_KEYS, type OperatorAction } from '../operations/operator-action.js';
import { handled } from './handled.js';
import { InvalidStartOptionError } from './invalid-start-option.error.js';
import { resolveSend, resolveTimeout, type SendOptions, type WaitOptions } from './message-options.js';
import { definitionOf, newRunOf, type WorkflowMethod } from './new-run.js';
import { resolveStartOptions, START_OPTIONS, type StartOptions } from './start-options.js';

export interface ChildOptions extends Omit<StartOptions, NotForChildren> {
  /** Without its parent's deadline, and not cancelled with it when that is cancelled with its children. Default false. */
  detached?: boolean;
}

/** A child needs no permission during maintenance: its parent is under way, and who starts it is that run. */
type NotForChildren = 'manager' | 'debounce' | 'allowDuringMaintenance' | keyof OperatorAction;
const NOT_FOR_CHILDREN: readonly string[] = [
  'manager',
  'debounce',
  'allowDuringMaintenance',
  ...OPERATOR_ACTION_KEYS,
] satisfies NotForChildren[];
const CHILD_OPTIONS = [...START_OPTIONS.filter((key) => !NOT_FOR_CHILDREN.includes(key)), 'detached'];

/** A workflow method was called in the run of `frame`: starts a child and gives its result. */
export function callWorkflow(frame: RunFrame, name: string, args: unknown[]): Promise<unknown> {
  return handled(async () => callChild(frame, newChildOf(frame, name, args)));
}

export async function startChildRun<T>(
  frame: RunFrame,
  target: WorkflowMethod | string,
  args: unknown[],
  options?: ChildOptions,
): Promise<ChildRun<T>> {
  const child = newChildOf(frame, target, args, options);
  return new ChildRun<T>(frame, child.workflowName, await startChild(frame, child));
}

function newChildOf(frame: RunFrame, target: WorkflowMethod | string, args: unknown, options: ChildOptions = {}) {
  const { registry, queues, serializer } = frame.services;
  refuseUnknownKeys(options, CHILD_OPTIONS, [], 'child option');
  const { detached = false, ...rest } = options;
  if (typeof detached !== 'boolean')
    throw new InvalidStartOptionError('detached', `must be true or false, not ${describeValue(detached)}`);
  const run = newRunOf(definitionOf(registry, target), args, resolveStartOptions(rest), serializer);
  queues.get(run.queue);
  return { ...run, detached, hasOwnId: rest.id !== undefined };
}

/** A child that this run started. Its members are recorded operations: usable in the workflow that started it, not in a step. */
export class ChildRun<T = unknown> {
  readonly #frame: RunFrame;
  readonly #workflowName: string;

  /** @internal Made by WorkflowContext.startChild. */
  constructor(
    frame: RunFrame,
    workflowName: string,
    readonly runId: string,
  ) {
    this.#frame = frame;
    this.#workflowName = workflowName;
  }

  /**
   * Waits durably for its end. @throws what the child threw, as an `Error` of that name; RunCancelledError (also for a timeout)
   */
  get returnValue(): Promise<T> {
    return handled(async () => childResult<T>(this.#inWorkflow('returnValue'), this.#workflowName, this.runId));
  }

  /** As WorkflowContext.getEvent, of this child. */
  getEvent<V = unknown>(key: string, options?: WaitOptions): Promise<V | null> {
    return handled(async () => getEvent<V>(this.#inWorkflow('getEvent'), this.runId, key, resolveTimeout(options, 'getEvent')));
  }

  /** As WorkflowContext.send, to this child. */
  send(topic: string, payload?: unknown, options?: SendOptions): Promise<void> {
    return handled(async () => {
      const frame = this.#inWorkflow('send');
      return sendFromRun(frame, { runId: this.runId, ...resolveSend(frame.services.serializer, topic, payload, options) });
    });
  }

  toJSON(): { runId: string } {
    return { runId: this.runId };
  }

  /** Kept for another run, or for after this one, it would record what no replay asks for, or wait for ever. */
  #inWorkflow(member: string): RunFrame {
    const scope = currentScope();
    if (scope?.step !== undefined) throw new NotInStepError(`startChild().${member}`);
    if (scope?.frame !== this.#frame) throw new NoActiveRunError(`startChild().${member}`);
    return this.#frame;
  }
}
