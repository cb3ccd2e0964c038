// Events of a run as others wait for them: another run (wf.getEvent, child.getEvent) or code outside of any run (run.getEvent). The value is
// there, or comes, or never will; waiting costs no memory in a run and no connection anywhere.
import { randomUUID } from 'node:crypto';
import { ShuttingDownError, type WaitOptions, type WorkflowsModuleOptions } from '../../lib/index.js';
import { exactForm } from '../bad-input/exact-form.js';
import { type Cluster, never, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTestSchema } from '../support/test-database.js';
import { TestSignal } from '../support/test-signal.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

/** Sets what it is sent: `{ key, value }`; ends on null. */
const sets = workflow('sets', async (wf) => {
  for (;;) {
    const event = await wf.receive<{ key: string; value: unknown } | null>('set');
    if (event === null) return 'over';
    await wf.setEvent(event.key, event.value);
  }
});
const reads = workflow('reads', async (wf, id: string, key: string, options?: object) => ({
  read: await wf.getEvent(id, key, options),
}));

const waits = (cluster: Cluster, kind: string) =>
  eventually(async () => expect(await cluster.count('waits where kind = $1', [kind])).toBe(1));
const unloaded = (cluster: Cluster, name: string) =>
  eventually(async () => expect(await cluster.count(`workflow_status where status = 'WAITING' and name = $1`, [name])).toBe(1));
const isSet = (cluster: Cluster, key: string) =>
  eventually(async () => expect(await cluster.count('workflow_events where key = $1', [key])).toBe(1));

/** How an event is asked for: by a run, or from outside. */
type Reader = (app: WorkflowApp, id: string, key: string, options?: WaitOptions) => Promise<unknown>;
const READERS: Array<[string, Reader]> = [
  ['run.getEvent', (app, id, key, options) => app.workflows.getRun(id).getEvent(key, options)],
  [
    'wf.getEvent',
    async (app, id, key, options) => {
      const run = await app.workflows.start<{ read: unknown }>('reads', [id, key, options]);
      return (await run.returnValue).read;
    },
  ],
];

