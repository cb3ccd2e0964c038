// What operators do to runs over HTTP: each order takes effect, is refused in the wrong state, and stands in the audit log with who, why and by which
// request.
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { type AdminApp, CREDENTIALS, JSON_TYPE, startAdminApp } from './admin-app.js';

interface AuditView {
  auditId: string;
  at: string;
  actor: string;
  action: string;
  runId: string | null;
  reason: string | null;
  requestId: string | null;
  before: unknown;
  after: unknown;
}

interface AuditPage {
  entries: AuditView[];
  nextCursor?: string;
}

const NO_RUN = '01890000-0000-7000-8000-000000000000';

@Injectable()
class OrderedWorkflows {
  constructor(private readonly wf: WorkflowContext) {}

  @Workflow({ name: 'ordered.waits' })
  async waits(): Promise<unknown> {
    return this.wf.receive('go');
  }

  @Workflow({ name: 'ordered.commands' })
  async commands(): Promise<unknown> {
    const command = await this.wf.commands.receive<{ valve: number }>();
    return [command?.command, command?.data];
  }

  @Workflow({ name: 'ordered.throws' })
  async throws(): Promise<void> {
    throw new Error('out of steel');
  }

  @Workflow({ name: 'ordered.parent' })
  async parent(): Promise<void> {
    await this.wf.startChild('ordered.waits', [], { id: `${this.wf.runId}/child` });
    await this.wf.receive('go');
  }
}

