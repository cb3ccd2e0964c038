// What every query shows while it is on its way, when it failed, and when what it shows may be old. Used around everything that is loaded.
import type { UseQueryResult } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { problemOf } from '../api/problem';
import { ErrorNote } from './error-note';
import { Loading } from './page';

export interface LoadedProps<T> {
  query: Pick<UseQueryResult<T, Error>, 'data' | 'error' | 'refetch'>;
  what?: string;
  children(data: T): ReactNode;
}

export function Loaded<T>({ query, what, children }: LoadedProps<T>) {
  const { data, error, refetch } = query;
  if (data === undefined)
    return error === null ? (
      <Loading {...(what !== undefined && { what: `Loading ${what}` })} />
    ) : (
      <ErrorNote problem={problemOf(error)} onRetry={() => void refetch()} />
    );
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
