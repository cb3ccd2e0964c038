// Reading streams of runs: in any process, from any place, live, in order, without gap or double, to the end; by many for the price of one;
// and leaving nothing behind.
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import type { Run } from '../../lib/index.js';
import { PgDatabase } from '../../lib/store/pg-database.js';
import { type Cluster, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';

async function all<T>(chunks: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const chunk of chunks) list.push(chunk);
  return list;
}

/** Long before the tick of a minute; rejects when it is not. */
function soon<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('nothing came within 8 s')), 8_000);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** A workflow that writes what the spec tells it to, in a step, until it is told undefined. */
function toldWhatToWrite() {
  const told = new TestSignal<unknown>();
  const flow = workflow('told', async (wf) => {
    await wf.step('write', async () => {
      for (let chunk = await told.next(); chunk !== undefined; chunk = await told.next()) await wf.stream().write(chunk);
    });
  });
  return { told, flow };
}

const writesMany = workflow('many', async (wf, count: number) => {
  await wf.step('write', async () => {
    for (const i of numbers(count)) await wf.stream().write(i);
  });
});

/** Statements by name, sent by the applications of the cluster while they are watched. */
async function countingQueries(cluster: Cluster, work: (count: (name: string) => number) => Promise<void>): Promise<void> {
  const { query } = PgDatabase.prototype;
  const counts = new Map<string, number>();
  PgDatabase.prototype.query = function (this: PgDatabase, text: string, ...rest: never[]) {
    const name = /^\/\* (\S+) \*\//.exec(text)?.[1] ?? '';
    if (this.schema.includes(cluster.schema.schema)) counts.set(name, (counts.get(name) ?? 0) + 1);
    return query.call(this, text, ...rest);
  } as typeof query;
  try {
    await work((name) => counts.get(name) ?? 0);
  } finally {
    PgDatabase.prototype.query = query;
  }
}

const LOOK = 'stream.findMany';

/** Of 100 ms each; so many that whoever waits is asked for at some. */
async function ticksPass(count: (name: string) => number): Promise<void> {
  const before = count('run.listOverdue');
  await eventually(() => expect(count('run.listOverdue') - before).toBeGreaterThan(8));
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: { code: string }) => error.code,
  );

const UNKNOWN = '00000000-0000-4000-8000-00000000abcd';

describe('a reader in the same process', () => {
  it(
    'gets each chunk as it is written, and the end, long before the next tick',
    withCluster(async (cluster) => {
      const { told, flow } = toldWhatToWrite();
      const { workflows } = await cluster.app([flow], { tickInterval: 60_000 });
      const run = await workflows.start('told');
      const iterator = run.stream()[Symbol.asyncIterator]();
      for (const i of numbers(3)) {
        const next = iterator.next();
        told.emit(i);
        expect(await soon(next)).toEqual({ done: false, value: i });
      }
      const end = iterator.next();
      told.emit(undefined);
      expect(await soon(end)).toEqual({ done: true, value: undefined });
    }),
  );
});

