// The last events of the change feed, numbered, for subscribers that come back: what they missed, if it is all still here. A process has an epoch
// of its own, so an id of another process, or of its life before, is never taken for one of these.
import { randomBytes } from 'node:crypto';
import type { RunDigest } from '../store/feed/feed.store.js';

export interface FeedEvent {
  /** `<epoch>-<number>`: as `lastEventId` it says what a subscriber has got. */
  id: string;
  /** One that was subscribed to; or `feed`, or `reset`: load everything anew. */
  topic: string;
  at: Date;
  /** Of `run:<id>`: the run as it is now, in numbers. Of `feed`: whether the feed has lost sight of the database. */
  data?: RunDigest | { stale: boolean };
}

const MOST_KEPT = 1_000;

export class FeedJournal {
  readonly #epoch = randomBytes(6).toString('hex');
  #events: Array<{ position: number; event: FeedEvent }> = [];
  #position = 0;

  /** Of the last event; 0: there was none. */
  get position(): number {
    return this.#position;
  }

  /** For what is said to one subscriber only: an id that stands for all that was before. */
  get currentId(): string {
    return this.#idOf(this.#position);
  }

  add(topic: string, at: Date, data?: FeedEvent['data']): FeedEvent {
    this.#position++;
    const event: FeedEvent = { id: this.#idOf(this.#position), topic, at, ...(data !== undefined && { data }) };
    this.#events.push({ position: this.#position, event });
    if (this.#events.length > MOST_KEPT) this.#events.shift();
    return event;
  }

  /** Undefined: not an id of this feed, or one so old that events after it are gone. */
  positionOf(id: string): number | undefined {
    const position = Number(/-(\d{1,15})$/.exec(id)?.[1]);
    if (id !== this.#idOf(position) || position > this.#position) return undefined;
    const oldest = this.#events[0]?.position ?? 1;
    return position >= oldest - 1 ? position : undefined;
  }

  /** In order. */
  after(position: number, topics: ReadonlySet<string>): FeedEvent[] {
    return this.#events.filter((kept) => kept.position > position && topics.has(kept.event.topic)).map(({ event }) => event);
  }

  #idOf(position: number): string {
    return `${this.#epoch}-${position}`;
  }
}
