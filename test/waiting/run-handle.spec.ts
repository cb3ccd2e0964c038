// The handle of a run, from start or from getRun: what each member tells of a run that is queued, runs, is over or is unknown; waiting for
// several at once; and nothing of the connection in it.
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { Injectable } from '@nestjs/common';
import { type ChildRun, Run, type RunStatus, Workflow, WorkflowContext } from '../../lib/index.js';
import { type Cluster, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';

/** Everything that a handle tells by itself, as data. */
async function told(run: Run): Promise<Record<string, unknown>> {
  const properties = { status: run.status, workflowName: run.workflowName, input: run.input, error: run.error };
  const times = { createdAt: run.createdAt, startedAt: run.startedAt, completedAt: run.completedAt };
  const entries = await Promise.all(
    Object.entries({ ...properties, ...times }).map(async ([key, value]) => [key, await value.catch((error) => error.code)]),
  );
  return {
    ...Object.fromEntries(entries),
    steps: (await run.steps()).map(({ name }) => name),
    events: (await run.events()).map(({ key, value }) => [key, value]),
    history: (await run.eventHistory()).map(({ key, value }) => [key, value]),
  };
}

function stages() {
  const begun = new TestSignal();
  const gate = new TestSignal();
  const flow = workflow('stages', async (wf, order: { id: number }) => {
    await wf.setEvent('stage', 'packing');
    await wf.setEvent('stage', 'packed');
    await wf.step('block', async () => {
      begun.emit();
      await gate.next();
    });
    const how = await wf.receive<string>('how');
    if (how === 'fail') throw Object.assign(new RangeError('out of boxes'), { code: 'NO_BOX' });
    return { ...order, how };
  });
  return { begun, gate, flow };
}

const sleeper = workflow('sleeper', async (wf) => wf.sleep('1h'));
const quick = workflow('quick', (_, value: unknown) => value);
const failing = workflow('failing', () => {
  throw new RangeError('no');
});
const later = (cluster: Cluster) =>
  eventually(async () => expect(await cluster.count(`workflow_status where status = 'WAITING'`)).toBeGreaterThan(0));

describe('a Run', () => {
  it(
    'tells of a queued run, of the same run while it runs, and of it when it is over: here and in a process that only watches',
    withCluster(async (cluster) => {
      const { flow, begun, gate } = stages();
      const client = await cluster.app([flow], { role: 'client' });
      const run = await client.workflows.start<object>('stages', [{ id: 7 }]);
      const empty = { steps: [], events: [], history: [] };
      expect(await told(run)).toEqual({
        status: 'ENQUEUED',
        workflowName: 'stages',
        input: [{ id: 7 }],
        error: null,
        createdAt: expect.any(Date),
        startedAt: null,
        completedAt: null,
        ...empty,
      });
      const worker = await cluster.app([flow]);
      await begun.next();
      const running = {
        status: 'RUNNING',
        startedAt: expect.any(Date),
        completedAt: null,
        error: null,
        steps: ['stage', 'stage'],
        events: [['stage', 'packed']],
        history: [
          ['stage', 'packing'],
          ['stage', 'packed'],
        ],
      };
      await eventually(async () => expect(await told(run)).toMatchObject(running));
      expect(await told(worker.workflows.getRun(run.runId))).toMatchObject(running);
      expect(await run.getEvent('stage')).toBe('packed');
      expect(await run.getEvent('none', { timeout: 0 })).toBeNull();
      gate.emit();
      await run.send('how', 'fast');
      expect(await run.returnValue).toEqual({ id: 7, how: 'fast' });
      const over = await told(run);
      expect(over).toMatchObject({ status: 'SUCCESS', error: null, completedAt: expect.any(Date) });
      expect(over.steps).toEqual(['stage', 'stage', 'block', 'how']);
      expect((over.startedAt as Date) >= (over.createdAt as Date) && (over.completedAt as Date) >= (over.startedAt as Date)).toBe(
        true,
      );
      expect(await run.getEvent('none')).toBeNull();
      expect(await run.cancel()).toBe(false);
      await expect(run.send('how', 'late')).rejects.toMatchObject({ code: 'RUN_FINISHED' });
    }),
  );

  it(
    'tells why a run failed, or was cancelled',
    withCluster(async (cluster) => {
      const { flow, gate } = stages();
      const { workflows } = await cluster.app([flow, sleeper]);
      const run = await workflows.start('stages', [{ id: 1 }]);
      gate.emit();
      await run.send('how', 'fail');
      await expect(run.returnValue).rejects.toMatchObject({ name: 'RangeError', code: 'NO_BOX', message: 'out of boxes' });
      expect(await run.error).toMatchObject({ name: 'RangeError', code: 'NO_BOX', message: 'out of boxes' });
      expect(await run.status).toBe('ERROR');
      const cancelled = await workflows.start('sleeper');
      expect(await cancelled.cancel({ reason: 'enough' })).toBe(true);
      expect([await cancelled.status, await cancelled.error]).toMatchObject([
        'CANCELLED',
        { code: 'RUN_CANCELLED', message: 'enough' },
      ]);
      expect(await workflows.getRun(run.runId).workflowName).toBe('stages');
    }),
  );

  it(
    'of an unknown run is RUN_NOT_FOUND by whatever needs the run, and records nothing',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([quick]);
      const run = workflows.getRun(randomUUID());
      const members: Array<() => Promise<unknown>> = [
        () => run.status,
        () => run.workflowName,
        () => run.input,
        () => run.error,
        () => run.createdAt,
        () => run.startedAt,
        () => run.completedAt,
        () => run.returnValue,
        () => run.getEvent('k'),
        () => run.send('t', 1),
        () => run.cancel(),
      ];
      for (const member of members) await expect(member()).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      expect([await run.steps(), await run.events(), await run.eventHistory()]).toEqual([[], [], []]);
      expect(await cluster.count('notifications')).toBe(0);
    }),
  );

  it(
    'refuses bad arguments by a typed error before any SQL',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([quick]);
      const run = workflows.getRun(randomUUID());
      await expect(run.getEvent('')).rejects.toMatchObject({ code: 'INVALID_ID' });
      await expect(run.getEvent('k', { timeout: -1 })).rejects.toMatchObject({ code: 'INVALID_DURATION' });
      await expect(run.getEvent('k', { timout: 1 } as object)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
      await expect(run.send('', 1)).rejects.toMatchObject({ code: 'INVALID_ID' });
      await expect(run.send('t', () => 1)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
    }),
  );
});

