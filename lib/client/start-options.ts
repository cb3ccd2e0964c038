// What a caller may say about a start, checked before any SQL.
import type { EntityManager } from 'typeorm';
import { describeValue } from '../kernel/describe-value.js';
import { type Duration, parseDuration } from '../kernel/duration.js';
import { assertId } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { readField } from '../kernel/plain-error.js';
import type { RunAttributes } from '../model/run.js';
import { InvalidStartOptionError } from './invalid-start-option.error.js';
import { checkAttributes } from './run-attributes.js';

export interface StartOptions {
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
  /** A TypeORM EntityManager in a transaction: the run exists only if that transaction commits. */
  manager?: EntityManager;
}

export interface ResolvedStartOptions {
  id?: string;
  priority: number;
  delayMs: number;
  timeoutMs?: number;
  attributes: RunAttributes | null;
  manager?: EntityManager;
}

const KEYS = ['id', 'priority', 'delay', 'timeout', 'attributes', 'manager'];
const LATER = ['queue', 'partitionKey', 'deduplicationId', 'debounce', 'allowDuringMaintenance'];

/**
 * @throws InvalidStartOptionError, InvalidAttributesError, UnknownOptionError, InvalidIdError, InvalidDurationError; WorkflowsError
 * (`INVALID_OPTION`) for what is no object
 */
export function resolveStartOptions(options: StartOptions = {}): ResolvedStartOptions {
  refuseUnknownKeys(options, KEYS, LATER, 'start option');
  const { id, priority = 0, delay, timeout, attributes, manager } = options;
  if (id !== undefined) assertId(id, 'id');
  if (!Number.isInteger(priority) || Math.abs(priority) > 2_147_483_647)
    throw new InvalidStartOptionError('priority', `must be a whole number of 32 bits, not ${describeValue(priority)}`);
  return {
    id,
    priority,
    delayMs: delay === undefined ? 0 : parseDuration(delay, 'delay'),
    timeoutMs: timeout === undefined ? undefined : parseDuration(timeout, 'timeout', { allowZero: false }),
    attributes: attributes === undefined ? null : checkAttributes(attributes),
    manager: checkManager(manager),
  };
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
