// What runs are looked for by, as callers say it: checked before any SQL. Used by RunReader for lists and counts.
import { types } from 'node:util';
import { describeValue } from '../kernel/describe-value.js';
import { parseDate } from '../kernel/duration.js';
import { assertId, assertName, isUuid, runIdOf } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import type { Serializer } from '../kernel/serializer.js';
import { textFault } from '../kernel/stored-text.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { RUN_STATUSES, type RunAttributes, type RunStatus } from '../model/run.js';
import type { RunCriteria } from '../store/runs/run-criteria.js';
import { checkAttributes } from './run-attributes.js';

/** Runs of which all of this holds. Without any: all runs. */
export interface RunFilter {
  /** One name or several. */
  workflowName?: string | string[];
  /** Part of the workflow's name, in upper or lower case. Up to 255 characters, none of them special. */
  nameContains?: string;
  /** One status or several. */
  status?: RunStatus | RunStatus[];
  /** One queue or several. */
  queue?: string | string[];
  partitionKey?: string;
  /** Runs that were started with this deduplication id. */
  deduplicationId?: string;
  /** The run that was started with this id: the starter's own, or a run id. */
  externalId?: string;
  /** Children of this run, by its run id or its starter's id. */
  parentId?: string;
  /** Runs that this executor has in memory, or had when they were over. */
  executorId?: string;
  createdFrom?: Date;
  createdBefore?: Date;
  completedFrom?: Date;
  completedBefore?: Date;
  /** Runs that are kept from deletion, or those that are not. */
  legalHold?: boolean;
  /** Runs that ended with an error of this code: `'RUN_TIMEOUT'`. */
  errorCode?: string;
  /** Runs whose attributes contain all of these. `{}` restricts nothing. */
  attributes?: RunAttributes;
  /**
   * Runs one of whose arguments contains this JSON value, whichever argument: `{ orderId: 7 }` finds `start(flow, ['x', { orderId: 7, n: 1 }])`,
   * `'order-7'` finds `start(flow, ['order-7'])`. An object contains its own keys with values that contain theirs, a list the given members in
   * any order, all else is equal. Dates, bigints, URLs and binary data are equal as a whole; members of Maps and Sets can be found too, but
   * not by their place. Up to 10,000 characters of JSON.
   */
  input?: unknown;
}

/** What a filter means, but for what only the names in the database tell. */
export interface CheckedFilter extends RunCriteria {
  /** In lower case. */
  nameContains?: string;
}

export class InvalidRunFilterError extends WorkflowsError {
  constructor(problem: string) {
    super('InvalidRunFilterError', 'INVALID_FILTER', `listRuns: ${problem}.`);
  }
}

export const RUN_FILTER_KEYS: readonly string[] = [
  'workflowName',
  'nameContains',
  'status',
  'queue',
  'partitionKey',
  'deduplicationId',
  'externalId',
  'parentId',
  'executorId',
  'createdFrom',
  'createdBefore',
  'completedFrom',
  'completedBefore',
  'legalHold',
  'errorCode',
  'attributes',
  'input',
] satisfies Array<keyof RunFilter>;

const LONGEST_TEXT = 255;
const LONGEST_INPUT = 10_000;

/** @throws InvalidRunFilterError, InvalidAttributesError, InvalidIdError, PayloadInvalidError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) */
export function checkRunFilter(filter: RunFilter, serializer: Serializer, otherKeys: readonly string[] = []): CheckedFilter {
  refuseUnknownKeys(filter, [...RUN_FILTER_KEYS, ...otherKeys], [], 'listRuns filter');
  const { attributes, legalHold, externalId, parentId } = filter;
  if (legalHold !== undefined && typeof legalHold !== 'boolean')
    throw new InvalidRunFilterError(`legalHold must be true or false, not ${describeValue(legalHold)}`);
  return given({
    runId: externalId === undefined ? undefined : runIdOf(externalId).runId,
    names: names(filter.workflowName, 'workflowName'),
    nameContains: text(filter.nameContains, 'nameContains')?.toLowerCase(),
    statuses: statuses(filter.status),
    queues: names(filter.queue, 'queue'),
    partitionKey: id(filter.partitionKey, 'partitionKey'),
    deduplicationId: id(filter.deduplicationId, 'deduplicationId'),
    parentId: parentId === undefined ? undefined : runIdOf(parentId).runId,
    executorId: executor(filter.executorId),
    legalHold,
    errorCode: text(filter.errorCode, 'errorCode'),
    createdFrom: time(filter.createdFrom, 'createdFrom'),
    createdBefore: time(filter.createdBefore, 'createdBefore'),
    completedFrom: time(filter.completedFrom, 'completedFrom'),
    completedBefore: time(filter.completedBefore, 'completedBefore'),
    attributes: labels(attributes),
    input: input(filter.input, serializer),
  });
}

/** Without what is undefined. */
function given(criteria: { [Key in keyof CheckedFilter]: CheckedFilter[Key] | undefined }): CheckedFilter {
  return Object.fromEntries(Object.entries(criteria).filter(([, value]) => value !== undefined));
}

function names(value: string | string[] | undefined, label: string): string[] | undefined {
  if (value === undefined) return undefined;
  const list = Array.isArray(value) ? value : [value];
  for (const name of list) assertName(name, label);
  return list;
}

function id(value: string | undefined, label: string): string | undefined {
  if (value !== undefined) assertId(value, label);
  return value;
}

function executor(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (!isUuid(value)) throw new InvalidRunFilterError(`executorId must be a uuid, not ${describeValue(value)}`);
  return value.toLowerCase();
}

function text(value: unknown, label: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_TEXT || textFault(value) !== undefined)
    throw new InvalidRunFilterError(`${label} must be a text of 1 to ${LONGEST_TEXT} characters, not ${describeValue(value)}`);
  return value;
}

function statuses(value: RunStatus | RunStatus[] | undefined): RunStatus[] | undefined {
  if (value === undefined) return undefined;
  const list = Array.isArray(value) ? value : [value];
  for (const status of list)
    if (!RUN_STATUSES.includes(status)) throw new InvalidRunFilterError(`status must be one of ${RUN_STATUSES.join(', ')}`);
  return list;
}

/** None at all are asked of nobody: a run without attributes has them too. */
function labels(value: RunAttributes | undefined): RunAttributes | undefined {
  if (value === undefined) return undefined;
  const checked = checkAttributes(value);
  return Object.keys(checked).length === 0 ? undefined : checked;
}

function input(value: unknown, serializer: Serializer): string | undefined {
  const stored = serializer.serialize(value, 'input') ?? undefined;
  if (stored !== undefined && stored.length > LONGEST_INPUT)
    throw new InvalidRunFilterError(`input must be at most ${LONGEST_INPUT} characters of JSON, not ${stored.length}`);
  return stored;
}

/** Beyond the years 1 to 9999 Postgres may have no such time. */
function time(value: unknown, key: string): Date | undefined {
  if (value === undefined) return undefined;
  const parsed = types.isDate(value) ? dateOf(value) : undefined;
  if (parsed === undefined) throw new InvalidRunFilterError(`${key} must be a valid Date between the years 1 and 9999`);
  return parsed;
}

function dateOf(value: unknown): Date | undefined {
  try {
    return parseDate(value, 'time');
  } catch {
    return undefined;
  }
}
