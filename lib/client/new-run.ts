// From what a caller says to the row of a new run. Used by starts and by runs that start children.

import { workflowNameOf } from '../engine/workflow-metadata.js';
import { type WorkflowDefinition, WorkflowNotRegisteredError, type WorkflowRegistry } from '../engine/workflow-registry.js';
import { describeValue, shortText } from '../kernel/describe-value.js';
import { MAX_ID_LENGTH, runIdOf, uuidv7 } from '../kernel/ids.js';
import type { Serializer } from '../kernel/serializer.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { DEFAULT_QUEUE } from '../model/queue.js';
import type { NewRun } from '../model/run.js';
import type { ResolvedStartOptions } from './start-options.js';

/** A method decorated with @Workflow. */
// biome-ignore lint/suspicious/noExplicitAny: the only type every method is assignable to
export type WorkflowMethod = (...args: any[]) => unknown;

/** What a workflow method gives, awaited. */
export type WorkflowResult<M extends WorkflowMethod> = Awaited<ReturnType<M>>;

/** Arguments may be left out when the method has none, or only optional ones. */
export type StartArguments<M extends WorkflowMethod, Options> =
  [] extends Parameters<M> ? [args?: Parameters<M>, options?: Options] : [args: Parameters<M>, options?: Options];

/** What to start, or with which arguments, is not given as it has to be. */
export class InvalidStartTargetError extends WorkflowsError {
  constructor(problem: string) {
    super('InvalidStartTargetError', 'INVALID_START_TARGET', problem);
  }
}

/** @throws InvalidStartTargetError, WorkflowNotRegisteredError */
export function definitionOf(registry: WorkflowRegistry, target: WorkflowMethod | string): WorkflowDefinition {
  const name = typeof target === 'string' ? target : workflowNameOf(target);
  if (name === undefined)
    throw new InvalidStartTargetError(
      `start() needs the workflow method itself (start(this.orders.fulfil, …), not bound or wrapped) or its name, not ${describeValue(target)}.`,
    );
  const definition = registry.find(name);
  // No name that could be registered is longer; one from outside may be anything.
  if (definition === undefined) throw new WorkflowNotRegisteredError(shortText(name, MAX_ID_LENGTH), registry.names);
  return definition;
}

export function queueOf({ queue }: WorkflowDefinition, options: Pick<ResolvedStartOptions, 'queue'>): string {
  return options.queue ?? queue ?? DEFAULT_QUEUE;
}

/** @throws InvalidStartTargetError, PayloadInvalidError, PayloadTooLargeError */
export function newRunOf(
  definition: WorkflowDefinition,
  args: unknown,
  options: ResolvedStartOptions,
  serializer: Serializer,
): NewRun {
  const { runId, externalId } = options.id === undefined ? { runId: uuidv7(), externalId: null } : runIdOf(options.id);
  return {
    runId,
    workflowName: definition.name,
    queue: queueOf(definition, options),
    priority: options.priority,
    partitionKey: options.partitionKey,
    deduplication: options.deduplication,
    externalId,
    attributes: options.attributes,
    input: inputOf(args, `workflow "${definition.name}"`, serializer),
    timeoutMs: options.timeoutMs ?? definition.timeoutMs ?? null,
    maxRecoveryAttempts: definition.maxRecoveryAttempts,
    delayMs: options.delayMs,
    ...(options.allowDuringMaintenance && { allowDuringMaintenance: true }),
    ...(options.startedBy !== undefined && { startedBy: options.startedBy }),
  };
}

/** As stored. @throws InvalidStartTargetError, PayloadInvalidError, PayloadTooLargeError */
export function inputOf(args: unknown, of: string, serializer: Serializer): string | null {
  if (!Array.isArray(args))
    throw new InvalidStartTargetError(
      `The arguments of ${of} must be given as a list, as in start(target, [order]); args is ${describeValue(args)}.`,
    );
  return args.length === 0 ? null : serializer.serialize(args, 'args');
}
