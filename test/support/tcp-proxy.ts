/**
 * A TCP proxy between the code under test and Postgres, inside the spec's process: it can be gone for a while, fall silent without closing
 * anything, or swallow one answer. Needs no root and no second server.
 */
import { once } from 'node:events';
import { createServer, connect as openSocket, type Server, type Socket } from 'node:net';

/** `pass`: through · `refuse`: every connection is reset, also new ones · `mute`: connections stay open, nothing gets through. */
export type ProxyMode = 'pass' | 'refuse' | 'mute';

interface Pair {
  client: Socket;
  server: Socket;
  /** The answer under way is thrown away, then the connection. */
  swallow: boolean;
}

export class TcpProxy {
  /** The database's url, by way of this proxy. */
  url = '';
  mode: ProxyMode = 'pass';
  /** Connections accepted so far. */
  accepted = 0;
  /** Bytes from clients that got lost while it was muted. */
  dropped = 0;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  #swallowed?: { needle: string; times: number; onSwallowed: () => void };

  private constructor(private readonly target: URL) {
    this.#listener = createServer((client) => this.#accept(client));
  }

  static async start(targetUrl: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(targetUrl));
    proxy.#listener.listen(0, '127.0.0.1');
    await once(proxy.#listener, 'listening');
    const { port } = proxy.#listener.address() as { port: number };
    const url = new URL(targetUrl);
    url.hostname = '127.0.0.1';
    url.port = String(port);
    proxy.url = url.href;
    return proxy;
  }

  /** Cuts every connection and refuses new ones until `heal`. */
  cut(): void {
    this.mode = 'refuse';
    for (const pair of this.#pairs) this.#reset(pair);
  }

  /** Nothing gets through any more, in either direction, and nobody is told. */
  mute(): void {
    this.mode = 'mute';
  }

  /** Connections that were muted are reset: what was lost on them stays lost. */
  heal(): void {
    if (this.mode === 'mute') for (const pair of this.#pairs) this.#reset(pair);
    this.mode = 'pass';
  }

  /**
   * Lets the next message that contains `needle` (say, a statement's name) through to the database, swallows the answer, and resets the
   * connection: the commit stands, its acknowledgement is lost. Resolves when that has happened `times` times.
   */
  swallowAnswerTo(needle: string, times = 1): Promise<void> {
    return new Promise((resolve) => {
      this.#swallowed = { needle, times, onSwallowed: resolve };
    });
  }

  async close(): Promise<void> {
    for (const pair of this.#pairs) this.#reset(pair);
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #accept(client: Socket): void {
    this.accepted++;
    client.on('error', () => undefined);
    if (this.mode === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const server = openSocket({ host: this.target.hostname, port: Number(this.target.port || 5432) });
    server.on('error', () => undefined);
    const pair: Pair = { client, server, swallow: false };
    this.#pairs.add(pair);
    client.on('data', (data) => {
      if (this.mode === 'mute') {
        this.dropped += data.length;
        return;
      }
      if (this.#swallowed !== undefined && data.includes(this.#swallowed.needle)) pair.swallow = true;
      server.write(data);
    });
    server.on('data', (data) => {
      if (this.mode === 'mute') return;
      if (pair.swallow) this.#answerSwallowed(pair, data);
      else client.write(data);
    });
    client.on('close', () => this.#reset(pair));
    server.on('close', () => this.#reset(pair));
  }

  #answerSwallowed(pair: Pair, data: Buffer): void {
    // ReadyForQuery ends every answer, and follows the commit.
    const end = Buffer.from([0x5a, 0, 0, 0, 5]);
    if (!data.includes(end)) return;
    this.#reset(pair);
    if (this.#swallowed !== undefined && --this.#swallowed.times === 0) {
      const { onSwallowed } = this.#swallowed;
      this.#swallowed = undefined;
      onSwallowed();
    }
  }

  #reset(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return;
    if (!pair.client.destroyed) pair.client.resetAndDestroy();
    pair.server.destroy();
  }
}
