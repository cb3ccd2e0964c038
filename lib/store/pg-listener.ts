// One LISTEN connection. A notification is only ever a hint that shortens a wait: this class may lose any number of them, so it says
// when it is connected again, and the tick covers the rest. A query on the same session every 10 s finds half-open sockets.
import type pg from 'pg';
import type { Clock, Timer } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Listener, ListenHandlers } from './database.js';
import { destroySocket } from './destroy-socket.js';

const HEARTBEAT_MS = 10_000;
const HEARTBEAT_ANSWER_MS = 5_000;
const GOODBYE_MS = 1_000;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;

export class PgListener implements Listener {
  #client?: pg.Client;
  #timer?: Timer;
  #closed = false;
  #failures = 0;

  constructor(
    private readonly connect: () => pg.Client,
    private readonly channel: string,
    private readonly handlers: ListenHandlers,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
  ) {
    void this.#open();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    const ended = client.end().catch(() => undefined);
    // A peer that is gone does not answer the goodbye.
    await Promise.race([ended, new Promise((resolve) => this.clock.setTimer(GOODBYE_MS, () => resolve(undefined)))]);
    destroySocket(client);
  }

  async #open(): Promise<void> {
    const client = this.connect();
    this.#client = client;
    // Without a handler a broken socket would end the process.
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, new Error('connection ended')));
    client.on('notification', (message) => {
      if (!this.#closed) this.handlers.onMessage(message.payload ?? '');
    });
    try {
      await client.connect();
      await client.query(`listen "${this.channel}"`);
    } catch (error) {
      this.#lose(client, error as Error);
      return;
    }
    if (this.#closed || this.#client !== client) {
      await client.end().catch(() => undefined);
      return;
    }
    this.#failures = 0;
    this.handlers.onConnected();
    this.#scheduleHeartbeat(client);
  }

  #scheduleHeartbeat(client: pg.Client): void {
    this.#timer = this.clock.setTimer(HEARTBEAT_MS, () => {
      const silence = this.clock.setTimer(HEARTBEAT_ANSWER_MS, () => this.#lose(client, new Error('no answer to the heartbeat')));
      client.query('select 1').then(
        () => {
          silence.cancel();
          if (this.#client === client) this.#scheduleHeartbeat(client);
        },
        (error) => {
          silence.cancel();
          this.#lose(client, error);
        },
      );
    });
  }

  #lose(client: pg.Client, error: Error): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#timer?.cancel();
    void client.end().catch(() => undefined);
    destroySocket(client);
    if (this.#closed) return;
    if (this.#failures === 0) this.logger.warn(`LISTEN connection lost (${error.message}); polling goes on`);
    this.handlers.onLost(error);
    const delay = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LONGEST_RETRY_MS);
    this.#timer = this.clock.setTimer(delay * (0.5 + Math.random() / 2), () => void this.#open());
  }
}
