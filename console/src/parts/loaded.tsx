// What every query shows while it is on its way, when it failed, and when what it shows may be old. Used around everything that is loaded.
import type { UseQueryResult } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { problemOf } from '../api/problem';
import { ErrorNote } from './error-note';
import { Loading } from './page';

export interface LoadedProps<T> {
  query: Pick<UseQueryResult<T, Error>, 'data' | 'error' | 'errorUpdateCount' | 'refetch'>;
  what?: string;
  children(data: T): ReactNode;
}

export function Loaded<T>({ query, what, children }: LoadedProps<T>) {
  const { data, error, errorUpdateCount, refetch } = query;
  const last = useRef(error);
  if (error !== null) last.current = error;
  if (data === undefined) {
    // While it is tried again the error stays: it must not come and go with every try.
    const shown = errorUpdateCount > 0 ? last.current : null;
    return shown === null ? (
      <Loading {...(what !== undefined && { what: `Loading ${what}` })} />
    ) : (
      <ErrorNote problem={problemOf(shown)} onRetry={() => void refetch()} />
    );
  }
  return (
    <>
      {error !== null && <StaleNote text={problemOf(error).text} />}
      {children(data)}
    </>
  );
}

export function StaleNote({ text }: { text: string }) {
  return (
    <p role="status" className="flex items-center gap-2 rounded-md bg-warn-soft px-3 py-1.5 text-warn text-xs">
      <TriangleAlert aria-hidden className="size-4 shrink-0" />
      This may be old: {text}
    </p>
  );
}
