// One server-sent event stream to one client: a heartbeat, back-pressure, an end that both sides notice. Opened by EventStreams.
import type { ServerResponse } from 'node:http';
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
  readonly #leave: () => void;
  readonly #closed: Array<() => void> = [];
  #waiting: Array<() => void> = [];
  #isOpen = true;

  /** @internal Made by EventStreams. */
  constructor(raw: ServerResponse, showsPayloads: boolean, leave: (stream: EventStream) => void) {
    this.#raw = raw;
    this.#showsPayloads = showsPayloads;
    this.#leave = () => leave(this);
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n'), HEARTBEAT_MS).unref();
    raw.once('close', () => this.#over());
    raw.once('error', () => this.#over());
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
    if (!this.#isOpen || !this.#raw.writableNeedDrain) return;
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
    this.#over();
    const { socket } = this.#raw;
    this.#raw.end();
    // A client that keeps the connection would keep the server from closing; one that does not read what was sent, for ever.
    socket?.destroySoon();
    const lingering = setTimeout(() => socket?.destroy(), LINGER_MS).unref();
    socket?.once('close', () => clearTimeout(lingering));
  }

  #write(text: string): boolean {
    return this.#isOpen && this.#raw.write(text);
  }

  #over(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#heartbeat);
    this.#leave();
    this.#goOn();
    for (const handler of this.#closed) handler();
  }

  #goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
