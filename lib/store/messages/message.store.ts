// Messages to runs: sending them, reading an inbox. Taking one is a part of the flush that records its receipt. See migrations/0005-waking.ts.
import type { DoneBy } from '../../model/audit.js';
import type { Database, Queryable, Row } from '../database.js';
import { arrayLiteral } from '../flush/flush-columns.js';
import { insertAudited } from './message.sql.js';

export interface NewMessage {
  runId: string;
  topic: string;
  /** Known to the run: a message with the same key is not delivered again. */
  key: string;
  payload: string | null;
  /** Who sends it: kept in `audit_log`. Only what is inserted by itself can have it. */
  by?: DoneBy;
}

export type SendVerdict = 'SENT' | 'DUPLICATE' | 'NOT_FOUND' | 'FINISHED';

export interface SendResult {
  verdicts: SendVerdict[];
  /** Runs that are due now. */
  woken: number;
  /** Somebody had the row of a run, which `wakeForPending` has to look at again. */
  pending: boolean;
}

export interface InboxQuery {
  runId: string;
  topic: string;
  /** How many at most. */
  most: number;
}

export interface InboxMessage {
  /** Of the database; orders the messages of one sender. */
  messageId: string;
  payload: string | null;
}

interface SentRow extends Row {
  verdicts: SendVerdict[];
  woken: number;
  left_pending: boolean;
}

export class MessageStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /**
   * In order, each once by (run, key); repeated it changes nothing. `within`: in that transaction, without any lock.
   *
   * @throws 55P03 when another transaction has just used one of the keys: try again
   */
  async insertMany(messages: readonly NewMessage[], within?: Queryable): Promise<SendResult> {
    const [only] = messages;
    if (only?.by !== undefined && messages.length === 1) return this.#insertAudited(only, only.by, within);
    const [row] = await (within ?? this.database).query<SentRow>(
      `/* message.insertMany */ select verdicts, woken, left_pending
       from ${this.#schema}.send_messages($1::uuid[], $2::text[], $3::text[], $4::text[], $5)`,
      [
        arrayLiteral(
          messages.map(({ runId }) => runId),
          false,
        ),
        text(messages, 'topic'),
        text(messages, 'key'),
        text(messages, 'payload'),
        within !== undefined,
      ],
      { name: 'message.insertMany' },
    );
    return resultOf(row);
  }

  async #insertAudited({ runId, topic, key, payload }: NewMessage, by: DoneBy, within?: Queryable): Promise<SendResult> {
    const values = [runId, topic, key, payload, within !== undefined, by.actor, by.reason, by.requestId];
    const [row] = await (within ?? this.database).query<SentRow>(insertAudited(this.#schema), values);
    return resultOf(row);
  }

  /** The oldest messages of each inbox that nobody has taken, in order of the queries. Index notifications_inbox. */
  async listInboxes(queries: readonly InboxQuery[]): Promise<InboxMessage[][]> {
    const rows = await this.database.query<{ place: number } & InboxMessage & Row>(
      `/* message.listInboxes */ select u.place::int place, m.message_id::text "messageId", m.payload
       from unnest($1::uuid[], $2::text[], $3::int[]) with ordinality u (run, topic, most, place)
       cross join lateral (select n.message_id, n.payload from ${this.#schema}.notifications n
         where n.workflow_id = u.run and n.topic = u.topic and n.taken_by is null order by n.message_id limit u.most) m
       order by u.place, m.message_id`,
      [queries.map(({ runId }) => runId), queries.map(({ topic }) => topic), queries.map(({ most }) => most)],
      { vital: true },
    );
    const inboxes: InboxMessage[][] = queries.map(() => []);
    for (const { place, messageId, payload } of rows) inboxes[place - 1]?.push({ messageId, payload });
    return inboxes;
  }
}

function resultOf(row: SentRow | undefined): SendResult {
  return { verdicts: row?.verdicts ?? [], woken: row?.woken ?? 0, pending: row?.left_pending ?? false };
}

function text(messages: readonly NewMessage[], field: 'topic' | 'key' | 'payload'): string {
  return arrayLiteral(
    messages.map((message) => message[field]),
    true,
  );
}
