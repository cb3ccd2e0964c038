import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Workflow, WorkflowContext, WorkflowsError, type WorkflowsModuleOptions } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { TestSignal } from '../support/test-signal.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

/** So long that nothing of what a spec sees can come from its expiry. */
const LONG_LEASE = '60s';

function jobBundle() {
  const executed: string[] = [];
  const inStep = new TestSignal();
  const gate = new TestSignal();
  const aborted = new TestSignal<unknown>();
  @Injectable()
  class Jobs {
    constructor(private readonly wf: WorkflowContext) {}

    @Workflow({ name: 'gated' })
    async gated(): Promise<string> {
      const value = await this.wf.step('gate', async () => {
        executed.push('gate');
        inStep.emit();
        await gate.next({ timeout: 20_000 });
        return 'passed';
      });
      await this.wf.step('after', () => void executed.push('after'));
      return value;
    }

    @Workflow({ name: 'stubborn' })
    async stubborn(): Promise<string> {
      return this.wf.step('stubborn', () => {
        executed.push('stubborn');
        const { signal } = this.wf;
        signal.addEventListener('abort', () => aborted.emit(signal.reason));
        inStep.emit();
        return gate.next({ timeout: 20_000 }).then(() => 'done');
      });
    }

    @Workflow({ name: 'napping' })
    async napping(ms: number): Promise<string> {
      await this.wf.step('before', () => void executed.push('before'));
      await this.wf.sleep(ms);
      await this.wf.step('after', () => void executed.push('after'));
      return 'rested';
    }

    @Workflow({ name: 'retrying' })
    async retrying(): Promise<string> {
      return this.wf.step(
        'flaky',
        () => {
          executed.push('flaky');
          inStep.emit();
          if (executed.length === 1) throw new Error('not yet');
          return 'got it';
        },
        { retry: { maxAttempts: 3, initialInterval: '3s' } },
      );
    }
  }
  return { Jobs, executed, inStep, gate, aborted };
}

