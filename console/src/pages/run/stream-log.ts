// The chunks of a stream that are loaded, in order, and those of them that are shown: grown at both ends, filtered as they come, so that a hundred thousand
// cost no more per frame than those that are new. Pure; used by StreamFollower.
import type { ChunkAnswer } from '../../../../lib/http-client/index.js';

export interface LogRow {
  chunk: ChunkAnswer;
  /** Its value on one line. */
  text: string;
}

export interface LogFilter {
  text: string;
  /** Without what a later attempt of the same step wrote again. */
  hidesSuperseded: boolean;
}

export class StreamLog {
  #rows: LogRow[] = [];
  #shown: LogRow[] = [];
  #filter: LogFilter = { text: '', hidesSuperseded: false };
  #pattern: RegExp | undefined;
  /** By step, where its last attempt began to write. */
  readonly #attemptFrom = new Map<number, number>();
  /** Of those that are shown: how many came at the end and at the beginning since the filter was set. */
  #appended = 0;
  #prepended = 0;

  /** @param textOf a value on one line */
  constructor(private readonly textOf: (value: unknown) => string) {}

  get rows(): readonly LogRow[] {
    return this.#rows;
  }

  get shown(): readonly LogRow[] {
    return this.#shown;
  }

  get appended(): number {
    return this.#appended;
  }

  get prepended(): number {
    return this.#prepended;
  }

  append(chunks: readonly ChunkAnswer[]): void {
    const isSuperseding = this.#note(chunks);
    const rows = chunks.map((chunk) => ({ chunk, text: this.#lineOf(chunk.value) }));
    for (const row of rows) this.#rows.push(row);
    if (isSuperseding && this.#filter.hidesSuperseded) {
      this.#showAnew();
      return;
    }
    for (const row of rows) {
      if (!this.#isShown(row)) continue;
      this.#shown.push(row);
      this.#appended++;
    }
  }

  /** Those before the first one. */
  prepend(chunks: readonly ChunkAnswer[]): void {
    this.#note(chunks);
    const rows = chunks.map((chunk) => ({ chunk, text: this.#lineOf(chunk.value) }));
    this.#rows = rows.concat(this.#rows);
    const shown = rows.filter((row) => this.#isShown(row));
    this.#shown = shown.concat(this.#shown);
    this.#prepended += shown.length;
  }

  setFilter(filter: LogFilter): void {
    this.#filter = filter;
    this.#pattern = filter.text === '' ? undefined : new RegExp(filter.text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
    this.#appended = 0;
    this.#prepended = 0;
    this.#showAnew();
  }

  isSuperseded({ chunk: { offset, ordinal, attemptFrom } }: LogRow): boolean {
    return ordinal !== null && attemptFrom !== null && offset < (this.#attemptFrom.get(ordinal) ?? 0);
  }

  /** What says itself by a message, as `wf.progress` does, begins with that. */
  #lineOf(value: unknown): string {
    const { message, ...rest } = (typeof value === 'object' && value !== null ? value : {}) as { message?: unknown };
    if (typeof message !== 'string') return this.textOf(value);
    return Object.keys(rest).length === 0 ? message : `${message}  ${this.textOf(rest)}`;
  }

  #showAnew(): void {
    this.#shown = this.#rows.filter((row) => this.#isShown(row));
  }

  #isShown(row: LogRow): boolean {
    if (this.#filter.hidesSuperseded && this.isSuperseded(row)) return false;
    return this.#pattern?.test(row.text) ?? true;
  }

  /** True: something that was loaded before counts no more. */
  #note(chunks: readonly ChunkAnswer[]): boolean {
    let isNew = false;
    for (const { ordinal, attemptFrom } of chunks) {
      if (ordinal === null || attemptFrom === null || attemptFrom <= (this.#attemptFrom.get(ordinal) ?? -1)) continue;
      isNew ||= this.#attemptFrom.has(ordinal);
      this.#attemptFrom.set(ordinal, attemptFrom);
    }
    return isNew;
  }
}
