import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Workflow, WorkflowService } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { createTestSchema, type TestSchema } from '../support/test-database.js';
import { TestSignal } from '../support/test-signal.js';
import { startApp, type WorkflowApp } from '../support/workflow-app.js';

/** Long enough for a claim at boot, which takes a few ms. */
const CLAIM_MS = 600;

function greetingBundle() {
  const events: string[] = [];
  const ran = new TestSignal();
  @Injectable()
  class Greetings {
    @Workflow({ name: 'greet' })
    async greet(): Promise<string> {
      events.push('run');
      ran.emit();
      return 'hello';
    }
  }
  return { Greetings, events, ran };
}

describe('while the application boots', () => {
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
  const enqueueGreeting = async () => {
    const { Greetings } = greetingBundle();
    const client = await startApp(schema, { providers: [Greetings], workflowsOptions: { role: 'client', notifications: false } });
    apps.push(client);
    return client.workflows.start<string>('greet');
  };

  it('no run begins before the onApplicationBootstrap of a provider of the root module is done', async () => {
    const { Greetings, events, ran } = greetingBundle();
    @Injectable()
    class CacheWarmer implements OnApplicationBootstrap {
      async onApplicationBootstrap() {
        await Promise.race([ran.next().catch(() => undefined), pause(CLAIM_MS)]);
        events.push('bootstrapped');
      }
    }
    await enqueueGreeting();
    const app = await startApp(schema, { providers: [Greetings, CacheWarmer], workflowsOptions: { tickInterval: '100ms' } });
    apps.push(app);
    await eventually(() => expect(events).toContain('run'));
    expect(events).toEqual(['bootstrapped', 'run']);
  });

  it('no run begins before the onApplicationBootstrap of a provider of the workflow’s own feature module is done', async () => {
    const { Greetings, events, ran } = greetingBundle();
    @Injectable()
    class CacheWarmer implements OnApplicationBootstrap {
      async onApplicationBootstrap() {
        await Promise.race([ran.next().catch(() => undefined), pause(CLAIM_MS)]);
        events.push('bootstrapped');
      }
    }
    @Module({ providers: [Greetings, CacheWarmer] })
    class GreetingsModule {}
    await enqueueGreeting();
    const app = await startApp(schema, { imports: [GreetingsModule], workflowsOptions: { tickInterval: '100ms' } });
    apps.push(app);
    await eventually(() => expect(events).toContain('run'));
    expect(events).toEqual(['bootstrapped', 'run']);
  });

  it('a run can be started in onModuleInit and in onApplicationBootstrap of any provider', async () => {
    const { Greetings } = greetingBundle();
    const runIds: string[] = [];
    @Injectable()
    class Starter implements OnModuleInit, OnApplicationBootstrap {
      constructor(
        @Inject(WorkflowService) private readonly workflows: WorkflowService,
        @Inject(Greetings) private readonly greetings: InstanceType<typeof Greetings>,
      ) {}
      async onModuleInit() {
        runIds.push((await this.workflows.start(this.greetings.greet)).runId);
      }
      async onApplicationBootstrap() {
        runIds.push((await this.workflows.start(this.greetings.greet)).runId);
      }
    }
    const app = await startApp(schema, { providers: [Greetings, Starter] });
    apps.push(app);
    expect(await Promise.all(runIds.map((runId) => app.workflows.getRun(runId).returnValue))).toEqual(['hello', 'hello']);
  });

  it('a run that a hook awaits can not be executed yet by this process, but by another', async () => {
    const first = greetingBundle();
    const other = await startApp(schema, { providers: [first.Greetings], workflowsOptions: { tickInterval: '100ms' } });
    apps.push(other);
    const { Greetings } = greetingBundle();
    let result: string | undefined;
    @Injectable()
    class Starter implements OnModuleInit {
      constructor(@Inject(Greetings) private readonly greetings: InstanceType<typeof Greetings>) {}
      async onModuleInit() {
        result = await Promise.race([this.greetings.greet(), pause(3_000, 'nothing within 3 s')]);
      }
    }
    apps.push(await startApp(schema, { providers: [Greetings, Starter] }));
    expect(result).toBe('hello');
    expect(first.events).toEqual(['run']);
  });
});