describe('a reader in another process', () => {
  it.each([
    ['told of chunks long before its next tick', { tickInterval: 60_000 }],
    ['by its ticks alone, when notifications are off', { tickInterval: 100, notifications: false }],
  ])('gets each chunk as it is written: %s', (_, options) =>
    withCluster(async (cluster) => {
      const { told, flow } = toldWhatToWrite();
      // Who comes second knows of the first; the first would have to be told.
      const reader = await cluster.app([], options);
      const writer = await cluster.app([flow], options);
      const { runId } = await writer.workflows.start('told');
      const iterator = reader.workflows.getRun(runId).stream()[Symbol.asyncIterator]();
      for (const i of numbers(5)) {
        const next = iterator.next();
        told.emit(i);
        expect(await soon(next)).toEqual({ done: false, value: i });
      }
      const end = iterator.next();
      told.emit(undefined);
      expect(await soon(end)).toEqual({ done: true, value: undefined });
    })(),
  );

  it(
    'reads what was written before it came, more than one page of it, and goes on live',
    withCluster(async (cluster) => {
      const more = new TestSignal();
      const flow = workflow('flow', async (wf) => {
        await wf.step('first', async () => {
          for (const i of numbers(2_500)) await wf.stream().write(i);
        });
        await wf.step('wait', () => more.next());
        await wf.stream().write(2_500);
      });
      const writer = await cluster.app([flow]);
      const reader = await cluster.app([]);
      const { runId } = await writer.workflows.start('flow');
      await eventually(async () => expect(await cluster.count('streams')).toBe(2_500));
      const got: unknown[] = [];
      for await (const value of reader.workflows.getRun(runId).stream()) {
        got.push(value);
        if (got.length === 2_500) more.emit();
      }
      expect(got).toEqual(numbers(2_501));
    }),
  );

  it(
    'goes on where it left off, at whatever offset that was, and is told so by the chunks',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([writesMany]);
      const run = await workflows.start('many', [6]);
      await run.returnValue;
      for (const startIndex of numbers(7)) {
        const chunks = await all(run.stream('default', { startIndex }).chunks());
        expect(chunks.map(({ offset, value }) => [offset, value])).toEqual(
          numbers(6)
            .slice(startIndex)
            .map((i) => [i, i]),
        );
      }
      let next = 0;
      for (let i = 0; i < 6; i++)
        for await (const { offset, value } of run.stream('default', { startIndex: next }).chunks()) {
          expect([offset, value]).toEqual([i, i]);
          next = offset + 1;
          break;
        }
    }),
  );
});

describe('a stream as its readers see it', () => {
  it(
    'ends with its last chunk, however close to it the run ends: none is missed',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, n: number) => {
        for (const i of numbers(n % 5)) await wf.stream().write(i);
        if (n % 3 === 0) throw new Error('fails');
      });
      const { workflows } = await cluster.app([flow]);
      const reader = await cluster.app([]);
      const runs = await Promise.all(numbers(100).map((n) => workflows.start('flow', [n])));
      const read = await Promise.all(
        runs.flatMap((run) => [all(run.stream()), all(reader.workflows.getRun(run.runId).stream())]),
      );
      expect(read).toEqual(numbers(100).flatMap((n) => [numbers(n % 5), numbers(n % 5)]));
    }),
  );

  it(
    'ends when the run is cancelled, also in another process',
    withCluster(async (cluster) => {
      const { told, flow } = toldWhatToWrite();
      const { workflows } = await cluster.app([flow]);
      const reader = await cluster.app([]);
      const run = await workflows.start('told');
      told.emit(1);
      const got = [all(run.stream()), all(reader.workflows.getRun(run.runId).stream()), all(run.stream('other'))];
      await eventually(async () => expect(await cluster.count('streams')).toBe(1));
      await run.cancel();
      expect(await Promise.all(got)).toEqual([[1], [1], []]);
    }),
  );

  it(
    'ends when it is closed, also for a reader who starts beyond its end, and for one who comes later',
    withCluster(async (cluster) => {
      const release = new TestSignal();
      const flow = workflow('flow', async (wf) => {
        await wf.stream().write(1);
        await wf.stream().close();
        await wf.step('wait', () => release.next());
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      const starts = [0, 1, 2, 50];
      const read = () => Promise.all(starts.map((startIndex) => all(run.stream('default', { startIndex }))));
      expect(await read()).toEqual([[1], [], [], []]);
      expect(await read()).toEqual([[1], [], [], []]);
      release.emit();
      await run.returnValue;
    }),
  );

  it(
    'is waited for beyond its end, until it gets there',
    withCluster(async (cluster) => {
      const { told, flow } = toldWhatToWrite();
      // Told in the process itself, not by its ticks.
      const { workflows } = await cluster.app([flow], { tickInterval: 60_000 });
      const run = await workflows.start('told');
      const [atEnd, ahead] = [0, 3].map((startIndex) => all(run.stream('default', { startIndex })));
      for (const i of [...numbers(5), undefined]) told.emit(i);
      expect([await atEnd, await ahead]).toEqual([numbers(5), [3, 4]]);
    }),
  );

  it(
    'is given whole in large chunks too, a few at a time',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        for (const i of numbers(12)) await wf.stream().write(`${i}`.padEnd(700_000, '.'));
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      await run.returnValue;
      const twins = await Promise.all([all(run.stream<string>()), all(run.stream<string>('default', { startIndex: 5 }))]);
      expect(twins.map((got) => got.map((chunk) => Number.parseInt(chunk, 10)))).toEqual([numbers(12), numbers(12).slice(5)]);
    }),
  );

  it(
    'that is damaged at one place fails its readers there, and not before',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([writesMany]);
      const run = await workflows.start('many', [3]);
      await run.returnValue;
      await cluster.rows(`update streams set value = '{"$wf":["newer",1]}' where chunk_offset = 1`);
      const iterator = run.stream()[Symbol.asyncIterator]();
      expect(await iterator.next()).toEqual({ done: false, value: 0 });
      expect(await codeOf(iterator.next())).toBe('PAYLOAD_DECODE_FAILED');
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
    }),
  );
});

