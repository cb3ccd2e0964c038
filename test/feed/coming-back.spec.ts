// Subscribers of the change feed that come back, are slow, are too many, or ask for what can't be: nothing is missed unseen, and what each costs
// is bounded.
import { ChangeFeed } from '../../lib/client/change-feed.js';
import { FEED_TOPICS, topicOfRun } from '../../lib/client/feed-topics.js';
import { Deferred } from '../../lib/kernel/deferred.js';
import { runIdOf, uuidv7 } from '../../lib/kernel/ids.js';
import type { Database } from '../../lib/store/database.js';
import { FeedStore } from '../../lib/store/feed/feed.store.js';
import { TestSignal } from '../support/test-signal.js';
import { silent } from '../unit/manual-clock.js';
import { type FeedRoom, Subscriber, subscribe, withFeed } from './feed-room.js';

/** Something happens to executors, so many times. */
async function happens(room: FeedRoom, times = 1): Promise<void> {
  for (let i = 0; i < times; i++) {
    room.feed.hint('hello');
    await room.look();
  }
}

describe('a subscriber that comes back', () => {
  it(
    'gets what it missed of its topics, in order, and nothing twice',
    withFeed(async (room) => {
      const stays = await room.subscribed(['executors', 'events']);
      const leaves = await room.subscribed(['executors']);
      stays.take();
      await happens(room);
      const [first] = leaves.events.slice(-1);
      leaves.subscription.unsubscribe();
      await happens(room, 2);
      room.feed.hint('event', undefined);
      await room.look();
      const back = await room.subscribed(['executors'], { lastEventId: first?.id });
      expect(back.events).toEqual(stays.events.filter(({ topic }) => topic === 'executors').slice(1));
      expect(back.events).toHaveLength(2);
      await happens(room);
      expect(back.events).toHaveLength(3);
      expect(back.lastId).toBe(stays.lastId);
    }),
  );

  it(
    'is told of what happened while nobody subscribed',
    withFeed(async (room) => {
      const runId = await room.run();
      const topics = [topicOfRun(runId), 'templates'];
      const leaves = await room.subscribed(topics);
      leaves.subscription.unsubscribe();
      await room.write(`update workflow_status set status = 'HELD'`);
      await room.write(`insert into param_enums (name, version, enum_values, created_by) values ('e', 1, '[]', 'ann')`);
      const back = subscribe(room.feed, topics, { lastEventId: leaves.lastId });
      await room.gets(back, ...topics);
      expect(back.take().sort()).toEqual(topics.sort());
    }),
  );

  it(
    'gets nothing when nothing happened',
    withFeed(async (room) => {
      const leaves = await room.subscribed(['executors']);
      leaves.subscription.unsubscribe();
      const back = await room.subscribed(['executors'], { lastEventId: leaves.lastId });
      await room.look();
      expect(back.events).toEqual([]);
    }),
  );

  it(
    'is told to load everything anew when its last event is not known here',
    withFeed(async (room) => {
      await room.subscribed(['executors']);
      await happens(room, 3);
      const known = await room.subscribed(['executors']);
      const [epoch] = known.lastId.split('-');
      const elsewhere = subscribe(room.newFeed(), ['executors']);
      elsewhere.subscription.unsubscribe();
      for (const lastEventId of ['', 'x', 'x-1', `${epoch}-99`, `${epoch}-`, `${epoch}-01`, `${epoch}--1`, `${epoch}-1-1`, '1']) {
        const back = await room.subscribed(['executors'], { lastEventId });
        expect([lastEventId, back.events]).toEqual([lastEventId, [{ id: known.lastId, topic: 'reset', at: expect.any(Date) }]]);
      }
    }),
  );

  it(
    'is told so by another process',
    withFeed(async (room) => {
      const here = await room.subscribed(['executors']);
      const other = room.newFeed();
      const there = subscribe(other, ['executors'], { lastEventId: here.lastId });
      await room.look(other);
      expect(there.take()).toEqual(['reset']);
      other.close();
    }),
  );

  it(
    'is told so when more has happened since than is kept',
    withFeed(async (room) => {
      const leaves = await room.subscribed(['executors']);
      const stays = await room.subscribed(['executors']);
      leaves.subscription.unsubscribe();
      await happens(room, 1_000);
      const events = stays.take();
      expect(events).toHaveLength(1_001);
      const back = await room.subscribed(['executors'], { lastEventId: leaves.lastId });
      expect(back.take()).toHaveLength(1_000);
      await happens(room);
      const late = await room.subscribed(['executors'], { lastEventId: leaves.lastId });
      expect(late.take()).toEqual(['reset']);
    }),
  );

  it(
    'is told so when it comes to look at a run that nobody looked at when it left',
    withFeed(async (room) => {
      const runId = await room.run();
      const leaves = await room.subscribed(['executors']);
      await happens(room);
      leaves.subscription.unsubscribe();
      await room.write(`update workflow_status set status = 'HELD'`);
      await room.subscribed(['executors', topicOfRun(runId)]);
      // A place in the journal that is before the first look at the run.
      const [epoch] = leaves.lastId.split('-');
      const back = await room.subscribed(['executors', topicOfRun(runId)], { lastEventId: `${epoch}-0` });
      expect(back.take()).toEqual(['reset']);
    }),
  );
});

