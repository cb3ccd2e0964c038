// What a caller may say about a start, checked before any SQL.
import type { EntityManager } from 'typeorm';
import { describeValue } from '../kernel/describe-value.js';
import { type Duration, parseDuration } from '../kernel/duration.js';
import { assertId, assertName } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { readField } from '../kernel/plain-error.js';
import type { DoneBy } from '../model/audit.js';
import type { Debounce, DeduplicationPolicy, NewRun, RunAttributes } from '../model/run.js';
import { OPERATOR_ACTION_KEYS, type OperatorAction, resolveOperatorAction } from '../operations/operator-action.js';
import { InvalidStartOptionError } from './invalid-start-option.error.js';
import { checkAttributes } from './run-attributes.js';

/** With an `actor` the start stands in `audit_log`, written with the run; `reason` and `requestId` need one. Without, nothing is written there. */
export interface StartOptions extends OperatorAction {
  /** The caller's own id, 1–255 printable characters. The same id again returns the same run, whatever its arguments. */
  id?: string;
  /** Lower first; ties by age. Whole number, default 0. */
  priority?: number;
  /** Start not before this long from now. Default 0. */
  delay?: Duration;
  /** From the start of execution, waits included; then the run is cancelled with `RUN_TIMEOUT`. Default: the workflow's. */
  timeout?: Duration;
  /** Free labels for filters. */
  attributes?: RunAttributes;
  /** Default: the workflow's, else `'default'`. */
  queue?: string;
  /** Runs of one partition of a queue take turns: by default one at a time. 1–255 printable characters. Default: none. */
  partitionKey?: string;
  /** While a run of the queue with this id is not over, no other is started with it. 1–255 printable characters. */
  deduplicationId?: string;
  /** What becomes of such a start: `reject`, the default, throws DeduplicationConflictError; `return-existing` gives the other run. */
  deduplicationPolicy?: DeduplicationPolicy;
  /**
   * The run begins when `period` has passed without another start of the workflow with this key, at the latest after `maxWait`; until then
   * each start gives it its own arguments and returns it; everything else it has of the first. Not with `id`, `delay`, `deduplicationId`, `manager`, `actor`.
   */
  debounce?: DebounceOptions;
  /** A TypeORM EntityManager in a transaction: the run exists only if that transaction commits. */
  manager?: EntityManager;
  /** While its queue is in maintenance, enqueue the run all the same: it begins when that is over. Default false: MaintenanceActiveError. */
  allowDuringMaintenance?: boolean;
}

export interface DebounceOptions {
  /** 1–255 printable characters. */
  key: string;
  /** Longer than 0. */
  period: Duration;
  /** At least `period`. Default: no limit. */
  maxWait?: Duration;
}

export interface ResolvedStartOptions {
  id?: string;
  queue?: string;
  partitionKey: string | null;
  deduplication: NewRun['deduplication'];
  debounce?: Debounce;
  priority: number;
  delayMs: number;
  timeoutMs?: number;
  attributes: RunAttributes | null;
  manager?: EntityManager;
  allowDuringMaintenance: boolean;
  /** Undefined: it is not audited. */
  startedBy?: DoneBy;
}

export const START_OPTIONS: ReadonlyArray<keyof StartOptions> = [
  'id',
  'queue',
  'partitionKey',
  'priority',
  'delay',
  'timeout',
  'attributes',
  'deduplicationId',
  'deduplicationPolicy',
  'debounce',
  'manager',
  'allowDuringMaintenance',
  ...OPERATOR_ACTION_KEYS,
];
const NEEDS_ACTOR = 'needs an actor: only then the start is kept in audit_log';
const NOT_DEBOUNCED = ['id', 'delay', 'deduplicationId', 'manager', 'actor'] as const;

/**
 * @throws InvalidStartOptionError, InvalidAttributesError, UnknownOptionError, InvalidIdError, InvalidDurationError; WorkflowsError
 * (`INVALID_OPTION`) for what is no object
 */
