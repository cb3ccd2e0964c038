import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext, type WorkflowsModuleOptions } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { TestSignal } from '../support/test-signal.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

function bundle() {
  const inStep = new TestSignal();
  const gate = new TestSignal();
  const executed: string[] = [];
  @Injectable()
  class Jobs {
    constructor(private readonly wf: WorkflowContext) {}

    @Workflow({ name: 'gated' })
    async gated(): Promise<string> {
      return this.wf.step('gate', async () => {
        executed.push('gate');
        inStep.emit();
        await gate.next({ timeout: 20_000 });
        return 'passed';
      });
    }

    @Workflow({ name: 'nap' })
    async nap(ms: number): Promise<string> {
      await this.wf.step('before', () => void executed.push('before'));
      await this.wf.sleep(ms);
      return 'rested';
    }
  }
  return { Jobs, inStep, gate, executed };
}

describe('app.close() while the database is gone', () => {
  let schema: TestSchema;
  let proxy: TcpProxy;
  let apps: WorkflowApp[];
  const open = async (Jobs: new (...args: never[]) => unknown, options: WorkflowsModuleOptions = {}) => {
    const app = await startApp(schema, {
      providers: [Jobs],
      workflowsOptions: { tickInterval: '100ms', leaseDuration: '2s', shutdownTimeout: '1s', ...options },
    });
    apps.push(app);
    return app;
  };
  /** True when it resolved within `ms`. */
  const closesWithin = async (app: WorkflowApp, ms: number) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, ms, false);
    });
    const closed = await Promise.race([app.close().then(() => true), late]);
    clearTimeout(timer);
    return closed;
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

  it('ends after shutdownTimeout; the run goes on elsewhere when its lease is over', async () => {
    const { Jobs, inStep, gate } = bundle();
    const app = await open(Jobs, { url: proxy.url });
    const run = await app.workflows.start<string>('gated');
    await inStep.next();
    proxy.cut();
    gate.emit();
    expect(await closesWithin(app, 5_000)).toBe(true);
    const next = bundle();
    const other = await open(next.Jobs);
    await next.inStep.next();
    next.gate.emit();
    expect(await other.workflows.getRun(run.runId).returnValue).toBe('passed');
  });

  it('ends within the time a statement may take when nothing answers and nothing is closed', async () => {
    const { Jobs, inStep, gate } = bundle();
    const app = await open(Jobs, { url: proxy.url });
    await app.workflows.start<string>('gated');
    await inStep.next();
    proxy.mute();
    gate.emit();
    expect(await closesWithin(app, 15_000)).toBe(true);
  });

  it('ends even in the moment between a claim and the reading of the histories', async () => {
    const first = bundle();
    const worker = await open(first.Jobs, { suspendAfter: 0 });
    const run = await worker.workflows.start<string>('nap', [400]);
    await eventually(async () => expect(await run.status).toBe('WAITING'));
    await worker.close();
    const swallowed = proxy.swallowAnswerTo('operation.findHistories');
    const { Jobs } = bundle();
    const app = await open(Jobs, { url: proxy.url });
    await swallowed;
    proxy.cut();
    expect(await closesWithin(app, 5_000)).toBe(true);
    proxy.heal();
    const other = await open(bundle().Jobs);
    expect(await other.workflows.getRun(run.runId).returnValue).toBe('rested');
  });
});
