// Runs that runs start: called and awaited, or started and awaited later. Each starts once, whatever happens to its parent.
import { Inject, Injectable, type Type } from '@nestjs/common';
import { type ChildRun, Step, Workflow, WorkflowContext, type WorkflowOptions } from '../../lib/index.js';
import { runIdOf, uuidv7 } from '../../lib/kernel/ids.js';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { type Cluster, type ClusterApp, never, withCluster, workflow } from '../engine/cluster.js';
import { type Owner, withStores } from '../engine/store-room.js';
import { eventually } from '../support/eventually.js';
import { randomNumbers } from '../support/random-numbers.js';
import { TestSignal } from '../support/test-signal.js';

class StockError extends Error {
  override name = 'StockError';
  code = 'OUT_OF_STOCK';
}

/** A workflow whose code calls the method of another one; `call` is that method. */
function caller<A extends unknown[], R>(
  name: string,
  callee: Type<{ run(...args: unknown[]): unknown }>,
  body: (call: (...args: A) => Promise<R>, wf: WorkflowContext, ...args: unknown[]) => unknown,
  options: WorkflowOptions = {},
): Type {
  @Injectable()
  class Caller {
    constructor(
      @Inject(callee) readonly other: { run(...args: A): Promise<R> },
      readonly wf: WorkflowContext,
    ) {}

    @Workflow({ name, ...options })
    go(...args: unknown[]): unknown {
      return body((...given) => this.other.run(...given), this.wf, ...args);
    }
  }
  return Caller;
}

/** A workflow that says that it has begun, and ends when it is told to. */
function gated(name = 'child', options: WorkflowOptions = {}) {
  const begun = new TestSignal();
  const gate = new TestSignal();
  const flow = workflow(
    name,
    async (wf, value: unknown) => {
      await wf.step('block', async () => {
        begun.emit();
        await gate.next({ timeout: 25_000 });
      });
      return value;
    },
    options,
  );
  return { begun, gate, flow };
}

const doubling = workflow('child', async (wf, n: number) => wf.step('double', () => n * 2));
const sleeping = workflow('child', async (wf) => wf.sleep('1h'));
const children = (cluster: Cluster) => cluster.rows(`select * from workflow_status where name = 'child' order by created_at`);
const waiting = (cluster: Cluster, count: number) =>
  eventually(async () => expect(await cluster.count(`workflow_status where status = 'WAITING'`)).toBe(count));
const alive = async (cluster: Cluster): Promise<string[]> =>
  (await cluster.rows('select executor_id from executors where alive')).map((row) => row.executor_id);

