// What applications inject: start runs, find them, send to them, cancel them. Delegates everything.
import type { EntityManager } from 'typeorm';
import type { InMemoryCounters, InMemoryQueue } from '../dispatch/in-memory-queue.js';
import type { QueueDirectory } from '../engine/queue-directory.js';
import type { RunStarter } from '../engine/run-starter.js';
import type { WorkflowRegistry } from '../engine/workflow-registry.js';
import type { Clock } from '../kernel/clock.js';
import { describeValue } from '../kernel/describe-value.js';
import { runIdOf } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import type { NewRun } from '../model/run.js';
import type { JsonObject } from '../model/template.js';
import type { CancelOptions } from '../operations/cancel-options.js';
import type { CommandOptions } from '../operations/commands/command-options.js';
import type { CommandReceipt } from '../operations/commands/run-commander.js';
import type { CancelledRuns } from '../operations/maintenance/maintenance-canceller.js';
import type { MaintenanceStatus } from '../operations/maintenance/maintenance-control.js';
import type { OperatorAction } from '../operations/operator-action.js';
import type { LegalHoldOptions } from '../operations/retention/legal-holder.js';
import type { RetentionResult } from '../operations/retention/retention-totals.js';
import type { InputSchemas } from '../operations/templates/input-schemas.js';
import { provenanceOf, type ResolvedInputs } from '../operations/templates/template-book.js';
import type { Queryable } from '../store/database.js';
import type { SchemaCheck } from '../store/schema.store.js';
import type { DeadLetters } from './dead-letters.js';
import type { EnqueueResult, InMemoryStarter, InMemoryStartOptions } from './in-memory-starter.js';
import { InvalidStartOptionError } from './invalid-start-option.error.js';
import type { SendFromOutsideOptions, WaitOptions } from './message-options.js';
import {
  definitionOf,
  InvalidStartTargetError,
  newRunOf,
  type StartArguments,
  type WorkflowMethod,
  type WorkflowResult,
} from './new-run.js';
import { Run, type RunServices } from './run.js';
import type { ListRunsFilter, RunPage } from './run-reader.js';
import { type ResolvedStartOptions, resolveBulkOptions, resolveStartOptions, type StartOptions } from './start-options.js';
import { resolveTemplateStart, type StartWithTemplateOptions } from './template-options.js';
import { transactionOf } from './transaction-of.js';
import { type Settled, waitAll, waitAny } from './wait-for-runs.js';
import type { WorkflowCommands } from './workflow-commands.js';
import type {
  EnterMaintenanceOptions,
  ExitMaintenanceOptions,
  MaintenanceActionOptions,
  WorkflowMaintenance,
} from './workflow-maintenance.js';
import type { WorkflowQueues } from './workflow-queues.js';
import type { ApplyRetentionOptions, WorkflowRetention } from './workflow-retention.js';
import type { WorkflowTemplates } from './workflow-templates.js';

export interface StartItem<M extends WorkflowMethod = WorkflowMethod> {
  args: Parameters<M>;
  /** `manager` applies to the whole call and is not allowed here. */
  options?: Omit<StartOptions, 'manager' | keyof OperatorAction>;
}

export interface WorkflowInfo {
  name: string;
  /** `Class.method`. */
  origin: string;
  /** Whether this process executes it. */
  served: boolean;
  /** JSON Schema of its first argument, see `@Workflow({ inputSchema })`. Absent: nothing is said of it. Frozen. */
  inputSchema?: JsonObject;
}

export interface WorkflowServiceParts extends RunServices {
  registry: WorkflowRegistry;
  starter: RunStarter;
  clock: Clock;
  directory: QueueDirectory;
  queues: WorkflowQueues;
  retention: WorkflowRetention;
  setLegalHold(runId: string, isOn: boolean, options?: LegalHoldOptions): Promise<boolean>;
  templates: WorkflowTemplates;
  inputSchemas: InputSchemas;
  commands: WorkflowCommands;
  checkSchema(): Promise<SchemaCheck>;
  maintenance: WorkflowMaintenance;
  dispatch(): Promise<{ flushed: number; claimed: number }>;
  inMemoryQueue: Pick<InMemoryQueue, 'counters'>;
  inMemoryStarter: InMemoryStarter;
  deadLetters: DeadLetters;
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

  /** Queues at run time. */
  get queues(): WorkflowQueues {
    return this.#parts.queues;
  }

