// The port on node-postgres. The pools are the library's own, with the host's connection settings: a host transaction that hangs
// can't take the connection a checkpoint needs.
import pg from 'pg';
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Database, Listener, ListenHandlers, PoolUse, QueryOptions, Row } from './database.js';
import { destroySocket } from './destroy-socket.js';
import { PgListener } from './pg-listener.js';
import { SearchGate } from './search-gate.js';
import { ShuttingDownError } from './shutting-down.error.js';

export interface PgDatabaseOptions {
  connection: pg.ClientConfig;
  /** Unquoted. */
  schema: string;
  /** Connections for checkpoints, leases and claims. */
  vitalConnections: number;
  /** Connections for everything else. */
  sharedConnections: number;
  /** False behind a pooler that mixes sessions (pgbouncer in transaction mode before 1.21). */
  preparedStatements: boolean;
  /** A checkpoint, renewal or claim unanswered for so long counts as lost, with its connection. */
  vitalTimeoutMs: number;
  clock: Clock;
  logger: WorkflowsLogger;
}

/** The server ends a search itself then: nobody waits for it any more, and whoever asked asks for less. */
const SEARCH_TIMEOUT_MS = 5_000;
/** Compiling a search costs more than any of them; and a scan of all runs is never the better way to the newest. */
const BEGIN_SEARCH = `begin read only; set local jit = off; set local enable_seqscan = off; set local max_parallel_workers_per_gather = 0;
  set local statement_timeout = ${SEARCH_TIMEOUT_MS}`;
const BEGIN_ORDERED_SEARCH = `${BEGIN_SEARCH}; set local enable_bitmapscan = off`;
const SHARED_TIMEOUT_MS = 30_000;
const LONGEST_CONNECT_MS = 5_000;
/** How long closing waits for statements that are still out. */
const GOODBYE_MS = 5_000;
/** A connection attempt that nobody answers is given up and made anew. */
const LISTEN_CONNECT_MS = 10_000;

export class PgDatabase implements Database {
  readonly schema: string;
  readonly #vital: pg.Pool;
  readonly #lease: pg.Pool;
  readonly #shared: pg.Pool;
  readonly #searches: SearchGate;
  readonly #clients = new Set<pg.PoolClient>();
  #closing?: Promise<void>;

  constructor(private readonly options: PgDatabaseOptions) {
    this.schema = `"${options.schema}"`;
    this.#vital = this.#pool(options.vitalConnections, options.vitalTimeoutMs);
    this.#lease = this.#pool(1, options.vitalTimeoutMs);
    this.#shared = this.#pool(options.sharedConnections, SHARED_TIMEOUT_MS);
    // Searches leave half of these to starts.
    this.#searches = new SearchGate(Math.max(1, Math.floor(options.sharedConnections / 2)));
  }

  async query<R extends Row = Row>(
    text: string,
    values: readonly unknown[] = [],
    { name, vital, lease, search }: QueryOptions = {},
  ): Promise<R[]> {
    if (this.#closing !== undefined) throw new ShuttingDownError();
    const pool = lease ? this.#lease : vital ? this.#vital : this.#shared;
    const named = name !== undefined && this.options.preparedStatements;
    const query = { text, values: values as unknown[], ...(named && { name }) };
    const result =
      search === undefined ? await pool.query<R>(query) : await this.#searches.run(() => searchIn<R>(pool, query, search));
    return result.rows;
  }

  get pools(): { vital: PoolUse; lease: PoolUse; shared: PoolUse } {
    return { vital: useOf(this.#vital), lease: useOf(this.#lease), shared: useOf(this.#shared) };
  }

  listen(channel: string, handlers: ListenHandlers): Listener {
    const { connection, clock, logger } = this.options;
    return new PgListener(
      () => new pg.Client({ ...connection, keepAlive: true, connectionTimeoutMillis: LISTEN_CONNECT_MS }),
      channel,
      handlers,
      clock,
      logger,
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const timer = this.options.clock.setTimer(GOODBYE_MS, () => {
      for (const client of this.#clients) destroySocket(client);
    });
    await Promise.all([this.#vital.end(), this.#lease.end(), this.#shared.end()]);
    timer.cancel();
  }

  #pool(max: number, timeoutMs: number): pg.Pool {
    const { connection, logger } = this.options;
    const pool = new pg.Pool({
      ...connection,
      max,
      keepAlive: true,
      connectionTimeoutMillis: Math.min(timeoutMs, LONGEST_CONNECT_MS),
      query_timeout: timeoutMs,
    });
    // An idle connection that breaks is replaced by the pool; without this handler it would end the process.
    pool.on('error', (error) => logger.debug(`idle database connection lost: ${error.message}`));
    pool.on('connect', (client) => {
      this.#clients.add(client);
      // The pool listens only while it is idle or has a statement of its own out; between those of a transaction nobody does.
      client.on('error', (error) => logger.debug(`database connection lost: ${error.message}`));
    });
    pool.on('remove', (client) => this.#clients.delete(client));
    return pool;
  }
}

function useOf({ options, totalCount, idleCount, waitingCount }: pg.Pool): PoolUse {
  return { size: options.max, open: totalCount, idle: idleCount, waiting: waitingCount };
}

async function searchIn<R extends Row>(pool: pg.Pool, query: pg.QueryConfig, kind: true | 'ordered'): Promise<pg.QueryResult<R>> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query(kind === 'ordered' ? BEGIN_ORDERED_SEARCH : BEGIN_SEARCH);
    const result = await client.query<R>(query);
    await client.query('commit');
    return result;
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // One that failed may be in its transaction still.
    client.release(failure);
  }
}
