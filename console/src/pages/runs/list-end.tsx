// Under the last row: whether older runs come, how far a long search has come, why it can't go on.
import { problemOf } from '../../api/problem';
import { Button } from '../../parts/button';
import { ErrorNote } from '../../parts/error-note';
import { Time } from '../../parts/time';
import type { BookState, RunBook } from './run-book';

export function ListEnd({ book, state }: { book: RunBook; state: BookState }) {
  const { rows, hasMore, isLoadingMore, searchedTo, isStopped, moreError } = state;
  if (moreError !== undefined)
    return (
      <div className="sticky left-0 p-3">
        <ErrorNote problem={problemOf(moreError)} onRetry={() => void book.loadMore()} />
      </div>
    );
  if (!hasMore)
    return rows.length === 0 ? null : <p className="sticky left-0 p-3 text-center text-muted text-xs">No older runs.</p>;
  if (searchedTo === undefined)
    return (
      <p role="status" className="sticky left-0 p-3 text-center text-muted text-xs">
        {isLoadingMore ? 'Loading older runs …' : ''}
      </p>
    );
  return (
    <div className="sticky left-0 flex flex-wrap items-center justify-center gap-3 p-3 text-muted text-xs">
      <span role="status">
        {isStopped ? 'Searched' : 'Searching, so far'} back to <Time at={searchedTo} />
      </span>
      {isStopped ? (
        <Button onClick={() => void book.loadMore()}>Search on</Button>
      ) : (
        <Button onClick={() => book.stop()}>Stop searching</Button>
      )}
    </div>
  );
}
