// How many runs match, as far as that was counted; counted again at most every ten seconds.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { client } from '../../api/client';
import { liveFeed } from '../../api/live-feed';
import { paced, usePollInterval } from '../../api/live-query';
import { serverNow } from '../../parts/clock';
import { Time } from '../../parts/time';
import { filtersKey, queryOf, type RunFilters } from './run-filters';

const PACE_MS = 10_000;

export function useRunCount(filters: RunFilters) {
  const key = filtersKey(filters);
  const queries = useQueryClient();
  const interval = usePollInterval();
  useEffect(() => {
    const pace = paced(() => {
      // A change of just before a pause. Going on loads everything.
      if (!liveFeed.isPaused) void queries.invalidateQueries({ queryKey: ['run-count'] }, { cancelRefetch: false });
    }, PACE_MS);
    const unsubscribe = liveFeed.subscribe({ topics: ['runs'], onChange: pace.call });
    return () => {
      unsubscribe();
      pace.stop();
    };
  }, [queries]);
  return useQuery({
    queryKey: ['run-count', key],
    // What is wrong with the filter is said once, by the list.
    queryFn: ({ signal }) => client.runs.count(queryOf(filters, serverNow()), { signal }),
    staleTime: PACE_MS,
    refetchInterval: interval === false ? false : PACE_MS,
  });
}

export type RunCount = NonNullable<ReturnType<typeof useRunCount>['data']>;

/** `1,204 runs`, `10,000+ runs`, `At least 3 runs`. */
export function countText({ count, capped, searchedTo }: Pick<RunCount, 'count' | 'capped' | 'searchedTo'>): string {
  const text = `${count.toLocaleString('en')}${capped ? '+' : ''} ${count === 1 && !capped ? 'run' : 'runs'}`;
  return searchedTo === undefined ? text : `At least ${text}`;
}

/** @param isUnknown it could not be counted */
export function CountLine({
  count,
  isFiltered,
  isUnknown,
}: {
  count: RunCount | undefined;
  isFiltered: boolean;
  isUnknown: boolean;
}) {
  if (count === undefined) return <span className="text-muted text-sm">{isUnknown ? 'Not counted' : 'Counting …'}</span>;
  return (
    <span className="text-sm tabular-nums">
      <strong className="font-semibold">{countText(count)}</strong>
      <span className="text-muted">
        {isFiltered && ' match'}
        {count.searchedTo !== undefined && (
          <>
            , counted back to <Time at={count.searchedTo} />
          </>
        )}
      </span>
    </span>
  );
}
