// Finding runs: by id, by filter, page by page.
import { randomUUID } from 'node:crypto';
import { type ListRunsFilter, RunReader, type StartOptions } from '../../lib/index.js';
import { type ClusterApp, withCluster, workflow } from './cluster.js';

const quick = workflow('quick', () => 'done');
const other = workflow('other', () => 'done');

async function allPages(app: ClusterApp, filter: object): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await app.workflows.listRuns({ ...filter, ...(cursor !== undefined && { cursor }) });
    found.push(...page.runs.map((run) => run.runId));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}

describe('listRuns', () => {
  it(
    'pages through runs that were started together without losing or repeating one, newest first',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { role: 'client' });
      await app.workflows.startMany(
        'quick',
        Array.from({ length: 100 }, () => ({ args: [] })),
      );
      const expected = (
        await cluster.rows('select workflow_id from workflow_status order by created_at desc, workflow_id desc')
      ).map((row) => row.workflow_id);
      expect(await allPages(app, { limit: 7 })).toEqual(expected);
      expect(await allPages(app, { limit: 100 })).toEqual(expected);
      expect(await allPages(app, { limit: 500 })).toEqual(expected);
    }),
  );

  it(
    'pages through runs with one and the same time',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { role: 'client' });
      await cluster.rows(
        `insert into workflow_status (workflow_id, name, status, created_at)
         select gen_random_uuid(), 'quick', 'ENQUEUED', '2026-01-01T00:00:00.123456Z' from generate_series(1, 30)`,
      );
      const found = await allPages(app, { limit: 4 });
      expect([found.length, new Set(found).size]).toEqual([30, 30]);
    }),
  );

  it(
    'filters by attributes, all of which must be there with that value',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { role: 'client' });
      const a = await app.workflows.start('quick', [], { attributes: { line: 1, site: 'north', 'a"b\\c': '{},"' } });
      const b = await app.workflows.start('quick', [], { attributes: { line: 1, site: 'south', paused: null, hot: true } });
      await app.workflows.start('quick');
      const c = await app.workflows.start('quick', [], { attributes: { line: '1' }, id: 'c' });
      const find = async (attributes: Record<string, string | number | boolean | null>) =>
        (await app.workflows.listRuns({ attributes })).runs.map((run) => run.runId).sort();
      expect(await find({ line: 1 })).toEqual([a.runId, b.runId].sort());
      expect(await find({ line: 1, site: 'south' })).toEqual([b.runId]);
      expect(await find({ line: '1' })).toEqual([c.runId]);
      expect(await find({ paused: null })).toEqual([b.runId]);
      expect(await find({ hot: true })).toEqual([b.runId]);
      expect(await find({ 'a"b\\c': '{},"' })).toEqual([a.runId]);
      expect(await find({ line: 2 })).toEqual([]);
      const [row] = (await app.workflows.listRuns({ attributes: { site: 'north' } })).runs;
      expect(row?.attributes).toEqual({ line: 1, site: 'north', 'a"b\\c': '{},"' });
    }),
  );

  it(
    'filters by names, statuses and times, and gives no payloads',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick, other]);
      const run = await app.workflows.start('quick');
      const later = await app.workflows.start('other', [], { delay: '1h' });
      await run.returnValue;
      const ids = async (filter: Parameters<ClusterApp['workflows']['listRuns']>[0]) =>
        (await app.workflows.listRuns(filter)).runs.map((row) => row.runId);
      expect(await ids({})).toEqual([later.runId, run.runId]);
      expect(await ids({ workflowName: 'quick' })).toEqual([run.runId]);
      expect(await ids({ workflowName: ['quick', 'other'], status: ['DELAYED', 'WAITING'] })).toEqual([later.runId]);
      expect(await ids({ status: 'ERROR' })).toEqual([]);
      expect(await ids({ createdBefore: new Date(0) })).toEqual([]);
      expect(await ids({ createdFrom: new Date(0), createdBefore: new Date(Date.now() + 60_000) })).toHaveLength(2);
      const [summary] = (await app.workflows.listRuns({ workflowName: 'quick' })).runs;
      expect(summary).toMatchObject({
        runId: run.runId,
        status: 'SUCCESS',
        createdAt: expect.any(Date),
        completedAt: expect.any(Date),
      });
      for (const payload of ['input', 'output', 'error']) expect(summary).not.toHaveProperty(payload);
    }),
  );

  it(
    'filters by queue and partition key, and shows them',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { role: 'client', queues: [{ name: 'q' }, { name: 'r' }] });
      const start = async (options: StartOptions) => (await app.workflows.start('quick', [], options)).runId;
      const a = await start({ queue: 'q', partitionKey: 'k', deduplicationId: 'd' });
      const b = await start({ queue: 'r', partitionKey: 'k' });
      const c = await start({ queue: 'q' });
      const d = await start({});
      const ids = async (filter: ListRunsFilter) => (await app.workflows.listRuns(filter)).runs.map((run) => run.runId);
      expect(await ids({ queue: 'q' })).toEqual([c, a]);
      expect(await ids({ queue: ['r', 'default', 'unknown'] })).toEqual([d, b]);
      expect(await ids({ partitionKey: 'k' })).toEqual([b, a]);
      expect(await ids({ queue: 'r', partitionKey: 'k', workflowName: 'quick' })).toEqual([b]);
      expect((await app.workflows.listRuns({ queue: 'q', partitionKey: 'k' })).runs).toMatchObject([
        { runId: a, queue: 'q', partitionKey: 'k', deduplicationId: 'd' },
      ]);
      expect(await app.workflows.getRun(b).queue).toBe('r');
    }),
  );

  it(
    'refuses bad filters by type, before the database does',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      // biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
      const list = (filter: any) => app.workflows.listRuns(filter);
      for (const bad of [
        { limit: 0 },
        { limit: 501 },
        { limit: 1.5 },
        { limit: '10' },
        { status: 'DONE' },
        { cursor: 'x' },
        { cursor: Buffer.from('["2026-01-01",1]').toString('base64url') },
        { cursor: Buffer.from('[1e30,"aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"]').toString('base64url') },
        { cursor: Buffer.from(`["2026-01-01","${'-'.repeat(36)}"]`).toString('base64url') },
        { createdFrom: new Date(Number.NaN) },
        { createdFrom: '2026-01-01' },
        { workflowName: '' },
        { queue: '' },
        { queue: [1] },
        { partitionKey: '' },
        { partitionKey: null },
        { attributes: { a: '\0' } },
        { attributes: { a: '\ud800' } },
      ])
        await expect(list(bad)).rejects.toMatchObject({ code: expect.stringMatching(/^(INVALID_|PAYLOAD_INVALID)/) });
      await expect(list({ statuses: 'SUCCESS' })).rejects.toMatchObject({
        code: 'UNKNOWN_OPTION',
        message: expect.stringMatching(/status/),
      });
    }),
  );
});

