// A claim may wait, and its run may still be somebody else's meanwhile: what that one recorded last must not be missed.
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { never, withCluster, workflow } from './cluster.js';

describe('the history of a claimed run', () => {
  it(
    'has the last checkpoint of the owner before, also when that came while the claim was waiting',
    withCluster(async (cluster) => {
      const bodies: string[] = [];
      const begun = new TestSignal();
      const gate = new TestSignal();
      const make = (process: string) =>
        workflow('flow', async (wf) => {
          await wf.step('first', async () => {
            bodies.push(`first in ${process}`);
            begun.emit();
            if (process === 'old') await gate.next();
          });
          return wf.step('second', () => (process === 'old' ? never() : process));
        });
      // It hears of nothing: what it lost it finds out later.
      const old = await cluster.app([make('old')], { tickInterval: '60s', notifications: false });
      const { runId } = await old.workflows.start('flow');
      await begun.next();
      const other = await cluster.app([make('other')], { notifications: false });
      const blocker = await cluster.schema.pool.connect();
      try {
        await blocker.query('begin');
        await blocker.query('select pg_advisory_xact_lock(fence_key($1))', [other.executorId]);
        const waitingClaim = `pg_stat_activity where application_name = 'workflows:' || $1 and wait_event_type = 'Lock' and query like '%run.claim %'`;
        await eventually(async () => expect(await cluster.count(waitingClaim, [cluster.schema.schema])).toBe(1));
        gate.emit();
        await eventually(async () => expect(await cluster.operations(runId)).toHaveLength(1));
        await cluster.kill(old);
        await eventually(async () => expect((await cluster.run(runId)).status).toBe('ENQUEUED'));
      } finally {
        await blocker.query('rollback');
        blocker.release();
      }
      expect(await other.workflows.getRun(runId).returnValue).toBe('other');
      expect(bodies).toEqual(['first in old']);
    }),
  );
});
