// Finds decorated methods on the singleton providers of the application and registers each once, whatever the provider's form: class,
// factory, alias, subclass. Runs once, when all providers exist.

import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { type ReceivedCommand, withCommandHandlers } from '../durable/commands.js';
import { currentScope } from '../engine/run-scope.js';
import { bindWorkflows, type WorkflowBinding } from '../engine/workflow-metadata.js';
import type { WorkflowRegistry } from '../engine/workflow-registry.js';
import { describeValue } from '../kernel/describe-value.js';
import { parseDuration } from '../kernel/duration.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { DEFAULT_MAX_RECOVERY_ATTEMPTS } from '../model/run.js';
import { checkInputSchema } from '../operations/templates/input-schemas.js';
import { commandHandledBy } from './decorators/on-command.decorator.js';
import { type StepMetadata, stepMetadataOf } from './decorators/step.decorator.js';
import { type WorkflowMetadata, workflowMetadataOf } from './decorators/workflow.decorator.js';

export class UnsupportedWorkflowHostError extends WorkflowsError {
  constructor(className: string, methodName: string, problem: string) {
    super('UnsupportedWorkflowHostError', 'UNSUPPORTED_WORKFLOW_HOST', `@Workflow() on ${className}.${methodName}: ${problem}`, {
      details: { className, methodName },
    });
  }
}

export class DuplicateStepError extends WorkflowsError {
  constructor(name: string, first: string, second: string) {
    super(
      'DuplicateStepError',
      'DUPLICATE_STEP',
      `Step name "${name}" is used by ${first} and by ${second}. Give one of them another name: @Step({ name: '…' }).`,
      { details: { name, first, second } },
    );
  }
}

const MOST_RECOVERY_ATTEMPTS = 1_000_000;

export class WorkflowExplorer {
  readonly #seen = new Set<object>();
  readonly #steps = new Map<string, StepMetadata>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly registry: WorkflowRegistry,
    private readonly binding: WorkflowBinding,
    /** Which modules' providers belong to this WorkflowsModule. */
    private readonly belongs: (wrapper: InstanceWrapper) => boolean,
  ) {}

  /** @throws DuplicateWorkflowError, DuplicateStepError, UnsupportedWorkflowHostError, InvalidDurationError, InputSchemaInvalidError */
  explore(): void {
    for (const wrapper of this.discovery.getControllers())
      this.#refuse(wrapper, 'controllers can not host workflows. Move it to a provider.');
    for (const wrapper of this.discovery.getProviders()) {
      if (!this.belongs(wrapper)) continue;
      if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) {
        this.#refuse(
          wrapper,
          'its provider is request-scoped or transient, but a run outlives every request. Give it the default scope.',
        );
        continue;
      }
      const { instance } = wrapper;
      if (typeof instance !== 'object' || instance === null || this.#seen.has(instance)) continue;
      this.#seen.add(instance);
      this.#register(instance, wrapper.host?.name);
    }
  }

  #register(instance: object, moduleName: string | undefined): void {
    let bound = false;
    const handlers: CommandHandlers = new Map();
    for (const methodName of this.#methodNames(Object.getPrototypeOf(instance))) {
      const method = read(instance, methodName);
      const step = stepMetadataOf(method);
      if (step !== undefined) this.#registerStep(step);
      const command = commandHandledBy(method);
      if (command !== undefined) addHandler(handlers, command, instance, methodName, method as Handler);
      const metadata = workflowMetadataOf(method);
      if (metadata === undefined) continue;
      this.registry.register(this.#definition(instance, metadata, moduleName, handlers));
      bound = true;
    }
    if (bound) bindWorkflows(instance, this.binding);
  }

  /** The same method seen twice, on a subclass or a second instance, is one step. */
  #registerStep(step: StepMetadata): void {
    const first = this.#steps.get(step.name);
    if (first !== undefined && first.original !== step.original)
      throw new DuplicateStepError(step.name, first.origin, step.origin);
    this.#steps.set(step.name, step);
  }

  #definition(
    instance: object,
    { name, methodName, declaringClass, options, original }: WorkflowMetadata,
    moduleName: string | undefined,
    handlers: CommandHandlers,
  ) {
    const className = instance.constructor.name;
    const { timeout, stopTimeout, inputSchema, maxRecoveryAttempts = DEFAULT_MAX_RECOVERY_ATTEMPTS } = options;
    if (!Number.isInteger(maxRecoveryAttempts) || maxRecoveryAttempts < 0 || maxRecoveryAttempts > MOST_RECOVERY_ATTEMPTS)
      throw new UnsupportedWorkflowHostError(
        declaringClass,
        methodName,
        `maxRecoveryAttempts must be a whole number from 0 to ${MOST_RECOVERY_ATTEMPTS}.`,
      );
    return {
      name,
      origin: `${className}.${methodName}`,
      moduleName,
      // Read late: all handlers of the class are known by then.
      invoke: (args: unknown[]) => {
        const main = () => original.apply(instance, args);
        const frame = handlers.size === 0 ? undefined : currentScope()?.frame;
        return frame === undefined ? main() : withCommandHandlers(frame, handlers, main);
      },
      timeoutMs:
        timeout === undefined ? undefined : parseDuration(timeout, `timeout of workflow "${name}"`, { allowZero: false }),
      stopTimeoutMs:
        stopTimeout === undefined
          ? undefined
          : parseDuration(stopTimeout, `stopTimeout of workflow "${name}"`, { allowZero: false }),
      isCooperative: cooperates(options.commands, name),
      maxRecoveryAttempts,
      queue: options.queue,
      inputSchema: inputSchema === undefined ? undefined : checkInputSchema(name, inputSchema),
    };
  }

  #refuse(wrapper: InstanceWrapper, problem: string): void {
    const prototype = typeof wrapper.metatype === 'function' ? wrapper.metatype.prototype : undefined;
    if (typeof prototype !== 'object' || prototype === null) return;
    for (const methodName of this.#methodNames(prototype)) {
      if (workflowMetadataOf(read(prototype, methodName)) !== undefined)
        throw new UnsupportedWorkflowHostError(wrapper.name, methodName, problem);
    }
  }

  #methodNames(prototype: object | null): string[] {
    return prototype === null || prototype === Object.prototype ? [] : this.scanner.getAllMethodNames(prototype);
  }
}

/** A provider may be a proxy, or have members that throw. */
function read(target: object, key: string): unknown {
  try {
    return (target as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

type Handler = (command: ReceivedCommand) => unknown;
type CommandHandlers = Map<string, Handler>;

function addHandler(handlers: CommandHandlers, command: string, instance: object, methodName: string, handler: Handler): void {
  if (handlers.has(command))
    throw new UnsupportedWorkflowHostError(
      instance.constructor.name,
      methodName,
      `another method of the class handles the command ${command} already.`,
    );
  handlers.set(command, (received) => handler.call(instance, received));
}

/** @throws InvalidOptionError */
function cooperates(commands: unknown, workflowName: string): boolean {
  if (commands === undefined || commands === 'enforced') return false;
  if (commands === 'cooperative') return true;
  throw new WorkflowsError(
    'InvalidOptionError',
    'INVALID_OPTION',
    `Option "commands" of workflow "${workflowName}" must be 'enforced' or 'cooperative', not ${describeValue(commands)}.`,
    { details: { option: 'commands' } },
  );
}
