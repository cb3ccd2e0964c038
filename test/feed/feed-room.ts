// What specs of the change feed share: a feed on the real database whose looks are made by hand, subscribers that note what they get, and
// writers whose counters are known at once: Postgres says what a connection has written when it ends.
import pg from 'pg';
import { ChangeFeed, type FeedSubscription, type SubscribeOptions } from '../../lib/client/change-feed.js';
import type { FeedEvent } from '../../lib/client/feed-journal.js';
import { uuidv7 } from '../../lib/kernel/ids.js';
import type { Database } from '../../lib/store/database.js';
import { FeedStore } from '../../lib/store/feed/feed.store.js';
import { type StoreRoom, withStores } from '../engine/store-room.js';
import { eventually } from '../support/eventually.js';
import { ManualClock, silent } from '../unit/manual-clock.js';

export class Subscriber {
  readonly events: FeedEvent[] = [];
  readonly closed: string[] = [];
  /** Says false to everything. */
  isSlow = false;
  subscription!: FeedSubscription;

  /** Topics, in order; forgets them. */
  take(): string[] {
    return this.events.splice(0).map(({ topic }) => topic);
  }

  get lastId(): string {
    return this.events.at(-1)?.id ?? '';
  }
}

export function subscribe(feed: ChangeFeed, topics: string[], options: Partial<SubscribeOptions> = {}): Subscriber {
  const subscriber = new Subscriber();
  subscriber.subscription = feed.subscribe({
    topics,
    onEvent: (event) => {
      subscriber.events.push(event);
      return !subscriber.isSlow;
    },
    onClose: (reason) => subscriber.closed.push(reason),
    ...options,
  });
  return subscriber;
}

export class FeedRoom {
  readonly clock = new ManualClock();
  /** Names of the statements that the feed has sent. */
  readonly statements: string[] = [];
  readonly feed: ChangeFeed;

  constructor(readonly stores: StoreRoom) {
    this.feed = this.newFeed();
  }

  /** As another process has it. */
  newFeed(database: Database = this.stores.database): ChangeFeed {
    const counted = {
      schema: database.schema,
      query: (...[text, values, options]: Parameters<Database['query']>) => {
        this.statements.push(/^\/\* (\S+) \*\//.exec(text)?.[1] ?? text);
        return database.query(text, values, options);
      },
    } as unknown as Database;
    return new ChangeFeed({ store: new FeedStore(counted), clock: this.clock, logger: silent });
  }

  /** One to which the counters are late: they stand still. */
  lateFeed(): ChangeFeed {
    const { database } = this.stores;
    let first: unknown;
    return this.newFeed(
      Object.assign(Object.create(database), {
        query: async (...[text, values, options]: Parameters<Database['query']>) => {
          const rows = await database.query(text, values, options);
          if (!text.startsWith('/* feed.readMarks */')) return rows;
          first ??= rows[0]?.marks;
          return rows.map((row) => ({ ...row, marks: first }));
        },
      }),
    );
  }

  /** Its time has come. */
  async look(feed = this.feed): Promise<void> {
    this.clock.advance(1_000);
    await feed.lookOnce();
  }

  /** Has got its first event, or what it missed. */
  async subscribed(topics: string[], options: Partial<SubscribeOptions> = {}): Promise<Subscriber> {
    const subscriber = subscribe(this.feed, topics, options);
    await this.look();
    return subscriber;
  }

  /** On a connection of its own. */
  async write(sql: string, values: unknown[] = []): Promise<void> {
    const { url, schema } = this.stores.schema;
    const client = new pg.Client({ connectionString: url, options: `-c search_path=${schema}`, application_name: 'spec' });
    await client.connect();
    await client.query(sql, values);
    await client.end();
  }

  async run(status = 'WAITING'): Promise<string> {
    const runId = uuidv7();
    await this.write(`insert into workflow_status (workflow_id, name, status, input) values ($1, 'w', $2, '["secret"]')`, [
      runId,
      status,
    ]);
    return runId;
  }

  /** What was written before is counted, and said. */
  async settles(subscriber: Subscriber): Promise<void> {
    for (let quiet = 0; quiet < 10; quiet++) {
      await this.look();
      if (subscriber.take().length > 0) quiet = -1;
    }
  }

  /** Looks until the counters are there. */
  async gets(subscriber: Subscriber, ...topics: string[]): Promise<void> {
    await eventually(async () => {
      await this.look();
      for (const topic of topics) expect(subscriber.events.map((event) => event.topic)).toContain(topic);
    });
  }
}

export const withFeed = (test: (room: FeedRoom) => Promise<void>) =>
  withStores(async (stores) => {
    const room = new FeedRoom(stores);
    try {
      await test(room);
    } finally {
      room.feed.close();
    }
  });
