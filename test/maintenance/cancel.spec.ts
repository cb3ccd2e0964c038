// Maintenance that cancels: what is not over and not delayed is ended, whoever has it, and whoever waits for it is told.

import { WorkflowsError } from '../../lib/index.js';
import { storedVerdictText } from '../../lib/kernel/stored-error.js';
import { never, withCluster, workflow } from '../engine/cluster.js';
import { newRun } from '../engine/store-room.js';
import { held, permits, quick, statusOf } from '../queues/queue-room.js';
import { eventually } from '../support/eventually.js';
import { ALL, BY, DONE_BY, QUIET, withMaintenance } from './maintenance-room.js';

const CANCEL = { mode: 'cancel', ...BY } as const;
const VERDICT = { error: storedVerdictText(new WorkflowsError('RunCancelledError', 'MAINTENANCE_CANCEL', 'x')), ...DONE_BY };
const waits = workflow('waits', (wf) => wf.receive('never'));

describe('a maintenance that cancels', () => {
  it(
    'ends what is queued, waits, is held and runs, of all queues, but nothing that is delayed or over',
    withCluster(async (cluster) => {
      const jobs = held();
      const hold = workflow('hold', (wf) => wf.step('forever', () => never()), { queue: 'q' });
      const options = { ...QUIET, suspendAfter: 0, queues: [{ name: 'q', concurrency: 1 }] };
      const app = await cluster.app([jobs.flow, waits, quick, hold], options);
      const other = await cluster.app([jobs.flow], { ...QUIET, workflows: ['held'] });
      const over = await app.workflows.start('quick');
      await over.returnValue;
      const sleeping = await app.workflows.start('waits');
      await statusOf(cluster, sleeping.runId, 'WAITING');
      const operated = await app.workflows.start('waits');
      await statusOf(cluster, operated.runId, 'WAITING');
      await cluster.rows(`update workflow_status set status = 'HELD', held_at = now(), permit = false where workflow_id = $1`, [
        operated.runId,
      ]);
      const running = await app.workflows.start('hold', [], { partitionKey: 'p' });
      await statusOf(cluster, running.runId, 'RUNNING');
      const queued = [
        await app.workflows.start('hold', [], { partitionKey: 'p' }),
        await app.workflows.start('hold'),
        await app.workflows.start('quick', [], { delay: '1h', queue: 'q' }),
      ];
      const delayed = await app.workflows.start('quick', [], { delay: '1h' });
      const theirs = await other.workflows.start('held', ['a']);
      await jobs.hasBegun(1);
      await cluster.rows(`update workflow_status set status = 'ENQUEUED', wake_at = null where workflow_id = $1`, [
        queued[2]?.runId,
      ]);

      const told = Promise.all([sleeping, running, theirs].map((run) => run.returnValue.catch((error: WorkflowsError) => error)));
      expect(await app.workflows.enterMaintenance(CANCEL)).toEqual({ cancelled: { queued: 5, running: 2 } });

      for (const run of [sleeping, operated, running, theirs, ...queued])
        expect(await cluster.run(run.runId)).toMatchObject({
          status: 'CANCELLED',
          error: { code: 'MAINTENANCE_CANCEL', message: 'cut-over' },
        });
      expect(await told).toMatchObject(Array(3).fill({ code: 'RUN_CANCELLED', message: expect.stringContaining('cut-over') }));
      expect([await over.status, await delayed.status]).toEqual(['SUCCESS', 'DELAYED']);
      const audit = await cluster.rows(`select actor, reason from audit_log where action = 'MAINTENANCE_CANCEL'`);
      expect(audit).toEqual(Array(7).fill(BY));
      expect(await cluster.count('waits')).toBe(0);
      jobs.open('a');
      await eventually(async () => expect(await permits(cluster)).toBe(1));
    }),
  );

  it(
    'of one queue leaves the others alone, and tells a parent there',
    withCluster(async (cluster) => {
      const parent = workflow('parent', async (wf) => {
        const child = await wf.startChild('waits', [], { queue: 'q' });
        return child.returnValue.catch((error: WorkflowsError) => error.message);
      });
      const app = await cluster.app([parent, waits], { ...QUIET, suspendAfter: 0, queues: [{ name: 'q' }] });
      const run = await app.workflows.start('parent');
      await statusOf(cluster, run.runId, 'WAITING');
      await eventually(async () => expect(await cluster.count(`workflow_status where status = 'WAITING'`)).toBe(2));
      expect(await app.workflows.enterMaintenance({ ...CANCEL, queues: ['q'] })).toEqual({
        cancelled: { queued: 1, running: 0 },
      });
      expect(await run.returnValue).toContain('cut-over');
    }),
  );

  it(
    'that is entered again ends what the first call left, and says of how many',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { ...QUIET, dispatch: 'manual' });
      const late = await app.workflows.start('quick', [], { delay: '1h' });
      expect(await app.workflows.enterMaintenance(CANCEL)).toEqual({ cancelled: { queued: 0, running: 0 } });
      await app.workflows.start('quick', [], { allowDuringMaintenance: true });
      await cluster.rows(`update workflow_status set status = 'ENQUEUED', wake_at = null where workflow_id = $1`, [late.runId]);
      expect(await app.workflows.enterMaintenance(CANCEL)).toEqual({ cancelled: { queued: 2, running: 0 } });
      expect(await app.workflows.enterMaintenance(CANCEL)).toEqual({ cancelled: { queued: 0, running: 0 } });
    }),
  );
});

describe('a cancellation for maintenance', () => {
  it(
    'takes in batches what was there when it began and what that started as children, and nothing that came after it',
    withMaintenance(async (room) => {
      await room.permits.queue('q');
      const before = await room.permits.start('default', 'p', 5);
      const entered = (await room.enter(['default'], { mode: 'cancel' })).entered as string;
      const parent = { runId: before[0] as string, detached: false };
      const after = newRun({ allowDuringMaintenance: true });
      await room.room.runs.insertMany([after]);
      await room.room.runs.insertWithIds([newRun({ parent })]);
      await room.permits.start('q', null, 2);
      const cancel = () => room.maintenance.cancelUnowned(['default'], entered, VERDICT, 4);
      const [first, second] = [await cancel(), await cancel()];
      expect([first.cancelled.length, first.isLeft, second.cancelled.length]).toEqual([4, true, 2]);
      expect(await cancel()).toEqual({ cancelled: [], isLeft: false });
      const left = await room.room.rows('select queue from workflow_status where completed_at is null order by queue');
      expect(left).toEqual([{ queue: 'default' }, { queue: 'q' }, { queue: 'q' }]);
      expect(await room.permits.takeBells()).toContain('p -');
    }),
  );

  it(
    'passes over a run whose row somebody has, and says that it is left',
    withMaintenance(async (room) => {
      const [runId] = await room.permits.start('default', null);
      const entered = (await room.enter()).entered as string;
      const client = await room.room.schema.pool.connect();
      try {
        await client.query('begin');
        await client.query('select from workflow_status where workflow_id = $1 for update', [runId]);
        expect(await room.maintenance.cancelUnowned(ALL, entered, VERDICT, 10)).toEqual({ cancelled: [], isLeft: true });
        await client.query('commit');
      } finally {
        client.release();
      }
      expect(await room.maintenance.cancelUnowned(ALL, entered, VERDICT, 10)).toEqual({ cancelled: [runId], isLeft: false });
    }),
  );
});
