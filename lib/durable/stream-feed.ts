// One stream of one run as all its readers in this process share it: the last chunks, in a bounded buffer, and one question to the database
// for all who wait at its end. A reader that falls behind the buffer, or is ahead of it, asks for its own place; all questions go out in
// one look (engine/lookout.ts). Nobody waits: nothing is asked, so slow readers cost no more memory than fast ones.
import type { Lookout } from '../engine/lookout.js';
import { RunNotFoundError } from '../engine/run.errors.js';
import type { StoredChunk, StreamPage, StreamQuery } from '../store/streams/stream.store.js';

/** Beyond, the oldest chunks go, but none of the last page. */
const MAX_CHUNKS = 1_000;
const MAX_LENGTH = 1_048_576;

export type StreamLookout = Lookout<StreamQuery, StreamPage>;

export function keyOfStreamQuery({ runId, stream, from, apart }: StreamQuery): string {
  // The buffer's question keeps its key while its end moves on: so what is told meanwhile is not missed.
  return `${runId}/${apart ? from : 'end'}/${stream}`;
}

/** Called once. */
export interface FeedWaiter {
  /** There is something: in the buffer, or, for a reader elsewhere, in this page. */
  found(page?: StreamPage): void;
  failed(error: Error): void;
}

export class StreamFeed {
  /** Nothing follows what is in the buffer, ever. */
  isOver = false;
  #chunks: StoredChunk[] = [];
  #length = 0;
  #first: number;
  readonly #waiting = new Set<FeedWaiter>();
  #leave?: () => void;
  /** The last page ended where the stream did; later chunks are told while the buffer's end is watched. */
  #isUpToDate = false;

  constructor(
    private readonly runId: string,
    private readonly stream: string,
    from: number,
    private readonly lookout: StreamLookout,
  ) {
    this.#first = from;
  }

  /** Where the chunk after the last one in the buffer goes. */
  get end(): number {
    return this.#first + this.#chunks.length;
  }

  chunkAt(offset: number): StoredChunk | undefined {
    return this.#chunks[offset - this.#first];
  }

  /** For the chunk at `from`, which is not in the buffer. Never calls back before it returns. @returns stops waiting; idempotent */
  wait(from: number, waiter: FeedWaiter): () => void {
    // The buffer follows whoever is furthest ahead.
    if (from > this.end && this.#waiting.size === 0) this.#moveTo(from);
    if (from !== this.end) return this.#waitApart(from, waiter);
    this.#waiting.add(waiter);
    if (this.#leave === undefined || !this.#isUpToDate) this.#watch(true);
    return () => this.#waiting.delete(waiter);
  }

  /** Nobody reads any more. */
  close(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#waiting.clear();
  }

  readonly #watcher = {
    found: (page: StreamPage) => this.#found(page),
    closed: (reason: Error) => this.#fail(reason),
  };

  #watch(lookNow: boolean): void {
    const { runId, stream } = this;
    this.#leave = this.lookout.watch({ runId, stream, from: this.end, apart: false }, this.#watcher, { lookNow });
  }

  #waitApart(from: number, waiter: FeedWaiter): () => void {
    const { runId, stream } = this;
    const leave = this.lookout.watch(
      { runId, stream, from, apart: true },
      {
        found: (page) => {
          leave();
          if (page.state === 'no-run') waiter.failed(new RunNotFoundError(runId));
          else waiter.found(page);
        },
        closed: (reason) => waiter.failed(reason),
      },
    );
    return leave;
  }

  #found(page: StreamPage): void {
    // Asked before the buffer was moved.
    if (page.from !== this.end) return;
    if (page.state === 'no-run') {
      this.#fail(new RunNotFoundError(this.runId));
      return;
    }
    this.#append(page.chunks);
    this.#isUpToDate = page.isComplete;
    this.isOver = page.isComplete && page.state === 'over';
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    if (waiting.length > 0 && !this.isOver) this.#watch(false);
    else {
      this.#leave?.();
      this.#leave = undefined;
    }
    for (const waiter of waiting) waiter.found();
  }

  #append(chunks: readonly StoredChunk[]): void {
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#length += chunk.value?.length ?? 0;
    }
    let excess = 0;
    const old = this.#chunks.length - chunks.length;
    while (excess < old && (this.#chunks.length - excess > MAX_CHUNKS || this.#length > MAX_LENGTH))
      this.#length -= this.#chunks[excess++]?.value?.length ?? 0;
    this.#chunks.splice(0, excess);
    this.#first += excess;
  }

  #moveTo(from: number): void {
    this.#chunks = [];
    this.#length = 0;
    this.#first = from;
    this.#isUpToDate = false;
  }

  #fail(error: Error): void {
    const waiting = [...this.#waiting];
    this.close();
    for (const waiter of waiting) waiter.failed(error);
  }
}
