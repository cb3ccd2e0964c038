// debounce: of many starts with one key in quick succession one run is made, with the last arguments, when it has been quiet for `period`.
import { type StartOptions, WorkflowsError } from '../../lib/index.js';
import { type Call, expectCodes, withSilentDatabase } from '../bad-input/silent-database.js';
import { type Cluster, type ClusterApp, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { held, NO_TICK, nothingBegins, quick, statusOf } from './queue-room.js';

const start = (app: ClusterApp, x: unknown, debounce: StartOptions['debounce'], options: StartOptions = {}) =>
  app.workflows.start('quick', [x], { ...options, debounce });

const runs = (cluster: Cluster) => cluster.count('workflow_status');

/** How long from now until it begins, by the database. */
async function dueIn(cluster: Cluster, runId: string): Promise<number> {
  const [row] = await cluster.rows(
    'select extract(epoch from wake_at - clock_timestamp())::float8 * 1000 ms from workflow_status where workflow_id = $1',
    [runId],
  );
  return row.ms;
}

describe('a debounced start', () => {
  it(
    'makes one run, which begins by itself with the arguments of the last call',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], NO_TICK);
      const first = await start(app, 1, { key: 'k', period: '1h' });
      const second = await start(app, 2, { key: 'k', period: '1h' });
      expect(await first.status).toBe('DELAYED');
      const last = await start(app, 3, { key: 'k', period: 150 });
      expect([second.runId, last.runId]).toEqual([first.runId, first.runId]);
      expect(await first.returnValue).toBe(3);
      expect(await runs(cluster)).toBe(1);
    }),
  );

  it(
    'puts off the run with each call, at the latest to maxWait after the first',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { role: 'client' });
      const { runId } = await start(app, 1, { key: 'k', period: '10s', maxWait: '1m' });
      expect(await dueIn(cluster, runId)).toBeLessThanOrEqual(10_000);
      await start(app, 2, { key: 'k', period: '30s', maxWait: '1m' });
      expect(await dueIn(cluster, runId)).toBeGreaterThan(10_000);
      expect(await dueIn(cluster, runId)).toBeLessThanOrEqual(30_000);
      // The time of the first call counts, and its maxWait.
      await start(app, 3, { key: 'k', period: '10m', maxWait: '20m' });
      expect(await dueIn(cluster, runId)).toBeGreaterThan(30_000);
      expect(await dueIn(cluster, runId)).toBeLessThanOrEqual(60_000);
      const { runId: free } = await start(app, 1, { key: 'free', period: '10s' });
      await start(app, 2, { key: 'free', period: '10m' });
      expect(await dueIn(cluster, free)).toBeGreaterThan(500_000);
    }),
  );

  it(
    'that keeps coming begins at maxWait all the same',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const ids = new Set<string>();
      let calls = 0;
      await eventually(
        async () => {
          ids.add((await start(app, ++calls, { key: 'k', period: 300, maxWait: 600 })).runId);
          expect(await cluster.count(`workflow_status where status = 'SUCCESS'`)).toBeGreaterThan(0);
        },
        { interval: 20 },
      );
      expect(ids.size).toBeLessThanOrEqual(2);
      expect(calls).toBeGreaterThan(2);
    }),
  );

  it(
    'does not replace a run that has left its delay: the next call makes another',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], { queues: [{ name: 'q', concurrency: 1 }] });
      const call = (x: unknown) =>
        app.workflows.start('held', [x], { queue: 'q', debounce: { key: 'k', period: x === 3 ? '1h' : 50 } });
      const first = await call(1);
      expect(await jobs.hasBegun(1)).toEqual([1]);
      const second = await call(2);
      expect(second.runId).not.toBe(first.runId);
      await statusOf(cluster, second.runId, 'ENQUEUED');
      const third = await call(3);
      expect(third.runId).not.toBe(second.runId);
      jobs.open(1);
      expect(await jobs.hasBegun(1)).toEqual([2]);
      jobs.open(2);
      expect(await second.returnValue).toBe(2);
      expect(await third.status).toBe('DELAYED');
    }),
  );

  it(
    'does not replace a run that was cancelled',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { role: 'client' });
      const first = await start(app, 1, { key: 'k', period: '1h' });
      await first.cancel();
      const second = await start(app, 2, { key: 'k', period: '1h' });
      expect(second.runId).not.toBe(first.runId);
      expect(await second.input).toEqual([2]);
    }),
  );

  it(
    'makes one run of 100 calls at once in two processes',
    withCluster(async (cluster) => {
      const apps = [await cluster.app([quick]), await cluster.app([quick])] as const;
      const started = await Promise.all(
        Array.from({ length: 100 }, (_, i) => start(apps[i % 2 ? 1 : 0], i, { key: 'k', period: '1h' })),
      );
      expect(new Set(started.map((run) => run.runId)).size).toBe(1);
      expect(await runs(cluster)).toBe(1);
      await start(apps[0], 'last', { key: 'k', period: 20 });
      expect(await started[0]?.returnValue).toBe('last');
    }),
  );

  it(
    'has its key to itself: another workflow, another key, and a deduplication id of that name are no matter',
    withCluster(async (cluster) => {
      const other = workflow('other', () => 'done');
      const app = await cluster.app([quick, other], { role: 'client' });
      const debounce = { key: 'k', period: '1h' } as const;
      const ids = [
        await start(app, 1, debounce),
        await start(app, 1, { ...debounce, key: 'l' }),
        await app.workflows.start('other', [], { debounce }),
        await app.workflows.start('quick', [], { deduplicationId: 'k' }),
      ].map((run) => run.runId);
      expect(new Set(ids).size).toBe(4);
    }),
  );

  it(
    'goes with queue, partition, priority, attributes and timeout, which are those of the first call',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow], { queues: [{ name: 'q' }] });
      await app.workflows.start('held', ['first'], { queue: 'q', partitionKey: 'p' });
      await jobs.hasBegun(1);
      const run = await app.workflows.start('held', ['second'], {
        queue: 'q',
        partitionKey: 'p',
        priority: 7,
        attributes: { site: 'north' },
        timeout: '1h',
        debounce: { key: 'k', period: 50 },
      });
      await statusOf(cluster, run.runId, 'ENQUEUED');
      await nothingBegins(cluster, app);
      expect(await cluster.run(run.runId)).toMatchObject({
        queue: 'q',
        partition_key: 'p',
        priority: 7,
        attributes: { site: 'north' },
        timeout_ms: 3_600_000,
      });
      jobs.open('first');
      expect(await jobs.hasBegun(1)).toEqual(['second']);
    }),
  );
});