describe('a subscriber that is slow', () => {
  it(
    'gets the last event of each topic when it goes on, in their order, and no others',
    withFeed(async (room) => {
      const runId = await room.run();
      const quick = await room.subscribed(['executors', 'events', topicOfRun(runId)]);
      const slow = await room.subscribed(['executors', 'events', topicOfRun(runId)]);
      for (const one of [quick, slow]) one.take();
      slow.isSlow = true;
      await happens(room, 20);
      for (const status of ['HELD', 'WAITING', 'CANCELLED']) {
        await room.stores.rows('update workflow_status set status = $1', [status]);
        room.feed.hint('lost', [runId]);
        await room.look();
      }
      room.feed.hint('event', [uuidv7()]);
      await room.look();
      // Taken, and answered with false.
      expect(slow.take()).toEqual(['executors']);
      expect(quick.events).toHaveLength(24);
      slow.isSlow = false;
      slow.subscription.resume();
      const lasts = ['executors', topicOfRun(runId), 'events'].map((topic) =>
        quick.events.findLast((event) => event.topic === topic),
      );
      expect(slow.events).toEqual(lasts);
      expect(slow.events[1]?.data).toMatchObject({ status: 'CANCELLED' });
      await happens(room);
      expect(slow.lastId).toBe(quick.lastId);
    }),
  );

  it(
    'goes on as far as it takes',
    withFeed(async (room) => {
      const slow = await room.subscribed(['executors', 'events', 'streams']);
      slow.isSlow = true;
      for (const news of ['hello', 'event', 'chunk'] as const) room.feed.hint(news, undefined);
      await room.look();
      expect(slow.events).toHaveLength(2);
      slow.subscription.resume();
      expect(slow.events).toHaveLength(3);
      slow.subscription.resume();
      expect(slow.take()).toEqual(['feed', 'executors', 'events', 'streams']);
      slow.subscription.resume();
      expect(slow.events).toEqual([]);
    }),
  );

  it(
    'does not hold up the others, nor does one that throws, which is dropped',
    withFeed(async (room) => {
      const other = new Subscriber();
      let calls = 0;
      room.feed.subscribe({
        topics: ['executors'],
        onEvent: () => {
          calls++;
          throw new Error('broken');
        },
        onClose: (reason) => other.closed.push(reason),
      });
      const good = await room.subscribed(['executors']);
      await happens(room, 2);
      expect([calls, other.closed]).toEqual([1, ['failed']]);
      expect(good.take()).toEqual(['feed', 'executors', 'executors']);
    }),
  );
});

