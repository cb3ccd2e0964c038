// What the pages of queues load, and when anew. Used by them alone.
import { useQuery } from '@tanstack/react-query';
import { client } from '../../api/client';
import { useLiveQuery, useLiveState } from '../../api/live-query';

/** ms: how fast runs end is a fact about minutes. */
const THROUGHPUT_MS = 15_000;

export function useQueues() {
  return useLiveQuery(['queues'], {
    queryKey: ['queues', 'list'],
    queryFn: ({ signal }) => client.queues.list({ signal }),
  });
}

/** @param query of one queue; of one workflow */
export function useCounts(query: { queue?: string; name?: string | undefined }) {
  return useLiveQuery(['queues'], {
    queryKey: ['queues', 'counts', query],
    queryFn: ({ signal }) => client.queues.counts(query, { signal }),
    placeholderData: (before) => before,
  });
}

export function useThroughput(query: { queue?: string; minutes: number }) {
  const isPaused = useLiveState() === 'paused';
  return useQuery({
    queryKey: ['throughput', query],
    queryFn: ({ signal }) => client.queues.throughput(query, { signal }),
    refetchInterval: isPaused ? false : THROUGHPUT_MS,
  });
}

/** What buttons of queues change. */
export const QUEUE_CHANGES = [['queues'], ['queue-audit']] as const;
