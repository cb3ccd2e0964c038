// Queues over HTTP: made, changed, paused, and looked at with who waits and who holds them; every change audited.
import { eventually } from '../support/eventually.js';
import { ADAPTERS, callsOf, path, STRANGE } from './admin-calls.js';

describe.each(ADAPTERS)('queues on %s', (adapter) => {
  const calls = callsOf({ adapter });
  const find = async (name: string) =>
    (await calls().get('queues')).queues.find((queue: { name: string }) => queue.name === name);
  const start = async (options: object) =>
    (await calls().send<{ runId: string }>('POST', 'workflows/orders.wait/runs', options)).body.runId;

  it('are made with limits, once', async () => {
    const queue = { name: 'ovens', concurrency: 2, rateLimit: { limit: 5, period: '1m' }, releaseWhileWaiting: true };
    expect(await calls().write('POST', 'queues', queue, 'QUEUE_CREATE')).toEqual({ name: 'ovens' });
    expect(await find('ovens')).toMatchObject({
      concurrency: 2,
      workerConcurrency: null,
      rateLimit: { limit: 5, period: 60_000 },
      partitionConcurrency: 1,
      releaseWhileWaiting: true,
      isPaused: false,
      waiting: 0,
      permits: 0,
      oldestWaitingAt: null,
      maintenance: null,
      deadlocks: [],
    });
    await calls().refused('POST', 'queues', queue, 409, 'QUEUE_EXISTS');
  });

  it('are changed in what is given, and nothing else', async () => {
    await calls().write('POST', 'queues', { name: STRANGE, concurrency: 2, workerConcurrency: 1 }, 'QUEUE_CREATE');
    const { status, audit } = await calls().send('PATCH', path`queues/${STRANGE}`, {
      concurrency: null,
      partitionConcurrency: 3,
    });
    expect(status).toBe(200);
    expect(audit).toMatchObject([{ actor: 'ann', action: 'QUEUE_UPDATE', reason: null }]);
    expect(await find(STRANGE)).toMatchObject({ concurrency: null, workerConcurrency: 1, partitionConcurrency: 3 });
    await calls().write('PATCH', path`queues/${STRANGE}`, { rateLimit: { limit: 1, period: 200 } }, 'QUEUE_UPDATE');
    expect(await find(STRANGE)).toMatchObject({ workerConcurrency: 1, rateLimit: { limit: 1, period: 200 } });
  });

  it('that are paused begin nothing until they are resumed', async () => {
    const name = `${STRANGE} paused`;
    await calls().write('POST', 'queues', { name }, 'QUEUE_CREATE');
    expect(await calls().write('POST', path`queues/${name}/pause`, {}, 'QUEUE_PAUSE')).toEqual({ name });
    const runId = await start({ queue: name });
    await calls().admin.workflows.dispatch();
    expect(await find(name)).toMatchObject({ isPaused: true, waiting: 1, oldestWaitingAt: expect.any(String) });
    expect(await calls().admin.workflows.getRun(runId).status).toBe('ENQUEUED');
    await calls().write('POST', path`queues/${name}/resume`, {}, 'QUEUE_RESUME');
    await eventually(async () => expect(await calls().admin.workflows.getRun(runId).status).toBe('WAITING'));
    expect(await find(name)).toMatchObject({ isPaused: false, waiting: 0 });
  });

  it('show who holds each partition and who waits for it, in pages and by a part of the key', async () => {
    const name = `${STRANGE} lines`;
    await calls().write('POST', 'queues', { name }, 'QUEUE_CREATE');
    const keys = ['line-1/reactor-a', 'line-1/reactor-b', 'line-2/reactor-a'];
    const holders: string[] = [];
    for (const partitionKey of keys) {
      holders.push(await start({ queue: name, partitionKey }));
      await eventually(async () => expect(await calls().admin.workflows.getRun(holders.at(-1) ?? '').status).toBe('WAITING'));
      await start({ queue: name, partitionKey });
    }
    const at = path`queues/${name}/partitions`;
    const seen: object[] = [];
    let cursor: string | undefined;
    do {
      const query: string = cursor === undefined ? '' : path`&cursor=${cursor}`;
      const page = await calls().get(`${at}?limit=2${query}`);
      expect(page.partitions.length).toBeLessThanOrEqual(2);
      seen.push(...page.partitions);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen).toMatchObject(
      keys.map((partitionKey, i) => ({
        partitionKey,
        waiting: 1,
        holderCount: 1,
        holders: [{ runId: holders[i], workflowName: 'orders.wait' }],
        oldestWaitingAt: expect.any(String),
      })),
    );
    const { partitions } = await calls().get(`${at}?contains=REACTOR-A`);
    expect(partitions.map((one: { partitionKey: string }) => one.partitionKey)).toEqual([keys[0], keys[2]]);
  });

  it('tell how many runs ended in them lately', async () => {
    await calls().write('POST', 'queues', { name: 'ending' }, 'QUEUE_CREATE');
    const { runId } = (
      await calls().send<{ runId: string }>('POST', 'workflows/orders.wait/runs', { queue: 'ending', delay: '1h' })
    ).body;
    expect((await calls().get('queues/throughput?queue=ending')).buckets).toEqual([]);
    await calls().write('POST', `runs/${runId}/cancel`, {}, 'CANCEL');
    const found = await calls().get('queues/throughput?queue=ending&minutes=5');
    expect(found).toEqual({
      from: expect.any(String),
      to: expect.any(String),
      bucketMs: 60_000,
      buckets: [{ queue: 'ending', at: expect.stringMatching(/:00\.000Z$/), ended: 1, failed: 0 }],
    });
    expect((await calls().get('queues/throughput?minutes=1440')).bucketMs).toBe(900_000);
  });

  it('are counted by status, with what is over', async () => {
    await calls().write('POST', 'queues', { name: 'counted' }, 'QUEUE_CREATE');
    const runs: string[] = [];
    for (let i = 0; i < 4; i++) runs.push(await start({ queue: 'counted', delay: '1h' }));
    await calls().write('POST', `runs/${runs[0]}/cancel`, {}, 'CANCEL');
    const { counts } = await calls().get('queues/counts?queue=counted');
    expect(counts).toHaveLength(2);
    for (const [status, count] of [
      ['DELAYED', 3],
      ['CANCELLED', 1],
    ])
      expect(counts).toContainEqual({ queue: 'counted', status, count, capped: false, oldestAt: expect.any(String) });
    expect((await calls().get('queues/counts')).counts).toContainEqual(
      expect.objectContaining({ queue: 'counted', status: 'DELAYED', count: 3 }),
    );
    expect((await calls().get('queues/counts?queue=counted&name=orders.fulfil')).counts).toEqual([]);
  });

  it.each<[method: string, path: string, body: object, status: number, code: string]>([
    ['POST', 'queues', {}, 400, 'INVALID_REQUEST'],
    ['POST', 'queues', { name: ' x ' }, 400, 'INVALID_ID'],
    ['POST', 'queues', { name: '.' }, 400, 'INVALID_ID'],
    ['POST', 'queues', { name: '..' }, 400, 'INVALID_ID'],
    ['POST', 'queues', { name: 'x', concurrency: 0 }, 400, 'INVALID_QUEUE_OPTION'],
    ['POST', 'queues', { name: 'x', concurency: 1 }, 400, 'UNKNOWN_OPTION'],
    ['POST', 'queues', { name: 'x', rateLimit: { limit: 1, period: 'often' } }, 400, 'INVALID_DURATION'],
    ['POST', 'queues', { name: 'x', rateLimit: { limit: 1, per: '1s' } }, 400, 'UNKNOWN_OPTION'],
    ['PATCH', 'queues/default', { partitionConcurrency: null }, 400, 'INVALID_QUEUE_OPTION'],
    ['PATCH', 'queues/default', { isPaused: true }, 400, 'UNKNOWN_OPTION'],
    ['PATCH', 'queues/nobody', { concurrency: 1 }, 404, 'QUEUE_NOT_FOUND'],
    ['POST', 'queues/nobody/pause', {}, 404, 'QUEUE_NOT_FOUND'],
    ['POST', 'queues/nobody/resume', {}, 404, 'QUEUE_NOT_FOUND'],
    ['GET', 'queues/nobody/partitions', {}, 404, 'QUEUE_NOT_FOUND'],
    ['GET', 'queues/default/partitions?limit=0', {}, 400, 'INVALID_REQUEST'],
    ['GET', 'queues/default/partitions?cursor=x', {}, 400, 'INVALID_FILTER'],
  ])('refuse %s %s %j', (method, at, body, status, code) => calls().refused(method, at, body, status, code));
});