describe('waitAny', () => {
  it(
    'gives the first run that is over, whatever became of it, also one that was over before',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([quick, failing, sleeper]);
      const slow = await workflows.start('sleeper');
      const fast = await workflows.start('quick', [1]);
      expect(await workflows.waitAny([slow, fast])).toBe(fast);
      const bad = await workflows.start('failing');
      expect(await workflows.waitAny([slow, bad])).toBe(bad);
      expect(await workflows.waitAny([slow, bad])).toBe(bad);
      const cancelled = await workflows.start('sleeper');
      const waiting = workflows.waitAny([slow, cancelled]);
      await cancelled.cancel();
      expect(await waiting).toBe(cancelled);
    }),
  );

  it.each([true, false])('sees runs of other processes (notifications: %s)', async (notifications) =>
    withCluster(async (cluster) => {
      const { flow, begun, gate } = stages();
      const client = await cluster.app([flow, sleeper], { role: 'client', notifications });
      await cluster.app([flow, sleeper], { notifications });
      const slow = await client.workflows.start('sleeper');
      const run = await client.workflows.start('stages', [{ id: 1 }]);
      await begun.next();
      const [any, all] = [client.workflows.waitAny([slow, run]), client.workflows.waitAll([run, run])];
      gate.emit();
      await run.send('how', 'well');
      expect(await any).toBe(run);
      expect(await all).toEqual(Array(2).fill({ status: 'fulfilled', value: { id: 1, how: 'well' } }));
    })(),
  );
});

describe('waitAll', () => {
  it(
    'tells of all runs in order what became of them',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([quick, failing, sleeper]);
      const runs = [await workflows.start('quick', ['x']), await workflows.start('failing'), await workflows.start('sleeper')];
      await runs[2]?.cancel();
      expect(await workflows.waitAll(runs)).toEqual([
        { status: 'fulfilled', value: 'x' },
        { status: 'rejected', reason: expect.objectContaining({ name: 'RangeError', message: 'no' }) },
        { status: 'rejected', reason: expect.objectContaining({ code: 'RUN_CANCELLED' }) },
      ]);
      expect(await workflows.waitAll([])).toEqual([]);
      expect(await workflows.waitAll([workflows.getRun(randomUUID())])).toEqual([
        { status: 'rejected', reason: expect.objectContaining({ code: 'RUN_NOT_FOUND' }) },
      ]);
    }),
  );
});