describe.each(READERS)('%s', (reader, read) => {
  it(
    'gives the value that is there',
    withCluster(async (cluster) => {
      const app = await cluster.app([sets, reads]);
      const run = await app.workflows.start('sets');
      await run.send('set', { key: 'phase', value: 'packed' });
      await isSet(cluster, 'phase');
      expect(await read(app, run.runId, 'phase')).toBe('packed');
      expect(await read(app, run.runId, 'phase', { timeout: 0 })).toBe('packed');
    }),
  );

  it(
    'gives the last value under the key, also null and undefined; the history keeps all',
    withCluster(async (cluster) => {
      const app = await cluster.app([sets, reads]);
      const run = await app.workflows.start('sets', [], { id: 'order-1' });
      const values = ['first', { n: 1n }, undefined, null, new Map([['k', new Date(0)]])];
      for (const [i, value] of values.entries()) {
        await run.send('set', { key: 'k', value });
        await eventually(async () => expect(await run.eventHistory()).toHaveLength(i + 1));
        expect(exactForm(await read(app, 'order-1', 'k'))).toEqual(exactForm(value));
      }
      expect((await run.eventHistory()).map(({ key, value }) => [key, exactForm(value)])).toEqual(
        values.map((value) => ['k', exactForm(value)]),
      );
      expect((await run.events()).map(({ key, value }) => [key, exactForm(value)])).toEqual([['k', exactForm(values[4])]]);
    }),
  );

  it.each<[string, WorkflowsModuleOptions]>([
    ['here', {}],
    ['here, to runs that are unloaded', { suspendAfter: 0 }],
    ['in another process, with notifications', { role: 'client', tickInterval: 60_000 }],
    ['in another process, by the tick alone', { role: 'client', notifications: false }],
  ])('waits until it is set: %s', (_where, { role, ...options }) =>
    withCluster(async (cluster) => {
      const worker = await cluster.app([sets, reads], { ...options, workflows: role === 'client' ? ['sets'] : undefined });
      const elsewhere = role === 'client' ? await cluster.app([sets, reads], { ...options, workflows: ['reads'] }) : worker;
      const run = await worker.workflows.start('sets');
      let isOver = false;
      const reading = read(elsewhere, run.runId, 'phase').finally(() => {
        isOver = true;
      });
      await run.send('set', { key: 'another', value: 0 });
      await isSet(cluster, 'another');
      expect(isOver).toBe(false);
      await run.send('set', { key: 'phase', value: 'packed' });
      expect(await reading).toBe('packed');
    })(),
  );

  it(
    'gives null when the run is over and has not set it: already, or while it is waited for, whatever ended it',
    withCluster(async (cluster) => {
      const app = await cluster.app([sets, reads]);
      const over = await app.workflows.start('sets');
      await over.send('set', null);
      await over.returnValue;
      expect(await read(app, over.runId, 'phase')).toBeNull();
      const [ends, cancelled] = [await app.workflows.start('sets'), await app.workflows.start('sets')];
      const reading = [read(app, ends.runId, 'phase'), read(app, cancelled.runId, 'phase')];
      await eventually(async () => expect(await cluster.count(`waits where kind = 'receive'`)).toBe(2));
      await ends.send('set', null);
      await cancelled.cancel();
      expect(await Promise.all(reading)).toEqual([null, null]);
    }),
  );

  it(
    'still gives what a run set that is over',
    withCluster(async (cluster) => {
      const app = await cluster.app([sets, reads]);
      const run = await app.workflows.start('sets');
      await run.send('set', { key: 'phase', value: 'packed' });
      await run.send('set', null);
      await run.returnValue;
      expect(await read(app, run.runId, 'phase')).toBe('packed');
    }),
  );

  it(
    'rejects with RUN_NOT_FOUND for a run that nobody has started',
    withCluster(async (cluster) => {
      const app = await cluster.app([sets, reads]);
      for (const id of [randomUUID(), 'no such order'])
        await expect(read(app, id, 'phase')).rejects.toMatchObject({ name: 'RunNotFoundError', code: 'RUN_NOT_FOUND' });
    }),
  );

  it(
    'gives null after its timeout, at once with 0, and not what comes later',
    withCluster(async (cluster) => {
      const app = await cluster.app([sets, reads], { suspendAfter: 0 });
      const run = await app.workflows.start('sets');
      await unloaded(cluster, 'sets');
      const began = performance.now();
      expect(await read(app, run.runId, 'phase', { timeout: 60 })).toBeNull();
      expect(performance.now() - began).toBeGreaterThanOrEqual(60);
      expect(await read(app, run.runId, 'phase', { timeout: 0 })).toBeNull();
      await run.send('set', { key: 'phase', value: 'packed' });
      await isSet(cluster, 'phase');
      expect(await read(app, run.runId, 'phase', { timeout: '1h' })).toBe('packed');
    }),
  );

  it(
    'sees at its timeout what was set in time, though nobody told this process',
    withCluster(async (cluster) => {
      // Its tick never comes.
      const app = await cluster.app([sets, reads], { notifications: false, tickInterval: 60_000 });
      const run = await app.workflows.start('sets', [], { delay: '1h' });
      const reading = read(app, run.runId, 'phase', { timeout: 700 });
      // It has looked once by then.
      if (reader === 'wf.getEvent') await waits(cluster, 'getEvent');
      expect(await read(app, run.runId, 'phase', { timeout: 0 })).toBeNull();
      await cluster.rows(`insert into workflow_events (workflow_id, key, value, ordinal) values ($1, 'phase', '"packed"', 0)`, [
        run.runId,
      ]);
      expect(await reading).toBe('packed');
    }),
  );

  it(
    'may be asked for by many at once, who all hear of it',
    withCluster(async (cluster) => {
      const app = await cluster.app([sets, reads], { suspendAfter: 0 });
      const run = await app.workflows.start('sets');
      const reading = Promise.all(Array.from({ length: 100 }, () => read(app, run.runId, 'phase')));
      await unloaded(cluster, 'sets');
      await run.send('set', { key: 'phase', value: 'packed' });
      expect(await reading).toEqual(Array(100).fill('packed'));
    }),
  );

  it(
    'says by type that the value that is stored can not be read, and hurts nobody else',
    withCluster(async (cluster) => {
      const app = await cluster.app([sets, reads]);
      const [hurt, sound] = [await app.workflows.start('sets'), await app.workflows.start('sets')];
      const insert = `insert into workflow_events (workflow_id, key, value, ordinal) values ($1, 'phase', '{"torn', 1000)`;
      const reading = [hurt, sound].map((run) => read(app, run.runId, 'phase'));
      await cluster.rows(insert, [hurt.runId]);
      await expect(reading[0]).rejects.toMatchObject({ code: 'PAYLOAD_DECODE_FAILED' });
      await sound.send('set', { key: 'phase', value: 'packed' });
      expect(await reading[1]).toBe('packed');
    }),
  );
});

