// Slots of a process that is full: whoever only waits for others makes room for them.
import { withCluster, workflow } from '../engine/cluster.js';

describe('a process whose slots are all taken', () => {
  it(
    'unloads runs that wait for their children, which need the slots',
    withCluster(async (cluster) => {
      const child = workflow('child', (_wf, n: number) => n * 2);
      const parent = workflow('parent', async (wf, n: number) => (await wf.startChild<number>('child', [n])).returnValue);
      // Kept in memory for an hour, unless somebody needs their slots.
      const { workflows } = await cluster.app([child, parent], { maxConcurrentRuns: 5, suspendAfter: '1h' });
      const runs = await workflows.startMany(
        'parent',
        Array.from({ length: 20 }, (_, n) => ({ args: [n] })),
      );
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(Array.from({ length: 20 }, (_, n) => n * 2));
    }),
  );
});
