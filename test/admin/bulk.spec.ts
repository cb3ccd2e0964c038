// Bulk jobs over HTTP: tried, created, followed, ended early; each needs the right of what it does to runs.
import { ADMIN_ACTIONS, type AdminAccess } from '../../lib/admin/access/admin-access.js';
import { WorkflowsAdminModule } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { BearerGuard } from './admin-app.js';
import { ADAPTERS, callsOf } from './admin-calls.js';

const SECRET = 'canary-99';

/** What a request may do, by its header: JSON of an AdminAccess. */
const access = (request: unknown): AdminAccess =>
  JSON.parse((request as { headers: Record<string, string> }).headers['x-role'] ?? '"all"');
const role = (given: AdminAccess) => ({ 'x-role': JSON.stringify(given) });
const imports = [WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard], access })];

const ACTIONS = [
  ['command', { command: 'HOLD' }],
  ['cancel', { cancel: {} }],
  ['legal_hold', { legalHold: true }],
  ['priority', { priority: 1 }],
] as const;

describe.each(ADAPTERS)('bulk jobs on %s', (adapter) => {
  const calls = callsOf({ adapter, imports });

  async function started(count: number, attributes: Record<string, string>): Promise<string[]> {
    const items = Array.from({ length: count }, () => ({ args: [], options: { delay: '1h', attributes } }));
    return (await calls().admin.workflows.startMany('orders.wait', items)).map(({ runId }) => runId);
  }
  const over = (jobId: string) =>
    eventually(async () => {
      const job = await calls().get(`bulk-jobs/${jobId}`);
      expect(job.completedAt).not.toBeNull();
      return job;
    });
  const jobs = async () => (await calls().admin.schema.pool.query('select job_id from bulk_jobs')).rows.length;

  it('are tried without a trace, then done, with progress, who and why, and an entry in the audit log for each run', async () => {
    const runIds = await started(12, { lot: 'a' });
    await started(3, { lot: 'b' });
    const [gone = ''] = runIds;
    await calls().admin.workflows.cancel(gone);
    const body = {
      action: { cancel: {} },
      filter: { name: ['orders.wait'], attributes: { lot: 'a' }, createdBefore: '2999-01-01T00:00:00Z' },
    };
    const preview = await calls().send('POST', 'bulk-jobs/preview', body);
    expect(preview).toMatchObject({ status: 200, body: { matched: 12, capped: false }, audit: [] });
    expect(preview.body.sample).toHaveLength(10);
    expect(preview.body.sample[0]).toMatchObject({ workflowName: 'orders.wait', attributes: { lot: 'a' } });
    expect(await jobs()).toBe(0);

    const { status, body: job, audit } = await calls().send('POST', 'bulk-jobs', { ...body, reason: 'leak' });
    expect([status, job]).toMatchObject([
      201,
      {
        jobId: expect.any(String),
        action: { cancel: { children: false } },
        filter: { ...body.filter, createdBefore: '2999-01-01T00:00:00.000Z' },
        expected: { count: 12, capped: false },
        actor: 'ann',
        reason: 'leak',
        requestId: audit[0]?.request_id,
      },
    ]);
    expect(audit[0]).toMatchObject({ actor: 'ann', action: 'BULK_START', reason: 'leak' });
    expect(await over(job.jobId)).toMatchObject({ status: 'DONE', matched: 12, failed: 0, error: null });
    const { rows } = await calls().admin.schema.pool.query(
      `select count(*)::int runs, min(actor) actor, min(reason) reason from audit_log where action = 'CANCEL' and request_id = $1`,
      [`bulk:${job.jobId}`],
    );
    expect(rows).toEqual([{ runs: 11, actor: 'ann', reason: 'leak' }]);
    const left = await calls().get('runs/count?status=DELAYED');
    expect(left.count).toBe(3);
  });

  it('are listed newest first, in pages and by status', async () => {
    const made: string[] = [];
    for (let i = 0; i < 3; i++) {
      const body = { action: { legalHold: true }, filter: { name: ['nobody'] } };
      made.push((await calls().send('POST', 'bulk-jobs', body)).body.jobId);
      await over(made[i] ?? '');
    }
    const first = await calls().get('bulk-jobs?limit=2&status=DONE');
    expect(first.jobs.map((job: { jobId: string }) => job.jobId)).toEqual([made[2], made[1]]);
    const next = await calls().get(`bulk-jobs?limit=1&status=DONE&status=FAILED&cursor=${encodeURIComponent(first.nextCursor)}`);
    expect(next.jobs.map((job: { jobId: string }) => job.jobId)).toEqual([made[0]]);
    expect((await calls().get('bulk-jobs?status=QUEUED')).jobs).toEqual([]);
  });

  it('are listed without the data of commands, which a look at one shows: cut, where it is large', async () => {
    const filter = { name: ['nobody'] };
    const data = { valves: [1, 2] };
    const small = (await calls().send('POST', 'bulk-jobs', { action: { command: 'CALIBRATE', data }, filter })).body.jobId;
    const action = { command: 'CALIBRATE', data: 'x'.repeat(70_000), timeout: undefined };
    const large = (await calls().send('POST', 'bulk-jobs', { action, filter })).body.jobId;
    const { jobs: listed } = await calls().get('bulk-jobs?limit=2');
    expect(listed.map((job: Record<string, unknown>) => [job.jobId, job.action])).toEqual([
      [large, { command: 'CALIBRATE' }],
      [small, { command: 'CALIBRATE' }],
    ]);
    expect((await calls().get(`bulk-jobs/${small}`)).action).toEqual({ command: 'CALIBRATE', data });
    expect((await calls().get(`bulk-jobs/${large}`)).action).toEqual({
      command: 'CALIBRATE',
      data: { truncated: true, bytes: expect.any(Number) },
    });
  });

  it('are listed, though one of them is damaged; to end that early takes every right', async () => {
    const filter = { name: ['nobody'], attributes: { customer: SECRET } };
    const made: string[] = [];
    for (let i = 0; i < 3; i++)
      made.unshift((await calls().send('POST', 'bulk-jobs', { action: { legalHold: true }, filter })).body.jobId);
    const [newest = '', second = '', first = ''] = made;
    for (const jobId of made) await over(jobId);
    const { pool } = calls().admin.schema;
    await pool.query(`update bulk_jobs set filter = '{"${SECRET}', action = '{"${SECRET}' where job_id = $1`, [second]);
    await pool.query(`update bulk_jobs set shown_action = '"${SECRET}"', action = '"${SECRET}"' where job_id = $1`, [first]);
    const unreadable = { unreadable: expect.any(String) };
    const list = 'bulk-jobs?limit=3';
    expect((await calls().get(list)).jobs).toMatchObject([
      { jobId: newest, action: { legalHold: true }, filter },
      { jobId: second, action: { legalHold: true }, filter: unreadable },
      { jobId: first, action: unreadable, filter },
    ]);
    expect(await calls().get(`bulk-jobs/${second}`)).toMatchObject({ action: unreadable, filter: unreadable, status: 'DONE' });
    expect(await calls().get(`bulk-jobs/${first}`)).toMatchObject({ action: unreadable, filter });
    const hiding = role({ actions: [...ADMIN_ACTIONS], payloads: false });
    for (const at of [list, `bulk-jobs/${second}`, `bulk-jobs/${first}`])
      expect(JSON.stringify(await calls().get(at, hiding))).not.toContain(SECRET);
    for (const right of ACTIONS.map(([one]) => one))
      expect(
        await calls().send(
          'POST',
          `bulk-jobs/${second}/cancel`,
          {},
          role({ actions: ADMIN_ACTIONS.filter((one) => one !== right), payloads: true }),
        ),
      ).toMatchObject({ status: 403, body: { code: 'ACTION_FORBIDDEN', details: { action: right } } });
    expect(await calls().send('POST', `bulk-jobs/${second}/cancel`)).toMatchObject({ status: 200, body: { cancelled: false } });
  });

  it('are created once for a key', async () => {
    const body = { action: { priority: 5 }, filter: { name: ['nobody'] }, idempotencyKey: 'once' };
    const [one, two] = [await calls().send('POST', 'bulk-jobs', body), await calls().send('POST', 'bulk-jobs', body)];
    expect([one.status, two.status, two.body.jobId]).toEqual([201, 201, one.body.jobId]);
  });

  it('need the right of their action, to be tried, created and ended early', async () => {
    for (const [right, action] of ACTIONS) {
      const body = { action, filter: { name: ['nobody'] } };
      const without = role({ actions: ADMIN_ACTIONS.filter((one) => one !== right), payloads: true });
      const only = role({ actions: [right], payloads: false });
      const before = await jobs();
      for (const at of ['bulk-jobs/preview', 'bulk-jobs'])
        expect(await calls().send('POST', at, body, without)).toMatchObject({
          status: 403,
          body: { code: 'ACTION_FORBIDDEN', details: { action: right } },
          audit: [],
        });
      expect(await jobs()).toBe(before);
      expect((await calls().send('POST', 'bulk-jobs/preview', body, only)).status).toBe(200);
      const { status, body: job } = await calls().send('POST', 'bulk-jobs', body, only);
      expect(status).toBe(201);
      await over(job.jobId);
      const cancel = `bulk-jobs/${job.jobId}/cancel`;
      expect(await calls().send('POST', cancel, {}, without)).toMatchObject({ status: 403, body: { code: 'ACTION_FORBIDDEN' } });
      expect(await calls().send('POST', cancel, {}, only)).toMatchObject({ status: 200, body: { cancelled: false } });
    }
  });

  it('with an action that says two things at once need both rights', async () => {
    const body = { action: { command: 'HOLD', cancel: {} }, filter: { name: ['nobody'] } };
    expect(await calls().send('POST', 'bulk-jobs', body, role({ actions: ['command'], payloads: true }))).toMatchObject({
      status: 403,
    });
    await calls().refused('POST', 'bulk-jobs', body, 400, 'INVALID_OPTION');
  });

  it('that go by payloads, or carry them, keep them from who may not see any', async () => {
    const hiding = role({ actions: [...ADMIN_ACTIONS], payloads: false });
    for (const filter of [{ attributes: { lot: 'a' } }, { input: { lot: 'a' } }])
      for (const at of ['bulk-jobs/preview', 'bulk-jobs'])
        expect(await calls().send('POST', at, { action: { cancel: {} }, filter }, hiding)).toMatchObject({
          status: 403,
          body: { code: 'PAYLOADS_FORBIDDEN' },
        });
    const body = {
      action: { command: 'CALIBRATE', data: { to: SECRET } },
      filter: { name: ['nobody'], attributes: { customer: SECRET }, input: { of: SECRET } },
    };
    const { body: job } = await calls().send('POST', 'bulk-jobs', body);
    expect(job).toMatchObject(body);
    for (const at of ['bulk-jobs', `bulk-jobs/${job.jobId}`]) {
      expect(JSON.stringify(await calls().get(at))).toContain(SECRET);
      expect(JSON.stringify(await calls().get(at, hiding))).not.toContain(SECRET);
    }
    expect(await calls().get(`bulk-jobs/${job.jobId}`, hiding)).toMatchObject({
      action: { command: 'CALIBRATE', data: { hidden: true } },
      filter: { name: ['nobody'], attributes: { hidden: true }, input: { hidden: true } },
    });
  });

  it('on every run are asked for by name', async () => {
    await calls().refused('POST', 'bulk-jobs', { action: { legalHold: false }, filter: {} }, 400, 'BULK_FILTER_REQUIRED');
    const { body: job } = await calls().send('POST', 'bulk-jobs', { action: { legalHold: false }, filter: {}, all: true });
    expect(await over(job.jobId)).toMatchObject({ status: 'DONE', filter: {} });
  });

  it('do not take a filter that is null for every run', async () => {
    const before = await jobs();
    for (const at of ['bulk-jobs', 'bulk-jobs/preview'])
      await calls().refused('POST', at, { action: { legalHold: true }, filter: null }, 400, 'INVALID_REQUEST');
    await calls().refused('POST', 'bulk-jobs', { action: { legalHold: true }, filter: null, all: true }, 400, 'INVALID_REQUEST');
    expect(await jobs()).toBe(before);
  });

  const FILTER = { name: ['nobody'] };
  it.each<[path: string, body: object, status: number, code: string]>([
    ['bulk-jobs', { filter: FILTER }, 400, 'INVALID_REQUEST'],
    ['bulk-jobs', { action: { legalHold: true } }, 400, 'INVALID_REQUEST'],
    ['bulk-jobs', { action: {}, filter: FILTER }, 400, 'INVALID_OPTION'],
    ['bulk-jobs', { action: 'HOLD', filter: FILTER }, 400, 'INVALID_REQUEST'],
    ['bulk-jobs', { action: { hold: true }, filter: FILTER }, 400, 'UNKNOWN_OPTION'],
    ['bulk-jobs', { action: { legalHold: null }, filter: FILTER }, 400, 'INVALID_OPTION'],
    ['bulk-jobs', { action: { legalHold: true }, filter: [], all: true }, 400, 'INVALID_REQUEST'],
    ['bulk-jobs', { action: { legalHold: true }, filter: { limit: 1 } }, 400, 'UNKNOWN_OPTION'],
    ['bulk-jobs', { action: { legalHold: true }, filter: { workflowName: 'x' } }, 400, 'UNKNOWN_OPTION'],
    ['bulk-jobs', { action: { legalHold: true }, filter: { status: ['GONE'] } }, 400, 'INVALID_FILTER'],
    ['bulk-jobs', { action: { legalHold: true }, filter: { createdFrom: 'today' } }, 400, 'INVALID_DURATION'],
    ['bulk-jobs', { action: { legalHold: true }, filter: { attributes: { a: {} } } }, 400, 'INVALID_REQUEST'],
    ['bulk-jobs', { action: { priority: 0.5 }, filter: FILTER }, 400, 'INVALID_OPTION'],
    ['bulk-jobs', { action: { command: 'a b' }, filter: FILTER }, 400, 'INVALID_OPTION'],
    ['bulk-jobs/preview', { action: { legalHold: true }, filter: FILTER, reason: 'x' }, 400, 'UNKNOWN_OPTION'],
    ['bulk-jobs/nobody/cancel', {}, 400, 'INVALID_OPTION'],
    ['bulk-jobs/01890000-0000-7000-8000-000000000000/cancel', {}, 404, 'BULK_JOB_NOT_FOUND'],
  ])('refuse POST %s %j', async (at, body, status, code) => {
    const before = await jobs();
    await calls().refused('POST', at, body, status, code);
    expect(await jobs()).toBe(before);
  });

  it('that are not there are told as such', async () => {
    await calls().refused('GET', 'bulk-jobs/01890000-0000-7000-8000-000000000000', {}, 404, 'BULK_JOB_NOT_FOUND');
    await calls().refused('GET', 'bulk-jobs?status=GONE', {}, 400, 'INVALID_OPTION');
  });
});