describe('a workflow method called in a run', () => {
  it(
    'is a child run, awaited: its result, its parent and the operation are on record',
    withCluster(async (cluster) => {
      const parent = caller<[number], number>('parent', doubling, async (call) => [await call(4), await call(5)]);
      const { workflows } = await cluster.app([doubling, parent]);
      const run = await workflows.start('parent');
      expect(await run.returnValue).toEqual([8, 10]);
      const family = await children(cluster);
      expect(family.map((row) => [row.parent_id, row.status, row.detached])).toEqual(
        Array(2).fill([run.runId, 'SUCCESS', false]),
      );
      expect((await cluster.operations(run.runId)).map(({ kind, name, output }) => [kind, name, output])).toEqual([
        ['child', 'child', '8'],
        ['child', 'child', '10'],
      ]);
      expect(await cluster.count('waits')).toBe(0);
    }),
  );

  it(
    'that fails throws its error, by name and code; that is cancelled or times out a RunCancelledError; that is DEAD what it died of',
    withCluster(async (cluster) => {
      const child = workflow('child', async (wf, how: string) => {
        if (how === 'throw') throw new StockError('no resistors');
        await wf.sleep('1h');
      });
      const parent = caller<[string], void>('parent', child, async (call, wf, how) => {
        const error = await call(how as string).catch((caught) => caught);
        await wf.step('later', () => 1);
        const { name, code, message } = error;
        return { isError: error instanceof Error, name, code, message };
      });
      const { workflows } = await cluster.app([child, parent], { suspendAfter: 0 });
      const failing = await workflows.start<object>('parent', ['throw']);
      expect(await failing.returnValue).toEqual({
        isError: true,
        name: 'StockError',
        code: 'OUT_OF_STOCK',
        message: 'no resistors',
      });
      const end = async (how: (childId: string) => Promise<unknown>) => {
        const run = await workflows.start<object>('parent', ['sleep']);
        await waiting(cluster, 2);
        const [{ workflow_id: childId }] = await cluster.rows('select workflow_id from workflow_status where parent_id = $1', [
          run.runId,
        ]);
        await how(childId);
        return run.returnValue;
      };
      expect(await end((childId) => workflows.cancel(childId, { reason: 'recalled' }))).toMatchObject({
        name: 'RunCancelledError',
        code: 'RUN_CANCELLED',
        message: expect.stringContaining('recalled'),
      });
      expect(
        await end((childId) => cluster.rows('update workflow_status set deadline_at = now() where workflow_id = $1', [childId])),
      ).toMatchObject({ name: 'RunCancelledError', code: 'RUN_TIMEOUT' });
      expect(
        await end((childId) =>
          cluster.rows(
            `update workflow_status set status = 'DEAD', completed_at = now(), end_pending = true,
             error = '{"name":"RecoveryExhaustedError","message":"m","code":"RECOVERY_EXHAUSTED"}' where workflow_id = $1`,
            [childId],
          ),
        ),
      ).toMatchObject({ name: 'RecoveryExhaustedError', code: 'RECOVERY_EXHAUSTED' });
    }),
  );

  it(
    'and awaited only later, or never, harms nobody when it fails',
    withCluster(async (cluster) => {
      const child = workflow('child', () => {
        throw new StockError('no resistors');
      });
      const parent = caller<[unknown?], void>('parent', child, async (call, wf, awaits) => {
        const one = await wf.startChild('child');
        const failing = [
          call(),
          call(() => 1),
          one.getEvent(''),
          one.send(''),
          one.getEvent('k', { timeout: -1 }),
          one.returnValue,
        ];
        await wf.sleep(100);
        await one.returnValue.catch(() => undefined);
        return awaits ? (await Promise.allSettled(failing)).map(({ status }) => status) : 'ended';
      });
      const unhandled: unknown[] = [];
      const listen = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', listen);
      try {
        const { workflows } = await cluster.app([child, parent]);
        expect(await (await workflows.start('parent', [false])).returnValue).toBe('ended');
        expect(await (await workflows.start('parent', [true])).returnValue).toEqual(Array(6).fill('rejected'));
        expect(unhandled).toEqual([]);
      } finally {
        process.off('unhandledRejection', listen);
      }
    }),
  );

  it(
    'works with Promise.all, race and any as other operations do, live and on replay',
    withCluster(async (cluster) => {
      const child = workflow('child', async (wf, ms: number, how: string) => {
        await wf.sleep(ms);
        if (how === 'fail') throw new StockError(`after ${ms}`);
        return ms;
      });
      const seen: unknown[][] = [];
      const blocked = new TestSignal();
      const parent = caller<[number, string], number>('parent', child, async (call, wf) => {
        const results = [
          await Promise.all([call(30, 'ok'), call(1, 'ok'), call(15, 'ok')]),
          await Promise.race([call(3_000, 'ok'), call(1, 'ok')]),
          await Promise.any([call(1, 'fail'), call(40, 'ok')]),
          await Promise.all([call(2_000, 'ok'), call(1, 'fail')]).catch((error) => error.message),
        ];
        seen.push(results);
        await wf.step('block', () => {
          if (seen.length > 1) return;
          blocked.emit();
          return never();
        });
        return results;
      });
      const first = await cluster.app([child, parent]);
      const { runId } = await first.workflows.start('parent');
      await blocked.next();
      await cluster.kill(first);
      const second = await cluster.app([child, parent]);
      expect(await second.workflows.getRun(runId).returnValue).toEqual([[30, 1, 15], 1, 40, 'after 1']);
      expect(seen[1]).toEqual(seen[0]);
      expect(await children(cluster)).toHaveLength(9);
    }),
  );

  it(
    'in a step body is a run of its own, nobody’s child',
    withCluster(async (cluster) => {
      const parent = caller<[number], number>('parent', doubling, (call, wf) => wf.step('outside', () => call(4)));
      const { workflows } = await cluster.app([doubling, parent]);
      expect(await (await workflows.start('parent')).returnValue).toBe(8);
      expect((await children(cluster)).map((row) => row.parent_id)).toEqual([null]);
    }),
  );

  it(
    'of a workflow that another process alone executes is awaited all the same',
    withCluster(async (cluster) => {
      const parent = caller<[number], number>('parent', doubling, (call) => call(21));
      const here = await cluster.app([doubling, parent], { workflows: ['parent'] });
      await cluster.app([doubling, parent], { workflows: ['child'] });
      expect(await (await here.workflows.start('parent')).returnValue).toBe(42);
    }),
  );
});

