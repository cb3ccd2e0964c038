// The runs of one search as far as somebody has scrolled: pages that are loaded anew one by one, never all of them. What comes new is put on top of it only
// while its top is looked at. Pure: it is told how to ask. Used by the list of runs through use-run-book.ts.
import type { RunPageAnswer, RunSummaryAnswer } from '../../../../lib/http-client/index.js';
import { type BookPage, keepSame, momentAfter, putOnTop, withoutThose } from './book-pages.js';

export interface PageBounds {
  cursor?: string | undefined;
  /** Of the search as well: the later of the two counts. */
  createdFrom?: string | undefined;
  createdBefore?: string | undefined;
  limit: number;
}

export type AskPage = (bounds: PageBounds, signal: AbortSignal | undefined) => Promise<RunPageAnswer>;

export interface BookState {
  /** At least once it was loaded. */
  isLoaded: boolean;
  rows: readonly RunSummaryAnswer[];
  /** New ones that are not in it yet; `isMore`: that many or more. */
  fresh: { count: number; isMore: boolean };
  hasMore: boolean;
  isLoadingMore: boolean;
  /** Older runs than that were not looked at yet. */
  searchedTo: string | undefined;
  /** The operator has stopped the search for older ones. */
  isStopped: boolean;
  /** Why older ones could not be loaded. */
  moreError: unknown;
}

export const PAGE_SIZE = 100;
const MOST_PER_REQUEST = 500;
/** Of one page that is loaded anew; and of one in which runs have to be searched for, as each of them takes long. */
const MOST_REQUESTS = 5;
const MOST_SEARCHES = 2;

export class RunBook {
  readonly #ask: AskPage;
  readonly #listeners = new Set<() => void>();
  #pages: BookPage[] = [];
  #tail: { cursor: string; searchedTo: string | undefined } | undefined;
  #fresh = { count: 0, isMore: false };
  #loading: AbortController | undefined;
  #isStopped = false;
  #moreError: unknown;
  #rows: { of: BookPage[]; all: RunSummaryAnswer[] } = { of: this.#pages, all: [] };
  #state: BookState;
  /** Rows that are looked at. */
  #view = { first: 0, last: 0 };
  #isAtTop = true;
  /** px; where whoever comes back wants to be. */
  scrollTop = 0;

  constructor(ask: AskPage) {
    this.#ask = ask;
    this.#state = this.#made(false);
  }

  get state(): BookState {
    return this.#state;
  }

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  look(first: number, last: number, isAtTop: boolean): void {
    this.#view = { first, last };
    this.#isAtTop = isAtTop;
  }

