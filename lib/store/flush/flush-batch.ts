// What one flush carries: rows by part, column by column, and the owners behind them. A batch knows its order, its size, and how to
// split itself by owner when the database refuses it for its data.
import { columnLiteral, FLUSH_COLUMNS, FLUSH_PARTS, type FlushPart, type FlushValue } from './flush-columns.js';
import type { WriteOwner } from './write-owner.js';

const MAX_ROWS = 4_000;
const MAX_BYTES = 4 * 1024 * 1024;

interface OwnerShare {
  writes: number;
  callbacks: Array<() => void>;
}

/** Two lists side by side instead of one of pairs: there are tens of thousands of rows a second. */
interface PartRows {
  owners: WriteOwner[];
  values: FlushValue[][];
}

export class FlushBatch {
  rows = 0;
  bytes = 0;
  readonly owners = new Map<WriteOwner, OwnerShare>();
  readonly #parts = Object.fromEntries(FLUSH_PARTS.map((part) => [part, { owners: [], values: [] }])) as unknown as Record<
    FlushPart,
    PartRows
  >;
  /** Place of the last status write of a run: a later one replaces it. */
  readonly #moves = new Map<string, number>();

  get isFull(): boolean {
    return this.rows >= MAX_ROWS || this.bytes >= MAX_BYTES;
  }

  /**
   * Adds a row; `values` follow FLUSH_COLUMNS after the run id. A second `move` of a run overwrites the first, which it makes
   * superfluous. `onDurable` is called after the commit. A write that nobody waits for is not counted in `acked`.
   */
  add(owner: WriteOwner, part: FlushPart, values: FlushValue[], onDurable?: () => void, counted = true): void {
    let share = this.owners.get(owner);
    if (share === undefined) {
      share = { writes: 0, callbacks: [] };
      this.owners.set(owner, share);
      // The insert of a run needs no fence of its own, and nothing else of that run is under way yet.
      if (part !== 'new') this.#push(owner, 'frame', [owner.token]);
    }
    if (counted) share.writes++;
    // The same one again and again: the chunks of a stream.
    if (onDurable && share.callbacks.at(-1) !== onDurable) share.callbacks.push(onDurable);
    if (part === 'move') {
      const { owners, values: rows } = this.#parts.move;
      const earlier = this.#moves.get(owner.runId);
      if (earlier !== undefined) {
        // RUNNING is told lazily, so it may come after what it leads to.
        if (values[0] === 'RUNNING') return;
        // Whoever speaks last for the run answers for the row: the first may be dropped when its data was refused.
        owners[earlier] = owner;
        rows[earlier] = values;
        return;
      }
      this.#moves.set(owner.runId, rows.length);
    }
    this.#push(owner, part, values);
  }

  /** In the order of the function's parameters, without the executor id. */
  parameters(): string[] {
    const parameters: string[] = [];
    for (const part of FLUSH_PARTS) {
      const { owners, values } = this.#parts[part];
      const [, ...columns] = FLUSH_COLUMNS[part];
      parameters.push(runLiteral(owners));
      columns.forEach((column, i) => {
        parameters.push(columnLiteral(values, i, column.endsWith(':text')));
      });
    }
    return parameters;
  }

  /** Two batches with half of the owners each, order kept. */
  split(): [FlushBatch, FlushBatch] {
    const owners = [...this.owners.keys()];
    const half = new Set(owners.slice(0, owners.length >> 1));
    return [this.#only((owner) => half.has(owner)), this.#only((owner) => !half.has(owner))];
  }

  /** This batch, or a copy without the owners that `drop` names. */
  without(drop: (owner: WriteOwner) => boolean): FlushBatch {
    for (const owner of this.owners.keys()) if (drop(owner)) return this.#only((other) => !drop(other));
    return this;
  }

  #only(keep: (owner: WriteOwner) => boolean): FlushBatch {
    const batch = new FlushBatch();
    for (const [owner, share] of this.owners) if (keep(owner)) batch.owners.set(owner, share);
    for (const part of FLUSH_PARTS) {
      const { owners, values } = this.#parts[part];
      owners.forEach((owner, i) => {
        if (batch.owners.has(owner)) batch.#push(owner, part, values[i] as FlushValue[]);
      });
    }
    return batch;
  }

  #push(owner: WriteOwner, part: FlushPart, values: FlushValue[]): void {
    const rows = this.#parts[part];
    rows.owners.push(owner);
    rows.values.push(values);
    this.rows++;
    for (const value of values) this.bytes += typeof value === 'string' ? value.length + 8 : 8;
  }
}

function runLiteral(owners: readonly WriteOwner[]): string {
  let literal = '{';
  for (let i = 0; i < owners.length; i++) literal += i > 0 ? `,${owners[i]?.runId}` : owners[i]?.runId;
  return `${literal}}`;
}
