// What subscribers of the change feed are told, and what a look costs.
import { topicOfRun } from '../../lib/client/feed-topics.js';
import { type Subscriber, subscribe, withFeed } from './feed-room.js';

const QUIET = ['runs', 'steps', 'events', 'streams', 'commands', 'templates', 'deadLetters'];

describe('a subscriber of the change feed', () => {
  it(
    'is told from where on it misses nothing, and nothing while nothing changes',
    withFeed(async (room) => {
      const runId = await room.run();
      const subscriber = subscribe(room.feed, [...QUIET.slice(1), topicOfRun(runId)]);
      await room.look();
      expect(subscriber.events).toEqual([
        { id: expect.stringMatching(/^[0-9a-f]+-\d+$/), topic: 'feed', at: new Date(room.clock.now()), data: { stale: false } },
      ]);
      for (let i = 0; i < 20; i++) await room.look();
      expect(subscriber.events).toHaveLength(1);
    }),
  );

  it(
    'of a run gets one event when it changes, with its status, numbers and times, and no payload',
    withFeed(async (room) => {
      const runId = await room.run();
      const subscriber = await room.subscribed([topicOfRun(runId)]);
      subscriber.take();
      await room.write(`update workflow_status set status = 'HELD', held_at = '2026-01-01Z', priority = 7, output = '"secret"'`);
      await room.gets(subscriber, topicOfRun(runId));
      for (let i = 0; i < 10; i++) await room.look();
      expect(subscriber.events).toHaveLength(1);
      expect(subscriber.events[0]?.data).toMatchObject({
        runId,
        status: 'HELD',
        heldAt: Date.parse('2026-01-01Z'),
        priority: 7,
        steps: { last: null },
      });
      expect(JSON.stringify(subscriber.events)).not.toContain('secret');
    }),
  );

  it(
    'of a run is told when it goes, and when it comes',
    withFeed(async (room) => {
      const runId = await room.run();
      const subscriber = await room.subscribed([topicOfRun(runId)]);
      subscriber.take();
      await room.write('delete from workflow_status');
      await room.gets(subscriber, topicOfRun(runId));
      await room.write(`insert into workflow_status (workflow_id, name, status) values ($1, 'w', 'ENQUEUED')`, [runId]);
      subscriber.take();
      await room.gets(subscriber, topicOfRun(runId));
      expect(subscriber.events[0]?.data).toMatchObject({ status: 'ENQUEUED' });
    }),
  );

  const STEP = (ordinal: number) =>
    `insert into operation_outputs (workflow_id, ordinal, kind, name, started_at, completed_at) values ($1, ${ordinal}, 'step', 's', now(), now())`;
  const EVENT = (ordinal: number) =>
    `insert into workflow_events_history (workflow_id, ordinal, key) values ($1, ${ordinal}, 'k')`;
  const CHUNK = (stream: string, offset: number) =>
    `insert into streams (workflow_id, stream, chunk_offset, body_base, body_count) values ($1, '${stream}', ${offset}, 0, 0)`;
  const OF_A_RUN: ReadonlyArray<[string, string, object]> = [
    ['a step is recorded', STEP(5), { steps: { last: 5 } }],
    ['a step with a lower number is recorded later', STEP(3), { steps: { last: 5 } }],
    [
      'an attempt fails',
      `insert into operation_attempts (workflow_id, ordinal, attempt, name, started_at, completed_at) values ($1, 6, 1, 's', now(), now())`,
      { steps: { last: 5 } },
    ],
    ['an event is set', EVENT(7), { events: { last: 7 } }],
    ['an event is set anew', EVENT(8), { events: { last: 8 } }],
    ['a chunk is written', CHUNK('a', 0), { streams: { count: 1, chunks: 1 } }],
    ['a chunk of another stream is written', CHUNK('b', 0), { streams: { count: 2, chunks: 2 } }],
    ['a second chunk is written', CHUNK('a', 1), { streams: { count: 2, chunks: 3 } }],
    [
      'a command comes',
      `insert into commands (workflow_id, command, actor, state, command_key) values ($1, 'HOLD', 'ann', 'RUNNING', gen_random_uuid())`,
      { commands: { open: 1, last: expect.any(Number) } },
    ],
    ['a command is settled', `update commands set outcome = 'APPLIED' where workflow_id = $1`, { commands: { open: 0 } }],
    [
      'a message comes',
      `insert into notifications (workflow_id, message_key, topic, pending) values ($1, 'm', 't', false)`,
      { messages: { open: 1 } },
    ],
    ['a message is taken', `update notifications set taken_by = 9 where workflow_id = $1`, { messages: { open: 0, last: null } }],
    ['its priority changes', `update workflow_status set priority = -1 where workflow_id = $1`, { priority: -1 }],
    ['it is kept from deletion', `update workflow_status set legal_hold = true where workflow_id = $1`, { legalHold: true }],
    ['it is due at another time', `update workflow_status set wake_at = '2030-01-01Z' where workflow_id = $1`, {}],
    ['it gives its permit back', `update workflow_status set permit = not permit where workflow_id = $1`, {}],
    ['it changes hands', `update workflow_status set claimed_by = gen_random_uuid() where workflow_id = $1`, {}],
  ];

  it(
    'of a run is told of whatever people see of it, once each, and not of what happens to another',
    withFeed(async (room) => {
      const [runId, other] = [await room.run(), await room.run()];
      const subscriber = await room.subscribed([topicOfRun(runId)]);
      for (const [what, statement, data] of OF_A_RUN) {
        subscriber.take();
        await room.write(statement, [other]);
        await room.write(statement, [runId]);
        await room.gets(subscriber, topicOfRun(runId));
        await room.look();
        expect([what, subscriber.events.length]).toEqual([what, 1]);
        expect([what, subscriber.events[0]?.data]).toMatchObject([what, data]);
      }
    }),
  );

  const TOPICS: ReadonlyArray<[string, string, string[]]> = [
    ['runs', `insert into workflow_status (workflow_id, name, status) values (gen_random_uuid(), 'w', 'ENQUEUED')`, ['queues']],
    ['steps', STEP(1).replace('$1', 'gen_random_uuid()'), []],
    ['events', `insert into workflow_events (workflow_id, key, ordinal) values (gen_random_uuid(), 'k', 1)`, []],
    ['streams', CHUNK('a', 0).replace('$1', 'gen_random_uuid()'), []],
    ['commands', (OF_A_RUN[8]?.[1] ?? '').replace('$1', 'gen_random_uuid()'), []],
    ['queues', `insert into queues (queue) values ('q')`, []],
    ['maintenance', `insert into maintenance (scope, mode, actor) values ('', 'drain', 'ann')`, []],
    [
      'executors',
      `insert into executors (executor_id, alive, role, hostname, pid, workflows) values (gen_random_uuid(), true, 'all', 'h', 1, '{}')`,
      [],
    ],
    ['templates', `insert into param_enums (name, version, enum_values, created_by) values ('e', 1, '[]', 'ann')`, []],
    ['retention', 'update retention_config set revision = revision + 1', []],
    [
      'deadLetters',
      `insert into dead_letters (workflow_id, name, queue, run, reason, attempts) values (gen_random_uuid(), 'w', 'q', '{}', '', 1)`,
      [],
    ],
    ['audit', `insert into audit_log (actor, action) values ('ann', 'QUEUE_UPDATE')`, ['queues']],
  ];

  it.each(TOPICS)('of %s is told when such a row is written, and of nothing else', (topic, statement, others) =>
    withFeed(async (room) => {
      const all = TOPICS.map(([name]) => name);
      const subscriber = await room.subscribed(all);
      await room.settles(subscriber);
      await room.write(statement);
      await room.gets(subscriber, topic);
      expect(subscriber.take().sort()).toEqual([topic, ...others].sort());
    })(),
  );

  it(
    'is told of what an operator did at the first look, whatever the counters say',
    withFeed(async (room) => {
      const runId = await room.run();
      const feed = room.lateFeed();
      const subscriber = subscribe(feed, ['templates', 'audit', 'runs', topicOfRun(runId)]);
      await room.look(feed);
      subscriber.take();
      await room.write(
        `with changed as (update workflow_status set status = 'HELD'), done as (
           insert into audit_log (actor, action, workflow_id) values ('ann', 'HOLD', $1))
         insert into audit_log (actor, action) values ('ann', 'TEMPLATE_SAVE')`,
        [runId],
      );
      await room.look(feed);
      expect(subscriber.take().sort()).toEqual(['audit', topicOfRun(runId), 'runs', 'templates'].sort());
      await room.look(feed);
      expect(subscriber.take()).toEqual([]);
      feed.close();
    }),
  );

  it(
    'is told at the next look of what processes say, whatever the counters say',
    withFeed(async (room) => {
      const runId = await room.run();
      const feed = room.lateFeed();
      const subscriber = subscribe(feed, ['executors', topicOfRun(runId)]);
      await room.look(feed);
      subscriber.take();
      await room.write(`update workflow_status set status = 'SUCCESS', completed_at = now()`);
      await feed.lookOnce();
      expect(subscriber.take()).toEqual([]);
      feed.hint('done', [runId]);
      feed.hint('hello');
      await feed.lookOnce();
      expect(subscriber.take().sort()).toEqual(['executors', topicOfRun(runId)].sort());
      feed.close();
    }),
  );

  it(
    'of a run that is not over is told within five seconds, whatever the counters say and though nobody says anything',
    withFeed(async (room) => {
      const runId = await room.run();
      const feed = room.lateFeed();
      const subscriber = subscribe(feed, [topicOfRun(runId)]);
      await room.look(feed);
      subscriber.take();
      await room.write(`update workflow_status set status = 'SUCCESS', completed_at = now()`);
      for (let i = 0; i < 4; i++) await room.look(feed);
      expect(subscriber.take()).toEqual([]);
      await room.look(feed);
      expect(subscriber.take()).toEqual([topicOfRun(runId)]);
      feed.close();
    }),
  );

  it(
    'is told of a topic once an interval at most, and of the last change in any case',
    withFeed(async (room) => {
      const subscriber = await room.subscribed(['executors']);
      subscriber.take();
      for (let i = 0; i < 12; i++) {
        room.feed.hint('hello');
        await room.feed.lookOnce();
        room.clock.advance(250);
      }
      expect(subscriber.take()).toHaveLength(3);
      await room.look();
      expect(subscriber.take()).toHaveLength(1);
      await room.look();
      expect(subscriber.take()).toEqual([]);
    }),
  );
});