describe('many readers', () => {
  it(
    'of one stream cost one query at each look, not one each, and all get everything',
    withCluster(async (cluster) => {
      const { told, flow } = toldWhatToWrite();
      const reader = await cluster.app([], { tickInterval: 60_000 });
      const writer = await cluster.app([flow], { tickInterval: 60_000 });
      const { runId } = await writer.workflows.start('told');
      await countingQueries(cluster, async (count) => {
        const arrived = new TestSignal<unknown>();
        const readers = numbers(1_000).map(async () => {
          const got: unknown[] = [];
          for await (const value of reader.workflows.getRun(runId).stream()) {
            got.push(value);
            arrived.emit(value);
          }
          return got;
        });
        const rounds = 5;
        for (const i of numbers(rounds)) {
          told.emit(i);
          for (let n = 0; n < readers.length; n++) expect(await arrived.next()).toBe(i);
        }
        told.emit(undefined);
        for (const got of await Promise.all(readers)) expect(got).toEqual(numbers(rounds));
        // The first look of all, one for each chunk, one for the end; a flush and its notification may be two.
        expect(count(LOOK)).toBeLessThanOrEqual(2 * rounds + 4);
      });
    }),
  );

  it(
    'of many streams cost one query at each look too',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([writesMany], { tickInterval: 60_000 });
      const runs = await workflows.startMany(
        'many',
        numbers(200).map((n) => ({ args: [n % 7] })),
      );
      await Promise.all(runs.map((run) => run.returnValue));
      await countingQueries(cluster, async (count) => {
        const read = await Promise.all(runs.map((run) => all(run.stream())));
        expect(read).toEqual(numbers(200).map((n) => numbers(n % 7)));
        expect(count(LOOK)).toBe(1);
      });
    }),
  );

  it(
    'each at its own pace get the same: who lags behind what is kept in memory reads on from the database',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([writesMany]);
      const run = await workflows.start('many', [5_000]);
      const paces = [1, 1, 700, 2_400];
      const read = paces.map(async (pace) => {
        const got: unknown[] = [];
        for await (const value of run.stream()) {
          got.push(value);
          if (got.length % pace === 0 && pace > 1) await all(run.stream('default', { startIndex: 4_990 }));
        }
        return got;
      });
      for (const got of await Promise.all(read)) expect(got).toEqual(numbers(5_000));
    }),
  );
});

