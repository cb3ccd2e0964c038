// Partitions: runs of one key take turns, other keys are not held up. The tick is a minute wherever somebody has to begin at once.
import { withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { held, NO_TICK, nothingBegins, quick } from './queue-room.js';

const key = (partitionKey: string, priority = 0) => ({ partitionKey, priority });

describe('runs of one partition', () => {
  it(
    'go one at a time, by priority, then by age, and hold up no other key and no run without one',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], NO_TICK);
      const start = (x: string, options = {}) => app.workflows.start('held', [x], options);
      const runs = [await start('first', key('a'))];
      await jobs.hasBegun(1);
      for (const [x, priority] of [
        ['late', 9],
        ['one', 0],
        ['urgent', -5],
        ['two', 0],
        ['early', 3],
      ] as const)
        runs.push(await start(x, key('a', priority)));
      for (const [x, options] of [
        ['of b', key('b', 99)],
        ['of none', { priority: 99 }],
      ] as const) {
        await start(x, options);
        expect(await jobs.hasBegun(1)).toEqual([x]);
      }
      await nothingBegins(cluster, app);
      jobs.open('first', 'late', 'one', 'urgent', 'two', 'early');
      await Promise.all(runs.map((run) => run.returnValue));
      expect(jobs.order.filter((x) => !`${x}`.startsWith('of'))).toEqual(['first', 'urgent', 'one', 'two', 'early', 'late']);
    }),
  );

  it(
    'follow each other at once, wherever they were started and wherever they run',
    withCluster(async (cluster) => {
      const jobs = held();
      const apps = [await cluster.app([jobs.flow], NO_TICK), await cluster.app([jobs.flow], NO_TICK)] as const;
      const client = await cluster.app([jobs.flow], { ...NO_TICK, role: 'client' });
      for (let x = 0; x < 6; x++) await [...apps, client][x % 3]?.workflows.start('held', [x], key('a'));
      for (let x = 0; x < 6; x++) {
        expect(await jobs.hasBegun(1)).toEqual([x]);
        await nothingBegins(cluster, ...apps);
        jobs.open(x);
      }
      expect(jobs.most).toBe(1);
    }),
  );

  it(
    'take turns in each of many partitions, in three processes, and none is left behind',
    withCluster(async (cluster) => {
      const inside = new Map<string, number>();
      let most = 0;
      const flow = workflow('flow', (wf, k: string) =>
        wf.step('work', async () => {
          inside.set(k, (inside.get(k) ?? 0) + 1);
          most = Math.max(most, inside.get(k) ?? 0);
          await new Promise(setImmediate);
          inside.set(k, (inside.get(k) ?? 0) - 1);
        }),
      );
      const apps = await Promise.all([1, 2, 3].map(() => cluster.app([flow])));
      const keys = Array.from({ length: 120 }, (_, i) => `k${i % 15}`);
      const runs = await Promise.all(
        keys.map((k, i) => apps[i % 3]?.workflows.start('flow', [k], { partitionKey: k, ...(i % 4 === 0 && { id: `id ${i}` }) })),
      );
      await Promise.all(runs.map((run) => run?.returnValue));
      expect(most).toBe(1);
      expect(await cluster.count('workflow_status where permit')).toBe(0);
    }),
  );

  it(
    'of the same key in two queues know nothing of each other',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], { ...NO_TICK, queues: [{ name: 'q' }] });
      await app.workflows.start('held', ['default'], key('a'));
      await app.workflows.start('held', ['q'], { ...key('a'), queue: 'q' });
      expect((await jobs.hasBegun(2)).sort()).toEqual(['default', 'q']);
    }),
  );

  it(
    'of several workflows share the partition',
    withCluster(async (cluster) => {
      const [one, two] = [held('one'), held('two')];
      const app = await cluster.app([one.flow, two.flow], NO_TICK);
      await app.workflows.start('one', [1], key('a'));
      await one.hasBegun(1);
      await app.workflows.start('two', [2], key('a', 1));
      await app.workflows.start('one', [3], key('a', 2));
      await nothingBegins(cluster, app);
      one.open(1);
      expect(await two.hasBegun(1)).toEqual([2]);
      two.open(2);
      expect(await one.hasBegun(1)).toEqual([3]);
    }),
  );

  it(
    'whose key is odd text are no others',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], NO_TICK);
      const odd = [`'; drop table queues; --`, 'line-1/reactor-a', '🦀', '{"a":1}', 'A', 'a', 'x'.repeat(255)];
      for (const k of odd) for (const _ of [1, 2]) await app.workflows.start('held', [k], key(k));
      expect((await jobs.hasBegun(odd.length)).sort()).toEqual([...odd].sort());
      await nothingBegins(cluster, app);
      jobs.open(...odd);
      await jobs.hasBegun(odd.length);
    }),
  );
});

