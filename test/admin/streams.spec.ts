// Streams of runs over HTTP: which there are, a range of one, and one as it is written: live, resumed without loss or double, and leaving nothing
// behind whoever ends it.
import { connect } from 'node:net';
import { Injectable } from '@nestjs/common';
import { StreamFeeds } from '../../lib/durable/stream-feeds.js';
import { Step, Workflow, WorkflowContext } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { type AdminApp, CREDENTIALS, startAdminApp } from './admin-app.js';
import { EventClient } from './event-client.js';

interface Chunk {
  offset: number;
  value: unknown;
  at: string;
  ordinal: number | null;
  attempt: number | null;
  attemptFrom: number | null;
}

interface Range {
  chunks: Chunk[];
  nextFrom?: number;
  closed: boolean;
}

/** What `streams.told` writes next; undefined ends it. */
let told = new TestSignal<unknown>();

@Injectable()
class StreamWorkflows {
  tries = 0;
  constructor(private readonly wf: WorkflowContext) {}

  @Workflow({ name: 'streams.told' })
  async told(): Promise<void> {
    await this.write();
  }

  @Step({ name: 'write' })
  async write(): Promise<void> {
    const mine = told;
    for (let chunk = await mine.next(); chunk !== undefined; chunk = await mine.next()) await this.wf.stream('log').write(chunk);
  }

  @Workflow({ name: 'streams.many' })
  async many(names: string[], count: number, chunk: unknown = null): Promise<void> {
    await this.writeAll(names, count, chunk);
  }

  @Step({ name: 'writeAll' })
  async writeAll(names: string[], count: number, chunk: unknown): Promise<void> {
    for (const name of names) for (let i = 0; i < count; i++) await this.wf.stream(name).write(chunk ?? i);
  }

  @Workflow({ name: 'streams.waits' })
  async waits(): Promise<void> {
    await this.wf.stream('log').write('a');
    await this.wf.sleep('1h');
  }

  @Workflow({ name: 'streams.again' })
  async again(): Promise<void> {
    await this.writeTwice();
  }

  @Step({ name: 'writeTwice', retry: { maxAttempts: 2, initialInterval: 0 } })
  async writeTwice(): Promise<void> {
    await this.wf.stream('log').write('a');
    if (++this.tries % 2 === 1) throw new Error('once more');
    await this.wf.stream('log').write('b');
    await this.wf.stream('log').close();
  }
}

/** How many streams somebody reads in this process. */
function watchingFeeds(): { open(): number; end(): void } {
  const { open } = StreamFeeds.prototype;
  const feeds = new Set<StreamFeeds>();
  StreamFeeds.prototype.open = function (this: StreamFeeds, ...place) {
    feeds.add(this);
    return open.apply(this, place);
  };
  return {
    open: () => [...feeds].reduce((sum, { size }) => sum + size, 0),
    end: () => {
      StreamFeeds.prototype.open = open;
    },
  };
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);
const values = (events: ReadonlyArray<{ data: unknown }>) => events.map(({ data }) => (data as Chunk).value);

