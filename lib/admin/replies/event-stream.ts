// One server-sent event stream to one client: a heartbeat, back-pressure, an end that both sides notice. Opened by EventStreams.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { closedView, jsonView } from './json-view.js';

const HEARTBEAT_MS = 15_000;
/** How soon a client comes back, in ms, as the stream tells it. */
const RETRY_MS = 1_000;

/** How long a client has, after the end, to take what was sent to it. */
const LINGER_MS = 2_000;

export interface StreamEvent {
  /** Comes back as `Last-Event-ID`. */
  id?: string;
  /** Default `message`. */
  event?: string;
  data: unknown;
}

export class EventStream {
  readonly #raw: ServerResponse;
  readonly #showsPayloads: boolean;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #longest: NodeJS.Timeout;
  readonly #closed: Array<() => void> = [];
  #waiting: Array<() => void> = [];
  #isOpen = true;

  /** @internal Made by EventStreams. @param longestMs after which it ends, so that whoever comes back is asked for rights anew */
  constructor(raw: ServerResponse, showsPayloads: boolean, longestMs: number) {
    this.#raw = raw;
    this.#showsPayloads = showsPayloads;
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n'), HEARTBEAT_MS).unref();
    this.#longest = setTimeout(() => this.end(), longestMs).unref();
    raw.once('close', () => this.lost());
    raw.on('error', () => this.lost());
    raw.on('drain', () => this.#goOn());
    this.#write(`retry: ${RETRY_MS}\n\n`);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** False: the client reads more slowly than is written; `drained` tells when it has caught up. */
  send({ id, event, data }: StreamEvent): boolean {
    const text = JSON.stringify(this.#showsPayloads ? jsonView(data) : closedView(data));
    return this.#write(
      `${event === undefined ? '' : `event: ${event}\n`}${id === undefined ? '' : `id: ${id}\n`}data: ${text}\n\n`,
    );
  }

  /** Resolves when the client has taken what was sent, or is gone. */
  async drained(): Promise<void> {
    if (!this.#isOpen || !needsDrain(this.#raw)) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Called once, at once if it is over already. */
  whenClosed(handler: () => void): void {
    if (this.#isOpen) this.#closed.push(handler);
    else handler();
  }

  /** Idempotent. */
  end(): void {
    if (!this.#isOpen) return;
    this.lost();
    const { stream, socket } = carriersOf(this.#raw);
    this.#raw.end();
    // A client that keeps the connection would keep the server from closing; one that does not read what was sent, for ever. Of HTTP/2 the
    // connection is that of other requests too.
    if (stream === undefined) socket?.destroySoon();
    const lingering = setTimeout(() => (stream === undefined ? socket?.destroy() : stream.destroy()), LINGER_MS).unref();
    (stream ?? socket)?.once('close', () => clearTimeout(lingering));
  }

  /** Nobody is there to read it any more. Idempotent. */
  lost(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#longest);
    this.#goOn();
    for (const handler of this.#closed) handler();
  }

  #write(text: string): boolean {
    return this.#isOpen && this.#raw.write(text);
  }

  #goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** What carries an answer: of HTTP/2 a stream of its own, else the connection. */
export function carriersOf(raw: ServerResponse): { stream?: Duplex; socket: Socket | null } {
  const { stream } = raw as { stream?: Duplex };
  return { ...(stream !== undefined && { stream }), socket: raw.req.socket };
}

/** The compatible answer of HTTP/2 does not tell it, its stream does. */
function needsDrain(raw: ServerResponse): boolean {
  return raw.writableNeedDrain ?? carriersOf(raw).stream?.writableNeedDrain ?? false;
}
