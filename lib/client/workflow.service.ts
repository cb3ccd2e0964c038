// What applications inject: start runs, find them, cancel them. Delegates everything.
import type { EntityManager } from 'typeorm';
import type { RunStarter } from '../engine/run-starter.js';
import { workflowNameOf } from '../engine/workflow-metadata.js';
import { type WorkflowDefinition, WorkflowNotRegisteredError, type WorkflowRegistry } from '../engine/workflow-registry.js';
import { describeValue, shortText } from '../kernel/describe-value.js';
import { MAX_ID_LENGTH, runIdOf, uuidv7 } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import type { Serializer } from '../kernel/serializer.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { DEFAULT_QUEUE, type NewRun } from '../model/run.js';
import type { Queryable, Row } from '../store/database.js';
import type { CancelOptions } from './cancel-options.js';
import { InvalidStartOptionError } from './invalid-start-option.error.js';
import { Run, type RunServices } from './run.js';
import type { ListRunsFilter, RunPage, RunReader } from './run-reader.js';
import { type ResolvedStartOptions, resolveBulkOptions, resolveStartOptions, type StartOptions } from './start-options.js';

/** A method decorated with @Workflow. */
// biome-ignore lint/suspicious/noExplicitAny: the only type every method is assignable to
export type WorkflowMethod = (...args: any[]) => unknown;

type Result<M extends WorkflowMethod> = Awaited<ReturnType<M>>;
/** Arguments may be left out when the method has none, or only optional ones. */
type StartArguments<M extends WorkflowMethod> =
  [] extends Parameters<M> ? [args?: Parameters<M>, options?: StartOptions] : [args: Parameters<M>, options?: StartOptions];

export interface StartItem<M extends WorkflowMethod = WorkflowMethod> {
  args: Parameters<M>;
  /** `manager` applies to the whole call and is not allowed here. */
  options?: Omit<StartOptions, 'manager'>;
}

export interface WorkflowInfo {
  name: string;
  /** `Class.method`. */
  origin: string;
  /** Whether this process executes it. */
  served: boolean;
}

/** What to start, or with which arguments, is not given as it has to be. */
export class InvalidStartTargetError extends WorkflowsError {
  constructor(problem: string) {
    super('InvalidStartTargetError', 'INVALID_START_TARGET', problem);
  }
}

export interface WorkflowServiceParts extends RunServices {
  registry: WorkflowRegistry;
  starter: RunStarter;
  reader: RunReader;
  serializer: Serializer;
  /** Tells all processes, when that transaction commits, that there is work. */
  announceWithin(transaction: Queryable): Promise<void>;
}

export class WorkflowService {
  /** Private at run time too: whoever is logged holds this service, and it the connection with its password. */
  readonly #parts: WorkflowServiceParts;

  /** @internal Made by WorkflowsModule. */
  constructor(parts: WorkflowServiceParts) {
    this.#parts = parts;
  }