describe.each(['express', 'fastify'] as const)('streams of runs on %s', (adapter) => {
  let admin: AdminApp;
  const boot = async () => {
    admin = await startAdminApp({ adapter, providers: [StreamWorkflows] });
  };
  beforeEach(() => {
    told = new TestSignal();
  });
  // A step that waits would keep the process until shutdownTimeout.
  afterEach(() => told.emit(undefined));

  const start = async (name: string, ...args: unknown[]) => (await admin.workflows.start(name, args)).runId;
  const done = async (name: string, ...args: unknown[]) => {
    const run = await admin.workflows.start(name, args);
    await run.returnValue;
    return run.runId;
  };
  const range = (runId: string, stream: string, query = '') =>
    admin.get<Range>(`/ops/api/runs/${runId}/streams/${encodeURIComponent(stream)}${query}`);
  const follow = (runId: string, { stream = 'log', query = '', last }: { stream?: string; query?: string; last?: string } = {}) =>
    EventClient.open(admin, `/ops/api/runs/${runId}/streams/${encodeURIComponent(stream)}/follow${query}`, last);

  describe('as they are asked for', () => {
    beforeAll(boot);
    afterAll(() => admin?.close());

    it('are listed by name with how much they hold and whether they are over', async () => {
      const runId = await done('streams.many', ['b', 'a/ä', 'c'], 3);
      await admin.workflows.start('streams.told', [], { id: 'live' });
      told.emit('x');
      await eventually(async () => {
        const { body } = await admin.get('/ops/api/runs/live/streams');
        expect(body).toEqual({ streams: [{ name: 'log', chunks: 1, closed: false, lastAt: expect.stringMatching(/Z$/) }] });
      });
      const { status, body } = await admin.get<{ streams: object[] }>(`/ops/api/runs/${runId}/streams`);
      expect(status).toBe(200);
      expect(body.streams).toEqual(
        ['a/ä', 'b', 'c'].map((name) => ({ name, chunks: 3, closed: true, lastAt: expect.any(String) })),
      );
      expect(await admin.get('/ops/api/runs/nobody/streams')).toMatchObject({ status: 404, body: { code: 'RUN_NOT_FOUND' } });
    });

    it('are listed up to 200, without reading what is in them', async () => {
      const runId = await done(
        'streams.many',
        numbers(205).map((i) => `s${String(i).padStart(3, '0')}`),
        1,
      );
      const { body } = await admin.get<{ streams: Array<{ name: string }> }>(`/ops/api/runs/${runId}/streams`);
      expect(body.streams.map(({ name }) => name)).toEqual(numbers(200).map((i) => `s${String(i).padStart(3, '0')}`));
      expect((await admin.get<{ streams: object[] }>(`/ops/api/runs/${await done('orders.fulfil', 1)}/streams`)).body).toEqual({
        streams: [],
      });
    });

    it('are read in ranges, to the end, each chunk once', async () => {
      const runId = await done('streams.many', ['log'], 25);
      const seen: unknown[] = [];
      let from: number | undefined = 0;
      while (from !== undefined) {
        const { status, body }: { status: number; body: Range } = await range(runId, 'log', `?from=${from}&limit=10`);
        expect(status).toBe(200);
        expect(body.closed).toBe(body.nextFrom === undefined);
        seen.push(...body.chunks.map(({ value }) => value));
        from = body.nextFrom;
      }
      expect(seen).toEqual(numbers(25));
      expect((await range(runId, 'log', '?from=23')).body).toEqual({
        chunks: [23, 24].map((offset) => ({
          offset,
          value: offset,
          at: expect.stringMatching(/Z$/),
          ordinal: expect.any(Number),
          attempt: 1,
          attemptFrom: 0,
        })),
        closed: true,
      });
      expect((await range(runId, 'log', '?from=99')).body).toEqual({ chunks: [], closed: true });
      expect((await range(runId, 'never written')).body).toEqual({ chunks: [], closed: true });
    });

    it('give no more than 1 MiB at once, and at least one chunk', async () => {
      const runId = await done('streams.many', ['log'], 5, 'x'.repeat(600_000));
      const first = await range(runId, 'log');
      expect(first.body.chunks.map(({ offset }) => offset)).toEqual([0, 1]);
      expect(first.body).toMatchObject({ nextFrom: 2, closed: false });
    });

    it('refuse a range that is none', async () => {
      const runId = await start('orders.wait');
      for (const query of ['limit=0', 'limit=501', 'from=-1', 'from=2147483648', 'from=x', 'start=1'])
        expect({ query, ...(await range(runId, 'log', `?${query}`)) }).toMatchObject({ query, status: 400 });
    });

    it('show what can not be read as such, in ranges and live', async () => {
      const runId = await done('streams.many', ['log'], 3);
      await admin.schema.pool.query(`update streams set value = '{"' where chunk_offset = 1`);
      const shown = [0, { unreadable: expect.any(String) }, 2];
      expect((await range(runId, 'log')).body.chunks.map(({ value }) => value)).toEqual(shown);
      const client = await follow(runId);
      expect(values((await client.rest()).slice(0, 3))).toEqual(shown);
    });

    it('are followed as they are written, to the end', async () => {
      const runId = await start('streams.told');
      const client = await follow(runId);
      expect(client.headers['cache-control']).toBe('no-store, no-transform');
      for (const value of ['a', { b: 1 }, 2n]) {
        told.emit(value);
        const event = await client.next<Chunk>();
        expect(event).toMatchObject({ event: 'chunk', data: { value: typeof value === 'bigint' ? '2n' : value, attempt: 1 } });
        expect(event?.id).toBe(String(event?.data.offset));
      }
      told.emit(undefined);
      expect(await client.rest()).toEqual([{ event: 'end', data: {} }]);
    });

    it('are followed from where a client wants, and go on after what it has got, without loss or double', async () => {
      const runId = await start('streams.told');
      for (const i of numbers(10)) told.emit(i);
      const first = await follow(runId, { query: '?from=3' });
      expect(values(await first.take(4))).toEqual([3, 4, 5, 6]);
      first.leave();
      // As an EventSource comes back: by the same address.
      const second = await follow(runId, { query: '?from=3', last: '6' });
      expect(values(await second.take(3))).toEqual([7, 8, 9]);
      told.emit(10);
      expect(values(await second.take(1))).toEqual([10]);
      told.emit(undefined);
      const third = await follow(runId, { last: '10' });
      expect(await third.rest()).toEqual([{ event: 'end', data: {} }]);
      expect(await second.rest()).toEqual([{ event: 'end', data: {} }]);
    });

    it('tell which attempt of a step wrote what', async () => {
      const runId = await done('streams.again');
      const events = await (await follow(runId)).rest<Chunk>();
      expect(events.slice(0, -1).map(({ data: { value, attempt, attemptFrom } }) => [value, attempt, attemptFrom])).toEqual([
        ['a', 1, 0],
        ['a', 2, 1],
        ['b', 2, 1],
      ]);
      const { body } = await admin.get(`/ops/api/runs/${runId}/streams`);
      expect(body).toMatchObject({ streams: [{ name: 'log', chunks: 3, closed: true }] });
    });

    it('are not begun for a run that is not there, nor from an id that is none', async () => {
      const runId = await start('orders.wait');
      const refused = async (path: string, last?: string) => {
        const headers = { ...CREDENTIALS, ...(last !== undefined && { 'last-event-id': last }) };
        const response = await admin.fetch(`/ops/api/runs/${path}`, { headers });
        return [response.status, /"code":"(\w+)"/.exec(await response.text())?.[1]];
      };
      expect(await refused('nobody/streams/log/follow')).toEqual([404, 'RUN_NOT_FOUND']);
      expect(await refused(`${runId}/streams/log/follow?from=x`)).toEqual([400, 'INVALID_REQUEST']);
      expect(await refused(`${runId}/streams/log/follow`, 'x')).toEqual([400, 'INVALID_REQUEST']);
      expect(await refused(`${runId}/streams/${'x'.repeat(90)}%00/follow`)).toEqual([400, 'INVALID_ID']);
    });
  });

  describe('that are followed leave nothing behind', () => {
    let feeds: ReturnType<typeof watchingFeeds>;
    beforeEach(async () => {
      feeds = watchingFeeds();
      await boot();
    });
    afterEach(async () => {
      told.emit(undefined);
      feeds.end();
      await admin?.close();
    });

    it('when the client goes away while it waits', async () => {
      const client = await follow(await start('streams.waits'));
      expect(values(await client.take(1))).toEqual(['a']);
      expect(feeds.open()).toBe(1);
      client.leave();
      await eventually(() => expect(feeds.open()).toBe(0));
    });

    it('when the stream is over', async () => {
      const client = await follow(await done('streams.many', ['log'], 3));
      expect(await client.rest()).toHaveLength(4);
      expect(feeds.open()).toBe(0);
    });

    it('when the run is deleted meanwhile: the client comes back, and is told', async () => {
      const runId = await start('streams.told');
      const client = await follow(runId);
      told.emit('a');
      expect(values(await client.take(1))).toEqual(['a']);
      await admin.schema.pool.query('delete from workflow_status where workflow_id = $1', [runId]);
      expect(await client.rest()).toEqual([]);
      await expect(follow(runId, { last: '0' })).rejects.toThrow('RUN_NOT_FOUND');
      await eventually(() => expect(feeds.open()).toBe(0));
    });

    it('when the application shuts down: no client is told that the stream was over', async () => {
      const runId = await start('streams.waits');
      const clients = await Promise.all(numbers(20).map(() => follow(runId)));
      for (const client of clients) expect(values(await client.take(1))).toEqual(['a']);
      await Promise.all([admin.app.close(), ...clients.map(async (client) => expect(await client.rest()).toEqual([]))]);
      expect(feeds.open()).toBe(0);
    });

    it('when the application shuts down and a client does not take what was sent', async () => {
      const runId = await done('streams.many', ['log'], 60, 'x'.repeat(400_000));
      const socket = connect(Number(new URL(admin.origin).port), '127.0.0.1');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined).pause();
      const lines = [`GET /ops/api/runs/${runId}/streams/log/follow HTTP/1.1`, 'host: a', 'authorization: Bearer ann', '', ''];
      socket.write(lines.join('\r\n'));
      await eventually(() => expect(feeds.open()).toBe(1));
      // In the time of another who takes it all, no more is read for this one than goes out.
      expect(await (await follow(runId)).rest()).toHaveLength(61);
      expect(feeds.open()).toBe(1);
      await admin.app.close();
      expect(feeds.open()).toBe(0);
      socket.resume();
      await closed;
    });
  });
});
