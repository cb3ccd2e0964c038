// Bulk jobs whose process is cut off from the database, or gets no answer: nothing is left undone, and nothing is done after somebody else was
// through with it.
import type { BulkAction } from '../../lib/index.js';
import { type Cluster, withCluster } from '../engine/cluster.js';
import { withProxiedApp } from '../queues/proxied-app.js';
import { eventually } from '../support/eventually.js';
import { bulkOf, enqueued, inOrder, lockRuns, OFFICE, other, over, statuses, timesTouched, waiting } from './bulk-room.js';

const ALL = { workflowName: 'waiting' };

async function executorOfOffice(cluster: Cluster): Promise<string> {
  const [row] = await cluster.rows(`select executor_id from executors where role = 'client' and alive`);
  return row.executor_id;
}

/** Statements that wait for a row that is locked come to nothing. */
const endWaiting = (cluster: Cluster) =>
  cluster.rows(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and position($1 in query) > 0`,
    [cluster.schema.schema],
  );

/** That function of the database fails until the result is called; `tries` tells how often it was called meanwhile. */
async function broken(cluster: Cluster, name: string): Promise<{ tries(): Promise<number>; mend(): Promise<void> }> {
  const [{ id, given, result }] = await cluster.rows(
    `select p.oid::regprocedure::text id, pg_get_function_arguments(p.oid) given, pg_get_function_result(p.oid) result
     from pg_proc p where p.proname = $1 and p.pronamespace = current_schema::regnamespace`,
    [name],
  );
  await cluster.rows('create sequence tries');
  await cluster.rows(`alter function ${id} rename to kept`);
  await cluster.rows(`create function ${name}(${given}) returns ${result} language plpgsql as
    $$ begin perform nextval('${cluster.schema.schema}.tries'); raise exception 'broken'; end $$`);
  return {
    tries: async () => (await cluster.rows('select case when is_called then last_value else 0 end::int n from tries'))[0].n,
    mend: async () => {
      await cluster.rows(`drop function ${id}`);
      await cluster.rows(`alter function kept(${id.slice(id.indexOf('(') + 1)} rename to ${name}`);
    },
  };
}

describe('a bulk job that cancels children too', () => {
  it(
    'and whose process dies between a parent and its children cancels those as well',
    withCluster(async (cluster) => {
      await withProxiedApp(cluster, [waiting], OFFICE, async (office, proxy) => {
        const [parent, child] = await office.workflows.startMany('waiting', [{ args: [] }, { args: [] }]);
        await cluster.rows('update workflow_status set parent_id = $1 where workflow_id = $2', [parent?.runId, child?.runId]);
        const unlock = await lockRuns(cluster, [child?.runId ?? '']);
        const filter = { externalId: parent?.runId ?? '' };
        const { jobId } = await bulkOf(office).create({ action: { cancel: { children: true } }, filter });
        await eventually(async () => expect(await statuses(cluster)).toEqual({ CANCELLED: 1, ENQUEUED: 1 }));
        proxy.cut();
        await endWaiting(cluster);
        await cluster.killExecutor(await executorOfOffice(cluster));
        const worker = await cluster.app([other]);
        await eventually(async () => {
          const [job] = await cluster.rows('select owner, status from bulk_jobs');
          expect(job.owner === worker.executorId || job.status === 'DONE').toBe(true);
        });
        await unlock();
        const job = await over(worker, { jobId });
        expect(job).toMatchObject({ status: 'DONE', matched: 1, done: 1, refused: 0, failed: 0 });
        expect(await statuses(cluster)).toEqual({ CANCELLED: 2 });
        expect(await timesTouched(cluster, job)).toEqual([[1, 2]]);
      });
    }),
  );
});

describe('a process that is cut off from the database', () => {
  it.each<[string, BulkAction, string]>([
    ['commands', { command: 'HOLD' }, "status = 'HELD'"],
    ['cancellations', { cancel: {} }, "status = 'CANCELLED'"],
    ['legal hold', { legalHold: true }, 'legal_hold'],
    ['priorities', { priority: 3 }, 'priority = 3'],
  ])('sends nothing of a job that another one was through with meanwhile: %s', (_name, action, changed) =>
    withCluster(async (cluster) => {
      await withProxiedApp(cluster, [waiting], { ...OFFICE, leaseDuration: '2s' }, async (office, proxy) => {
        await office.workflows.startMany(
          'waiting',
          Array.from({ length: 20 }, () => ({ args: [] })),
        );
        const [last = ''] = (await inOrder(cluster)).slice(-1);
        const unlock = await lockRuns(cluster, [last]);
        const { jobId } = await bulkOf(office).create({ action, filter: ALL });
        const isChanged = () => cluster.count(`workflow_status where ${changed}`);
        await eventually(async () => expect(await isChanged()).toBe(19));
        proxy.cut();
        await endWaiting(cluster);
        await unlock();
        const worker = await cluster.app([other]);
        expect(await over(worker, { jobId })).toMatchObject({ status: 'DONE', matched: 20, done: 20 });
        expect(await isChanged()).toBe(20);
        // Whoever comes now and does it again would be seen: what tells of the first time is gone.
        await cluster.rows('delete from commands where workflow_id = $1', [last]);
        await cluster.rows(
          `update workflow_status set status = 'ENQUEUED', completed_at = null, legal_hold = false, priority = 0 where workflow_id = $1`,
          [last],
        );
        proxy.heal();
        await office.close();
        expect(await isChanged()).toBe(19);
      });
    })(),
  );
});

describe('a process that does not look for jobs of others', () => {
  it(
    'goes on with its own when the answer that gave it the job is lost',
    withCluster(async (cluster) => {
      await withProxiedApp(cluster, [waiting], OFFICE, async (office, proxy) => {
        await office.workflows.start('waiting');
        const lost = proxy.swallowAnswerTo('bulk.claim');
        const job = await bulkOf(office).create({ action: { legalHold: true }, filter: ALL });
        await lost;
        expect(await over(office, job)).toMatchObject({ status: 'DONE', done: 1 });
      });
    }),
  );

  it.each([
    ['taken up', 'claim_bulk_job'],
    ['ended', 'finish_bulk_job'],
  ])('looks at its own again that could not be %s', (_what, name) =>
    withCluster(async (cluster) => {
      const office = await cluster.app([waiting], { ...OFFICE, tickInterval: 100 });
      await enqueued(office, 3);
      const { tries, mend } = await broken(cluster, name);
      const job = await bulkOf(office).create({ action: { legalHold: true }, filter: ALL });
      await eventually(async () => expect(await tries()).toBeGreaterThan(0));
      await mend();
      await eventually(async () => expect((await bulkOf(office).get(job.jobId)).completedAt).not.toBeNull());
      expect(await cluster.count('workflow_status where legal_hold')).toBe(3);
    })(),
  );
});