@Injectable()
class Kitchen {
  constructor(readonly wf: WorkflowContext) {}

  @Workflow({ name: 'cook' })
  async cook(dish: string, minutes = 0): Promise<{ dish: string; minutes: number }> {
    await this.wf.setEvent('stage', `frying ${dish}`);
    const salt = await this.wf.receive<number>('salt');
    return { dish, minutes: minutes + (salt ?? 0) };
  }
}

@Injectable()
class Restaurant {
  constructor(
    readonly wf: WorkflowContext,
    readonly kitchen: Kitchen,
  ) {}

  @Workflow({ name: 'serve' })
  async serve(): Promise<[unknown, string, number, string | undefined]> {
    const typed = await this.wf.startChild(this.kitchen.cook, ['fish', 3]);
    const named: ChildRun<{ dish: string }> = await this.wf.startChild<{ dish: string }>('cook', ['soup']);
    // @ts-expect-error: the arguments follow from the method
    const compiled = () => this.wf.startChild(this.kitchen.cook, [1]);
    const stage = await typed.getEvent<string>('stage');
    await typed.send('salt', 4);
    await named.send('salt', 0, { idempotencyKey: 'once' });
    await named.send('salt', 9, { idempotencyKey: 'once' });
    const { minutes } = await typed.returnValue;
    const exact: number = minutes;
    return [stage, (await named.returnValue).dish, exact, typeof compiled];
  }
}

