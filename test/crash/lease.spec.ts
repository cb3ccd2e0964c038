import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { Workflow, WorkflowContext } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

const LEASE_MS = 2_000;

describe('a process whose lease can not be renewed though its writes get through', () => {
  let schema: TestSchema;
  let apps: WorkflowApp[];
  let blocker: pg.Client;
  let executed: number;
  const open = async () => {
    @Injectable()
    class Load {
      constructor(private readonly wf: WorkflowContext) {}
      @Workflow({ name: 'load' })
      async run(steps: number): Promise<number> {
        for (let i = 0; i < steps; i++)
          await this.wf.step(`s${i}`, async () => {
            await pause(20);
            executed++;
          });
        return steps;
      }
    }
    const app = await startApp(schema, {
      providers: [Load],
      workflowsOptions: { tickInterval: '100ms', leaseDuration: LEASE_MS, shutdownTimeout: '1s' },
    });
    apps.push(app);
    return app;
  };
  /** Renewals wait for this transaction, flushes do not: they lock another row. */
  const holdLease = async () => {
    await blocker.query(`begin; select from ${schema.schema}.executor_leases for update`);
  };
  beforeEach(async () => {
    schema = await createTestSchema();
    [apps, executed] = [[], 0];
    blocker = new pg.Client({ connectionString: schema.url });
    await blocker.connect();
  });
  afterEach(async () => {
    await blocker.end();
    await Promise.all(apps.map((app) => app.close()));
    await schema.dispose();
  });

  it('begins no step body after its lease, and goes on when it has one again', async () => {
    const app = await open();
    const run = await app.workflows.start<number>('load', [120]);
    await eventually(() => expect(executed).toBeGreaterThan(5));
    await holdLease();
    const held = executed;
    await pause(LEASE_MS);
    const atExpiry = executed;
    // Up to then it did go on.
    expect(atExpiry).toBeGreaterThan(held);
    expect(atExpiry).toBeLessThan(120);
    await pause(700);
    expect(executed).toBe(atExpiry);
    await blocker.query('rollback');
    expect(await run.returnValue).toBe(120);
    expect(executed).toBe(120);
  }, 20_000);
});
