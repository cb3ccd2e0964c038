// What a run writes to its streams: the workflow's own code each chunk once, whatever happens to its process; its steps at least once, each
// chunk with the attempt it is of.
import { Injectable } from '@nestjs/common';
import {
  type Run,
  Step,
  type StreamChunk,
  StreamClosedError,
  Workflow,
  WorkflowContext,
  withoutSuperseded,
} from '../../lib/index.js';
import { type Cluster, never, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';

async function all<T>(chunks: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const chunk of chunks) list.push(chunk);
  return list;
}
const values = (run: Run, name?: string) => all(run.stream(name));
const chunksOf = (run: Run, name?: string) => all(run.stream(name).chunks());

/** The table itself: gaps and doubles would show. */
const rows = (cluster: Cluster, run: Run, name = 'default') =>
  cluster.rows<{ chunk_offset: number; value: string | null; closes: boolean }>(
    'select chunk_offset, value, closes from streams where workflow_id = $1 and stream = $2 order by chunk_offset',
    [run.runId, name],
  );

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: { code: string }) => error.code,
  );

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('what the workflow writes', () => {
  it(
    'is read in order, as it was: every kind of payload, undefined and bytes too',
    withCluster(async (cluster) => {
      const payloads = [
        1,
        'two',
        null,
        undefined,
        { at: new Date(3), big: 4n },
        new Map([[5, new Set([6])]]),
        new Uint8Array([7, 8]),
      ];
      const flow = workflow('flow', async (wf) => {
        for (const payload of payloads) await wf.stream().write(payload);
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      expect(await values(run)).toEqual(payloads);
      expect((await rows(cluster, run)).map((row) => row.chunk_offset)).toEqual(numbers(payloads.length));
      expect(await cluster.count('operation_outputs')).toBe(0);
    }),
  );

  it(
    'is there once, wherever the process dies',
    withCluster(async (cluster) => {
      const blocks = new Set([0, 3, 4]);
      const blocked = new TestSignal<number>();
      const flow = workflow('flow', async (wf) => {
        const stream = wf.stream();
        for (const i of numbers(8)) {
          await stream.write(i);
          await wf.stream('twins').write([i, 'a']);
          void wf.stream('twins').write([i, 'b']);
          await wf.step(`step ${i}`, async () => {
            if (!blocks.delete(i)) return;
            blocked.emit(i);
            await never();
          });
        }
        await stream.write('last');
      });
      const { workflows } = await cluster.app([flow]);
      // One more than die.
      for (const _ of blocks) await cluster.app([flow]);
      const run = await workflows.start('flow');
      for (const i of [0, 3, 4]) {
        expect(await blocked.next({ timeout: 20_000 })).toBe(i);
        await cluster.killExecutor((await cluster.run(run.runId)).claimed_by);
      }
      await run.returnValue;
      expect(await values(run)).toEqual([...numbers(8), 'last']);
      expect(await values(run, 'twins')).toEqual(
        numbers(8).flatMap((i) => [
          [i, 'a'],
          [i, 'b'],
        ]),
      );
    }),
  );

  it(
    'is there once, however often the run is unloaded and replayed',
    withCluster(async (cluster) => {
      let executions = 0;
      const flow = workflow('flow', async (wf) => {
        executions++;
        await Promise.all(
          ['a', 'b', 'c'].map(async (branch, place) => {
            for (const i of numbers(4)) {
              await wf.stream().write(`${branch}${i}`);
              await wf.stream(branch).write(i);
              if (i === place) await wf.sleep(500);
              else await wf.step(`${branch}${i}`, () => i);
            }
          }),
        );
        await wf.stream().write('end');
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow');
      await run.returnValue;
      expect(executions).toBeGreaterThan(1);
      const got = await values(run);
      expect(got.at(-1)).toBe('end');
      expect([...got].sort()).toEqual([...['a', 'b', 'c'].flatMap((b) => numbers(4).map((i) => `${b}${i}`)), 'end'].sort());
      for (const branch of ['a', 'b', 'c']) expect(await values(run, branch)).toEqual(numbers(4));
    }),
  );

  it(
    'takes no part in the record: outcomes come in the same order on replay, between the same writes',
    withCluster(async (cluster) => {
      const seen: string[][] = [];
      const flow = workflow('flow', async (wf) => {
        const order: string[] = [];
        seen.push(order);
        await Promise.all(
          ['a', 'b'].map(async (branch) => {
            for (const i of numbers(5)) {
              if (branch === 'a' || i % 2 === 0) await wf.stream().write(i);
              order.push(`${branch}${i} written`);
              await wf.step(`${branch}${i}`, () => undefined);
              order.push(`${branch}${i} done`);
            }
          }),
        );
        await wf.sleep(300);
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow');
      await run.returnValue;
      expect(seen.length).toBeGreaterThan(1);
      expect(seen.slice(1)).toEqual(seen.slice(1).map(() => seen[0]));
      expect(await values(run)).toHaveLength(8);
    }),
  );

  it(
    'goes on after continueAsNew, where the execution before ended, also when that recorded nothing',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, n: number): Promise<void> => {
        await wf.stream().write(`begin ${n}`);
        if (n % 2 === 1) await wf.sleep(300);
        await wf.stream().write(`end ${n}`);
        if (n < 5) await wf.continueAsNew([n + 1]);
        await wf.stream().close();
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow', [0]);
      expect(await values(run)).toEqual(numbers(6).flatMap((n) => [`begin ${n}`, `end ${n}`]));
      await run.returnValue;
      expect((await rows(cluster, run)).map((row) => row.chunk_offset)).toEqual(numbers(13));
    }),
  );
});

describe('what a step writes', () => {
  it(
    'says which attempt it is of, and where that began; what a later attempt superseded can be left out',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        await wf.stream().write('before');
        await wf.step(
          'write',
          async () => {
            await wf.stream().write(`a${wf.attempt}`);
            await wf.stream().write(`b${wf.attempt}`);
            if (wf.attempt < 3) throw new Error('again');
            await wf.stream().write(`c${wf.attempt}`);
          },
          { retry: { maxAttempts: 3, initialInterval: 1 } },
        );
        await wf.stream().write('after');
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      const chunks = await chunksOf(run);
      expect(chunks.map(({ value, ordinal, attempt, attemptFrom }) => [value, ordinal, attempt, attemptFrom])).toEqual([
        ['before', null, null, null],
        ['a1', 0, 1, 1],
        ['b1', 0, 1, 1],
        ['a2', 0, 2, 3],
        ['b2', 0, 2, 3],
        ['a3', 0, 3, 5],
        ['b3', 0, 3, 5],
        ['c3', 0, 3, 5],
        ['after', null, null, null],
      ]);
      for (const { at } of chunks) expect(Math.abs(at.getTime() - Date.now())).toBeLessThan(60_000);
      expect(withoutSuperseded(chunks).map(({ value }) => value)).toEqual(['before', 'a3', 'b3', 'c3', 'after']);
    }),
  );

  it(
    'stays when its process dies; the step writes again, from a place of its own',
    withCluster(async (cluster) => {
      const blocked = new TestSignal();
      let dies = true;
      const flow = workflow('flow', async (wf) => {
        await wf.stream().write('body');
        await wf.step('write', async () => {
          for (const i of numbers(3)) await wf.stream().write(i);
          if (!dies) return;
          dies = false;
          blocked.emit();
          await never();
        });
        await wf.stream().write('end');
      });
      const first = await cluster.app([flow]);
      const run = await first.workflows.start('flow');
      await blocked.next();
      await eventually(async () => expect(await rows(cluster, run)).toHaveLength(4));
      const second = await cluster.app([flow]);
      await cluster.kill(first);
      const chunks: StreamChunk[] = await chunksOf(second.workflows.getRun(run.runId));
      expect(chunks.map(({ offset, value, attemptFrom }) => [offset, value, attemptFrom])).toEqual([
        [0, 'body', null],
        [1, 0, 1],
        [2, 1, 1],
        [3, 2, 1],
        [4, 0, 4],
        [5, 1, 4],
        [6, 2, 4],
        [7, 'end', null],
      ]);
      expect(withoutSuperseded(chunks).map(({ value }) => value)).toEqual(['body', 0, 1, 2, 'end']);
    }),
  );

  it(
    'shares a stream with the workflow and its progress lines; each knows its own',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const log = wf.stream('log');
        await log.write('body');
        await wf.progress('half');
        await wf.step('step', () => log.write('step'));
        await Promise.all([log.write('x'), wf.progress('done', 2), wf.step('y', () => log.write('y'))]);
        await wf.sleep(300);
        await log.close();
        await wf.progress('unheard');
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow');
      await run.returnValue;
      const chunks = await chunksOf(run, 'log');
      const [fixed, mixed] = [chunks.slice(0, 3), chunks.slice(3)];
      expect(fixed.map(({ value, ordinal, attempt }) => [value, ordinal, attempt])).toEqual([
        ['body', null, null],
        [{ message: 'half' }, 0, null],
        ['step', 1, 1],
      ]);
      expect(new Set(mixed.map(({ value }) => value))).toEqual(new Set(['x', { message: 'done', extra: 2 }, 'y']));
      expect((await run.events()).find(({ key }) => key === 'phase.last_message')?.value).toEqual({ message: 'unheard' });
    }),
  );

  it(
    'is refused once the attempt is over: it timed out, or has returned',
    withCluster(async (cluster) => {
      const late = new TestSignal<string>();
      const flow = workflow('flow', async (wf) => {
        const stream = wf.stream();
        await wf
          .step(
            'slow',
            async () => {
              await stream.write('in time');
              const { signal } = wf;
              await new Promise((resolve) => signal.addEventListener('abort', resolve));
              late.emit(await codeOf(stream.write('too late')));
              late.emit(await codeOf(stream.close()));
            },
            { timeout: 30 },
          )
          .catch(() => undefined);
        let returned: () => void = () => undefined;
        let stray: Promise<string> | undefined;
        await wf.step('quick', () => {
          stray = new Promise<void>((resolve) => {
            returned = resolve;
          }).then(() => codeOf(stream.write('stray')));
        });
        returned();
        late.emit((await stray) ?? '');
        return wf.step('signal', () => 1);
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      expect(await run.returnValue).toBe(1);
      expect([await late.next(), await late.next(), await late.next()]).toEqual(Array(3).fill('ATTEMPT_OVER'));
      expect(await values(run)).toEqual(['in time']);
    }),
  );

  it(
    'is refused when the run is cancelled meanwhile',
    withCluster(async (cluster) => {
      const began = new TestSignal();
      const code = new TestSignal<string>();
      const flow = workflow('flow', (wf) =>
        wf.step('s', async () => {
          began.emit();
          const { signal } = wf;
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          code.emit(await codeOf(wf.stream().write('late')));
        }),
      );
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      await began.next();
      await run.cancel();
      expect(await code.next()).toBe('ATTEMPT_OVER');
      expect(await values(run)).toEqual([]);
    }),
  );
});

describe('a closed stream', () => {
  it(
    'ends its readers while the run goes on, and takes nothing more, now and on replay',
    withCluster(async (cluster) => {
      const codes: string[][] = [];
      const release = new TestSignal();
      const flow = workflow('flow', async (wf) => {
        const stream = wf.stream();
        await stream.write(1);
        await stream.close();
        const failures = [await codeOf(stream.write(2)), await codeOf(stream.close())];
        failures.push(await wf.step('step', () => codeOf(wf.stream().write(3))));
        codes.push(failures);
        await wf.sleep(300);
        await wf.step('wait', () => release.next());
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow');
      expect(await values(run)).toEqual([1]);
      expect(await run.completedAt).toBeNull();
      release.emit();
      await run.returnValue;
      expect(codes).toEqual(Array(2).fill(['STREAM_CLOSED', 'none', 'STREAM_CLOSED']));
      expect((await rows(cluster, run)).map(({ closes }) => closes)).toEqual([false, true]);
    }),
  );

  it(
    'that an attempt of a step closed is closed to all but the next attempts of that step',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        await wf.step(
          'write',
          async () => {
            await wf.stream().write(wf.attempt);
            await wf.stream().close();
            if (wf.attempt === 1) throw new Error('again');
          },
          { retry: { maxAttempts: 2, initialInterval: 1 } },
        );
        const own = await codeOf(wf.stream().write('body'));
        await wf.sleep(300);
        return [own, await codeOf(wf.stream().write('body')), await wf.step('other', () => codeOf(wf.stream().write('other')))];
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow');
      expect(await run.returnValue).toEqual(Array(3).fill('STREAM_CLOSED'));
      expect(await values(run)).toEqual([1, 2]);
    }),
  );

  it(
    'that a step closed before its process died may be written to by that step again, in another process',
    withCluster(async (cluster) => {
      const blocked = new TestSignal();
      let dies = true;
      const flow = workflow('flow', (wf) =>
        wf.step('write', async () => {
          await wf.stream().write(dies);
          await wf.stream().close();
          if (!dies) return;
          dies = false;
          blocked.emit();
          await never();
        }),
      );
      const first = await cluster.app([flow]);
      const run = await first.workflows.start('flow');
      await blocked.next();
      expect(await values(run)).toEqual([true]);
      const second = await cluster.app([flow]);
      await cluster.kill(first);
      const here = second.workflows.getRun(run.runId);
      await here.returnValue;
      expect(await values(here)).toEqual([true, false]);
    }),
  );
});

describe('a WritableStream', () => {
  @Injectable()
  class Writers {
    constructor(private readonly wf: WorkflowContext) {}

    @Step()
    async write(writable: WritableStream<unknown>, ...chunks: unknown[]): Promise<void> {
      const writer = writable.getWriter();
      for (const chunk of chunks) await writer.write(chunk);
      writer.releaseLock();
    }

    @Step()
    async pipe(writable: WritableStream<unknown>): Promise<void> {
      await ReadableStream.from(['p1', 'p2']).pipeTo(writable, { preventClose: true });
    }

    @Step()
    async close(writable: WritableStream<unknown>): Promise<void> {
      await writable.close();
    }

    @Workflow({ name: 'writers' })
    async run(): Promise<void> {
      const writable = this.wf.getWritable();
      const writer = writable.getWriter();
      await writer.write('body 1');
      writer.releaseLock();
      await this.write(writable, 's1', 's2');
      await this.pipe(writable);
      const again = writable.getWriter();
      await again.write('body 2');
      again.releaseLock();
      await this.wf.sleep(300);
      await this.close(writable);
      await this.wf
        .getWritable({ namespace: 'bytes' })
        .getWriter()
        .write(new Uint8Array([1, 2]));
    }
  }

  it(
    'that the workflow hands to its steps gives each chunk to who wrote it, also on replay, and may be closed there',
    withCluster(async (cluster) => {
      const { workflows, module } = await cluster.app([Writers], { suspendAfter: 0 });
      const run = await workflows.start(module.get(Writers).run);
      const chunks = await chunksOf(run);
      expect(chunks.map(({ value, ordinal, attempt }) => [value, ordinal, attempt])).toEqual([
        ['body 1', null, null],
        ['s1', 0, 1],
        ['s2', 0, 1],
        ['p1', 1, 1],
        ['p2', 1, 1],
        ['body 2', null, null],
      ]);
      await run.returnValue;
      const closing = await cluster.rows('select ordinal, attempt from streams where closes');
      expect(closing).toEqual([{ ordinal: 3, attempt: 1 }]);
      expect(await values(run, 'bytes')).toEqual([new Uint8Array([1, 2])]);
    }),
  );

  it(
    'gives chunks that several write at once each to its own, in the order of the calls',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const writer = wf.getWritable().getWriter();
        const write = (name: string) =>
          wf.step(name, async () => {
            await Promise.all(numbers(20).map((i) => writer.write(`${name}${i}`)));
          });
        await Promise.all([write('a'), write('b'), ...numbers(20).map((i) => writer.write(`body${i}`))]);
        await writer.close();
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      const chunks = (await chunksOf(run)) as Array<StreamChunk<string>>;
      expect(chunks).toHaveLength(60);
      const ordinals = new Map<unknown, number | null>(chunks.map(({ value, ordinal }) => [value, ordinal]));
      for (const i of numbers(20))
        expect([`a${i}`, `b${i}`, `body${i}`].map((value) => ordinals.get(value))).toEqual([0, 1, null]);
      for (const name of ['a', 'b', 'body'])
        expect(chunks.map(({ value }) => value).filter((value) => value.replace(/\d+$/, '') === name)).toEqual(
          numbers(20).map((i) => `${name}${i}`),
        );
    }),
  );

  it(
    'fails as any other when a chunk is refused, without ending the process when nobody awaits it',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const writer = wf.getWritable().getWriter();
        void writer.write(() => 1);
        void wf.stream().write(() => 1);
        const code = await codeOf(writer.write(2));
        await wf.stream().write(3);
        return code;
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      expect(await run.returnValue).toBe('PAYLOAD_INVALID');
      expect(await values(run)).toEqual([3]);
    }),
  );
});

