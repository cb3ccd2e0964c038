// What one flush carries: rows by part, column by column, and the owners behind them. A batch knows its order, its size, and how to
// split itself by owner when the database refuses it for its data.
import { arrayLiteral, FLUSH_COLUMNS, FLUSH_PARTS, type FlushPart, type FlushValue } from './flush-columns.js';
import type { WriteOwner } from './write-owner.js';

const MAX_ROWS = 2_000;
const MAX_BYTES = 4 * 1024 * 1024;

interface OwnerShare {
  writes: number;
  callbacks: Array<() => void>;
}

interface OwnedRow {
  owner: WriteOwner;
  values: FlushValue[];
}

export class FlushBatch {
  rows = 0;
  bytes = 0;
  readonly owners = new Map<WriteOwner, OwnerShare>();
  readonly #rows: Record<FlushPart, OwnedRow[]> = Object.fromEntries(FLUSH_PARTS.map((part) => [part, []])) as never;
  /** Last status write per run: a later one replaces it. */
  readonly #moves = new Map<string, OwnedRow>();

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
      if (part !== 'new') this.#push(owner, 'frame', [owner.runId, owner.token]);
    }
    if (counted) share.writes++;
    if (onDurable) share.callbacks.push(onDurable);
    if (part === 'move') {
      const earlier = this.#moves.get(owner.runId);
      if (earlier !== undefined) {
        // Whoever speaks last for the run answers for the row: the first may be dropped when its data was refused.
        earlier.owner = owner;
        earlier.values.splice(1, values.length, ...values);
        return;
      }
      this.#moves.set(owner.runId, this.#push(owner, part, [owner.runId, ...values]));
    } else this.#push(owner, part, [owner.runId, ...values]);
  }

  /** In the order of the function's parameters, without the executor id. */
  parameters(): string[] {
    const parameters: string[] = [];
    for (const part of FLUSH_PARTS) {
      const rows = this.#rows[part];
      const columns = FLUSH_COLUMNS[part];
      for (let i = 0; i < columns.length; i++) {
        const values = new Array<FlushValue>(rows.length);
        for (let j = 0; j < rows.length; j++) values[j] = rows[j]?.values[i] as FlushValue;
        parameters.push(arrayLiteral(values, columns[i]?.endsWith(':text') ?? false));
      }
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
    for (const part of FLUSH_PARTS)
      for (const { owner, values } of this.#rows[part]) if (batch.owners.has(owner)) batch.#push(owner, part, values);
    return batch;
  }

  #push(owner: WriteOwner, part: FlushPart, values: FlushValue[]): OwnedRow {
    const row = { owner, values };
    this.#rows[part].push(row);
    this.rows++;
    for (const value of values) this.bytes += typeof value === 'string' ? value.length + 8 : 8;
    return row;
  }
}