describe('a reader that leaves', () => {
  it.each<[string, (run: Run) => Promise<void>]>([
    [
      'by break',
      async (run) => {
        for await (const _ of run.stream()) break;
      },
    ],
    [
      'by return, while it waits for a chunk',
      async (run) => {
        const iterator = run.stream('default', { startIndex: 1 })[Symbol.asyncIterator]();
        const waiting = iterator.next();
        await new Promise(setImmediate);
        await iterator.return?.();
        expect(await waiting).toEqual({ done: true, value: undefined });
        expect(await iterator.next()).toEqual({ done: true, value: undefined });
      },
    ],
    [
      'by cancelling its ReadableStream, while it waits for a chunk',
      async (run) => {
        const reader = run.getReadable({ startIndex: 1 }).getReader();
        const waiting = reader.read();
        await new Promise(setImmediate);
        await reader.cancel();
        expect((await waiting).done).toBe(true);
      },
    ],
    [
      'by unsubscribing',
      async (run) => {
        expect(await firstValueFrom(run.observe())).toEqual({ id: '0', data: 'first' });
        const subscription = run.observe('default', { startIndex: 1 }).subscribe();
        await new Promise(setImmediate);
        subscription.unsubscribe();
      },
    ],
  ])('leaves nothing behind: %s', (_, leave) =>
    withCluster(async (cluster) => {
      const { told, flow } = toldWhatToWrite();
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('told');
      told.emit('first');
      await eventually(async () => expect(await cluster.count('streams')).toBe(1));
      await leave(run);
      await countingQueries(cluster, async (count) => {
        await ticksPass(count);
        expect(count(LOOK)).toBe(0);
        // The count does count.
        const staying = run.stream('default', { startIndex: 1 })[Symbol.asyncIterator]();
        void staying.next();
        await ticksPass(count);
        expect(count(LOOK)).toBeGreaterThan(1);
        await staying.return?.();
      });
      told.emit(undefined);
      await run.returnValue;
    })(),
  );
});

describe('a ReadableStream', () => {
  it(
    'reads only as much as is asked for, and all of it when it is',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([writesMany], { tickInterval: 60_000 });
      const run = await workflows.start('many', [3_000]);
      await run.returnValue;
      await countingQueries(cluster, async (count) => {
        const reader = run.getReadable<number>().getReader();
        // One look, and nobody else's.
        expect(await all(run.stream('empty'))).toEqual([]);
        expect(count(LOOK)).toBe(1);
        expect(await reader.read()).toEqual({ done: false, value: 0 });
        expect(await all(run.stream('empty'))).toEqual([]);
        expect(count(LOOK)).toBe(3);
        const rest: unknown[] = [];
        for (let read = await reader.read(); !read.done; read = await reader.read()) rest.push(read.value);
        expect(rest).toEqual(numbers(3_000).slice(1));
      });
    }),
  );

  it(
    'of bytes is the body of a Response',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        for (const word of ['so ', 'be ', 'it']) await wf.stream<Uint8Array>().write(new TextEncoder().encode(word));
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      expect(await new Response(run.readable as ReadableStream<Uint8Array>).text()).toBe('so be it');
      const tail = run.getReadable<Uint8Array>({ namespace: 'default', startIndex: 2 });
      expect(await new Response(tail).text()).toBe('it');
    }),
  );
});

describe('an Observable', () => {
  it(
    'gives messages with the offset as id, from where a client left off, and completes',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([writesMany]);
      const run = await workflows.start('many', [4]);
      const messages = await lastValueFrom(run.observe<number>().pipe(toArray()));
      expect(messages).toEqual(numbers(4).map((i) => ({ id: String(i), data: i })));
      const startIndex = Number(messages[1]?.id) + 1;
      expect(await lastValueFrom(run.observe('default', { endEvent: 'end' }))).toEqual({
        id: messages.at(-1)?.id,
        type: 'end',
        data: {},
      });
      const again = run.observe<number>('default', { startIndex });
      expect(await lastValueFrom(again.pipe(toArray()))).toEqual(messages.slice(2));
      // Each subscription reads by itself.
      expect(await lastValueFrom(again.pipe(take(1), toArray()))).toEqual(messages.slice(2, 3));
    }),
  );
});