describe('startChild', () => {
  it(
    'takes a method or a name, types follow; its handle gives the result later, and events, and sends',
    withCluster(async (cluster) => {
      for (const suspendAfter of ['10s', 0]) {
        const app = await cluster.app([Kitchen, Restaurant], { suspendAfter });
        const run = await app.workflows.start('serve');
        expect(await run.returnValue).toEqual(['frying fish', 'soup', 7, 'function']);
        expect(await cluster.count('workflow_status where parent_id = $1', [run.runId])).toBe(2);
        expect((await run.steps()).map(({ kind }) => kind)).toEqual([
          'startChild',
          'startChild',
          'getEvent',
          'step',
          'step',
          'step',
          'result',
          'result',
        ]);
        await cluster.leave(app);
      }
    }),
  );

  it(
    'goes on at once, and its child survives the end of the parent',
    withCluster(async (cluster) => {
      const { flow, begun, gate } = gated();
      const parent = workflow('parent', async (wf) => (await wf.startChild('child', ['late'])).runId);
      const { workflows } = await cluster.app([flow, parent]);
      const run = await workflows.start<string>('parent');
      const childId = await run.returnValue;
      await begun.next();
      expect([await run.status, await workflows.getRun(childId).completedAt]).toEqual(['SUCCESS', null]);
      gate.emit();
      expect(await workflows.getRun(childId).returnValue).toBe('late');
    }),
  );

  it(
    'does not look for its child before that is durable, however slow the commit is',
    withCluster(async (cluster) => {
      const asked = new TestSignal();
      const parent = workflow('parent', async (wf) => {
        const child = await wf.startChild<number>('child', [4]);
        const both = Promise.all([child.getEvent('none', { timeout: '1h' }), child.returnValue]);
        asked.emit();
        return both;
      });
      const { workflows } = await cluster.app([doubling, parent], { notifications: false });
      const blocker = await cluster.schema.pool.connect();
      try {
        // Writes of operations wait, reads do not.
        await blocker.query('begin');
        await blocker.query('lock table operation_outputs in share mode');
        const run = await workflows.start('parent');
        await asked.next();
        // A look that came too early would have its answer by then.
        for (let i = 0; i < 20; i++) expect(await run.steps()).toEqual([]);
        await blocker.query('rollback');
        expect(await run.returnValue).toEqual([null, 8]);
      } finally {
        blocker.release(true);
      }
    }),
  );

  it.each<[string, unknown[], unknown, string]>([
    ['an unknown workflow', ['chidl', []], undefined, 'WORKFLOW_NOT_REGISTERED'],
    ['a method that is no workflow', [() => 1, []], undefined, 'INVALID_START_TARGET'],
    ['arguments that are no list', ['child', 'x'], undefined, 'INVALID_START_TARGET'],
    ['arguments that can not be stored', ['child', [() => 1]], undefined, 'PAYLOAD_INVALID'],
    ['a misspelt option', ['child', []], { prority: 1 }, 'UNKNOWN_OPTION'],
    ['an unknown queue', ['child', []], { queue: 'q' }, 'QUEUE_NOT_FOUND'],
    ['a manager', ['child', []], { manager: {} }, 'UNKNOWN_OPTION'],
    ['options that are none', ['child', []], 'detached', 'INVALID_OPTION'],
    ['an empty id', ['child', []], { id: '' }, 'INVALID_ID'],
    ['a priority that is no number', ['child', []], { priority: 'high' }, 'INVALID_OPTION'],
    ['a negative timeout', ['child', []], { timeout: -1 }, 'INVALID_DURATION'],
    ['a detached that is no yes or no', ['child', []], { detached: 'no' }, 'INVALID_OPTION'],
  ])('with %s is a typed error in the workflow, and nothing is started or recorded', async (_, [target, args], options, code) =>
    withCluster(async (cluster) => {
      const parent = workflow('parent', async (wf) => {
        const error = await wf.startChild(target as string, args as unknown[], options as object).catch((caught) => caught);
        return error.code;
      });
      const { workflows } = await cluster.app([doubling, parent]);
      const run = await workflows.start('parent');
      expect(await run.returnValue).toBe(code);
      expect(await run.steps()).toEqual([]);
      expect(await children(cluster)).toEqual([]);
    })(),
  );

  it(
    'gives a handle that works in its own workflow only: not in a step, not in another run, not outside',
    withCluster(async (cluster) => {
      let leaked: ChildRun | undefined;
      const code = (work: () => unknown) =>
        (async () => work())().then(
          () => 'worked',
          (error) => error.code,
        );
      const parent = workflow('parent', async (wf) => {
        const child = await wf.startChild('child', [1]);
        leaked ??= child;
        const inStep = await wf.step('step', () =>
          Promise.all([code(() => child.returnValue), code(() => child.send('t')), code(() => child.getEvent('k'))]),
        );
        await child.returnValue;
        return [inStep, await code(() => leaked?.send('t'))];
      });
      const { workflows } = await cluster.app([doubling, parent]);
      await (await workflows.start('parent')).returnValue;
      const second = await workflows.start('parent');
      expect(await second.returnValue).toEqual([Array(3).fill('NOT_IN_STEP'), 'NO_ACTIVE_RUN']);
      const outside = [() => leaked?.returnValue, () => leaked?.getEvent('k'), () => leaked?.send('t')];
      expect(await Promise.all(outside.map(code))).toEqual(Array(3).fill('NO_ACTIVE_RUN'));
    }),
    15_000,
  );

  it(
    'with delay, priority and attributes gives them to the child',
    withCluster(async (cluster) => {
      const parent = workflow('parent', async (wf) => {
        await wf.startChild('child', [1], { delay: '1h', priority: 7, attributes: { line: 'a' } });
        await wf.startChild('child', [1], { delay: '1h', priority: 8, attributes: { line: 'b' }, id: 'mine' });
      });
      const { workflows } = await cluster.app([doubling, parent]);
      await (await workflows.start('parent')).returnValue;
      expect((await children(cluster)).map((row) => [row.status, row.priority, row.attributes, row.external_id])).toEqual([
        ['DELAYED', 7, { line: 'a' }, null],
        ['DELAYED', 8, { line: 'b' }, 'mine'],
      ]);
    }),
  );
});

