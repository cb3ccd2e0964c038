// The eyes of the change feed: while somebody subscribes, one look a second at the counters of the tables, and sooner when something is said to
// have happened. A look is one statement, and a second one if runs that somebody watches may have changed, however many watch.
import type { Clock, Timer } from '../kernel/clock.js';
import type { FeedMarks, FeedStore, MarkedDigest } from '../store/feed/feed.store.js';
import type { Topic } from '../store/notifier.js';
import {
  COUNTED_TABLES,
  concernsRuns,
  FEED_TOPICS,
  type FeedTopic,
  topicsOfAction,
  topicsOfNews,
  topicsOfTables,
} from './feed-topics.js';
import type { WatchedRuns } from './watched-runs.js';

export interface FeedWatchPorts {
  /** Somebody subscribes to it. */
  isWanted(topic: FeedTopic): boolean;
  /** What has changed since the look before. */
  looked(topics: readonly FeedTopic[], digests: readonly MarkedDigest[]): void;
  /** A look failed, or gets no answer; the next one says all that this one would have. */
  failed(error: Error): void;
}

export const LOOK_EVERY_MS = 1_000;
/** However much is said to have happened. */
const MIN_GAP_MS = 250;
/** Where nothing is counted, everything is said to have changed, so often. */
const UNCOUNTED_EVERY_MS = 2_000;
/** Runs that are not over are looked at so often in any case: counters come late, and before Postgres 15 for long. */
const RUNS_EVERY_MS = 5_000;
const SILENCE_MS = 5_000;
const LONGEST_REST_MS = 2_000;

export class FeedWatch {
  #isOn = false;
  #looking?: Promise<void>;
  #timer?: Timer;
  #firesAt = Number.POSITIVE_INFINITY;
  /** A look is wanted before its time. */
  #isUrgent = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** A look that took long is followed by as long a rest. */
  #restsUntil = Number.NEGATIVE_INFINITY;
  #marks?: ReadonlyMap<string, number>;
  #lastAudit: string | null = null;
  #saidAllAt?: number;
  #sawRunsAt = Number.NEGATIVE_INFINITY;
  /** To be said by the next look that gets through, if its turn has come. */
  readonly #owed = new Set<FeedTopic>();
  readonly #saidAt = new Map<FeedTopic, number>();
  /** Some watched run may have changed. */
  #runsMayDiffer = false;

  constructor(
    private readonly store: Pick<FeedStore, 'readMarks' | 'digestRuns'>,
    private readonly runs: WatchedRuns,
    private readonly ports: FeedWatchPorts,
    private readonly clock: Clock,
    private readonly intervalMs: number,
  ) {}

  /** Idempotent. A look comes soon. */
  start(): void {
    this.#isOn = true;
    this.hurry();
  }

  /** Idempotent. What is known stays: whoever starts again is told what changed meanwhile. */
  stop(): void {
    this.#isOn = false;
    this.#timer?.cancel();
    this.#firesAt = Number.POSITIVE_INFINITY;
  }

  /** A look comes at once, or as soon as the last one is long enough ago. */
  hurry(): void {
    if (!this.#isOn) return;
    this.#isUrgent = true;
    this.#schedule();
  }

  /** Something has happened that the counters may not show yet. Undefined: to any run. */
  hint(news: Topic, runIds: readonly string[] | undefined): void {
    if (!this.#isOn) return;
    const topics = topicsOfNews(news).filter((topic) => this.ports.isWanted(topic));
    const isOfRuns = runIds === undefined ? this.runs.size > 0 : runIds.some((runId) => this.runs.isWatched(runId));
    for (const topic of topics) this.#owed.add(topic);
    this.#runsMayDiffer ||= isOfRuns;
    if (topics.length > 0 || isOfRuns) this.hurry();
  }

  /** One look, now; the one under way, if there is one. Never rejects. */
  runOnce(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      this.#schedule();
    });
    return this.#looking;
  }

  #schedule(): void {
    if (!this.#isOn || this.#looking !== undefined) return;
    const firesAt = Math.max(this.#lookedAt + (this.#isUrgent ? MIN_GAP_MS : this.intervalMs), this.#restsUntil);
    if (this.#firesAt <= firesAt) return;
    this.#timer?.cancel();
    this.#firesAt = firesAt;
    this.#timer = this.clock.setTimer(Math.max(0, firesAt - this.clock.monotonic()), () => {
      this.#firesAt = Number.POSITIVE_INFINITY;
      void this.runOnce();
    });
  }

  async #look(): Promise<void> {
    this.#lookedAt = this.clock.monotonic();
    this.#isUrgent = false;
    const silence = this.clock.setTimer(SILENCE_MS, () => this.ports.failed(new Error('the database does not answer')));
    try {
      this.#compare(await this.store.readMarks(COUNTED_TABLES, this.#lastAudit));
      const digests = await this.#digests();
      const topics = this.#due();
      // Also when it was stopped meanwhile: whoever comes back is told.
      this.ports.looked(topics, digests);
    } catch (error) {
      this.ports.failed(error as Error);
    } finally {
      silence.cancel();
      const now = this.clock.monotonic();
      this.#restsUntil = now + Math.min(now - this.#lookedAt, LONGEST_REST_MS);
    }
  }

  /** What has changed is owed from here on, whatever becomes of this look. */
  #compare({ marks, lastAudit, actions, auditedRuns }: FeedMarks): void {
    for (const action of actions) for (const topic of topicsOfAction(action)) this.#owed.add(topic);
    this.#runsMayDiffer ||= auditedRuns.some((runId) => this.runs.isWatched(runId));
    this.#lastAudit = lastAudit ?? '0';
    if (marks === undefined) {
      this.#sayAll();
    } else if (this.#marks !== undefined) {
      const before = this.#marks;
      const changed = new Set([...marks.keys()].filter((table) => marks.get(table) !== before.get(table)));
      for (const topic of topicsOfTables(changed)) this.#owed.add(topic);
      this.#runsMayDiffer ||= concernsRuns(changed);
    }
    this.#marks = marks;
  }

  #sayAll(): void {
    const now = this.clock.monotonic();
    this.#runsMayDiffer = true;
    this.#saidAllAt ??= now;
    if (now - this.#saidAllAt < UNCOUNTED_EVERY_MS) return;
    this.#saidAllAt = now;
    for (const topic of FEED_TOPICS) this.#owed.add(topic);
  }

  async #digests(): Promise<MarkedDigest[]> {
    const { ids } = this.runs;
    const now = this.clock.monotonic();
    const isTime = now - this.#sawRunsAt >= RUNS_EVERY_MS && this.runs.hasLive;
    if (ids.length === 0 || !(this.#runsMayDiffer || isTime || this.runs.hasUnseen)) return [];
    // Before it is asked: whatever is said meanwhile counts for the next time.
    this.#runsMayDiffer = false;
    try {
      const digests = await this.store.digestRuns(ids);
      this.#sawRunsAt = now;
      return digests;
    } catch (error) {
      this.#runsMayDiffer = true;
      throw error;
    }
  }

  /** Of what is owed: no topic oftener than once an interval. */
  #due(): FeedTopic[] {
    const now = this.clock.monotonic();
    const due = [...this.#owed].filter((topic) => now - (this.#saidAt.get(topic) ?? Number.NEGATIVE_INFINITY) >= this.intervalMs);
    for (const topic of due) {
      this.#owed.delete(topic);
      this.#saidAt.set(topic, now);
    }
    return due;
  }
}