describe('a subscriber that comes while a look is under way', () => {
  it(
    'is not told that it misses nothing before its run was seen',
    withFeed(async (room) => {
      const [first, second] = [await room.run(), await room.run()];
      const asked = new TestSignal();
      const goes = new Deferred();
      const { database } = room.stores;
      const slow = Object.assign(Object.create(database), {
        query: async (...[text, values, options]: Parameters<Database['query']>) => {
          const rows = await database.query(text, values, options);
          if (!text.startsWith('/* feed.digestRuns */')) return rows;
          asked.emit();
          await goes.promise;
          return rows;
        },
      });
      const feed = room.newFeed(slow);
      subscribe(feed, [topicOfRun(first)]);
      const look = room.look(feed);
      await asked.next();
      const late = subscribe(feed, [topicOfRun(second)]);
      goes.resolve();
      await look;
      expect(late.take()).toEqual([]);
      await room.look(feed);
      expect(late.take()).toEqual(['feed']);
      feed.close();
    }),
  );
});

describe('a subscription', () => {
  it(
    'gets other topics, and is told from where on it misses nothing of them',
    withFeed(async (room) => {
      const runId = await room.run();
      const subscriber = await room.subscribed(['executors']);
      subscriber.take();
      subscriber.subscription.setTopics(['events', topicOfRun(runId)]);
      await room.look();
      expect(subscriber.events).toEqual([expect.objectContaining({ topic: 'feed', data: { stale: false } })]);
      subscriber.take();
      await happens(room);
      await room.write(`update workflow_status set status = 'HELD'`);
      room.feed.hint('lost');
      await room.look();
      expect(subscriber.take()).toEqual([topicOfRun(runId)]);
      expect(() => subscriber.subscription.setTopics(['run'])).toThrow(expect.objectContaining({ code: 'INVALID_FEED_OPTION' }));
    }),
  );

  it(
    'is over when it says so: nothing is called any more',
    withFeed(async (room) => {
      const subscriber = await room.subscribed(['executors']);
      const stays = await room.subscribed(['executors']);
      subscriber.isSlow = true;
      await happens(room, 2);
      subscriber.take();
      subscriber.subscription.unsubscribe();
      subscriber.subscription.unsubscribe();
      subscriber.subscription.resume();
      subscriber.subscription.setTopics(['runs']);
      await happens(room);
      room.feed.close();
      expect([subscriber.events, subscriber.closed, stays.closed]).toEqual([[], [], ['shutdown']]);
    }),
  );
});

describe('a change feed that is full', () => {
  it(
    'refuses the 501st subscriber until one leaves',
    withFeed(async (room) => {
      const all = Array.from({ length: 500 }, () => subscribe(room.feed, ['runs']));
      expect(() => subscribe(room.feed, ['runs'])).toThrow(expect.objectContaining({ code: 'FEED_FULL' }));
      all[0]?.subscription.unsubscribe();
      subscribe(room.feed, ['runs']);
      await room.look();
      expect(all[1]?.take()).toEqual(['feed']);
    }),
  );

  it(
    'refuses the 2,001st run until one is left alone, and not one more who looks at the same',
    withFeed(async (room) => {
      const runs = Array.from({ length: 2_000 }, () => topicOfRun(uuidv7()));
      const all = Array.from({ length: 40 }, (_, i) => subscribe(room.feed, runs.slice(i * 50, i * 50 + 50)));
      const another = topicOfRun(uuidv7());
      const full = expect.objectContaining({ code: 'FEED_FULL' });
      expect(() => subscribe(room.feed, [another])).toThrow(full);
      subscribe(room.feed, runs.slice(0, 50));
      expect(() => all[0]?.subscription.setTopics([...runs.slice(0, 49), another])).toThrow(full);
      await room.look();
      expect(all[0]?.take()).toEqual(['feed']);
      all[1]?.subscription.setTopics(runs.slice(50, 99));
      subscribe(room.feed, [another]);
      expect(() => subscribe(room.feed, [topicOfRun(uuidv7())])).toThrow(full);
    }),
  );
});