describe('a child', () => {
  it(
    'is started once, at whatever moment its parent’s process dies',
    withCluster(async (cluster) => {
      const { flow, begun, gate } = gated();
      const seen = new TestSignal();
      const parent = caller<[number], number>('parent', flow, async (call, wf) => {
        seen.emit();
        const value = await call(7);
        await wf.step('after', async () => undefined);
        return value;
      });
      const app = await cluster.app([flow, parent]);
      const dies = async (count: number) => {
        for (const executor of await alive(cluster)) await cluster.killExecutor(executor);
        // The parent is replayed; the child too, once it has begun.
        for (let i = 0; i < count; i++) await seen.next();
      };
      const blocker = await cluster.schema.pool.connect();
      try {
        await blocker.query('begin');
        await blocker.query('lock table waits in exclusive mode');
        const run = await app.workflows.start('parent');
        await seen.next();
        // The flush that starts the child is on the wire: nothing of it is committed.
        expect(await children(cluster)).toEqual([]);
        await blocker.query('rollback');
        await eventually(async () => expect(await children(cluster)).toHaveLength(1));
        await begun.next();
        await dies(1);
        await begun.next({ timeout: 20_000 });
        await dies(1);
        await begun.next({ timeout: 20_000 });
        for (let i = 0; i < 3; i++) gate.emit();
        expect(await app.workflows.getRun(run.runId).returnValue).toBe(7);
        expect(await children(cluster)).toMatchObject([{ parent_id: run.runId, status: 'SUCCESS' }]);
      } finally {
        blocker.release(true);
      }
    }),
  );

  it(
    'is started in the commit that records the operation: with neither, or with both',
    withCluster(async (cluster) => {
      const parent = caller<[number], number>('parent', doubling, async (call, wf, how) =>
        how === 'call' ? call(1) : (await wf.startChild<number>('child', [1])).returnValue,
      );
      const app = await cluster.app([doubling, parent], { workflows: ['parent'], suspendAfter: 0 });
      await cluster.rows(`
        create function commit_of() returns trigger language plpgsql as $$
        begin insert into commits values (tg_argv[0], txid_current()); return new; end $$`);
      await cluster.rows('create table commits (what text, commit bigint)');
      for (const [table, what, condition] of [
        ['workflow_status', 'child', `new.name = 'child'`],
        ['waits', 'wait', `new.kind = 'child'`],
        ['operation_outputs', 'operation', `new.kind = 'startChild'`],
      ])
        await cluster.rows(
          `create trigger t_${what} after insert on ${table} for each row when (${condition}) execute function commit_of('${what}')`,
        );
      await app.workflows.start('parent', ['call']);
      await app.workflows.start('parent', ['start']);
      await waiting(cluster, 2);
      const commits = await cluster.rows(
        `select string_agg(what, '+' order by what) what from commits group by commit having count(*) > 0`,
      );
      expect(commits.map(({ what }) => what).sort()).toEqual(['child+operation', 'child+wait']);
    }),
  );

  it(
    'of 40 parents whose processes die again and again: each is started once, and each parent gets its results',
    withCluster(async (cluster) => {
      const seed = Number(process.env.SEED ?? Date.now() % 100_000);
      const chance = randomNumbers(seed);
      const progress = new TestSignal();
      const child = workflow('child', async (wf, key: string) => {
        await wf.step('work', () => progress.emit());
        return key;
      });
      const parent = caller<[string], string>('parent', child, async (call, wf, n) => {
        const called = await Promise.all([call(`${n}/a`), call(`${n}/b`)]);
        const [one, two] = [
          await wf.startChild<string>('child', [`${n}/c`]),
          await wf.startChild<string>('child', [`${n}/d`], { id: `own/${n}` }),
        ];
        await wf.sleep(10);
        return [...called, await one.returnValue, await two.returnValue];
      });
      const options = { suspendAfter: 0 };
      const app = await cluster.app([child, parent], options);
      await cluster.app([child, parent], options);
      const runs = await Promise.all(Array.from({ length: 40 }, (_, n) => app.workflows.start<string[]>('parent', [n])));
      for (let crash = 0; crash < 6; crash++) {
        for (let i = Math.floor(chance() * 20); i >= 0; i--) await progress.next().catch(() => undefined);
        const [victim] = await alive(cluster);
        if (victim !== undefined) await cluster.killExecutor(victim);
      }
      const results = await Promise.all(runs.map((run) => run.returnValue));
      expect({ seed, results }).toEqual({ seed, results: runs.map((_, n) => ['a', 'b', 'c', 'd'].map((key) => `${n}/${key}`)) });
      const doubled = await cluster.rows(
        `select input, count(*)::int from workflow_status where name = 'child' group by input having count(*) > 1`,
      );
      expect({ seed, doubled }).toEqual({ seed, doubled: [] });
      expect(await cluster.count(`workflow_status where name = 'child' and status = 'SUCCESS'`)).toBe(160);
    }),
    60_000,
  );

  it.each<[string, boolean, boolean]>([
    ['by the same process', true, true],
    ['by the same process, notifications off', true, false],
    ['by another process', false, true],
    ['by another process, notifications off', false, false],
  ])('wakes its parent, which is unloaded meanwhile, when it is executed %s', async (_, same, notifications) =>
    withCluster(async (cluster) => {
      const { flow, begun, gate } = gated();
      let entries = 0;
      const parent = caller<[string], string>('parent', flow, async (call, wf, how) => {
        entries++;
        return how === 'call' ? call('done') : (await wf.startChild<string>('child', ['done'])).returnValue;
      });
      const providers = [flow, parent];
      const options = { suspendAfter: 0, notifications };
      const app = await cluster.app(providers, same ? options : { ...options, workflows: ['parent'] });
      if (!same) await cluster.app(providers, { ...options, workflows: ['child'] });
      const runs = [await app.workflows.start('parent', ['call']), await app.workflows.start('parent', ['start'])];
      await waiting(cluster, 2);
      await begun.next();
      await begun.next();
      for (const run of runs) expect(await cluster.run(run.runId)).toMatchObject({ claimed_by: null, wake_at: null });
      gate.emit();
      gate.emit();
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(['done', 'done']);
      expect(entries).toBe(4);
      expect(await cluster.count('waits')).toBe(0);
    })(),
  );
});

