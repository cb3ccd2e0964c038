// The port through which every other file of this room reaches Postgres. Two classes of traffic never wait for each other: `vital`
// (checkpoints, leases, claims) has connections of its own, so that a start blocked on somebody's open transaction, or a slow
// listing, can't hold up a checkpoint.

export interface QueryOptions {
  /** Prepared under this name on each connection (unless the database was opened without prepared statements). */
  name?: string;
  /** Use the connections reserved for checkpoints, leases and claims. Default false. */
  vital?: boolean;
  /** Use the one connection that is kept for renewing the lease. Default false. */
  lease?: boolean;
  /**
   * Read-only, and planned for tables that are large, whatever the statistics say: in a transaction of its own without compilation and
   * without sequential scans; `ordered`: nor by sets of rows, which have to be complete before the first is read. Costs two round trips
   * more. Default: none of this.
   */
  search?: true | 'ordered';
}

/** Row values arrive as `pg` parses them. */
export type Row = Record<string, unknown>;

export interface Queryable {
  query<R extends Row = Row>(text: string, values?: readonly unknown[], options?: QueryOptions): Promise<R[]>;
}

export interface Listener {
  close(): Promise<void>;
}

export interface ListenHandlers {
  onMessage(payload: string): void;
  /** Listening (again): whatever happened meanwhile was missed. */
  onConnected(): void;
  onLost(error: Error): void;
}

/** Connections of one class of traffic, now. */
export interface PoolUse {
  /** The most there may be. */
  size: number;
  open: number;
  /** Of those, the ones that nobody uses. */
  idle: number;
  /** Statements that wait for a connection. */
  waiting: number;
}

export interface Database extends Queryable {
  /** Quoted schema, for statement texts. */
  readonly schema: string;
  /** Absent where there are none to tell of. */
  readonly pools?: { vital: PoolUse; lease: PoolUse; shared: PoolUse };
  /** One LISTEN connection; reconnects by itself, with back-off, and checks that it is not half-open. */
  listen(channel: string, handlers: ListenHandlers): Listener;
  /** Ends all connections. Idempotent. */
  close(): Promise<void>;
}
