// Runs over HTTP: found by whatever an operator knows of them, counted, and looked at whole, page by page, with payloads of any size.
import { Injectable } from '@nestjs/common';
import { Step, Workflow, WorkflowContext, WorkflowsAdminModule } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { type AdminApp, BearerGuard, CREDENTIALS, startAdminApp } from './admin-app.js';

interface RunPage {
  runs: Array<{ runId: string }>;
  nextCursor?: string;
}

const NO_RUN = '01890000-0000-7000-8000-000000000000';
/** Above what lists and details show. */
const LARGE = 'x'.repeat(70_000);

@Injectable()
class RecordWorkflows {
  constructor(private readonly wf: WorkflowContext) {}

  @Workflow({ name: 'records.steps' })
  async steps(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.one(i);
      await this.wf.setEvent(`phase ${i % 2}`, i);
    }
    await this.fails().catch(() => undefined);
  }

  @Step({ name: 'one' })
  async one(i: number): Promise<{ i: number }> {
    return { i };
  }

  @Step({ name: 'fails', retry: { maxAttempts: 3, initialInterval: 0 } })
  async fails(): Promise<void> {
    throw Object.assign(new Error('no paper'), { code: 'EPAPER' });
  }

  @Workflow({ name: 'records.throws' })
  async throws(): Promise<void> {
    throw Object.assign(new Error('out of steel'), { code: 'ESTEEL' });
  }

  @Workflow({ name: 'records.receives' })
  async receives(): Promise<unknown> {
    return [await this.wf.receive('go'), await this.wf.receive('on', { timeout: '1h' })];
  }

  @Workflow({ name: 'records.parent' })
  async parent(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.wf.startChild('orders.fulfil', [i], { id: `${this.wf.runId}/${i}` });
  }

  @Workflow({ name: 'records.large' })
  async large(input: unknown): Promise<unknown> {
    await this.echo(input);
    await this.wf.setEvent('seen', input);
    await this.wf.receive('go');
    return input;
  }

  @Step({ name: 'echo' })
  async echo(value: unknown): Promise<unknown> {
    return value;
  }
}

