// `dispatch: 'manual'`: a process claims only when workflows.dispatch() is called, which tells how many runs it has claimed.
import type { StartOptions, WorkflowsModuleOptions } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { held, NO_TICK, quick, statusOf } from './queue-room.js';

const MANUAL: WorkflowsModuleOptions = { dispatch: 'manual', queues: [{ name: 'limited', concurrency: 2 }] };

const PLACES: ReadonlyArray<[string, StartOptions]> = [
  ['plain', {}],
  ['with a key', { partitionKey: 'k' }],
  ['limited', { queue: 'limited' }],
  ['delayed', { delay: 1 }],
];

describe('with `dispatch: manual`', () => {
  it.each(PLACES)('nothing begins until dispatch(), ticks or not: %s', async (_, place) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], MANUAL);
      // Another process ticks, and would claim what it knows.
      const beat = await cluster.app([workflow('beat', (wf) => wf.sleep(100))]);
      const run = await app.workflows.start('quick', ['it'], place);
      for (let i = 0; i < 3; i++) await (await beat.workflows.start('beat')).returnValue;
      expect(await run.status).toMatch(/ENQUEUED|DELAYED/);
      expect(await cluster.count('workflow_status where claimed_at is not null and name = $1', ['quick'])).toBe(0);
      expect(await app.workflows.dispatch()).toEqual({ flushed: 0, claimed: 1 });
      expect(await run.returnValue).toBe('it');
      expect(await app.workflows.dispatch()).toEqual({ flushed: 0, claimed: 0 });
    })(),
  );

  it(
    'one call claims what is there and there is room for',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], { ...MANUAL, maxConcurrentRuns: 5 });
      const items = (queue: string, from: number) =>
        Array.from({ length: 4 }, (_, i) => ({ args: [from + i], options: { queue } }));
      await app.workflows.startMany('held', [...items('limited', 0), ...items('default', 4)]);
      expect(await app.workflows.dispatch()).toMatchObject({ claimed: 5 });
      expect(await jobs.hasBegun(5)).toHaveLength(5);
      expect(await app.workflows.dispatch()).toMatchObject({ claimed: 0 });
      jobs.open(0, 1, 2, 3, 4, 5, 6, 7);
      await eventually(async () => {
        await app.workflows.dispatch();
        expect(await cluster.count(`workflow_status where status = 'SUCCESS'`)).toBe(8);
      });
    }),
  );

  it(
    'runs that have begun go on by themselves; what waits without memory, and children, come with the next call',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        await wf.step('one', () => 1);
        await wf.step('two', () => 2);
        const child = await wf.startChild('quick', ['child']);
        return child.returnValue;
      });
      const app = await cluster.app([flow, quick], { ...MANUAL, suspendAfter: 0 });
      const run = await app.workflows.start('flow');
      await app.workflows.dispatch();
      await statusOf(cluster, run.runId, 'WAITING');
      expect(await cluster.rows('select name from operation_outputs order by ordinal')).toEqual(
        ['one', 'two', 'quick'].map((name) => ({ name })),
      );
      await eventually(async () => {
        await app.workflows.dispatch();
        expect(await run.status).toBe('SUCCESS');
      });
    }),
  );

  it(
    'a call rescues, too: the runs of a process that died',
    withCluster(async (cluster) => {
      const jobs = held();
      const first = await cluster.app([jobs.flow], MANUAL);
      await first.workflows.start('held', ['it'], { partitionKey: 'k' });
      await first.workflows.dispatch();
      await jobs.hasBegun(1);
      const second = await cluster.app([jobs.flow], MANUAL);
      await cluster.kill(first);
      await eventually(async () => {
        await second.workflows.dispatch();
        expect(await jobs.begun.next({ timeout: 50 })).toBe('it');
      });
    }),
  );

  it(
    'another process that dispatches by itself takes the runs',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], MANUAL);
      await cluster.app([quick], NO_TICK);
      expect(await (await app.workflows.start('quick', ['it'], { partitionKey: 'k' })).returnValue).toBe('it');
      expect(await (await app.workflows.start('quick', ['too'])).returnValue).toBe('too');
    }),
  );
});

describe('dispatch()', () => {
  it(
    'in a process that dispatches by itself claims what it has not seen, and resolves when that is handed over',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { ...NO_TICK, notifications: false });
      const client = await cluster.app([quick], { ...NO_TICK, notifications: false, role: 'client' });
      const { runId } = await client.workflows.start('quick', ['it']);
      expect(await app.workflows.dispatch()).toEqual({ flushed: 0, claimed: 1 });
      expect(await app.workflows.getRun(runId).returnValue).toBe('it');
    }),
  );

  it(
    'of a client claims nothing',
    withCluster(async (cluster) => {
      const client = await cluster.app([quick], { role: 'client' });
      const run = await client.workflows.start('quick');
      expect(await client.workflows.dispatch()).toEqual({ flushed: 0, claimed: 0 });
      expect(await run.status).toBe('ENQUEUED');
    }),
  );

  it(
    'called many times at once is no more than called one after the other',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], MANUAL);
      await app.workflows.startMany(
        'held',
        Array.from({ length: 5 }, (_, i) => ({ args: [i], options: { queue: 'limited' } })),
      );
      await Promise.all(Array.from({ length: 10 }, () => app.workflows.dispatch()));
      expect(await jobs.hasBegun(2)).toHaveLength(2);
      expect(await cluster.count('workflow_status where permit')).toBe(2);
    }),
  );
});
