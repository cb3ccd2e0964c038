// deduplicationId: as long as a run with it is not over, no other is started with it in that queue; then the id is free.
import { DataSource, type EntityManager } from 'typeorm';
import type { Run, StartOptions } from '../../lib/index.js';
import { type Cluster, type ClusterApp, withCluster, workflow } from '../engine/cluster.js';
import { held, NO_TICK, quick, statusOf } from './queue-room.js';

const reject = { deduplicationId: 'd' } as const;
const existing = { deduplicationId: 'd', deduplicationPolicy: 'return-existing' } as const;

const runs = (cluster: Cluster) => cluster.count('workflow_status');

async function expectHeldBy(app: ClusterApp, holder: Run, options: StartOptions = {}): Promise<void> {
  await expect(app.workflows.start('held', ['other'], { ...options, ...reject })).rejects.toMatchObject({
    name: 'DeduplicationConflictError',
    code: 'DEDUPLICATION_CONFLICT',
    message: expect.stringContaining(holder.runId),
  });
  expect((await app.workflows.start('held', ['other'], { ...options, ...existing })).runId).toBe(holder.runId);
}

describe('a deduplication id', () => {
  it(
    'is held while the run is queued, delayed, running and waiting, and free when it is over',
    withCluster(async (cluster) => {
      const jobs = held('held', {}, (wf) => wf.receive('go'));
      const app = await cluster.app([jobs.flow], { ...NO_TICK, suspendAfter: 0, queues: [{ name: 'q', concurrency: 1 }] });
      const q = { queue: 'q' };
      const other = await app.workflows.start('held', ['blocks'], { ...q, deduplicationId: 'other' });
      await jobs.hasBegun(1);
      const run = await app.workflows.start('held', ['it'], { ...q, ...reject });
      await expectHeldBy(app, run, q);
      await other.cancel();
      jobs.open('blocks', 'it');
      await jobs.hasBegun(1);
      await expectHeldBy(app, run, q);
      await statusOf(cluster, run.runId, 'WAITING');
      await expectHeldBy(app, run, q);
      await run.send('go');
      await run.returnValue;
      const next = await app.workflows.start('held', ['next'], { ...q, ...reject });
      expect(next.runId).not.toBe(run.runId);
      await next.cancel();
      const delayed = await app.workflows.start('held', ['delayed'], { ...q, ...reject, delay: '1h' });
      await expectHeldBy(app, delayed, q);
      await delayed.cancel();
      const last = await app.workflows.start('held', ['last'], { ...q, ...existing });
      expect(last.runId).not.toBe(delayed.runId);
      expect(await cluster.run(last.runId)).toMatchObject({ deduplication_id: 'd' });
    }),
  );

  it(
    'is free after an error, too',
    withCluster(async (cluster) => {
      const flow = workflow('held', () => {
        throw new Error('leak');
      });
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('held', [], reject);
      await expect(run.returnValue).rejects.toThrow('leak');
      expect((await app.workflows.start('held', [], reject)).runId).not.toBe(run.runId);
    }),
  );

  it(
    'is one of its queue, whatever the workflow',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow, quick], { queues: [{ name: 'q' }] });
      const run = await app.workflows.start('held', [1], reject);
      await expect(app.workflows.start('quick', [], reject)).rejects.toMatchObject({
        code: 'DEDUPLICATION_CONFLICT',
        message: expect.stringMatching(/"default".*"d"/),
        details: { queue: 'default' },
      });
      const elsewhere = await app.workflows.start('held', [2], { ...reject, queue: 'q' });
      expect(elsewhere.runId).not.toBe(run.runId);
    }),
  );

  it.each<[string, StartOptions]>([
    ['plain', {}],
    ['in a partition', { partitionKey: 'k' }],
    ['delayed', { delay: 50 }],
  ])('makes one run of 200 concurrent starts in two processes: %s', async (_, options) =>
    withCluster(async (cluster) => {
      const jobs = held();
      const apps = [await cluster.app([jobs.flow]), await cluster.app([jobs.flow])] as const;
      const started = await Promise.allSettled(
        Array.from({ length: 200 }, (_x, i) =>
          apps[i % 2 ? 1 : 0].workflows.start('held', [i], { ...options, ...(i % 4 < 2 ? existing : reject) }),
        ),
      );
      expect(await runs(cluster)).toBe(1);
      const [{ workflow_id: runId }] = (await cluster.rows('select workflow_id from workflow_status')) as [
        { workflow_id: string },
      ];
      for (const one of started)
        if (one.status === 'fulfilled') expect(one.value.runId).toBe(runId);
        else expect(one.reason).toMatchObject({ code: 'DEDUPLICATION_CONFLICT' });
      expect(started.filter((one) => one.status === 'fulfilled').length).toBeGreaterThanOrEqual(100);
    })(),
  );

  it(
    'together with an id: the same id is the same run, also when that is over; another id is a duplicate',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow]);
      const start = (id: string, options: StartOptions) => app.workflows.start('held', [id], { ...options, id });
      const run = await start('order 1', reject);
      expect((await start('order 1', reject)).runId).toBe(run.runId);
      await expect(start('order 2', reject)).rejects.toMatchObject({ code: 'DEDUPLICATION_CONFLICT' });
      expect((await start('order 2', existing)).runId).toBe(run.runId);
      jobs.open('order 1');
      await run.returnValue;
      expect((await start('order 1', reject)).runId).toBe(run.runId);
      const second = await start('order 2', reject);
      expect(second.runId).not.toBe(run.runId);
      // The run that is over has no claim to the id that is another's now.
      expect((await start('order 1', existing)).runId).toBe(run.runId);
      expect(await runs(cluster)).toBe(2);
    }),
  );

  it(
    'in startMany: the first of a kind is started, of the others an error tells, or they are that run',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow]);
      const item = (x: number, options: StartOptions = {}) => ({ args: [x], options });
      const many = await app.workflows.startMany('held', [
        item(0),
        item(1, existing),
        item(2, { deduplicationId: 'e' }),
        item(3, existing),
        item(4, { id: 'own', partitionKey: 'k' }),
      ]);
      const ids = many.map((run) => run.runId);
      expect(ids[3]).toBe(ids[1]);
      expect(new Set(ids).size).toBe(4);
      expect((await cluster.run(ids[1] as string)).input).toContain('1');
      await expect(app.workflows.startMany('held', [item(5), item(6, reject), item(7)])).rejects.toMatchObject({
        code: 'DEDUPLICATION_CONFLICT',
      });
      expect(await cluster.count(`workflow_status where input in ('[5]', '[7]')`)).toBe(2);
      expect(await cluster.count(`workflow_status where input = '[6]'`)).toBe(0);
    }),
  );

  it(
    'in a transaction is free again after a rollback; a conflict leaves the transaction usable',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow]);
      const dataSource = await new DataSource({ type: 'postgres', url: cluster.schema.url }).initialize();
      const within = (work: (manager: EntityManager) => Promise<unknown>) => dataSource.transaction(work);
      const start = (manager: EntityManager, options: StartOptions) => app.workflows.start('held', [1], { ...options, manager });
      try {
        await within(async (manager) => {
          await start(manager, reject);
          throw new Error('undo');
        }).catch(() => undefined);
        const run = await within((manager) => start(manager, reject)).then(() => app.workflows.start('held', [2], existing));
        await within(async (manager) => {
          await expect(start(manager, reject)).rejects.toMatchObject({ code: 'DEDUPLICATION_CONFLICT' });
          expect((await start(manager, existing)).runId).toBe(run.runId);
          await start(manager, { deduplicationId: 'free' });
        });
        expect(await runs(cluster)).toBe(2);
      } finally {
        await dataSource.destroy();
      }
    }),
  );

  it(
    'that an open transaction has taken is waited for, without holding up other starts',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow, quick], { poolSize: 1 });
      const dataSource = await new DataSource({ type: 'postgres', url: cluster.schema.url }).initialize();
      try {
        let waiting: Promise<Run> | undefined;
        const first = await dataSource.transaction(async (manager) => {
          const run = await app.workflows.start('held', [1], { ...reject, manager });
          waiting = app.workflows.start('held', [2], existing);
          expect(await (await app.workflows.start('quick', ['passes'])).returnValue).toBe('passes');
          return run;
        });
        expect((await waiting)?.runId).toBe(first.runId);
      } finally {
        await dataSource.destroy();
      }
    }),
  );
});
