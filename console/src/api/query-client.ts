// The cache of answers. It asks again when the feed says so (api/live-query.ts), never by itself when a window gets the focus: a pause is a pause.
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { liveFeed } from './live-feed';
import { problemOf } from './problem';

/** What may pass by itself is tried twice more; what the server refused is not. */
const MOST_RETRIES = 2;
const PASSING = ['NETWORK_ERROR', 'TIMEOUT', 'DATABASE_UNAVAILABLE'];

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (problemOf(error).isSignedOut) liveFeed.signedOut();
    },
  }),
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
      staleTime: 1_000,
      retry: (failures, error) => failures < MOST_RETRIES && PASSING.includes(problemOf(error).code),
    },
    // Nothing that changes something is repeated unasked.
    mutations: { retry: false, networkMode: 'always' },
  },
});
