// The database for whoever may lose the right to write at any moment, like a process whose work another one takes over: asked before each
// statement, so also before each repetition of one that an outage, or somebody's lock, has kept from going through. Used by bulk jobs.
import type { Database, Listener, ListenHandlers, QueryOptions, Row } from './database.js';

export class GuardedDatabase implements Database {
  constructor(
    private readonly database: Database,
    /** Throws what the statement is to fail with; none is sent then. */
    private readonly guard: () => void,
  ) {}

  get schema(): string {
    return this.database.schema;
  }

  async query<R extends Row = Row>(text: string, values?: readonly unknown[], options?: QueryOptions): Promise<R[]> {
    this.guard();
    return this.database.query<R>(text, values, options);
  }

  listen(channel: string, handlers: ListenHandlers): Listener {
    return this.database.listen(channel, handlers);
  }

  close(): Promise<void> {
    return this.database.close();
  }
}