  /** What is new, and the pages that are looked at. Resolves to what changes with each. @throws whatever asking throws */
  async refresh(signal?: AbortSignal): Promise<BookState> {
    const [head] = this.#pages;
    if (head === undefined) this.#begin(await this.#ask({ limit: PAGE_SIZE }, signal));
    else {
      const top = this.#isAtTop ? this.#readTop(head, signal) : this.#countFresh(head, signal);
      const others = this.#pagesInView().filter((page) => page !== head || !this.#isAtTop);
      await Promise.all([top, ...others.map((page) => this.#reload(page, signal))]);
    }
    this.#tell();
    return this.#state;
  }

  /** The next page of older ones; nothing while one is on its way. Its failure stands in the state. */
  async loadMore(): Promise<void> {
    const tail = this.#tail;
    if (tail === undefined || this.#loading !== undefined) return;
    const loading = new AbortController();
    this.#loading = loading;
    this.#isStopped = false;
    this.#moreError = undefined;
    this.#tell();
    try {
      // Whoever scrolls far gets more at once.
      const limit = Math.min(MOST_PER_REQUEST, PAGE_SIZE * this.#pages.length);
      const answer = await this.#ask({ cursor: tail.cursor, limit }, loading.signal);
      // Whatever began anew meanwhile has another end.
      if (this.#tail === tail && !loading.signal.aborted) this.#append(tail.cursor, answer);
    } catch (error) {
      if (!loading.signal.aborted) this.#moreError = error;
    } finally {
      if (this.#loading === loading) this.#loading = undefined;
      this.#tell();
    }
  }

  /** Of the search for older ones. */
  stop(): void {
    this.#isStopped = true;
    this.#loading?.abort();
    this.#loading = undefined;
    this.#tell();
  }

  #begin(answer: RunPageAnswer): void {
    const { runs } = answer;
    this.#pages = [{ start: undefined, runs, floor: floorOf(answer) }];
    this.#tail = tailOf(answer);
    this.#fresh = { count: 0, isMore: false };
  }

  #append(start: string, answer: RunPageAnswer): void {
    const last = this.#pages.at(-1);
    const runs = withoutThose(answer.runs, last?.runs ?? []);
    // Where nothing was found is not looked at again by each change.
    if (runs.length > 0) this.#pages = [...this.#pages, { start, runs, floor: floorOf(answer) }];
    else if (last !== undefined && answer.nextCursor === undefined) this.#replace(last, { ...last, floor: undefined });
    this.#tail = tailOf(answer);
  }

  async #readTop(head: BookPage, signal: AbortSignal | undefined): Promise<void> {
    const answer = await this.#ask({ createdFrom: head.floor, limit: PAGE_SIZE }, signal);
    if (this.#pages[0] !== head) return;
    const pages = putOnTop(this.#pages, answer);
    if (pages === undefined) this.#begin(answer);
    else {
      this.#pages = pages;
      this.#fresh = { count: 0, isMore: false };
      if (this.#tail === undefined && pages.at(-1)?.floor !== undefined) this.#tail = tailOf(answer);
    }
  }

  async #countFresh(head: BookPage, signal: AbortSignal | undefined): Promise<void> {
    const { runs, nextCursor } = await this.#ask({ createdFrom: head.runs[0]?.createdAt, limit: PAGE_SIZE }, signal);
    this.#fresh = { count: withoutThose(runs, head.runs).length, isMore: nextCursor !== undefined };
  }

  /** All between where it begins and the next one does, be it more or fewer by now. */
  async #reload(page: BookPage, signal: AbortSignal | undefined): Promise<void> {
    const createdBefore = page.start === undefined && page.runs[0] ? momentAfter(page.runs[0].createdAt) : undefined;
    const found: RunSummaryAnswer[] = [];
    let answer: RunPageAnswer | undefined;
    for (let request = 0; request < MOST_REQUESTS; request++) {
      const cursor = answer?.nextCursor ?? page.start;
      answer = await this.#ask({ cursor, createdFrom: page.floor, createdBefore, limit: MOST_PER_REQUEST }, signal);
      found.push(...answer.runs);
      if (answer.nextCursor === undefined || page.floor === undefined) break;
      if (answer.searchedTo !== undefined && request + 1 >= MOST_SEARCHES) break;
    }
    const index = this.#pages.indexOf(page);
    if (index < 0 || answer === undefined) return;
    const { nextCursor, searchedTo } = answer;
    const isOpen = page.floor === undefined && nextCursor !== undefined;
    // Of what was not come to in time the last that is known stays.
    const readTo = nextCursor === undefined || isOpen ? undefined : (searchedTo ?? found.at(-1)?.createdAt);
    if (readTo !== undefined) found.push(...withoutThose(page.runs, found).filter(({ createdAt }) => createdAt <= readTo));
    const neighbours = [...(this.#pages[index - 1]?.runs ?? []), ...(this.#pages[index + 1]?.runs ?? [])];
    const runs = keepSame(withoutThose(found, neighbours), page.runs);
    this.#replace(page, { ...page, runs, floor: isOpen ? floorOf(answer) : page.floor });
    if (isOpen) this.#tail = tailOf(answer);
  }

  #replace(page: BookPage, by: BookPage): void {
    this.#pages = this.#pages.map((each) => (each === page ? by : each));
  }

  #pagesInView(): BookPage[] {
    let from = 0;
    return this.#pages.filter(({ runs }) => {
      const first = from;
      from += runs.length;
      return from > this.#view.first && first <= this.#view.last;
    });
  }

  #tell(): void {
    this.#state = this.#made(this.#pages.length > 0);
    for (const listener of this.#listeners) listener();
  }

  #made(isLoaded: boolean): BookState {
    // The same list for as long as it has the same in it.
    if (this.#rows.of !== this.#pages) this.#rows = { of: this.#pages, all: this.#pages.flatMap(({ runs }) => runs) };
    return {
      isLoaded,
      rows: this.#rows.all,
      fresh: this.#fresh,
      hasMore: this.#tail !== undefined,
      isLoadingMore: this.#loading !== undefined,
      searchedTo: this.#tail?.searchedTo,
      isStopped: this.#isStopped,
      moreError: this.#moreError,
    };
  }
}

/** Where a page ends that is not the last one. */
function floorOf({ nextCursor, runs, searchedTo }: RunPageAnswer): string | undefined {
  return nextCursor === undefined ? undefined : (runs.at(-1)?.createdAt ?? searchedTo);
}

function tailOf({ nextCursor, searchedTo }: RunPageAnswer) {
  return nextCursor === undefined ? undefined : { cursor: nextCursor, searchedTo };
}
