// Starts that are accepted in memory: what the caller is told at once, what becomes of the run, and when it is written.
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import {
  type EnqueueResult,
  InvalidStartTargetError,
  QueueNotFoundError,
  UnknownOptionError,
  WorkflowService,
} from '../../lib/index.js';
import { WORKFLOWS_RUNTIME } from '../../lib/nest/workflows.tokens.js';
import type { WorkflowsRuntime } from '../../lib/nest/workflows-runtime.js';
import { type Cluster, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import type { WorkflowApp } from '../support/workflow-app.js';
import { withProxiedApp } from './proxied-app.js';

const quick = workflow('quick', (_wf, x: unknown) => x ?? 'done');
const runs = (cluster: Cluster) => cluster.count('workflow_status');

function accepted(result: EnqueueResult): string {
  if (!result.accepted) throw new Error(`refused: ${result.reason}`);
  return result.runId;
}

const enqueue = (app: WorkflowApp, count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => accepted(app.workflows.enqueueInMemory('quick', [from + i])));

describe('a start in memory', () => {
  it(
    'answers at once, and its run is executed like any other',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const result = app.workflows.enqueueInMemory('quick', ['hello'], {
        priority: 3,
        attributes: { customer: 'a' },
        timeout: '1m',
      });
      expect(result).toEqual({ accepted: true, runId: expect.any(String), queueDepth: 1 });
      expect(app.workflows.inMemory).toMatchObject({ depth: 1, accepted: 1, flushed: 0 });
      const run = app.workflows.getRun(accepted(result));
      expect(await run.returnValue).toBe('hello');
      expect(await cluster.run(run.runId)).toMatchObject({
        name: 'quick',
        queue: 'default',
        status: 'SUCCESS',
        priority: 3,
        attributes: { customer: 'a' },
        timeout_ms: 60_000,
      });
      expect(app.workflows.inMemory).toMatchObject({ depth: 0, accepted: 1, flushed: 1, rejected: 0, deadLetters: 0 });
    }),
  );

  it(
    'touches no database before it answers',
    withCluster(async (cluster) => {
      await withProxiedApp(cluster, [quick], {}, async (app, proxy) => {
        proxy.mute();
        const runId = accepted(app.workflows.enqueueInMemory('quick', [1]));
        expect(app.workflows.inMemory.depth).toBe(1);
        proxy.heal();
        expect(await app.workflows.getRun(runId).returnValue).toBe(1);
      });
    }),
  );

  it(
    'takes the method itself, with its types',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const host = app.module.get(quick);
      expect(await app.workflows.getRun(accepted(app.workflows.enqueueInMemory(host.run, [7]))).returnValue).toBe(7);
    }),
  );

  it(
    'keeps the order, by thousands',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { role: 'client' });
      const ids = enqueue(app, 2_500);
      await eventually(async () => expect(app.workflows.inMemory.depth).toBe(0));
      const rows = await cluster.rows<{ workflow_id: string; input: string }>(
        'select workflow_id, input from workflow_status order by created_at, workflow_id',
      );
      expect(rows.map((row) => row.workflow_id)).toEqual(ids);
      expect(rows.map((row) => row.input)).toEqual(ids.map((_, i) => `[${i}]`));
      expect(app.workflows.inMemory).toMatchObject({ accepted: 2_500, flushed: 2_500, flushFailures: 0 });
    }),
  );

  it(
    'is told to whoever executes: another process begins it without waiting for its tick',
    withCluster(async (cluster) => {
      const client = await cluster.app([quick], { role: 'client' });
      await cluster.app([quick], { tickInterval: '60s' });
      const listening = `pg_stat_activity where application_name = 'workflows:' || $1 and query like 'listen%'`;
      await eventually(async () => expect(await cluster.count(listening, [cluster.schema.schema])).toBe(2));
      // Whoever has just begun to listen looks at the queue; after a run of somebody's it has.
      await (await client.workflows.start('quick')).returnValue;
      const runId = accepted(client.workflows.enqueueInMemory('quick', ['far']));
      expect(await client.workflows.getRun(runId).returnValue).toBe('far');
    }),
  );

  it(
    'of a partition takes its place in line',
    withCluster(async (cluster) => {
      const order: unknown[] = [];
      let running = 0;
      const flow = workflow('ordered', (wf, x: unknown) =>
        wf.step('run', async () => {
          expect(++running).toBe(1);
          order.push(x);
          await new Promise(setImmediate);
          running--;
        }),
      );
      const app = await cluster.app([flow]);
      const ids = [1, 2, 3, 4].map((x) =>
        accepted(app.workflows.enqueueInMemory('ordered', [x], { partitionKey: 'line-1/reactor-a' })),
      );
      await Promise.all(ids.map((id) => app.workflows.getRun(id).returnValue));
      expect(order).toEqual([1, 2, 3, 4]);
    }),
  );

  it(
    'with a delay is DELAYED',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const run = app.workflows.getRun(accepted(app.workflows.enqueueInMemory('quick', [], { delay: '1h' })));
      expect(await run.status).toBe('DELAYED');
    }),
  );
});