describe('what readers are refused', () => {
  it(
    'a run that does not exist, by type',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([]);
      const run = workflows.getRun(UNKNOWN);
      const attempts = [
        all(run.stream()),
        all(run.stream('default', { startIndex: 7 }).chunks()),
        run.readable.getReader().read(),
        lastValueFrom(run.observe()),
      ];
      expect(await Promise.all(attempts.map(codeOf))).toEqual(Array(4).fill('RUN_NOT_FOUND'));
    }),
  );

  it(
    'a place or a name that is none, and unknown options, before any SQL',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([]);
      const run = workflows.getRun(UNKNOWN);
      const codes = (call: () => unknown) => {
        try {
          call();
          return 'none';
        } catch (error) {
          return (error as { code: string }).code;
        }
      };
      await countingQueries(cluster, async (count) => {
        for (const startIndex of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '1', null, 1n]) {
          const options = { startIndex } as never;
          expect(codes(() => run.stream('s', options))).toBe('INVALID_OPTION');
          expect(codes(() => run.getReadable(options))).toBe('INVALID_OPTION');
          expect(codes(() => run.observe('s', options))).toBe('INVALID_OPTION');
        }
        for (const name of ['', ' x', 5, null, 'a\0b', 'x'.repeat(256)] as never[]) {
          expect(codes(() => run.stream(name))).toBe('INVALID_ID');
          expect(codes(() => run.getReadable({ namespace: name }))).toBe('INVALID_ID');
          expect(codes(() => run.observe(name))).toBe('INVALID_ID');
        }
        for (const options of [{ from: 1 }, { offset: 2 }] as never[]) {
          expect(codes(() => run.stream('s', options))).toBe('UNKNOWN_OPTION');
          expect(codes(() => run.getReadable(options))).toBe('UNKNOWN_OPTION');
        }
        expect(codes(() => run.stream('s', null as never))).toBe('INVALID_OPTION');
        expect(count(LOOK)).toBe(0);
      });
    }),
  );

  it(
    'a process that shuts down: who waits is told, and who comes later',
    withCluster(async (cluster) => {
      const { told, flow } = toldWhatToWrite();
      const { workflows } = await cluster.app([flow]);
      const app = await cluster.app([]);
      const run = app.workflows.getRun((await workflows.start('told')).runId);
      const ended = new TestSignal<string>();
      const waiting = [all(run.stream()), all(run.stream('default', { startIndex: 5 })), run.readable.getReader().read()];
      const observed = lastValueFrom(run.observe('default', { endEvent: 'end' }), { defaultValue: 'completed' });
      await new Promise(setImmediate);
      const codes = Promise.all(waiting.map(codeOf));
      await cluster.leave(app);
      expect(await codes).toEqual(Array(3).fill('SHUTTING_DOWN'));
      // Without a message: Nest would send an error under an id that is none of the stream's.
      expect(await observed).toBe('completed');
      void codeOf(all(run.stream())).then((code) => ended.emit(code));
      expect(await ended.next()).toBe('SHUTTING_DOWN');
      told.emit(undefined);
    }),
  );
});

describe('telling other processes', () => {
  it(
    'costs few notifications, however many chunks are written',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([writesMany]);
      const reader = await cluster.app([]);
      const run = await workflows.start('many', [1]);
      await run.returnValue;
      await countingQueries(cluster, async (count) => {
        const before = count('notify');
        const big = await workflows.start('many', [20_000]);
        const got = await all(reader.workflows.getRun(big.runId).stream());
        expect(got).toHaveLength(20_000);
        expect(count('notify') - before).toBeLessThan(400);
      });
    }),
  );
});
