import { Injectable, Module } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { Workflow, WorkflowService, WorkflowsError, WorkflowsModule } from '../../lib/index.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

const bundle = () => {
  @Injectable()
  class Jobs {
    @Workflow({ name: 'job' })
    async job(): Promise<string> {
      return 'done';
    }
  }
  return Jobs;
};

describe('the tick', () => {
  let schema: TestSchema;
  let apps: WorkflowApp[];
  beforeEach(async () => {
    schema = await createTestSchema();
    apps = [];
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await schema.dispose();
  });

  it('stands among the intervals of the host, and is gone after app.close()', async () => {
    const app = await startApp(schema, { imports: [ScheduleModule.forRoot()], providers: [bundle()] });
    apps.push(app);
    const registry = app.module.get(SchedulerRegistry, { strict: false });
    expect(registry.getIntervals()).toEqual([`workflows:${schema.schema}:tick`]);
    expect(await (await app.workflows.start('job')).returnValue).toBe('done');
    await app.close();
    expect(registry.getIntervals()).toEqual([]);
  });

  it('works without ScheduleModule', async () => {
    const app = await startApp(schema, {
      providers: [bundle()],
      workflowsOptions: { notifications: false, tickInterval: '100ms' },
    });
    apps.push(app);
    // Only a tick can find a run that somebody else enqueued.
    const client = await startApp(schema, { providers: [bundle()], workflowsOptions: { notifications: false, role: 'client' } });
    apps.push(client);
    const run = await client.workflows.start('job');
    expect(await run.returnValue).toBe('done');
  });

  it('is the truth: with its interval deleted by the host and without notifications nothing is found', async () => {
    const app = await startApp(schema, {
      imports: [ScheduleModule.forRoot()],
      providers: [bundle()],
      workflowsOptions: { notifications: false, tickInterval: '100ms' },
    });
    apps.push(app);
    const client = await startApp(schema, { providers: [bundle()], workflowsOptions: { notifications: false, role: 'client' } });
    apps.push(client);
    app.module.get(SchedulerRegistry, { strict: false }).deleteInterval(`workflows:${schema.schema}:tick`);
    const run = await client.workflows.start('job');
    // As long as ten ticks.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await run.status).toBe('ENQUEUED');
  });

  it('of two modules on one schema in one application either works, or is refused by an error of the library', async () => {
    const forRoot = () => WorkflowsModule.forRoot({ url: schema.url, schema: schema.schema, isGlobal: false });
    @Module({ imports: [forRoot()], providers: [bundle()] })
    class One {}
    @Module({ imports: [forRoot()], providers: [] })
    class Two {}
    const module = await Test.createTestingModule({ imports: [ScheduleModule.forRoot(), One, Two] }).compile();
    module.useLogger(false);
    try {
      const error = await module.init().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) {
        const service = module.select(One).get(WorkflowService, { strict: false });
        expect(await (await service.start('job')).returnValue).toBe('done');
      } else expect(error).toBeInstanceOf(WorkflowsError);
    } finally {
      await module.close();
    }
  });
});
