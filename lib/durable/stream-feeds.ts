// All streams that are read in this process. A feed is there while somebody reads it; whoever comes to one that is over gets a new one,
// because an operator may have brought the run back.
import { StreamCursor } from './stream-cursor.js';
import { StreamFeed, type StreamLookout } from './stream-feed.js';

export class StreamFeeds {
  readonly #feeds = new Map<string, { feed: StreamFeed; readers: number }>();

  constructor(private readonly lookout: StreamLookout) {}

  /** Feeds that somebody reads. */
  get size(): number {
    return this.#feeds.size;
  }

  /** Reads nothing before its first `next`. To be closed, unless read to the end. */
  open(runId: string, stream: string, from: number): StreamCursor {
    const key = `${runId}/${stream}`;
    let shared = this.#feeds.get(key);
    if (shared === undefined || shared.feed.isOver) {
      shared = { feed: new StreamFeed(runId, stream, from, this.lookout), readers: 0 };
      this.#feeds.set(key, shared);
    }
    const mine = shared;
    mine.readers++;
    return new StreamCursor(mine.feed, from, () => {
      if (--mine.readers > 0) return;
      mine.feed.close();
      if (this.#feeds.get(key) === mine) this.#feeds.delete(key);
    });
  }
}