describe('in the database, a child', () => {
  it(
    'is inserted once, however often its flush is repeated, and stays as it has become since',
    withStores(async (room) => {
      const me = await room.executor();
      const [owner] = (await room.claimed(me, 1)) as [Owner];
      const childId = uuidv7();
      const batch = new FlushBatch();
      batch.add(owner, 'child', [childId, 'c', 'default', null, 0, null, '[1]', null, 50, 0, false]);
      batch.add(owner, 'wait', [0, 'child', 'c', 0, null, null, childId, null]);
      expect((await room.flushes.record(me, batch)).lost).toEqual([]);
      await room.claims.claim(me, { names: ['c'], queues: null }, 1);
      const before = await room.everything();
      expect((await room.flushes.record(me, batch)).lost).toEqual([]);
      expect(await room.everything()).toEqual(before);
      expect(await room.rows(`select status from workflow_status where name = 'c'`)).toEqual([{ status: 'PENDING' }]);
    }),
  );
});

describe('a child with an id of the caller’s choice', () => {
  it(
    'is one run, however often and by whomever it is started; an id of another workflow is RUN_CONFLICT',
    withCluster(async (cluster) => {
      const other = workflow('other', () => 'other');
      const parent = workflow('parent', async (wf, id: string) => {
        const [one, two] = [await wf.startChild<number>('child', [1], { id }), await wf.startChild<number>('child', [2], { id })];
        const error = await wf.startChild('other', [], { id }).catch((caught) => caught);
        await wf.step('later', () => 1);
        return [one.runId === two.runId, await two.returnValue, error.name, error.code];
      });
      const { workflows } = await cluster.app([doubling, other, parent]);
      const runs = [await workflows.start('parent', ['order-42']), await workflows.start('parent', ['order-42'])];
      for (const run of runs) expect(await run.returnValue).toEqual([true, 2, 'RunConflictError', 'RUN_CONFLICT']);
      expect(await children(cluster)).toMatchObject([{ external_id: 'order-42', workflow_id: runIdOf('order-42').runId }]);
      expect([runs[0]?.runId, runs[1]?.runId]).toContain((await children(cluster))[0]?.parent_id);
      expect(await cluster.count(`workflow_status where name = 'other'`)).toBe(0);
    }),
  );

  it.each(['commit', 'rollback'])(
    'that an open foreign transaction holds blocks no other run; after its %s the parent goes on',
    async (end) =>
      withCluster(async (cluster) => {
        const parent = workflow('parent', async (wf, id?: string) => {
          const child = await wf.startChild<number>('child', [4], { id });
          return child.returnValue;
        });
        const { workflows } = await cluster.app([doubling, parent]);
        const holder = await cluster.schema.pool.connect();
        try {
          await holder.query('begin');
          await holder.query(
            `insert into workflow_status (workflow_id, name, status, external_id, input) values ($1, 'child', 'ENQUEUED', 'held', '[4]')`,
            [runIdOf('held').runId],
          );
          const blocked = await workflows.start('parent', ['held']);
          const others = await Promise.all(
            Array.from({ length: 60 }, (_, i) => workflows.start('parent', i % 2 ? [`own-${i}`] : [])),
          );
          expect(await Promise.all(others.map((run) => run.returnValue))).toEqual(Array(60).fill(8));
          expect(await blocked.steps()).toEqual([]);
          await holder.query(end);
          expect(await blocked.returnValue).toBe(8);
        } finally {
          holder.release(true);
        }
      })(),
  );
});

