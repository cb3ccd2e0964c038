// Tells pages that something has changed, without making runs dearer: subscribers name topics, one watch per process looks for all of them, and
// an event says what to load anew, never what it holds. Made for a console's server-sent events; the admin room writes these itself.
import type { Clock } from '../kernel/clock.js';
import { describeValue } from '../kernel/describe-value.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { FeedStore, MarkedDigest } from '../store/feed/feed.store.js';
import type { Topic } from '../store/notifier.js';
import { ShuttingDownError } from '../store/shutting-down.error.js';
import { type FeedEvent, FeedJournal } from './feed-journal.js';
import { FeedSubscriber } from './feed-subscriber.js';
import { type FeedTopic, InvalidFeedOptionError, resolveTopics, topicOfRun } from './feed-topics.js';
import { FeedWatch, LOOK_EVERY_MS } from './feed-watch.js';
import { WatchedRuns } from './watched-runs.js';

/** `failed`: its `onEvent` threw. */
export type FeedCloseReason = 'shutdown' | 'failed';

export interface SubscribeOptions {
  /** 1 to 50: `runs`, `steps`, `events`, `streams`, `commands`, `queues`, `maintenance`, `executors`, `templates`, `retention`, `deadLetters`, `jobs`, `audit`, `run:<id>`. */
  topics: readonly string[];
  /** `id` of the last event that the subscriber got, in this process or another. Default: it is new. */
  lastEventId?: string;
  /** Returns false: the event is taken, but no more until `resume()`. Meanwhile the last event of each topic is kept. */
  onEvent(event: FeedEvent): unknown;
  /** The feed ends the subscription. */
  onClose(reason: FeedCloseReason): void;
}

export interface FeedSubscription {
  /** Nothing is called any more. Idempotent. */
  unsubscribe(): void;
  /** Others instead. As at first, an event `feed` says from where on nothing of them is missed. @throws as `subscribe` */
  setTopics(topics: readonly string[]): void;
  /** After `onEvent` returned false: goes on. */
  resume(): void;
}

export class FeedFullError extends WorkflowsError {
  constructor(what: string, most: number) {
    super(
      'FeedFullError',
      'FEED_FULL',
      `The change feed of this process has ${most} ${what} already. Unsubscribe those that nobody needs, or subscribe in another process.`,
      { details: { most } },
    );
  }
}

export interface ChangeFeedParts {
  store: Pick<FeedStore, 'readMarks' | 'digestRuns'>;
  clock: Clock;
  logger: WorkflowsLogger;
  /** Between two looks; default 1,000. */
  intervalMs?: number;
}

const MOST_SUBSCRIBERS = 500;
const MOST_RUNS = 2_000;
const KEYS = ['topics', 'lastEventId', 'onEvent', 'onClose'];

export class ChangeFeed {
  readonly #clock: Clock;
  readonly #logger: WorkflowsLogger;
  readonly #journal = new FeedJournal();
  readonly #runs = new WatchedRuns();
  readonly #subscribers = new Map<FeedSubscriber, (reason: FeedCloseReason) => void>();
  /** Subscribers by topic. */
  readonly #wanted = new Map<string, number>();
  readonly #watch: FeedWatch;
  #isStale = false;
  #isClosed = false;

  /** @internal Made by WorkflowsModule. */
  constructor({ store, clock, logger, intervalMs = LOOK_EVERY_MS }: ChangeFeedParts) {
    this.#clock = clock;
    this.#logger = logger;
    const ports = {
      isWanted: (topic: FeedTopic) => this.#wanted.has(topic),
      looked: (topics: readonly FeedTopic[], digests: readonly MarkedDigest[]) => this.#looked(topics, digests),
      failed: (error: Error) => this.#failed(error),
    };
    this.#watch = new FeedWatch(store, this.#runs, ports, clock, intervalMs);
  }

