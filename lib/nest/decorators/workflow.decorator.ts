// @Workflow: marks a method of a singleton provider as a durable workflow.

import { callWorkflow } from '../../client/child-run.js';
import { currentScope } from '../../engine/run-scope.js';
import { bindingOf, markWorkflow } from '../../engine/workflow-metadata.js';
import type { Duration } from '../../kernel/duration.js';
import { assertName } from '../../kernel/ids.js';
import { refuseUnknownKeys } from '../../kernel/option-keys.js';
import { InvalidDecoratorTargetError } from './invalid-decorator-target.error.js';

export interface WorkflowOptions {
  /** Stored with every run: keep it when the code moves. Default `Class.method`. */
  name?: string;
  /** Where its runs go unless a start says otherwise. Must be declared, see `WorkflowsModule`. Default `'default'`. */
  queue?: string;
  /** From the start of execution, waits included; then the run is cancelled with `RUN_TIMEOUT`. Default: none. */
  timeout?: Duration;
  /** For winding down after the command STOP; then the run is cancelled with `STOP_TIMEOUT`. Default: as long as it takes. */
  stopTimeout?: Duration;
  /**
   * Who follows HOLD, RESUME and STOP: the engine, whatever the code does (`'enforced'`, the default), or the code itself, which receives them by
   * `wf.commands.receive()` (`'cooperative'`). Commands of other names are always the code's.
   */
  commands?: 'enforced' | 'cooperative';
  /** Rescues without progress before the run is `DEAD`. Default 50. */
  maxRecoveryAttempts?: number;
  /**
   * JSON Schema (2020-12, or 7 by `$schema`) of its first argument, at most 256 KiB; keywords of your own begin with `x-`. Shown by `listWorkflows`
   * and the admin routes, for forms. With the package ajv it also checks what people give: starts over REST, `startWithTemplate` and
   * `resolveInputs` without a template. Starts by code (`start`, `startMany`, `enqueueInMemory`, children, direct calls) are not checked: ask
   * `workflows.checkInput` where you need it. Default: anything goes.
   */
  inputSchema?: object;
}

/** What discovery reads off a decorated prototype. */
export interface WorkflowMetadata {
  readonly name: string;
  readonly methodName: string;
  readonly declaringClass: string;
  readonly options: WorkflowOptions;
  readonly original: (...args: unknown[]) => unknown;
}

const METADATA = Symbol.for('nestjs-workflows.workflow-metadata');

/**
 * Calling the method directly outside a run starts a run and awaits its result; inside a run, a child run. On an instance that no WorkflowsModule discovered (a
 * unit test) it is a plain call. Interceptors, guards and request scope do not apply to workflow methods.
 *
 * @throws InvalidDecoratorTargetError, InvalidIdError, UnknownOptionError, WorkflowsError (`INVALID_OPTION`) when the class is defined
 */
export function Workflow(options: WorkflowOptions = {}): MethodDecorator {
  return (prototype: object, key: string | symbol, descriptor: PropertyDescriptor) => {
    const declaringClass = typeof prototype === 'function' ? prototype.name : prototype.constructor.name;
    const original = descriptor?.value;
    if (typeof prototype === 'function' || typeof key === 'symbol' || typeof original !== 'function')
      throw new InvalidDecoratorTargetError('Workflow', declaringClass, key);
    refuseUnknownKeys(
      options,
      ['name', 'queue', 'timeout', 'stopTimeout', 'commands', 'maxRecoveryAttempts', 'inputSchema'],
      ['compensateOnCancel', 'input'],
      `@Workflow option of ${declaringClass}.${key}`,
    );
    const name = options.name ?? `${declaringClass}.${key}`;
    assertName(name, `name of workflow ${declaringClass}.${key}`);
    if (options.queue !== undefined) assertName(options.queue, `queue of workflow ${declaringClass}.${key}`);

    const wrapper = {
      [key](this: unknown, ...args: unknown[]): unknown {
        const binding = bindingOf(this);
        if (binding === undefined) return original.apply(this, args);
        const scope = currentScope();
        if (scope !== undefined && scope.step === undefined) return callWorkflow(scope.frame, name, args);
        return binding.startAndWait(name, args);
      },
    }[key] as (...args: unknown[]) => unknown;
    carryOver(original, wrapper);
    markWorkflow(wrapper, name);
    const metadata: WorkflowMetadata = { name, methodName: key, declaringClass, options, original };
    Object.defineProperty(wrapper, METADATA, { value: metadata });
    descriptor.value = wrapper;
  };
}

export function workflowMetadataOf(method: unknown): WorkflowMetadata | undefined {
  return typeof method === 'function' ? (method as { [METADATA]?: WorkflowMetadata })[METADATA] : undefined;
}

/** Metadata that other decorators put on the method stays readable. */
export function carryOver(from: object, to: object): void {
  for (const key of Reflect.getMetadataKeys(from)) Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
}
