// Starts under the caller's own id: one id, one run, whoever asks and how often.
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { eventually } from '../support/eventually.js';
import { type Cluster, withCluster, workflow } from './cluster.js';

const echo = workflow('echo', async (wf, x: unknown) => wf.step('give back', () => x));
const other = workflow('other', () => 'other');

async function hostOf(cluster: Cluster): Promise<DataSource> {
  return new DataSource({ type: 'postgres', url: cluster.schema.url, applicationName: 'host', poolSize: 4 }).initialize();
}

describe('a start under an id', () => {
  it(
    'gives the same run again, with the arguments of the first start',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo, other]);
      const first = await app.workflows.start('echo', [1], { id: 'order-42' });
      const second = await app.workflows.start('echo', [2], { id: 'order-42' });
      expect(second.runId).toBe(first.runId);
      expect(await second.returnValue).toBe(1);
      const third = await app.workflows.start('echo', [3], { id: 'order-42' });
      expect(await third.returnValue).toBe(1);
      expect(await app.workflows.getRun('order-42').returnValue).toBe(1);
      expect(app.workflows.getRun('order-42').runId).toBe(first.runId);
      expect(await cluster.rows('select external_id from workflow_status')).toEqual([{ external_id: 'order-42' }]);
    }),
  );

  it(
    'that belongs to another workflow is a conflict that names both',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo, other]);
      await app.workflows.start('echo', [1], { id: 'order-42' });
      const conflict = {
        name: 'RunConflictError',
        code: 'RUN_CONFLICT',
        message: expect.stringMatching(/order-42.*echo.*other/),
      };
      await expect(app.workflows.start('other', [], { id: 'order-42' })).rejects.toMatchObject(conflict);
      const atOnce = await Promise.allSettled([
        app.workflows.start('echo', [1], { id: 'x' }),
        app.workflows.start('other', [], { id: 'x' }),
      ]);
      expect(atOnce.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
    }),
  );

  it(
    'may be a uuid, in either case, and is then the run id itself',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo]);
      const id = randomUUID();
      const run = await app.workflows.start('echo', [1], { id: id.toUpperCase() });
      expect(run.runId).toBe(id);
      expect((await app.workflows.start('echo', [2], { id })).runId).toBe(id);
      expect(await run.returnValue).toBe(1);
      expect(await cluster.count('workflow_status')).toBe(1);
    }),
  );

  it(
    'makes one run of 10,000 concurrent starts in two processes',
    withCluster(async (cluster) => {
      const apps = [await cluster.app([echo]), await cluster.app([echo])];
      const starts = Array.from({ length: 10_000 }, (_, i) => apps[i % 2]?.workflows.start('echo', [i], { id: 'the one' }));
      const runs = await Promise.all(starts);
      expect(new Set(runs.map((run) => run?.runId)).size).toBe(1);
      const values = new Set(await Promise.all(runs.map((run) => run?.returnValue)));
      expect(values.size).toBe(1);
      expect(await cluster.rows('select status from workflow_status')).toEqual([{ status: 'SUCCESS' }]);
      expect(await cluster.count('operation_outputs')).toBe(1);
    }),
    60_000,
  );

  it(
    'that fails in the database fails for everybody who asked for it meanwhile',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo]);
      await cluster.rows(`alter table workflow_status add constraint refuse check (external_id <> 'refused')`);
      const results = await Promise.allSettled([1, 2, 3].map((x) => app.workflows.start('echo', [x], { id: 'refused' })));
      expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected', 'rejected']);
    }),
  );

  it(
    'in startMany keeps the order, merges equal ids, and mixes with runs without one',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo]);
      const items = [{ args: [0] }, { args: [1], options: { id: 'a' } }, { args: [2], options: { id: 'a' } }, { args: [3] }];
      const runs = await app.workflows.startMany('echo', items);
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual([0, 1, 1, 3]);
      expect(runs[1]?.runId).toBe(runs[2]?.runId);
      expect(await app.workflows.startMany('echo', [])).toEqual([]);
      const many = await app.workflows.startMany(
        'echo',
        Array.from({ length: 2_500 }, (_, i) => ({ args: [i] })),
      );
      expect(await Promise.all(many.map((run) => run.returnValue))).toEqual(Array.from({ length: 2_500 }, (_, i) => i));
    }),
  );
});