describe('a look of the change feed', () => {
  it(
    'is one statement, and a second one when runs may have changed, for 200 subscribers of 200 runs',
    withFeed(async (room) => {
      const runs: string[] = [];
      await room.write(
        `insert into workflow_status (workflow_id, name, status) select gen_random_uuid(), 'w', 'WAITING' from generate_series(1, 200)`,
      );
      for (const { workflow_id } of await room.stores.rows('select workflow_id from workflow_status')) runs.push(workflow_id);
      const subscribers = runs.map((runId, i) =>
        subscribe(room.feed, ['steps', topicOfRun(runId), topicOfRun(runs[(i + 1) % 200] as string)]),
      );
      await room.look();
      expect(room.statements.splice(0)).toEqual(['feed.readMarks', 'feed.digestRuns']);
      for (const subscriber of subscribers) expect(subscriber.take()).toEqual(['feed']);
      await room.settles(subscribers[0] as Subscriber);
      room.statements.splice(0);
      for (let i = 0; i < 20; i++) await room.look();
      // Runs that are not over are looked at every five seconds in any case.
      expect(room.statements.filter((name) => name === 'feed.readMarks')).toHaveLength(20);
      expect(room.statements.splice(0)).toHaveLength(24);
      await room.write(`update workflow_status set status = 'HELD'`);
      room.feed.hint('lost');
      await room.look();
      expect(room.statements).toEqual(['feed.readMarks', 'feed.digestRuns']);
      for (const subscriber of subscribers) expect(subscriber.take()).toHaveLength(2);
    }),
  );

  it(
    'is not made while nobody subscribes, and none is left to come',
    withFeed(async (room) => {
      const subscriber = await room.subscribed(['runs']);
      subscriber.subscription.unsubscribe();
      room.statements.splice(0);
      room.feed.hint('work');
      room.clock.advance(60_000);
      expect(room.statements).toEqual([]);
      expect(subscriber.take()).toEqual(['feed']);
    }),
  );

  it(
    'is made by itself, once an interval, and sooner for what somebody subscribes to',
    withFeed(async (room) => {
      const looks = () => room.statements.filter((name) => name === 'feed.readMarks').length;
      subscribe(room.feed, ['executors']);
      room.clock.advance(0);
      expect(looks()).toBe(1);
      await room.feed.lookOnce();
      room.clock.advance(999);
      expect(looks()).toBe(1);
      room.clock.advance(1);
      expect(looks()).toBe(2);
      await room.feed.lookOnce();
      // Nobody wants to hear of that.
      room.feed.hint('work');
      room.clock.advance(250);
      expect(looks()).toBe(2);
      room.feed.hint('hello');
      room.clock.advance(0);
      expect(looks()).toBe(3);
    }),
  );
});