  /**
   * Nothing is called before this returns. The first event says from where on nothing is missed: load what is shown when it comes. It is
   * `feed`, with `stale: false`, for a new subscriber; `reset` for one whose `lastEventId` is of another process or too old; one that missed
   * little gets just that. Then an event for each topic that changed: of one topic at most one a second, of a run four. It comes within a
   * second or two of the change; where only the counters of Postgres show it, within about ten. While the database is away there are none, after a `feed`
   * with `stale: true`, and then a `reset`.
   *
   * @throws FeedFullError beyond 500 subscribers or 2,000 runs in this process; ShuttingDownError; InvalidFeedOptionError, InvalidIdError,
   * UnknownOptionError, WorkflowsError (`INVALID_OPTION`)
   */
  subscribe(options: SubscribeOptions): FeedSubscription {
    refuseUnknownKeys(options, KEYS, [], 'change feed option');
    const { lastEventId, onEvent, onClose } = options;
    const topics = resolveTopics(options.topics);
    if (lastEventId !== undefined && typeof lastEventId !== 'string')
      throw new InvalidFeedOptionError('lastEventId', `must be a text, not ${describeValue(lastEventId)}.`);
    for (const [name, given] of Object.entries({ onEvent, onClose }))
      if (typeof given !== 'function') throw new InvalidFeedOptionError(name, `must be a function, not ${describeValue(given)}.`);
    if (this.#isClosed) throw new ShuttingDownError();
    if (this.#subscribers.size >= MOST_SUBSCRIBERS) throw new FeedFullError('subscribers', MOST_SUBSCRIBERS);
    const subscriber: FeedSubscriber = new FeedSubscriber(topics, lastEventId, {
      onEvent,
      onFailure: (error) => this.#dropFailed(subscriber, error),
    });
    this.#requireRoom(subscriber.runIds);
    this.#subscribers.set(subscriber, onClose);
    this.#want(subscriber);
    this.#watch.start();
    return {
      unsubscribe: () => this.#drop(subscriber),
      setTopics: (others) => this.#setTopics(subscriber, others),
      resume: () => subscriber.resume(),
    };
  }

  /** @internal Something has happened that the counters may not show yet. */
  hint(news: Topic, runIds?: readonly string[]): void {
    this.#watch.hint(news, runIds);
  }

  /** @internal One look by hand. */
  lookOnce(): Promise<void> {
    return this.#watch.runOnce();
  }

  /** @internal At shutdown, before servers are closed: they wait for open connections. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#watch.stop();
    for (const [subscriber, onClose] of [...this.#subscribers]) {
      this.#drop(subscriber);
      this.#close(onClose, 'shutdown');
    }
  }

  #setTopics(subscriber: FeedSubscriber, others: readonly string[]): void {
    const topics = resolveTopics(others);
    if (!this.#subscribers.has(subscriber)) return;
    this.#unwant(subscriber);
    const before = subscriber.topics;
    subscriber.topics = topics;
    try {
      this.#requireRoom(subscriber.runIds);
      subscriber.isWaiting = true;
    } catch (error) {
      subscriber.topics = before;
      throw error;
    } finally {
      this.#want(subscriber);
    }
    this.#watch.hurry();
  }

  #requireRoom(runIds: readonly string[]): void {
    if (this.#runs.size + this.#runs.countNew(runIds) > MOST_RUNS) throw new FeedFullError('watched runs', MOST_RUNS);
  }

  #want(subscriber: FeedSubscriber): void {
    for (const topic of subscriber.topics) this.#wanted.set(topic, (this.#wanted.get(topic) ?? 0) + 1);
    for (const runId of subscriber.runIds) this.#runs.watch(runId);
  }

  #unwant(subscriber: FeedSubscriber): void {
    for (const topic of subscriber.topics) {
      const left = (this.#wanted.get(topic) ?? 1) - 1;
      if (left > 0) this.#wanted.set(topic, left);
      else this.#wanted.delete(topic);
    }
    const now = this.#clock.monotonic();
    for (const runId of subscriber.runIds) this.#runs.leave(runId, now);
  }

  #drop(subscriber: FeedSubscriber): void {
    subscriber.end();
    if (!this.#subscribers.delete(subscriber)) return;
    this.#unwant(subscriber);
    if (this.#subscribers.size === 0) this.#watch.stop();
  }

  #dropFailed(subscriber: FeedSubscriber, error: unknown): void {
    const onClose = this.#subscribers.get(subscriber);
    this.#drop(subscriber);
    this.#logger.debug(`subscriber of the change feed failed, and is dropped: ${(error as Error)?.message}`);
    if (onClose !== undefined) this.#close(onClose, 'failed');
  }

  #close(onClose: (reason: FeedCloseReason) => void, reason: FeedCloseReason): void {
    try {
      onClose(reason);
    } catch (error) {
      this.#logger.debug(`onClose of a subscriber of the change feed failed: ${(error as Error)?.message}`);
    }
  }

  #looked(topics: readonly FeedTopic[], digests: readonly MarkedDigest[]): void {
    if (this.#isClosed) return;
    const at = new Date(this.#clock.now());
    const before = this.#journal.position;
    const changed = this.#runs.see(digests, before);
    const events = [
      ...topics.map((topic) => this.#journal.add(topic, at)),
      ...changed.map((digest) => this.#journal.add(topicOfRun(digest.runId), at, digest)),
    ];
    if (this.#isStale) this.#logger.log('the change feed sees the database again');
    this.#isStale = false;
    for (const subscriber of [...this.#subscribers.keys()]) {
      // Whoever loads everything anew has no use for what happened before.
      if (subscriber.isOpen && !subscriber.isStale)
        for (const event of events) if (subscriber.topics.has(event.topic)) subscriber.deliver(event);
      if (subscriber.isWaiting || subscriber.isStale) this.#open(subscriber, at);
    }
  }

  /** Nothing of its topics is missed from here on: they were all seen. */
  #open(subscriber: FeedSubscriber, at: Date): void {
    const since = subscriber.runIds.map((runId) => this.#runs.seenSince(runId));
    if (since.includes(undefined)) return;
    const { isOpen, isStale, lastEventId } = subscriber;
    subscriber.isOpen = true;
    subscriber.isWaiting = false;
    subscriber.isStale = false;
    const id = this.#journal.currentId;
    if (!isStale && (isOpen || lastEventId === undefined)) {
      subscriber.deliver({ id, topic: 'feed', at, data: { stale: false } });
      return;
    }
    const from = isStale || lastEventId === undefined ? undefined : this.#journal.positionOf(lastEventId);
    if (from === undefined || since.some((position) => (position as number) > from)) {
      subscriber.deliver({ id, topic: 'reset', at });
      return;
    }
    for (const event of this.#journal.after(from, subscriber.topics)) subscriber.deliver(event);
  }

  #failed(error: Error): void {
    if (this.#isClosed) return;
    if (!this.#isStale) this.#logger.warn(`the change feed has lost sight of the database: ${error.message}`);
    this.#isStale = true;
    const at = new Date(this.#clock.now());
    for (const subscriber of [...this.#subscribers.keys()]) {
      if (subscriber.isStale) continue;
      subscriber.isStale = true;
      subscriber.deliver({ id: this.#journal.currentId, topic: 'feed', at, data: { stale: true } });
    }
  }
}
