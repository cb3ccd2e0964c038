// The change feed inside an application: what runs do reaches subscribers, of other processes too; an outage is told, and over; a shutdown is told
// before anything waits for subscribers.
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ChangeFeed } from '../../lib/index.js';
import { type ClusterApp, withCluster, workflow } from '../engine/cluster.js';
import { quick, statusOf } from '../queues/queue-room.js';
import { eventually } from '../support/eventually.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { type Subscriber, subscribe } from './feed-room.js';

const listens = workflow('listens', async (wf) => {
  await wf.step('first', () => 'secret');
  return wf.receive('go');
});

const feedOf = (app: ClusterApp) => app.module.get(ChangeFeed, { strict: false });

async function opened(app: ClusterApp, topics: string[]): Promise<Subscriber> {
  const subscriber = subscribe(feedOf(app), topics);
  await eventually(() => expect(subscriber.take()).toEqual(['feed']));
  return subscriber;
}

const statuses = ({ events }: Subscriber) => events.map(({ data }) => (data as { status?: string } | undefined)?.status);

describe('the change feed of an application', () => {
  it.each([
    ['alone', false],
    ['beside the process that runs it', true],
  ])('tells %s what becomes of a run, and of what operators do to it', (_, isApart) =>
    withCluster(async (cluster) => {
      const worker = await cluster.app([listens], { suspendAfter: 0 });
      const app = isApart ? await cluster.app([listens], { role: 'client' }) : worker;
      const run = await worker.workflows.start('listens');
      await statusOf(cluster, run.runId, 'WAITING');
      const subscriber = await opened(app, [`run:${run.runId}`]);
      await app.workflows.sendCommand(run.runId, 'HOLD');
      await eventually(() => expect(statuses(subscriber)).toContain('HELD'));
      await app.workflows.sendCommand(run.runId, 'RESUME');
      await run.send('go', 'secret');
      expect(await run.returnValue).toBe('secret');
      await eventually(() => expect(statuses(subscriber).at(-1)).toBe('SUCCESS'));
      expect(subscriber.events.at(-1)?.data).toMatchObject({
        steps: { last: 1 },
        commands: { open: 0 },
        messages: { open: 0 },
      });
      expect(JSON.stringify(subscriber.events)).not.toContain('secret');
    })(),
  );

  it(
    'tells of queues, maintenance and processes that come',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const subscriber = await opened(app, ['queues', 'maintenance', 'executors', 'audit']);
      const told = (...topics: string[]) =>
        eventually(() => expect(subscriber.events.map(({ topic }) => topic)).toEqual(expect.arrayContaining(topics)));
      await app.workflows.queues.create({ name: 'q' });
      await told('queues', 'audit');
      subscriber.take();
      await app.workflows.enterMaintenance({ queues: ['q'] });
      await told('maintenance', 'audit');
      subscriber.take();
      await cluster.app([quick]);
      await told('executors');
    }),
  );

  it(
    'says that it is stale while the database is away, once, and to load everything anew when it is back',
    withCluster(async (cluster) => {
      const proxy = await TcpProxy.start(cluster.schema.url);
      try {
        const app = await cluster.app([quick], { url: proxy.url });
        const subscriber = await opened(app, ['runs', 'queues']);
        proxy.cut();
        await eventually(() => expect(subscriber.events.at(-1)).toMatchObject({ topic: 'feed', data: { stale: true } }));
        subscriber.take();
        // One that comes meanwhile.
        const late = subscribe(feedOf(app), ['runs'], { lastEventId: 'other-1' });
        await eventually(() => expect(late.events.at(-1)).toMatchObject({ topic: 'feed', data: { stale: true } }));
        const { accepted } = proxy;
        await eventually(() => expect(proxy.accepted).toBeGreaterThan(accepted + 3));
        expect([subscriber.events, late.take()]).toEqual([[], ['feed']]);
        proxy.heal();
        await eventually(() => expect([subscriber.events[0]?.topic, late.events[0]?.topic]).toEqual(['reset', 'reset']));
        subscriber.take();
        await (await app.workflows.start('quick')).returnValue;
        await eventually(() => expect(subscriber.take()).toContain('runs'));
        await cluster.leave(app);
      } finally {
        await proxy.close();
      }
    }),
  );

  it(
    'tells its subscribers of a shutdown, before runs are waited for, and takes no more',
    withCluster(async (cluster) => {
      const seen: unknown[] = [];
      let subscriber: Subscriber;
      @Injectable()
      class Later implements OnModuleDestroy {
        async onModuleDestroy(): Promise<void> {
          seen.push([...subscriber.closed]);
        }
      }
      const app = await cluster.app([quick, Later]);
      subscriber = await opened(app, ['runs']);
      await cluster.leave(app);
      expect(seen).toEqual([['shutdown']]);
      expect(subscriber.closed).toEqual(['shutdown']);
      expect(() => subscribe(feedOf(app), ['runs'])).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
    }),
  );
});
