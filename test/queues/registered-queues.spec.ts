// registerQueue(): queues that modules declare beside their workflows, also with two WorkflowsModules.
import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { WorkflowService, WorkflowsModule } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp } from '../support/workflow-app.js';
import { bootError } from './queue-room.js';

describe('registerQueue()', () => {
  const names = async (workflows: WorkflowService) => (await workflows.queues.list()).map(({ name }) => name);

  it(
    'in a feature module declares its queues, several at once, for the workflows beside it',
    withCluster(async (cluster) => {
      const flow = workflow('batch', () => 'made', { queue: 'reactors' });
      @Module({
        imports: [WorkflowsModule.registerQueue({ name: 'reactors', concurrency: 2 }, { name: 'mixers' })],
        providers: [flow],
      })
      class Batches {}
      @Module({ imports: [WorkflowsModule.registerQueue({ name: 'vans' })] })
      class Vans {}
      const app = await startApp(cluster.schema, { imports: [Batches, Vans], workflowsOptions: { queues: [{ name: 'own' }] } });
      try {
        expect(await names(app.workflows)).toEqual(['default', 'mixers', 'own', 'reactors', 'vans']);
        expect(await (await app.workflows.start('batch')).returnValue).toBe('made');
        expect((await app.workflows.queues.list())[3]).toMatchObject({ name: 'reactors', concurrency: 2 });
      } finally {
        await app.close();
      }
    }),
  );

  it.each<[string, boolean]>([
    ['by two modules', false],
    ['by a module and the module options', true],
  ])('of a queue that is declared twice, %s, is a boot error', async (_, inOptions) =>
    withCluster(async (cluster) => {
      const imports = [WorkflowsModule.registerQueue({ name: 'q' })];
      if (!inOptions) imports.push(WorkflowsModule.registerQueue({ name: 'q', concurrency: 1 }));
      const workflowsOptions = { queues: inOptions ? [{ name: 'q' }] : [] };
      const error = await bootError(cluster, () => startApp(cluster.schema, { imports, workflowsOptions }));
      expect(error).toMatchObject({ code: 'INVALID_QUEUE_OPTION', message: expect.stringMatching(/"q" is declared twice/) });
    })(),
  );

  describe('with two WorkflowsModules', () => {
    let schemas: [TestSchema, TestSchema];
    let module: TestingModule | undefined;
    const forRoot = (index: 0 | 1, isGlobal: boolean) =>
      WorkflowsModule.forRoot({ url: schemas[index].url, schema: schemas[index].schema, isGlobal });
    const queuesIn = async (index: 0 | 1) =>
      (await schemas[index].pool.query('select queue from queues order by queue')).rows.map((row) => row.queue);
    beforeEach(async () => {
      schemas = [await createTestSchema(), await createTestSchema()];
    });
    afterEach(async () => {
      await module?.close();
      await Promise.all(schemas.map((schema) => schema.dispose()));
    });

    it.each([false, true])('declares it to the one that its importer belongs to (one of them global: %s)', async (isGlobal) => {
      @Module({
        imports: [forRoot(1, false), WorkflowsModule.registerQueue({ name: 'bills' })],
        providers: [workflow('b', () => 1, { queue: 'bills' })],
      })
      class Bills {}
      @Module({
        imports: [...(isGlobal ? [] : [forRoot(0, false)]), WorkflowsModule.registerQueue({ name: 'orders' })],
        providers: [workflow('o', () => 1, { queue: 'orders' })],
      })
      class Orders {}
      @Module({ imports: [...(isGlobal ? [forRoot(0, true)] : []), Bills, Orders] })
      class App {}
      module = await Test.createTestingModule({ imports: [App] }).compile();
      module.useLogger(false);
      await module.init();
      expect([await queuesIn(0), await queuesIn(1)]).toEqual([
        ['default', 'orders'],
        ['bills', 'default'],
      ]);
    });
  });
});