describe('partitionConcurrency', () => {
  it(
    'lets so many of each partition in; a change at run time counts at once',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], { ...NO_TICK, queues: [{ name: 'q', partitionConcurrency: 2 }] });
      for (let i = 0; i < 6; i++)
        for (const k of ['a', 'b']) await app.workflows.start('held', [`${k}${i}`], { ...key(k), queue: 'q' });
      expect((await jobs.hasBegun(4)).sort()).toEqual(['a0', 'a1', 'b0', 'b1']);
      await nothingBegins(cluster, app);
      jobs.open('a1');
      expect(await jobs.hasBegun(1)).toEqual(['a2']);
      await app.workflows.queues.update('q', { partitionConcurrency: 3 });
      expect((await jobs.hasBegun(2)).sort()).toEqual(['a3', 'b2']);
      await app.workflows.queues.update('q', { partitionConcurrency: 1 });
      jobs.open('b0', 'b1');
      await eventually(async () => expect(await cluster.count(`workflow_status where permit and partition_key = 'b'`)).toBe(1));
      await nothingBegins(cluster, app);
      jobs.open('b2');
      expect(await jobs.hasBegun(1)).toEqual(['b3']);
    }),
  );

  it(
    'and a concurrency of the queue hold together',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], { ...NO_TICK, queues: [{ name: 'q', concurrency: 2 }] });
      for (const x of ['a0', 'a1', 'b0', 'b1', 'c0', '-'])
        await app.workflows.start('held', [x], { queue: 'q', ...(x !== '-' && key(x.charAt(0))) });
      const inside = await jobs.hasBegun(2);
      for (let left = 4; left > 0; left--) {
        await nothingBegins(cluster, app);
        jobs.open(inside.shift());
        inside.push(...(await jobs.hasBegun(1)));
        const [one, two] = inside.map((x) => `${x}`.charAt(0));
        expect(one).not.toBe(two);
      }
      expect(jobs.most).toBe(2);
    }),
  );
});

describe('a hot partition', () => {
  it(
    'with thousands of runs in line holds up no other, however its priority',
    withCluster(async (cluster) => {
      const jobs = held();
      const client = await cluster.app([jobs.flow, quick], { role: 'client' });
      await client.workflows.startMany(
        'held',
        Array.from({ length: 2_000 }, () => ({ args: ['hot'], options: key('hot', -1_000) })),
      );
      const app = await cluster.app([jobs.flow, quick], { ...NO_TICK, maxConcurrentRuns: 10 });
      expect(await jobs.hasBegun(1)).toEqual(['hot']);
      const runs = await Promise.all(
        Array.from({ length: 50 }, (_, i) => app.workflows.start('quick', [i], key(`cold ${i % 20}`, 5))),
      );
      await Promise.all([...runs, await app.workflows.start('quick')].map((run) => run.returnValue));
      expect(await cluster.count(`workflow_status where name = 'held' and claimed_at is not null`)).toBe(1);
    }),
  );
});