describe.each(['express', 'fastify'] as const)('orders to runs on %s', (adapter) => {
  let admin: AdminApp;
  let requests = 0;
  beforeAll(async () => {
    admin = await startAdminApp({ adapter, providers: [OrderedWorkflows] });
  });
  afterAll(() => admin?.close());

  /** As ann, for a reason, by a request of its own. */
  async function order(method: string, path: string, body: object) {
    const requestId = `req-${++requests}`;
    const response = await admin.fetch(`/ops/api/runs/${path}`, {
      method,
      headers: { ...CREDENTIALS, ...JSON_TYPE, 'x-request-id': requestId },
      body: JSON.stringify({ reason: 'the batch is off', ...body }),
    });
    expect(response.headers.get('x-request-id')).toBe(requestId);
    return { requestId, status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  const auditOf = async (runId: string) => {
    const { status, body } = await admin.get<AuditPage>(`/ops/api/runs/${runId}/audit`);
    expect(status).toBe(200);
    return body.entries;
  };
  /** The newest line of the run. */
  const lastLine = async (runId: string) => {
    const [line] = await auditOf(runId);
    const { auditId: _id, at: _at, runId: _run, ...rest } = line as AuditView;
    return rest;
  };
  const line = (requestId: string, action: string, before: unknown, after: unknown) => ({
    actor: 'ann',
    action,
    reason: 'the batch is off',
    requestId,
    before,
    after,
  });
  const started = async (name: string, delay?: '1h') => {
    const { runId } = await admin.workflows.start(name, [], { ...(delay && { delay }) });
    return runId;
  };
  const becomes = (runId: string, status: string) =>
    eventually(async () => expect(await admin.workflows.getRun(runId).status).toBe(status));
  const waiting = async (name = 'ordered.waits') => {
    const runId = await started(name);
    await eventually(async () => {
      const { body } = await admin.get<{ waits: object[] }>(`/ops/api/runs/${runId}`);
      expect(body.waits).toHaveLength(1);
    });
    return runId;
  };

  it('hold a run, and let it go on', async () => {
    const runId = await waiting();
    const held = await order('POST', `${runId}/commands`, { command: 'hold' });
    expect(held).toMatchObject({ status: 202, body: { commandId: expect.stringMatching(/^\d+$/), command: 'HOLD' } });
    await becomes(runId, 'HELD');
    expect(await lastLine(runId)).toMatchObject(line(held.requestId, 'HOLD', { status: expect.any(String) }, { outcome: null }));
    const again = await order('POST', `${runId}/commands`, { command: 'RESUME' });
    expect(again).toMatchObject({ status: 202, body: { command: 'RESUME', state: 'HELD', outcome: 'APPLIED' } });
    expect(await lastLine(runId)).toMatchObject({ action: 'RESUME', actor: 'ann', requestId: again.requestId });
    const { body } = await admin.get<{ commands: object[] }>(`/ops/api/runs/${runId}/commands`);
    expect(body.commands).toMatchObject([
      { command: 'RESUME', actor: 'ann', reason: 'the batch is off', requestId: again.requestId, outcome: 'APPLIED' },
      { command: 'HOLD', actor: 'ann', reason: 'the batch is off', requestId: held.requestId, outcome: 'APPLIED' },
    ]);
    const newest = body.commands[0] as { commandId: string };
    const earlier = await admin.get<{ commands: object[] }>(`/ops/api/runs/${runId}/commands?before=${newest.commandId}&limit=1`);
    expect(earlier.body.commands).toMatchObject([{ command: 'HOLD' }]);
  });

  it('stop a run, and bring it back', async () => {
    const runId = await waiting();
    const stopped = await order('POST', `${runId}/commands`, { command: 'STOP', timeout: '1m' });
    expect(stopped.status).toBe(202);
    await becomes(runId, 'STOPPED');
    expect(await lastLine(runId)).toMatchObject({ action: 'STOP', requestId: stopped.requestId });
    const reset = await order('POST', `${runId}/commands`, { command: 'RESET', from: 'start' });
    expect(reset).toMatchObject({ status: 202, body: { command: 'RESET', state: 'STOPPED' } });
    expect(await lastLine(runId)).toMatchObject({ action: 'RESET', actor: 'ann', requestId: reset.requestId });
    await eventually(async () => expect(await admin.workflows.getRun(runId).status).not.toBe('STOPPED'));
  });

  it('reach the code of a workflow with what they say', async () => {
    const runId = await waiting('ordered.commands');
    const sent = await order('POST', `${runId}/commands`, { command: 'OPEN', data: { valve: 7 } });
    expect(sent.status).toBe(202);
    expect(await admin.workflows.getRun(runId).returnValue).toEqual(['OPEN', { valve: 7 }]);
    expect(await lastLine(runId)).toMatchObject({ action: 'OPEN', actor: 'ann', requestId: sent.requestId });
    const { body } = await admin.get(`/ops/api/runs/${runId}/commands`);
    expect(body).toMatchObject({ commands: [{ command: 'OPEN', data: { valve: 7 }, settledAt: expect.any(String) }] });
  });

  it('are refused when the run is in another state, or is none', async () => {
    const done = await started('ordered.throws');
    await becomes(done, 'ERROR');
    const held = await order('POST', `${done}/commands`, { command: 'HOLD' });
    expect(held).toMatchObject({
      status: 409,
      body: { code: 'COMMAND_NOT_ALLOWED', details: { state: 'ERROR', allowed: ['RESET'] } },
    });
    expect(await lastLine(done)).toMatchObject({ action: 'HOLD', requestId: held.requestId, after: { outcome: 'REJECTED' } });
    const late = await order('POST', `${done}/messages`, { topic: 'go' });
    expect(late).toMatchObject({ status: 409, body: { code: 'RUN_FINISHED' } });
    for (const [method, path, body] of [
      ['POST', 'cancel', {}],
      ['POST', 'commands', { command: 'HOLD' }],
      ['POST', 'messages', { topic: 'go' }],
      ['PUT', 'priority', { priority: 1 }],
      ['PUT', 'legal-hold', { on: true }],
    ] as const)
      expect({ path, ...(await order(method, `${NO_RUN}/${path}`, body)) }).toMatchObject({
        path,
        status: 404,
        body: { code: 'RUN_NOT_FOUND' },
      });
  });

  it('are refused when they are none', async () => {
    const runId = await started('orders.wait', '1h');
    const refused: Array<[path: string, body: object, code: string]> = [
      ['commands', {}, 'INVALID_REQUEST'],
      ['commands', { command: 7 }, 'INVALID_REQUEST'],
      ['commands', { command: 'HODL' }, 'UNKNOWN_COMMAND'],
      ['commands', { command: 'HOLD', timeout: '1m' }, 'INVALID_OPTION'],
      ['commands', { command: 'STOP', timeout: 'soon' }, 'INVALID_DURATION'],
      ['commands', { command: 'RESET', from: 'middle' }, 'INVALID_OPTION'],
      ['commands', { command: 'HOLD', actor: 'bob' }, 'UNKNOWN_OPTION'],
      ['commands', { command: 'HOLD', requestId: 'x' }, 'UNKNOWN_OPTION'],
      ['messages', { payload: 1 }, 'INVALID_REQUEST'],
      ['messages', { topic: '' }, 'INVALID_ID'],
      ['messages', { topic: 'go', idempotencyKey: ' ' }, 'INVALID_ID'],
      ['priority', {}, 'INVALID_REQUEST'],
      ['priority', { priority: 1.5 }, 'INVALID_REQUEST'],
      ['legal-hold', { on: 'yes' }, 'INVALID_REQUEST'],
      ['cancel', { children: 1 }, 'INVALID_REQUEST'],
    ];
    for (const [path, body, code] of refused) {
      const method = path === 'priority' || path === 'legal-hold' ? 'PUT' : 'POST';
      expect({ path, given: body, ...(await order(method, `${runId}/${path}`, body)) }).toMatchObject({
        path,
        given: body,
        status: 400,
        body: { code },
      });
    }
    expect(await auditOf(runId)).toEqual([]);
  });

  it('cancel a run, with its children or without', async () => {
    const runId = await waiting('ordered.parent');
    const child = admin.workflows.getRun(`${runId}/child`).runId;
    const cancelled = await order('POST', `${runId}/cancel`, { children: true });
    expect(cancelled).toMatchObject({ status: 200, body: { runId, cancelled: true } });
    await becomes(child, 'CANCELLED');
    for (const id of [runId, child])
      expect(await lastLine(id)).toMatchObject({ action: 'CANCEL', actor: 'ann', requestId: cancelled.requestId });
    expect(await order('POST', `${runId}/cancel`, {})).toMatchObject({ status: 200, body: { cancelled: false } });
    expect(await auditOf(runId)).toHaveLength(1);
  });

  it('send a message, once by its key', async () => {
    const runId = await waiting();
    const message = { topic: 'go', payload: { line: 1 }, idempotencyKey: 'm 1' };
    const sent = await order('POST', `${runId}/messages`, message);
    expect(sent).toMatchObject({ status: 202, body: {} });
    expect(await admin.workflows.getRun(runId).returnValue).toEqual({ line: 1 });
    expect(await lastLine(runId)).toEqual(line(sent.requestId, 'SEND', null, { topic: 'go' }));
    expect((await order('POST', `${runId}/messages`, message)).status).toBe(202);
    expect(await auditOf(runId)).toHaveLength(1);
  });

  it('change the priority of a run that has not begun', async () => {
    const runId = await started('orders.wait', '1h');
    const changed = await order('PUT', `${runId}/priority`, { priority: 7 });
    expect(changed).toMatchObject({ status: 200, body: { changed: true } });
    expect(await lastLine(runId)).toEqual(line(changed.requestId, 'PRIORITY', { priority: 0 }, { priority: 7 }));
    await admin.workflows.cancel(runId);
    expect(await order('PUT', `${runId}/priority`, { priority: 8 })).toMatchObject({ status: 200, body: { changed: false } });
  });

  it('keep a run from deletion, or no longer', async () => {
    const runId = await started('orders.wait', '1h');
    const on = await order('PUT', `${runId}/legal-hold`, { on: true });
    expect(on).toMatchObject({ status: 200, body: { changed: true } });
    expect(await lastLine(runId)).toEqual(line(on.requestId, 'LEGAL_HOLD', { legal_hold: false }, { legal_hold: true }));
    expect(await order('PUT', `${runId}/legal-hold`, { on: true })).toMatchObject({ body: { changed: false } });
    const off = await order('PUT', `${runId}/legal-hold`, { on: false });
    expect(await lastLine(runId)).toMatchObject({ action: 'LEGAL_HOLD_END', requestId: off.requestId });
  });

  it('are found in the audit log by run, actor, action, request and time, page by page', async () => {
    const runId = await started('orders.wait', '1h');
    const ids = [];
    for (const priority of [1, 2, 3]) ids.push((await order('PUT', `${runId}/priority`, { priority })).requestId);
    const list = async (query: string) => {
      const { status, body } = await admin.get<AuditPage>(`/ops/api/audit?${query}`);
      expect({ query, status }).toEqual({ query, status: 200 });
      return body;
    };
    const requestIds = async (query: string) => (await list(query)).entries.map(({ requestId }) => requestId);
    expect(await requestIds(`runId=${runId}`)).toEqual([...ids].reverse());
    expect(await requestIds(`requestId=${ids[1]}`)).toEqual([ids[1]]);
    expect(await requestIds(`runId=${runId}&actor=ann&action=PRIORITY`)).toEqual([...ids].reverse());
    expect(await requestIds(`runId=${runId}&actor=bob`)).toEqual([]);
    expect(await requestIds(`runId=${runId}&action=CANCEL`)).toEqual([]);
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    expect(await requestIds(`runId=${runId}&before=${soon}`)).toHaveLength(3);
    expect(await requestIds(`runId=${runId}&from=${soon}`)).toEqual([]);
    const first = await list(`runId=${runId}&limit=2`);
    const second = await list(`runId=${runId}&limit=2&cursor=${first.nextCursor}`);
    expect([...first.entries, ...second.entries].map(({ requestId }) => requestId)).toEqual([...ids].reverse());
    expect(second.nextCursor).toBeUndefined();
    const page = await admin.get<AuditPage>(`/ops/api/runs/${runId}/audit?limit=1`);
    expect(page.body).toMatchObject({ entries: [{ requestId: ids[2] }], nextCursor: expect.any(String) });
    for (const query of ['cursor=abc', 'limit=0', 'from=yesterday', 'actor=', 'who=ann'])
      expect({ query, status: (await admin.get(`/ops/api/audit?${query}`)).status }).toEqual({
        query,
        status: query === 'actor=' ? 200 : 400,
      });
  });
});
