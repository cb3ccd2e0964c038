// What has changed on the server, as it changes, across lost connections. `client.feed`.
import type { FeedEvent } from '../client/feed-journal.js';
import type { FeedTopic } from '../client/feed-topics.js';
import type { RunDigest } from '../store/feed/feed.store.js';
import { openEventSource, type StreamOptions } from './event-source.js';
import type { HttpTransport } from './http-transport.js';
import type { Wire } from './wire.js';

/**
 * Something has changed: what, not how. The first change that comes says from where on nothing is missed; load what you show then.
 *
 * - a topic that was asked for: load anew what it is about · `run:<id>`: `data` has the run in numbers and times. Nothing has payloads
 * - `reset`: load everything anew, changes were missed
 * - `feed`: with `stale: true` the server has lost sight of its database, and what you show may be old
 */
export type FeedChange = Wire<Pick<FeedEvent, 'id' | 'at'>> &
  (
    | { topic: FeedTopic | 'reset'; data?: undefined }
    | { topic: `run:${string}`; data: Wire<RunDigest> }
    | { topic: 'feed'; data: { stale: boolean } }
  );

export interface ChangeFeedOptions extends StreamOptions {
  /** 1 to 50. */
  topics: ReadonlyArray<FeedTopic | `run:${string}`>;
}

/** Never ends by itself. @throws WorkflowsHttpError, as rejections of `next` */
export function openChangeFeed(
  transport: HttpTransport,
  { topics, ...options }: ChangeFeedOptions,
): AsyncIterableIterator<FeedChange> {
  const events = openEventSource(transport, { path: 'feed', query: () => ({ topics }) }, options);
  return {
    async next() {
      const { done, value } = await events.next();
      if (done) return { done: true, value: undefined };
      return { done: false, value: { ...(transport.parseJson(value.data) as FeedChange), id: value.id ?? '' } };
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
