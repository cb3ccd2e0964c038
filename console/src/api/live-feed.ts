// One stream of changes per tab: what is on the screen says which topics it wants, and is told when to load anew. Closed in hidden tabs and on pause;
// while there is no connection the screen polls (api/live-query.ts). Nothing here touches the DOM but `visibilitychange`.
import type { ChangeFeedOptions } from '../../../lib/http-client/change-feed.js';
import type { FeedChange } from '../../../lib/http-client/index.js';
import { client } from './client';

export type LiveTopic = ChangeFeedOptions['topics'][number];

/**
 * - `live`: changes come · `connecting`: not yet, or not any more
 * - `stale`: the server has lost sight of its database · `paused`: by the operator, or a hidden tab
 * - `off`: the server refused it for good, the screen polls
 */
export type LiveState = 'connecting' | 'live' | 'stale' | 'paused' | 'off';

interface Subscription {
  topics: readonly LiveTopic[];
  /** `undefined`: something may have been missed. */
  onChange(change: FeedChange | undefined): void;
}

/** Changes of what is shown come in bursts when a page is built up: they make one connection. */
const SETTLE_MS = 100;
/** What the server takes at most. */
const MOST_TOPICS = 50;

export class LiveFeed {
  readonly #subscriptions = new Set<Subscription>();
  readonly #listeners = new Set<() => void>();
  #state: LiveState = 'connecting';
  #isPaused = false;
  #connection: { abort: AbortController; topics: string } | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    document.addEventListener('visibilitychange', () => this.#settle());
  }

  get state(): LiveState {
    return this.#state;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** For useSyncExternalStore. */
  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  subscribe(subscription: Subscription): () => void {
    this.#subscriptions.add(subscription);
    this.#settle();
    return () => {
      this.#subscriptions.delete(subscription);
      this.#settle();
    };
  }

  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#settle();
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#connect(), SETTLE_MS);
  }

  #connect(): void {
    if (this.#isPaused || document.hidden) {
      this.#disconnect();
      this.#become('paused');
      return;
    }
    const topics = [...new Set([...this.#subscriptions].flatMap((each) => each.topics))].sort().slice(0, MOST_TOPICS);
    const key = topics.join('\n');
    if (this.#connection?.topics === key) return;
    this.#disconnect();
    if (topics.length === 0) return;
    const abort = new AbortController();
    this.#connection = { abort, topics: key };
    this.#become('connecting');
    void this.#read(topics, abort);
  }

  #disconnect(): void {
    this.#connection?.abort.abort();
    this.#connection = undefined;
  }

  async #read(topics: LiveTopic[], abort: AbortController): Promise<void> {
    const { signal } = abort;
    try {
      const changes = client.feed({ topics, signal, onReconnect: () => this.#become('connecting') });
      for await (const change of changes) {
        if (signal.aborted) return;
        this.#take(change);
      }
    } catch {
      if (signal.aborted) return;
      // Tried again when something else is shown, or the tab is looked at again.
      this.#connection = undefined;
      this.#become('off');
    }
  }

  #take(change: FeedChange): void {
    if (change.topic === 'feed') {
      this.#become(change.data.stale ? 'stale' : 'live');
      if (!change.data.stale) this.#tellAll(undefined);
      return;
    }
    const wasLive = this.#state === 'live';
    this.#become('live');
    // Between what was loaded and the first change something may have happened.
    if (change.topic === 'reset' || !wasLive) this.#tellAll(undefined);
    else this.#tellAll(change);
  }

  #tellAll(change: FeedChange | undefined): void {
    for (const { topics, onChange } of this.#subscriptions)
      if (change === undefined || (topics as readonly string[]).includes(change.topic)) onChange(change);
  }

  #become(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const liveFeed = new LiveFeed();