describe.each(['express', 'fastify'] as const)('runs on %s', (adapter) => {
  let admin: AdminApp;
  beforeAll(async () => {
    admin = await startAdminApp({
      adapter,
      providers: [RecordWorkflows],
      imports: [
        WorkflowsAdminModule.forRoot({
          path: 'ops',
          guards: [BearerGuard],
          access: (request) =>
            (request as { headers: Record<string, string> }).headers['x-role'] === 'clerk'
              ? { actions: ['send'], payloads: false }
              : 'all',
        }),
      ],
    });
  });
  afterAll(() => admin?.close());

  const get = async <T>(path: string): Promise<T> => {
    const { status, body } = await admin.get<T>(`/ops/api/${path}`);
    expect({ path, status, body: status === 200 ? 200 : body }).toEqual({ path, status: 200, body: 200 });
    return body;
  };
  const idsOf = async (query: string) => (await get<RunPage>(`runs?${query}`)).runs.map(({ runId }) => runId);
  const done = async (name: string, ...args: unknown[]) => {
    const run = await admin.workflows.start(name, args);
    await run.returnValue.catch(() => undefined);
    return run.runId;
  };
  const json = (value: unknown) => encodeURIComponent(JSON.stringify(value));

  /** All pages of a list of records of a run. */
  async function pages<T>(path: string, key: string, limit: number): Promise<T[]> {
    const all: T[] = [];
    let after: unknown;
    do {
      const query: string = after === undefined ? `limit=${limit}` : `limit=${limit}&after=${encodeURIComponent(String(after))}`;
      const body: Record<string, unknown> = await get(`${path}?${query}`);
      const page = body[key] as T[];
      expect(page.length).toBeLessThanOrEqual(limit);
      if (body.nextAfter !== undefined) expect(page).toHaveLength(limit);
      all.push(...page);
      after = body.nextAfter;
    } while (after !== undefined);
    return all;
  }

  it('are found by each of the filters, and by several together', async () => {
    const { workflows } = admin;
    await workflows.queues.create({ name: 'line 1' });
    const later = { delay: '1h' as const };
    const a = (
      await workflows.start('orders.wait', [{ order: 7, lines: ['x'] }], {
        ...later,
        id: 'order 7/a',
        queue: 'line 1',
        partitionKey: 'reactor/a',
        deduplicationId: 'lot 7',
        attributes: { line: 'a' },
      })
    ).runId;
    const b = (await workflows.start('orders.wait', ['order 8'], { ...later, attributes: { line: 'b' } })).runId;
    await workflows.setLegalHold(b, true);
    const failed = await done('records.throws');
    const before = new Date(Date.now() + 3_600_000).toISOString();
    const parent = await done('records.parent', 1);
    const child = (await workflows.getRun(`${parent}/0`)).runId;
    await workflows.getRun(child).returnValue;
    const { rows } = await admin.schema.pool.query<{ by: string }>(
      'select claimed_by "by" from workflow_status where workflow_id = $1',
      [child],
    );
    const all = [child, parent, failed, b, a];
    const expected: Array<[query: string, runIds: string[]]> = [
      ['', all],
      ['name=orders.wait', [b, a]],
      ['name=orders.wait&name=records.throws', [failed, b, a]],
      ['nameContains=RECORDS.', [parent, failed]],
      ['nameContains=%25', []],
      ['status=DELAYED', [b, a]],
      ['status=ERROR&status=CANCELLED', [failed]],
      ['queue=line%201', [a]],
      ['queue=line%201&queue=default', all],
      ['partitionKey=reactor%2Fa', [a]],
      [`parentId=${parent}`, [child]],
      ['externalId=order%207%2Fa', [a]],
      ['deduplicationId=lot%207', [a]],
      [`executorId=${rows[0]?.by}`, [child, parent, failed]],
      [`executorId=${NO_RUN}`, []],
      ['legalHold=true', [b]],
      ['legalHold=false&name=orders.wait', [a]],
      ['errorCode=ESTEEL', [failed]],
      [`createdBefore=${before}`, all],
      [`createdFrom=${before}`, []],
      [`completedBefore=${before}`, [child, parent, failed]],
      [`completedFrom=${before}`, []],
      [`attributes=${json({ line: 'a' })}`, [a]],
      [`input=${json({ order: 7 })}`, [a]],
      [`input=${json('order 8')}`, [b]],
      [`name=orders.wait&status=DELAYED&attributes=${json({ line: 'b' })}`, [b]],
    ];
    for (const [query, runIds] of expected) {
      expect({ query, runIds: await idsOf(query) }).toEqual({ query, runIds });
      expect(await get(`runs/count?${query}`)).toEqual({ count: runIds.length, capped: false });
    }
    expect(await get('runs/count?atMost=2')).toEqual({ count: 2, capped: true });
    expect(await get('runs/names')).toEqual({ names: ['orders.fulfil', 'orders.wait', 'records.parent', 'records.throws'] });
  });

  it('are not found by values that are none', async () => {
    const refused: Array<[query: string, code: string]> = [
      ['status=DONE', 'INVALID_FILTER'],
      ['executorId=x', 'INVALID_FILTER'],
      ['legalHold=1', 'INVALID_REQUEST'],
      ['completedFrom=yesterday', 'INVALID_DURATION'],
      ['input={', 'INVALID_REQUEST'],
      [`nameContains=${'x'.repeat(256)}`, 'INVALID_REQUEST'],
      ['atMost=0', 'INVALID_REQUEST'],
    ];
    for (const [query, code] of refused)
      expect({ query, ...(await admin.get(`/ops/api/runs/count?${query}`)) }).toMatchObject({
        query,
        status: 400,
        body: { code },
      });
    expect(await admin.get('/ops/api/runs?atMost=5')).toMatchObject({ status: 400, body: { code: 'UNKNOWN_OPTION' } });
  });

  it('show their children page by page', async () => {
    const parent = await done('records.parent', 5);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page: RunPage = await get(`runs/${parent}/children?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.runs.map(({ runId }) => runId));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).toEqual([4, 3, 2, 1, 0].map((i) => admin.workflows.getRun(`${parent}/${i}`).runId));
    expect(await get(`runs/${seen[0]}/children`)).toEqual({ runs: [] });
  });

  it('show what they did page by page: steps, failed attempts, events, and every value of them', async () => {
    const runId = await done('records.steps', 9);
    type StepView = { ordinal: number; kind: string; name: string; output: unknown; error: unknown; failedAttempts: object[] };
    const steps = await pages<StepView>(`runs/${runId}/steps`, 'steps', 4);
    expect(steps.map(({ ordinal }) => ordinal)).toEqual([...steps.map(({ ordinal }) => ordinal)].sort((x, y) => x - y));
    expect(steps.filter(({ name }) => name === 'one').map(({ output }) => output)).toEqual(
      [...Array(9).keys()].map((i) => ({ i })),
    );
    expect(steps.at(-1)).toMatchObject({
      name: 'fails',
      error: { name: 'Error', code: 'EPAPER', message: 'no paper' },
      failedAttempts: [1, 2, 3].map((attempt) => ({ attempt, error: { message: 'no paper' } })),
    });
    expect((await get<{ steps: StepView[] }>(`runs/${runId}/steps`)).steps).toEqual(steps);
    const time = expect.stringMatching(/Z$/);
    expect(await get(`runs/${runId}/events`)).toEqual({
      events: [
        { key: 'phase 0', value: 8, updatedAt: time, ordinal: 17 },
        { key: 'phase 1', value: 7, updatedAt: time, ordinal: 15 },
      ],
    });
    const last = await pages<{ key: string }>(`runs/${runId}/events`, 'events', 1);
    expect(last.map(({ key }) => key)).toEqual(['phase 0', 'phase 1']);
    const history = await pages<{ key: string; value: number; ordinal: number }>(`runs/${runId}/event-history`, 'events', 4);
    expect(history.map(({ value }) => value)).toEqual([...Array(9).keys()]);
    expect(await admin.get(`/ops/api/runs/${runId}/steps?limit=501`)).toMatchObject({ status: 400 });
    expect(await admin.get(`/ops/api/runs/${runId}/steps?after=x`)).toMatchObject({ status: 400 });
  });

  it('show what they wait for, and their mailbox: what has come, and what was received', async () => {
    const run = await admin.workflows.start('records.receives', [], { id: `mail/${adapter}` });
    const detail = () => get<{ run: Record<string, unknown>; waits: object[] }>(`runs/${encodeURIComponent(`mail/${adapter}`)}`);
    await eventually(async () =>
      expect((await detail()).waits).toMatchObject([{ kind: 'receive', sourceKey: 'go', wakeAt: null }]),
    );
    await run.send('go', { line: 1 });
    await eventually(async () =>
      expect((await detail()).waits).toMatchObject([{ sourceKey: 'on', wakeAt: expect.stringMatching(/Z$/) }]),
    );
    for (const i of [1, 2, 3]) await run.send('other', i, { idempotencyKey: `other ${i}` });
    const messages = await pages<object>(`runs/${run.runId}/messages`, 'messages', 3);
    expect(messages).toMatchObject([
      { topic: 'go', payload: { line: 1 }, takenBy: expect.any(Number), takenAt: expect.any(String) },
      ...[1, 2, 3].map((i) => ({ topic: 'other', payload: i, idempotencyKey: `other ${i}`, takenBy: null, takenAt: null })),
    ]);
    await run.cancel();
    expect(await detail()).toMatchObject({ run: { status: 'CANCELLED', externalId: `mail/${adapter}` }, waits: [] });
  });

  it('show large payloads cut, and in full when they are asked for', async () => {
    const run = await admin.workflows.start('records.large', [LARGE]);
    await run.send('unread', LARGE);
    await admin.workflows.sendCommand(run.runId, 'CALIBRATE', { data: LARGE });
    await run.send('go');
    await run.returnValue;
    const cut = { truncated: true, bytes: expect.any(Number) };
    type Named = { name: string; ordinal: number; output: unknown };
    const { run: details } = await get<{ run: object }>(`runs/${run.runId}`);
    expect(details).toMatchObject({ input: cut, output: cut });
    const { steps } = await get<{ steps: Named[] }>(`runs/${run.runId}/steps`);
    const step = steps.find(({ name }) => name === 'echo');
    expect(step?.output).toEqual(cut);
    const { events } = await get<{ events: Array<{ ordinal: number; value: unknown }> }>(`runs/${run.runId}/event-history`);
    expect(events.map(({ value }) => value)).toEqual([cut]);
    expect((await get<{ events: object[] }>(`runs/${run.runId}/events`)).events).toEqual([
      { ...events[0], updatedAt: expect.any(String) },
    ]);
    const { commands } = await get<{ commands: Array<{ commandId: string; data: unknown }> }>(`runs/${run.runId}/commands`);
    expect(commands.map(({ data }) => data)).toEqual([cut]);
    const { messages } = await get<{ messages: Array<{ topic: string; messageId: string; payload: unknown }> }>(
      `runs/${run.runId}/messages`,
    );
    const unread = messages.find(({ topic }) => topic === 'unread');
    expect(unread?.payload).toEqual(cut);
    const payload = (query: string) => get<{ value: unknown }>(`runs/${run.runId}/payload?${query}`);
    expect(await payload('of=input')).toEqual({ value: [LARGE] });
    for (const query of ['of=output', `of=step&ordinal=${step?.ordinal}`, `of=event&ordinal=${events[0]?.ordinal}`])
      expect({ query, ...(await payload(query)) }).toEqual({ query, value: LARGE });
    expect(await payload(`of=message&message=${unread?.messageId}`)).toEqual({ value: LARGE });
    expect(await payload(`of=command&command=${commands[0]?.commandId}`)).toEqual({ value: LARGE });
    const refused: Array<[query: string, status: number, code: string]> = [
      ['', 400, 'INVALID_REQUEST'],
      ['of=secret', 400, 'INVALID_REQUEST'],
      ['of=step', 400, 'INVALID_REQUEST'],
      ['of=message', 400, 'INVALID_REQUEST'],
      ['of=message&message=x', 400, 'INVALID_PAGE'],
      ['of=command', 400, 'INVALID_REQUEST'],
      ['of=command&command=x', 400, 'INVALID_PAGE'],
      ['of=command&command=999999', 404, 'PAYLOAD_NOT_FOUND'],
      ['of=step&ordinal=99', 404, 'PAYLOAD_NOT_FOUND'],
    ];
    for (const [query, status, code] of refused)
      expect({ query, ...(await admin.get(`/ops/api/runs/${run.runId}/payload?${query}`)) }).toMatchObject({
        query,
        status,
        body: { code },
      });
    expect(await admin.get(`/ops/api/runs/${NO_RUN}/payload?of=input`)).toMatchObject({ status: 404 });
    const clerk = await admin.fetch(`/ops/api/runs/${run.runId}/payload?of=input`, {
      headers: { ...CREDENTIALS, 'x-role': 'clerk' },
    });
    expect([clerk.status, await clerk.json()]).toMatchObject([403, { code: 'PAYLOADS_FORBIDDEN' }]);
  });

  it('show what they were sent page by page, also where one of the commands is damaged', async () => {
    const { runId } = await admin.workflows.start('orders.wait', [], { delay: '1h' });
    for (const n of [1, 2, 3]) await admin.workflows.sendCommand(runId, 'CALIBRATE', { data: { n } });
    type Page = { commands: Array<{ commandId: string; data: unknown }>; nextBefore?: string };
    const first = await get<Page>(`runs/${runId}/commands?limit=2`);
    expect(first).toMatchObject({ commands: [{ data: { n: 3 } }, { data: { n: 2 } }], nextBefore: first.commands[1]?.commandId });
    const rest = await get<Page>(`runs/${runId}/commands?limit=2&before=${first.nextBefore}`);
    expect(rest).toEqual({ commands: [expect.objectContaining({ data: { n: 1 } })] });
    const damage = `update commands set data = '{"$bad":1' where workflow_id = $1 and command_id = $2`;
    await admin.schema.pool.query(damage, [runId, first.nextBefore]);
    const { commands } = await get<Page>(`runs/${runId}/commands`);
    expect(commands.map(({ data }) => data)).toEqual([{ n: 3 }, { unreadable: expect.any(String) }, { n: 1 }]);
  });

  it('are not shown when there are none', async () => {
    for (const path of ['', '/commands', '/streams', '/streams/log'])
      expect({ path, ...(await admin.get(`/ops/api/runs/${NO_RUN}${path}`)) }).toMatchObject({
        path,
        status: 404,
        body: { code: 'RUN_NOT_FOUND' },
      });
  });

  it('are for someone: who asks is told who they are, what they may do, and who answers', async () => {
    const me = await get<Record<string, unknown>>('me');
    expect(me).toEqual({
      actor: 'ann',
      access: { actions: expect.arrayContaining(['cancel', 'send']), payloads: true },
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      schema: { name: admin.schema.schema },
      executorId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      serverTime: expect.stringMatching(/Z$/),
    });
    const clerk = await admin.fetch('/ops/api/me', { headers: { ...CREDENTIALS, 'x-role': 'clerk' } });
    expect(await clerk.json()).toMatchObject({ access: { actions: ['send'], payloads: false } });
  });
});
