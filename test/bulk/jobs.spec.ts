// What a bulk job does to runs, what it tells of that, and what it leaves in the audit log.
import type { BulkAction } from '../../lib/index.js';
import { withCluster } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import {
  audits,
  bulkOf,
  enqueued,
  inOrder,
  lockRuns,
  OFFICE,
  other,
  over,
  statuses,
  timesTouched,
  waiting,
} from './bulk-room.js';

const BY = { actor: 'ann', reason: 'leak in hall 2', requestId: 'ticket-7' };

describe('a preview', () => {
  it(
    'tells how many runs match, shows ten of them, and changes nothing',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting, other], OFFICE);
      const runIds = await enqueued(app, 1_201);
      await app.workflows.start('other');
      const before = await cluster.rows('select t::text from workflow_status t order by 1');
      const preview = await bulkOf(app).preview({ workflowName: 'waiting' }, { command: 'HOLD' });
      expect(preview).toMatchObject({ matched: 1_201, capped: false });
      expect(preview.sample).toHaveLength(10);
      for (const { runId } of preview.sample) expect(runIds).toContain(runId);
      expect(await bulkOf(app).preview({}, { cancel: {} })).toMatchObject({ matched: 1_202, capped: false });
      expect(await cluster.rows('select t::text from workflow_status t order by 1')).toEqual(before);
      for (const table of ['bulk_jobs', 'commands', 'audit_log']) expect(await cluster.count(table)).toBe(0);
    }),
  );

  it(
    'counts to 10,000 and says that there are more',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      await enqueued(app, 10_000);
      const count = async () => {
        const { matched, capped } = await bulkOf(app).preview({ status: 'ENQUEUED' }, { command: 'HOLD' });
        return [matched, capped];
      };
      expect(await count()).toEqual([10_000, false]);
      await enqueued(app, 1);
      expect(await count()).toEqual([10_000, true]);
    }),
  );
});

