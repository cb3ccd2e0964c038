// Where queues come from: the module's options and run time; who may name them, and which process serves them.
import { withCluster, workflow } from '../engine/cluster.js';
import { bootError, nothingBegins, queueOf, quick } from './queue-room.js';

const DEFAULTS = {
  concurrency: null,
  workerConcurrency: null,
  rateLimit: null,
  partitionConcurrency: 1,
  releaseWhileWaiting: false,
  holdReleasesPermits: false,
  isPaused: false,
  waiting: 0,
  permits: 0,
  oldestWaitingAt: null,
  maintenance: null,
  deadlocks: [],
};

describe('a queue', () => {
  it(
    'of the module options is there from the start, with its settings, beside `default`',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], {
        queues: [
          { name: 'plain' },
          {
            name: 'all',
            concurrency: 3,
            workerConcurrency: 2,
            rateLimit: { limit: 5, period: '2s' },
            partitionConcurrency: 4,
            releaseWhileWaiting: true,
          },
        ],
      });
      expect(await app.workflows.queues.list()).toEqual([
        {
          ...DEFAULTS,
          name: 'all',
          concurrency: 3,
          workerConcurrency: 2,
          rateLimit: { limit: 5, period: 2_000 },
          partitionConcurrency: 4,
          releaseWhileWaiting: true,
        },
        { ...DEFAULTS, name: 'default' },
        { ...DEFAULTS, name: 'plain' },
      ]);
      for (const queue of ['plain', 'all']) {
        const run = await app.workflows.start('quick', [queue], { queue });
        expect(await run.returnValue).toBe(queue);
        expect(await run.queue).toBe(queue);
      }
    }),
  );

  it(
    'may be `default`, which gets limits that way',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { queues: [{ name: 'default', concurrency: 7 }] });
      expect(await queueOf(app, 'default')).toEqual({ ...DEFAULTS, name: 'default', concurrency: 7 });
      expect(await (await app.workflows.start('quick', [1])).returnValue).toBe(1);
    }),
  );

  it(
    'that is made at run time can be used at once, here and by a process that has not heard of it',
    withCluster(async (cluster) => {
      const options = { tickInterval: '60s', notifications: false } as const;
      const app = await cluster.app([quick], options);
      const client = await cluster.app([quick], { ...options, role: 'client' });
      expect(await app.workflows.queues.create({ name: 'made', concurrency: 2 })).toBeUndefined();
      expect(await queueOf(client, 'made')).toEqual({ ...DEFAULTS, name: 'made', concurrency: 2 });
      const { runId } = await client.workflows.start('quick', ['hello'], { queue: 'made' });
      expect(await app.workflows.dispatch()).toMatchObject({ claimed: 1 });
      expect(await app.workflows.getRun(runId).returnValue).toBe('hello');
    }),
  );

  it(
    'is made once: QueueExistsError leaves it as it is',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      await app.workflows.queues.create({ name: 'made', concurrency: 2 });
      for (const name of ['made', 'default'])
        await expect(app.workflows.queues.create({ name, concurrency: 9 })).rejects.toMatchObject({
          name: 'QueueExistsError',
          code: 'QUEUE_EXISTS',
          details: { name },
          message: expect.stringMatching(/"(made|default)".*queues\.update/),
        });
      expect(await queueOf(app, 'made')).toMatchObject({ concurrency: 2 });
      expect(await cluster.count('audit_log')).toBe(1);
    }),
  );

  it(
    'that is changed keeps what the change does not name; null takes a limit away',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], {
        queues: [{ name: 'q', concurrency: 3, workerConcurrency: 2, rateLimit: { limit: 1, period: '1m' } }],
      });
      const { queues } = app.workflows;
      await queues.update('q', { concurrency: 4, partitionConcurrency: 2 });
      expect(await queueOf(app, 'q')).toMatchObject({
        concurrency: 4,
        workerConcurrency: 2,
        partitionConcurrency: 2,
        rateLimit: { limit: 1, period: 60_000 },
      });
      await queues.update('q', { concurrency: null, workerConcurrency: null, rateLimit: null });
      expect(await queueOf(app, 'q')).toEqual({ ...DEFAULTS, name: 'q', partitionConcurrency: 2 });
    }),
  );

  it(
    'that is not there can not be changed: the error names a near one',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { queues: [{ name: 'reactors' }] });
      const { queues } = app.workflows;
      for (const change of [
        () => queues.update('reactor', { concurrency: 1 }),
        () => queues.pause('reactor'),
        () => queues.resume('reactor'),
      ])
        await expect(change()).rejects.toMatchObject({
          name: 'QueueNotFoundError',
          code: 'QUEUE_NOT_FOUND',
          message: expect.stringMatching(/"reactor".*"reactors"/),
        });
      expect(await cluster.count('audit_log')).toBe(0);
    }),
  );
});

