import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext, WorkflowsError, type WorkflowsModuleOptions } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { TestSignal } from '../support/test-signal.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

function gateBundle() {
  const executed: string[] = [];
  const atGate = new TestSignal();
  const gate = new TestSignal();
  @Injectable()
  class Gates {
    constructor(private readonly wf: WorkflowContext) {}

    @Workflow({ name: 'plain' })
    async plain(steps: number): Promise<string[]> {
      const nonces: string[] = [];
      for (let i = 0; i < steps; i++)
        nonces.push(
          await this.wf.step(`s${i}`, () => {
            executed.push(`${this.wf.runId}/s${i}`);
            return randomUUID();
          }),
        );
      return nonces;
    }

    @Workflow({ name: 'gated' })
    async gated(): Promise<string> {
      const first = await this.wf.step('gate', async () => {
        atGate.emit();
        await gate.next();
        return 'passed';
      });
      await this.wf.setEvent('phase', first);
      return this.wf.step('after', () => {
        executed.push('after');
        return first;
      });
    }
  }
  return { Gates, executed, atGate, gate };
}

describe('a commit whose acknowledgement is lost', () => {
  let schema: TestSchema;
  let proxy: TcpProxy;
  let apps: WorkflowApp[];
  const open = async (Provider: new (...args: never[]) => unknown, options: WorkflowsModuleOptions = {}) => {
    const app = await startApp(schema, {
      providers: [Provider],
      workflowsOptions: { tickInterval: '100ms', leaseDuration: '2s', shutdownTimeout: '1s', ...options },
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
    await Promise.all(apps.map((app) => app.close()));
    await proxy.close();
    await schema.dispose();
  });

  it('of a claim: the runs it took are executed all the same, though the process that owns them stays alive', async () => {
    const { Gates } = gateBundle();
    const client = await open(Gates, { role: 'client' });
    const runs = await client.workflows.startMany<(n: number) => Promise<string[]>>(
      'plain',
      Array.from({ length: 5 }, () => ({ args: [1] as [number] })),
    );
    const swallowed = proxy.swallowAnswerTo('run.claim');
    await open(Gates, { url: proxy.url });
    await swallowed;
    await eventually(
      async () => {
        const { rows } = await schema.pool.query('select status, count(*)::int n from workflow_status group by 1');
        expect(rows).toEqual([{ status: 'SUCCESS', n: 5 }]);
      },
      { timeout: 8_000 },
    );
    await Promise.all(runs.map((run) => run.returnValue));
  });

  it('of the registration at boot: the process registers again and works', async () => {
    const { Gates } = gateBundle();
    const swallowed = proxy.swallowAnswerTo('executor.insert');
    const app = await open(Gates, { url: proxy.url });
    await swallowed;
    expect(await (await app.workflows.start<string[]>('plain', [1])).returnValue).toHaveLength(1);
  });

  it('of a checkpoint: the write is repeated, no body runs twice, the run goes on', async () => {
    const { Gates, executed, atGate, gate } = gateBundle();
    const app = await open(Gates, { url: proxy.url });
    const run = await app.workflows.start<string>('gated');
    await atGate.next();
    const swallowed = proxy.swallowAnswerTo('flush', 3);
    gate.emit();
    expect(await run.returnValue).toBe('passed');
    expect(executed).toEqual(['after']);
    const { rows } = await schema.pool.query('select name, attempts from operation_outputs order by ordinal');
    expect(rows).toEqual([
      { name: 'gate', attempts: 1 },
      { name: 'phase', attempts: 1 },
      { name: 'after', attempts: 1 },
    ]);
    await swallowed;
  });

  it('of the terminal status: the result is given, and the status stands', async () => {
    const { Gates, atGate, gate } = gateBundle();
    const app = await open(Gates, { url: proxy.url });
    const run = await app.workflows.start<string>('gated');
    await atGate.next();
    gate.emit();
    const swallowed = proxy.swallowAnswerTo('SUCCESS');
    expect(await run.returnValue).toBe('passed');
    await swallowed;
    expect(await run.status).toBe('SUCCESS');
  });

  it('of a start makes one run, not two', async () => {
    const { Gates, executed } = gateBundle();
    const app = await open(Gates, { url: proxy.url });
    for (const [needle, options] of [
      ['flush', {}],
      ['run.insert', { delay: 1 }],
      ['run.insertWithIds', { id: 'order-1' }],
    ] as const) {
      // A first run empties the backlog, so that the next one may start eagerly.
      await (await app.workflows.start('plain', [0])).returnValue;
      executed.length = 0;
      const swallowed = proxy.swallowAnswerTo(needle);
      const run = await app.workflows.start<string[]>('plain', [1], options);
      await swallowed;
      expect(await run.returnValue).toHaveLength(1);
      expect(executed).toEqual([`${run.runId}/s0`]);
    }
    const { rows } = await schema.pool.query('select count(*)::int n from workflow_status');
    expect(rows[0].n).toBe(6);
  });

  it('of a lease renewal does not cost the lease', async () => {
    const { Gates, atGate, gate } = gateBundle();
    const app = await open(Gates, { url: proxy.url });
    const run = await app.workflows.start<string>('gated');
    await atGate.next();
    await proxy.swallowAnswerTo('lease.renew', 3);
    gate.emit();
    expect(await run.returnValue).toBe('passed');
    const { rows } = await schema.pool.query('select alive from executors');
    expect(rows).toEqual([{ alive: true }]);
  });

  it('of the retirement at shutdown: the next process takes the runs over at once', async () => {
    const { Gates, atGate, gate } = gateBundle();
    const app = await open(Gates, { url: proxy.url, leaseDuration: '30s', shutdownTimeout: 0 });
    const run = await app.workflows.start<string>('gated');
    await atGate.next();
    const swallowed = proxy.swallowAnswerTo('executor.retire');
    await app.close();
    await swallowed;
    const next = await open(Gates);
    await atGate.next();
    gate.emit();
    gate.emit();
    expect(await next.workflows.getRun(run.runId).returnValue).toBe('passed');
  });

  it('of a cancellation leaves it done, and cancelling again says so', async () => {
    const { Gates, atGate, gate } = gateBundle();
    const app = await open(Gates, { url: proxy.url });
    const run = await app.workflows.start<string>('gated');
    await atGate.next();
    const swallowed = proxy.swallowAnswerTo('run.cancel');
    const first = await run.cancel().catch((error: unknown) => error);
    await swallowed;
    expect(await run.cancel()).toBe(false);
    expect(await run.status).toBe('CANCELLED');
    await expect(run.returnValue).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
    const { rows } = await schema.pool.query('select action from audit_log');
    expect(rows).toEqual([{ action: 'CANCEL' }]);
    gate.emit();
    // Either the library repeats it, or its error is one of its own.
    if (typeof first !== 'boolean') expect(first).toBeInstanceOf(WorkflowsError);
  });
});
