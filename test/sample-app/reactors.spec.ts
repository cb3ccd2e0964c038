// The sample's plant, in a really started app: queues, partitions, priorities, a rate, and a pause.
import type { QueueInfo } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { type Answer, BuiltSampleApp, TOKEN } from './built-sample-app.js';

interface Batch {
  batch: string;
  status: string;
  startedAt: string | null;
  report?: { chargedAt: string; dischargedAt: string };
}

interface Reactor {
  reactor: string;
  occupiedBy: Batch[];
  waiting: Batch[];
}

const OPERATOR = { authorization: `Bearer ${TOKEN}` };
/** Longer than any test. */
const LONG = 3_600;

describe('a plant', () => {
  let app: BuiltSampleApp;
  /** What a test leaves running. */
  const started: string[] = [];

  beforeAll(async () => {
    app = await BuiltSampleApp.build();
    await app.start();
  }, 60_000);

  afterEach(() => Promise.all(started.splice(0).map(stop)));
  afterAll(() => app?.dispose());

  async function start(reactor: string, seconds: number, priority = 0): Promise<string> {
    const { status, body } = await app.post<{ id: string }>('/reactors/batches', { reactor, recipe: 'Resin', seconds, priority });
    expect(status).toBe(201);
    started.push(body.id);
    return body.id;
  }

  async function find(id: string): Promise<Batch> {
    return (await app.get<Batch>(`/reactors/batches/${id}`)).body;
  }

  async function begun(id: string): Promise<void> {
    await eventually(async () => expect((await find(id)).startedAt).not.toBeNull());
  }

  /** When it occupied its reactor, by the plant's own clock. */
  async function finished(id: string): Promise<{ from: number; to: number }> {
    return eventually(async () => {
      const { status, report } = await find(id);
      expect(status).toBe('SUCCESS');
      return { from: Date.parse(report?.chargedAt ?? ''), to: Date.parse(report?.dischargedAt ?? '') };
    });
  }

  async function reactor(name: string): Promise<Reactor | undefined> {
    const { status, body } = await app.get<Reactor[]>(`/reactors?reactor=${name}`);
    expect(status).toBe(200);
    return body[0];
  }

  async function queue(name: string): Promise<QueueInfo | undefined> {
    return (await app.get<QueueInfo[]>('/reactors/queues')).body.find((found) => found.name === name);
  }

  function operate(action: 'pause' | 'resume', reason: string): Promise<Answer<unknown>> {
    return app.post(`/reactors/${action}`, { reason }, OPERATOR);
  }

  async function stop(id: string): Promise<void> {
    await app.post(`/workflows/api/runs/batch-${id}/cancel`, {}, { ...OPERATOR, 'x-workflows-request': '1' });
  }

  it('never has two batches in one reactor', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, () => start('line-1/shared', 0.05)));
    const times = (await Promise.all(ids.map(finished))).sort((a, b) => a.from - b.from);
    for (const [i, { from, to }] of times.entries()) {
      expect(to).toBeGreaterThan(from);
      expect(from).toBeGreaterThanOrEqual(times[i - 1]?.to ?? 0);
    }
  });

  it('goes on in the other reactors while one is occupied, and in that one as soon as it is free', async () => {
    const first = await start('line-1/slow', LONG);
    await begun(first);
    const second = await start('line-1/slow', 0);
    await finished(await start('line-1/quick', 0));
    await finished(await start('line-2/slow', 0));
    expect(await reactor('line-1/slow')).toMatchObject({ occupiedBy: [{ batch: first }], waiting: [{ batch: second }] });
    await stop(first);
    await finished(second);
    expect(await reactor('line-1/slow')).toBeUndefined();
  });

  it('takes the lower priority first, then the older, and says beforehand who is next', async () => {
    const first = await start('line-1/busy', LONG);
    await begun(first);
    const late = await start('line-1/busy', 0, 7);
    const early = await start('line-1/busy', 0, 3);
    const alsoEarly = await start('line-1/busy', 0, 3);
    const urgent = await start('line-1/busy', 0, -1);
    const turns = [urgent, early, alsoEarly, late];
    expect((await reactor('line-1/busy'))?.waiting.map(({ batch }) => batch)).toEqual(turns);
    await stop(first);
    const times = await Promise.all(turns.map(finished));
    for (const [i, { from }] of times.entries()) expect(from).toBeGreaterThanOrEqual(times[i - 1]?.to ?? 0);
  });

  it('has steam for three batches in all', async () => {
    const three = await Promise.all(['a', 'b', 'c'].map((name) => start(`line-3/${name}`, LONG)));
    await Promise.all(three.map(begun));
    const fourth = await start('line-3/d', 0);
    await lookedTwice();
    expect(await queue('reactors')).toMatchObject({ concurrency: 3, permits: 3, waiting: 1, deadlocks: [] });
    expect(await find(fourth)).toMatchObject({ status: 'ENQUEUED', startedAt: null });
    await stop(three[1] as string);
    await finished(fourth);
  });

  it('keeps a reactor occupied when the application is stopped and started again', async () => {
    const first = await start('line-1/kept', LONG);
    await begun(first);
    const second = await start('line-1/kept', 0);
    await app.end('SIGINT');
    await app.start();
    await lookedTwice();
    expect(await reactor('line-1/kept')).toMatchObject({ occupiedBy: [{ batch: first }], waiting: [{ batch: second }] });
    await stop(first);
    await finished(second);
  });

  it('begins no batch while its queue is paused, and ends those that have begun', async () => {
    const first = await start('line-1/inspected', 0.5);
    await begun(first);
    expect(await operate('pause', 'Inspection')).toEqual({ status: 200, body: { queue: 'reactors', isPaused: true } });
    const waiting = [await start('line-1/inspected', 0), await start('line-1/free', 0)];
    await finished(first);
    await lookedTwice();
    for (const id of waiting) expect(await find(id)).toMatchObject({ status: 'ENQUEUED', startedAt: null });
    expect(await queue('reactors')).toMatchObject({ isPaused: true, waiting: 2, permits: 0 });
    expect(await queue('readings')).toMatchObject({ isPaused: false });
    await operate('resume', 'Inspection passed');
    await Promise.all(waiting.map(finished));
  });

  it('lets operators pause, and nobody else', async () => {
    expect(await app.post('/reactors/pause', {})).toMatchObject({ status: 401 });
    expect(await app.post('/reactors/resume', {})).toMatchObject({ status: 401 });
    expect(await queue('reactors')).toMatchObject({ isPaused: false });
  });

  it('takes more readings at once than its historian, and stores them all', async () => {
    const held = eventually(async () => expect((await queue('readings'))?.waiting).toBeGreaterThan(0));
    await Promise.all([measure(30), held]);
    expect((await app.get('/reactors/readings')).body).toContainEqual({
      ...{ sensor: 'line-1/sensed/temperature', value: expect.any(Number), at: expect.any(String) },
    });
  });

  it('refuses what is no batch, no reading, no reason, or not there', async () => {
    const batch = { reactor: 'line-1/refusing', recipe: 'Resin' };
    expect(await app.post('/reactors/batches', { ...batch, reactor: 'reactor-a' })).toMatchObject({
      status: 400,
      body: { message: 'reactor must look like line-1/reactor-a.' },
    });
    expect(await app.post('/reactors/batches', { ...batch, recipe: '' })).toMatchObject({ status: 400 });
    expect(await app.post('/reactors/batches', { ...batch, priority: 'high' })).toMatchObject({ status: 400 });
    expect(await app.post('/reactors/readings', { reactor: 'line-1/refusing', count: 0 })).toMatchObject({ status: 400 });
    expect(await app.post('/reactors/pause', { reason: '' }, OPERATOR)).toMatchObject({ status: 400 });
    expect(await app.get('/reactors?reactor=all')).toMatchObject({ status: 400 });
    expect(await app.get('/reactors/batches/BATCH-none')).toMatchObject({ status: 404, body: { code: 'RUN_NOT_FOUND' } });
    expect(await reactor('line-1/refusing')).toBeUndefined();
  });

  async function measure(count: number): Promise<void> {
    const before = await stored();
    const answer = await app.post('/reactors/readings', { reactor: 'line-1/sensed', count });
    expect(answer).toEqual({ status: 202, body: { accepted: count, refused: 0 } });
    await eventually(async () => expect(await stored()).toBe(before + count));
  }

  /** One look at the queues takes what may begin in all of them: that a second one took something proves a whole look since the call. */
  async function lookedTwice(): Promise<void> {
    for (let looks = 0; looks < 2; looks++) await measure(1);
  }

  async function stored(): Promise<number> {
    const { rows } = await app.schema.pool.query<{ stored: number }>(
      `select count(*)::int as stored from workflow_status where name = 'reading.store' and status = 'SUCCESS'`,
    );
    return rows[0]?.stored ?? 0;
  }
});
