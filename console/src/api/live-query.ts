// A query that is loaded anew when the feed says that what it shows has changed; without a feed, every few seconds; on pause, not at all. Used by all pages.
import {
  type InfiniteData,
  type QueryClient,
  type QueryKey,
  type UseQueryOptions,
  type UseQueryResult,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { type LiveState, type LiveTopic, liveFeed } from './live-feed';

/** ms between two questions at least, however many changes come. */
const PACE_MS = 1_000;
/** ms between two questions while there is no feed. */
export const POLL_MS = 5_000;

export type { InfiniteData };

export function useLiveState(): LiveState {
  return useSyncExternalStore(liveFeed.listen, () => liveFeed.state);
}

/** ms, or false: for queries that are not made by useLiveQuery. */
export function usePollInterval(): number | false {
  const state = useLiveState();
  return state === 'live' || state === 'paused' || state === 'signed-out' ? false : POLL_MS;
}

/**
 * As useQuery. @param topics what it shows; the first change loads it anew at once, more of them a second later
 */
export function useLiveQuery<T>(
  topics: readonly LiveTopic[],
  options: UseQueryOptions<T, Error, T, QueryKey>,
): UseQueryResult<T, Error> {
  const refetchInterval = usePollInterval();
  useLiveInvalidation(topics, options.queryKey);
  return useQuery({ refetchInterval, ...options });
}

/** Marks what is under the key as old, and loads what of it is on the screen, whenever one of the topics changes. */
export function useLiveInvalidation(topics: readonly LiveTopic[], queryKey: QueryKey): void {
  const queries = useQueryClient();
  const wanted = JSON.stringify([topics, queryKey]);
  // The key itself: as JSON what is undefined in it would be null, and then it is another one.
  const latest = useRef({ topics, queryKey });
  latest.current = { topics, queryKey };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another key of the same content is the same
  useEffect(() => {
    const { topics: ofTopics, queryKey: key } = latest.current;
    const pace = paced(() => {
      // What came just before a pause was to be shown a second later. Going on loads everything.
      if (!liveFeed.isPaused) void loadAnew(queries, key);
    });
    const unsubscribe = liveFeed.subscribe({ topics: ofTopics, onChange: pace.call });
    return () => {
      unsubscribe();
      pace.stop();
    };
  }, [queries, wanted]);
}

/** What is under way may have been read before the change: then once more. */
export async function loadAnew(queries: QueryClient, queryKey: QueryKey): Promise<void> {
  const isUnderWay = queries.isFetching({ queryKey }) > 0;
  await queries.invalidateQueries({ queryKey }, { cancelRefetch: false });
  if (isUnderWay) await queries.invalidateQueries({ queryKey }, { cancelRefetch: false });
}

/** At once, and then as often as the pace allows, the last call always. */
export function paced(work: () => void, paceMs = PACE_MS): { call(): void; stop(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isWanted = false;
  const rest = () => {
    timer = isWanted ? setTimeout(rest, paceMs) : undefined;
    if (isWanted) work();
    isWanted = false;
  };
  return {
    call() {
      if (timer !== undefined) {
        isWanted = true;
        return;
      }
      timer = setTimeout(rest, paceMs);
      work();
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