describe('what a subscriber asks for', () => {
  const noop = () => undefined;
  const good = { topics: ['runs'], onEvent: noop, onClose: noop };
  const BAD: Readonly<Record<string, [unknown, string, string?]>> = {
    nothing: [undefined, 'INVALID_OPTION'],
    'no topics': [{ ...good, topics: [] }, 'INVALID_FEED_OPTION'],
    'topics that are no list': [{ ...good, topics: 'runs' }, 'INVALID_FEED_OPTION'],
    'too many topics': [{ ...good, topics: Array(51).fill('runs') }, 'INVALID_FEED_OPTION'],
    'a hole': [{ ...good, topics: Array(1) }, 'INVALID_FEED_OPTION'],
    'a topic that is none': [{ ...good, topics: ['run'] }, 'INVALID_FEED_OPTION', 'Did you mean "runs"?'],
    'what every object has': [{ ...good, topics: ['constructor'] }, 'INVALID_FEED_OPTION'],
    'a number': [{ ...good, topics: [1] }, 'INVALID_FEED_OPTION'],
    'a run without an id': [{ ...good, topics: ['run:'] }, 'INVALID_ID'],
    'a run with an id that is none': [{ ...good, topics: ['run:\u0000'] }, 'INVALID_ID'],
    'an id that is no text': [{ ...good, lastEventId: 1 }, 'INVALID_FEED_OPTION'],
    'no onEvent': [{ ...good, onEvent: undefined }, 'INVALID_FEED_OPTION'],
    'no onClose': [{ ...good, onClose: 'x' }, 'INVALID_FEED_OPTION'],
    'something else': [{ ...good, topic: 'runs' }, 'UNKNOWN_OPTION'],
  };

  it.each(Object.entries(BAD))('is refused when it is %s, and nothing is looked at', (_, [options, code, text = '']) =>
    withFeed(async (room) => {
      expect(() => room.feed.subscribe(options as never)).toThrow(
        expect.objectContaining({ code, message: expect.stringContaining(text) }),
      );
      room.clock.advance(10_000);
      expect(room.statements).toEqual([]);
    })(),
  );

  it(
    'may be a run by an id of the caller’s: it is told of by its run id',
    withFeed(async (room) => {
      const subscriber = await room.subscribed(['run:order-1', 'run:order-1']);
      const { runId } = runIdOf('order-1');
      subscriber.take();
      await room.write(
        `insert into workflow_status (workflow_id, name, status, external_id) values ($1, 'w', 'ENQUEUED', 'order-1')`,
        [runId],
      );
      await room.gets(subscriber, topicOfRun(runId));
      expect(subscriber.events).toHaveLength(1);
    }),
  );
});

describe('where Postgres counts nothing', () => {
  it(
    'everything is said to have changed, every two seconds, and of runs what has',
    withFeed(async (room) => {
      const runId = await room.run();
      const { database } = room.stores;
      const blind = Object.assign(Object.create(database), {
        query: async (...[text, values, options]: Parameters<Database['query']>) => {
          const rows = await database.query(text, values, options);
          return text.startsWith('/* feed.readMarks */') ? rows.map((row) => ({ ...row, isCounted: false })) : rows;
        },
      });
      const feed = new ChangeFeed({
        store: new FeedStore(blind),
        clock: room.clock,
        logger: silent,
      });
      const subscriber = subscribe(feed, [...FEED_TOPICS, topicOfRun(runId)]);
      await room.look(feed);
      expect(subscriber.take()).toEqual(['feed']);
      await room.look(feed);
      expect(subscriber.take()).toEqual([]);
      await room.write(`update workflow_status set status = 'HELD'`);
      await room.look(feed);
      expect(subscriber.take().sort()).toEqual([...FEED_TOPICS, topicOfRun(runId)].sort());
      await room.look(feed);
      await room.look(feed);
      expect(subscriber.take().sort()).toEqual([...FEED_TOPICS].sort());
      feed.close();
    }),
  );
});