describe('what is refused before anything is written', () => {
  it(
    'payloads that cannot be stored, names that are none, unknown options, by type',
    withCluster(async (cluster) => {
      const thrown = (call: () => unknown) => {
        try {
          call();
          return 'none';
        } catch (error) {
          return (error as { code: string }).code;
        }
      };
      const flow = workflow('flow', async (wf) => {
        const inBody = [
          await codeOf(wf.stream().write(() => 1)),
          await codeOf(wf.stream().write('x'.repeat(2_000))),
          await codeOf(wf.stream().write('\0')),
          thrown(() => wf.stream('')),
          thrown(() => wf.stream(5 as never)),
          thrown(() => wf.getWritable({ namespace: ' x' })),
          thrown(() => wf.getWritable({ name: 'x' } as never)),
          thrown(() => wf.getWritable(null as never)),
        ];
        const inStep = await wf.step('s', async () => [
          await codeOf(wf.stream().write(() => 1)),
          await codeOf(wf.stream().write('x'.repeat(2_000))),
        ]);
        await wf.stream().write('good');
        return [inBody, inStep];
      });
      const { workflows } = await cluster.app([flow], { maxPayloadBytes: 1_024 });
      const run = await workflows.start('flow');
      expect(await run.returnValue).toEqual([
        [
          'PAYLOAD_INVALID',
          'PAYLOAD_TOO_LARGE',
          'PAYLOAD_INVALID',
          'INVALID_ID',
          'INVALID_ID',
          'INVALID_ID',
          'UNKNOWN_OPTION',
          'INVALID_OPTION',
        ],
        ['PAYLOAD_INVALID', 'PAYLOAD_TOO_LARGE'],
      ]);
      expect((await rows(cluster, run)).map(({ value }) => value)).toEqual(['"good"']);
    }),
  );

  it(
    'a writer of the workflow in code that belongs to no run; one of a step belongs to that step',
    withCluster(async (cluster) => {
      const outside = new TestSignal<() => void>();
      const calls: Array<() => void> = [];
      const leave = () =>
        new Promise<void>((resolve) => {
          outside.emit(resolve);
        });
      let ofBody: { write(chunk: unknown): Promise<void> } | undefined;
      let ofStep: { write(chunk: unknown): Promise<void> } | undefined;
      const flow = workflow('flow', async (wf) => {
        ofBody = wf.stream();
        await wf.step('s', async () => {
          ofStep = wf.stream();
          await leave();
        });
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      calls.push(await outside.next());
      expect(await codeOf(ofBody?.write('nobody') as Promise<void>)).toBe('NO_ACTIVE_RUN');
      expect(await codeOf(ofStep?.write('step') as Promise<void>)).toBe('none');
      for (const call of calls) call();
      await run.returnValue;
      expect((await chunksOf(run)).map(({ value, ordinal }) => [value, ordinal])).toEqual([['step', 0]]);
      expect(() => new WorkflowContext().stream()).toThrow(expect.objectContaining({ code: 'NO_ACTIVE_RUN' }));
      expect(new StreamClosedError('x')).toMatchObject({ code: 'STREAM_CLOSED', details: { stream: 'x' } });
    }),
  );
});
