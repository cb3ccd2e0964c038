// `globalTimeout`: runs that are not over and too old are ended.
import { type Cluster, type ClusterApp, never, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { audit, BY_HAND, quick } from './retention-room.js';

const waits = workflow('waits', (wf) => wf.receive('go'));
const busy = workflow('busy', (wf) => wf.step('work', never));
const grow = (cluster: Cluster, ...runIds: string[]) =>
  cluster.rows(`update workflow_status set created_at = created_at - interval '10 days' where workflow_id = any ($1)`, [runIds]);
const becomes = (cluster: Cluster, runId: string, status: string) =>
  eventually(async () => expect(await cluster.run(runId)).toMatchObject({ status }));

/** One run each that waits in a queue, runs, and is suspended. */
async function oldRuns(cluster: Cluster, app: ClusterApp): Promise<string[]> {
  const enqueued = await app.workflows.start('quick', [], { queue: 'paused' });
  const keyed = await app.workflows.start('quick', [], { queue: 'paused', partitionKey: 'a' });
  const running = await app.workflows.start('busy');
  const waiting = await app.workflows.start('waits');
  await becomes(cluster, running.runId, 'RUNNING');
  await becomes(cluster, waiting.runId, 'WAITING');
  const runIds = [enqueued, keyed, running, waiting].map(({ runId }) => runId);
  await grow(cluster, ...runIds);
  return runIds;
}

const booted = async (cluster: Cluster) => {
  const app = await cluster.app([quick, waits, busy], { ...BY_HAND, suspendAfter: 0, queues: [{ name: 'paused' }] });
  await app.workflows.queues.pause('paused');
  return app;
};

describe('a run that is too old', () => {
  it(
    'is cancelled wherever it is, with RUN_TIMEOUT; who waits for it is told; each stands in the audit log',
    withCluster(async (cluster) => {
      const app = await booted(cluster);
      const elsewhere = await cluster.app([], BY_HAND);
      const runIds = await oldRuns(cluster, app);
      const [young] = [await app.workflows.start('waits')];
      await becomes(cluster, young.runId, 'WAITING');
      const asked = runIds.flatMap((id) =>
        [app, elsewhere].map((one) => one.workflows.getRun(id).returnValue.catch((error) => error)),
      );
      const limits = { globalTimeout: '9d', actor: 'ann', reason: 'too old' };
      expect(await app.workflows.applyRetention(limits)).toEqual({
        dryRun: false,
        deleted: 0,
        timedOut: 4,
        workflows: [
          { workflowName: 'busy', after: 0, maxRows: 0, globalTimeout: 1 },
          { workflowName: 'quick', after: 0, maxRows: 0, globalTimeout: 2 },
          { workflowName: 'waits', after: 0, maxRows: 0, globalTimeout: 1 },
        ],
      });
      for (const error of await Promise.all(asked)) expect(error).toMatchObject({ code: 'RUN_TIMEOUT', timedOut: true });
      for (const runId of runIds)
        expect(await cluster.run(runId)).toMatchObject({ status: 'CANCELLED', error: { code: 'RUN_TIMEOUT' } });
      expect(await cluster.run(young.runId)).toMatchObject({ status: 'WAITING' });
      const lines = await audit(cluster);
      expect(
        lines
          .filter(({ action }) => action === 'RETENTION_TIMEOUT')
          .map((line) => line.workflow_id)
          .sort(),
      ).toEqual([...runIds].sort());
      expect(lines.find(({ action }) => action === 'RETENTION')).toMatchObject({
        actor: 'ann',
        reason: 'too old',
        after: { globalTimeout: { busy: 1, quick: 2, waits: 1 } },
      });
    }),
  );

  it(
    'is left alone while it is delayed, or while an operator holds it or has asked for that',
    withCluster(async (cluster) => {
      const app = await booted(cluster);
      const delayed = await app.workflows.start('quick', [], { delay: '1h' });
      const held = await app.workflows.start('waits');
      const asked = await app.workflows.start('busy');
      await becomes(cluster, held.runId, 'WAITING');
      await becomes(cluster, asked.runId, 'RUNNING');
      await held.sendCommand('HOLD');
      await asked.sendCommand('HOLD');
      await becomes(cluster, held.runId, 'HELD');
      await grow(cluster, delayed.runId, held.runId, asked.runId);
      const globalTimeout = '1d';
      expect(await app.workflows.applyRetention({ globalTimeout, dryRun: true })).toMatchObject({ timedOut: 0 });
      expect(await app.workflows.applyRetention({ globalTimeout })).toMatchObject({ timedOut: 0 });
      await held.sendCommand('RESUME');
      await becomes(cluster, held.runId, 'WAITING');
      expect(await app.workflows.applyRetention({ globalTimeout })).toMatchObject({ timedOut: 1 });
    }),
  );

  it(
    'that is held between the look and its end is left alone',
    withCluster(async (cluster) => {
      const app = await booted(cluster);
      const [, , , waiting = ''] = await oldRuns(cluster, app);
      const sweep = '00000000-0000-4000-8000-000000000001';
      await cluster.rows(`update retention_config set sweep = $1, sweep_until = clock_timestamp() + interval '1 hour'`, [sweep]);
      const end = (turn: string, revision: number, before = 'now') =>
        cluster.rows('select * from end_old_run($1, $2, $3, $4::timestamptz, $5, $6, null)', [
          turn,
          revision,
          waiting,
          before,
          '{}',
          'ann',
        ]);
      expect(await end('00000000-0000-4000-8000-000000000002', 1)).toEqual([{ verdict: 'LOST', changed: false }]);
      expect(await end(sweep, 2)).toEqual([{ verdict: 'CHANGED', changed: false }]);
      expect(await end(sweep, 1, '2020-01-01')).toEqual([{ verdict: 'HELD', changed: false }]);
      await app.workflows.sendCommand(waiting, 'HOLD');
      expect(await end(sweep, 1)).toEqual([{ verdict: 'HELD', changed: false }]);
      expect(await cluster.run(waiting)).toMatchObject({ status: 'HELD' });
      await app.workflows.sendCommand(waiting, 'RESUME');
      await becomes(cluster, waiting, 'WAITING');
      expect(await end(sweep, 1)).toEqual([{ verdict: 'HELD', changed: true }]);
    }),
  );

  it(
    'has the limit of its workflow, or none',
    withCluster(async (cluster) => {
      const app = await booted(cluster);
      await oldRuns(cluster, app);
      const apply = (globalTimeout: string | null, own: string | null) =>
        app.workflows.applyRetention({ globalTimeout, perWorkflow: { quick: { globalTimeout: own } } });
      expect(await apply(null, '11d')).toMatchObject({ timedOut: 0 });
      expect(await apply(null, '9d')).toMatchObject({ timedOut: 2, workflows: [{ workflowName: 'quick' }] });
      expect(await apply('11d', '9d')).toMatchObject({ timedOut: 0 });
      expect(await apply('9d', null)).toMatchObject({
        timedOut: 2,
        workflows: [{ workflowName: 'busy' }, { workflowName: 'waits' }],
      });
    }),
  );

  it(
    'is ended before it is deleted: the sweep that ends it keeps it',
    withCluster(async (cluster) => {
      const app = await booted(cluster);
      const [enqueued = ''] = await oldRuns(cluster, app);
      const limits = { after: 0, maxRows: 0, globalTimeout: '1d' } as const;
      expect(await app.workflows.applyRetention({ ...limits, dryRun: true })).toMatchObject({ deleted: 0, timedOut: 4 });
      expect(await app.workflows.applyRetention(limits)).toMatchObject({ deleted: 0, timedOut: 4 });
      await eventually(async () => expect(await cluster.run(enqueued)).toMatchObject({ end_pending: false }));
      expect(await app.workflows.applyRetention(limits)).toMatchObject({ timedOut: 0 });
      await expect(app.workflows.getRun(enqueued).status).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    }),
  );
});
