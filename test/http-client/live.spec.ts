// The client against a real application: every group, every route, each answer as OpenAPI describes it, and streams across cut connections.
import { isCut, isHidden, WorkflowsHttpError } from '../../lib/http-client/index.js';
import { WorkflowsAdminModule } from '../../lib/index.js';
import { BearerGuard, CREDENTIALS } from '../admin/admin-app.js';
import { eventually } from '../support/eventually.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { BATCH, PHASES } from '../templates/template-room.js';
import { ALL_ROUTES, liveApp, told } from './live-client.js';

/** `x-hides: 1`: sees no payloads and may do nothing. */
const access = (request: unknown) =>
  (request as { headers: Record<string, string> }).headers['x-hides'] === '1'
    ? ({ actions: [], payloads: false } as const)
    : ('all' as const);

describe('the client with a real application', () => {
  const live = liveApp({ imports: [WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard], access })] });
  const client = () => live().client;
  const hiding = () => live().clientOf({ headers: { ...CREDENTIALS, 'x-hides': '1' } });

  it('says who one is, and what one may do', async () => {
    const me = await client().me();
    expect(me).toMatchObject({ actor: 'ann', access: { payloads: true, actions: expect.arrayContaining(['cancel']) } });
    expect((await hiding().me()).access).toEqual({ actions: [], payloads: false });
    expect(Math.abs(Date.parse(me.serverTime) - Date.now())).toBeLessThan(60_000);
  });

  it('starts runs, finds them by what they are, and shows all of one', async () => {
    const { workflows, runs } = client();
    expect((await workflows.list()).workflows).toContainEqual(expect.objectContaining({ name: 'client.parent', served: true }));
    expect(await workflows.find('client.parent')).toMatchObject({ origin: 'ClientWorkflows.parent' });
    const order = { lot: 'L7', large: 'x'.repeat(70_000) };
    const { runId } = await workflows.start('client.parent', [order], {
      id: 'order/7?#%',
      attributes: { line: 'a' },
      reason: 'by hand',
    });
    expect(await workflows.start('client.parent', [order], { id: 'order/7?#%' })).toEqual({ runId });
    await eventually(async () => expect((await runs.find('order/7?#%')).waits).toMatchObject([{ kind: 'receive' }]));
    const { run } = await runs.find(runId);
    expect(run).toMatchObject({ runId, externalId: 'order/7?#%', attributes: { line: 'a' } });
    expect(isCut(run.input) && run.input.bytes > 70_000).toBe(true);
    expect((await runs.payload(runId, { of: 'input' })).value).toEqual([order]);

    const { runs: found } = await runs.list({ name: ['client.parent'], attributes: { line: 'a' }, input: { lot: 'L7' } });
    expect(found.map((one) => one.runId)).toEqual([runId]);
    expect(await runs.count({ nameContains: 'client.' })).toMatchObject({ count: 2, capped: false });
    expect((await runs.names()).names).toEqual(['client.batch', 'client.parent']);
    const pages: string[][] = [];
    for await (const page of runs.pages({ limit: 1 })) pages.push(page.map(({ workflowName }) => workflowName));
    expect(pages).toEqual([['client.batch'], ['client.parent']]);

    const [child] = (await runs.children(runId)).runs;
    expect(child).toMatchObject({ workflowName: 'client.batch', parentId: runId });
    // What JSON has no word for comes as a text.
    expect((await runs.events(runId)).events).toMatchObject([
      { key: 'phase', value: { at: '1970-01-01T00:00:00.000Z', left: '3n' } },
    ]);
    expect((await runs.events(runId, { after: 'phase' })).events).toEqual([]);
    const { events } = await runs.eventHistory(runId, { limit: 1 });
    expect(events).toMatchObject([{ key: 'phase', ordinal: expect.any(Number) }]);
    expect((await runs.steps(runId, { limit: 1 })).nextAfter).toEqual(expect.any(Number));

    await runs.send(runId, 'answer', { yes: true }, { idempotencyKey: 'k1' });
    await eventually(async () => expect((await runs.find(runId)).run.status).toBe('SUCCESS'));
    const { messages } = await runs.messages(runId);
    expect(messages).toMatchObject([{ topic: 'answer', payload: { yes: true }, idempotencyKey: 'k1' }]);
    const message = messages[0]?.messageId ?? '';
    expect((await runs.payload(runId, { of: 'message', message })).value).toEqual({ yes: true });
    const { entries } = await runs.audit(runId);
    expect(entries).toContainEqual(expect.objectContaining({ action: 'START', actor: 'ann', reason: 'by hand' }));
  });

  it('follows a stream across cut connections, each chunk once', async () => {
    const proxy = await TcpProxy.start(live().url);
    try {
      const { runId } = await client().workflows.start('client.told');
      const away = live().clientOf({ baseUrl: new URL('/ops', proxy.url) });
      const reconnects: string[] = [];
      const options = { onReconnect: ({ code }: WorkflowsHttpError) => void reconnects.push(code) };
      const reading = away.runs.follow(runId, 'log', options);
      const values: unknown[] = [];
      for (const piece of [['a', 'b'], ['c'], ['d', 'e']]) {
        for (const value of piece) {
          told.emit(value);
          values.push((await reading.next()).value?.value);
        }
        proxy.cut();
        proxy.heal();
        // Written while nobody listens.
        told.emit(`${piece[0]} later`);
        values.push((await reading.next()).value?.value);
      }
      told.emit(undefined);
      expect(await reading.next()).toEqual({ done: true, value: undefined });
      const written = ['a', 'b', 'a later', 'c', 'c later', 'd', 'e', 'd later'];
      expect(values).toEqual(written);
      expect(reconnects).toEqual(['NETWORK_ERROR', 'NETWORK_ERROR', 'NETWORK_ERROR']);

      expect((await client().runs.streams(runId)).streams).toMatchObject([{ name: 'log', chunks: written.length }]);
      const { chunks, nextFrom } = await client().runs.chunks(runId, 'log', { from: 2, limit: 2 });
      expect(chunks.map(({ value }) => value)).toEqual(['a later', 'c']);
      expect(nextFrom).toBe(4);
      const rest: unknown[] = [];
      for await (const { value } of client().runs.follow(runId, 'log', { from: 6 })) rest.push(value);
      expect(rest).toEqual(['e', 'd later']);
    } finally {
      await proxy.close();
    }
  });

  it('hears what changes, and hears it again from where it was', async () => {
    const { runs, workflows } = client();
    const { runId } = await workflows.start('orders.wait', [], { delay: '1h' });
    const feed = client().feed({ topics: [`run:${runId}`, 'queues'] });
    expect((await feed.next()).value).toMatchObject({ topic: 'feed', data: { stale: false }, id: expect.any(String) });
    await runs.cancel(runId);
    let last = '';
    for await (const change of feed) {
      last = change.id;
      if (change.data !== undefined && 'runId' in change.data && change.data.status === 'CANCELLED') {
        expect(change.topic).toBe(`run:${runId}`);
        break;
      }
    }
    await client().queues.create({ name: 'heard' });
    const again = client().feed({ topics: ['queues'], lastEventId: last });
    for await (const { topic } of again) {
      expect(topic).toBe('queues');
      break;
    }
  });

  it('gives orders to runs, each under its request id', async () => {
    const { runs, workflows, audit } = client();
    const { runId } = await workflows.start('orders.wait', [], { delay: '1h' });
    expect(await runs.setPriority(runId, -3, { reason: 'first' }, { requestId: 'order-1' })).toEqual({ changed: true });
    expect(await runs.setLegalHold(runId, true)).toEqual({ changed: true });
    expect(await runs.command(runId, 'stop', { reason: 'enough' })).toMatchObject({
      command: 'STOP',
      commandId: expect.any(String),
    });
    expect((await runs.commands(runId)).commands).toMatchObject([{ command: 'STOP', reason: 'enough', actor: 'ann' }]);
    expect(await runs.cancel(runId, { reason: 'late' })).toEqual({ runId, cancelled: false });
    const { entries } = await audit.list({ requestId: 'order-1', from: new Date(0) });
    expect(entries).toMatchObject([{ action: 'PRIORITY', runId, reason: 'first', actor: 'ann' }]);
  });

  it('is told what is wrong', async () => {
    const { runs, workflows } = client();
    await expect(runs.find('nobody')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', status: 404 });
    await expect(runs.list({ status: ['DONE' as never] })).rejects.toMatchObject({ code: 'INVALID_FILTER', status: 400 });
    await expect(workflows.start('client.told', [], { queue: 'nowhere' })).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND' });
    await expect(live().clientOf({ headers: {} }).me()).rejects.toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
    const elsewhere = live().clientOf({ baseUrl: `${live().url}/elsewhere` });
    await expect(elsewhere.me()).rejects.toMatchObject({ code: 'HTTP_404', status: 404 });
    const next = client().runs.follow('nobody', 'log').next();
    await expect(next).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', status: 404 });
    const problem = await runs.cancel('x'.repeat(256)).catch((error) => error);
    expect(WorkflowsHttpError.is(problem, 'INVALID_ID')).toBe(true);
    expect(problem.problem).toMatchObject({ title: 'Bad Request', requestId: problem.requestId });
  });

  it('sees no payloads without the right to, and is refused what it may not do', async () => {
    const { runId } = await client().workflows.start('orders.fulfil', [{ secret: 1 }], { attributes: { line: 'b' } });
    await client().workflows.start('orders.fulfil', [1]);
    await eventually(async () => expect((await client().runs.find(runId)).run.status).toBe('SUCCESS'));
    const { run } = await hiding().runs.find(runId);
    expect([run.input, run.output, run.attributes].every(isHidden)).toBe(true);
    await expect(hiding().runs.payload(runId, { of: 'input' })).rejects.toMatchObject({ code: 'PAYLOADS_FORBIDDEN' });
    await expect(hiding().runs.cancel(runId)).rejects.toMatchObject({ code: 'ACTION_FORBIDDEN', details: { action: 'cancel' } });
  });

  it('makes queues, changes them, and sees who is in them', async () => {
    const { queues, workflows, runs } = client();
    await queues.create({ name: 'line 1/a', concurrency: 2, reason: 'new' });
    await queues.update('line 1/a', { rateLimit: { limit: 5, period: '1s' }, concurrency: null });
    await queues.pause('line 1/a');
    const { runId } = await workflows.start('orders.wait', [], { queue: 'line 1/a', partitionKey: 'reactor?' });
    expect((await queues.list()).queues).toContainEqual(
      expect.objectContaining({ name: 'line 1/a', isPaused: true, rateLimit: { limit: 5, period: 1_000 }, concurrency: null }),
    );
    expect((await queues.partitions('line 1/a', { contains: 'REACTOR' })).partitions).toMatchObject([
      { partitionKey: 'reactor?', waiting: 1, holderCount: 0 },
    ]);
    expect((await queues.counts({ queue: 'line 1/a' })).counts).toMatchObject([{ status: 'ENQUEUED', count: 1, capped: false }]);
    await queues.resume('line 1/a');
    await eventually(async () => expect((await runs.find(runId)).run.hasPermit).toBe(true));
    await runs.cancel(runId);
    expect((await queues.throughput({ queue: 'line 1/a', minutes: 5 })).buckets).toMatchObject([
      { queue: 'line 1/a', ended: 1, failed: 0 },
    ]);
  });

  it('keeps templates and their enums, and starts with them', async () => {
    const { templates, enums, workflows, runs } = client();
    await enums.save({ ...PHASES, reason: 'new' });
    expect((await enums.find('Phase')).values).toEqual(PHASES.values);
    expect((await enums.list({ name: 'Phase' })).enums).toMatchObject([{ version: 1, size: PHASES.values.length }]);
    expect(await templates.save('client.batch', BATCH)).toMatchObject({ version: 1, createdBy: 'ann' });
    expect((await templates.find('client.batch', 'batch', { expand: true })).enums).toEqual({ Phase: 1 });
    expect((await templates.list({ workflow: 'client.batch', latestOnly: true })).templates).toMatchObject([{ name: 'batch' }]);
    const given = { template: 'batch', overrides: { lot: 'L7' } };
    expect(await workflows.inputs('client.batch', given)).toMatchObject({ inputs: { lot: 'L7' }, overrides: ['lot'] });
    await expect(workflows.inputs('client.batch', { template: 'batch', overrides: { lot: 7 } })).rejects.toMatchObject({
      code: 'TEMPLATE_INPUT_INVALID',
      details: { errors: expect.any(Array) },
    });
    const { runId } = await workflows.startWithTemplate('client.batch', given, { id: 'batch-7', reason: 'shift 2' });
    expect((await runs.find(runId)).run.provenance).toMatchObject({ template: 'batch', version: 1, actor: 'ann' });
    const document = await templates.export('client.batch', 'batch');
    expect(await templates.import(document)).toMatchObject({ version: 2 });
    expect(await templates.copy('client.batch', 'batch', { toWorkflow: 'client.told', newName: 'b' })).toMatchObject({
      name: 'b',
    });
    expect(await templates.setStatus('client.batch', 'batch', 2, 'obsolete')).toEqual({ changed: true });
    expect(await templates.delete('client.batch', 'batch', { version: 2 })).toEqual({ deleted: 1 });
    expect(await enums.setStatus('Phase', 1, 'obsolete')).toEqual({ changed: true });
    expect(await enums.delete('Phase')).toEqual({ deleted: 1 });
  });

  it('knows the processes, and takes them into maintenance and out', async () => {
    const { maintenance, workflows } = client();
    expect((await client().executors()).executors).toMatchObject([{ alive: true, isHere: true }]);
    expect(await client().diagnostics()).toMatchObject({
      schema: { isCurrent: true },
      versions: { library: (await client().me()).version },
    });
    const until = new Date(Date.now() + 3_600_000);
    expect(await maintenance.enter({ mode: 'drain', until, reason: 'deploy' })).toEqual({ cancelled: { queued: 0, running: 0 } });
    const [scope] = (await maintenance.status()).scopes;
    expect(scope).toMatchObject({ queue: null, reason: 'deploy', until: until.toISOString() });
    await expect(workflows.start('client.batch')).rejects.toMatchObject({ code: 'MAINTENANCE_ACTIVE', status: 409 });
    expect(await maintenance.exit()).toEqual({ ended: true });
    await expect(maintenance.swap()).rejects.toMatchObject({ code: 'MAINTENANCE_REQUIRED', status: 409 });
  });

  it('keeps runs as long as it is told', async () => {
    const { retention } = client();
    expect(await retention.update({ after: '30d', perWorkflow: { 'client.batch': { after: null } } })).toMatchObject({
      after: 30 * 86_400_000,
      perWorkflow: { 'client.batch': { after: null } },
    });
    expect(await retention.get()).toMatchObject({ after: 30 * 86_400_000, maxRows: null });
    expect(await retention.preview({ after: 0 })).toMatchObject({ dryRun: true, deleted: expect.any(Number) });
    expect(await retention.apply({ after: '1d', reason: 'space' })).toEqual({
      dryRun: false,
      deleted: 0,
      timedOut: 0,
      workflows: [],
    });
  });

  it('does one thing to many runs, after a look at which', async () => {
    const { bulkJobs, workflows, runs } = client();
    for (let i = 0; i < 3; i++) await workflows.start('orders.wait', [], { delay: '1h', attributes: { bulk: true } });
    const filter = { attributes: { bulk: true }, createdFrom: new Date(0) };
    const preview = await bulkJobs.preview({ cancel: {} }, filter);
    expect(preview).toMatchObject({ matched: 3, capped: false });
    expect(preview.sample).toHaveLength(3);
    const { jobId } = await bulkJobs.create({ action: { cancel: {} }, filter, reason: 'wrong line', idempotencyKey: 'once' });
    await eventually(async () => expect(await bulkJobs.find(jobId)).toMatchObject({ status: 'DONE', done: 3 }));
    expect((await bulkJobs.list({ status: ['DONE'] })).jobs).toMatchObject([{ jobId, filter: { attributes: { bulk: true } } }]);
    expect(await bulkJobs.cancel(jobId)).toEqual({ cancelled: false });
    expect((await runs.list({ status: ['CANCELLED'], attributes: { bulk: true } })).runs).toHaveLength(3);
  });

  it('starts after all, or throws away, what the database has refused', async () => {
    const { deadLetters } = client();
    const { workflows, schema } = live().admin;
    await schema.pool.query(
      `alter table workflow_status add constraint poisoned check (input is null or input not like '%bad%') not valid`,
    );
    for (let i = 0; i < 2; i++) {
      workflows.enqueueInMemory('orders.fulfil', ['bad']);
      await eventually(() => expect(workflows.inMemory.deadLetters).toBe(i + 1));
    }
    await schema.pool.query('alter table workflow_status drop constraint poisoned');
    const { letters } = await deadLetters.list();
    expect(letters).toMatchObject([{ workflowName: 'orders.fulfil', attempts: 3 }, {}]);
    expect(isHidden((await hiding().deadLetters.list()).letters[0]?.reason)).toBe(true);
    const [first, second] = letters.map(({ runId }) => runId) as [string, string];
    expect(await deadLetters.replay(first, { reason: 'cured' })).toEqual({ replayed: true });
    expect(await deadLetters.discard(second)).toEqual({ discarded: true });
    expect(await deadLetters.discard(second)).toEqual({ discarded: false });
  });

  it('was answered above by every route, but for the swap of a cluster that is drained', () => {
    expect(ALL_ROUTES.filter((label) => !live().answered.has(label))).toEqual(['POST maintenance/swap']);
  });
});
