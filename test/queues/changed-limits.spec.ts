// Limits and runs that are under way: a limit that is changed counts at once, in every process; with releaseWhileWaiting a run that waits makes
// room for another.
import { withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { held, NO_TICK, nothingBegins, permits, queueOf, quick, statusOf } from './queue-room.js';

const Q = { queue: 'q' };

describe('releaseWhileWaiting', () => {
  it(
    'lets the next one in while one waits without memory, and that one in again when there is room',
    withCluster(async (cluster) => {
      const jobs = held('held', {}, (wf, x) => (x === 1 ? wf.receive('go') : x));
      const queues = [{ name: 'q', concurrency: 1, releaseWhileWaiting: true }];
      const app = await cluster.app([jobs.flow], { ...NO_TICK, suspendAfter: 0, queues });
      const first = await app.workflows.start('held', [1], Q);
      const second = await app.workflows.start('held', [2], Q);
      await jobs.hasBegun(1);
      jobs.open(1);
      expect(await jobs.hasBegun(1)).toEqual([2]);
      expect(await first.status).toBe('WAITING');
      await first.send('go', 'on');
      await nothingBegins(cluster, app);
      await statusOf(cluster, first.runId, 'ENQUEUED');
      jobs.open(2);
      expect(await first.returnValue).toBe('on');
      expect(await second.returnValue).toBe(2);
      expect(jobs.order).toEqual([1, 2]);
      expect(await permits(cluster)).toBe(0);
    }),
  );

  it(
    'lets a parent and its child share one permit',
    withCluster(async (cluster) => {
      const parent = workflow('parent', async (wf) => (await wf.startChild('quick', ['of it'], Q)).returnValue);
      const queues = [{ name: 'q', concurrency: 1, releaseWhileWaiting: true }];
      const app = await cluster.app([parent, quick], { ...NO_TICK, suspendAfter: 0, queues });
      expect(await (await app.workflows.start('parent', [], Q)).returnValue).toBe('of it');
    }),
  );
});

describe('a limit that is changed at run time', () => {
  it(
    'lets more in at once when it is raised or taken away, in every process',
    withCluster(async (cluster) => {
      const jobs = held();
      const options = { ...NO_TICK, queues: [{ name: 'q', concurrency: 1 }] };
      await cluster.app([jobs.flow], options);
      const client = await cluster.app([], { ...options, role: 'client' });
      const worker = await cluster.app([jobs.flow], { ...options, role: 'client' });
      for (let x = 0; x < 6; x++) await worker.workflows.start('held', [x], Q);
      await jobs.hasBegun(1);
      await client.workflows.queues.update('q', { concurrency: 3 });
      await jobs.hasBegun(2);
      expect(await queueOf(client, 'q')).toMatchObject({ permits: 3, waiting: 3 });
      await client.workflows.queues.update('q', { concurrency: null });
      await jobs.hasBegun(3);
    }),
  );

  it(
    'lets nobody in when it is lowered, until enough are over',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], { ...NO_TICK, queues: [{ name: 'q', concurrency: 3 }] });
      for (let x = 0; x < 5; x++) await app.workflows.start('held', [x], Q);
      await jobs.hasBegun(3);
      await app.workflows.queues.update('q', { concurrency: 1 });
      for (const [x, left] of [
        [0, 2],
        [1, 1],
      ]) {
        jobs.open(x);
        await eventually(async () => expect(await permits(cluster)).toBe(left));
        await nothingBegins(cluster, app);
      }
      jobs.open(2);
      expect(await jobs.hasBegun(1)).toEqual([3]);
    }),
  );

  it(
    'counts the runs that were under way when the queue had none',
    withCluster(async (cluster) => {
      const jobs = held();
      const options = { ...NO_TICK, queues: [{ name: 'q' }] };
      const apps = [await cluster.app([jobs.flow], options), await cluster.app([jobs.flow], options)] as const;
      for (let x = 0; x < 3; x++) await apps[0].workflows.start('held', [x], Q);
      await jobs.hasBegun(3);
      await apps[1].workflows.queues.update('q', { concurrency: 4 });
      // The other process may not have heard of it: no start may slip past the limit.
      for (let x = 3; x < 8; x++) await apps[x % 2 ? 1 : 0].workflows.start('held', [x], Q);
      await jobs.hasBegun(1);
      await nothingBegins(cluster, ...apps);
      expect(await permits(cluster)).toBe(4);
      jobs.open(0);
      await jobs.hasBegun(1);
      expect(jobs.most).toBe(4);
    }),
  );
});