  /**
   * Starts a run and resolves when it is durable; it does not wait for the result. With `id`, idempotent.
   *
   * @param target the decorated method, from which the types follow, or a registered name
   * @param args its arguments; must be serialisable
   * @throws WorkflowNotRegisteredError, InvalidStartTargetError, PayloadInvalidError, PayloadTooLargeError, InvalidIdError,
   * InvalidDurationError, InvalidAttributesError, InvalidStartOptionError, UnknownOptionError before any SQL; RunConflictError;
   * StartFailedError
   */
  async start<M extends WorkflowMethod>(target: M, ...rest: StartArguments<M>): Promise<Run<Result<M>>>;
  async start<T = unknown>(name: string, args?: unknown[], options?: StartOptions): Promise<Run<T>>;
  async start(target: WorkflowMethod | string, args: unknown[] = [], options?: StartOptions): Promise<Run> {
    const resolved = resolveStartOptions(options);
    const run = this.#newRun(this.#definition(target), args, resolved);
    const { starter } = this.#parts;
    if (resolved.manager !== undefined) await this.#startWithin(resolved.manager, [run]);
    else if (resolved.id !== undefined) await starter.startWithId(run);
    else await starter.start(run);
    return new Run(run.runId, this.#parts);
  }

  /**
   * Starts many runs of one workflow with few round trips, in the order given. All are checked before the first is started.
   * Not atomic, unless a `manager` is given.
   *
   * @throws as `start`; of `options` and of each item every key is checked
   */
  async startMany<M extends WorkflowMethod>(
    target: M | string,
    items: ReadonlyArray<StartItem<M>>,
    options?: Pick<StartOptions, 'manager'>,
  ): Promise<Array<Run<Result<M>>>> {
    const definition = this.#definition(target);
    const { manager } = resolveBulkOptions(options);
    if (!Array.isArray(items))
      throw new InvalidStartTargetError(`startMany() needs a list of items, [{ args, options? }], not ${describeValue(items)}.`);
    // Array.from gives holes too, where map() skips them.
    const checked: ReadonlyArray<StartItem<M>> = Array.from(items, requireItem);
    const resolved = checked.map((item) => resolveStartOptions(item.options));
    if (resolved.some((options) => options.manager !== undefined))
      throw new InvalidStartOptionError('manager', 'applies to the whole of startMany: give it as the last argument');
    const runs = checked.map((item, i) => this.#newRun(definition, item.args, resolved[i] as ResolvedStartOptions));
    const { starter } = this.#parts;
    if (manager !== undefined) await this.#startWithin(manager, runs);
    else {
      await starter.startMany(runs.filter((_, i) => resolved[i]?.id === undefined));
      await starter.startManyWithIds(runs.filter((_, i) => resolved[i]?.id !== undefined));
    }
    return runs.map((run) => new Run(run.runId, this.#parts));
  }

  /** The handle of a run, by run id or by the id its starter chose. Reads nothing yet. @throws InvalidIdError */
  getRun<T = unknown>(id: string): Run<T> {
    return new Run<T>(runIdOf(id).runId, this.#parts);
  }

  /** Newest first, without payloads. */
  listRuns(filter?: ListRunsFilter): Promise<RunPage> {
    return this.#parts.reader.list(filter);
  }

  /**
   * Cancels a run at once: its status is final, its signal aborted, and what it still does is dropped. True if this call ended it,
   * false if it was over already: idempotent. @throws RunNotFoundError, InvalidIdError
   */
  async cancel(id: string, options?: CancelOptions): Promise<boolean> {
    return this.#parts.cancel(runIdOf(id).runId, options);
  }

  /** The workflows registered in this process, by name. */
  listWorkflows(): WorkflowInfo[] {
    const { registry } = this.#parts;
    return registry.names.map((name) => ({ name, origin: registry.get(name).origin, served: registry.serves(name) }));
  }

  #definition(target: WorkflowMethod | string): WorkflowDefinition {
    const name = typeof target === 'string' ? target : workflowNameOf(target);
    if (name === undefined)
      throw new InvalidStartTargetError(
        `start() needs the workflow method itself (start(this.orders.fulfil, …), not bound or wrapped) or its name, not ${describeValue(target)}.`,
      );
    const { registry } = this.#parts;
    const definition = registry.find(name);
    // No name that could be registered is longer; one from outside may be anything.
    if (definition === undefined) throw new WorkflowNotRegisteredError(shortText(name, MAX_ID_LENGTH), registry.names);
    return definition;
  }

  #newRun(definition: WorkflowDefinition, args: unknown, options: ResolvedStartOptions): NewRun {
    if (!Array.isArray(args))
      throw new InvalidStartTargetError(
        `The arguments of workflow "${definition.name}" must be given as a list, as in start(target, [order]); args is ${describeValue(args)}.`,
      );
    const { runId, externalId } = options.id === undefined ? { runId: uuidv7(), externalId: null } : runIdOf(options.id);
    return {
      runId,
      workflowName: definition.name,
      queue: DEFAULT_QUEUE,
      priority: options.priority,
      externalId,
      attributes: options.attributes,
      input: args.length === 0 ? null : this.#parts.serializer.serialize(args, 'args'),
      timeoutMs: options.timeoutMs ?? definition.timeoutMs ?? null,
      maxRecoveryAttempts: definition.maxRecoveryAttempts,
      delayMs: options.delayMs,
    };
  }

  async #startWithin(manager: EntityManager, runs: readonly NewRun[]): Promise<void> {
    const transaction: Queryable = {
      query: <R extends Row>(text: string, values: readonly unknown[] = []) =>
        manager.query(text, values as unknown[]) as Promise<R[]>,
    };
    await this.#parts.starter.startWithin(transaction, runs);
    await this.#parts.announceWithin(transaction);
  }
}

/** An id beside the arguments instead of in `options` must not start a run without it. */
function requireItem<M extends WorkflowMethod>(item: StartItem<M>, index: number): StartItem<M> {
  refuseUnknownKeys(item, ['args', 'options'], [], `key of items[${index}] of startMany`);
  return item;
}