describe('a start in the transaction of the host', () => {
  it(
    'leaves nothing when it rolls back, and runs when it commits',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo, other]);
      const host = await hostOf(cluster);
      try {
        await host
          .transaction(async (manager) => {
            await app.workflows.start('echo', [1], { manager });
            await app.workflows.start('echo', [1], { manager, id: 'mine' });
            await app.workflows.startMany('echo', [{ args: [1] }, { args: [2] }], { manager });
            throw new Error('roll back');
          })
          .catch(() => undefined);
        expect(await cluster.count('workflow_status')).toBe(0);
        await expect(app.workflows.getRun('mine').status).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });

        const runs = await host.transaction(async (manager) => {
          const started = [
            await app.workflows.start('echo', ['a'], { manager }),
            await app.workflows.start('echo', ['b'], { manager, id: 'mine' }),
            ...(await app.workflows.startMany('echo', [{ args: ['c'] }], { manager })),
          ];
          expect(await cluster.count('workflow_status')).toBe(0);
          // A conflict does not spoil the transaction.
          await expect(app.workflows.start('other', [], { manager, id: 'mine' })).rejects.toMatchObject({ code: 'RUN_CONFLICT' });
          return started;
        });
        expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(['a', 'b', 'c']);
      } finally {
        await host.destroy();
      }
    }),
  );

  it(
    'in one item of startMany is refused, because it would not be honoured',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo]);
      const items = [{ args: [1], options: { manager: {} } as object }];
      await expect(app.workflows.startMany('echo', items)).rejects.toMatchObject({ code: expect.any(String) });
    }),
  );

  it(
    'that is held open stalls neither the checkpoints nor the starts of 200 other runs',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo]);
      const elsewhere = await cluster.app([echo]);
      const host = await hostOf(cluster);
      try {
        const runner = host.createQueryRunner();
        await runner.startTransaction();
        await app.workflows.start('echo', ['host'], { id: 'held', manager: runner.manager });
        let through = 0;
        // More of them than the library has connections for such starts.
        const blocked = Array.from({ length: 12 }, (_, i) =>
          (i % 2 ? app : elsewhere).workflows.start('echo', ['plain'], { id: 'held' }).finally(() => through++),
        );
        const runs = await Promise.all(Array.from({ length: 200 }, (_, i) => app.workflows.start('echo', [i])));
        expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(Array.from({ length: 200 }, (_, i) => i));
        expect(through).toBe(0);
        await runner.commitTransaction();
        await runner.release();
        const handles = await Promise.all(blocked);
        expect(new Set(handles.map((run) => run.runId)).size).toBe(1);
        expect(await handles[0]?.returnValue).toBe('host');
      } finally {
        await host.destroy();
      }
    }),
  );

  it(
    'that rolls back lets a waiting start of the same id through',
    withCluster(async (cluster) => {
      const app = await cluster.app([echo]);
      const host = await hostOf(cluster);
      try {
        const runner = host.createQueryRunner();
        await runner.startTransaction();
        await app.workflows.start('echo', ['host'], { id: 'held', manager: runner.manager });
        const waiting = app.workflows.start('echo', ['plain'], { id: 'held' });
        await eventually(async () =>
          expect(
            await cluster.count(`pg_stat_activity where application_name = 'workflows:' || $1 and wait_event_type = 'Lock'`, [
              cluster.schema.schema,
            ]),
          ).toBeGreaterThan(0),
        );
        await runner.rollbackTransaction();
        await runner.release();
        expect(await (await waiting).returnValue).toBe('plain');
      } finally {
        await host.destroy();
      }
    }),
  );
});
