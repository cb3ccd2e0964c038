// Runs with a partition key, however they were started: children, startMany, in a transaction, delayed; and what waits without memory.
import { DataSource } from 'typeorm';
import { withCluster, workflow } from '../engine/cluster.js';
import { held, NO_TICK, nothingBegins, statusOf } from './queue-room.js';

const key = (partitionKey: string, priority = 0) => ({ partitionKey, priority });

describe('a run with a partition key', () => {
  it(
    'that waits without memory keeps its partition to itself',
    withCluster(async (cluster) => {
      const jobs = held('held', {}, (wf, x) => (x === 1 ? wf.receive('go') : x));
      const app = await cluster.app([jobs.flow], { ...NO_TICK, suspendAfter: 0 });
      const run = await app.workflows.start('held', [1], key('a'));
      await app.workflows.start('held', [2], key('a'));
      jobs.open(1);
      await statusOf(cluster, run.runId, 'WAITING');
      await nothingBegins(cluster, app);
      await run.send('go');
      expect(await jobs.hasBegun(2)).toEqual([1, 2]);
    }),
  );

  it(
    'may be a child, called or started; children of one key take turns',
    withCluster(async (cluster) => {
      const jobs = held('child');
      const parent = workflow('parent', async (wf) => {
        const children = [];
        for (const x of [1, 2, 3]) children.push(await wf.startChild('child', [x], key('a')));
        children.push(await wf.startChild('child', ['of b'], { ...key('b'), id: 'own' }));
        return Promise.all(children.map((child) => child.returnValue));
      });
      const app = await cluster.app([parent, jobs.flow], NO_TICK);
      const run = await app.workflows.start('parent');
      expect((await jobs.hasBegun(2)).sort()).toEqual([1, 'of b']);
      await nothingBegins(cluster, app);
      jobs.open(1, 2, 3, 'of b');
      expect(await run.returnValue).toEqual([1, 2, 3, 'of b']);
      expect(jobs.order.filter((x) => x !== 'of b')).toEqual([1, 2, 3]);
    }),
  );

  it(
    'may be one of many of startMany, with ids and without, in the order given',
    withCluster(async (cluster) => {
      const order: unknown[] = [];
      const flow = workflow('flow', (wf, x) => wf.step('note', () => void order.push(x)));
      const app = await cluster.app([flow], NO_TICK);
      const runs = await app.workflows.startMany(
        'flow',
        Array.from({ length: 20 }, (_, i) => ({ args: [i], options: { partitionKey: i % 2 ? 'odd' : 'even' } })),
      );
      const named = await app.workflows.startMany(
        'flow',
        Array.from({ length: 4 }, (_, i) => ({ args: [`n${i}`], options: { partitionKey: 'odd', id: `n${i}` } })),
      );
      await Promise.all([...runs, ...named].map((run) => run.returnValue));
      const odd = order.filter((x) => typeof x === 'string' || Number(x) % 2 === 1);
      expect(odd.filter((x) => typeof x === 'number')).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
      expect(order.filter((x) => typeof x === 'number' && x % 2 === 0)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    }),
  );

  it(
    'that is started in a transaction is in line from its commit on, and not at all after a rollback',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], NO_TICK);
      const dataSource = await new DataSource({ type: 'postgres', url: cluster.schema.url }).initialize();
      try {
        await dataSource
          .transaction(async (manager) => {
            await app.workflows.start('held', ['undone'], { ...key('a'), manager });
            throw new Error('undo');
          })
          .catch(() => undefined);
        await dataSource.transaction(async (manager) => {
          await app.workflows.start('held', ['in it'], { ...key('a'), manager });
          await app.workflows.startMany('held', [{ args: ['in it too'], options: key('b') }], { manager });
          await nothingBegins(cluster, app);
        });
        expect((await jobs.hasBegun(2)).sort()).toEqual(['in it', 'in it too']);
        await app.workflows.start('held', ['next'], key('a'));
        await nothingBegins(cluster, app);
        jobs.open('in it');
        expect(await jobs.hasBegun(1)).toEqual(['next']);
      } finally {
        await dataSource.destroy();
      }
    }),
  );

  it(
    'that is delayed gets into line when its time has come, behind those of its age',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow]);
      const late = await app.workflows.start('held', ['delayed'], { ...key('a'), delay: 300 });
      await app.workflows.start('held', ['now'], key('a'));
      expect(await jobs.hasBegun(1)).toEqual(['now']);
      await statusOf(cluster, late.runId, 'ENQUEUED');
      await nothingBegins(cluster, app);
      jobs.open('now');
      expect(await jobs.hasBegun(1)).toEqual(['delayed']);
    }),
  );
});