describe('a bulk job', () => {
  it(
    'holds every run that matches, over several pages, each by one command of its own',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting, other], OFFICE);
      await enqueued(app, 1_200);
      const { runId: bystander } = await app.workflows.start('other');
      const created = await bulkOf(app).create({ action: { command: 'hold' }, filter: { workflowName: 'waiting' }, ...BY });
      expect(created).toMatchObject({
        action: { command: 'HOLD' },
        filter: { workflowName: 'waiting' },
        status: 'QUEUED',
        expected: { count: 1_200, capped: false },
        ...{ matched: 0, done: 0, refused: 0, failed: 0, refusals: [], startedAt: null, completedAt: null, error: null, ...BY },
      });
      const job = await over(app, created);
      expect(job).toMatchObject({
        status: 'DONE',
        matched: 1_200,
        done: 1_200,
        refused: 0,
        failed: 0,
        refusals: [],
        error: null,
      });
      expect(job.startedAt).toBeInstanceOf(Date);
      expect(await statuses(cluster)).toEqual({ HELD: 1_200, ENQUEUED: 1 });
      expect(await app.workflows.commands.list(bystander)).toEqual([]);
      const requestId = `bulk:${job.jobId}`;
      const commands = await cluster.rows('select distinct command, actor, reason, request_id, outcome from commands');
      expect(commands).toEqual([{ command: 'HOLD', actor: 'ann', reason: BY.reason, request_id: requestId, outcome: 'APPLIED' }]);
      expect(await timesTouched(cluster, job)).toEqual([[1, 1_200]]);
    }),
  );

  it(
    'cancels runs, and counts what is over already, or does not take the command, as refused, with the first twenty by name',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      const delayed = await enqueued(app, 600, { delay: '1h' });
      await enqueued(app, 600);
      // A run that is delayed can't be held.
      const held = await over(app, await bulkOf(app).create({ action: { command: 'HOLD' }, filter: {}, all: true }));
      expect(held).toMatchObject({
        status: 'DONE',
        matched: 1_200,
        done: 600,
        refused: 600,
        failed: 0,
        actor: 'api',
        reason: null,
      });
      expect(held.refusals).toHaveLength(20);
      for (const { runId, code } of held.refusals) expect([delayed.includes(runId), code]).toEqual([true, 'COMMAND_NOT_ALLOWED']);
      expect(await timesTouched(cluster, held)).toEqual([[1, 1_200]]);
      const first = await over(app, await bulkOf(app).create({ action: { cancel: {} }, filter: { status: 'HELD' }, ...BY }));
      expect(first).toMatchObject({ status: 'DONE', matched: 600, done: 600, refused: 0 });
      expect(await statuses(cluster)).toEqual({ CANCELLED: 600, DELAYED: 600 });
      const second = await over(app, await bulkOf(app).create({ action: { cancel: {} }, filter: {}, all: true, ...BY }));
      expect(second).toMatchObject({ status: 'DONE', matched: 1_200, done: 600, refused: 600 });
      expect(second.refusals[0]?.code).toBe('RUN_FINISHED');
      expect(await cluster.count("audit_log where action = 'CANCEL' and actor = 'ann' and reason = $1", [BY.reason])).toBe(1_200);
    }),
  );

  it(
    'that cancels children too counts those that match themselves as done',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      const [parent = '', ...children] = await enqueued(app, 3);
      // Older than their parent, so the job comes to them after it.
      await cluster.rows(
        `update workflow_status set parent_id = $1, created_at = created_at - interval '1 h' where workflow_id = any ($2)`,
        [parent, children],
      );
      const job = await over(
        app,
        await bulkOf(app).create({ action: { cancel: { children: true } }, filter: { workflowName: 'waiting' } }),
      );
      expect(job).toMatchObject({ matched: 3, done: 3, refused: 0 });
      expect(await statuses(cluster)).toEqual({ CANCELLED: 3 });
    }),
  );

  it.each<[string, BulkAction, string]>([
    ['sets legal hold', { legalHold: true }, 'legal_hold'],
    ['sets the priority', { priority: 7 }, 'priority = 7'],
    [
      'sends a command of the workflow',
      { command: 'CLEAN', data: { rinse: 2 } },
      `workflow_id in (select workflow_id from commands
      where command = 'CLEAN' and data = '{"rinse":2}')`,
    ],
  ])(
    '%s',
    withEach(async (cluster, action, condition) => {
      const app = await cluster.app([waiting], OFFICE);
      await enqueued(app, 30);
      const job = await over(app, await bulkOf(app).create({ action, filter: { queue: 'default' }, ...BY }));
      expect(job).toMatchObject({ status: 'DONE', matched: 30, done: 30, action });
      expect(await cluster.count(`workflow_status where ${condition}`)).toBe(30);
      expect(await timesTouched(cluster, job)).toEqual([[1, 30]]);
    }),
  );

  it(
    'of nothing is done at once',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      const job = await over(app, await bulkOf(app).create({ action: { command: 'STOP' }, filter: { status: 'DEAD' } }));
      expect(job).toMatchObject({ status: 'DONE', expected: { count: 0, capped: false }, matched: 0, done: 0 });
    }),
  );

  it(
    'does not touch runs that were created after it, by the clock of the database',
    withCluster(async (cluster) => {
      const office = await cluster.app([waiting], OFFICE);
      const before = await enqueued(office, 3);
      // By nobody who would begin with it at once.
      const [{ job_id: jobId } = { job_id: '' }] = await cluster.rows(
        `select job_id from create_bulk_job(gen_random_uuid(), null, '{"legalHold":true}', '{"workflowName":"waiting"}', '{}', 3, false, 'ann', null, null)`,
      );
      await enqueued(office, 3);
      const worker = await cluster.app([other]);
      expect(await over(worker, { jobId })).toMatchObject({ status: 'DONE', matched: 3, done: 3 });
      const held = await cluster.rows('select workflow_id from workflow_status where legal_hold');
      expect(held.map(({ workflow_id }) => workflow_id).sort()).toEqual(before.sort());
    }),
  );

  it(
    'is taken up when there is room for it, if two are in work, in the order of their creation',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      await enqueued(app, 3);
      const unlock = await lockRuns(cluster, await inOrder(cluster));
      const jobIds: string[] = [];
      for (const legalHold of [true, false, true, false])
        jobIds.push((await bulkOf(app).create({ action: { legalHold }, filter: { workflowName: 'waiting' } })).jobId);
      const states = async () => (await bulkOf(app).list()).jobs.map(({ status }) => status).reverse();
      await eventually(async () => expect(await states()).toEqual(['RUNNING', 'RUNNING', 'QUEUED', 'QUEUED']));
      expect(await bulkOf(app).cancel(jobIds[2] ?? '')).toBe(true);
      expect(await states()).toEqual(['RUNNING', 'RUNNING', 'CANCELLED', 'QUEUED']);
      await unlock();
      for (const jobId of jobIds) await over(app, { jobId });
      expect(await states()).toEqual(['DONE', 'DONE', 'CANCELLED', 'DONE']);
    }),
  );

  it(
    'that is cancelled stops after the page that it is at, and tells what it has done',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      const runIds = await enqueued(app, 1_200);
      const unlock = await lockRuns(cluster, runIds.slice(-1));
      const { jobId } = await bulkOf(app).create({ action: { legalHold: true }, filter: { workflowName: 'waiting' }, ...BY });
      await eventually(async () => expect(await cluster.count('workflow_status where legal_hold')).toBe(499));
      const asked = { actor: 'bob', reason: 'wrong hall', requestId: 'ticket-8' };
      expect(await bulkOf(app).cancel(jobId, asked)).toBe(true);
      expect(await bulkOf(app).cancel(jobId, { actor: 'eve' })).toBe(true);
      expect(await bulkOf(app).get(jobId)).toMatchObject({ status: 'RUNNING', matched: 500, done: 0 });
      await unlock();
      expect(await over(app, { jobId })).toMatchObject({
        status: 'CANCELLED',
        matched: 500,
        done: 500,
        refused: 0,
        actor: 'ann',
      });
      expect(await bulkOf(app).cancel(jobId)).toBe(false);
      expect(await cluster.count('workflow_status where legal_hold')).toBe(500);
      const by = { actor: 'bob', workflow_id: null, reason: 'wrong hall', request_id: 'ticket-8' };
      expect((await audits(cluster)).slice(1)).toEqual([
        { action: 'BULK_CANCEL', ...by, before: { status: 'RUNNING' }, after: { job: jobId } },
        {
          action: 'BULK_END',
          ...by,
          before: { status: 'RUNNING' },
          after: { job: jobId, status: 'CANCELLED', matched: 500, done: 500, refused: 0, failed: 0, error: null },
        },
      ]);
    }),
  );

  it(
    'is in the audit log at its start and at its end, with who, why, by which request, and the counts',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      await enqueued(app, 2, { delay: '1h' });
      await enqueued(app, 3);
      const action = { command: 'STOP', data: 'secret', timeout: '5m' };
      const { jobId } = await over(app, await bulkOf(app).create({ action, filter: { status: ['ENQUEUED', 'DELAYED'] }, ...BY }));
      const by = { actor: 'ann', workflow_id: null, reason: BY.reason, request_id: 'ticket-7' };
      const asked = { job: jobId, action: { command: 'STOP', timeout: '5m' }, filter: { status: ['ENQUEUED', 'DELAYED'] } };
      expect(await audits(cluster)).toEqual([
        { action: 'BULK_START', ...by, before: null, after: { ...asked, expected: 5, capped: false } },
        {
          action: 'BULK_END',
          ...by,
          before: { status: 'RUNNING' },
          after: { job: jobId, status: 'DONE', matched: 5, done: 5, refused: 0, failed: 0, error: null },
        },
      ]);
    }),
  );

  it(
    'is the same job under the same idempotency key, however many ask for it at once',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      await enqueued(app, 20);
      const order = { action: { legalHold: true }, filter: { workflowName: 'waiting' }, idempotencyKey: 'order-1' };
      const jobs = await Promise.all(Array.from({ length: 6 }, () => bulkOf(app).create(order)));
      const again = await bulkOf(app).create({ ...order, action: { priority: 9 } });
      expect(new Set([...jobs, again].map(({ jobId }) => jobId)).size).toBe(1);
      expect(again.action).toEqual({ legalHold: true });
      await over(app, again);
      expect((await audits(cluster)).map(({ action }) => action)).toEqual(['BULK_START', 'BULK_END']);
      const different = await bulkOf(app).create({ ...order, idempotencyKey: 'order-2' });
      expect(different.jobId).not.toBe(again.jobId);
      await over(app, different);
    }),
  );

  it(
    'is listed newest first, by status and page by page',
    withCluster(async (cluster) => {
      const app = await cluster.app([waiting], OFFICE);
      const jobIds: string[] = [];
      for (let i = 0; i < 5; i++) {
        const job = await bulkOf(app).create({ action: { legalHold: true }, filter: { queue: `q${i}` } });
        jobIds.unshift((await over(app, job)).jobId);
      }
      await cluster.rows(`update bulk_jobs set status = 'FAILED' where job_id = $1`, [jobIds[2]]);
      const first = await bulkOf(app).list({ limit: 3 });
      const second = await bulkOf(app).list({ limit: 3, cursor: first.nextCursor });
      expect([...first.jobs, ...second.jobs].map(({ jobId }) => jobId)).toEqual(jobIds);
      expect(second.nextCursor).toBeUndefined();
      expect((await bulkOf(app).list({ status: 'FAILED' })).jobs.map(({ jobId }) => jobId)).toEqual([jobIds[2]]);
      expect((await bulkOf(app).list({ status: ['QUEUED', 'RUNNING'] })).jobs).toEqual([]);
    }),
  );
});

/** it.each with a cluster of its own for each. */
function withEach<A extends unknown[]>(
  test: (cluster: Parameters<Parameters<typeof withCluster>[0]>[0], ...args: A) => Promise<void>,
) {
  return (_name: string, ...args: A) => withCluster((cluster) => test(cluster, ...args))();
}
