// A client of server-sent events: what a page sees of a stream, and when it ends. On a connection of its own: fetch opens another one when it is
// aborted, which says nothing, and which a server that closes waits for.
import { type IncomingMessage, request } from 'node:http';
import { type AdminApp, CREDENTIALS } from './admin-app.js';

export interface ReceivedEvent<T = unknown> {
  id?: string;
  /** `message` when none is named. */
  event: string;
  data: T;
}

const PATIENCE_MS = 10_000;

export class EventClient {
  readonly #chunks: AsyncIterator<string>;
  #text = '';

  private constructor(private readonly response: IncomingMessage) {
    this.#chunks = response.setEncoding('utf8')[Symbol.asyncIterator]();
  }

  /** As ann. `lastEventId`: comes back. Rejects if the answer is no event stream. */
  static async open(admin: AdminApp, path: string, lastEventId?: string): Promise<EventClient> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { ...CREDENTIALS, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
      request(`${admin.origin}${path}`, { headers, agent: false }, resolve).once('error', reject).end();
    });
    const client = new EventClient(response);
    if (response.headers['content-type'] === 'text/event-stream; charset=utf-8') return client;
    while (await client.#read());
    throw new Error(`no event stream: ${response.statusCode} ${client.#text}`);
  }

  get headers(): IncomingMessage['headers'] {
    return this.response.headers;
  }

  /** Undefined: the stream is over. Rejects when nothing comes. */
  async next<T = unknown>(): Promise<ReceivedEvent<T> | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end === -1) {
        if (!(await this.#read())) return undefined;
        continue;
      }
      const event = parse(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + 2);
      if (event !== undefined) return event as ReceivedEvent<T>;
    }
  }

  async take<T = unknown>(count: number): Promise<Array<ReceivedEvent<T>>> {
    const events: Array<ReceivedEvent<T>> = [];
    while (events.length < count) {
      const event = await this.next<T>();
      if (event === undefined) throw new Error(`the stream was over after ${events.length} events`);
      events.push(event);
    }
    return events;
  }

  /** All that comes until the stream is over. */
  async rest<T = unknown>(): Promise<Array<ReceivedEvent<T>>> {
    const events: Array<ReceivedEvent<T>> = [];
    for (let event = await this.next<T>(); event !== undefined; event = await this.next<T>()) events.push(event);
    return events;
  }

  /** Goes away without a word. */
  leave(): void {
    this.response.destroy();
  }

  async #read(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no event within ${PATIENCE_MS} ms; so far: ${this.#text}`)), PATIENCE_MS);
    });
    try {
      const { done, value } = await Promise.race([this.#chunks.next(), silence]);
      if (!done) this.#text += value;
      return !done;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Undefined: a comment, or only a setting. */
function parse(block: string): ReceivedEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''));
  }
  const data = fields.get('data');
  if (data === undefined) return undefined;
  const id = fields.get('id');
  return { ...(id !== undefined && { id }), event: fields.get('event') ?? 'message', data: JSON.parse(data) };
}
