import { Controller, Get, VersioningType } from '@nestjs/common';
import { map } from 'rxjs';
import { type StartOptions, WorkflowsAdminModule } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { type AdminApp, BearerGuard, CREDENTIALS, startAdminApp } from './admin-app.js';

interface RunView {
  runId: string;
  workflowName: string;
  status: string;
}

interface DetailsView {
  run: RunView & Record<string, unknown>;
  waits: Array<Record<string, unknown>>;
  commandState: Record<string, unknown>;
}

interface StepsView {
  steps: Array<Record<string, unknown> & { failedAttempts: Array<{ error: { message: string } }> }>;
}

/** A route of the application itself, to show that a setting is in force. */
@Controller('host')
class HostController {
  @Get()
  hello(): string {
    return 'hello';
  }
}

const NO_RUN = '01890000-0000-7000-8000-000000000000';

async function withApp(work: (admin: AdminApp) => Promise<void>, options?: Parameters<typeof startAdminApp>[0]): Promise<void> {
  const admin = await startAdminApp(options);
  try {
    await work(admin);
  } finally {
    await admin.close();
  }
}

const finished = (admin: AdminApp, runId: string) =>
  eventually(async () => expect(await admin.workflows.getRun(runId).status).toBe('SUCCESS'));

describe('the admin routes', () => {
  it('list the registered workflows', () =>
    withApp(async (admin) => {
      expect(await admin.get('/ops/api/workflows')).toEqual({
        status: 200,
        body: {
          workflows: [
            { name: 'orders.fulfil', origin: 'OrderWorkflows.fulfil', served: true },
            { name: 'orders.wait', origin: 'OrderWorkflows.wait', served: true },
          ],
        },
      });
    }));

  it('start a run by name, and show it with its steps, attempts and events', () =>
    withApp(async (admin) => {
      const started = await admin.post<{ runId: string }>('/ops/api/workflows/orders.fulfil/runs', {
        args: [{ customer: 'c-7' }],
        id: 'order 42/a',
        priority: 3,
        timeout: '1h',
        attributes: { customer: 'c-7' },
      });
      expect(started).toEqual({ status: 201, body: { runId: expect.any(String) } });
      const { runId } = started.body;
      await finished(admin, runId);

      const { status, body } = await admin.get<DetailsView>(`/ops/api/runs/${encodeURIComponent('order 42/a')}`);
      expect(status).toBe(200);
      expect(body.run).toMatchObject({
        runId,
        externalId: 'order 42/a',
        workflowName: 'orders.fulfil',
        status: 'SUCCESS',
        priority: 3,
        timeoutMs: 3_600_000,
        attributes: { customer: 'c-7' },
        input: [{ customer: 'c-7' }],
        output: { customer: 'c-7' },
        error: null,
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      expect(body.waits).toEqual([]);
      expect(body.commandState).toEqual({
        status: 'SUCCESS',
        isStopping: false,
        pending: null,
        isBusy: false,
        isCooperative: false,
      });
      const { body: record } = await admin.get<StepsView>(`/ops/api/runs/${runId}/steps`);
      const step = record.steps.find(({ name }) => name === 'flaky');
      expect(step).toMatchObject({ kind: 'step', output: '12n', attempts: 2 });
      expect(step?.failedAttempts.map(({ error }) => error.message)).toEqual(['no paper']);
      expect((await admin.get('/ops/api/runs/order-404')).body).toMatchObject({
        detail: expect.stringContaining('There is no run order-404.'),
      });
      expect((await admin.get(`/ops/api/runs/${runId}/events`)).body).toEqual({
        events: [{ key: 'phase', value: 'packing', ordinal: 0, updatedAt: expect.any(String) }],
      });
    }));

  it('show payloads that are no JSON as readable JSON', () =>
    withApp(async (admin) => {
      const order = {
        total: 2n ** 70n,
        at: new Date(0),
        lines: new Map([['a', new Set([1])]]),
        seal: new Uint8Array([1, 2, 3]),
        link: new URL('https://example.com/x'),
        missing: undefined,
      };
      const run = await admin.workflows.start('orders.fulfil', [order]);
      await finished(admin, run.runId);
      const { body } = await admin.get<DetailsView>(`/ops/api/runs/${run.runId}`);
      const view = {
        total: '1180591620717411303424n',
        at: '1970-01-01T00:00:00.000Z',
        lines: [['a', [1]]],
        seal: { binary: 'Uint8Array', bytes: 3, base64: 'AQID' },
        link: 'https://example.com/x',
      };
      expect(body.run.input).toEqual([view]);
      expect(body.run.output).toEqual(view);
    }));

  it('start the same run again for the same id', () =>
    withApp(async (admin) => {
      const body = { id: 'one', delay: '1h' };
      const first = await admin.post<{ runId: string }>('/ops/api/workflows/orders.wait/runs', body);
      const second = await admin.post<{ runId: string }>('/ops/api/workflows/orders.wait/runs', body);
      expect(second).toEqual(first);
      expect((await admin.get<DetailsView>('/ops/api/runs/one')).body.run.status).toBe('DELAYED');
    }));

  it('start a run in a queue, with the options that a queue looks at, and filter by queue and partition key', () =>
    withApp(async (admin) => {
      await admin.workflows.queues.create({ name: 'line 1' });
      const start = async (options: StartOptions) => {
        const { status, body } = await admin.post<{ runId: string }>('/ops/api/workflows/orders.wait/runs', {
          delay: '1h',
          ...options,
        });
        expect(status).toBe(201);
        return body.runId;
      };
      const a = await start({ queue: 'line 1', partitionKey: 'reactor/a', deduplicationId: 'lot 7' });
      const b = await start({ queue: 'line 1' });
      const c = await start({ partitionKey: 'reactor/a' });
      const again = { queue: 'line 1', deduplicationId: 'lot 7' };
      expect(await start({ ...again, deduplicationPolicy: 'return-existing' })).toBe(a);
      expect(await admin.post('/ops/api/workflows/orders.wait/runs', again)).toMatchObject({
        status: 409,
        body: { code: 'DEDUPLICATION_CONFLICT' },
      });
      expect(await admin.post('/ops/api/workflows/orders.wait/runs', { queue: 'line' })).toMatchObject({
        status: 404,
        body: { code: 'QUEUE_NOT_FOUND', detail: expect.stringContaining('"line 1"') },
      });
      const list = async (query: string) => {
        const { status, body } = await admin.get<{ runs: RunView[] }>(`/ops/api/runs?${query}`);
        expect(status).toBe(200);
        return body.runs;
      };
      const ids = async (query: string) => (await list(query)).map(({ runId }) => runId);
      expect(await ids('queue=line%201')).toEqual([b, a]);
      expect(await ids('queue=line%201&queue=default')).toEqual([c, b, a]);
      expect(await ids('partitionKey=reactor%2Fa')).toEqual([c, a]);
      expect(await list('queue=line%201&partitionKey=reactor%2Fa')).toMatchObject([
        { runId: a, queue: 'line 1', partitionKey: 'reactor/a', deduplicationId: 'lot 7' },
      ]);
      for (const query of ['partitionKey=a&partitionKey=b', 'queue=', 'partitionKey='])
        expect(await admin.get(`/ops/api/runs?${query}`)).toMatchObject({ status: 400 });
    }));

  it('filter runs by name, status, time and attributes', () =>
    withApp(async (admin) => {
      const later = (attributes: Record<string, string>) =>
        admin.workflows.start('orders.wait', [], { delay: '1h', attributes }).then(({ runId }) => runId);
      const [a, b] = [await later({ line: 'a' }), await later({ line: 'b' })];
      const done = (await admin.workflows.start('orders.fulfil', [1])).runId;
      await finished(admin, done);
      const { rows } = await admin.schema.pool.query<{ at: Date }>('select max(created_at) at from workflow_status');
      const [ms] = rows.map(({ at }) => at.getTime());
      const list = async (query: string) => {
        const { status, body } = await admin.get<{ runs: RunView[] }>(`/ops/api/runs?${query}`);
        expect(status).toBe(200);
        return body.runs.map(({ runId }) => runId);
      };
      expect(await list('')).toEqual([done, b, a]);
      expect(await list('name=orders.wait')).toEqual([b, a]);
      expect(await list('name=orders.wait&name=orders.fulfil&status=SUCCESS&status=ERROR')).toEqual([done]);
      expect(await list('status=DELAYED')).toEqual([b, a]);
      expect(await list(`attributes=${encodeURIComponent('{"line":"a"}')}`)).toEqual([a]);
      const after = new Date((ms as number) + 1).toISOString();
      expect(await list(`createdFrom=${after}`)).toEqual([]);
      expect(await list(`createdBefore=${after}`)).toEqual([done, b, a]);
    }));

  it('page through all runs, each once', () =>
    withApp(async (admin) => {
      const items = Array.from({ length: 40 }, () => ({ args: [], options: { delay: '1h' } }));
      const started = await admin.workflows.startMany('orders.wait', items);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const query: string = cursor === undefined ? 'limit=7' : `limit=7&cursor=${cursor}`;
        const { status, body } = await admin.get<{ runs: RunView[]; nextCursor?: string }>(`/ops/api/runs?${query}`);
        expect(status).toBe(200);
        expect(body.runs.length).toBeGreaterThan(0);
        seen.push(...body.runs.map(({ runId }) => runId));
        cursor = body.nextCursor;
      } while (cursor !== undefined);
      expect(seen.sort()).toEqual(started.map(({ runId }) => runId).sort());
    }));

  it('cancel a run and write who did it and why', () =>
    withApp(async (admin) => {
      const { runId } = await admin.workflows.start('orders.wait', [], { id: 'mine' });
      const first = await admin.post('/ops/api/runs/mine/cancel', { reason: 'wrong order' });
      expect(first).toEqual({ status: 200, body: { runId, cancelled: true } });
      const second = await admin.post(`/ops/api/runs/${runId}/cancel`);
      expect(second).toEqual({ status: 200, body: { runId, cancelled: false } });
      const { body } = await admin.get<DetailsView>(`/ops/api/runs/${runId}`);
      expect(body.run).toMatchObject({ status: 'CANCELLED', error: { code: 'RUN_CANCELLED', message: 'wrong order' } });
      const { rows } = await admin.schema.pool.query('select actor, action, reason from audit_log');
      expect(rows).toEqual([{ actor: 'ann', action: 'CANCEL', reason: 'wrong order' }]);
    }));

  it('change nothing on GET', () =>
    withApp(async (admin) => {
      const { runId } = await admin.workflows.start('orders.wait', [], { delay: '1h' });
      for (const path of [`runs/${runId}/cancel`, 'workflows/orders.wait/runs'])
        expect((await admin.get(`/ops/api/${path}`)).status).toBe(404);
      const { rows } = await admin.schema.pool.query('select status from workflow_status');
      expect(rows).toEqual([{ status: 'DELAYED' }]);
    }));

  it('work below a global prefix and beside URI versioning', () =>
    withApp(
      async (admin) => {
        const statusOf = async (path: string) => (await admin.fetch(path, { headers: CREDENTIALS })).status;
        expect(await statusOf('/shop/v9/host')).toBe(200);
        expect(await statusOf('/shop/v9/ops/api/workflows')).toBe(404);
        expect(await statusOf('/ops/api/workflows')).toBe(404);
        expect(await statusOf('/shop/ops/api/workflows')).toBe(200);
      },
      {
        controllers: [HostController],
        configure: (app) => {
          app.setGlobalPrefix('shop');
          app.enableVersioning({ type: VersioningType.URI, defaultVersion: '9' });
        },
      },
    ));

  it('are not wrapped by the interceptors of the application', () =>
    withApp(
      async (admin) => {
        expect(await admin.get('/host')).toEqual({ status: 200, body: { data: 'hello' } });
        expect(await admin.get('/ops/api/workflows')).toEqual({ status: 200, body: { workflows: expect.any(Array) } });
      },
      {
        controllers: [HostController],
        configure: (app) => {
          app.useGlobalInterceptors({ intercept: (_context, next) => next.handle().pipe(map((data) => ({ data }))) });
        },
      },
    ));

  it('are served by two mounts with guards of their own', () =>
    withApp(
      async (admin) => {
        expect((await admin.get('/first/api/workflows')).status).toBe(200);
        expect((await admin.get('/second/area/api/workflows')).status).toBe(403);
      },
      {
        imports: [
          WorkflowsAdminModule.forRoot({ path: 'first', guards: [BearerGuard] }),
          WorkflowsAdminModule.forRoot({ path: '/second/area/', guards: [BearerGuard, { canActivate: () => false }] }),
        ],
      },
    ));
});

describe('an admin route', () => {
  /** For requests that leave nothing behind. */
  let shared: AdminApp;
  beforeAll(async () => {
    shared = await startAdminApp();
  });
  afterAll(() => shared?.close());

  const refusals: Array<[what: string, path: string, status: number, code: string]> = [
    ['a run that does not exist', `runs/${NO_RUN}`, 404, 'RUN_NOT_FOUND'],
    ['a malformed id', `runs/${'x'.repeat(256)}`, 400, 'INVALID_ID'],
    ['an id with a control character', 'runs/a%00b', 400, 'INVALID_ID'],
    ['an unknown query key', 'runs?nmae=x', 400, 'UNKNOWN_OPTION'],
    ['a query on a route without one', 'workflows?x=1', 400, 'UNKNOWN_OPTION'],
    ['a query on one run', `runs/${NO_RUN}?x=1`, 400, 'UNKNOWN_OPTION'],
    ['an unknown status', 'runs?status=DONE', 400, 'INVALID_FILTER'],
    ['a limit of 0', 'runs?limit=0', 400, 'INVALID_REQUEST'],
    ['a limit above 500', 'runs?limit=501', 400, 'INVALID_REQUEST'],
    ['a limit in exponent form', 'runs?limit=1e2', 400, 'INVALID_REQUEST'],
    ['a limit given twice', 'runs?limit=1&limit=2', 400, 'INVALID_REQUEST'],
    ['an empty name', 'runs?name=', 400, 'INVALID_ID'],
    ['a time without zone', 'runs?createdFrom=2026-01-01T00:00:00', 400, 'INVALID_DURATION'],
    ['a day that does not exist', 'runs?createdBefore=2026-02-30T00:00:00Z', 400, 'INVALID_DURATION'],
    ['attributes that are no JSON', 'runs?attributes=x', 400, 'INVALID_REQUEST'],
    ['attributes that are a list', 'runs?attributes=[1]', 400, 'INVALID_REQUEST'],
    ['an attribute with NUL', `runs?attributes=${encodeURIComponent('{"a":"\\u0000"}')}`, 400, 'INVALID_REQUEST'],
    ['a nested attribute', `runs?attributes=${encodeURIComponent('{"a":{}}')}`, 400, 'INVALID_REQUEST'],
    ['a cursor of nobody', 'runs?cursor=abc', 400, 'INVALID_FILTER'],
    ['a cursor without a uuid', `runs?cursor=${btoa(`["2026-01-01T00:00:00.000Z","${'-'.repeat(36)}"]`)}`, 400, 'INVALID_FILTER'],
  ];
  it.each(refusals)('refuses %s', async (_what, path, status, code) => {
    const answer = await shared.get<{ detail: string }>(`/ops/api/${path}`);
    expect(answer).toMatchObject({ status, body: { code, detail: expect.any(String), status } });
    expect(answer.body.detail).not.toMatch(/\n|\.ts|node_modules/);
  });

  const START = 'workflows/orders.wait/runs';
  const CANCEL = `runs/${NO_RUN}/cancel`;
  const bodies: Array<[what: string, path: string, body: unknown, status: number, code: string]> = [
    ['a workflow nobody registered', 'workflows/orders.wiat/runs', {}, 404, 'WORKFLOW_NOT_REGISTERED'],
    ['an unknown body key', START, { arguments: [] }, 400, 'UNKNOWN_OPTION'],
    ['a manager in the body', START, { manager: {} }, 400, 'UNKNOWN_OPTION'],
    ['args that are no list', START, { args: { a: 1 } }, 400, 'INVALID_REQUEST'],
    ['a body that is a list', START, [], 400, 'INVALID_OPTION'],
    ['an id that is a number', START, { id: 7 }, 400, 'INVALID_ID'],
    ['an id with white space around', START, { id: ' a ' }, 400, 'INVALID_ID'],
    ['a priority that is a text', START, { priority: '1' }, 400, 'INVALID_OPTION'],
    ['a negative delay', START, { delay: -1 }, 400, 'INVALID_DURATION'],
    ['a timeout of 0', START, { timeout: 0 }, 400, 'INVALID_DURATION'],
    ['attributes that are a list', START, { attributes: [] }, 400, 'INVALID_ATTRIBUTES'],
    ['arguments that can not be stored', START, { args: ['\0'] }, 400, 'PAYLOAD_INVALID'],
    ['a query on a start', `${START}?dry=1`, {}, 400, 'UNKNOWN_OPTION'],
    ['to cancel a run that does not exist', CANCEL, { reason: 'x' }, 404, 'RUN_NOT_FOUND'],
    ['an unknown key of a cancellation', CANCEL, { why: 'x' }, 400, 'UNKNOWN_OPTION'],
    ['an empty reason', CANCEL, { reason: ' ' }, 400, 'INVALID_REQUEST'],
    ['a reason with NUL', CANCEL, { reason: 'a\0b' }, 400, 'INVALID_REQUEST'],
    ['a reason that is too long', CANCEL, { reason: 'x'.repeat(1_001) }, 400, 'INVALID_REQUEST'],
    ['a malformed id to cancel', `runs/${'x'.repeat(256)}/cancel`, {}, 400, 'INVALID_ID'],
  ];
  it.each(bodies)('refuses %s', async (_what, path, body, status, code) => {
    const answer = await shared.post<{ detail: string }>(`/ops/api/${path}`, body);
    expect(answer).toMatchObject({ status, body: { code, detail: expect.any(String), status } });
    const { rows } = await shared.schema.pool.query('select 1 from workflow_status');
    expect(rows).toEqual([]);
  });

  it('says so when an id belongs to another workflow', () =>
    withApp(async (admin) => {
      await admin.workflows.start('orders.wait', [], { id: 'taken', delay: '1h' });
      const answer = await admin.post('/ops/api/workflows/orders.fulfil/runs', { id: 'taken' });
      expect(answer).toMatchObject({ status: 409, body: { code: 'RUN_CONFLICT' } });
    }));

  it('says so when the payload is too large', () =>
    withApp(
      async (admin) => {
        const answer = await admin.post('/ops/api/workflows/orders.fulfil/runs', { args: ['x'.repeat(2_000)] });
        expect(answer).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } });
      },
      { workflowsOptions: { maxPayloadBytes: 1_024 } },
    ));

  it('names a near workflow', () =>
    withApp(async (admin) => {
      const { body } = await admin.post<{ detail: string }>('/ops/api/workflows/orders.wiat/runs');
      expect(body.detail).toContain('Did you mean "orders.wait"?');
    }));

  it('refuses a start whose body nobody parsed', () =>
    withApp(
      async (admin) => {
        const answer = await admin.post('/ops/api/workflows/orders.wait/runs', { args: [1] });
        expect(answer).toMatchObject({ status: 500, body: { code: 'BODY_NOT_PARSED' } });
      },
      { bodyParser: false },
    ));

  it('keeps the details of an unexpected failure to itself', () =>
    withApp(async (admin) => {
      const run = await admin.workflows.start('orders.wait', [], { delay: '1h' });
      await admin.schema.pool.query('alter table operation_outputs rename to hidden_outputs');
      const answer = await admin.get(`/ops/api/runs/${run.runId}/steps`);
      await admin.schema.pool.query('alter table hidden_outputs rename to operation_outputs');
      expect(answer).toEqual({
        status: 500,
        body: {
          type: 'urn:nestjs-workflows:internal-error',
          title: 'Internal Server Error',
          code: 'INTERNAL_ERROR',
          detail: expect.any(String),
          status: 500,
          requestId: expect.any(String),
        },
      });
      expect(JSON.stringify(answer.body)).not.toMatch(/operation_outputs|relation|at /);
    }));
});
