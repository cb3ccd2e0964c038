import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  Workflow,
  WorkflowContext,
  WorkflowService,
  WorkflowsModule,
  type WorkflowsModuleExtras,
  type WorkflowsModuleOptions,
} from '../../lib/index.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp } from '../support/workflow-app.js';

describe('two schemas', () => {
  let schemas: [TestSchema, TestSchema];
  let modules: TestingModule[];
  const forRoot = (index: 0 | 1, options: WorkflowsModuleOptions & WorkflowsModuleExtras = {}) =>
    WorkflowsModule.forRoot({ url: schemas[index].url, schema: schemas[index].schema, ...options });
  const runsIn = async (index: 0 | 1) =>
    (await schemas[index].pool.query('select name, status from workflow_status order by name')).rows as unknown[];
  const boot = async (imports: Array<new () => unknown>) => {
    const module = await Test.createTestingModule({ imports: [...imports] }).compile();
    module.useLogger(false);
    modules.push(module);
    await module.init();
    return module;
  };
  beforeEach(async () => {
    schemas = [await createTestSchema(), await createTestSchema()];
    modules = [];
  });
  afterEach(async () => {
    await Promise.all(modules.map((module) => module.close()));
    await Promise.all(schemas.map((schema) => schema.dispose()));
  });

  function features() {
    @Injectable()
    class Orders {
      constructor(
        readonly workflows: WorkflowService,
        private readonly wf: WorkflowContext,
      ) {}
      @Workflow({ name: 'order' })
      async order(): Promise<string> {
        return this.wf.step('take', () => 'ordered');
      }
    }
    @Injectable()
    class Bills {
      constructor(
        readonly workflows: WorkflowService,
        private readonly wf: WorkflowContext,
      ) {}
      @Workflow({ name: 'bill' })
      async bill(): Promise<string> {
        return this.wf.step('write', () => 'billed');
      }
    }
    return { Orders, Bills };
  }

  it('in one application do not mix: a provider belongs to the module that its own module imports', async () => {
    const { Orders, Bills } = features();
    @Module({ imports: [forRoot(0, { isGlobal: false })], providers: [Orders] })
    class OrdersModule {}
    @Module({ imports: [forRoot(1, { isGlobal: false })], providers: [Bills] })
    class BillsModule {}
    const module = await boot([OrdersModule, BillsModule]);
    const [orders, bills] = [module.get(Orders, { strict: false }), module.get(Bills, { strict: false })];
    expect(await Promise.all([orders.order(), bills.bill()])).toEqual(['ordered', 'billed']);
    expect(await (await orders.workflows.start(orders.order)).returnValue).toBe('ordered');
    expect(orders.workflows.listWorkflows().map(({ name }) => name)).toEqual(['order']);
    expect(bills.workflows.listWorkflows().map(({ name }) => name)).toEqual(['bill']);
    expect(await runsIn(0)).toEqual([
      { name: 'order', status: 'SUCCESS' },
      { name: 'order', status: 'SUCCESS' },
    ]);
    expect(await runsIn(1)).toEqual([{ name: 'bill', status: 'SUCCESS' }]);
  });

  it('in one application, one of them global: whoever imports no other belongs to it', async () => {
    const { Orders, Bills } = features();
    @Module({ providers: [Orders] })
    class OrdersModule {}
    @Module({ imports: [forRoot(1, { isGlobal: false })], providers: [Bills] })
    class BillsModule {}
    @Module({ imports: [forRoot(0), OrdersModule, BillsModule] })
    class App {}
    const module = await boot([App]);
    expect(await module.get(Orders, { strict: false }).order()).toBe('ordered');
    expect(await module.get(Bills, { strict: false }).bill()).toBe('billed');
    expect(await runsIn(0)).toEqual([{ name: 'order', status: 'SUCCESS' }]);
    expect(await runsIn(1)).toEqual([{ name: 'bill', status: 'SUCCESS' }]);
  });

  it('in one application, both global, do not mix, or are refused at boot: never is a run in the other schema', async () => {
    const { Orders, Bills } = features();
    @Module({ imports: [forRoot(0)], providers: [Orders] })
    class OrdersModule {}
    @Module({ imports: [forRoot(1)], providers: [Bills] })
    class BillsModule {}
    let module: TestingModule;
    try {
      module = await boot([OrdersModule, BillsModule]);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) });
      return;
    }
    await module.get(Orders, { strict: false }).order();
    await module.get(Bills, { strict: false }).bill();
    expect(await runsIn(0)).toEqual([{ name: 'order', status: 'SUCCESS' }]);
    expect(await runsIn(1)).toEqual([{ name: 'bill', status: 'SUCCESS' }]);
  });

  it('may hold workflows of the same name', async () => {
    const first = features();
    const second = features();
    @Module({ imports: [forRoot(0, { isGlobal: false })], providers: [first.Orders] })
    class One {}
    @Module({ imports: [forRoot(1, { isGlobal: false })], providers: [second.Orders] })
    class Two {}
    const module = await boot([One, Two]);
    await module.get(first.Orders, { strict: false }).order();
    expect([await runsIn(0), await runsIn(1)]).toEqual([[{ name: 'order', status: 'SUCCESS' }], []]);
    await module.get(second.Orders, { strict: false }).order();
    expect(await runsIn(1)).toEqual([{ name: 'order', status: 'SUCCESS' }]);
  });

  it('of two applications in one process do not mix', async () => {
    const { Orders } = features();
    const apps = [
      await startApp(schemas[0], { providers: [Orders] }),
      await startApp(schemas[1], { providers: [Orders] }),
    ] as const;
    modules.push(...apps.map((app) => app.module));
    expect(await apps[0].module.get(Orders).order()).toBe('ordered');
    expect([(await runsIn(0)).length, (await runsIn(1)).length]).toEqual([1, 0]);
    expect(await apps[1].module.get(Orders).order()).toBe('ordered');
    expect([(await runsIn(0)).length, (await runsIn(1)).length]).toEqual([1, 1]);
  });

  it('do not mix when a run of one starts a run of the other', async () => {
    const { Bills } = features();
    @Injectable()
    class Orders {
      constructor(
        private readonly bills: InstanceType<typeof Bills>,
        private readonly wf: WorkflowContext,
      ) {}
      @Workflow({ name: 'order' })
      async order(): Promise<string> {
        return this.wf.step(
          'bill',
          async () => (await this.bills.workflows.start(this.bills.bill, [], { id: `bill-of-${this.wf.runId}` })).runId,
        );
      }
    }
    Reflect.defineMetadata('design:paramtypes', [Bills, WorkflowContext], Orders);
    @Module({ imports: [forRoot(1, { isGlobal: false })], providers: [Bills], exports: [Bills] })
    class BillsModule {}
    @Module({ imports: [forRoot(0, { isGlobal: false }), BillsModule], providers: [Orders] })
    class OrdersModule {}
    const module = await boot([OrdersModule]);
    const runId = await module.get(Orders, { strict: false }).order();
    expect(await module.get(Bills, { strict: false }).workflows.getRun(runId).returnValue).toBe('billed');
    expect(await runsIn(0)).toEqual([{ name: 'order', status: 'SUCCESS' }]);
    expect(await runsIn(1)).toEqual([{ name: 'bill', status: 'SUCCESS' }]);
  });
});

