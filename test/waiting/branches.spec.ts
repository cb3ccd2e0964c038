// Parallel work with names: wf.map and wf.all run branches side by side, and replay them as they first ran.
import { randomBytes } from 'node:crypto';
import { currentScope } from '../../lib/engine/run-scope.js';
import type { WorkflowContext } from '../../lib/index.js';
import { never, withCluster, workflow } from '../engine/cluster.js';
import { randomNumbers } from '../support/random-numbers.js';
import { TestSignal } from '../support/test-signal.js';

/** Runs a workflow of that code once and gives its result and the names that it recorded. */
const once = (code: (wf: WorkflowContext) => unknown, check: (result: unknown, names: string[]) => void) =>
  withCluster(async (cluster) => {
    const { workflows } = await cluster.app([workflow('flow', code)]);
    const run = await workflows.start('flow');
    const result = await run.returnValue;
    check(
      result,
      (await run.steps()).map(({ name }) => name),
    );
  });

const naps = (wf: WorkflowContext, ms: number) =>
  wf.step('nap', async () => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return ms;
  });

describe('wf.map', () => {
  it(
    'gives the results in the order of the items, whatever ends first, and each operation the name of its item',
    once(
      (wf) => wf.map('items', [20, 0, 10], async (ms, index) => [index, await naps(wf, ms)]),
      (result, names) => {
        expect(result).toEqual([
          [0, 20],
          [1, 0],
          [2, 10],
        ]);
        expect(names).toEqual(['items[0]/nap', 'items[1]/nap', 'items[2]/nap']);
      },
    ),
  );

  it.each([1, 3, 100])('has never more branches under way than its concurrency, and as many as that: %s', async (concurrency) =>
    withCluster(async (cluster) => {
      let underWay = 0;
      let most = 0;
      const flow = workflow('flow', (wf) =>
        wf.map(
          'items',
          Array.from({ length: 20 }, (_, i) => i),
          async (i) => {
            most = Math.max(most, ++underWay);
            await wf.step('one', () => new Promise<void>((resolve) => setTimeout(resolve, i % 4)));
            await wf.sleep(i % 3);
            underWay--;
            return i;
          },
          { concurrency },
        ),
      );
      const { workflows } = await cluster.app([flow]);
      expect(await (await workflows.start('flow')).returnValue).toEqual(Array.from({ length: 20 }, (_, i) => i));
      expect(most).toBe(Math.min(concurrency, 20));
    })(),
  );

  it(
    'fails with the first failure, begins no further branch, and lets those under way go on unseen',
    withCluster(async (cluster) => {
      const failed = new TestSignal();
      const ended = new TestSignal();
      const begun: number[] = [];
      const flow = workflow('flow', async (wf) => {
        const failing = wf.map(
          'items',
          [0, 1, 2, 3, 4, 5],
          async (i) => {
            begun.push(i);
            await wf.step('one', () => (i === 1 ? undefined : failed.next()));
            if (i === 1) throw new Error('second');
            await wf.step('two', () => i);
            ended.emit();
            if (i === 0) throw new Error('later');
          },
          { concurrency: 3 },
        );
        const { message } = await failing.catch((error) => error);
        failed.emit();
        failed.emit();
        await wf.step('after', async () => {
          await ended.next();
          await ended.next();
        });
        return message;
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      expect(await run.returnValue).toBe('second');
      expect(begun).toEqual([0, 1, 2]);
      expect((await run.steps()).map(({ name }) => name).sort()).toEqual([
        'after',
        'items[0]/one',
        'items[0]/two',
        'items[1]/one',
        'items[2]/one',
        'items[2]/two',
      ]);
    }),
  );

  it(
    'with allSettled runs all branches and tells of each what became of it',
    once(
      (wf) =>
        wf.map(
          'items',
          [1, 2, 3],
          (n) => {
            if (n === 2) throw new Error('even');
            return wf.step('half', () => n / 2);
          },
          { onError: 'allSettled', concurrency: 1 },
        ),
      (result) =>
        expect(result).toEqual([
          { status: 'fulfilled', value: 0.5 },
          { status: 'rejected', reason: expect.objectContaining({ message: 'even' }) },
          { status: 'fulfilled', value: 1.5 },
        ]),
    ),
  );

  it(
    'of an empty list is an empty list; takes any iterable, which is read once',
    once(
      async (wf) => {
        const letters = function* () {
          yield 'a';
          yield 'b';
        };
        return [
          await wf.map('none', [], () => 1),
          await wf.map('generator', letters(), (letter, i) => wf.step('s', () => `${letter}${i}`)),
          await wf.map('set', new Set([3, 4]), (n) => n),
          await wf.map('map', new Map([['k', 'v']]), ([key, value]) => `${key}=${value}`),
        ];
      },
      (result, names) => {
        expect(result).toEqual([[], ['a0', 'b1'], [3, 4], ['k=v']]);
        expect(names).toEqual(['generator[0]/s', 'generator[1]/s']);
      },
    ),
  );

  it(
    'in a branch adds its name to that of the branch; code after it has none',
    once(
      async (wf) => {
        await wf.map('outer', ['x'], async () => {
          await wf.all('inner', {
            left: () => wf.setEvent('k', 1),
            right: () => wf.map('deep', [1, 2], () => wf.sleep(0)),
          });
          wf.random();
          await wf.progress('done');
        });
        wf.now();
        await wf.step('after', () => 1);
      },
      (_, names) =>
        expect(names).toEqual([
          'outer[0]/inner.left/k',
          'outer[0]/inner.right/deep[0]/sleep',
          'outer[0]/inner.right/deep[1]/sleep',
          'outer[0]/random',
          'outer[0]/progress',
          'now',
          'after',
        ]),
    ),
  );

  it(
    'of children names them by their branch, called or started',
    withCluster(async (cluster) => {
      const child = workflow('child', async (wf, n: number) => wf.step('double', () => n * 2));
      const parent = workflow('parent', (wf) =>
        wf.map('many', [1, 2, 3], async (n) => (await wf.startChild<number>('child', [n])).returnValue, { concurrency: 2 }),
      );
      for (const suspendAfter of ['10s', 0]) {
        const app = await cluster.app([child, parent], { suspendAfter });
        const run = await app.workflows.start('parent');
        expect(await run.returnValue).toEqual([2, 4, 6]);
        expect((await run.steps()).map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(
          [0, 1, 2].flatMap((i) => [`result many[${i}]/child`]).concat([0, 1, 2].map((i) => `startChild many[${i}]/child`)),
        );
        expect(await cluster.rows('select distinct name from workflow_status where parent_id = $1', [run.runId])).toEqual([
          { name: 'child' },
        ]);
        await cluster.leave(app);
      }
    }),
  );

  it(
    'is over when it has failed: what its other branches come to later harms nobody',
    withCluster(async (cluster) => {
      const unhandled: unknown[] = [];
      const listen = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', listen);
      try {
        const flow = workflow('flow', async (wf) => {
          const failing = wf.map('items', [1, 2, 3], (n) =>
            wf.step('fail', () => {
              throw new Error(`no ${n}`);
            }),
          );
          await wf.sleep(50);
          return failing.catch((error) => error.message);
        });
        const { workflows } = await cluster.app([flow]);
        expect(await (await workflows.start('flow')).returnValue).toBe('no 1');
        expect(unhandled).toEqual([]);
      } finally {
        process.off('unhandledRejection', listen);
      }
    }),
  );
});

describe('wf.all', () => {
  it(
    'gives a list for a list and an object for an object, with the types of the branches',
    once(
      async (wf) => {
        const [n, text] = await wf.all('list', [() => wf.step('n', () => 1), () => 'text'] as const);
        const exact: [number, string] = [n, text];
        const { price, stock } = await wf.all('object', {
          price: async () => wf.step('ask', () => 9.5),
          stock: () => wf.step('count', () => ['a']),
        });
        const alsoExact: { price: number; stock: string[] } = { price, stock };
        // @ts-expect-error: there is no such branch
        const { none } = await wf.all('other', { one: () => 1 });
        return { exact, alsoExact, none, empty: [await wf.all('e', []), await wf.all('e', {})] };
      },
      (result, names) => {
        expect(result).toEqual({
          exact: [1, 'text'],
          alsoExact: { price: 9.5, stock: ['a'] },
          none: undefined,
          empty: [[], {}],
        });
        expect(names).toEqual(['list[0]/n', 'object.price/ask', 'object.stock/count']);
      },
    ),
  );

  it(
    'runs all at once, fails with the first failure, or tells of all with allSettled',
    once(
      async (wf) => {
        let arrived = 0;
        const meet = new TestSignal<void>();
        // Only when all are under way does the first one end.
        const arrive = async (i: number) => {
          if (++arrived === 120) for (let all = 0; all < 120; all++) meet.emit();
          await meet.next();
          return i;
        };
        const together = await wf.all(
          'meet',
          Array.from({ length: 120 }, (_, i) => () => wf.step('arrive', () => arrive(i))),
        );
        const fail = (wait: number, message: string) => async () => {
          await naps(wf, wait);
          throw new Error(message);
        };
        return [
          together.length,
          await wf.all('fails', { slow: fail(30, 'slow'), fast: fail(0, 'fast') }).catch((error) => error.message),
          await wf.all('settles', { bad: fail(0, 'bad'), good: () => 1 }, { onError: 'allSettled' }),
        ];
      },
      (result) =>
        expect(result).toEqual([
          120,
          'fast',
          {
            bad: { status: 'rejected', reason: expect.objectContaining({ message: 'bad' }) },
            good: { status: 'fulfilled', value: 1 },
          },
        ]),
    ),
  );
});

describe('branches', () => {
  it.each<[string, string, (wf: WorkflowContext) => Promise<unknown>]>([
    ['a map without a name', 'INVALID_ID', (wf) => wf.map('', [1], () => 1)],
    ['a map of a number', 'INVALID_OPTION', (wf) => wf.map('m', 5 as never, () => 1)],
    ['a map of a text', 'INVALID_OPTION', (wf) => wf.map('m', 'text', () => 1)],
    ['a map of null', 'INVALID_OPTION', (wf) => wf.map('m', null as never, () => 1)],
    ['a map without a body', 'INVALID_OPTION', (wf) => wf.map('m', [1], 5 as never)],
    ['a concurrency of 0', 'INVALID_OPTION', (wf) => wf.map('m', [1], () => 1, { concurrency: 0 })],
    ['a concurrency of 1.5', 'INVALID_OPTION', (wf) => wf.map('m', [1], () => 1, { concurrency: 1.5 })],
    ['an unknown onError', 'INVALID_OPTION', (wf) => wf.map('m', [1], () => 1, { onError: 'ignore' as never })],
    ['a misspelt option', 'UNKNOWN_OPTION', (wf) => wf.map('m', [1], () => 1, { concurency: 1 } as object)],
    ['options that are none', 'INVALID_OPTION', (wf) => wf.map('m', [1], () => 1, 5 as never)],
    ['an all without a name', 'INVALID_ID', (wf) => wf.all('', [() => 1])],
    ['an all of promises', 'INVALID_OPTION', (wf) => wf.all('a', [Promise.resolve(1)] as never)],
    ['an all of null', 'INVALID_OPTION', (wf) => wf.all('a', null as never)],
    // biome-ignore lint/suspicious/noSparseArray: that is what is tried
    ['an all with a hole', 'INVALID_OPTION', (wf) => wf.all('a', [() => 1, , () => 3] as never)],
    ['an all with a key that can not be stored', 'INVALID_ID', (wf) => wf.all('a', { 'a\0b': () => wf.setEvent('k', 1) })],
  ])('refuse %s by a typed error in the workflow, before anything begins', async (_, code, work) =>
    once(
      async (wf) => work(wf).catch((error) => error.code),
      (result, names) => {
        expect(result).toBe(code);
        expect(names).toEqual([]);
      },
    )(),
  );

  it(
    'that were renamed, or whose items changed places, are found out on replay',
    withCluster(async (cluster) => {
      const blocked = new TestSignal();
      const make = (name: string, blocks: boolean) =>
        workflow('flow', async (wf) => {
          await wf.map(name, [1, 2], (n) => wf.step('s', () => n));
          await wf.step('block', () => {
            if (!blocks) return;
            blocked.emit();
            return never();
          });
        });
      const first = await cluster.app([make('rows', true)]);
      const { runId } = await first.workflows.start('flow');
      await blocked.next();
      await cluster.leave(first);
      const second = await cluster.app([make('lines', false)]);
      await expect(second.workflows.getRun(runId).returnValue).rejects.toMatchObject({
        code: 'NON_DETERMINISTIC_RUN',
        message: expect.stringMatching(/rows\[0\]\/s.*lines\[0\]\/s/),
      });
    }),
  );

  it(
    'of 60 random programs see the same on replay as live, and no body runs again',
    withCluster(async (cluster) => {
      const first0 = Number(process.env.SEED ?? randomBytes(3).readUIntBE(0, 3));
      const blocked = new TestSignal();
      const seen = [new Map<number, unknown[]>(), new Map<number, unknown[]>()] as const;
      const bodies = [0, 0];
      const make = (life: 0 | 1) =>
        workflow('random', async (wf, seed: number) => {
          const log: unknown[] = [];
          seen[life].set(seed, log);
          await randomProgram(wf, seed, log, () => {
            bodies[life] = (bodies[life] as number) + 1;
          });
          await wf.step('block', () => {
            if (life === 1) return;
            blocked.emit();
            return never();
          });
        });
      const first = await cluster.app([make(0), child]);
      const runs = await Promise.all(Array.from({ length: PROGRAMS }, (_, i) => first.workflows.start('random', [first0 + i])));
      for (let i = 0; i < PROGRAMS; i++) await blocked.next({ timeout: 20_000 });
      await cluster.leave(first);
      const second = await cluster.app([make(1), child]);
      const diverged: unknown[] = [];
      for (const [i, run] of runs.entries()) {
        const end = await second.workflows.getRun(run.runId).returnValue.then(
          () => 'ended',
          (error: Error) => error.message,
        );
        const [live, again] = seen.map((lives) => JSON.stringify(lives.get(first0 + i)));
        if (end !== 'ended' || live !== again) diverged.push({ seed: first0 + i, end, live, again });
      }
      expect(diverged).toEqual([]);
      expect(bodies[0]).toBeGreaterThan(PROGRAMS);
      expect(bodies[1]).toBe(0);
    }),
    60_000,
  );

  it.each([0, '10s'])(
    'of 60 random programs survive crashes at any moment (suspendAfter %s)',
    async (suspendAfter) =>
      withCluster(async (cluster) => {
        const first0 = Number(process.env.SEED ?? randomBytes(3).readUIntBE(0, 3));
        const progress = new TestSignal();
        let bodies = 0;
        const flow = workflow('random', async (wf, seed: number) => {
          await randomProgram(wf, seed, [], () => {
            if (++bodies % 100 === 0) progress.emit();
          });
          return seed;
        });
        const app = await cluster.app([flow, child], { suspendAfter });
        const runs = await Promise.all(Array.from({ length: PROGRAMS }, (_, i) => app.workflows.start('random', [first0 + i])));
        for (let crash = 0; crash < 3; crash++) {
          await progress.next({ timeout: 3_000 }).catch(() => undefined);
          for (const row of await cluster.rows('select executor_id from executors where alive'))
            await cluster.killExecutor(row.executor_id);
        }
        const ends = await Promise.all(runs.map((run) => run.returnValue.catch((error: Error) => error.message)));
        expect(ends).toEqual(runs.map((_, i) => first0 + i));
        const doubled = `(select parent_id, input from workflow_status where name = 'child' group by parent_id, input having count(*) > 1) d`;
        expect(await cluster.count(doubled)).toBe(0);
      })(),
    60_000,
  );

  it(
    'of a fan-out to 10,000 children, 200 at a time: each is done once, and never are more than 200 pending',
    withCluster(async (cluster) => {
      const count = 10_000;
      let mostPending = 0;
      let mostOpen = 0;
      let open = 0;
      const child = workflow('child', (_, n: number) => {
        open--;
        return n;
      });
      const parent = workflow('parent', (wf) =>
        wf
          .map(
            'orders',
            Array.from({ length: count }, (_, i) => i),
            async (n) => {
              mostOpen = Math.max(mostOpen, ++open);
              const begun = wf.startChild<number>('child', [n]);
              mostPending = Math.max(mostPending, currentScope()?.frame.pending.size ?? Number.NaN);
              return (await begun).returnValue;
            },
            { concurrency: 200 },
          )
          .then((results) => results.every((result, i) => result === i) && results.length),
      );
      const { workflows } = await cluster.app([child, parent]);
      const run = await workflows.start('parent');
      expect(await run.returnValue).toBe(count);
      expect(mostPending).toBeLessThanOrEqual(200);
      expect(mostOpen).toBeLessThanOrEqual(200);
      expect(
        await cluster.rows(
          `select count(*)::int n, count(distinct input)::int inputs, count(*) filter (where status <> 'SUCCESS')::int open from workflow_status where name = 'child'`,
        ),
      ).toEqual([{ n: count, inputs: count, open: 0 }]);
      expect(await cluster.count('waits')).toBe(0);
    }),
    120_000,
  );
});

const PROGRAMS = 60;
const child = workflow('child', async (wf, key: string) => {
  if (key.length % 3 === 0) await wf.sleep(1);
  return wf.step('child step', () => key);
});

/** A program made by chance: maps, alls, children, sleeps and steps in branches in branches; what its code saw stands in `seen`. */
async function randomProgram(wf: WorkflowContext, seed: number, seen: unknown[], onBody: () => void): Promise<void> {
  const chance = randomNumbers(seed);
  const whole = (below: number) => Math.floor(chance() * below);
  const branches: Promise<unknown>[] = [];
  let budget = 24;
  let childNumber = 0;
  const body = async () => {
    onBody();
    // What a body does is its own affair: it may differ from run to run.
    if (Math.random() < 0.5) await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
    if (Math.random() < 0.1) throw new Error('failed');
    return Math.floor(Math.random() * 1_000);
  };
  const atom = async (): Promise<unknown> => {
    const kind = chance();
    if (kind < 0.5) return wf.step('step', body);
    if (kind < 0.65) return wf.sleep(whole(4));
    if (kind < 0.8) return wf.setEvent(`key-${whole(2)}`, wf.random());
    const begun = await wf.startChild<string>('child', [`child-${childNumber++}`]);
    return begun.returnValue;
  };
  const block = async (depth: number): Promise<string> => {
    for (let i = 1 + whole(3); i > 0 && budget > 0; i--) {
      budget--;
      try {
        seen.push(depth > 2 || chance() < 0.4 ? await atom() : await parallel(depth));
        for (let k = whole(3); k > 0; k--) await null;
      } catch (error) {
        seen.push((error as Error).message);
        if (chance() < 0.3) throw error;
      }
    }
    return `depth ${depth}`;
  };
  const branch = (depth: number) => {
    const promise = block(depth + 1);
    branches.push(promise.catch(() => undefined));
    return promise;
  };
  const parallel = (depth: number): Promise<unknown> => {
    const onError = chance() < 0.5 ? 'failFast' : 'allSettled';
    const items = Array.from({ length: whole(5) }, (_, i) => i);
    if (chance() < 0.6)
      return wf.map('map', items, () => branch(depth), { concurrency: 1 + whole(3), onError: onError as 'failFast' });
    return wf.all('all', { one: () => branch(depth), two: () => branch(depth) }, { onError });
  };
  await block(0).catch((error) => seen.push(['whole', error.message]));
  // What a failed map leaves behind belongs to the program too.
  for (let left = -1; left !== branches.length; ) {
    left = branches.length;
    await Promise.all(branches);
  }
}
