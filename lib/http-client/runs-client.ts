// Runs over HTTP: found, looked at whole, and given orders. `client.runs`.

import type { SendOptions } from '../client/message-options.js';
import type { RunCount } from '../client/run-reader.js';
import type { CancelOptions } from '../operations/cancel-options.js';
import type { CommandOptions } from '../operations/commands/command-options.js';
import type { CommandReceipt } from '../operations/commands/run-commander.js';
import { at } from './encoded-path.js';
import type { CallOptions, HttpTransport } from './http-transport.js';
import type { AfterQuery, OverHttp, PageQuery, Reason } from './requests.js';
import type {
  AuditPageAnswer,
  CommandPageAnswer,
  PayloadAnswer,
  PayloadQuery,
  RunAnswer,
  RunMessageAnswer,
  RunPageAnswer,
  RunStepAnswer,
  RunSummaryAnswer,
  SetEventAnswer,
} from './run-answers.js';
import { type RunPageQuery, type RunQuery, runQueryOf } from './run-query.js';
import { type ChunkAnswer, type ChunkPageAnswer, type FollowOptions, followStream, type StreamAnswer } from './run-streams.js';
import type { Wire } from './wire.js';

export class RunsClient {
  readonly #http: HttpTransport;

  /** @internal Made by WorkflowsClient. */
  constructor(http: HttpTransport) {
    this.#http = http;
  }

  /** Newest first. */
  list(query: RunPageQuery = {}, call?: CallOptions): Promise<RunPageAnswer> {
    return this.#http.get('runs', runQueryOf(query), call);
  }

  /** All of them, a page at a time; the next is asked for when you are through with the one before. */
  async *pages(query: RunPageQuery = {}, call?: CallOptions): AsyncGenerator<RunSummaryAnswer[], void, void> {
    let cursor = query.cursor;
    do {
      const page = await this.list({ ...query, cursor }, call);
      yield page.runs;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  /** @param query `atMost`: where to stop counting, default 10,000 */
  count(query: RunQuery & { atMost?: number } = {}, call?: CallOptions): Promise<Wire<RunCount>> {
    return this.#http.get('runs/count', runQueryOf(query), call);
  }

  /** Of all workflows that have runs. */
  names(call?: CallOptions): Promise<{ names: string[] }> {
    return this.#http.get('runs/names', undefined, call);
  }

  /** By run id or by the id that its starter chose; with what it waits for now. */
  find(id: string, call?: CallOptions): Promise<RunAnswer> {
    return this.#http.get(at`runs/${id}`, undefined, call);
  }

  /** By ordinal. */
  steps(id: string, query?: AfterQuery, call?: CallOptions): Promise<{ steps: RunStepAnswer[]; nextAfter?: number }> {
    return this.#http.get(at`runs/${id}/steps`, { ...query }, call);
  }

  /** The last value under each key, by key. */
  events(id: string, query?: AfterQuery<string>, call?: CallOptions): Promise<{ events: SetEventAnswer[]; nextAfter?: string }> {
    return this.#http.get(at`runs/${id}/events`, { ...query }, call);
  }

  /** Every value that was set, in order. */
  eventHistory(id: string, query?: AfterQuery, call?: CallOptions): Promise<{ events: SetEventAnswer[]; nextAfter?: number }> {
    return this.#http.get(at`runs/${id}/event-history`, { ...query }, call);
  }

  children(id: string, query?: PageQuery, call?: CallOptions): Promise<RunPageAnswer> {
    return this.#http.get(at`runs/${id}/children`, { ...query }, call);
  }

  /** What it was sent, newest first, and what became of it. `before`: `nextBefore` of the page before. */
  commands(id: string, query?: { before?: string; limit?: number }, call?: CallOptions): Promise<CommandPageAnswer> {
    return this.#http.get(at`runs/${id}/commands`, { ...query }, call);
  }

  /** Its mailbox, in the order in which messages came, with what of it the run has taken. */
  messages(
    id: string,
    query?: AfterQuery<string>,
    call?: CallOptions,
  ): Promise<{ messages: RunMessageAnswer[]; nextAfter?: string }> {
    return this.#http.get(at`runs/${id}/messages`, { ...query }, call);
  }

  /** What lists and `find` show cut, in full. Needs the right to see payloads. */
  payload(id: string, query: PayloadQuery, call?: CallOptions): Promise<PayloadAnswer> {
    return this.#http.get(at`runs/${id}/payload`, { ...query }, call);
  }

  /** What operators did to it, newest first. */
  audit(id: string, query?: PageQuery, call?: CallOptions): Promise<AuditPageAnswer> {
    return this.#http.get(at`runs/${id}/audit`, { ...query }, call);
  }

  /** By name, the first 200. */
  streams(id: string, call?: CallOptions): Promise<{ streams: StreamAnswer[] }> {
    return this.#http.get(at`runs/${id}/streams`, undefined, call);
  }

  /** Chunks of a stream as it is now. */
  chunks(id: string, stream: string, query?: { from?: number; limit?: number }, call?: CallOptions): Promise<ChunkPageAnswer> {
    return this.#http.get(at`runs/${id}/streams/${stream}`, { ...query }, call);
  }

  /** A stream as it is written: each chunk once, in order, across lost connections. Ends when nothing follows any more. */
  follow(id: string, stream: string, options?: FollowOptions): AsyncIterableIterator<ChunkAnswer> {
    return followStream(this.#http, id, stream, options);
  }

  /** `cancelled: false`: it was over already. Idempotent. */
  cancel(id: string, options: OverHttp<CancelOptions> = {}, call?: CallOptions): Promise<{ runId: string; cancelled: boolean }> {
    return this.#http.write('POST', at`runs/${id}/cancel`, options, call);
  }

  /**
   * `HOLD`, `RESUME`, `STOP`, `RESET`, or one that the workflow itself receives. Resolves when it is durable; `outcome: null` says that it is
   * still to be applied. Not idempotent.
   */
  command(
    id: string,
    command: string,
    options: OverHttp<CommandOptions> = {},
    call?: CallOptions,
  ): Promise<Wire<CommandReceipt>> {
    return this.#http.write('POST', at`runs/${id}/commands`, { ...options, command }, call);
  }

  /** A message to its mailbox. Idempotent with an `idempotencyKey`. */
  async send(
    id: string,
    topic: string,
    payload?: unknown,
    options: OverHttp<SendOptions> = {},
    call?: CallOptions,
  ): Promise<void> {
    await this.#http.write('POST', at`runs/${id}/messages`, { ...options, topic, payload }, call);
  }

  /** Lower first. `changed: false`: it has begun, or is over. */
  setPriority(id: string, priority: number, options: Reason = {}, call?: CallOptions): Promise<{ changed: boolean }> {
    return this.#http.write('PUT', at`runs/${id}/priority`, { ...options, priority }, call);
  }

  /** Keeps it from being deleted by retention, or no longer does. Idempotent. */
  setLegalHold(id: string, on: boolean, options: Reason = {}, call?: CallOptions): Promise<{ changed: boolean }> {
    return this.#http.write('PUT', at`runs/${id}/legal-hold`, { ...options, on }, call);
  }
}
