// How far each window of a search goes: about as many rows as fit into the time that one window is to take, found by the time that they span,
// because rows of many indexes are merged, and a bound in time makes each of them give only its share. Used by RunSearch.
import type { SearchWindow } from '../store/runs/run-search.store.js';
import { markAt, type PageMark } from './page-cursor.js';

const LEAST_ROWS = 10;
const MOST_ROWS = 10_000;
/** A window that took less is followed by a larger one, one that took more by a smaller one. */
const SHORT_MS = 15;
const LONG_MS = 40;
/** By how much a window may be larger than the one before, in rows and in time. */
const ROWS_GROWTH = 16;
const TIME_GROWTH = 16;
/** Before that there is nothing but what was inserted by hand: one window takes it all. */
const EARLIEST_MS = 0;

export class SearchPace {
  /** Rows that the next window looks at, at most. */
  most: number;
  readonly #bottom: number | undefined;
  /** What was too much once is not tried again. */
  #ceiling = MOST_ROWS;
  /** Where the first window begins, which has no mark. */
  #newestMs = EARLIEST_MS;
  /** Time that the next window spans; undefined: any. */
  #spanMs: number | undefined;

  /** `first`: rows of the first window. `bottom`, in ms since the epoch: nothing older is wanted. */
  constructor(first: number, bottom: number | undefined) {
    this.most = first;
    this.#bottom = bottom;
  }

  /** How close together runs are, from a glance at the newest before `mark`, which shows all of them unless it is full (`most`). */
  adjust(mark: PageMark, glance: SearchWindow, most: number): void {
    if (glance.scanned < most || glance.last === undefined) return;
    this.#newestMs = Date.parse(glance.newestExact ?? glance.last.exact);
    this.#spanMs = covered(mark, glance.last, glance) * (this.most / most);
  }

  /** Where the window before this mark begins, in ms since the epoch; undefined: nowhere. */
  floor(mark: PageMark): number | undefined {
    if (this.#spanMs === undefined) return this.#bottom;
    const from = Date.parse(mark.exact);
    const floor = Math.floor((Number.isNaN(from) ? this.#newestMs : from) - this.#spanMs);
    return floor <= (this.#bottom ?? EARLIEST_MS) ? this.#bottom : floor;
  }

  /** The window was too much for the database: a smaller one then. False: it was the smallest already. */
  shrink(): boolean {
    if (this.most <= LEAST_ROWS) return false;
    const most = Math.max(Math.floor(this.most / ROWS_GROWTH), LEAST_ROWS);
    if (this.#spanMs !== undefined) this.#spanMs *= most / this.most;
    this.most = most;
    this.#ceiling = most;
    return true;
  }

  /** After a window before `mark`, which took so long: where the next one ends; undefined: there is nothing more. */
  next(mark: PageMark, found: SearchWindow, elapsedMs: number): PageMark | undefined {
    const { scanned, last } = found;
    const floor = this.floor(mark);
    const isFull = scanned >= this.most;
    if (!isFull && floor === this.#bottom) return undefined;
    const end = isFull && last !== undefined ? last : markAt(floor ?? EARLIEST_MS);
    if (elapsedMs < SHORT_MS) this.most = Math.min(this.most * ROWS_GROWTH, this.#ceiling);
    else if (elapsedMs > LONG_MS) this.most = Math.max(Math.floor(this.most / 2), LEAST_ROWS);
    this.#spanMs = covered(mark, end, found) * Math.min(scanned === 0 ? TIME_GROWTH : this.most / scanned, TIME_GROWTH);
    return end;
  }
}

/** In ms. Before the first window there is no time but that of its newest run. */
function covered(mark: PageMark, end: PageMark, { newestExact }: SearchWindow): number {
  const from = Date.parse(mark.exact);
  const to = Date.parse(end.exact);
  return Math.max((Number.isNaN(from) ? Date.parse(newestExact ?? end.exact) : from) - to, 1);
}
