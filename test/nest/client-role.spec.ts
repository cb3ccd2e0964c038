import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext, type WorkflowsModuleOptions } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

function sumBundle() {
  const executed: unknown[] = [];
  @Injectable()
  class Sums {
    constructor(private readonly wf: WorkflowContext) {}

    @Workflow({ name: 'sum' })
    async sum(...numbers: number[]): Promise<number> {
      return this.wf.step('add', () => {
        executed.push(numbers);
        return numbers.reduce((a, b) => a + b, 0);
      });
    }

    @Workflow({ name: 'fail' })
    async fail(): Promise<void> {
      throw new RangeError('out of range');
    }

    @Workflow({ name: 'endless' })
    async endless(): Promise<void> {
      await this.wf.step('wait', () => {
        executed.push('endless');
        const { signal } = this.wf;
        return new Promise<void>((_, reject) => {
          signal.addEventListener('abort', () => {
            executed.push('aborted');
            reject(signal.reason);
          });
        });
      });
    }
  }
  return { Sums, executed };
}

describe("an application with role 'client'", () => {
  let schema: TestSchema;
  let apps: WorkflowApp[];
  const open = async (Sums: new (...args: never[]) => unknown, options: WorkflowsModuleOptions = {}) => {
    const app = await startApp(schema, { providers: [Sums], workflowsOptions: options });
    apps.push(app);
    return app;
  };
  beforeEach(async () => {
    schema = await createTestSchema();
    apps = [];
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await schema.dispose();
  });

  it('executes nothing', async () => {
    const { Sums, executed } = sumBundle();
    const client = await open(Sums, { role: 'client', tickInterval: '100ms' });
    const run = await client.workflows.start('sum', [1]);
    // Several ticks of a worker that serves other names: it does not touch the run either.
    const other = sumBundle();
    const worker = await open(other.Sums, { workflows: ['fail'], tickInterval: '100ms' });
    await expect((await worker.workflows.start('fail')).returnValue).rejects.toThrow('out of range');
    expect(await run.status).toBe('ENQUEUED');
    expect([executed, other.executed]).toEqual([[], []]);
  });

  // Each way alone: with notifications long before the next tick, without them by the tick.
  it.each([
    ['at once, by notification', { notifications: true, tickInterval: '60s' }],
    ['at the tick, without notifications', { notifications: false, tickInterval: '100ms' }],
  ])('sees results of runs that another application executes: %s', async (_, options) => {
    const there = sumBundle();
    const here = sumBundle();
    const worker = await open(there.Sums, options);
    const client = await open(here.Sums, { ...options, role: 'client' });
    // The worker learns of the client at its next heartbeat, or at the client's arrival.
    const values = await Promise.all(
      [1, 2, 3].map(async (n) => (await client.workflows.start<number>('sum', [n, n])).returnValue),
    );
    expect(values).toEqual([2, 4, 6]);
    await expect((await client.workflows.start('fail')).returnValue).rejects.toMatchObject({ name: 'RangeError' });
    expect(here.executed).toEqual([]);
    expect(there.executed).toHaveLength(3);
    // And the other way round: the worker waits for a run that it did not start.
    const run = await client.workflows.start<number>('sum', [4]);
    expect(await worker.workflows.getRun(run.runId).returnValue).toBe(4);
  });

  it.each([
    ['by notification', { notifications: true, tickInterval: '60s' }],
    ['at the tick', { notifications: false, tickInterval: '100ms' }],
  ])('cancels a run that another application executes, whose signal is aborted %s', async (_, options) => {
    const there = sumBundle();
    await open(there.Sums, options);
    const client = await open(sumBundle().Sums, { ...options, role: 'client' });
    const run = await client.workflows.start('endless');
    await eventually(() => expect(there.executed).toEqual(['endless']));
    const value = run.returnValue.catch((error: unknown) => error);
    expect(await run.cancel({ reason: 'not needed' })).toBe(true);
    expect(await value).toMatchObject({ code: 'RUN_CANCELLED' });
    await eventually(() => expect(there.executed).toEqual(['endless', 'aborted']), { timeout: 3_000 });
    const { rows } = await schema.pool.query('select status from workflow_status');
    expect(rows).toEqual([{ status: 'CANCELLED' }]);
  });

  it('keeps waiting for a run while the application that executes it is replaced', async () => {
    const client = await open(sumBundle().Sums, { role: 'client', tickInterval: '100ms' });
    const run = await client.workflows.start<number>('sum', [20, 22]);
    const value = run.returnValue;
    const narrow = await open(sumBundle().Sums, { workflows: ['fail'] });
    await narrow.close();
    await open(sumBundle().Sums);
    expect(await value).toBe(42);
  });
});