describe('a debounce that can not be meant', () => {
  it('is refused before any SQL', () =>
    withSilentDatabase([quick], async (app) => {
      const good = { key: 'k', period: 100 };
      const call =
        (debounce: unknown, options: object = {}): Call =>
        ({ workflows }) =>
          workflows.start('quick', [1], { ...options, debounce } as StartOptions);
      await expectCodes(app, {
        null: [call(null), 'INVALID_OPTION'],
        'a text': [call('k'), 'INVALID_OPTION'],
        nothing: [call({}), 'INVALID_ID'],
        'without a period': [call({ key: 'k' }), 'INVALID_DURATION'],
        'without a key': [call({ period: 100 }), 'INVALID_ID'],
        'an empty key': [call({ ...good, key: '' }), 'INVALID_ID'],
        'the period 0': [call({ ...good, period: 0 }), 'INVALID_DURATION'],
        'a negative period': [call({ ...good, period: -1 }), 'INVALID_DURATION'],
        'a maxWait shorter than the period': [call({ ...good, maxWait: 99 }), 'INVALID_DURATION'],
        'null as maxWait': [call({ ...good, maxWait: null }), 'INVALID_DURATION'],
        'a slip': [call({ ...good, maxwait: 200 }), 'UNKNOWN_OPTION'],
        'with an id': [call(good, { id: 'a' }), 'INVALID_OPTION'],
        'with a delay': [call(good, { delay: 5 }), 'INVALID_OPTION'],
        'with a delay of 0': [call(good, { delay: 0 }), 'INVALID_OPTION'],
        'with a deduplication id': [call(good, { deduplicationId: 'a' }), 'INVALID_OPTION'],
        'with a manager': [call(good, { manager: { query: () => undefined } }), 'INVALID_OPTION'],
        'in startMany': [
          ({ workflows }) => workflows.startMany('quick', [{ args: [1], options: { debounce: good } }]),
          'INVALID_OPTION',
        ],
      });
    }));

  it(
    'is refused for a child',
    withCluster(async (cluster) => {
      const flow = workflow('flow', (wf) =>
        wf.startChild('quick', [], { debounce: { key: 'k', period: 1 } } as never).catch((error: WorkflowsError) => error.code),
      );
      const app = await cluster.app([flow, quick]);
      expect(await (await app.workflows.start('flow')).returnValue).toBe('UNKNOWN_OPTION');
    }),
  );
});
