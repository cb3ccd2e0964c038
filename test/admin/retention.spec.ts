// Retention over HTTP: looked at, changed, tried without a trace, applied; what is on legal hold stays.
import { ADAPTERS, callsOf } from './admin-calls.js';

describe.each(ADAPTERS)('retention on %s', (adapter) => {
  const calls = callsOf({ adapter, workflowsOptions: { tickInterval: '60s' } });

  async function ended(count: number): Promise<string[]> {
    const { workflows } = calls().admin;
    const runs = await workflows.startMany(
      'orders.fulfil',
      Array.from({ length: count }, (_, i) => ({ args: [i] })),
    );
    await Promise.all(runs.map((run) => run.returnValue));
    return runs.map(({ runId }) => runId);
  }
  const left = async () =>
    (await calls().admin.schema.pool.query('select workflow_id from workflow_status')).rows.map((row) => row.workflow_id);

  it('is shown, and changed in what is given', async () => {
    expect(await calls().get('retention')).toMatchObject({ after: null, maxRows: null, globalTimeout: null, perWorkflow: {} });
    const change = { after: '30d', perWorkflow: { 'orders.wait': { globalTimeout: '1h' } }, interval: '10m' };
    const settings = {
      after: 30 * 86_400_000,
      maxRows: null,
      perWorkflow: { 'orders.wait': { globalTimeout: 3_600_000 } },
      interval: 600_000,
    };
    expect(await calls().write('PATCH', 'retention', change, 'RETENTION_UPDATE')).toMatchObject(settings);
    expect(await calls().get('retention')).toMatchObject(settings);
    const off = { after: null, perWorkflow: { 'orders.wait': null } };
    expect(await calls().write('PATCH', 'retention', off, 'RETENTION_UPDATE')).toMatchObject({ after: null, perWorkflow: {} });
  });

  it('is tried without a trace, then applied; runs on legal hold are kept', async () => {
    const runIds = await ended(5);
    const [kept = ''] = runIds;
    await calls().admin.workflows.setLegalHold(kept, true);
    const counts = { deleted: 4, timedOut: 0, workflows: [{ workflowName: 'orders.fulfil', after: 4 }] };
    const preview = await calls().send('POST', 'retention/preview', { after: 0 });
    expect(preview).toMatchObject({ status: 200, body: { dryRun: true, ...counts }, audit: [] });
    expect((await left()).sort()).toEqual([...runIds].sort());
    expect(await calls().get('retention')).toMatchObject({ after: null });
    const { status, body, audit } = await calls().send('POST', 'retention/apply', { after: 0, reason: 'disk is full' });
    expect([status, body]).toMatchObject([200, { dryRun: false, ...counts }]);
    expect(audit).toMatchObject([{ actor: 'ann', action: 'RETENTION', reason: 'disk is full' }]);
    expect(await left()).toEqual([kept]);
  });

  it('ends runs that are too old, when it is asked to', async () => {
    const { runId } = await calls().admin.workflows.start('orders.wait');
    await calls().admin.schema.pool.query(
      `update workflow_status set created_at = created_at - interval '1 h' where workflow_id = $1`,
      [runId],
    );
    const limits = { perWorkflow: { 'orders.wait': { globalTimeout: '30m' } } };
    expect((await calls().send('POST', 'retention/preview', limits)).body).toMatchObject({ deleted: 0, timedOut: 1 });
    expect(['ENQUEUED', 'PENDING', 'RUNNING', 'WAITING']).toContain(await calls().admin.workflows.getRun(runId).status);
    expect((await calls().send('POST', 'retention/apply', limits)).body).toMatchObject({ timedOut: 1 });
    expect(await calls().admin.workflows.getRun(runId).status).toBe('CANCELLED');
  });

  it.each<[method: string, path: string, body: object, code: string]>([
    ['PATCH', 'retention', { after: 'soon' }, 'INVALID_DURATION'],
    ['PATCH', 'retention', { maxRows: -1 }, 'INVALID_OPTION'],
    ['PATCH', 'retention', { interval: 1 }, 'INVALID_DURATION'],
    ['PATCH', 'retention', { keep: '1d' }, 'UNKNOWN_OPTION'],
    ['PATCH', 'retention', { perWorkflow: [] }, 'INVALID_OPTION'],
    ['PATCH', 'retention', { perWorkflow: { 'orders.wait': { maxRows: 1 } } }, 'UNKNOWN_OPTION'],
    ['POST', 'retention/preview', { reason: 'none is kept' }, 'UNKNOWN_OPTION'],
    ['POST', 'retention/preview', { interval: '1m' }, 'UNKNOWN_OPTION'],
    ['POST', 'retention/apply', { dryRun: true }, 'UNKNOWN_OPTION'],
    ['POST', 'retention/apply', { globalTimeout: 0 }, 'INVALID_DURATION'],
  ])('refuses %s %s %j', (method, at, body, code) => calls().refused(method, at, body, 400, code));
});
