// Options of a start that a queue looks at: priority, also changed while it waits, and delay.
import { randomUUID } from 'node:crypto';
import { type StartOptions, WorkflowsError } from '../../lib/index.js';
import { withCluster } from '../engine/cluster.js';
import { held, NO_TICK, nothingBegins, quick, statusOf } from './queue-room.js';

/** Queues of each kind, through which at most one may pass at a time. */
const KINDS: ReadonlyArray<[string, StartOptions]> = [
  ['plain', {}],
  ['limited', { queue: 'limited' }],
  ['per process', { queue: 'per process' }],
  ['partitioned', { partitionKey: 'k' }],
];
const SETTINGS = {
  ...NO_TICK,
  maxConcurrentRuns: 1,
  queues: [
    { name: 'limited', concurrency: 1 },
    { name: 'per process', workerConcurrency: 1 },
  ],
};

describe.each(KINDS)('in a %s queue', (_, place) => {
  it(
    'the lower priority begins first, ties by age; what is set while a run waits counts',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], SETTINGS);
      const start = (x: string, priority: number) => app.workflows.start('held', [x], { ...place, priority });
      await start('first', 0);
      await jobs.hasBegun(1);
      const [late, moved] = [await start('late', 2_147_483_647), await start('moved', 9)];
      for (const [x, priority] of [
        ['a', 0],
        ['urgent', -2_147_483_647],
        ['b', 0],
        ['early', 3],
      ] as const)
        await start(x, priority);
      expect(await app.workflows.setPriority(moved.runId, -5)).toBe(true);
      expect(await late.setPriority(1)).toBe(true);
      jobs.open('first', 'late', 'moved', 'a', 'urgent', 'b', 'early');
      expect(await jobs.hasBegun(6)).toEqual(['urgent', 'moved', 'a', 'b', 'late', 'early']);
    }),
  );
});

describe('setPriority', () => {
  it(
    'is false once the run has begun, and stays so while it waits and when it is over',
    withCluster(async (cluster) => {
      const jobs = held('held', {}, (wf) => wf.receive('go'));
      const app = await cluster.app([jobs.flow], { ...NO_TICK, suspendAfter: 0 });
      const run = await app.workflows.start('held', [1], { priority: 4 });
      await jobs.hasBegun(1);
      expect(await run.setPriority(1)).toBe(false);
      jobs.open(1);
      await statusOf(cluster, run.runId, 'WAITING');
      expect(await run.setPriority(1)).toBe(false);
      await run.send('go');
      await run.returnValue;
      expect(await app.workflows.setPriority(run.runId, 1)).toBe(false);
      expect(await cluster.run(run.runId)).toMatchObject({ priority: 4 });
    }),
  );

  it(
    'is of a run that is delayed, too, and finds it by the id of its starter',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const run = await app.workflows.start('quick', [], { delay: '1h', id: 'order 1' });
      expect(await app.workflows.setPriority('order 1', -7)).toBe(true);
      expect(await cluster.run(run.runId)).toMatchObject({ priority: -7 });
    }),
  );

  it(
    'of a run that does not exist is RUN_NOT_FOUND; a bad one is refused before that',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      for (const id of [randomUUID(), 'nobody']) {
        await expect(app.workflows.setPriority(id, 1)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
        await expect(app.workflows.getRun(id).setPriority(1)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      }
      for (const bad of [1.5, Number.NaN, 2 ** 31, '1', null, undefined, 1n])
        await expect(app.workflows.setPriority(randomUUID(), bad as number)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      await expect(app.workflows.setPriority('', 1)).rejects.toBeInstanceOf(WorkflowsError);
    }),
  );
});

describe('delay', () => {
  it.each(KINDS)('keeps a run out of its queue until its time has come, and then it is let in: %s', async (_, place) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { ...SETTINGS, tickInterval: 200 });
      const far = await app.workflows.start('quick', ['far'], { ...place, delay: '1h' });
      const run = await app.workflows.start('quick', ['soon'], { ...place, delay: 300 });
      const now = await app.workflows.start('quick', ['now'], place);
      const [due] = await cluster.rows('select wake_at from workflow_status where workflow_id = $1', [run.runId]);
      expect(await now.returnValue).toBe('now');
      expect(await run.returnValue).toBe('soon');
      expect((await cluster.run(run.runId)).started_at >= due.wake_at).toBe(true);
      expect(await far.status).toBe('DELAYED');
    })(),
  );

  it(
    'that is shorter than the tick is kept to the moment, not to the tick',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], NO_TICK);
      expect(await (await app.workflows.start('quick', ['soon'], { delay: 200 })).returnValue).toBe('soon');
      const many = await app.workflows.startMany('quick', [
        { args: [1], options: { delay: 300 } },
        { args: [2], options: { delay: 100 } },
      ]);
      await Promise.all(many.map((run) => run.returnValue));
      const named = await app.workflows.start('quick', ['named'], { delay: 100, id: 'named', partitionKey: 'k' });
      expect(await named.returnValue).toBe('named');
    }),
  );

  it(
    'is a time at which a run enters the queue, not one at which it begins',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], { queues: [{ name: 'q', concurrency: 1 }] });
      await app.workflows.start('held', ['first'], { queue: 'q' });
      await jobs.hasBegun(1);
      const run = await app.workflows.start('held', ['delayed'], { queue: 'q', delay: 100 });
      await statusOf(cluster, run.runId, 'ENQUEUED');
      await nothingBegins(cluster, app);
      jobs.open('first');
      expect(await jobs.hasBegun(1)).toEqual(['delayed']);
    }),
  );
});
