// What one run has recorded and waits for, for people: decoded, whole or page by page. Used by RunReader.
import { describeValue } from '../kernel/describe-value.js';
import { runIdOf } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import type { Serializer } from '../kernel/serializer.js';
import { parseStoredError, type StoredError } from '../kernel/stored-error.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { OperationKind, RecordedWait } from '../model/operation.js';
import type { AttemptRow, EventRow, HistoryStore } from '../store/history/history.store.js';
import type { OpenWaitRow, RecordPage, RecordPageStore } from '../store/history/record-page.store.js';
import { TruncatedPayload } from './truncated-payload.js';

/** A failed attempt of a step. */
export interface RunAttempt {
  attempt: number;
  error: StoredError | null;
  startedAt: Date;
  completedAt: Date;
}

export interface RunStep {
  ordinal: number;
  kind: OperationKind;
  name: string;
  output: unknown;
  error: StoredError | null;
  attempts: number;
  failedAttempts: RunAttempt[];
  startedAt: Date;
  completedAt: Date;
}

export interface RunEvent {
  key: string;
  value: unknown;
  updatedAt: Date;
}

/** One that was set, with its place in the record. */
export interface SetEvent extends RunEvent {
  ordinal: number;
}

/** A message in the mailbox of a run. */
export interface RunMessage {
  messageId: string;
  idempotencyKey: string;
  topic: string;
  payload: unknown;
  /** The run was not told yet. */
  isPending: boolean;
  /** The operation that took it; null: none has. */
  takenBy: number | null;
  takenAt: Date | null;
  createdAt: Date;
}

/** What a run waits for. */
export interface RunWait {
  ordinal: number;
  kind: RecordedWait['kind'];
  /** Of the operation that waits. */
  name: string;
  /** When the wait ends by itself; null: never. */
  wakeAt: Date | null;
  /** The run whose end or event it waits for. */
  sourceRunId: string | null;
  /** The topic or the event that it waits for. */
  sourceKey: string | null;
}

export interface RecordPageOptions {
  /** `nextAfter` of the page before. Default: from the beginning. */
  after?: number;
  /** Whole number from 1 to 1,000. Default 100. */
  limit?: number;
  /** Payloads of more bytes come as `TruncatedPayload`. Default: none is left out. */
  largestPayload?: number;
}

export interface MessagePageOptions extends Omit<RecordPageOptions, 'after'> {
  after?: string;
}

/** Stands where a payload can't be decoded: damaged, or written by a newer release. */
export interface UnreadablePayload {
  unreadable: string;
}

/** Which payload of a run: its own, that of a step, of an event in its history, or of a message. */
export type PayloadOf = 'input' | 'output' | { ordinal: number } | { event: number } | { message: string };

export class InvalidPageError extends WorkflowsError {
  constructor(option: string, problem: string) {
    super('InvalidPageError', 'INVALID_PAGE', `${option} ${problem}.`, { details: { option } });
  }
}

/** There is no such record in the run, or no such run. */
export class PayloadNotFoundError extends WorkflowsError {
  constructor(id: string, place: string) {
    super('PayloadNotFoundError', 'PAYLOAD_NOT_FOUND', `Run ${id} has no ${place}, or there is no such run.`, {
      details: { id },
    });
  }
}

const MOST_RECORDS = 1_000;
const MOST_WAITS = 1_000;
const HIGHEST = 2_147_483_647;

export class RunHistory {
  constructor(
    private readonly histories: HistoryStore,
    private readonly pages: RecordPageStore,
    private readonly serializer: Serializer,
  ) {}

  async listSteps(id: string): Promise<RunStep[]> {
    const { runId } = runIdOf(id);
    const [operations, attempts] = await Promise.all([this.histories.listOperations(runId), this.histories.listAttempts(runId)]);
    const failed = new Map<number, AttemptRow[]>();
    for (const row of attempts) failed.set(row.ordinal, [...(failed.get(row.ordinal) ?? []), row]);
    return operations.map(({ ordinal, kind, name, output, error, attempts: count, startedAt, completedAt }) => ({
      ordinal,
      kind,
      name,
      output: this.read(output),
      error: errorOf(error),
      attempts: count,
      failedAttempts: (failed.get(ordinal) ?? []).map(attemptOf),
      startedAt,
      completedAt,
    }));
  }

  async listStepsPage(id: string, options: RecordPageOptions = {}): Promise<{ steps: RunStep[]; nextAfter?: number }> {
    const { page, rows } = await this.#page(id, options, (asked) => this.pages.listOperations(asked));
    return {
      steps: page.map(({ output, outputBytes, error, failed, ...row }) => ({
        ...row,
        output: this.readOrTruncate(output, outputBytes),
        error: errorOf(error),
        failedAttempts: failed.map(({ startedAt, completedAt, ...attempt }) =>
          attemptOf({ ...attempt, startedAt: new Date(startedAt), completedAt: new Date(completedAt) }),
        ),
      })),
      ...nextAfter(page, rows),
    };
  }

  async listEvents(id: string, options: { largestPayload?: number } = {}): Promise<RunEvent[]> {
    const { runId } = runIdOf(id);
    refuseUnknownKeys(options, ['largestPayload'], [], 'option of listEvents');
    const rows = await this.pages.listEvents(runId, largestOf(options.largestPayload));
    return rows.map(({ value, valueBytes, ...row }) => ({ ...row, value: this.readOrTruncate(value, valueBytes) }));
  }

