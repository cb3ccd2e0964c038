// A start that says who starts: audited with the run, in one transaction, or not at all. A plain start writes nothing.
import { DataSource } from 'typeorm';
import type { StartOptions } from '../../lib/index.js';
import { refusal, withSilentDatabase } from '../bad-input/silent-database.js';
import { type Cluster, withCluster, workflow } from '../engine/cluster.js';
import { flow } from './operator-actions.js';

const BY = { actor: 'ann', reason: 'a rush order', requestId: 'req-1' };
const lines = (cluster: Cluster) =>
  cluster.rows(
    `select actor, action, workflow_id run, reason, request_id "requestId", before, after from audit_log order by audit_id`,
  );

describe('a start with an actor', () => {
  it(
    'stands in the audit log with what was started, and is executed as any other',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('flow', ['x'], BY);
      expect(await run.returnValue).toBe('x');
      expect(await lines(cluster)).toEqual([
        { ...BY, action: 'START', run: run.runId, before: null, after: { workflow: 'flow', queue: 'default' } },
      ]);
      expect(await cluster.count('run_provenance')).toBe(0);
    }),
  );

  it(
    'is there if and only if the transaction of the caller commits',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const source = await new DataSource({ type: 'postgres', url: cluster.schema.url }).initialize();
      try {
        const undone = source.transaction(async (manager) => {
          await app.workflows.start('flow', [], { ...BY, manager });
          throw new Error('undone');
        });
        await expect(undone).rejects.toThrow('undone');
        expect([await cluster.count('workflow_status'), await cluster.count('audit_log')]).toEqual([0, 0]);
        const kept = await source.transaction((manager) => app.workflows.start('flow', [], { ...BY, manager }));
        expect(await lines(cluster)).toEqual([expect.objectContaining({ ...BY, run: kept.runId })]);
      } finally {
        await source.destroy();
      }
    }),
  );

  it(
    'is written with its run or not at all',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      await cluster.rows(`alter table audit_log add constraint poisoned check (actor <> 'eve')`);
      await expect(app.workflows.start('flow', [], { actor: 'eve' })).rejects.toThrow('poisoned');
      expect([await cluster.count('workflow_status'), await cluster.count('audit_log')]).toEqual([0, 0]);
    }),
  );

  it(
    'of a run that is there already, or that was turned away, writes nothing',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const { workflows } = app;
      const first = await workflows.start('flow', [], { ...BY, id: 'order-1', deduplicationId: 'reactor' });
      await workflows.start('flow', [], { actor: 'bob', id: 'order-1', deduplicationId: 'reactor' });
      await expect(workflows.start('flow', [], { actor: 'bob', deduplicationId: 'reactor' })).rejects.toMatchObject({
        code: 'DEDUPLICATION_CONFLICT',
      });
      await workflows.enterMaintenance({ queues: ['default'] });
      await expect(workflows.start('flow', [], { actor: 'bob' })).rejects.toMatchObject({ code: 'MAINTENANCE_ACTIVE' });
      const starts = (await lines(cluster)).filter(({ action }) => action === 'START');
      expect(starts).toEqual([expect.objectContaining({ ...BY, run: first.runId })]);
    }),
  );

  it(
    'takes a delay, a partition and a priority as any other',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow], { role: 'client' });
      const { runId } = await app.workflows.start('flow', [], { ...BY, delay: '1h', partitionKey: 'line-1', priority: 4 });
      expect(await cluster.run(runId)).toMatchObject({ status: 'DELAYED', partition_key: 'line-1', priority: 4 });
      expect(await lines(cluster)).toHaveLength(1);
    }),
  );
});

describe('a start without an actor', () => {
  it(
    'writes nothing into the audit log, whichever way it takes',
    withCluster(async (cluster) => {
      const app = await cluster.app([flow]);
      const { workflows } = app;
      const runs = [
        await workflows.start('flow'),
        await workflows.start('flow', [], { id: 'order-1' }),
        await workflows.start('flow', [], { deduplicationId: 'd' }),
        await workflows.start('flow', [], { debounce: { key: 'k', period: 1 } }),
        ...(await workflows.startMany('flow', [{ args: [] }])),
      ];
      await Promise.all(runs.map((run) => run.returnValue));
      expect(await cluster.count('audit_log')).toBe(0);
    }),
  );
});

describe('an actor', () => {
  it('is refused, before any SQL, where a start is not audited', () =>
    withSilentDatabase([flow], async ({ workflows }) => {
      const bulk = (options: object) => () => workflows.startMany('flow', [{ args: [], options }] as never);
      const plain = (options: StartOptions) => () => workflows.start('flow', [], options);
      const inMemory = (options: object) => () => workflows.enqueueInMemory('flow', [], options as never);
      const table: Record<string, [() => unknown, string]> = {
        'a reason alone': [plain({ reason: 'x' }), 'Start option "reason" needs an actor'],
        'a request alone': [plain({ requestId: 'x' }), 'Start option "requestId" needs an actor'],
        'a debounced start': [plain({ actor: 'ann', debounce: { key: 'k', period: 1 } }), 'can not be given together with actor'],
        'an actor that is no text': [plain({ actor: {} as never }), 'Start option "actor" must be a text'],
        'a reason that is no text': [plain({ actor: 'ann', reason: [] as never }), 'Start option "reason" must be a text'],
        'a bad request id': [plain({ actor: 'ann', requestId: ' ' }), 'requestId is blank'],
        'an item of startMany': [bulk(BY), 'Start option "actor" is not for startMany'],
        'a whole startMany': [
          () => workflows.startMany('flow', [{ args: [] }], BY as never),
          'Unknown option of startMany as a whole "actor"',
        ],
        'a start in memory': [inMemory(BY), 'Start option "actor" needs the database'],
        'a reason in memory': [inMemory({ reason: 'x' }), 'Start option "reason" needs the database'],
      };
      const found: Record<string, unknown> = {};
      for (const [what, [call, text]] of Object.entries(table)) {
        const message = String((await refusal(call)) as Error);
        found[what] = message.includes(text) ? text : message;
      }
      expect(found).toEqual(Object.fromEntries(Object.entries(table).map(([what, [, text]]) => [what, text])));
    }));

  it(
    'is none of a child: its parent starts it',
    withCluster(async (cluster) => {
      const parent = workflow('parent', async (wf) => {
        const child = await wf.startChild('flow', [], { actor: 'ann' } as never);
        return child.returnValue;
      });
      const app = await cluster.app([flow, parent]);
      const run = await app.workflows.start('parent');
      await expect(run.returnValue).rejects.toMatchObject({ message: expect.stringContaining('Unknown child option "actor"') });
      expect(await cluster.count('audit_log')).toBe(0);
    }),
  );
});