describe('the deadline of a run', () => {
  const family = async (start: (wf: WorkflowContext, detached: boolean) => Promise<unknown>, cluster: Cluster) => {
    const middle = workflow('middle', async (wf) => {
      await wf.startChild('child');
      await wf.sleep('1h');
    });
    const parent = workflow('parent', async (wf, detached: boolean) => {
      await start(wf, detached);
      await wf.sleep('1h');
    });
    const app = await cluster.app([sleeping, middle, parent], { suspendAfter: 0 });
    return app;
  };
  const deadlines = async (cluster: Cluster, runId: string) =>
    cluster.rows(
      `select c.name, c.deadline_at is not distinct from p.deadline_at same, c.deadline_at < p.deadline_at less, c.deadline_at is null none
       from workflow_status c, workflow_status p where p.workflow_id = $1 and c.workflow_id <> p.workflow_id order by c.name, c.created_at`,
      [runId],
    );

  it.each<[string, (wf: WorkflowContext, detached: boolean) => Promise<unknown>]>([
    ['started', (wf, detached) => wf.startChild('child', [], { detached })],
    ['started with an id, first of all', (wf, detached) => wf.startChild('child', [], { detached, id: 'mine' })],
    ['started with a longer timeout', (wf, detached) => wf.startChild('child', [], { detached, timeout: '9h' })],
    ['started with a delay', (wf, detached) => wf.startChild('child', [], { detached, delay: 1 })],
  ])('is that of a child %s; a detached one has none of it', async (how, start) =>
    withCluster(async (cluster) => {
      const { workflows } = await family(start, cluster);
      const attached = await workflows.start('parent', [false], { timeout: '1h' });
      await waiting(cluster, 2);
      expect(await deadlines(cluster, attached.runId)).toEqual([{ name: 'child', same: true, less: false, none: false }]);
      await cluster.rows('truncate workflow_status, waits, operation_outputs');
      const detached = await workflows.start('parent', [true], { timeout: '1h' });
      await waiting(cluster, 2);
      const own = how.endsWith('longer timeout');
      expect(await deadlines(cluster, detached.runId)).toMatchObject([{ name: 'child', same: false, none: !own }]);
    })(),
  );

  it(
    'is that of children’s children too; a shorter timeout of a child wins, for it and its children',
    withCluster(async (cluster) => {
      const { workflows } = await family(async (wf, shorter) => {
        await wf.startChild('middle', [], shorter ? { timeout: '10m' } : {});
      }, cluster);
      const run = await workflows.start('parent', [false], { timeout: '1h' });
      await waiting(cluster, 3);
      const same = { same: true, less: false, none: false };
      expect(await deadlines(cluster, run.runId)).toEqual([
        { name: 'child', ...same },
        { name: 'middle', ...same },
      ]);
      await cluster.rows('truncate workflow_status, waits, operation_outputs');
      const shorter = await workflows.start('parent', [true], { timeout: '1h' });
      await waiting(cluster, 3);
      const less = { same: false, less: true, none: false };
      expect(await deadlines(cluster, shorter.runId)).toEqual([
        { name: 'child', ...less },
        { name: 'middle', ...less },
      ]);
      const [row] = await cluster.rows(
        `select count(distinct deadline_at)::int deadlines from workflow_status where name in ('middle', 'child')`,
      );
      expect(row.deadlines).toBe(1);
    }),
  );

  it.each([0, '10s'])(
    'ends its child with RUN_TIMEOUT when it passes, not a detached one (suspendAfter %s)',
    async (suspendAfter) =>
      withCluster(async (cluster) => {
        const parent = caller<[], void>('parent', sleeping, async (call, wf) => {
          const detached = await wf.startChild('child', [], { detached: true });
          await wf.setEvent('detached', detached.runId);
          return call();
        });
        const { workflows } = await cluster.app([sleeping, parent], { suspendAfter });
        const run = await workflows.start('parent', [], { timeout: 500 });
        await expect(run.returnValue).rejects.toMatchObject({ code: 'RUN_TIMEOUT' });
        const detachedId = await run.getEvent<string>('detached');
        const [child] = (await children(cluster)).filter((row) => row.workflow_id !== detachedId);
        await expect(workflows.getRun(child.workflow_id).returnValue).rejects.toMatchObject({ code: 'RUN_TIMEOUT' });
        expect(await workflows.getRun(detachedId as string).completedAt).toBeNull();
      })(),
  );
});

