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
  listens: boolean;
  /** Half-open: nothing gets through any more. */
  muted: boolean;
  /** On the way to the server, and to the client, while there is latency. */
  travelling: [Buffer[], Buffer[]];
}

export class TcpProxy {
  /** The database's url, by way of this proxy. */
  url = '';
  mode: ProxyMode = 'pass';
  /** Connections accepted so far. */
  accepted = 0;
  /** Bytes from clients that got lost while it was muted. */
  dropped = 0;
  /** Answers that `loseAnswers` has thrown away. */
  lostAnswers = 0;
  /** ms that the next bytes take, each way. */
  latencyMs?: () => number;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  #swallowed?: { needle: string; times: number; onSwallowed: () => void };
  #loses?: (message: Buffer) => boolean;

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

  /** As `swallowAnswerTo`, for every message that `loses` accepts, until it is called without one. */
  loseAnswers(loses?: (message: Buffer) => boolean): void {
    this.#loses = loses;
  }

  /** The connections that LISTEN now become half-open: nothing gets through any more, and nobody is told. New ones work. */
  muteListeners(): number {
    let muted = 0;
    for (const pair of this.#pairs) if (pair.listens && !pair.muted) muted++;
    for (const pair of this.#pairs) pair.muted ||= pair.listens;
    return muted;
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
    const pair: Pair = { client, server, swallow: false, listens: false, muted: false, travelling: [[], []] };
    this.#pairs.add(pair);
    client.on('data', (data) => {
      if (this.mode === 'mute' || pair.muted) {
        this.dropped += data.length;
        return;
      }
      pair.listens ||= data.includes('listen "');
      if (this.#swallowed !== undefined && data.includes(this.#swallowed.needle)) pair.swallow = true;
      pair.swallow ||= this.#loses?.(data) ?? false;
      this.#send(pair, 0, server, data);
    });
    server.on('data', (data) => {
      if (this.mode === 'mute' || pair.muted) return;
      if (pair.swallow) this.#answerSwallowed(pair, data);
      else this.#send(pair, 1, client, data);
    });
    client.on('close', () => this.#reset(pair));
    server.on('close', () => this.#reset(pair));
  }

  #send(pair: Pair, way: 0 | 1, to: Socket, data: Buffer): void {
    if (this.latencyMs === undefined) {
      to.write(data);
      return;
    }
    // Whichever timer fires first takes what was sent first.
    pair.travelling[way].push(data);
    setTimeout(() => {
      const first = pair.travelling[way].shift();
      if (first !== undefined && !to.destroyed) to.write(first);
    }, this.latencyMs());
  }

  #answerSwallowed(pair: Pair, data: Buffer): void {
    // ReadyForQuery ends every answer, and follows the commit.
    const end = Buffer.from([0x5a, 0, 0, 0, 5]);
    if (!data.includes(end)) return;
    this.#reset(pair);
    this.lostAnswers++;
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
