import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext, type WorkflowsModuleOptions } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

const LEASE_MS = 2_000;
const STEPS = 8;

function loadBundle() {
  const executed: string[] = [];
  @Injectable()
  class Load {
    constructor(private readonly wf: WorkflowContext) {}

    @Workflow({ name: 'load' })
    async run(ms: number): Promise<string[]> {
      const nonces: string[] = [];
      for (let i = 0; i < STEPS; i++)
        nonces.push(
          await this.wf.step(`s${i}`, async () => {
            await pause(ms);
            const nonce = randomUUID();
            executed.push(nonce);
            return nonce;
          }),
        );
      return nonces;
    }
  }
  return { Load, executed };
}

describe('a database that is gone for longer than the lease', () => {
  let schema: TestSchema;
  let proxy: TcpProxy;
  let apps: WorkflowApp[];
  const open = async (Load: new (...args: never[]) => unknown, options: WorkflowsModuleOptions = {}) => {
    const app = await startApp(schema, {
      providers: [Load],
      workflowsOptions: { tickInterval: '100ms', leaseDuration: LEASE_MS, shutdownTimeout: '2s', ...options },
    });
    apps.push(app);
    return app;
  };
  beforeEach(async () => {
    schema = await createTestSchema();
    proxy = await TcpProxy.start(schema.url);
    apps = [];
  });
  afterEach(async () => {
    proxy.heal();
    await Promise.all(apps.map((app) => app.close()));
    await proxy.close();
    await schema.dispose();
  });

  it('stops the only process for a while: it goes on where it was, and no body runs twice', async () => {
    const { Load, executed } = loadBundle();
    const app = await open(Load, { url: proxy.url });
    const runs = await app.workflows.startMany<(ms: number) => Promise<string[]>>(
      'load',
      Array.from({ length: 100 }, () => ({ args: [60] as [number] })),
    );
    await eventually(() => expect(executed.length).toBeGreaterThan(150), { interval: 5 });
    proxy.cut();
    await pause(LEASE_MS + 1_500);
    const during = executed.length;
    await pause(500);
    // Without a lease no body begins.
    expect(executed.length).toBe(during);
    proxy.heal();
    const results = await Promise.all(runs.map((run) => run.returnValue));
    expect(executed).toHaveLength(100 * STEPS);
    expect(new Set(results.flat())).toEqual(new Set(executed));
    const { rows } = await schema.pool.query('select count(*)::int n from executors');
    expect(rows[0].n).toBe(1);
  }, 60_000);

  it('for one process only: another takes its runs over, and it comes back as a new executor', async () => {
    const cutOff = loadBundle();
    const app = await open(cutOff.Load, { url: proxy.url });
    const runs = await app.workflows.startMany<(ms: number) => Promise<string[]>>(
      'load',
      Array.from({ length: 40 }, () => ({ args: [150] as [number] })),
    );
    await eventually(() => expect(cutOff.executed.length).toBeGreaterThan(60), { interval: 5 });
    const other = loadBundle();
    await open(other.Load);
    proxy.cut();
    // Begins eagerly here, but its insert never arrives under this executor.
    const late = app.workflows.start<string[]>('load', [1]);
    const { rows: retired } = await eventually(async () => {
      const result = await schema.pool.query('select executor_id from executors where not alive and cleared_at is not null');
      expect(result.rowCount).toBe(1);
      return result;
    });
    const atTakeOver = cutOff.executed.length;
    // It knows by itself that its lease is over: no body of the others' runs begins here any more.
    await eventually(() => expect(other.executed.length).toBeGreaterThan(40));
    expect(cutOff.executed.length).toBe(atTakeOver);
    proxy.heal();
    expect(await (await late).returnValue).toHaveLength(STEPS);
    const results = await Promise.all(runs.map((run) => run.returnValue));
    const all = new Set([...cutOff.executed, ...other.executed]);
    expect(results.flat().filter((nonce) => !all.has(nonce))).toEqual([]);
    expect(new Set(results.flat()).size).toBe(40 * STEPS);
    await eventually(async () => {
      const { rows } = await schema.pool.query('select count(*)::int n from executors where alive');
      expect(rows[0].n).toBe(2);
    });
    const { rows } = await schema.pool.query('select executor_id from executors where not alive');
    expect(rows).toEqual(retired);
  }, 60_000);

  it('makes a start wait or fail with START_FAILED, and a start with an id can be repeated', async () => {
    const { Load } = loadBundle();
    const app = await open(Load, { url: proxy.url });
    proxy.cut();
    const start = () => app.workflows.start<string[]>('load', [1], { id: 'order-1' });
    const short = start();
    await pause(500);
    proxy.heal();
    const run = await short;
    await run.returnValue;
    proxy.cut();
    await expect(app.workflows.start('load', [1], { id: 'order-2' })).rejects.toMatchObject({ code: 'START_FAILED' });
    proxy.heal();
    const again = await app.workflows.start<string[]>('load', [1], { id: 'order-2' });
    expect(await again.returnValue).toHaveLength(STEPS);
  }, 60_000);

  it('leaves a returnValue that is being waited for pending, and resolves it afterwards', async () => {
    const { Load } = loadBundle();
    const watcher = await open(Load, { url: proxy.url, role: 'client' });
    const run = await watcher.workflows.start<string[]>('load', [1]);
    let settled = false;
    const value = run.returnValue.finally(() => {
      settled = true;
    });
    proxy.cut();
    await open(Load);
    await eventually(async () => {
      const { rows } = await schema.pool.query('select status from workflow_status');
      expect(rows).toEqual([{ status: 'SUCCESS' }]);
    });
    expect(settled).toBe(false);
    proxy.heal();
    expect(await value).toHaveLength(STEPS);
  }, 60_000);

  it('falls silent without closing anything: the process gives its lease up in time, and works again afterwards', async () => {
    const cutOff = loadBundle();
    const app = await open(cutOff.Load, { url: proxy.url });
    const runs = await app.workflows.startMany<(ms: number) => Promise<string[]>>(
      'load',
      Array.from({ length: 20 }, () => ({ args: [150] as [number] })),
    );
    await eventually(() => expect(cutOff.executed.length).toBeGreaterThan(30), { interval: 5 });
    const other = loadBundle();
    await open(other.Load);
    proxy.mute();
    await eventually(() => expect(other.executed.length).toBeGreaterThan(20));
    const atTakeOver = cutOff.executed.length;
    const results = eventually(async () => {
      const { rows } = await schema.pool.query(`select count(*)::int n from workflow_status where status = 'SUCCESS'`);
      expect(rows[0].n).toBe(20);
    });
    await results;
    expect(cutOff.executed.length).toBe(atTakeOver);
    proxy.heal();
    expect((await Promise.all(runs.map((run) => run.returnValue))).flat()).toHaveLength(20 * STEPS);
    await eventually(async () => {
      const { rows } = await schema.pool.query('select count(*)::int n from executors where alive');
      expect(rows[0].n).toBe(2);
    });
  }, 60_000);
});
