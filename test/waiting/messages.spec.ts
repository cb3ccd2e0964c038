// Messages: a mailbox per run, FIFO per sender, each received once, whatever the run does meanwhile.
import { withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';

describe('a message', () => {
  it(
    'is received by the run that waits for it, with its payload',
    withCluster(async (cluster) => {
      const asks = workflow('asks', async (wf) => ({ got: await wf.receive('qa') }));
      const { workflows } = await cluster.app([asks]);
      const run = await workflows.start<{ got: unknown }>('asks');
      await run.send('qa', { ok: true, at: new Date(0) });
      expect(await run.returnValue).toEqual({ got: { ok: true, at: new Date(0) } });
    }),
  );
  it(
    'wakes the run that is unloaded',
    withCluster(async (cluster) => {
      const asks = workflow('asks', async (wf) => wf.receive('qa'));
      const { workflows } = await cluster.app([asks], { suspendAfter: 0 });
      const run = await workflows.start('asks');
      await eventually(async () => expect(await run.status).toBe('WAITING'));
      await workflows.send(run.runId, 'qa', 7);
      expect(await run.returnValue).toBe(7);
    }),
  );
  it(
    'a child, an event, a map',
    withCluster(async (cluster) => {
      const child = workflow('child', async (wf, n: number) => {
        await wf.setEvent('n', n);
        await wf.sleep(5);
        return n * 2;
      });
      const parent = workflow('parent', async (wf) => {
        const one = await wf.startChild<number>('child', [1]);
        const e = await one.getEvent('n');
        const many = await wf.map('many', [1, 2, 3, 4, 5], async (n) => (await wf.startChild<number>('child', [n])).returnValue, {
          concurrency: 2,
        });
        return [e, await one.returnValue, many];
      });
      for (const suspendAfter of ['10s', 0]) {
        const app = await cluster.app([child, parent], { suspendAfter });
        const run = await app.workflows.start('parent');
        expect(await run.returnValue).toEqual([1, 2, [2, 4, 6, 8, 10]]);
        await cluster.leave(app);
      }
    }),
  );
  it(
    'continueAsNew',
    withCluster(async (cluster) => {
      const loop = workflow('loop', async (wf, n: number): Promise<number> => {
        await wf.setEvent('n', n);
        await wf.progress(`n ${n}`);
        if (n < 5) return wf.continueAsNew([n + 1]);
        return n;
      });
      const app = await cluster.app([loop], { suspendAfter: 0 });
      const run = await app.workflows.start('loop', [0]);
      expect(await run.returnValue).toEqual(5);
      expect((await run.eventHistory()).filter((e) => e.key === 'n').map((e) => e.value)).toEqual([0, 1, 2, 3, 4, 5]);
    }),
  );
});
