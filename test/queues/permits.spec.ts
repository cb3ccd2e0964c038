// A permit stays as long as anything of its run still runs: a step body that goes on after a cancel, a timeout or the end of its run holds what
// it holds. When it is done the next run begins promptly, which the tick of a minute would not do.
import type { StartOptions, WorkflowContext } from '../../lib/index.js';
import { type ClusterApp, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { held, NO_TICK, nothingBegins, permits, quick, statusOf } from './queue-room.js';

const QUEUES = [{ name: 'limited', concurrency: 1 }, { name: 'open' }];

/** Where one run excludes the other. */
const PLACES: ReadonlyArray<[string, StartOptions]> = [
  ['a limited queue', { queue: 'limited' }],
  ['a partition', { queue: 'open', partitionKey: 'k' }],
  ['a partition of the default queue', { partitionKey: 'k' }],
];

/** How a run is over while its body goes on. The body is the first thing that it does. */
interface Ending {
  code(wf: WorkflowContext, body: () => Promise<void>): unknown;
  options?: StartOptions;
  end?(app: ClusterApp, runId: string): Promise<unknown>;
  status: string;
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  'was cancelled': {
    code: (wf, body) => wf.step('body', body),
    end: (app, runId) => app.workflows.cancel(runId),
    status: 'CANCELLED',
  },
  'ran out of time': { code: (wf, body) => wf.step('body', body), options: { timeout: 150 }, status: 'CANCELLED' },
  'returned without awaiting it': {
    code: (wf, body) => {
      void wf.step('body', body);
      return wf.step('other', () => 1);
    },
    status: 'SUCCESS',
  },
  'threw beside it': {
    code: (wf, body) =>
      Promise.all([
        wf.step('body', body),
        wf
          .step('other', () => 1)
          .then(() => {
            throw new Error('leak');
          }),
      ]),
    status: 'ERROR',
  },
  'failed as the step ran out of time': { code: (wf, body) => wf.step('body', body, { timeout: 100 }), status: 'ERROR' },
  'went on as the step ran out of time': {
    code: (wf, body) => wf.step('body', body, { timeout: 100 }).catch(() => 'late'),
    status: 'SUCCESS',
  },
};

describe.each(PLACES)('in %s', (_, place) => {
  it.each(Object.entries(ENDINGS))('a run that %s keeps its permit until its body is done', async (_name, ending) =>
    withCluster(async (cluster) => {
      const body = held('unused');
      const next = held('next');
      const flow = workflow('flow', (wf) => ending.code(wf, () => body.body('body')));
      const app = await cluster.app([flow, next.flow], { ...NO_TICK, queues: QUEUES });
      const run = await app.workflows.start('flow', [], { ...place, ...ending.options });
      await body.hasBegun(1);
      await app.workflows.start('next', ['next'], place);
      await ending.end?.(app, run.runId);
      await statusOf(cluster, run.runId, ending.status);
      await nothingBegins(cluster, app);
      expect(await permits(cluster)).toBe(1);
      body.open('body');
      expect(await next.hasBegun(1)).toEqual(['next']);
      expect(await permits(cluster)).toBe(1);
    })(),
  );

  it(
    'a run that another process cancels does so, and the next one may begin in a third',
    withCluster(async (cluster) => {
      const jobs = held();
      const next = held('next');
      const owner = await cluster.app([jobs.flow], { ...NO_TICK, queues: QUEUES });
      const other = await cluster.app([next.flow], { ...NO_TICK, queues: QUEUES });
      const client = await cluster.app([jobs.flow, next.flow], { ...NO_TICK, queues: QUEUES, role: 'client' });
      const run = await client.workflows.start('held', ['body'], place);
      await jobs.hasBegun(1);
      await client.workflows.start('next', ['next'], place);
      expect(await client.workflows.cancel(run.runId)).toBe(true);
      await nothingBegins(cluster, owner, other);
      jobs.open('body');
      expect(await next.hasBegun(1)).toEqual(['next']);
    }),
  );

  it(
    'a run that ends in one process lets in one that only another can run',
    withCluster(async (cluster) => {
      const jobs = held();
      const next = held('next');
      const owner = await cluster.app([jobs.flow], { ...NO_TICK, queues: QUEUES });
      await cluster.app([next.flow], { ...NO_TICK, queues: QUEUES });
      const client = await cluster.app([jobs.flow, next.flow], { ...NO_TICK, queues: QUEUES, role: 'client' });
      const run = await client.workflows.start('held', ['first'], place);
      await jobs.hasBegun(1);
      await client.workflows.start('next', ['next'], place);
      await nothingBegins(cluster, owner);
      jobs.open('first');
      await run.returnValue;
      expect(await next.hasBegun(1)).toEqual(['next']);
    }),
  );

  it.each(['killed', 'shut down'])(
    'the permit of a run survives as its process is %s: the run goes on, before those that wait',
    async (how) =>
      withCluster(async (cluster) => {
        const jobs = held();
        const first = await cluster.app([jobs.flow], { queues: QUEUES });
        const second = await cluster.app([jobs.flow], { queues: QUEUES });
        const run = await first.workflows.start('held', ['first'], place);
        await jobs.hasBegun(1);
        const { runId } = run;
        const owner = (await cluster.run(runId)).claimed_by === first.executorId ? first : second;
        const other = owner === first ? second : first;
        await other.workflows.start('held', ['next'], { ...place, priority: -1 });
        await nothingBegins(cluster, first, second);
        if (how === 'killed') await cluster.kill(owner);
        else await cluster.leave(owner);
        expect(await jobs.hasBegun(1)).toEqual(['first']);
        await nothingBegins(cluster, other);
        expect(await permits(cluster)).toBe(1);
        jobs.open('first');
        expect(await jobs.hasBegun(1)).toEqual(['next']);
        expect(await other.workflows.getRun(runId).status).toBe('SUCCESS');
      })(),
  );

  it.each(['in this process', 'in another'])(
    'a run that is cancelled %s while it waits without memory lets in the next one',
    async (where) =>
      withCluster(async (cluster) => {
        const flow = workflow('flow', (wf) => wf.receive('never'));
        const next = held('next');
        const app = await cluster.app([flow, next.flow], { ...NO_TICK, suspendAfter: 0, queues: QUEUES });
        const client = await cluster.app([], { ...NO_TICK, queues: QUEUES, role: 'client' });
        const run = await app.workflows.start('flow', [], place);
        await statusOf(cluster, run.runId, 'WAITING');
        await app.workflows.start('next', ['next'], place);
        await nothingBegins(cluster, app);
        await (where === 'in another' ? client : app).workflows.cancel(run.runId);
        expect(await next.hasBegun(1)).toEqual(['next']);
      })(),
  );
});

describe('a process that goes', () => {
  it.each(['killed', 'shut down'])('and is %s leaves permits only to the runs that go on', async (how) =>
    withCluster(async (cluster) => {
      const [lost, jobs] = [held(), held()];
      const queues = [{ name: 'q', concurrency: 2 }];
      const first = await cluster.app([lost.flow], { queues });
      const options = { queue: 'q' };
      const cancelled = await first.workflows.start('held', ['cancelled'], options);
      const rescued = await first.workflows.start('held', ['rescued'], options);
      await lost.hasBegun(2);
      await cancelled.cancel();
      const second = await cluster.app([jobs.flow, quick], { queues });
      for (const x of ['a', 'b']) await second.workflows.start('held', [x], options);
      await nothingBegins(cluster, second);
      // A process that was killed runs nothing more.
      if (how === 'killed') await cluster.kill(first);
      await cluster.leave(first);
      expect((await jobs.hasBegun(2)).sort()).toEqual(['a', 'rescued']);
      await nothingBegins(cluster, second);
      jobs.open('rescued');
      expect(await jobs.hasBegun(1)).toEqual(['b']);
      await eventually(async () => expect(await second.workflows.getRun(rescued.runId).status).toBe('SUCCESS'));
      expect(await second.workflows.getRun(cancelled.runId).status).toBe('CANCELLED');
    })(),
  );
});
