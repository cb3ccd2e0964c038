// The feed of changes over HTTP: what happens is told, what was missed is told to whoever comes back, and nobody keeps the application from closing.
import { FeedController } from '../../lib/admin/controllers/feed.controller.js';
import type { EventStream } from '../../lib/admin/replies/event-stream.js';
import type { AdminCall } from '../../lib/admin/routes/admin-call.js';
import type { ChangeFeed, SubscribeOptions } from '../../lib/index.js';
import { type AdminApp, CREDENTIALS, startAdminApp } from './admin-app.js';
import { EventClient } from './event-client.js';

interface Told {
  topic: string;
  at: string;
  data?: Record<string, unknown>;
}

const open = (admin: AdminApp, topics: readonly string[], last?: string) =>
  EventClient.open(admin, `/ops/api/feed?${topics.map((topic) => `topics=${encodeURIComponent(topic)}`).join('&')}`, last);

/** The first event that is of this topic, and holds. */
async function until(client: EventClient, topic: string, holds: (told: Told) => boolean = () => true) {
  for (;;) {
    const event = await client.next<Told>();
    if (event === undefined) throw new Error(`the feed was over before ${topic} came`);
    if (event.data.topic === topic && holds(event.data)) return event;
  }
}

describe.each(['express', 'fastify'] as const)('the feed on %s', (adapter) => {
  let admin: AdminApp;
  const clients: EventClient[] = [];
  const follow = async (topics: readonly string[], last?: string) => {
    const client = await open(admin, topics, last);
    clients.push(client);
    return client;
  };

  describe('while the application runs', () => {
    beforeAll(async () => {
      admin = await startAdminApp({ adapter });
    });
    afterAll(() => admin?.close());
    afterEach(() => {
      for (const client of clients.splice(0)) client.leave();
    });

    it('begins with an event that says from where on nothing is missed', async () => {
      const client = await follow(['runs']);
      expect(await client.next()).toEqual({
        id: expect.stringMatching(/^[0-9a-f]+-\d+$/),
        event: 'feed',
        data: { topic: 'feed', at: expect.stringMatching(/Z$/), data: { stale: false } },
      });
    });

    it('tells of a run that somebody looks at when its status changes, and of runs at all', async () => {
      const { runId } = await admin.workflows.start('orders.wait', [], { id: `feed/${adapter}`, delay: '1h' });
      const client = await follow(['runs', `run:feed/${adapter}`]);
      expect((await client.next())?.event).toBe('feed');
      await admin.workflows.cancel(runId);
      const seen: Record<string, unknown> = {};
      while (Object.keys(seen).length < 2) {
        const event = await client.next<Told>();
        seen[event?.event ?? 'over'] = event?.data;
      }
      expect(seen).toEqual({
        runs: { topic: 'runs', at: expect.any(String) },
        run: { topic: `run:${runId}`, at: expect.any(String), data: expect.objectContaining({ runId, status: 'CANCELLED' }) },
      });
    });

    it('tells whoever comes back what was missed, and whoever comes from elsewhere to load everything', async () => {
      const { runId } = await admin.workflows.start('orders.wait', [], { delay: '1h' });
      const topics = [`run:${runId}`];
      const first = await follow(topics);
      const staying = await follow(topics);
      const begun = await first.next();
      expect((await staying.next())?.event).toBe('feed');
      first.leave();
      await admin.workflows.setPriority(runId, 7);
      await until(staying, `run:${runId}`, ({ data }) => data?.priority === 7);
      const again = await follow(topics, begun?.id);
      expect(await again.next<Told>()).toMatchObject({ event: 'run', data: { data: { runId, priority: 7 } } });
      const foreign = await follow(topics, 'abc-7');
      expect(await foreign.next<Told>()).toMatchObject({ event: 'reset', data: { topic: 'reset' } });
    });

    it('is refused before it begins for topics that are none', async () => {
      const many = Array.from({ length: 51 }, (_, i) => `topics=run:${i}`).join('&');
      const refusals: Array<[query: string, code: string]> = [
        ['', 'INVALID_REQUEST'],
        ['?topics=', 'INVALID_FEED_OPTION'],
        ['?topics=rnus', 'INVALID_FEED_OPTION'],
        [`?topics=run:${'x'.repeat(256)}`, 'INVALID_ID'],
        ['?topics=run:%00', 'INVALID_REQUEST'],
        [`?${many}`, 'INVALID_REQUEST'],
        ['?topic=runs', 'UNKNOWN_OPTION'],
      ];
      for (const [query, code] of refusals) {
        const answer = await admin.get(`/ops/api/feed${query}`);
        expect({ query, ...answer }).toMatchObject({ query, status: 400, body: { code } });
      }
    });

    it('is for guarded clients', async () => {
      expect((await admin.fetch('/ops/api/feed?topics=runs')).status).toBe(401);
      expect((await admin.fetch('/ops/api/feed?topics=x', { headers: CREDENTIALS })).status).toBe(400);
    });
  });

  it('lets the application close, with 20 clients that stay', async () => {
    admin = await startAdminApp({ adapter });
    const staying = await Promise.all(Array.from({ length: 20 }, () => open(admin, ['runs', 'queues'])));
    for (const client of staying) expect((await client.next())?.event).toBe('feed');
    // `rest` rejects when a stream stays open without a word.
    await Promise.all([admin.close(), ...staying.map((client) => client.rest())]);
  });
});

describe('a client of the feed that reads slowly', () => {
  const event = (n: number) => ({ id: `e-${n}`, topic: 'runs', at: new Date(0) });

  /** One client whose connection takes what `takes` says. */
  function subscribed() {
    const sent: unknown[] = [];
    const client = { takes: true, caughtUp: () => {}, gone: () => {}, resumed: 0, left: 0 };
    let options: SubscribeOptions | undefined;
    const feed = {
      subscribe: (given: SubscribeOptions) => {
        options = given;
        return { unsubscribe: () => client.left++, resume: () => client.resumed++ };
      },
    };
    const stream = {
      send: ({ id }: { id: string }) => {
        sent.push(id);
        return client.takes;
      },
      drained: () =>
        new Promise<void>((resolve) => {
          client.caughtUp = resolve;
        }),
      whenClosed: (handler: () => void) => {
        client.gone = handler;
      },
    };
    const call = { query: { topics: ['runs'] }, request: { headers: {} } };
    new FeedController(feed as unknown as ChangeFeed).subscribe(
      call as unknown as AdminCall<never>,
      () => stream as unknown as EventStream,
    );
    return { client, sent, options: options as SubscribeOptions };
  }

  it('is given no more until it has caught up', async () => {
    const { client, sent, options } = subscribed();
    expect(options.onEvent(event(1))).toBe(true);
    client.takes = false;
    expect(options.onEvent(event(2))).toBe(false);
    expect(client.resumed).toBe(0);
    client.caughtUp();
    await new Promise(setImmediate);
    expect([sent, client.resumed]).toEqual([['e-1', 'e-2'], 1]);
  });

  it('is forgotten when it is gone', () => {
    const { client } = subscribed();
    client.gone();
    expect(client.left).toBe(1);
  });
});