describe('cancel', () => {
  const tree = async (cluster: Cluster): Promise<{ app: ClusterApp; root: string; of: (name: string) => Promise<string[]> }> => {
    const leaf = workflow('leaf', async (wf) => wf.sleep('1h'));
    const middle = workflow('middle', async (wf) => {
      await wf.startChild('leaf');
      await wf.sleep('1h');
    });
    const ended = workflow('ended', async (wf) => void (await wf.startChild('leaf')));
    const root = workflow('root', async (wf) => {
      await wf.startChild('middle');
      await wf.startChild('ended');
      await wf.startChild('middle', [], { detached: true });
      await wf.sleep('1h');
    });
    const app = await cluster.app([leaf, middle, ended, root], { suspendAfter: 0 });
    const { runId } = await app.workflows.start('root');
    await waiting(cluster, 6);
    const of = async (status: string) =>
      (
        await cluster.rows(
          `select case when r.detached then 'detached' when p.detached then p.name || '/' || r.name || ' of the detached' else coalesce(p.name || '/', '') || r.name end who
           from workflow_status r left join workflow_status p on p.workflow_id = r.parent_id where r.status = $1 order by 1`,
          [status],
        )
      ).map(({ who }) => who);
    return { app, root: runId, of };
  };

  it(
    'leaves children alone, unless it is told otherwise',
    withCluster(async (cluster) => {
      const { app, root, of } = await tree(cluster);
      expect(await app.workflows.cancel(root)).toBe(true);
      expect(await of('CANCELLED')).toEqual(['root']);
      expect(await of('WAITING')).toHaveLength(5);
    }),
  );

  it(
    'with children: true ends those of the run and theirs, also below one that is over, and no detached one',
    withCluster(async (cluster) => {
      const { app, root, of } = await tree(cluster);
      expect(await app.workflows.getRun(root).cancel({ children: true, reason: 'recall', actor: 'ann' })).toBe(true);
      expect(await of('CANCELLED')).toEqual(['ended/leaf', 'middle/leaf', 'root', 'root/middle']);
      expect(await of('WAITING')).toEqual(['detached', 'middle/leaf of the detached']);
      expect(await cluster.count(`audit_log where action = 'CANCEL' and actor = 'ann' and reason = 'recall'`)).toBe(4);
      expect(await app.workflows.cancel(root, { children: true })).toBe(false);
    }),
  );

  it(
    'of a run that is over ends the children that it left behind; many of them, page by page',
    withCluster(async (cluster) => {
      const root = workflow('root', () => 'over');
      const { workflows } = await cluster.app([root, sleeping], { workflows: ['root'] });
      const run = await workflows.start('root');
      await run.returnValue;
      await cluster.rows(
        `insert into workflow_status (workflow_id, name, status, parent_id)
         select gen_random_uuid(), 'child', 'ENQUEUED', $1 from generate_series(1, 1200)`,
        [run.runId],
      );
      expect(await run.cancel({ children: true })).toBe(false);
      expect(await cluster.count(`workflow_status where status = 'CANCELLED'`)).toBe(1_200);
    }),
  );

  it(
    'with children that is neither yes nor no is refused, and ends nothing',
    withCluster(async (cluster) => {
      const { app, root, of } = await tree(cluster);
      const options = { children: 'true' } as unknown as { children: boolean };
      await expect(app.workflows.cancel(root, options)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      expect(await of('CANCELLED')).toEqual([]);
    }),
  );

  it(
    'aborts the signal of a child whose step runs',
    withCluster(async (cluster) => {
      const begun = new TestSignal();
      const aborted = new TestSignal();

      @Injectable()
      class Child {
        constructor(readonly wf: WorkflowContext) {}

        @Step()
        async block(): Promise<void> {
          this.wf.signal.addEventListener('abort', () => aborted.emit());
          begun.emit();
          return never();
        }

        @Workflow({ name: 'child' })
        async run(): Promise<void> {
          await this.block();
        }
      }
      const parent = workflow('parent', async (wf) => (await wf.startChild('child')).returnValue);
      const { workflows } = await cluster.app([Child, parent]);
      const run = await workflows.start('parent');
      await begun.next();
      await run.cancel({ children: true });
      await aborted.next();
    }),
  );
});
