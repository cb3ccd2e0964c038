// The book of the runs that the URL asks for, kept for whoever comes back, and loaded anew by changes. Used by the page of runs.
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { client } from '../../api/client';
import { useLiveQuery } from '../../api/live-query';
import { serverNow } from '../../parts/clock';
import { type AskPage, type BookState, RunBook } from './run-book';
import { filtersKey, queryOf, type RunFilters } from './run-filters';

/** Searches of which the rows are kept. */
const MOST_BOOKS = 4;
const books = new Map<string, RunBook>();

export interface ShownRuns {
  book: RunBook;
  state: BookState;
  /** Why it could not be loaded, or may be old. */
  error: Error | null;
  refresh(): void;
  /** What is shown is what was looked for before; the new search is on its way. */
  isOfBefore: boolean;
}

export function useRunBook(filters: RunFilters): ShownRuns {
  const key = filtersKey(filters);
  const book = bookOf(key, filters);
  const query = useLiveQuery(['runs'], {
    queryKey: ['runs', 'book', key],
    queryFn: ({ signal }) => book.refresh(signal),
    // The book keeps them: this is only what tells when.
    structuralSharing: false,
  });
  const state = useSyncExternalStore(book.listen, () => book.state);
  const before = useRef(book);
  useEffect(() => {
    if (state.isLoaded || query.error !== null) before.current = book;
  }, [book, state.isLoaded, query.error]);
  const isOfBefore = !state.isLoaded && query.error === null && before.current !== book && before.current.state.isLoaded;
  const shown = isOfBefore ? before.current : book;
  return {
    book: shown,
    state: isOfBefore ? shown.state : state,
    error: query.error,
    refresh: () => void query.refetch(),
    isOfBefore,
  };
}

function bookOf(key: string, filters: RunFilters): RunBook {
  const known = books.get(key);
  const book = known ?? new RunBook(askerOf(filters));
  books.delete(key);
  books.set(key, book);
  for (const old of [...books.keys()].slice(0, -MOST_BOOKS)) books.delete(old);
  return book;
}

function askerOf(filters: RunFilters): AskPage {
  return async ({ createdFrom, createdBefore, ...page }, signal) => {
    const query = queryOf(filters, serverNow());
    const from = laterOf(query.createdFrom, createdFrom);
    const before = earlierOf(query.createdBefore, createdBefore);
    return client.runs.list(
      {
        ...query,
        ...page,
        ...(from !== undefined && { createdFrom: from }),
        ...(before !== undefined && { createdBefore: before }),
      },
      signal === undefined ? {} : { signal },
    );
  };
}

type Moment = Date | string | undefined;

function laterOf(one: Moment, other: string | undefined): Moment {
  return other === undefined || (one !== undefined && Number(new Date(one)) > Number(new Date(other))) ? one : other;
}

/** What is no time at all stays: the server says so. */
function earlierOf(one: Moment, other: string | undefined): Moment {
  return other === undefined || (one !== undefined && Number(new Date(one)) < Number(new Date(other))) ? one : other;
}
