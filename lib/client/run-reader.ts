// Reads runs for people and pages: lists, one run, its steps and events, with payloads decoded. Used by WorkflowService and the admin room.

import { types } from 'node:util';
import { RunNotFoundError } from '../engine/run.errors.js';
import { parseDate } from '../kernel/duration.js';
import { assertId, assertName, runIdOf } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import type { Serializer } from '../kernel/serializer.js';
import { parseStoredError, type StoredError } from '../kernel/stored-error.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { OperationKind } from '../model/operation.js';
import { RUN_STATUSES, type RunAttributes, type RunRecord, type RunStatus } from '../model/run.js';
import type { RunProvenance } from '../model/template.js';
import type { AttemptRow, EventRow, HistoryStore } from '../store/history/history.store.js';
import type { RunStore } from '../store/runs/run.store.js';
import { cursorOf, parseCursor } from './page-cursor.js';
import { checkAttributes } from './run-attributes.js';

export interface ListRunsFilter {
  /** One name or several. */
  workflowName?: string | string[];
  /** One status or several. */
  status?: RunStatus | RunStatus[];
  createdFrom?: Date;
  createdBefore?: Date;
  /** One queue or several. */
  queue?: string | string[];
  partitionKey?: string;
  /** Runs that are kept from deletion, or those that are not. */
  legalHold?: boolean;
  /** Runs whose attributes contain all of these. */
  attributes?: RunAttributes;
  /** 1 to 500, default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** A run without its payloads. */
export type RunSummary = Omit<RunRecord, 'input' | 'output' | 'error'>;

export interface RunPage {
  runs: RunSummary[];
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface RunDetails extends RunSummary {
  input: unknown;
  output: unknown;
  error: StoredError | null;
  /** Of a run that startWithTemplate started: the template, its version, and what was given. Else null. */
  provenance: RunProvenance | null;
}

export interface RunStep {
  ordinal: number;
  kind: OperationKind;
  name: string;
  output: unknown;
  error: StoredError | null;
  attempts: number;
  failedAttempts: Array<{ attempt: number; error: StoredError | null; startedAt: Date; completedAt: Date }>;
  startedAt: Date;
  completedAt: Date;
}

export interface RunEvent {
  key: string;
  value: unknown;
  updatedAt: Date;
}

/** Stands where a payload can't be decoded: damaged, or written by a newer release. */
export interface UnreadablePayload {
  unreadable: string;
}

export class InvalidRunFilterError extends WorkflowsError {
  constructor(problem: string) {
    super('InvalidRunFilterError', 'INVALID_FILTER', `listRuns: ${problem}.`);
  }
}

const FILTER_KEYS = [
  'workflowName',
  'status',
  'queue',
  'partitionKey',
  'legalHold',
  'createdFrom',
  'createdBefore',
  'attributes',
  'limit',
  'cursor',
];
const MAX_PAGE = 500;

export class RunReader {
  // Private at run time too: whoever is logged holds this reader, and it the connection with its password.
  readonly #runs: RunStore;
  readonly #histories: HistoryStore;
  readonly #serializer: Serializer;

  /** @internal Made by WorkflowsModule. */
  constructor(runs: RunStore, histories: HistoryStore, serializer: Serializer) {
    this.#runs = runs;
    this.#histories = histories;
    this.#serializer = serializer;
  }