  /** Commands to many runs, and those that a run was sent. */
  get commands(): WorkflowCommands {
    return this.#parts.commands;
  }

  /** Templates of start arguments, and the enums they refer to. */
  get templates(): WorkflowTemplates {
    return this.#parts.templates;
  }

  /** How long runs are kept. */
  get retention(): WorkflowRetention {
    return this.#parts.retention;
  }

  /** Runs that were accepted by `enqueueInMemory` and that the database refused. */
  get deadLetters(): DeadLetters {
    return this.#parts.deadLetters;
  }

  /** What became of the calls of `enqueueInMemory` in this process, as of now. */
  get inMemory(): InMemoryCounters {
    return this.#parts.inMemoryQueue.counters;
  }

  /**
   * Starts a run and resolves when it is durable; it does not wait for the result. With `id`, idempotent. With `actor`, who started it stands
   * in `audit_log` (`START`), in the same transaction; a start that finds its run there writes nothing. The `inputSchema` of a workflow is not
   * looked at here, see `checkInput`.
   *
   * @param target the decorated method, from which the types follow, or a registered name
   * @param args its arguments; must be serialisable
   * @throws WorkflowNotRegisteredError, InvalidStartTargetError, PayloadInvalidError, PayloadTooLargeError, InvalidIdError,
   * InvalidDurationError, InvalidAttributesError, InvalidStartOptionError, UnknownOptionError before any SQL; QueueNotFoundError;
   * RunConflictError; DeduplicationConflictError; StartFailedError; MaintenanceActiveError
   */
  async start<M extends WorkflowMethod>(target: M, ...rest: StartArguments<M, StartOptions>): Promise<Run<WorkflowResult<M>>>;
  async start<T = unknown>(name: string, args?: unknown[], options?: StartOptions): Promise<Run<T>>;
  async start(target: WorkflowMethod | string, args: unknown[] = [], options?: StartOptions): Promise<Run> {
    const resolved = resolveStartOptions(options);
    const { registry, serializer } = this.#parts;
    return this.#start(newRunOf(definitionOf(registry, target), args, resolved, serializer), resolved);
  }

  /**
   * Starts a run whose one argument is what `resolveInputs` gives, and keeps with it, in the same transaction, which version of the template and
   * of its enums that came from, what was given and by whom (`RunDetails.provenance`, `audit_log`). With `id`, idempotent: a repeated start
   * changes neither the run nor that.
   *
   * @param template null: without one; then the overrides are the argument, checked by the workflow's `inputSchema`
   * @throws as start and resolveInputs
   */
  async startWithTemplate<M extends WorkflowMethod>(
    target: M | string,
    template: string | null,
    overrides: object,
    options?: StartWithTemplateOptions,
  ): Promise<Run<WorkflowResult<M>>> {
    const { resolved, version, by } = resolveTemplateStart(options);
    const { registry, serializer, templates } = this.#parts;
    const definition = definitionOf(registry, target);
    const given = await templates.resolve(definition.name, template, overrides, version);
    const run = newRunOf(definition, [given.inputs], resolved, serializer);
    return this.#start({ ...run, startedBy: by, provenance: provenanceOf(definition.name, given, by.actor) }, resolved);
  }

