// What retention never deletes, however old it is: what somebody still needs.
import { never, withCluster, workflow } from '../engine/cluster.js';
import { Held } from '../queues/queue-room.js';
import { eventually } from '../support/eventually.js';
import { age, BY_HAND, ended, left, orphans, quick } from './retention-room.js';

const ALL = { after: 0, maxRows: 0 } as const;

describe('a run that is over is kept', () => {
  it(
    'when it is under legal hold, and deleted when that ends',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      const [held = '', free = ''] = await ended(app, 2);
      await app.workflows.setLegalHold(held, true);
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 1 });
      expect(await left(cluster, [held, free])).toEqual([held]);
      await app.workflows.setLegalHold(held, false);
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 1 });
    }),
  );

  it(
    'while a step body of it still runs: until its executor has let go',
    withCluster(async (cluster) => {
      const lingering = new Held('lingering', {}, () => undefined);
      const app = await cluster.app([lingering.flow], BY_HAND);
      const run = await app.workflows.start('lingering', [1]);
      await lingering.hasBegun(1);
      await run.cancel();
      await eventually(async () => expect(await cluster.run(run.runId)).toMatchObject({ end_pending: false, permit: true }));
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 0 });
      lingering.open(1);
      await eventually(async () => expect(await cluster.run(run.runId)).toMatchObject({ permit: false }));
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 1 });
    }),
  );

  it(
    'until those who wait for its end are told of it',
    withCluster(async (cluster) => {
      // A process that has just begun to listen looks whom to tell, and would take the mark away.
      const app = await cluster.app([quick], { ...BY_HAND, notifications: false });
      const [untold = ''] = await ended(app, 1);
      await cluster.rows('update workflow_status set end_pending = true where workflow_id = $1', [untold]);
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 0 });
      await cluster.rows('update workflow_status set end_pending = false where workflow_id = $1', [untold]);
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 1 });
    }),
  );

  it(
    'while somebody waits for it, or for an event of it',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      const [source = '', waiter = ''] = await ended(app, 2);
      await app.workflows.setLegalHold(waiter, true);
      await cluster.rows(
        `insert into waits (workflow_id, ordinal, kind, name, source, source_key) values ($1, 7, 'getEvent', 'getEvent', $2, 'phase')`,
        [waiter, source],
      );
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 0 });
      await cluster.rows('delete from waits');
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 1 });
    }),
  );

  it(
    'while its parent is not over, whose replay may ask for its result',
    withCluster(async (cluster) => {
      const parent = workflow('parent', async (wf) => {
        const result = await (await wf.startChild('quick', ['child'])).returnValue;
        await wf.receive('go');
        return result;
      });
      const options = { ...BY_HAND, suspendAfter: 0 };
      const app = await cluster.app([parent, quick], options);
      const run = await app.workflows.start('parent');
      await eventually(async () => expect(await cluster.run(run.runId)).toMatchObject({ status: 'WAITING' }));
      const [child] = await cluster.rows('select workflow_id from workflow_status where parent_id = $1', [run.runId]);
      await age(cluster, [child.workflow_id], '1 year');
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 0 });
      await run.send('go');
      expect(await run.returnValue).toBe('child');
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 2 });
      expect(await orphans(cluster)).toEqual({});
    }),
  );

  it(
    'while a child of it is not over, which is cancelled through it; one that is detached stands alone',
    withCluster(async (cluster) => {
      const sleeper = workflow('sleeper', (wf) => wf.receive('go'));
      const parent = workflow('parent', async (wf, detached: boolean) => {
        await wf.startChild('sleeper', [], { detached });
      });
      const app = await cluster.app([parent, sleeper], BY_HAND);
      const bound = await app.workflows.start('parent', [false]);
      const apart = await app.workflows.start('parent', [true]);
      await Promise.all([bound.returnValue, apart.returnValue]);
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 1 });
      expect(await left(cluster, [bound.runId, apart.runId])).toEqual([bound.runId]);
      await app.workflows.cancel(bound.runId, { children: true });
      await eventually(async () =>
        expect(await cluster.count('workflow_status where end_pending or permit and completed_at is not null')).toBe(0),
      );
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 2 });
    }),
  );
});

describe('a run that is not over', () => {
  it(
    'is kept whatever its status, and however many there are',
    withCluster(async (cluster) => {
      const busy = workflow('busy', (wf) => wf.step('work', never));
      const app = await cluster.app([quick, busy], BY_HAND);
      const delayed = await app.workflows.start('quick', [], { delay: '1h' });
      const running = await app.workflows.start('busy');
      const waiting = Array.from({ length: 3 }, () => app.workflows.start('quick', [], { delay: '1h' }));
      const others = (await Promise.all(waiting)).map(({ runId }) => runId);
      await eventually(async () => expect(await cluster.run(running.runId)).toMatchObject({ status: 'RUNNING' }));
      for (const [i, status] of ['WAITING', 'HELD', 'ENQUEUED'].entries())
        await cluster.rows(`update workflow_status set status = $2, queue = 'elsewhere' where workflow_id = $1`, [
          others[i],
          status,
        ]);
      const all = [delayed.runId, running.runId, ...others];
      await cluster.rows(`update workflow_status set created_at = created_at - interval '10 years'`);
      expect(await app.workflows.applyRetention({ ...ALL, dryRun: true })).toMatchObject({ deleted: 0, timedOut: 0 });
      expect(await app.workflows.applyRetention(ALL)).toMatchObject({ deleted: 0, timedOut: 0 });
      expect(await left(cluster, all)).toEqual(all);
    }),
  );
});

describe('what is kept', () => {
  it(
    'is passed over: a sweep deletes what comes after any number of such runs',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], BY_HAND);
      const [kept, gone] = [await ended(app, 1_500), await ended(app, 700)];
      await age(cluster, kept, '2 days');
      await age(cluster, gone, '1 day');
      await cluster.rows('update workflow_status set legal_hold = true where workflow_id = any ($1)', [kept]);
      expect(await app.workflows.applyRetention({ after: '1h', dryRun: true })).toMatchObject({ deleted: 700 });
      expect(await app.workflows.applyRetention({ after: '1h' })).toMatchObject({ deleted: 700 });
      expect(await app.workflows.applyRetention({ maxRows: 0 })).toMatchObject({ deleted: 0 });
    }),
  );
});
