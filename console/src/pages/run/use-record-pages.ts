// Records of a run page after page: what is on the screen is loaded anew when it has changed, the rest when somebody asks for it. Used by the tabs.
import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { usePollInterval } from '../../api/live-query';

export interface RecordPage<Row, Place> {
  rows: Row[];
  /** Absent: these were the last. */
  next?: Place | undefined;
}

export interface RecordPages<Row> {
  /** For Loaded: all rows so far. */
  query: { data: Row[] | undefined; error: Error | null; refetch: () => Promise<{ data: Row[] | undefined }> };
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore(): void;
}

export function useRecordPages<Row, Place>(
  queryKey: QueryKey,
  load: (place: Place | undefined, signal: AbortSignal) => Promise<RecordPage<Row, Place>>,
): RecordPages<Row> {
  const refetchInterval = usePollInterval();
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => load(pageParam as Place | undefined, signal),
    initialPageParam: undefined as Place | undefined,
    getNextPageParam: (page) => page.next,
    refetchInterval,
  });
  const rowsOf = (pages: RecordPage<Row, Place>[] | undefined) => pages?.flatMap(({ rows }) => rows);
  return {
    query: {
      data: rowsOf(query.data?.pages),
      error: query.error,
      refetch: async () => ({ data: rowsOf((await query.refetch()).data?.pages) }),
    },
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => void query.fetchNextPage(),
  };
}