describe('a start', () => {
  it(
    'in a queue that is not there is refused, names a near one, and inserts nothing',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { queues: [{ name: 'reactors' }] });
      const { workflows } = app;
      const options = { queue: 'reactor' };
      for (const start of [
        () => workflows.start('quick', [], options),
        () => workflows.start('quick', [], { ...options, id: 'a' }),
        () => workflows.start('quick', [], { ...options, deduplicationId: 'a' }),
        () => workflows.start('quick', [], { ...options, partitionKey: 'a' }),
        () => workflows.start('quick', [], { ...options, debounce: { key: 'a', period: 1 } }),
        () => workflows.startMany('quick', [{ args: [] }, { args: [], options }]),
      ])
        await expect(start()).rejects.toMatchObject({
          code: 'QUEUE_NOT_FOUND',
          message: expect.stringMatching(/"reactor".*Did you mean "reactors"\?.*queues/),
        });
      expect(await cluster.count('workflow_status')).toBe(0);
    }),
  );

  it(
    'of a child in a queue that is not there fails in the workflow, which can go on',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) =>
        wf.startChild('quick', [], { queue: 'reactor' }).catch((error) => `${error.code}: ${error.message}`),
      );
      const app = await cluster.app([flow, quick], { queues: [{ name: 'reactors' }] });
      expect(await (await app.workflows.start('flow')).returnValue).toMatch(/^QUEUE_NOT_FOUND: .*"reactors"/);
      expect(await cluster.count('workflow_status')).toBe(1);
    }),
  );

  it(
    'goes to the queue of the workflow, unless it names another, as does a child and a direct call',
    withCluster(async (cluster) => {
      const child = workflow('child', () => 'done', { queue: 'children' });
      const flow = workflow(
        'flow',
        async (wf) => {
          await (await wf.startChild('child', [])).returnValue;
          await (await wf.startChild('child', [], { queue: 'b' })).returnValue;
        },
        { queue: 'a' },
      );
      const app = await cluster.app([flow, child, quick], {
        queues: [{ name: 'a' }, { name: 'b' }, { name: 'children', concurrency: 1 }],
      });
      const runs = [
        await app.workflows.start('flow'),
        await app.workflows.start('flow', [], { queue: 'b' }),
        await app.workflows.start('quick'),
        ...(await app.workflows.startMany('flow', [{ args: [] }, { args: [], options: { queue: 'b' } }])),
      ];
      expect(await Promise.all(runs.map((run) => run.queue))).toEqual(['a', 'b', 'default', 'a', 'b']);
      await Promise.all(runs.map((run) => run.returnValue));
      await app.module.get(child).run();
      expect(
        await cluster.rows(`select queue, count(*)::int n from workflow_status where name = 'child' group by 1 order by 1`),
      ).toEqual([
        { queue: 'b', n: 4 },
        { queue: 'children', n: 5 },
      ]);
    }),
  );
});

describe('a boot', () => {
  it(
    'with a workflow whose queue nobody declared fails, names a near one, and leaves no executor behind',
    withCluster(async (cluster) => {
      const flow = workflow('batch', () => 1, { queue: 'reactor' });
      const error = await bootError(cluster, () => cluster.app([flow], { queues: [{ name: 'reactors' }] }));
      expect(error).toMatchObject({ code: 'QUEUE_NOT_FOUND', message: expect.stringMatching(/"reactor".*"reactors"/) });
      // Whoever reads it has to find the decorator.
      expect(error.message).toContain('batch');
    }),
  );

  it(
    'succeeds when another process has declared the queue, or it was made at run time',
    withCluster(async (cluster) => {
      const first = await cluster.app([quick], { queues: [{ name: 'theirs' }] });
      await first.workflows.queues.create({ name: 'made' });
      const flows = [workflow('a', () => 'a', { queue: 'theirs' }), workflow('b', () => 'b', { queue: 'made' })];
      const app = await cluster.app(flows);
      expect(await (await app.workflows.start('a')).returnValue).toBe('a');
      expect(await (await app.workflows.start('b')).returnValue).toBe('b');
    }),
  );

  it(
    'with a queue to serve that is not there fails and names a near one',
    withCluster(async (cluster) => {
      const error = await bootError(cluster, () =>
        cluster.app([quick], { queues: [{ name: 'reactors' }], serveQueues: ['reactor'] }),
      );
      expect(error).toMatchObject({ code: 'QUEUE_NOT_FOUND', message: expect.stringMatching(/"reactor".*"reactors"/) });
      expect(error.message).toContain('serveQueues');
    }),
  );
});

describe('a process with `serveQueues`', () => {
  it(
    'runs those only, whoever starts them and however, and can start the others for somebody else',
    withCluster(async (cluster) => {
      const queues = [{ name: 'a' }, { name: 'b' }, { name: 'limited', concurrency: 5 }];
      const app = await cluster.app([quick], { queues, serveQueues: ['a'] });
      expect(await (await app.workflows.start('quick', [1], { queue: 'a' })).returnValue).toBe(1);
      expect(await (await app.workflows.start('quick', [2], { queue: 'a', partitionKey: 'k' })).returnValue).toBe(2);
      const theirs = [
        await app.workflows.start('quick', [3]),
        await app.workflows.start('quick', [4], { queue: 'b' }),
        await app.workflows.start('quick', [5], { queue: 'b', partitionKey: 'k' }),
        await app.workflows.start('quick', [6], { queue: 'limited' }),
      ];
      await nothingBegins(cluster, app);
      expect(await Promise.all(theirs.map((run) => run.status))).toEqual(Array(4).fill('ENQUEUED'));
      await cluster.app([quick], { serveQueues: ['default', 'b', 'limited'] });
      expect(await Promise.all(theirs.map((run) => run.returnValue))).toEqual([3, 4, 5, 6]);
    }),
  );
});