describe('waiting for several runs', () => {
  it(
    'ends at its timeout with WAIT_TIMEOUT; the runs go on',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([quick, sleeper]);
      const runs = [await workflows.start('sleeper'), await workflows.start('quick', [1])] as const;
      await runs[1].returnValue;
      await expect(workflows.waitAny([runs[0]], { timeout: 20 })).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' });
      await expect(workflows.waitAll(runs, { timeout: '20ms' })).rejects.toMatchObject({
        code: 'WAIT_TIMEOUT',
        message: expect.stringContaining('waitAll'),
      });
      expect(await runs[0].completedAt).toBeNull();
    }),
  );

  it.each<[string, unknown, unknown, string]>([
    ['an empty list', [], {}, 'INVALID_RUNS'],
    ['no list', 5, {}, 'INVALID_RUNS'],
    ['a list of ids', [randomUUID()], {}, 'INVALID_RUNS'],
    ['a misspelt option', undefined, { timout: 1 }, 'UNKNOWN_OPTION'],
    ['a bad timeout', undefined, { timeout: 'soon' }, 'INVALID_DURATION'],
    ['options that are none', undefined, 5, 'INVALID_OPTION'],
  ])(
    'refuses %s by a typed error, and leaves nothing behind that would end the process later',
    async (what, runs, options, code) =>
      withCluster(async (cluster) => {
        const unhandled: unknown[] = [];
        const listen = (reason: unknown) => unhandled.push(reason);
        process.on('unhandledRejection', listen);
        try {
          const app = await cluster.app([sleeper]);
          const good = [await app.workflows.start('sleeper'), app.workflows.getRun(randomUUID())];
          const given = (runs ?? good) as Run[];
          await expect(app.workflows.waitAny(given, options as object)).rejects.toMatchObject({ code });
          if (what !== 'an empty list')
            await expect(app.workflows.waitAll(given, options as object)).rejects.toMatchObject({ code });
          await cluster.leave(app);
          await new Promise(setImmediate);
          expect(unhandled).toEqual([]);
        } finally {
          process.off('unhandledRejection', listen);
        }
      })(),
  );

  it(
    'ends with SHUTTING_DOWN when the process goes: no run is taken for one that failed',
    withCluster(async (cluster) => {
      const app = await cluster.app([sleeper, quick]);
      const runs = [await app.workflows.start('sleeper'), await app.workflows.start('quick', [1])];
      await runs[1]?.returnValue;
      await later(cluster).catch(() => undefined);
      const [any, all] = [app.workflows.waitAny([runs[0] as Run]), app.workflows.waitAll(runs)];
      const ends = Promise.allSettled([any, all]);
      await cluster.leave(app);
      expect(await ends).toEqual(
        Array(2).fill({ status: 'rejected', reason: expect.objectContaining({ name: 'ShuttingDownError' }) }),
      );
    }),
  );
});

@Injectable()
class Shop {
  constructor(readonly wf: WorkflowContext) {}

  @Workflow({ name: 'price' })
  async price(item: string, amount = 1): Promise<number> {
    return item.length * amount;
  }

  @Workflow({ name: 'label' })
  label(item: string): string {
    return `<${item}>`;
  }
}

describe('the types', () => {
  it(
    'of results follow from the method: of returnValue, waitAny and waitAll',
    withCluster(async (cluster) => {
      const app = await cluster.app([Shop]);
      const { workflows } = app;
      const shop = app.module.get(Shop, { strict: false });
      const price = await workflows.start(shop.price, ['nail', 3]);
      const label = await workflows.start(shop.label, ['nail']);
      const amount: number = await price.returnValue;
      const text: string = await label.returnValue;
      const [first, second] = await workflows.waitAll([price, label]);
      if (first.status === 'rejected' || second.status === 'rejected') throw new Error('failed');
      const exact: [number, string] = [first.value, second.value];
      const any: Run<number> | Run<string> = await workflows.waitAny([price, label]);
      const status: RunStatus = await any.status;
      // @ts-expect-error: a price is a number
      const wrong: string = first.value;
      // @ts-expect-error: the arguments follow from the method too
      const compiled = () => workflows.start(shop.price, [3]);
      expect([amount, text, exact, status, typeof wrong, typeof compiled]).toEqual([
        12,
        '<nail>',
        [12, '<nail>'],
        'SUCCESS',
        'number',
        'function',
      ]);
    }),
  );
});

describe('a handle', () => {
  it(
    'as JSON is its id, and printed gives no connection and no secret away',
    withCluster(async (cluster) => {
      const printed = new TestSignal<string[]>();
      const print = (value: object) => [
        JSON.stringify(value),
        inspect(value, { depth: 20, showHidden: true }),
        JSON.stringify(Object.getOwnPropertyDescriptors(value)),
        String(Object.keys(value)),
      ];
      const parent = workflow('parent', async (wf) => {
        const child: ChildRun = await wf.startChild('quick', [1]);
        printed.emit([...print(child), ...print(wf)]);
        return { json: JSON.parse(JSON.stringify(child)), id: child.runId };
      });
      const { workflows } = await cluster.app([quick, parent]);
      const run = await workflows.start<{ json: object; id: string }>('parent');
      const { json, id } = await run.returnValue;
      expect([json, JSON.parse(JSON.stringify(run))]).toEqual([{ runId: id }, { runId: run.runId }]);
      const url = new URL(cluster.schema.url);
      const texts = [...(await printed.next()), ...print(run), ...print(workflows)].join('\n');
      expect(texts).toContain(run.runId);
      for (const secret of [cluster.schema.url, url.password, url.port, cluster.schema.schema].filter((text) => text !== ''))
        expect(texts).not.toContain(secret);
      expect(texts).not.toMatch(/connectionString|password|postgres/i);
    }),
  );
});