  /**
   * The defaults of a template, and over them what the caller gives, checked by its schema on the server: what `startWithTemplate` would start
   * the workflow with. Changes nothing, starts nothing. A key that is `undefined` counts as not given, `null` is a value.
   *
   * @param template null: without one; then the inputs are the overrides, checked by the `inputSchema` of a workflow that is registered here
   * @param version default: the highest active one
   * @throws TemplateKeyUnknownError, TemplateInputInvalidError (`details.errors` has all), TemplateNotFoundError, TemplateObsoleteError,
   * EnumNotFoundError, EnumObsoleteError, AjvMissingError; WorkflowInputInvalidError without a template; InvalidStartTargetError,
   * InvalidIdError, InvalidTemplateOptionError, WorkflowsError (`INVALID_OPTION`) before any SQL
   */
  async resolveInputs(
    workflow: WorkflowMethod | string,
    template: string | null,
    overrides: object,
    version?: number,
  ): Promise<ResolvedInputs> {
    return this.#parts.templates.resolve(workflow, template, overrides, version);
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
  ): Promise<Array<Run<WorkflowResult<M>>>> {
    const { registry, serializer, starter } = this.#parts;
    const definition = definitionOf(registry, target);
    const { manager } = resolveBulkOptions(options);
    if (!Array.isArray(items))
      throw new InvalidStartTargetError(`startMany() needs a list of items, [{ args, options? }], not ${describeValue(items)}.`);
    // Array.from gives holes too, where map() skips them.
    const checked: ReadonlyArray<StartItem<M>> = Array.from(items, requireItem);
    const resolved = checked.map((item) => resolveStartOptions(item.options));
    if (resolved.some((options) => options.startedBy !== undefined))
      throw new InvalidStartOptionError('actor', 'is not for startMany: only what start() starts is kept in audit_log');
    if (resolved.some((options) => options.manager !== undefined))
      throw new InvalidStartOptionError('manager', 'applies to the whole of startMany: give it as the last argument');
    const runs = checked.map((item, i) => newRunOf(definition, item.args, resolved[i] as ResolvedStartOptions, serializer));
    if (resolved.some((options) => options.debounce !== undefined))
      throw new InvalidStartOptionError('debounce', 'is not for startMany: each start of a key replaces the one before');
    for (const { queue } of runs) if (!this.#parts.directory.has(queue)) await this.#parts.directory.require(queue);
    if (manager !== undefined) return (await this.#startWithin(manager, runs)).map((runId) => new Run(runId, this.#parts));
    const isUnique = runs.map((run, i) => resolved[i]?.id !== undefined || run.deduplication !== null);
    await starter.startMany(runs.filter((_, i) => !isUnique[i]));
    const unique = runs.filter((_, i) => isUnique[i]);
    const started = await starter.startUnique(unique);
    const runIds = new Map(unique.map((run, i) => [run, started[i]]));
    return runs.map((run) => new Run(runIds.get(run) ?? run.runId, this.#parts));
  }

  /**
   * Accepts a start in memory, at once, without the database: for callers that can't wait, and can bear that what this process has accepted and
   * not written yet, milliseconds' worth as a rule, is lost when it is killed. Written in order, in batches; at shutdown, too. `getRun(runId)`
   * works at once. A run that the database refuses three times is kept in `deadLetters`. In a workflow, call it in a step.
   *
   * @returns `accepted: false` with a reason when it can't be taken: nothing of it happens then
   * @throws InvalidStartTargetError, InvalidStartOptionError, UnknownOptionError, InvalidIdError, InvalidDurationError, InvalidAttributesError;
   * QueueNotFoundError of a queue that this process does not know
   */
  enqueueInMemory<M extends WorkflowMethod>(target: M, ...rest: StartArguments<M, InMemoryStartOptions>): EnqueueResult;
  enqueueInMemory(name: string, args?: unknown[], options?: InMemoryStartOptions): EnqueueResult;
  enqueueInMemory(target: WorkflowMethod | string, args: unknown[] = [], options?: InMemoryStartOptions): EnqueueResult {
    return this.#parts.inMemoryStarter.enqueue(target, args, options);
  }

  /** The handle of a run, by run id or by the id its starter chose. Reads nothing yet. @throws InvalidIdError */
  getRun<T = unknown>(id: string): Run<T> {
    return new Run<T>(runIdOf(id).runId, this.#parts);
  }

  /**
   * Sends a message to a run's mailbox, where `wf.receive(topic)` takes it; as Run.send.
   *
   * @throws RunNotFoundError, RunFinishedError, SendFailedError; InvalidIdError, PayloadInvalidError, PayloadTooLargeError,
   * UnknownOptionError, InvalidStartOptionError before any SQL
   */
  async send(id: string, topic: string, payload?: unknown, options?: SendFromOutsideOptions): Promise<void> {
    return this.getRun(id).send(topic, payload, options);
  }

  /**
   * The first of the runs that is over, whatever became of it. Waiting costs no connection.
   *
   * @throws WaitTimeoutError after `timeout`; InvalidRunsError for an empty list, or for what is no list of runs; RunNotFoundError;
   * ShuttingDownError; InvalidDurationError, UnknownOptionError
   */
  async waitAny<R extends Run>(runs: readonly R[], options?: WaitOptions): Promise<R> {
    const { outcomes, departure, clock } = this.#parts;
    const outcomeOf = (runId: string) => departure(runId)?.then(() => outcomes.wait(runId)) ?? outcomes.wait(runId);
    return waitAny(runs, options, outcomeOf, clock);
  }

  /**
   * What became of all of the runs, in order, as Promise.allSettled tells it.
   *
   * @throws WaitTimeoutError after `timeout`; ShuttingDownError; InvalidRunsError, InvalidDurationError, UnknownOptionError
   */
  async waitAll<const R extends readonly Run[]>(runs: R, options?: WaitOptions): Promise<Settled<R>> {
    return waitAll(runs, options, this.#parts.clock);
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
    return this.getRun(id).cancel(options);
  }

  /** As `retention.apply`. */
  async applyRetention(options?: ApplyRetentionOptions): Promise<RetentionResult> {
    return this.#parts.retention.apply(options);
  }

  /**
   * Keeps a run from being deleted by retention, or no longer does. It does not keep it from being ended. Its children are runs of their own. True
   * if this call changed it: idempotent. @throws RunNotFoundError, InvalidIdError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`)
   */
  async setLegalHold(id: string, on: boolean, options?: LegalHoldOptions): Promise<boolean> {
    const { runId } = runIdOf(id);
    await this.#parts.departure(runId);
    return this.#parts.setLegalHold(runId, on, options);
  }

  /**
   * Changes the priority of a run that has not begun: lower first. False if it has begun, or is over.
   *
   * @throws RunNotFoundError; InvalidIdError, InvalidStartOptionError, UnknownOptionError, WorkflowsError (`INVALID_OPTION`) before any SQL
   */
  async setPriority(id: string, priority: number, action?: OperatorAction): Promise<boolean> {
    return this.getRun(id).setPriority(priority, action);
  }

  /**
   * One cycle of the dispatcher by hand: writes what was accepted in memory, claims what is there and this process has room for, and hands it
   * over. Resolves when that is done, not when the runs are; with the number of runs written and claimed. For tests, and for hosts that drive the tick themselves (`dispatch: 'manual'`).
   */
  async dispatch(): Promise<{ flushed: number; claimed: number }> {
    return this.#parts.dispatch();
  }

  /**
   * Asks something of a run, whatever its code knows of it; kept in `commands` and `audit_log`, with what became of it.
   *
   * - `HOLD`: it stops at its next durable operation, or at once where it waits; then it is `HELD`: out of memory, its timeout stands still,
   *   its permit stays (see `holdReleasesPermits`). A step that runs is finished and recorded first.
   * - `RESUME`: it goes on where it was, ahead of new work. A HOLD that has not been applied yet is withdrawn.
   * - `STOP`: `wf.signal` is aborted, and what it waits for, or asks for next, throws RunStoppedError; `finally` blocks run; then it is
   *   `STOPPED`. One that has not begun is `STOPPED` at once. `timeout`, or `stopTimeout` of the workflow, limits how long that may take.
   * - `RESET`: a run that is over, but not `SUCCESS`, goes back to its queue: from what it has recorded, or with `{ from: 'start' }` anew.
   * - Any other name is for the workflow's own code, which receives it by `wf.commands.receive()` or `@OnCommand`.
   *
   * Resolves when the command is durable; `outcome` null says that the run's process will apply it, within milliseconds where notifications
   * are on, or else at its next tick.
   *
   * @param command in any case of letters
   * @throws RunNotFoundError; CommandNotAllowedError (state, and what is allowed); CommandSendFailedError; InvalidIdError,
   * UnknownCommandError, UnknownOptionError, InvalidDurationError, PayloadInvalidError, PayloadTooLargeError, WorkflowsError
   * (`INVALID_OPTION`) before any SQL
   */
  async sendCommand(id: string, command: string, options?: CommandOptions): Promise<CommandReceipt> {
    return this.getRun(id).sendCommand(command, options);
  }

  /**
   * From when it resolves nothing begins any more, in no process: starts are refused with MaintenanceActiveError unless they are
   * `allowDuringMaintenance`, nothing is claimed, and what is in memory goes on to its end or to its next durable wait. Deadlines and rescue
   * go on; children of runs under way are enqueued. It stands in the database: processes that boot meanwhile keep it too. Called again it
   * changes mode, reason and end. What was accepted in memory before is still written.
   *
   * With `mode: 'cancel'` it then cancels what is not over (`MAINTENANCE_CANCEL`), and resolves when that is done. After an error call it
   * again: it does the rest.
   *
   * @returns how many runs it cancelled
   * @throws QueueNotFoundError, MaintenanceFailedError; InvalidMaintenanceModeError (`INVALID_MODE`), InvalidIdError, UnknownOptionError,
   * WorkflowsError (`INVALID_OPTION`) before any SQL, or for an `until` that has passed
   */
  async enterMaintenance(options?: EnterMaintenanceOptions): Promise<{ cancelled: CancelledRuns }> {
    return this.#parts.maintenance.enter(options);
  }

  /**
   * Ends the maintenance of all queues, or that of the named ones. A queue stays in maintenance while another one holds for it.
   * Idempotent: false if there was none. @throws QueueNotFoundError, MaintenanceFailedError; as enterMaintenance before any SQL
   */
  async exitMaintenance(options?: ExitMaintenanceOptions): Promise<boolean> {
    return this.#parts.maintenance.exit(options);
  }

  /** What is in maintenance, and what each process still has, as of its last report. @throws the database's error */
  async getMaintenanceStatus(): Promise<MaintenanceStatus> {
    return this.#parts.maintenance.status();
  }

  /**
   * Begins a new generation of executors, if all queues are in maintenance and nothing is under way. Every process that is registered then,
   * and executes runs, never executes one again: it goes on as a client. Processes that boot later belong to the new generation. The
   * maintenance stays. Not idempotent.
   *
   * @throws MaintenanceRequiredError; NotDrainedError with the counters in `details`; MaintenanceFailedError; UnknownOptionError,
   * WorkflowsError (`INVALID_OPTION`) before any SQL
   */
  async swapIfDrained(options?: MaintenanceActionOptions): Promise<{ generation: number }> {
    return this.#parts.maintenance.swapIfDrained(options);
  }

  /** Whether the tables are at the version that this release needs. @throws the database's error */
  checkSchema(): Promise<SchemaCheck> {
    return this.#parts.checkSchema();
  }

  /** The workflows registered in this process, by name. */
  listWorkflows(): WorkflowInfo[] {
    return this.#parts.registry.names.map((name) => this.findWorkflow(name));
  }

  /** One that is registered in this process. @throws WorkflowNotRegisteredError, InvalidStartTargetError */
  findWorkflow(target: WorkflowMethod | string): WorkflowInfo {
    const { registry } = this.#parts;
    const { name, origin, inputSchema } = definitionOf(registry, target);
    return { name, origin, served: registry.serves(name), ...(inputSchema !== undefined && { inputSchema }) };
  }

  /**
   * Whether a first argument is what the workflow's `inputSchema` allows: for starts that people ask for, before `start`, which does not check
   * it. Changes nothing, asks no database. Any value will do where there is no schema, or no package ajv.
   *
   * @throws WorkflowInputInvalidError (`details.errors` has all faults); WorkflowNotRegisteredError, InvalidStartTargetError
   */
  async checkInput(target: WorkflowMethod | string, input: unknown): Promise<void> {
    const { registry, inputSchemas } = this.#parts;
    await inputSchemas.check(definitionOf(registry, target).name, input);
  }

  async #start<T>(run: NewRun, { id, debounce, manager }: ResolvedStartOptions): Promise<Run<T>> {
    const { directory, starter } = this.#parts;
    if (!directory.has(run.queue)) await directory.require(run.queue);
    if (debounce !== undefined) return new Run<T>(await starter.startDebounced(run, debounce), this.#parts);
    let { runId } = run;
    if (manager !== undefined) [runId = runId] = await this.#startWithin(manager, [run]);
    else if (run.deduplication !== null || run.startedBy !== undefined) [runId = runId] = await starter.startUnique([run]);
    else if (id !== undefined) await starter.startWithId(run);
    else await starter.start(run);
    return new Run<T>(runId, this.#parts);
  }

  async #startWithin(manager: EntityManager, runs: readonly NewRun[]): Promise<string[]> {
    const transaction = transactionOf(manager);
    const runIds = await this.#parts.starter.startWithin(transaction, runs);
    await this.#parts.announceWithin(transaction);
    return runIds;
  }
}

/** An id beside the arguments instead of in `options` must not start a run without it. */
function requireItem<M extends WorkflowMethod>(item: StartItem<M>, index: number): StartItem<M> {
  refuseUnknownKeys(item, ['args', 'options'], [], `key of items[${index}] of startMany`);
  return item;
}
