// Limits of queues: never too many, in all processes together, and whoever may begin begins promptly. Where the tick is a minute, only events
// can have let the next one in.
import { withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { held, NO_TICK, nothingBegins, permits, queueOf, quick, statusOf } from './queue-room.js';

const Q = { queue: 'q' };

describe('concurrency', () => {
  it(
    'holds in all processes together, and each end lets the next one in, wherever it runs',
    withCluster(async (cluster) => {
      const jobs = held();
      const options = { ...NO_TICK, queues: [{ name: 'q', concurrency: 2 }] };
      const apps = [await cluster.app([jobs.flow], options), await cluster.app([jobs.flow], options)] as const;
      const runs = [];
      for (let x = 0; x < 8; x++) runs.push(await apps[x % 2 ? 1 : 0].workflows.start('held', [x], Q));
      const inside = await jobs.hasBegun(2);
      await nothingBegins(cluster, ...apps);
      expect(await queueOf(apps[0], 'q')).toMatchObject({ waiting: 6, permits: 2 });
      for (let i = 0; i < 6; i++) {
        jobs.open(inside.shift());
        inside.push(...(await jobs.hasBegun(1)));
        expect(await permits(cluster)).toBe(2);
      }
      jobs.open(...inside);
      await Promise.all(runs.map((run) => run.returnValue));
      expect(jobs.most).toBe(2);
      expect(await queueOf(apps[0], 'q')).toMatchObject({ waiting: 0, permits: 0 });
    }),
  );

  it(
    'holds while many runs come and go at once in three processes, and all of them get their turn',
    withCluster(async (cluster) => {
      let inside = 0;
      let most = 0;
      const flow = workflow('flow', (wf) =>
        wf.step('work', async () => {
          most = Math.max(most, ++inside);
          for (let i = 0; i < 3; i++) await new Promise(setImmediate);
          inside--;
        }),
      );
      const options = { queues: [{ name: 'q', concurrency: 3 }] };
      const apps = await Promise.all([1, 2, 3].map(() => cluster.app([flow], options)));
      const runs = await Promise.all(
        apps.flatMap(({ workflows }, i) => [
          workflows.startMany('flow', Array(30).fill({ args: [], options: Q })),
          ...Array.from({ length: 10 }, () =>
            workflows.startMany('flow', [{ args: [], options: { ...Q, id: `${i}${Math.random()}` } }]),
          ),
        ]),
      );
      await Promise.all(runs.flat().map((run) => run.returnValue));
      expect(most).toBeLessThanOrEqual(3);
      expect(await permits(cluster)).toBe(0);
    }),
  );

  it(
    'counts a run that waits without memory: a batch that sleeps still occupies its reactor',
    withCluster(async (cluster) => {
      const jobs = held('held', {}, (wf) => wf.receive('go'));
      const app = await cluster.app([jobs.flow], { ...NO_TICK, suspendAfter: 0, queues: [{ name: 'q', concurrency: 1 }] });
      const first = await app.workflows.start('held', [1], Q);
      await app.workflows.start('held', [2], Q);
      jobs.open(1);
      await statusOf(cluster, first.runId, 'WAITING');
      await nothingBegins(cluster, app);
      expect(await queueOf(app, 'q')).toMatchObject({ waiting: 1, permits: 1 });
      await first.send('go');
      await first.returnValue;
      expect(await jobs.hasBegun(2)).toEqual([1, 2]);
    }),
  );

  it.each(['SUCCESS', 'ERROR', 'cancelled', 'cancelled as it waits', 'out of time', 'out of time as it waits', 'DEAD'])(
    'lets the next one in after a run that is %s',
    async (end) =>
      withCluster(async (cluster) => {
        const jobs = held('held', { maxRecoveryAttempts: 0 }, async (wf) => {
          if (end === 'ERROR') throw new Error('leak');
          if (end.includes('waits')) await wf.receive('never');
        });
        const next = held('next');
        // Who looks at the deadlines of runs that nobody holds, and who rescues, is the tick.
        const tick = /time|DEAD/.test(end) ? { tickInterval: 100 } : NO_TICK;
        const options = { ...tick, suspendAfter: 0, queues: [{ name: 'q', concurrency: 1 }] };
        const app = await cluster.app([jobs.flow, next.flow], options);
        const timeout = end.startsWith('out of time') ? { timeout: end.includes('waits') ? 400 : 200 } : {};
        const first = await app.workflows.start('held', [1], { ...Q, ...timeout });
        await jobs.hasBegun(1);
        await app.workflows.start('next', [2], Q);
        if (end === 'cancelled') await first.cancel();
        if (end === 'DEAD') await cluster.kill(app);
        if (end === 'out of time') await statusOf(cluster, first.runId, 'CANCELLED');
        jobs.open(1);
        if (end.includes('waits')) await eventually(async () => expect(await first.status).not.toBe('RUNNING'));
        if (end === 'cancelled as it waits') await first.cancel();
        expect(await next.hasBegun(1)).toEqual([2]);
        expect(await first.status).toBe(/time|cancelled/.test(end) ? 'CANCELLED' : end);
        expect(await permits(cluster)).toBe(1);
      })(),
  );
});

describe('workerConcurrency', () => {
  it(
    'holds in each process by itself, and leaves the other queues alone',
    withCluster(async (cluster) => {
      const [one, two] = [held(), held()];
      const options = { ...NO_TICK, queues: [{ name: 'q', workerConcurrency: 2 }] };
      const apps = [await cluster.app([one.flow, quick], options), await cluster.app([two.flow, quick], options)] as const;
      const runs = await apps[0].workflows.startMany(
        'held',
        [1, 2, 3, 4, 5, 6].map((x) => ({ args: [x], options: Q })),
      );
      const [inOne, inTwo] = [await one.hasBegun(2), await two.hasBegun(2)];
      await nothingBegins(cluster, ...apps);
      expect(await (await apps[0].workflows.start('quick', ['passes'])).returnValue).toBe('passes');
      two.open(inTwo[0]);
      expect(await two.hasBegun(1)).toHaveLength(1);
      one.open(inOne[1]);
      expect(await one.hasBegun(1)).toHaveLength(1);
      for (const jobs of [one, two]) jobs.open(1, 2, 3, 4, 5, 6);
      await Promise.all(runs.map((run) => run.returnValue));
      expect([one.most, two.most]).toEqual([2, 2]);
    }),
  );

  it(
    'does not count a run that waits without memory, and lets it in again before new ones',
    withCluster(async (cluster) => {
      const jobs = held('held', {}, async (wf, x) => {
        if (x !== 1) return;
        await wf.receive('go');
        await wf.step('again', () => jobs.body('1 again'));
      });
      const app = await cluster.app([jobs.flow], { ...NO_TICK, suspendAfter: 0, queues: [{ name: 'q', workerConcurrency: 1 }] });
      const [first] = await app.workflows.startMany(
        'held',
        [1, 2, 3].map((x) => ({ args: [x], options: Q })),
      );
      await jobs.hasBegun(1);
      jobs.open(1);
      expect(await jobs.hasBegun(1)).toEqual([2]);
      await statusOf(cluster, first?.runId ?? '', 'WAITING');
      await first?.send('go');
      await nothingBegins(cluster, app);
      jobs.open(2);
      expect(await jobs.hasBegun(1)).toEqual(['1 again']);
      jobs.open('1 again', 3);
      expect(await jobs.hasBegun(1)).toEqual([3]);
      expect(jobs.most).toBe(1);
    }),
  );
});

describe('workerConcurrency beside other queues', () => {
  it(
    'lets the next one in after each end, also where slots are scarce',
    withCluster(async (cluster) => {
      const options = { ...NO_TICK, maxConcurrentRuns: 2, queues: [{ name: 'q', workerConcurrency: 1 }] };
      const app = await cluster.app([quick], options);
      const runs = await app.workflows.startMany('quick', Array(30).fill({ args: [], options: Q }));
      await Promise.all(runs.map((run) => run.returnValue));
    }),
  );
});

describe('rateLimit', () => {
  it(
    'lets so many begin in any period, in all processes together; the others follow by themselves',
    withCluster(async (cluster) => {
      const options = { ...NO_TICK, queues: [{ name: 'q', rateLimit: { limit: 4, period: 300 } }] };
      const apps = [await cluster.app([quick], options), await cluster.app([quick], options)] as const;
      const runs = (
        await Promise.all(apps.map((app) => app.workflows.startMany('quick', Array(7).fill({ args: [], options: Q }))))
      ).flat();
      await Promise.all(runs.map((run) => run.returnValue));
      const [row] = await cluster.rows(
        `select count(*)::int n, min(gap) > 300 kept from (
           select extract(epoch from lead(claimed_at, 4) over (order by claimed_at) - claimed_at) * 1000 gap from workflow_status) g`,
      );
      expect(row).toEqual({ n: 14, kept: true });
    }),
  );

  it(
    'is of those that begin: one that is over gives nothing back, and one that comes back from a wait takes nothing',
    withCluster(async (cluster) => {
      const flow = workflow('flow', (wf) => wf.receive('go'));
      const app = await cluster.app([flow, quick], {
        ...NO_TICK,
        suspendAfter: 0,
        queues: [{ name: 'q', rateLimit: { limit: 2, period: '1h' } }],
      });
      const waits = await app.workflows.start('flow', [], Q);
      await statusOf(cluster, waits.runId, 'WAITING');
      await (await app.workflows.start('quick', [], Q)).returnValue;
      await app.workflows.start('quick', [], Q);
      await nothingBegins(cluster, app);
      await waits.send('go', 'on');
      expect(await waits.returnValue).toBe('on');
      await nothingBegins(cluster, app);
    }),
  );
});
