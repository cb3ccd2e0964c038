// One stream of changes per tab: what is on the screen says which topics it wants, and is told when to load anew. Closed in hidden tabs and on pause;
// while there is no connection the screen polls (api/live-query.ts). Nothing here touches the DOM but `visibilitychange`.
import type { ChangeFeedOptions } from '../../../lib/http-client/change-feed.js';
import type { FeedChange } from '../../../lib/http-client/index.js';
import { client } from './client';
import { problemOf } from './problem';

export type LiveTopic = ChangeFeedOptions['topics'][number];

/**
 * - `live`: changes come · `connecting`: not yet, or not any more
 * - `stale`: the server has lost sight of its database · `paused`: by the operator, or a hidden tab
 * - `offline`: the server can't be reached · `signed-out`: nobody is signed in, or not any more
 * - `off`: the server refused it, the screen polls
 */
export type LiveState = 'connecting' | 'live' | 'stale' | 'paused' | 'offline' | 'signed-out' | 'off';

/** There is no answer, or that of something between. */
const UNREACHABLE = ['NETWORK_ERROR', 'TIMEOUT', 'NOT_JSON'];

interface Connection {
  abort: AbortController;
  topics: ReadonlySet<LiveTopic>;
}

interface Subscription {
  topics: readonly LiveTopic[];
  /** `undefined`: something may have been missed. */
  onChange(change: FeedChange | undefined): void;
}

/** Changes of what is shown come in bursts when a page is built up: they make one connection. */
const SETTLE_MS = 100;
/** Topics that a connection may have beyond what is wanted. */
const MOST_UNUSED = 20;
/** After a refusal that may pass all the same: a proxy in the midst of a deploy, a session that was taken up again. */
const RETRY_MS = 30_000;
/** What the server takes at most. */
const MOST_TOPICS = 50;

export class LiveFeed {
  readonly #subscriptions = new Set<Subscription>();
  readonly #listeners = new Set<() => void>();
  #state: LiveState = 'connecting';
  #isPaused = false;
  #connection: Connection | undefined;
  /** The next one, until it stands: what comes meanwhile comes by the one before. */
  #next: Connection | undefined;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

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

  /** Another request was told so. */
  signedOut(): void {
    if (this.#state !== 'signed-out') this.#refused('signed-out');
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
    const topics = new Set([...this.#subscriptions].flatMap((each) => each.topics));
    const wanted = new Set([...topics].slice(0, MOST_TOPICS));
    const current = this.#next ?? this.#connection;
    if (wanted.size === 0 || (current !== undefined && isEnough(current.topics, wanted))) return;
    this.#next?.abort.abort();
    clearTimeout(this.#retry);
    const next = { abort: new AbortController(), topics: wanted };
    if (this.#connection === undefined && this.#state === 'paused') this.#become('connecting');
    this.#next = next;
    void this.#read(next);
  }

  #disconnect(): void {
    clearTimeout(this.#retry);
    this.#connection?.abort.abort();
    this.#next?.abort.abort();
    this.#connection = undefined;
    this.#next = undefined;
  }

  async #read(connection: Connection): Promise<void> {
    const { signal } = connection.abort;
    try {
      const changes = client.feed({
        topics: [...connection.topics],
        signal,
        onConnect: () => this.#stands(connection),
        onReconnect: (error) => this.#lost(connection, error),
      });
      for await (const change of changes) {
        if (signal.aborted) return;
        if (connection === this.#next) this.#takeOver(connection, change);
        else this.#take(change);
      }
    } catch (error) {
      if (!signal.aborted) this.#refused(problemOf(error).isSignedOut ? 'signed-out' : 'off');
    }
  }

  /** Again: what it missed comes, but perhaps there is nothing, and then no event says that it is back. */
  #stands(connection: Connection): void {
    if (connection !== this.#connection || this.#state === 'stale') return;
    this.#become('live');
    this.#tellAll(undefined);
  }

  #lost(connection: Connection, error: unknown): void {
    // While another one stands nothing is lost.
    if (connection !== (this.#connection ?? this.#next)) return;
    this.#become(UNREACHABLE.includes(problemOf(error).code) ? 'offline' : 'connecting');
  }

  #refused(state: 'signed-out' | 'off'): void {
    this.#disconnect();
    this.#become(state);
    this.#retry = setTimeout(() => this.#connect(), RETRY_MS);
  }

  /** By its first event it says that it stands. What the one before has told of last is not known: it may have been dead for a while. */
  #takeOver(next: Connection, first: FeedChange): void {
    this.#connection?.abort.abort();
    this.#connection = next;
    this.#next = undefined;
    this.#become(first.topic === 'feed' && first.data.stale ? 'stale' : 'live');
    this.#tellAll(undefined);
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

/** What is not shown any more may stay for a while: another connection costs more than a few events that nobody waits for. */
function isEnough(topics: ReadonlySet<LiveTopic>, wanted: ReadonlySet<LiveTopic>): boolean {
  return topics.size <= wanted.size + MOST_UNUSED && [...wanted].every((topic) => topics.has(topic));
}

export const liveFeed = new LiveFeed();