describe('a run', () => {
  it(
    'is found by its run id in either case and by the id of its starter, and not otherwise',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const run = await app.workflows.start('quick', [], { id: 'order 42/é🦀' });
      await run.returnValue;
      expect(await app.workflows.getRun('order 42/é🦀').status).toBe('SUCCESS');
      expect(await app.workflows.getRun(run.runId.toUpperCase()).returnValue).toBe('done');
      for (const id of [randomUUID(), 'order 43']) {
        await expect(app.workflows.getRun(id).status).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
        await expect(app.workflows.getRun(id).returnValue).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      }
      expect(() => app.workflows.getRun('')).toThrow(expect.objectContaining({ code: 'INVALID_ID' }));
    }),
  );

  it(
    'shows its details, steps and events decoded',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, at: Date) => {
        await wf.setEvent('at', at);
        return wf.step('same day', () => new Map([['at', at]]));
      });
      const app = await cluster.app([flow]);
      const at = new Date(1_000);
      const { runId } = await app.workflows.start('flow', [at]);
      await app.workflows.getRun(runId).returnValue;
      const reader = app.module.get(RunReader, { strict: false });
      expect(await reader.find(runId)).toMatchObject({
        input: [at],
        output: new Map([['at', at]]),
        error: null,
        status: 'SUCCESS',
      });
      expect(await reader.listSteps(runId)).toMatchObject([
        { ordinal: 0, kind: 'event', name: 'at' },
        { ordinal: 1, kind: 'step', name: 'same day', output: new Map([['at', at]]), attempts: 1, failedAttempts: [] },
      ]);
      expect(await reader.listEvents(runId)).toMatchObject([{ key: 'at', value: at }]);
    }),
  );
});
