// What one run has recorded and waits for, for people: decoded, whole or page by page. Used by RunReader.
import { describeValue } from '../kernel/describe-value.js';
import { runIdOf } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { parseStoredError, type StoredError } from '../kernel/stored-error.js';
import { textFault } from '../kernel/stored-text.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { OperationKind, RecordedWait } from '../model/operation.js';
import type { BoundedPage } from '../store/history/bounded-page.js';
import type { AttemptRow, EventRow, HistoryStore } from '../store/history/history.store.js';
import type { EventPageRow, OpenWaitRow, PayloadPlace, RecordPage, RecordPageStore } from '../store/history/record-page.store.js';
import type { RecordedPayloads } from './recorded-payloads.js';

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

export interface EventPageOptions extends Omit<RecordPageOptions, 'after'> {
  /** A key: `nextAfter` of the page before. Default: from the beginning. */
  after?: string;
}

/** Which payload of a run: its own, that of a step, of an event in its history, of a message, or of a command. */
export type PayloadOf = 'input' | 'output' | { ordinal: number } | { event: number } | { message: string } | { command: string };

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
    private readonly payloads: RecordedPayloads,
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
      output: this.payloads.read(output),
      error: errorOf(error),
      attempts: count,
      failedAttempts: (failed.get(ordinal) ?? []).map(attemptOf),
      startedAt,
      completedAt,
    }));
  }

  async listStepsPage(id: string, options: RecordPageOptions = {}): Promise<{ steps: RunStep[]; nextAfter?: number }> {
    const page = await this.#page(id, options, (asked) => this.pages.listOperations(asked));
    return {
      steps: page.rows.map(({ output, outputBytes, error, failed, ...row }) => ({
        ...row,
        output: this.payloads.readOrTruncate(output, outputBytes),
        error: errorOf(error),
        failedAttempts: failed.map(({ startedAt, completedAt, ...attempt }) =>
          attemptOf({ ...attempt, startedAt: new Date(startedAt), completedAt: new Date(completedAt) }),
        ),
      })),
      ...nextAfter(page, ({ ordinal }) => ordinal),
    };
  }

  async listEvents(id: string, options: { largestPayload?: number } = {}): Promise<RunEvent[]> {
    const { runId } = runIdOf(id);
    refuseUnknownKeys(options, ['largestPayload'], [], 'option of listEvents');
    const rows = await this.pages.listEvents(runId, largestOf(options.largestPayload));
    return rows.map(({ value, valueBytes, ...row }) => ({ ...row, value: this.payloads.readOrTruncate(value, valueBytes) }));
  }

  async listEventsPage(id: string, options: EventPageOptions = {}): Promise<{ events: SetEvent[]; nextAfter?: string }> {
    const page = await this.#page(id, options, (asked) => this.pages.listLastEvents(asked), keyAfter);
    return { events: page.rows.map((row) => this.#event(row)), ...nextAfter(page, ({ key }) => key) };
  }

  async listEventHistory(id: string): Promise<RunEvent[]> {
    return this.#events(await this.histories.listEventHistory(runIdOf(id).runId));
  }

  async listEventHistoryPage(id: string, options: RecordPageOptions = {}): Promise<{ events: SetEvent[]; nextAfter?: number }> {
    const page = await this.#page(id, options, (asked) => this.pages.listEventHistory(asked));
    return { events: page.rows.map((row) => this.#event(row)), ...nextAfter(page, ({ ordinal }) => ordinal) };
  }

  async listMessages(id: string, options: MessagePageOptions = {}): Promise<{ messages: RunMessage[]; nextAfter?: string }> {
    const page = await this.#page(id, options, (asked) => this.pages.listMessages(asked), messageAfter);
    return {
      messages: page.rows.map(({ payload, payloadBytes, ...row }) => ({
        ...row,
        payload: this.payloads.readOrTruncate(payload, payloadBytes),
      })),
      ...nextAfter(page, ({ messageId }) => messageId),
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
    return this.payloads.read(text);
  }

  #event({ value, valueBytes, ...row }: EventPageRow): SetEvent {
    return { ...row, value: this.payloads.readOrTruncate(value, valueBytes) };
  }

  #events(rows: readonly EventRow[]): RunEvent[] {
    return rows.map(({ key, value, updatedAt }) => ({ key, value: this.payloads.read(value), updatedAt }));
  }

  async #page<R>(
    id: string,
    options: RecordPageOptions | MessagePageOptions | EventPageOptions,
    read: (page: RecordPage) => Promise<BoundedPage<R>>,
    checkAfter: (after: unknown) => RecordPage['after'] = ordinalAfter,
  ): Promise<BoundedPage<R>> {
    refuseUnknownKeys(options, ['after', 'limit', 'largestPayload'], [], 'option of a page of records');
    const { after, limit = 100, largestPayload } = options;
    return read({
      runId: runIdOf(id).runId,
      after: checkAfter(after),
      limit: wholeNumber(limit, 'limit', 1, MOST_RECORDS),
      largest: largestOf(largestPayload),
    });
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

function nextAfter<R, After>({ rows, hasMore }: BoundedPage<R>, placeOf: (row: R) => After): { nextAfter?: After } {
  const last = rows.at(-1);
  return hasMore && last !== undefined ? { nextAfter: placeOf(last) } : {};
}

function ordinalAfter(after: unknown): number {
  return after === undefined ? -1 : wholeNumber(after, 'after', 0, HIGHEST);
}

function messageAfter(after: unknown): string {
  return after === undefined ? '0' : idIn('after', 'messageId', after);
}

/** Any text: keys that other programs have written may be anything that the database takes. */
function keyAfter(after: unknown): string | null {
  if (after === undefined) return null;
  if (typeof after !== 'string' || textFault(after) !== undefined)
    throw new InvalidPageError('after', `must be the key of an event, not ${describeValue(after)}`);
  return after;
}

function placeOf(of: PayloadOf): { place: PayloadPlace; number?: number | string } {
  if (of === 'input' || of === 'output') return { place: of };
  refuseUnknownKeys(of, ['ordinal', 'event', 'message', 'command'], [], 'place of a payload');
  const { ordinal, event, message, command } = of as { ordinal?: number; event?: number; message?: string; command?: string };
  if (Object.keys(of).length === 1) {
    if (ordinal !== undefined) return { place: 'ordinal', number: wholeNumber(ordinal, 'ordinal', 0, HIGHEST) };
    if (event !== undefined) return { place: 'event', number: wholeNumber(event, 'event', 0, HIGHEST) };
    if (message !== undefined) return { place: 'message', number: idIn('message', 'messageId', message) };
    if (command !== undefined) return { place: 'command', number: idIn('command', 'commandId', command) };
  }
  throw new InvalidPageError('payload', `must be 'input', 'output', or one of { ordinal }, { event }, { message }, { command }`);
}

function idIn(option: string, kind: string, id: unknown): string {
  if (typeof id !== 'string' || !/^\d{1,18}$/.test(id))
    throw new InvalidPageError(option, `must be a ${kind}, not ${describeValue(id)}`);
  return id;
}

function wholeNumber(value: unknown, option: string, least: number, most: number): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
    throw new InvalidPageError(option, `must be a whole number from ${least} to ${most}, not ${describeValue(value)}`);
  return value as number;
}
