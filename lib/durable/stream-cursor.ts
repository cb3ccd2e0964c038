// One reader's place in a stream: gives its chunks one by one, in order, without gap or double, and ends when the stream does. Holds one page
// at most, and that only when it reads elsewhere than the others.
import type { StoredChunk, StreamPage } from '../store/streams/stream.store.js';
import type { StreamFeed } from './stream-feed.js';

export class StreamCursor {
  /** What is left of a page of its own. */
  #page?: readonly StoredChunk[];
  #pageAt = 0;
  /** Nothing follows the page. */
  #endsThere = false;
  #cancel?: () => void;
  #isClosed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly feed: StreamFeed,
    private from: number,
    private readonly onClosed: () => void,
  ) {}

  /** The next chunk, as soon as there is one; undefined: the stream is over, or this cursor is closed. Calls are answered in order. */
  next(): Promise<StoredChunk | undefined> {
    const next = this.#last.then(() => this.#next());
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Idempotent. Whoever waits for a chunk gets none. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#page = undefined;
    this.#cancel?.();
    this.onClosed();
  }

  async #next(): Promise<StoredChunk | undefined> {
    while (!this.#isClosed) {
      const chunk = this.#take();
      if (chunk !== undefined) {
        this.from = chunk.offset + 1;
        // A step may have closed it, failed, and gone on at its next attempt.
        if (!chunk.closes) return chunk;
      } else if (this.#endsThere || (this.feed.isOver && this.from >= this.feed.end)) this.close();
      else await this.#wait();
    }
    return undefined;
  }

  #take(): StoredChunk | undefined {
    const own = this.#page?.[this.#pageAt++];
    if (own !== undefined) return own;
    this.#page = undefined;
    return this.#endsThere ? undefined : this.feed.chunkAt(this.from);
  }

  async #wait(): Promise<void> {
    try {
      const page = await new Promise<StreamPage | undefined>((resolve, reject) => {
        const leave = this.feed.wait(this.from, { found: resolve, failed: reject });
        this.#cancel = () => {
          leave();
          resolve(undefined);
        };
      });
      if (page === undefined) return;
      this.#page = page.chunks;
      this.#pageAt = 0;
      this.#endsThere = page.isComplete && page.state === 'over';
    } catch (error) {
      this.close();
      throw error;
    }
  }
}