describe('two applications on one schema in one process', () => {
  it('share the runs, and each waits for its own', async () => {
    const schema = await createTestSchema();
    const bundle = () => {
      const executed: number[] = [];
      @Injectable()
      class Jobs {
        constructor(private readonly wf: WorkflowContext) {}
        @Workflow({ name: 'job' })
        async job(n: number): Promise<number> {
          return this.wf.step('work', () => {
            executed.push(n);
            return n * 2;
          });
        }
      }
      return { Jobs, executed };
    };
    const [one, two] = [bundle(), bundle()];
    const apps = [await startApp(schema, { providers: [one.Jobs] }), await startApp(schema, { providers: [two.Jobs] })];
    try {
      const numbers = Array.from({ length: 50 }, (_, i) => i);
      const runs = await Promise.all(numbers.map((n) => apps[n % 2]?.workflows.start<number>('job', [n])));
      const values = await Promise.all(
        runs.map((run, i) => apps[(i + 1) % 2]?.workflows.getRun<number>(run?.runId ?? '').returnValue),
      );
      expect(values).toEqual(numbers.map((n) => n * 2));
      expect([...one.executed, ...two.executed].sort((a, b) => a - b)).toEqual(numbers);
    } finally {
      await Promise.all(apps.map((app) => app.close()));
      await schema.dispose();
    }
  });
});
