// A step body starts only when every earlier write of its run is durable. Seen failing without `frame.durable()` in step-runner.ts.
import { eventually } from '../support/eventually.js';
import { withCluster, workflow } from './cluster.js';

describe('a step body', () => {
  it(
    'starts only when the outcome of the step before is durable; the code between them does not wait',
    withCluster(async (cluster) => {
      const seen: string[] = [];
      const blocker = await cluster.schema.pool.connect();
      try {
        const flow = workflow('flow', async (wf) => {
          await wf.step('first', async () => {
            // From here on no flush of this executor gets through.
            await blocker.query('begin');
            await blocker.query('select pg_advisory_xact_lock(fence_key(executor_id)) from executors');
          });
          seen.push('between');
          await wf.setEvent('phase', 'between');
          seen.push('after the event');
          await wf.step('second', () => {
            seen.push('second');
          });
          return 'done';
        });
        const app = await cluster.app([flow]);
        const run = await app.workflows.start('flow');
        const blockedFlushes = async () =>
          (await blocker.query(`select from pg_locks where locktype = 'advisory' and not granted`)).rowCount;
        await eventually(() => expect(seen).toContain('after the event'));
        await eventually(async () => expect(await blockedFlushes()).toBeGreaterThan(0));
        expect(await cluster.operations(run.runId)).toEqual([]);
        expect(seen).toEqual(['between', 'after the event']);
        await blocker.query('commit');
        expect(await run.returnValue).toBe('done');
        expect(seen).toEqual(['between', 'after the event', 'second']);
      } finally {
        await blocker.query('rollback');
        blocker.release();
      }
    }),
  );

  it(
    'waits for nothing that its run asked for later, in another branch',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        let chatting = true;
        const chatter = (async () => {
          for (let n = 0; chatting; n++) await wf.setEvent('n', n);
        })();
        for (let i = 0; i < 5; i++) await wf.step(`step ${i}`, () => i);
        chatting = false;
        await chatter;
        return 'done';
      });
      const app = await cluster.app([flow]);
      expect(await (await app.workflows.start('flow')).returnValue).toBe('done');
    }),
  );
});
