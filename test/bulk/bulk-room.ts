// What specs of bulk jobs share: runs that wait in a queue of which nobody takes them, rows that the spec keeps locked, and looks at jobs.
import { type BulkJob, BulkJobs, type RunStatus, type WorkflowsModuleOptions } from '../../lib/index.js';
import { type Cluster, type ClusterApp, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import type { WorkflowApp } from '../support/workflow-app.js';

export const waiting = workflow('waiting', () => undefined);
export const other = workflow('other', () => undefined);

/** Makes jobs and works them off, but takes no run. */
export const OFFICE: WorkflowsModuleOptions = { role: 'client', tickInterval: '60s' };

export const bulkOf = (app: WorkflowApp): BulkJobs => app.module.get(BulkJobs, { strict: false });

/** Ids of new runs, the first of them first. Enqueued, unless there is a delay. */
export async function enqueued(app: ClusterApp, count: number, options: { delay?: string } = {}): Promise<string[]> {
  const items = Array.from({ length: count }, (_, i) => ({ args: [i], options }));
  return (await app.workflows.startMany('waiting', items as never)).map(({ runId }) => runId);
}

export async function over(app: WorkflowApp, { jobId }: Pick<BulkJob, 'jobId'>): Promise<BulkJob> {
  return eventually(
    async () => {
      const job = await bulkOf(app).get(jobId);
      expect(job.completedAt).not.toBeNull();
      return job;
    },
    { timeout: 25_000 },
  );
}

export async function statuses(cluster: Cluster): Promise<Partial<Record<RunStatus, number>>> {
  const rows = await cluster.rows('select status, count(*)::int n from workflow_status group by status');
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
}

export const audits = (cluster: Cluster, actions = 'BULK%') =>
  cluster.rows(
    'select actor, action, workflow_id, reason, request_id, before, after from audit_log where action like $1 order by audit_id',
    [actions],
  );

/** Newest first: in the order in which a job takes them up. */
export async function inOrder(cluster: Cluster): Promise<string[]> {
  const rows = await cluster.rows('select workflow_id from workflow_status order by created_at desc, workflow_id desc');
  return rows.map(({ workflow_id }) => workflow_id);
}

/** Nobody can change these runs until the result is called. */
export async function lockRuns(cluster: Cluster, runIds: readonly string[]): Promise<() => Promise<void>> {
  const client = await cluster.schema.pool.connect();
  await client.query('begin');
  await client.query('select from workflow_status where workflow_id = any ($1::uuid[]) for update', [runIds]);
  return async () => {
    await client.query('rollback');
    client.release();
  };
}

/** How often runs were sent a command, or changed, by that job: `[how often, how many runs]`. */
export async function timesTouched(cluster: Cluster, { jobId }: Pick<BulkJob, 'jobId'>): Promise<Array<[number, number]>> {
  const rows = await cluster.rows(
    `select times, count(*)::int runs from (
       select count(*)::int times from audit_log where request_id = $1 and workflow_id is not null group by workflow_id) t
     group by times order by times`,
    [`bulk:${jobId}`],
  );
  return rows.map(({ times, runs }) => [times, runs]);
}
