// Follows one stream while it is looked at: what comes is taken into the log once a frame; it can be paused, and goes on after the last chunk. Begins near
// the end of a long stream; what is earlier is loaded when somebody asks for it. Knows no React; used by StreamView.
import type { ChunkAnswer, ChunkPageAnswer } from '../../../../lib/http-client/index.js';
import type { LogFilter, StreamLog } from './stream-log.js';

export type FollowState = 'open' | 'ended' | 'paused' | 'failed';

export interface FollowSnapshot {
  state: FollowState;
  error: unknown;
  /** Offset of the first chunk that is loaded, or will be. */
  from: number;
  isLoadingEarlier: boolean;
}

export interface StreamSource {
  follow(from: number, signal: AbortSignal): AsyncIterable<ChunkAnswer>;
  range(from: number, limit: number, signal: AbortSignal): Promise<ChunkPageAnswer>;
}

/** Of a long stream so many are loaded at first. */
export const FIRST_CHUNKS = 2_000;
/** The most that one answer has. */
const RANGE = 500;
/** So many are asked for at once. */
const AT_ONCE = 4;
/** After so many the page gets a turn to draw and to take keys. */
const AT_A_TIME = 100;

export class StreamFollower {
  #snapshot: FollowSnapshot;
  #next: number;
  #incoming: ChunkAnswer[] = [];
  #isDue = false;
  #following: AbortController | undefined;
  #earlier: AbortController | undefined;
  readonly #listeners = new Set<() => void>();

  /** @param count of the chunks that the stream has about now @param schedule calls it before the next frame */
  constructor(
    private readonly source: StreamSource,
    readonly log: StreamLog,
    count: number,
    private readonly schedule: (work: () => void) => void,
  ) {
    const from = Math.max(0, count - FIRST_CHUNKS);
    this.#next = from;
    this.#snapshot = { state: 'paused', error: undefined, from, isLoadingEarlier: false };
  }

  /** Another object whenever anything has changed. */
  readonly snapshot = (): FollowSnapshot => this.#snapshot;

  /** Offset of the next chunk. */
  get next(): number {
    return this.#next;
  }

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Idempotent. */
  resume(): void {
    if (this.#following !== undefined) return;
    const abort = new AbortController();
    this.#following = abort;
    this.#become({ state: 'open', error: undefined });
    void this.#follow(abort);
  }

  /** Idempotent. What is on its way is dropped, and asked for again. */
  pause(): void {
    this.#earlier?.abort();
    if (this.#following === undefined) return;
    this.#following.abort();
    this.#following = undefined;
    this.#take();
    this.#become({ state: 'paused' });
  }

  setFilter(filter: LogFilter): void {
    this.log.setFilter(filter);
    this.#become({});
  }

  /** All that is before, nearest first. */
  async loadEarlier(): Promise<void> {
    if (this.#snapshot.isLoadingEarlier) return;
    const abort = new AbortController();
    this.#earlier = abort;
    this.#become({ isLoadingEarlier: true, error: undefined });
    try {
      while (this.#snapshot.from > 0 && !abort.signal.aborted) {
        const to = this.#snapshot.from;
        const from = Math.max(0, to - RANGE * AT_ONCE);
        const starts = Array.from({ length: Math.ceil((to - from) / RANGE) }, (_, index) => from + index * RANGE);
        const ranges = starts.map((start) => this.#range(start, Math.min(start + RANGE, to), abort.signal));
        const chunks = (await Promise.all(ranges)).flat();
        if (abort.signal.aborted) break;
        this.log.prepend(chunks);
        this.#become({ from });
        await aTurn();
      }
    } catch (error) {
      if (!abort.signal.aborted) this.#become({ error });
    } finally {
      this.#become({ isLoadingEarlier: false });
    }
  }

  stopLoading(): void {
    this.#earlier?.abort();
  }

  /** A page may be shorter than asked for, where chunks are large. */
  async #range(from: number, to: number, signal: AbortSignal): Promise<ChunkAnswer[]> {
    const found: ChunkAnswer[] = [];
    for (let at: number | undefined = from; at !== undefined && at < to; ) {
      const page: ChunkPageAnswer = await this.source.range(at, Math.min(RANGE, to - at), signal);
      found.push(...page.chunks.filter(({ offset }) => offset < to));
      at = page.nextFrom;
    }
    return found;
  }

  async #follow(abort: AbortController): Promise<void> {
    const { signal } = abort;
    try {
      let count = 0;
      for await (const chunk of this.source.follow(this.#next, signal)) {
        if (signal.aborted) return;
        this.#next = chunk.offset + 1;
        this.#incoming.push(chunk);
        this.#soon();
        if (++count % AT_A_TIME === 0) await aTurn();
        if (signal.aborted) return;
      }
      this.#end(abort, { state: 'ended' });
    } catch (error) {
      this.#end(abort, { state: 'failed', error });
    }
  }

  #end(abort: AbortController, how: Partial<FollowSnapshot>): void {
    if (abort.signal.aborted) return;
    this.#following = undefined;
    this.#take();
    this.#become(how);
  }

  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.schedule(() => {
      this.#isDue = false;
      if (this.#incoming.length === 0) return;
      this.#take();
      this.#become({});
    });
  }

  #take(): void {
    this.log.append(this.#incoming);
    this.#incoming = [];
  }

  #become(change: Partial<FollowSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function aTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
