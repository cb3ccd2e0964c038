// Small promises of the public API that no other spec holds.
import { Injectable, UseGuards, UseInterceptors } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { RunReader, Workflow, WorkflowContext, workflowsEntities } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { never, withCluster, workflow } from './cluster.js';

describe('a run', () => {
  it(
    'has the timeout of its start, not of its workflow',
    withCluster(async (cluster) => {
      const flow = workflow('flow', (wf) => wf.sleep('1h'), { timeout: '30d' });
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('flow', [], { timeout: 50 });
      await expect(run.returnValue).rejects.toMatchObject({ code: 'RUN_TIMEOUT', timedOut: true });
    }),
  );

  it(
    'aborts its signal when it ends while something of it still runs',
    withCluster(async (cluster) => {
      const aborted = new TestSignal<string>();
      const started = new TestSignal();
      const flow = workflow('flow', async (wf) => {
        const loser = wf.step('loser', async () => {
          const { signal } = wf;
          signal.addEventListener('abort', () => aborted.emit((signal.reason as { code: string }).code));
          started.emit();
          return never();
        });
        await Promise.race([loser, wf.step('winner', () => started.next())]);
        return 'raced';
      });
      const app = await cluster.app([flow]);
      expect(await (await app.workflows.start('flow')).returnValue).toBe('raced');
      expect(await aborted.next()).toBe('RUN_ENDED');
    }),
  );

  it(
    'that is taken over leaves its code in the old process where it was: no catch, no finally',
    withCluster(async (cluster) => {
      const seen: string[] = [];
      const arrived = new TestSignal();
      const body = (process: string, last: () => unknown) =>
        workflow('flow', async (wf) => {
          try {
            await wf.step('first', () => 1);
            await wf.step('last', () => last());
            return process;
          } catch {
            seen.push(`caught in ${process}`);
            return 'caught';
          } finally {
            seen.push(`finally in ${process}`);
          }
        });
      const old = await cluster.app([
        body('old', () => {
          arrived.emit();
          return never();
        }),
      ]);
      const { runId } = await old.workflows.start('flow');
      await arrived.next();
      await cluster.leave(old);
      const next = await cluster.app([body('new', () => 2)]);
      expect(await next.workflows.getRun(runId).returnValue).toBe('new');
      expect(seen).toEqual(['finally in new']);
    }),
  );

  it(
    'is executed by role worker as by all',
    withCluster(async (cluster) => {
      const flow = workflow('flow', (_wf, x: number) => x + 1);
      const app = await cluster.app([flow], { role: 'worker' });
      expect(await (await app.workflows.start('flow', [1])).returnValue).toBe(2);
    }),
  );

  it(
    'works without prepared statements',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, x: number) => wf.step('add', () => x + 1));
      const app = await cluster.app([flow], { preparedStatements: false });
      expect(await (await app.workflows.start('flow', [1])).returnValue).toBe(2);
      expect(await (await app.workflows.start('flow', [2], { id: 'two' })).returnValue).toBe(3);
    }),
  );

  it(
    'with a payload that can not be read shows the rest of itself',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => [await wf.step('one', () => 1), await wf.step('two', () => 2)]);
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('flow');
      await run.returnValue;
      await cluster.rows(`update operation_outputs set output = '{' where name = 'one'`);
      await cluster.rows(`update workflow_status set output = '{'`);
      const reader = app.module.get(RunReader, { strict: false });
      expect((await reader.listSteps(run.runId)).map((step) => step.output)).toEqual([{ unreadable: expect.any(String) }, 2]);
      expect(await reader.find(run.runId)).toMatchObject({ status: 'SUCCESS', output: { unreadable: expect.any(String) } });
    }),
  );

  it(
    'can be joined by TypeORM with its events and its stream',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        await wf.setEvent('phase', 'one');
        await wf.progress('half', { percent: 50 });
      });
      const app = await cluster.app([flow]);
      const { runId, returnValue } = await app.workflows.start('flow');
      await returnValue;
      const { Event, StreamChunk } = workflowsEntities(cluster.schema.schema);
      const host = await new DataSource({
        type: 'postgres',
        url: cluster.schema.url,
        entities: [Event, StreamChunk],
      }).initialize();
      try {
        expect(await host.getRepository(Event).findOneByOrFail({ runId, key: 'phase' })).toMatchObject({ value: '"one"' });
        expect(await host.getRepository(StreamChunk).findBy({ runId })).toMatchObject([{ stream: 'log', offset: 0 }]);
      } finally {
        await host.destroy();
      }
    }),
  );

  it(
    'is not touched by guards and interceptors on its method',
    withCluster(async (cluster) => {
      @Injectable()
      class Never {
        canActivate(): boolean {
          throw new Error('a guard was asked');
        }
        intercept(): never {
          throw new Error('an interceptor was asked');
        }
      }
      @Injectable()
      class Guarded {
        constructor(readonly wf: WorkflowContext) {}

        @UseGuards(Never)
        @UseInterceptors(Never)
        @Workflow({ name: 'guarded' })
        async run(): Promise<string> {
          return 'ran';
        }
      }
      const app = await cluster.app([Guarded]);
      expect(await (await app.workflows.start('guarded')).returnValue).toBe('ran');
      await eventually(async () => expect(await cluster.count('workflow_status')).toBe(1));
    }),
  );
});
