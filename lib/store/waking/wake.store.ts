// Making runs due that wait for something else than time, see migrations/0005-waking.ts. To wake a run twice, or for nothing, does no harm.
import type { Database, Row } from '../database.js';

export interface WakeResult {
  /** Runs that are due now. */
  woken: number;
  /** A row was locked by somebody else: ask again. */
  busy: boolean;
}

export interface SetEvent {
  runId: string;
  key: string;
}

export class WakeStore {
  readonly #schema: string;

  constructor(private readonly database: Database) {
    this.#schema = database.schema;
  }

  /** Wakes the runs that wait for the end of one of these runs, or for one of these events. To be called after their commit. */
  async wakeWaiters(ended: readonly string[], events: readonly SetEvent[]): Promise<WakeResult> {
    return this.#one(`/* wake.waiters */ select woken, busy from ${this.#schema}.wake_waiters($1, $2, $3)`, [
      ended,
      events.map(({ runId }) => runId),
      events.map(({ key }) => key),
    ]);
  }

  /** Wakes the runs of up to `most` messages whose senders could not. */
  async wakeForPending(most: number): Promise<WakeResult> {
    return this.#one(`/* wake.pending */ select woken, left_pending busy from ${this.#schema}.wake_for_pending($1)`, [most]);
  }

  /** Among the waits of one page of runs, those whose source is there. `last`: where the next page begins; null: that was all. */
  async wakeOverlooked(after: string, page: number): Promise<WakeResult & { last: string | null }> {
    const [row] = await this.database.query<WakeResult & { last: string | null } & Row>(
      `/* wake.overlooked */ select last, woken, busy from ${this.#schema}.wake_overlooked($1, $2)`,
      [after, page],
      { vital: true },
    );
    return row ?? { woken: 0, busy: false, last: null };
  }

  async #one(text: string, values: readonly unknown[]): Promise<WakeResult> {
    const [row] = await this.database.query<WakeResult & Row>(text, values, { vital: true });
    return row ?? { woken: 0, busy: false };
  }
}