describe('app.close()', () => {
  let schema: TestSchema;
  let apps: WorkflowApp[];
  const open = async (providers: Array<new (...args: never[]) => unknown>, options: WorkflowsModuleOptions = {}) => {
    const app = await startApp(schema, {
      providers,
      workflowsOptions: { tickInterval: '100ms', leaseDuration: LONG_LEASE, shutdownTimeout: '10s', ...options },
    });
    apps.push(app);
    return app;
  };
  const statuses = async () =>
    (await schema.pool.query('select status, claimed_by, recovery_attempts from workflow_status')).rows as unknown[];
  beforeEach(async () => {
    schema = await createTestSchema();
    apps = [];
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await schema.dispose();
  });

  it('lets a running step finish and records it; the run goes on in another application without running it again', async () => {
    const first = jobBundle();
    const app = await open([first.Jobs]);
    const run = await app.workflows.start<string>('gated');
    await first.inStep.next();
    let closed = false;
    const closing = app.close().then(() => {
      closed = true;
    });
    await pause(300);
    expect(closed).toBe(false);
    first.gate.emit();
    await closing;
    expect(first.executed).toEqual(['gate']);
    expect(await statuses()).toEqual([{ status: 'ENQUEUED', claimed_by: null, recovery_attempts: 0 }]);

    const second = jobBundle();
    const other = await open([second.Jobs]);
    expect(await other.workflows.getRun(run.runId).returnValue).toBe('passed');
    expect(second.executed).toEqual(['after']);
  });

  it('hands a run whose step takes longer than shutdownTimeout back at once, and aborts its signal', async () => {
    const first = jobBundle();
    const app = await open([first.Jobs], { shutdownTimeout: '200ms' });
    const run = await app.workflows.start<string>('stubborn');
    await first.inStep.next();
    const second = jobBundle();
    const other = await open([second.Jobs]);
    const began = performance.now();
    await app.close();
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await first.aborted.next()).toMatchObject({ code: 'LEASE_LOST' });
    await second.inStep.next({ timeout: 2_000 });
    first.gate.emit();
    second.gate.emit();
    expect(await other.workflows.getRun(run.runId).returnValue).toBe('done');
    // It was nobody's fault.
    expect(await statuses()).toMatchObject([{ status: 'SUCCESS', recovery_attempts: 0 }]);
  });

  it('releases runs in short sleeps, which wake up on time in another application', async () => {
    const first = jobBundle();
    const app = await open([first.Jobs]);
    const run = await app.workflows.start<string>('napping', [1_500]);
    await eventually(async () => {
      const { rows } = await schema.pool.query('select wake_at from waits');
      expect(rows).toHaveLength(1);
    });
    const began = performance.now();
    await app.close();
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(await statuses()).toEqual([{ status: 'WAITING', claimed_by: null, recovery_attempts: 0 }]);
    const second = jobBundle();
    const other = await open([second.Jobs]);
    expect(await other.workflows.getRun(run.runId).returnValue).toBe('rested');
    expect([first.executed, second.executed]).toEqual([['before'], ['after']]);
  });

  it('releases runs that wait between two attempts, and the attempts already made count', async () => {
    const first = jobBundle();
    const app = await open([first.Jobs]);
    const run = await app.workflows.start<string>('retrying');
    await first.inStep.next();
    await eventually(async () => expect((await schema.pool.query('select from waits')).rowCount).toBe(1));
    await app.close();
    expect(await statuses()).toMatchObject([{ status: 'WAITING' }]);
    const second = jobBundle();
    second.executed.push('made elsewhere');
    const other = await open([second.Jobs]);
    expect(await other.workflows.getRun(run.runId).returnValue).toBe('got it');
    const { rows } = await schema.pool.query('select attempts from operation_outputs');
    expect(rows).toEqual([{ attempts: 2 }]);
  });

  it('drains before the other providers are destroyed: a running step can still use them', async () => {
    const events: string[] = [];
    const inStep = new TestSignal();
    const destroying = new TestSignal();
    @Injectable()
    class Reactor implements OnModuleDestroy {
      open = true;
      onModuleDestroy() {
        this.open = false;
        events.push('reactor closed');
        destroying.emit();
      }
    }
    @Injectable()
    class Batches {
      constructor(
        private readonly reactor: Reactor,
        private readonly wf: WorkflowContext,
      ) {}
      @Workflow({ name: 'batch' })
      async batch(): Promise<void> {
        await this.wf.step('charge', async () => {
          inStep.emit();
          await Promise.race([destroying.next().catch(() => undefined), pause(500)]);
          events.push(`step ends with reactor ${this.reactor.open ? 'open' : 'closed'}`);
        });
      }
    }
    const app = await open([Reactor, Batches]);
    await app.workflows.start('batch');
    await inStep.next();
    await app.close();
    expect(events).toEqual(['step ends with reactor open', 'reactor closed']);
  });

  it('rejects a returnValue that is waited for with SHUTTING_DOWN, when the run goes on elsewhere', async () => {
    const { Jobs, inStep, gate } = jobBundle();
    const app = await open([Jobs], { shutdownTimeout: 0 });
    const run = await app.workflows.start<string>('gated');
    await inStep.next();
    const value = run.returnValue.catch((error: unknown) => error);
    await app.close();
    expect(await value).toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(run.returnValue).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    gate.emit();
  });

  it('gives a returnValue that is waited for, when the run ends while it drains', async () => {
    const { Jobs, inStep, gate } = jobBundle();
    const app = await open([Jobs]);
    const run = await app.workflows.start<string>('stubborn');
    await inStep.next();
    const value = run.returnValue;
    const closing = app.close();
    gate.emit();
    expect(await value).toBe('done');
    await closing;
    expect(await statuses()).toMatchObject([{ status: 'SUCCESS' }]);
  });

  it('begins no run while it drains: what is started then is enqueued for others', async () => {
    const { Jobs, inStep, gate, executed } = jobBundle();
    const app = await open([Jobs]);
    await app.workflows.start('gated');
    await inStep.next();
    const closing = app.close();
    await app.workflows.start('napping', [1]);
    gate.emit();
    await closing;
    expect(executed).toEqual(['gate']);
    expect(await statuses()).toMatchObject([{ status: 'ENQUEUED' }, { status: 'ENQUEUED' }]);
  });

  it('makes later calls fail with an error of the library', async () => {
    const { Jobs } = jobBundle();
    const app = await open([Jobs]);
    await app.close();
    for (const call of [
      () => app.workflows.start('napping', [1]),
      () => app.workflows.listRuns(),
      () => app.workflows.cancel('some-run'),
    ]) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(WorkflowsError);
    }
  });

  it('can be called again, and twice at once', async () => {
    const { Jobs } = jobBundle();
    const app = await open([Jobs]);
    await Promise.all([app.close(), app.close()]);
    await app.close();
    const { rows } = await schema.pool.query('select alive from executors');
    expect(rows).toEqual([{ alive: false }]);
  });

  it('directly after the boot leaves nothing open', async () => {
    const { Jobs } = jobBundle();
    const app = await open([Jobs]);
    await app.close();
    const { rows } = await schema.pool.query('select count(*)::int n from executor_leases');
    expect(rows[0].n).toBe(0);
  });
});
