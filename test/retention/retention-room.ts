// What specs of retention share: runs that ended, or were created, so long ago as the spec says; and which rows are left of which runs.
import type { RetentionResult, WorkflowsModuleOptions } from '../../lib/index.js';
import { type Cluster, type ClusterApp, workflow } from '../engine/cluster.js';

/** Only the spec sweeps. */
export const BY_HAND: WorkflowsModuleOptions = { tickInterval: '60s' };

/** A run that leaves rows in every table of a run but `waits` and `run_provenance`. */
export const talkative = workflow('talkative', async (wf, x: unknown) => {
  await wf.setEvent('phase', x);
  const fail = () => {
    if (wf.attempt === 1) throw new Error('once');
  };
  await wf.step('flaky', fail, { retry: { maxAttempts: 2, initialInterval: 1 } });
  await wf.stream('log').write(x);
  return wf.receive('go', { timeout: '1m' });
});
export const quick = workflow('quick', (_wf, x: unknown) => x ?? 'done');
export const other = workflow('other', (_wf, x: unknown) => x ?? 'done');

/** Ids of runs of that workflow, over. */
export async function ended(app: ClusterApp, count: number, name = 'quick'): Promise<string[]> {
  const runs = await app.workflows.startMany(
    name,
    Array.from({ length: count }, (_, i) => ({ args: [i] })),
  );
  await Promise.all(runs.map((run) => run.returnValue));
  return runs.map(({ runId }) => runId);
}

/** As if they had ended so long ago, each a second before the next. */
export async function age(cluster: Cluster, runIds: readonly string[], interval: string): Promise<void> {
  await cluster.rows(
    `update workflow_status r set created_at = r.created_at - $2::interval,
       completed_at = r.completed_at - $2::interval - (cardinality($1::uuid[]) - array_position($1, workflow_id)) * interval '1 s'
     where workflow_id = any ($1)`,
    [runIds, interval],
  );
}

/** Of these runs those that are there, in the given order. */
export async function left(cluster: Cluster, runIds: readonly string[]): Promise<string[]> {
  const rows = await cluster.rows<{ workflow_id: string }>(
    'select workflow_id from workflow_status where workflow_id = any ($1)',
    [runIds],
  );
  const there = new Set(rows.map((row) => row.workflow_id));
  return runIds.filter((runId) => there.has(runId));
}

/** Tables with rows of runs that are not there, beside those that are kept on purpose. */
export async function orphans(cluster: Cluster): Promise<Record<string, number>> {
  const tables = await tablesOfRuns(cluster);
  const counts = await Promise.all(
    tables
      .filter((table) => !KEPT.includes(table))
      .map(async (table) => [
        table,
        await cluster.count(`${table} t where not exists (select from workflow_status r where r.workflow_id = t.workflow_id)`),
      ]),
  );
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}

export async function tablesOfRuns(cluster: Cluster): Promise<string[]> {
  const rows = await cluster.rows<{ name: string }>(
    `select c.table_name::text as name from information_schema.columns c
     where c.table_schema = $1 and c.column_name = 'workflow_id' order by 1`,
    [cluster.schema.schema],
  );
  return rows.map(({ name }) => name);
}

/** What outlives its run. */
export const KEPT = ['audit_log', 'dead_letters'];

/** Everything that is stored, but for the time at which a lease ends and what is known of processes. */
export async function everything(cluster: Cluster): Promise<Record<string, string[]>> {
  const tables = await cluster.rows<{ name: string }>(
    `select table_name::text as name from information_schema.tables where table_schema = $1 and table_name !~ '^executor' order by 1`,
    [cluster.schema.schema],
  );
  const contents = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await cluster.rows<{ line: string }>(`select t::text line from ${name} t order by 1`);
      return [name, rows.map(({ line }) => line)] as const;
    }),
  );
  return Object.fromEntries(contents);
}

export const audit = (cluster: Cluster, actions = 'RETENTION%') =>
  cluster.rows('select actor, action, workflow_id, reason, before, after from audit_log where action like $1 order by audit_id', [
    actions,
  ]);

export const nothing = { deleted: 0, timedOut: 0, workflows: [] } satisfies Partial<RetentionResult>;