describe('a start in memory is refused', () => {
  it(
    'with a reason and the depth, for what the caller can’t know before',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { dispatch: 'manual', maxPayloadBytes: 1_024 });
      const { workflows } = app;
      enqueue(app, 1);
      expect(workflows.enqueueInMemory('quikc')).toEqual({ accepted: false, reason: 'not_registered', queueDepth: 1 });
      for (const [args, code] of [
        [[() => undefined], 'PAYLOAD_INVALID'],
        [['a\0b'], 'PAYLOAD_INVALID'],
        [['x'.repeat(2_000)], 'PAYLOAD_TOO_LARGE'],
      ] as Array<[unknown[], string]>)
        expect(workflows.enqueueInMemory('quick', args)).toEqual({
          accepted: false,
          reason: 'invalid_payload',
          queueDepth: 1,
          error: expect.objectContaining({ code }),
        });
      expect(workflows.inMemory).toMatchObject({ depth: 1, accepted: 1, rejected: 4 });
    }),
  );

  it(
    'by a typed error for what can’t be meant, as start does',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([quick], { dispatch: 'manual' });
      const refusal = (options: unknown, args: unknown = []) => {
        try {
          workflows.enqueueInMemory('quick', args as unknown[], options as object);
        } catch (error) {
          return error as Error;
        }
        throw new Error('accepted');
      };
      for (const [option, value] of Object.entries({
        id: 'order-1',
        manager: { query: () => undefined },
        deduplicationId: 'x',
        deduplicationPolicy: 'reject',
        debounce: { key: 'x', period: '1s' },
      })) {
        const error = refusal({ [option]: value });
        expect(error).toMatchObject({ code: 'INVALID_OPTION' });
        expect(error.message).toContain(`"${option}"`);
        expect(error.message).toContain('start()');
      }
      expect(refusal({ queu: 'default' })).toBeInstanceOf(UnknownOptionError);
      expect(refusal({ priority: 1.5 })).toMatchObject({ code: 'INVALID_OPTION' });
      expect(refusal({ delay: 'soon' })).toMatchObject({ code: 'INVALID_DURATION' });
      expect(refusal({ partitionKey: '' })).toMatchObject({ code: 'INVALID_ID' });
      expect(refusal({ attributes: new Map() })).toMatchObject({ code: 'INVALID_ATTRIBUTES' });
      expect(refusal('1h')).toMatchObject({ code: 'INVALID_OPTION' });
      expect(refusal({ queue: 'defalt' })).toBeInstanceOf(QueueNotFoundError);
      expect(refusal({}, 'no list')).toBeInstanceOf(InvalidStartTargetError);
      expect(() => workflows.enqueueInMemory((() => undefined) as never)).toThrow(InvalidStartTargetError);
      expect(workflows.inMemory).toMatchObject({ depth: 0, accepted: 0 });
    }),
  );

  it(
    'when the queue is full: reject',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { dispatch: 'manual', inMemory: { maxDepth: 3 } });
      enqueue(app, 3);
      expect(app.workflows.enqueueInMemory('quick')).toEqual({ accepted: false, reason: 'overflow', queueDepth: 3 });
      expect(app.workflows.inMemory).toMatchObject({
        depth: 3,
        maxDepth: 3,
        accepted: 3,
        rejected: 1,
        dropped: 0,
        lastOverflowAt: expect.any(Date),
      });
      await app.workflows.dispatch();
      expect(app.workflows.enqueueInMemory('quick')).toMatchObject({ accepted: true, queueDepth: 1 });
    }),
  );

  it(
    'when the queue is full: drop_newest, which counts it as dropped',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { dispatch: 'manual', inMemory: { maxDepth: 1, overflow: 'drop_newest' } });
      enqueue(app, 1);
      expect(app.workflows.enqueueInMemory('quick')).toEqual({ accepted: false, reason: 'overflow', queueDepth: 1 });
      expect(app.workflows.inMemory).toMatchObject({ accepted: 1, rejected: 0, dropped: 1 });
    }),
  );
});

