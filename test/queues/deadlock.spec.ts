// A queue or partition in which nothing can go on, because everybody who has a permit waits for a child that needs one of the same place: said
// once in the log and shown by queues.list(), and not said of what is only slow.
import type { LoggerService } from '@nestjs/common';
import type { QueueOptions, StartOptions, WorkflowContext } from '../../lib/index.js';
import { type ClusterApp, withCluster, workflow } from '../engine/cluster.js';
import { held, queueOf, quick, statusOf } from './queue-room.js';

/** Parents whose children go where they are. */
const family = (
  place: StartOptions,
  wait: (wf: WorkflowContext, child: { returnValue: Promise<unknown> }) => unknown = (_, c) => c.returnValue,
) => workflow('parent', async (wf) => wait(wf, await wf.startChild('quick', ['child'], place)));

class Warnings implements LoggerService {
  readonly said: string[] = [];
  log(): void {}
  error(): void {}
  debug(): void {}
  warn(message: string): void {
    if (/stuck/.test(message)) this.said.push(message);
  }
}

/** As many rounds of the sweeps as it takes until each of them had its turn. */
async function look(app: ClusterApp): Promise<void> {
  for (let round = 0; round < 20; round++) await app.workflows.dispatch();
}

const settings = (queues: QueueOptions[]) => ({ suspendAfter: 0, queues });

const PLACES: ReadonlyArray<[string, StartOptions & { queue: string }, string | null]> = [
  ['queue', { queue: 'q' }, null],
  ['partition', { queue: 'open', partitionKey: 'k' }, 'k'],
];

describe.each(PLACES)('a %s whose only permit is held by a parent of a child that needs it', (_, place, partitionKey) => {
  const queues = [{ name: 'q', concurrency: 1 }, { name: 'open' }];

  it(
    'is reported once in the log and all the time by list(), and not any more when it is mended',
    withCluster(async (cluster) => {
      const app = await cluster.app([family(place), quick], settings(queues));
      const log = new Warnings();
      app.module.useLogger(log);
      const run = await app.workflows.start('parent', [], place);
      await statusOf(cluster, run.runId, 'WAITING');
      await look(app);
      await look(app);
      const [child] = await cluster.rows(`select workflow_id from workflow_status where name = 'quick'`);
      expect(log.said).toHaveLength(1);
      for (const what of [place.queue, partitionKey ?? '', run.runId, child.workflow_id]) expect(log.said[0]).toContain(what);
      expect((await queueOf(app, place.queue)).deadlocks).toEqual([
        { queue: place.queue, partitionKey, holder: run.runId, child: child.workflow_id },
      ]);
      await app.workflows.queues.update(place.queue, partitionKey === null ? { concurrency: 2 } : { partitionConcurrency: 2 });
      expect(await run.returnValue).toBe('child');
      await look(app);
      expect(log.said).toHaveLength(1);
      expect((await queueOf(app, place.queue)).deadlocks).toEqual([]);
    }),
  );

  it.each<[string, (wf: WorkflowContext, child: { returnValue: Promise<unknown> }) => unknown]>([
    ['has a time limit of its own', (wf, child) => Promise.race([child.returnValue, wf.sleep('1h')])],
    ['waits for a message, too', (wf, child) => Promise.race([child.returnValue, wf.receive('go')])],
    ['waits for something else', (wf) => wf.receive('go')],
  ])('is not reported when the parent %s', async (_what, wait) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([family(place, wait), quick], settings(queues));
      const log = new Warnings();
      app.module.useLogger(log);
      const run = await app.workflows.start('parent', [], place);
      await statusOf(cluster, run.runId, 'WAITING');
      await look(app);
      expect(log.said).toEqual([]);
      expect((await queueOf(app, place.queue)).deadlocks).toEqual([]);
    })(),
  );
});

describe('a limited queue', () => {
  const q = { queue: 'q' };

  it(
    'is not stuck as long as one of its runs can go on',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([family(q), quick, jobs.flow], settings([{ name: 'q', concurrency: 2 }]));
      const log = new Warnings();
      app.module.useLogger(log);
      await app.workflows.start('held', [1], q);
      await jobs.hasBegun(1);
      const run = await app.workflows.start('parent', [], q);
      await statusOf(cluster, run.runId, 'WAITING');
      await look(app);
      expect([log.said, (await queueOf(app, 'q')).deadlocks]).toEqual([[], []]);
      jobs.open(1);
      expect(await run.returnValue).toBe('child');
    }),
  );

  it(
    'is stuck when all of several parents wait, and is told of once',
    withCluster(async (cluster) => {
      const app = await cluster.app([family(q), quick], settings([{ name: 'q', concurrency: 3 }]));
      const client = await cluster.app([family(q), quick], { ...settings([]), role: 'client' });
      const log = new Warnings();
      app.module.useLogger(log);
      const runs = await client.workflows.startMany('parent', Array(3).fill({ args: [], options: { ...q, priority: -1 } }));
      for (const { runId } of runs) await statusOf(cluster, runId, 'WAITING');
      await look(app);
      expect(log.said).toHaveLength(1);
      expect(await queueOf(client, 'q')).toMatchObject({ permits: 3, deadlocks: [{ queue: 'q', partitionKey: null }] });
    }),
  );

  it(
    'is not stuck when its children go elsewhere, or when it releases while waiting',
    withCluster(async (cluster) => {
      const app = await cluster.app(
        [family({ queue: 'default' }), quick],
        settings([
          { name: 'q', concurrency: 1 },
          { name: 'kind', concurrency: 1, releaseWhileWaiting: true },
        ]),
      );
      const log = new Warnings();
      app.module.useLogger(log);
      for (const queue of ['q', 'kind'])
        expect(await (await app.workflows.start('parent', [], { queue })).returnValue).toBe('child');
      await look(app);
      expect(log.said).toEqual([]);
    }),
  );
});
