// A queue that is paused: from the moment at which pause() resolves nothing of it begins, in any process; what has begun goes on.
import type { StartOptions } from '../../lib/index.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { held, NO_TICK, nothingBegins, permits, queueOf, quick, statusOf } from './queue-room.js';

const QUEUES = [{ name: 'plain' }, { name: 'limited', concurrency: 5 }, { name: 'rated', rateLimit: { limit: 50, period: 200 } }];
const PLACES: ReadonlyArray<[string, StartOptions & { queue: string }]> = [
  ['plain', { queue: 'plain' }],
  ['default', { queue: 'default' }],
  ['limited', { queue: 'limited' }],
  ['rated', { queue: 'rated' }],
  ['plain, with a key', { queue: 'plain', partitionKey: 'k' }],
  ['limited, with a key', { queue: 'limited', partitionKey: 'k' }],
];

describe.each(PLACES)('a queue that is paused: %s', (_, place) => {
  it(
    'lets nothing begin in any process, whoever starts it, and goes on at once when it is resumed',
    withCluster(async (cluster) => {
      const options = { ...NO_TICK, queues: QUEUES };
      const [one, two] = [await cluster.app([quick], options), await cluster.app([quick], options)];
      const client = await cluster.app([quick], { ...options, role: 'client' });
      // Warm: from now on a plain start is eager.
      for (const app of [one, two]) await (await app.workflows.start('quick', [], place)).returnValue;
      await client.workflows.queues.pause(place.queue);
      const runs = [];
      for (const app of [one, two, client]) runs.push(await app.workflows.start('quick', [1], place));
      runs.push(...(await one.workflows.startMany('quick', [{ args: [1], options: place }])));
      runs.push(await two.workflows.start('quick', [1], { ...place, id: 'own' }));
      await nothingBegins(cluster, one, two);
      expect(await Promise.all(runs.map((run) => run.status))).toEqual(Array(5).fill('ENQUEUED'));
      expect(await queueOf(one, place.queue)).toMatchObject({ isPaused: true, waiting: 5 });
      await client.workflows.queues.resume(place.queue);
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(Array(5).fill(1));
    }),
  );

  it(
    'lets go on what has begun: also what wakes, and what is rescued',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        await wf.receive('go');
        await wf.step('after', () => 1);
        await wf.sleep(20);
        return 'through';
      });
      const jobs = held();
      const options = { suspendAfter: 0, queues: QUEUES };
      const [app] = [await cluster.app([flow, jobs.flow], options), await cluster.app([flow, jobs.flow], options)];
      const waits = await app.workflows.start('flow', [], place);
      await statusOf(cluster, waits.runId, 'WAITING');
      const works = await app.workflows.start('held', ['it'], { ...place, ...(place.partitionKey && { partitionKey: 'other' }) });
      await jobs.hasBegun(1);
      await app.workflows.queues.pause(place.queue);
      await waits.send('go');
      expect(await waits.returnValue).toBe('through');
      await cluster.killExecutor((await cluster.run(works.runId)).claimed_by);
      await jobs.hasBegun(1);
      jobs.open('it');
      expect(await works.returnValue).toBe('it');
      expect(await permits(cluster)).toBe(0);
    }),
  );
});

describe('pause', () => {
  it(
    'is kept from the moment at which it resolves: no start begins after it, however many are on their way',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { queues: QUEUES });
      const operator = await cluster.app([], { queues: QUEUES, role: 'client' });
      await (await app.workflows.start('quick', [], { queue: 'plain' })).returnValue;
      let isOver = false;
      const starts: Array<Promise<unknown>> = [];
      const flood = (async () => {
        while (!isOver) {
          starts.push(app.workflows.start('quick', [], { queue: 'plain' }));
          await new Promise(setImmediate);
        }
      })();
      await eventually(() => expect(starts.length).toBeGreaterThan(50));
      await operator.workflows.queues.pause('plain');
      const [{ at }] = (await cluster.rows('select clock_timestamp()::text at')) as [{ at: string }];
      const before = starts.length;
      await eventually(() => expect(starts.length).toBeGreaterThan(before + 50));
      isOver = true;
      await flood;
      await Promise.all(starts);
      expect(await cluster.count('workflow_status where claimed_at > $1', [at])).toBe(0);
      expect(await cluster.count(`workflow_status where status = 'ENQUEUED'`)).toBeGreaterThan(50);
    }),
  );

  it(
    'and resume may be said again, and say nothing of the other queues',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { ...NO_TICK, queues: QUEUES });
      const { queues } = app.workflows;
      for (const _ of [1, 2]) await queues.pause('plain');
      expect((await queues.list()).map(({ name, isPaused }) => [name, isPaused])).toEqual([
        ['default', false],
        ['limited', false],
        ['plain', true],
        ['rated', false],
      ]);
      expect(await (await app.workflows.start('quick', ['passes'])).returnValue).toBe('passes');
      for (const _ of [1, 2]) await queues.resume('plain');
      expect(await (await app.workflows.start('quick', ['too'], { queue: 'plain' })).returnValue).toBe('too');
    }),
  );

  it(
    'holds back children, which their parent waits for, and delayed runs',
    withCluster(async (cluster) => {
      const parent = workflow('parent', async (wf) => (await wf.startChild('quick', ['child'], { queue: 'plain' })).returnValue);
      const app = await cluster.app([parent, quick], { ...NO_TICK, suspendAfter: 0, queues: QUEUES });
      await app.workflows.queues.pause('plain');
      const delayed = await app.workflows.start('quick', ['delayed'], { queue: 'plain', delay: 50 });
      const run = await app.workflows.start('parent');
      await statusOf(cluster, run.runId, 'WAITING');
      await statusOf(cluster, delayed.runId, 'ENQUEUED');
      await nothingBegins(cluster, app);
      await app.workflows.queues.resume('plain');
      expect(await run.returnValue).toBe('child');
      expect(await delayed.returnValue).toBe('delayed');
    }),
  );
});
