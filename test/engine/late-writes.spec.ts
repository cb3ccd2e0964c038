// What comes late must not undo what is over: a lazy status, a copy of a flush, a claim's answer, changed code before a pending wait.
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { eventually } from '../support/eventually.js';
import { withCluster, workflow } from './cluster.js';
import { type Owner, withStores } from './store-room.js';

describe('a write that comes late', () => {
  it(
    'of RUNNING does not take the place of the status that the run has reached in the same flush',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      const batch = new FlushBatch();
      batch.add(owner, 'move', ['ERROR', null, '{"name":"Error","message":"x"}', 1]);
      batch.add(owner, 'move', ['RUNNING', null, null, 1], undefined, false);
      await room.flushes.record(executor, batch);
      expect(await room.rows('select status from workflow_status')).toEqual([{ status: 'ERROR' }]);
    }),
  );

  it(
    'of RUNNING is forgotten by its lane when somebody else speaks for the run',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner, other] = (await room.claimed(executor, 2)) as [Owner, Owner];
      const lane = room.lane(executor);
      lane.writeLazily(owner, 'move', () => ['RUNNING', null, null, 1]);
      lane.writeLazily(other, 'move', () => ['RUNNING', null, null, 1]);
      lane.forget(owner);
      const statuses = async () =>
        (await room.rows('select workflow_id, status from workflow_status')).map((row) => [row.workflow_id, row.status]);
      await eventually(async () => expect(await statuses()).toContainEqual([other.runId, 'RUNNING']));
      expect(await statuses()).toContainEqual([owner.runId, 'PENDING']);
    }),
  );

  it(
    'as a copy of a flush does not bring back a wait that is over',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      const began = new FlushBatch();
      began.add(owner, 'wait', [0, 'sleep', 'sleep', 0, 60_000, null]);
      await room.flushes.record(executor, began);
      const ended = new FlushBatch();
      ended.add(owner, 'op', [0, 0, 'sleep', 'sleep', null, null, 1, 0]);
      ended.add(owner, 'woken', [0]);
      await room.flushes.record(executor, ended);
      await room.flushes.record(executor, began);
      expect(await room.rows('select * from waits')).toEqual([]);
    }),
  );
});

describe('a value put before the sleep that a run is in', () => {
  it(
    'is a divergence, not a second sleep',
    withCluster(async (cluster) => {
      const before = await cluster.app([workflow('flow', (wf) => wf.sleep('1d'))], { suspendAfter: 0 });
      const { runId } = await before.workflows.start('flow');
      await eventually(async () => expect((await cluster.run(runId)).status).toBe('WAITING'));
      await cluster.leave(before);
      const after = await cluster.app(
        [
          workflow('flow', async (wf) => {
            wf.now();
            await wf.sleep('1d');
          }),
        ],
        { suspendAfter: 0 },
      );
      await cluster.rows('update workflow_status set wake_at = clock_timestamp()');
      await expect(after.workflows.getRun(runId).returnValue).rejects.toMatchObject({ code: 'NON_DETERMINISTIC_RUN' });
      expect(await cluster.operations(runId)).toEqual([]);
    }),
  );
});