  async listEventHistory(id: string): Promise<RunEvent[]> {
    return this.#events(await this.histories.listEventHistory(runIdOf(id).runId));
  }

  async listEventHistoryPage(id: string, options: RecordPageOptions = {}): Promise<{ events: SetEvent[]; nextAfter?: number }> {
    const { page, rows } = await this.#page(id, options, (asked) => this.pages.listEventHistory(asked));
    return {
      events: page.map(({ value, valueBytes, ...row }) => ({ ...row, value: this.readOrTruncate(value, valueBytes) })),
      ...nextAfter(page, rows),
    };
  }

  async listMessages(id: string, options: MessagePageOptions = {}): Promise<{ messages: RunMessage[]; nextAfter?: string }> {
    const { page, rows } = await this.#page(id, options, (asked) => this.pages.listMessages(asked), messageAfter);
    const last = page.at(-1);
    return {
      messages: page.map(({ payload, payloadBytes, ...row }) => ({
        ...row,
        payload: this.readOrTruncate(payload, payloadBytes),
      })),
      ...(rows.length > page.length && last !== undefined && { nextAfter: last.messageId }),
    };
  }

  async listWaits(id: string): Promise<RunWait[]> {
    const rows: OpenWaitRow[] = await this.pages.listOpenWaits(runIdOf(id).runId, MOST_WAITS);
    return rows.map((row) => ({ ...row, kind: row.kind as RunWait['kind'] }));
  }

  async readPayload(id: string, of: PayloadOf): Promise<unknown> {
    const { runId } = runIdOf(id);
    const { place, number } = placeOf(of);
    const text = await this.pages.findPayload(runId, place, number);
    if (text === undefined) throw new PayloadNotFoundError(id, number === undefined ? place : `${place} ${number}`);
    return this.read(text);
  }

  /** One damaged payload must not hide the rest of the run. */
  read(text: string | null): unknown {
    try {
      return this.serializer.deserialize(text);
    } catch (error) {
      return { unreadable: (error as Error).message } satisfies UnreadablePayload;
    }
  }

  readOrTruncate(text: string | null, bytes: number | null): unknown {
    return text === null && bytes !== null ? new TruncatedPayload(bytes) : this.read(text);
  }

  #events(rows: readonly EventRow[]): RunEvent[] {
    return rows.map(({ key, value, updatedAt }) => ({ key, value: this.read(value), updatedAt }));
  }

  async #page<R>(
    id: string,
    options: RecordPageOptions | MessagePageOptions,
    read: (page: RecordPage) => Promise<R[]>,
    checkAfter: (after: unknown) => number | string = ordinalAfter,
  ): Promise<{ page: R[]; rows: R[] }> {
    refuseUnknownKeys(options, ['after', 'limit', 'largestPayload'], [], 'option of a page of records');
    const { after, limit = 100, largestPayload } = options;
    const asked = {
      runId: runIdOf(id).runId,
      after: checkAfter(after),
      limit: wholeNumber(limit, 'limit', 1, MOST_RECORDS),
      largest: largestOf(largestPayload),
    };
    const rows = await read({ ...asked, limit: asked.limit + 1 });
    return { page: rows.slice(0, asked.limit), rows };
  }
}

/** @throws InvalidPageError */
export function largestOf(largestPayload: number | undefined): number | null {
  return largestPayload === undefined ? null : wholeNumber(largestPayload, 'largestPayload', 0, HIGHEST);
}

export function errorOf(text: string | null): StoredError | null {
  return text === null ? null : parseStoredError(text);
}

function attemptOf({ attempt, error, startedAt, completedAt }: Omit<AttemptRow, 'ordinal' | 'name'>): RunAttempt {
  return { attempt, error: errorOf(error), startedAt, completedAt };
}

function nextAfter(page: ReadonlyArray<{ ordinal: number }>, rows: readonly unknown[]): { nextAfter?: number } {
  const last = page.at(-1);
  return rows.length > page.length && last !== undefined ? { nextAfter: last.ordinal } : {};
}

function ordinalAfter(after: unknown): number {
  return after === undefined ? -1 : wholeNumber(after, 'after', 0, HIGHEST);
}

function messageAfter(after: unknown): string {
  if (after === undefined) return '0';
  if (typeof after !== 'string' || !/^\d{1,18}$/.test(after))
    throw new InvalidPageError('after', `must be a messageId, not ${describeValue(after)}`);
  return after;
}

function placeOf(of: PayloadOf): { place: 'input' | 'output' | 'ordinal' | 'event' | 'message'; number?: number | string } {
  if (of === 'input' || of === 'output') return { place: of };
  refuseUnknownKeys(of, ['ordinal', 'event', 'message'], [], 'place of a payload');
  const { ordinal, event, message } = of as { ordinal?: number; event?: number; message?: string };
  if (Object.keys(of).length === 1) {
    if (ordinal !== undefined) return { place: 'ordinal', number: wholeNumber(ordinal, 'ordinal', 0, HIGHEST) };
    if (event !== undefined) return { place: 'event', number: wholeNumber(event, 'event', 0, HIGHEST) };
    if (message !== undefined) return { place: 'message', number: messageAfter(message) };
  }
  throw new InvalidPageError('payload', `must be 'input', 'output', or one of { ordinal }, { event }, { message }`);
}

function wholeNumber(value: unknown, option: string, least: number, most: number): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
    throw new InvalidPageError(option, `must be a whole number from ${least} to ${most}, not ${describeValue(value)}`);
  return value as number;
}