export function resolveStartOptions(options: StartOptions = {}): ResolvedStartOptions {
  refuseUnknownKeys(options, START_OPTIONS, [], 'start option');
  const { id, queue, partitionKey, priority = 0, delay, timeout, attributes, deduplicationId, manager } = options;
  const { deduplicationPolicy = 'reject', allowDuringMaintenance = false } = options;
  if (id !== undefined) assertId(id, 'id');
  if (queue !== undefined) assertName(queue, 'queue');
  if (partitionKey !== undefined) assertId(partitionKey, 'partitionKey');
  if (deduplicationId !== undefined) assertId(deduplicationId, 'deduplicationId');
  if (deduplicationPolicy !== 'reject' && deduplicationPolicy !== 'return-existing')
    throw new InvalidStartOptionError(
      'deduplicationPolicy',
      `must be 'reject' or 'return-existing', not ${describeValue(deduplicationPolicy)}`,
    );
  if (options.deduplicationPolicy !== undefined && deduplicationId === undefined)
    throw new InvalidStartOptionError('deduplicationPolicy', 'needs a deduplicationId');
  return {
    id,
    queue,
    partitionKey: partitionKey ?? null,
    deduplication: deduplicationId === undefined ? null : { id: deduplicationId, policy: deduplicationPolicy },
    debounce: resolveDebounce(options),
    priority: checkPriority(priority),
    delayMs: delay === undefined ? 0 : parseDuration(delay, 'delay'),
    timeoutMs: timeout === undefined ? undefined : parseDuration(timeout, 'timeout', { allowZero: false }),
    attributes: attributes === undefined ? null : checkAttributes(attributes),
    manager: checkManager(manager),
    allowDuringMaintenance: checkAllowed(allowDuringMaintenance),
    startedBy: resolveStarter(options),
  };
}

const isGiven = (value: unknown) => value !== undefined && value !== null;

function resolveStarter({ actor, reason, requestId }: StartOptions): DoneBy | undefined {
  if (isGiven(actor)) return resolveOperatorAction('Start', { actor, reason, requestId });
  if (isGiven(reason)) throw new InvalidStartOptionError('reason', NEEDS_ACTOR);
  if (isGiven(requestId)) throw new InvalidStartOptionError('requestId', NEEDS_ACTOR);
  return undefined;
}

function checkAllowed(allowed: unknown): boolean {
  if (typeof allowed !== 'boolean')
    throw new InvalidStartOptionError('allowDuringMaintenance', `must be true or false, not ${describeValue(allowed)}`);
  return allowed;
}

/** @throws InvalidStartOptionError */
export function checkPriority(priority: unknown): number {
  if (!Number.isInteger(priority) || Math.abs(priority as number) > 2_147_483_647)
    throw new InvalidStartOptionError('priority', `must be a whole number of 32 bits, not ${describeValue(priority)}`);
  return priority as number;
}

function resolveDebounce(options: StartOptions): Debounce | undefined {
  const { debounce } = options;
  if (debounce === undefined) return undefined;
  refuseUnknownKeys(debounce, ['key', 'period', 'maxWait'], [], 'debounce option');
  for (const other of NOT_DEBOUNCED)
    if (options[other] !== undefined) throw new InvalidStartOptionError('debounce', `can not be given together with ${other}`);
  const { key, period, maxWait } = debounce;
  assertId(key, 'debounce.key');
  const periodMs = parseDuration(period, 'debounce.period', { allowZero: false });
  const maxWaitMs = maxWait === undefined ? null : parseDuration(maxWait, 'debounce.maxWait', { min: periodMs });
  return { key, periodMs, maxWaitMs };
}

/** What a whole call of startMany takes. @throws InvalidStartOptionError, UnknownOptionError, WorkflowsError (`INVALID_OPTION`) */
export function resolveBulkOptions(options: unknown = {}): Pick<ResolvedStartOptions, 'manager'> {
  refuseUnknownKeys(options, ['manager'], [], 'option of startMany as a whole');
  return { manager: checkManager((options as Pick<StartOptions, 'manager'>).manager) };
}

export function checkManager(manager: unknown): EntityManager | undefined {
  if (manager === undefined) return undefined;
  if (typeof manager !== 'object' || manager === null || typeof readField(manager, 'query') !== 'function')
    throw new InvalidStartOptionError(
      'manager',
      `must be a TypeORM EntityManager in a transaction, not ${describeValue(manager)}`,
    );
  return manager as EntityManager;
}
