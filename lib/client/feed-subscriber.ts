// One subscriber of the change feed: hands events over while they are taken, and keeps at most one per topic, the last, while they are not.
// So what a slow subscriber costs is bounded by its topics, not by what happens.
import type { FeedEvent } from './feed-journal.js';
import { runOfTopic } from './feed-topics.js';

export interface SubscriberPorts {
  /** False: no more until `resume()`. */
  onEvent(event: FeedEvent): unknown;
  /** It threw, and is to be forgotten. */
  onFailure(error: unknown): void;
}

export class FeedSubscriber {
  /** It has been told from where on it misses nothing. */
  isOpen = false;
  /** It is to be told so (again). */
  isWaiting = true;
  /** It was told that the feed is stale. */
  isStale = false;
  #topics: ReadonlySet<string>;
  readonly #pending = new Map<string, FeedEvent>();
  #isBlocked = false;
  #isOver = false;

  constructor(
    topics: ReadonlySet<string>,
    /** What it has got before; undefined: it is new. */
    readonly lastEventId: string | undefined,
    private readonly ports: SubscriberPorts,
  ) {
    this.#topics = topics;
  }

  get topics(): ReadonlySet<string> {
    return this.#topics;
  }

  set topics(topics: ReadonlySet<string>) {
    for (const topic of this.#topics) if (!topics.has(topic)) this.#pending.delete(topic);
    this.#topics = topics;
  }

  get runIds(): string[] {
    return [...this.#topics].flatMap((topic) => runOfTopic(topic) ?? []);
  }

  deliver(event: FeedEvent): void {
    if (this.#isOver) return;
    if (!this.#isBlocked) {
      this.#hand(event);
      return;
    }
    // Whoever loads everything anew needs nothing of what was before.
    if (event.topic === 'reset') this.#pending.clear();
    // At the end: ids go up.
    this.#pending.delete(event.topic);
    this.#pending.set(event.topic, event);
  }

  /** Goes on with what was kept, until it is not taken again. */
  resume(): void {
    this.#isBlocked = false;
    for (const [topic, event] of this.#pending) {
      if (this.#isBlocked || this.#isOver) return;
      this.#pending.delete(topic);
      this.#hand(event);
    }
  }

  /** Nothing is handed over any more. */
  end(): void {
    this.#isOver = true;
    this.#pending.clear();
  }

  #hand(event: FeedEvent): void {
    try {
      if (this.ports.onEvent(event) === false) this.#isBlocked = true;
    } catch (error) {
      this.ports.onFailure(error);
    }
  }
}
