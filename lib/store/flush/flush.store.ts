// The one statement of the hot path. Called by the write lanes only.
import type { Database } from '../database.js';
import type { FlushBatch } from './flush-batch.js';
import { FLUSH_COLUMNS, FLUSH_PARTS } from './flush-columns.js';

export interface FlushResult {
  /** Runs whose writes were refused: their token is not theirs any more. */
  lost: string[];
  /** ms since the epoch, database clock, just before the commit. */
  flushedAt: number;
  /** A run that it suspended is due already: what it waits for is there. */
  foundDue?: boolean;
}

export class FlushStore {
  readonly #text: string;

  constructor(private readonly database: Database) {
    const count = FLUSH_PARTS.reduce((sum, part) => sum + FLUSH_COLUMNS[part].length, 1);
    const parameters = Array.from({ length: count }, (_, i) => `$${i + 1}`).join(',');
    this.#text = `/* flush */ select lost::text[], flushed_at, found_due from ${database.schema}.flush(${parameters})`;
  }

  /**
   * Idempotent: repeated after a lost acknowledgement it changes nothing and answers the same.
   *
   * @throws an error with SQLSTATE `WF001` when the executor is retired
   */
  async record(executorId: string, batch: FlushBatch): Promise<FlushResult> {
    const rows = await this.database.query<{ lost: string[]; flushed_at: number; found_due: boolean }>(
      this.#text,
      [executorId, ...batch.parameters()],
      {
        name: 'flush',
        vital: true,
      },
    );
    const [row] = rows;
    return { lost: row?.lost ?? [], flushedAt: row?.flushed_at ?? 0, foundDue: row?.found_due ?? false };
  }
}