describe('drop_oldest', () => {
  it(
    'accepts the new run, names the one that gave way, and lets nobody wait for that for ever',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { dispatch: 'manual', inMemory: { maxDepth: 2, overflow: 'drop_oldest' } });
      const result = app.workflows.enqueueInMemory('quick', [0]);
      const oldest = app.workflows.getRun(accepted(result));
      enqueue(app, 1, 1);
      expect(app.workflows.enqueueInMemory('quick', [2])).toEqual({
        accepted: true,
        runId: expect.any(String),
        queueDepth: 2,
        droppedOldest: oldest.runId,
      });
      await expect(oldest.returnValue).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      await expect(oldest.status).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      expect(await app.workflows.dispatch()).toMatchObject({ flushed: 2 });
      expect((await cluster.rows('select input from workflow_status order by created_at')).map((row) => row.input)).toEqual([
        '[1]',
        '[2]',
      ]);
      expect(app.workflows.inMemory).toMatchObject({ accepted: 3, dropped: 1, flushed: 2 });
    }),
  );
});

describe('the handle of a run that is still in memory', () => {
  /** The row can't be written as long as `locked` is under way. */
  const whileLocked = async (cluster: Cluster, work: () => Promise<void>) => {
    const client = await cluster.schema.pool.connect();
    try {
      await client.query('begin');
      await client.query('lock table workflow_status in exclusive mode');
      await work();
      await client.query('commit');
    } finally {
      client.release();
    }
  };

  it(
    'works at once: everything waits until the run is durable, then asks as usual',
    withCluster(async (cluster) => {
      const flow = workflow('talking', async (wf) => {
        await wf.setEvent('phase', 'began');
        const writer = wf.getWritable().getWriter();
        await writer.write('chunk');
        await writer.close();
        return wf.receive('word');
      });
      const app = await cluster.app([flow]);
      const { workflows } = app;
      let answers: Array<Promise<unknown>> = [];
      await whileLocked(cluster, async () => {
        const run = workflows.getRun(accepted(workflows.enqueueInMemory('talking')));
        const doomed = workflows.getRun(accepted(workflows.enqueueInMemory('talking', [], { delay: '1h' })));
        const early = workflows.getRun(accepted(workflows.enqueueInMemory('talking', [], { delay: '1h' })));
        const chunks = async () => {
          const values = [];
          for await (const value of run.stream()) values.push(value);
          return values;
        };
        answers = [
          workflows.waitAny([run]),
          workflows.waitAll([run]),
          run.returnValue,
          run.workflowName,
          run.steps(),
          run.events(),
          run.eventHistory(),
          run.getEvent('phase'),
          run.send('word', 'hello'),
          chunks(),
          run.status,
          workflows.cancel(doomed.runId),
          early.setPriority(5),
        ];
        expect(workflows.inMemory.depth).toBe(3);
      });
      const [any, all, value, name, , , , phase, , chunks, status, cancelled, moved] = await Promise.all(answers);
      expect(any).toMatchObject({ runId: expect.any(String) });
      expect(all).toEqual([{ status: 'fulfilled', value: 'hello' }]);
      expect([value, name, phase, chunks, cancelled, moved]).toEqual(['hello', 'talking', 'began', ['chunk'], true, true]);
      expect(['ENQUEUED', 'PENDING', 'RUNNING', 'SUCCESS']).toContain(status);
    }),
  );

  it(
    'keeps the timeouts of its callers',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const { workflows } = app;
      await whileLocked(cluster, async () => {
        const run = workflows.getRun(accepted(workflows.enqueueInMemory('quick')));
        expect(await run.getEvent('phase', { timeout: 20 })).toBeNull();
        await expect(workflows.waitAny([run], { timeout: 20 })).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' });
        await expect(workflows.waitAll([run], { timeout: 20 })).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' });
        expect(workflows.inMemory.depth).toBe(1);
      });
    }),
  );

  it(
    'makes the run leave in manual mode too',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { dispatch: 'manual' });
      const run = app.workflows.getRun(accepted(app.workflows.enqueueInMemory('quick')));
      expect(await run.status).toBe('ENQUEUED');
      const other = accepted(app.workflows.enqueueInMemory('quick'));
      expect(app.workflows.inMemory.depth).toBe(1);
      expect(await cluster.run(other)).toBeUndefined();
    }),
  );
});

