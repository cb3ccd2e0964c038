// Records of one run for people, bounded: a page of steps, of events, of messages, and single payloads. Called by RunHistory.
import type { OperationKind } from '../../model/operation.js';
import type { Database, Row } from '../database.js';
import { type BoundedPage, boundedPage } from './bounded-page.js';
import * as sql from './record-page.sql.js';

export interface RecordPage {
  runId: string;
  /** The last one before the page, by its number: -1 or '0' before the first. Of events by key: its key, null before the first. */
  after: number | string | null;
  limit: number;
  /** Payloads of more bytes come as null; null: none is left out. */
  largest: number | null;
}

export interface OperationPageRow {
  ordinal: number;
  kind: OperationKind;
  name: string;
  output: string | null;
  outputBytes: number | null;
  error: string | null;
  attempts: number;
  startedAt: Date;
  completedAt: Date;
  /** The last ones. Times are ISO text. */
  failed: Array<{ attempt: number; error: string | null; startedAt: string; completedAt: string }>;
}

export interface EventPageRow {
  ordinal: number;
  key: string;
  value: string | null;
  valueBytes: number | null;
  updatedAt: Date;
}

export interface MessagePageRow {
  messageId: string;
  idempotencyKey: string;
  topic: string;
  payload: string | null;
  payloadBytes: number | null;
  isPending: boolean;
  takenBy: number | null;
  takenAt: Date | null;
  createdAt: Date;
}

export interface OpenWaitRow {
  ordinal: number;
  kind: string;
  name: string;
  wakeAt: Date | null;
  sourceRunId: string | null;
  sourceKey: string | null;
}

export type PayloadPlace = keyof typeof sql.PAYLOADS;

export class RecordPageStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  listOperations(page: RecordPage): Promise<BoundedPage<OperationPageRow>> {
    return this.#page(sql.listOperationPage(this.#schema), page);
  }

  listEvents(runId: string, largest: number | null): Promise<Array<Omit<EventPageRow, 'ordinal'>>> {
    return this.database.query<Omit<EventPageRow, 'ordinal'> & Row>(sql.listLastEvents(this.#schema), [runId, largest]);
  }

  /** The last value under each key. */
  listLastEvents(page: RecordPage): Promise<BoundedPage<EventPageRow>> {
    return this.#page(sql.listLastEventPage(this.#schema), page);
  }

  listEventHistory(page: RecordPage): Promise<BoundedPage<EventPageRow>> {
    return this.#page(sql.listEventPage(this.#schema), page);
  }

  listMessages(page: RecordPage): Promise<BoundedPage<MessagePageRow>> {
    return this.#page(sql.listMessagePage(this.#schema), page);
  }

  listOpenWaits(runId: string, limit: number): Promise<OpenWaitRow[]> {
    return this.database.query<OpenWaitRow & Row>(sql.listOpenWaits(this.#schema), [runId, limit]);
  }

  /** Undefined: there is no such thing; null: it has no payload. */
  async findPayload(runId: string, place: PayloadPlace, number?: number | string): Promise<string | null | undefined> {
    const values = number === undefined ? [runId] : [runId, number];
    return (await this.database.query<{ text: string | null }>(sql.PAYLOADS[place](this.#schema), values))[0]?.text;
  }

  #page<R>(statement: string, { runId, after, limit, largest }: RecordPage): Promise<BoundedPage<R>> {
    return boundedPage(this.database, statement, limit, (rows) => [runId, after, rows, largest]);
  }
}