describe('a run that waits for an event of another one', () => {
  it(
    'is unloaded meanwhile, woken when the event is set, and has what it read on record',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([sets, reads], { suspendAfter: 0, maxConcurrentRuns: 1, tickInterval: 60_000 });
      const run = await workflows.start('sets');
      await unloaded(cluster, 'sets');
      const reader = await workflows.start('reads', [run.runId, 'phase']);
      await unloaded(cluster, 'reads');
      expect(await cluster.rows(`select source, source_key from waits where kind = 'getEvent'`)).toEqual([
        { source: run.runId, source_key: 'phase' },
      ]);
      await run.send('set', { key: 'phase', value: 'packed' });
      expect(await reader.returnValue).toEqual({ read: 'packed' });
      expect(await cluster.operations(reader.runId)).toEqual([
        { ordinal: 0, seq: 0, kind: 'getEvent', name: 'phase', output: '"packed"', error: null },
      ]);
      expect(await cluster.count('waits where workflow_id = $1', [reader.runId])).toBe(0);
    }),
  );

  it(
    'reads on replay what it read, not what stands there now; null stays null',
    withCluster(async (cluster) => {
      const seen: unknown[] = [];
      const flow = workflow('flow', async (wf, id: string) => {
        seen.length = 0;
        seen.push(await wf.getEvent(id, 'k', { timeout: 0 }), await wf.getEvent(id, 'phase'));
        await wf.receive('go');
        return [...seen, await wf.getEvent(id, 'phase')];
      });
      const { workflows } = await cluster.app([sets, flow], { suspendAfter: 0 });
      const run = await workflows.start('sets');
      await run.send('set', { key: 'phase', value: 1 });
      const reader = await workflows.start('flow', [run.runId]);
      const waitsToGo = `waits where workflow_id = $1 and kind = 'receive'`;
      await eventually(async () => expect(await cluster.count(waitsToGo, [reader.runId])).toBe(1));
      await unloaded(cluster, 'flow');
      for (const [key, value] of [
        ['phase', 2],
        ['k', 'late'],
      ]) {
        await run.send('set', { key, value });
        await eventually(async () => expect((await run.events()).map((event) => event.value)).toContain(value));
      }
      await reader.send('go');
      expect(await reader.returnValue).toEqual([null, 1, 2]);
    }),
  );

  it(
    'may have just started that run: it is not taken for one that is not there',
    withCluster(async (cluster) => {
      const child = workflow('child', async (wf, n: number) => {
        await wf.setEvent('n', n);
        return n;
      });
      const parent = workflow('parent', async (wf) => {
        const children = await Promise.all([1, 2, 3].map((n) => wf.startChild<number>('child', [n])));
        return Promise.all(children.map((one) => one.getEvent('n')));
      });
      const silentChild = workflow('silent', () => 'over');
      const expects = workflow('expects', async (wf) => (await wf.startChild('silent')).getEvent('n'));
      const { workflows } = await cluster.app([child, parent, silentChild, expects]);
      const runs = await Promise.all(Array.from({ length: 20 }, () => workflows.start('parent')));
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(Array(20).fill([1, 2, 3]));
      expect(await (await workflows.start('expects')).returnValue).toBeNull();
    }),
  );

  it(
    'goes on when that run is rescued and sets it in another process',
    withCluster(async (cluster) => {
      const inStep = new TestSignal();
      let bodies = 0;
      const flow = workflow('flow', async (wf) => {
        const by = await wf.step('s', () => {
          inStep.emit();
          return bodies++ === 0 ? never() : 'the second';
        });
        await wf.setEvent('by', by);
      });
      const app = await cluster.app([flow, reads], { suspendAfter: 0 });
      const run = await app.workflows.start('flow');
      await inStep.next();
      const reader = await app.workflows.start('reads', [run.runId, 'by']);
      await waits(cluster, 'getEvent');
      await cluster.kill(app);
      expect(await reader.returnValue).toEqual({ read: 'the second' });
    }),
  );
});

describe('run.getEvent', () => {
  it(
    'rejects with ShuttingDownError when the process shuts down, and when it is asked afterwards',
    withCluster(async (cluster) => {
      const app = await cluster.app([sets]);
      const run = await app.workflows.start('sets');
      const reading = run.getEvent('phase').catch((error: unknown) => error);
      const inTime = run.getEvent('phase', { timeout: '1h' }).catch((error: unknown) => error);
      await waits(cluster, 'receive');
      await cluster.leave(app);
      for (const error of [await reading, await inTime]) {
        expect(error).toBeInstanceOf(ShuttingDownError);
        expect(error).toMatchObject({ code: 'SHUTTING_DOWN' });
      }
      await expect(run.getEvent('phase', { timeout: 0 })).rejects.toBeInstanceOf(ShuttingDownError);
      await expect(run.getEvent('phase')).rejects.toBeInstanceOf(ShuttingDownError);
    }),
  );

  it('costs no connection while it waits, and outlasts an outage', async () => {
    const schema = await createTestSchema();
    const proxy = await TcpProxy.start(schema.url);
    const workflowsOptions = { tickInterval: 100 };
    const worker = await startApp(schema, { providers: [sets], workflowsOptions });
    const client = await startApp(schema, {
      providers: [sets],
      workflowsOptions: { ...workflowsOptions, url: proxy.url, role: 'client' },
    });
    try {
      const run = await worker.workflows.start('sets');
      const handle = client.workflows.getRun(run.runId);
      const reading = Promise.all(Array.from({ length: 500 }, () => handle.getEvent('phase')));
      // Enqueued for a moment, when the worker has just been told of work.
      await eventually(async () => expect(await handle.status).toMatch(/RUNNING|WAITING|PENDING/));
      const busy = `select count(*)::int n from pg_stat_activity where application_name = $1 and state <> 'idle'`;
      await eventually(async () =>
        expect((await schema.pool.query(busy, [`workflows:${schema.schema}`])).rows).toEqual([{ n: 0 }]),
      );
      proxy.cut();
      await run.send('set', { key: 'phase', value: 'packed' });
      await eventually(async () => expect(await run.events()).toHaveLength(1));
      proxy.heal();
      expect(await reading).toEqual(Array(500).fill('packed'));
    } finally {
      proxy.heal();
      await client.close();
      await worker.close();
      await proxy.close();
      await schema.dispose();
    }
  });
});