  /**
   * Newest first.
   *
   * @throws InvalidRunFilterError, InvalidAttributesError, InvalidIdError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) for what is
   * no object
   */
  async list(filter: ListRunsFilter = {}): Promise<RunPage> {
    refuseUnknownKeys(filter, FILTER_KEYS, [], 'listRuns filter');
    const { limit = 50, cursor, attributes, createdFrom, createdBefore, legalHold } = filter;
    if (legalHold !== undefined && typeof legalHold !== 'boolean')
      throw new InvalidRunFilterError('legalHold must be true or false');
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE)
      throw new InvalidRunFilterError(`limit must be a whole number from 1 to ${MAX_PAGE}`);
    const rows = await this.#runs.list({
      workflowNames: names(filter.workflowName),
      statuses: statuses(filter.status),
      queues: names(filter.queue, 'queue'),
      partitionKey: partition(filter.partitionKey),
      legalHold,
      createdFrom: time(createdFrom, 'createdFrom'),
      createdBefore: time(createdBefore, 'createdBefore'),
      attributes: attributes === undefined ? undefined : checkAttributes(attributes),
      after: cursor === undefined ? undefined : mark(cursor),
      limit: limit + 1,
    });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      runs: page.map(({ createdAtExact: _exact, ...row }) => summary(row)),
      ...(rows.length > limit &&
        last !== undefined && { nextCursor: cursorOf({ exact: last.createdAtExact, runId: last.runId }) }),
    };
  }

  /** @throws RunNotFoundError */
  async find(id: string): Promise<RunDetails> {
    const { runId } = runIdOf(id);
    const row = await this.#runs.findProven(runId);
    if (row === undefined) throw new RunNotFoundError(id);
    return {
      ...summary(row),
      provenance: row.provenance,
      input: this.#read(row.input),
      output: this.#read(row.output),
      error: row.error === null ? null : parseStoredError(row.error),
    };
  }

  /** By ordinal, that is in the order in which the code asked for them. */
  async listSteps(id: string): Promise<RunStep[]> {
    const { runId } = runIdOf(id);
    const [operations, attempts] = await Promise.all([
      this.#histories.listOperations(runId),
      this.#histories.listAttempts(runId),
    ]);
    return operations.map(({ ordinal, kind, name, output, error, attempts: count, startedAt, completedAt }) => ({
      ordinal,
      kind,
      name,
      output: this.#read(output),
      error: error === null ? null : parseStoredError(error),
      attempts: count,
      failedAttempts: attempts.filter((row) => row.ordinal === ordinal).map(attempt),
      startedAt,
      completedAt,
    }));
  }

  /** The last value under each key, by key. */
  async listEvents(id: string): Promise<RunEvent[]> {
    return this.#events(await this.#histories.listEvents(runIdOf(id).runId));
  }

  /** Every value that was set, in order. */
  async listEventHistory(id: string): Promise<RunEvent[]> {
    return this.#events(await this.#histories.listEventHistory(runIdOf(id).runId));
  }

  #events(rows: readonly EventRow[]): RunEvent[] {
    return rows.map(({ key, value, updatedAt }) => ({ key, value: this.#read(value), updatedAt }));
  }

  /** One damaged payload must not hide the rest of the run. */
  #read(text: string | null): unknown {
    try {
      return this.#serializer.deserialize(text);
    } catch (error) {
      return { unreadable: (error as Error).message } satisfies UnreadablePayload;
    }
  }
}

function attempt({ attempt, error, startedAt, completedAt }: AttemptRow) {
  return { attempt, error: error === null ? null : parseStoredError(error), startedAt, completedAt };
}

function summary({ input: _input, output: _output, error: _error, ...rest }: RunRecord): RunSummary {
  return rest;
}

function names(given: string | string[] | undefined, label = 'workflowName'): string[] | undefined {
  if (given === undefined) return undefined;
  const list = Array.isArray(given) ? given : [given];
  for (const name of list) assertName(name, label);
  return list;
}

function partition(given: string | undefined): string | undefined {
  if (given !== undefined) assertId(given, 'partitionKey');
  return given;
}

function statuses(given: RunStatus | RunStatus[] | undefined): RunStatus[] | undefined {
  if (given === undefined) return undefined;
  const list = Array.isArray(given) ? given : [given];
  for (const status of list)
    if (!RUN_STATUSES.includes(status)) throw new InvalidRunFilterError(`status must be one of ${RUN_STATUSES.join(', ')}`);
  return list;
}

/** Beyond the years 1 to 9999 Postgres may have no such time. */
function time(given: unknown, key: string): Date | undefined {
  if (given === undefined) return undefined;
  const parsed = types.isDate(given) ? dateOf(given) : undefined;
  if (parsed === undefined) throw new InvalidRunFilterError(`${key} must be a valid Date between the years 1 and 9999`);
  return parsed;
}

function dateOf(given: unknown): Date | undefined {
  try {
    return parseDate(given, 'time');
  } catch {
    return undefined;
  }
}

function mark(cursor: unknown): { createdAtExact: string; runId: string } {
  const found = parseCursor(cursor);
  if (found === undefined) throw new InvalidRunFilterError('cursor is not one that listRuns gave');
  return { createdAtExact: found.exact, runId: found.runId };
}