describe('dispatch()', () => {
  it(
    'in manual mode is the only thing that writes and claims, and says how many',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { dispatch: 'manual' });
      const ids = enqueue(app, 5);
      const runtime = app.module.get<WorkflowsRuntime>(WORKFLOWS_RUNTIME, { strict: false });
      for (let i = 0; i < 10; i++) {
        await runtime.tick();
        await app.workflows.listRuns();
      }
      expect([await runs(cluster), app.workflows.inMemory.depth]).toEqual([0, 5]);
      expect(await app.workflows.dispatch()).toEqual({ flushed: 5, claimed: 5 });
      await Promise.all(ids.map((id) => app.workflows.getRun(id).returnValue));
      expect(await app.workflows.dispatch()).toEqual({ flushed: 0, claimed: 0 });
    }),
  );

  it(
    'writes in a process that only starts runs',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { dispatch: 'manual', role: 'client' });
      enqueue(app, 2);
      expect(await app.workflows.dispatch()).toEqual({ flushed: 2, claimed: 0 });
      expect(await runs(cluster)).toBe(2);
    }),
  );
});

describe('a process that accepts starts in memory', () => {
  it.each(['auto', 'manual'] as const)('writes them before it ends, whatever its shutdownTimeout: %s', async (dispatch) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { dispatch, role: 'client' });
      const ids = enqueue(app, 1_000);
      await cluster.leave(app);
      const rows = await cluster.rows<{ workflow_id: string }>('select workflow_id from workflow_status order by created_at');
      expect(rows.map((row) => row.workflow_id)).toEqual(ids);
      expect(app.workflows.enqueueInMemory('quick')).toEqual({ accepted: false, reason: 'shutting_down', queueDepth: 0 });
    })(),
  );

  it(
    'refuses new ones from the moment at which it begins to end',
    withCluster(async (cluster) => {
      const begun = new TestSignal();
      const late = new TestSignal<EnqueueResult>();
      const gate = new TestSignal();
      const flow = workflow('late', (wf) =>
        wf.step('enqueue', async () => {
          begun.emit();
          await gate.next();
          late.emit(app.workflows.enqueueInMemory('quick'));
        }),
      );
      const app = await cluster.app([flow, quick], { shutdownTimeout: '10s' });
      await app.workflows.start('late');
      await begun.next();
      const left = cluster.leave(app);
      // Arguments that can't be taken are looked at only as long as any would be.
      await eventually(() =>
        expect(app.workflows.enqueueInMemory('quick', [() => undefined])).toMatchObject({ reason: 'shutting_down' }),
      );
      gate.emit();
      expect(await late.next()).toEqual({ accepted: false, reason: 'shutting_down', queueDepth: 0 });
      await left;
      expect(await runs(cluster)).toBe(1);
    }),
  );

  it(
    'takes them before its bootstrap, too, for queues that it does not know yet',
    withCluster(async (cluster) => {
      const results: EnqueueResult[] = [];
      @Injectable()
      class Early implements OnApplicationBootstrap {
        constructor(private readonly workflows: WorkflowService) {}

        onApplicationBootstrap(): void {
          results.push(this.workflows.enqueueInMemory('quick', [1]));
          results.push(this.workflows.enqueueInMemory('quick', [2], { queue: 'reactors' }));
        }
      }
      const app = await cluster.app([quick, Early], { queues: [{ name: 'reactors' }] });
      const ids = results.map(accepted);
      expect(await Promise.all(ids.map((id) => app.workflows.getRun(id).returnValue))).toEqual([1, 2]);
    }),
  );

  it(
    'loses none to an outage of the database, and writes none twice',
    withCluster(async (cluster) => {
      await withProxiedApp(cluster, [quick], { role: 'client' }, async (app, proxy) => {
        const swallowed = proxy.swallowAnswerTo('run.insertMany');
        const ids = enqueue(app, 300);
        await swallowed;
        proxy.cut();
        ids.push(...enqueue(app, 300, 300));
        await eventually(() => expect(app.workflows.inMemory.flushFailures).toBeGreaterThan(1));
        expect(app.workflows.inMemory.depth).toBeGreaterThan(300);
        proxy.heal();
        await eventually(() => expect(app.workflows.inMemory.depth).toBe(0));
        const rows = await cluster.rows<{ workflow_id: string }>('select workflow_id from workflow_status order by created_at');
        expect(rows.map((row) => row.workflow_id)).toEqual(ids);
        expect(app.workflows.inMemory).toMatchObject({ accepted: 600, flushed: 600, deadLetters: 0 });
      });
    }),
  );
});
