// A cluster that is drained: nothing begins in any process, what is under way comes to its end or to its next wait, and what nobody may stop,
// deadlines and rescue, goes on.
import { type StartOptions, WorkflowsError } from '../../lib/index.js';
import { type ClusterApp, never, withCluster, workflow } from '../engine/cluster.js';
import { held, nothingBegins, quick, statusOf } from '../queues/queue-room.js';
import { eventually } from '../support/eventually.js';
import { BY, DEAF, drained, QUIET, refusal } from './maintenance-room.js';

const waits = workflow('waits', async (wf, ms: number) => {
  await wf.sleep(ms);
  return wf.step('after', () => 'through');
});
const listens = workflow('listens', (wf) => wf.receive('go'));

const warm = async (app: ClusterApp) => (await app.workflows.start('quick')).returnValue;

describe('a process that has heard of nothing', () => {
  it(
    'can neither start, nor start at once, nor claim, while the cluster is drained',
    withCluster(async (cluster) => {
      const [operator, deaf] = [await cluster.app([quick], QUIET), await cluster.app([quick], DEAF)];
      // From now on a plain start is eager.
      for (const app of [operator, deaf]) await warm(app);
      await operator.workflows.enterMaintenance(BY);
      const before = await cluster.count('workflow_status');
      for (const app of [deaf, operator]) {
        const error = await refusal(app.workflows.start('quick'));
        expect(error.message).toContain('All queues are in maintenance since');
        expect(error.message).toContain('cut-over');
        expect(error.details).toMatchObject({ queue: null, mode: 'drain', ...BY, until: null });
      }
      expect(await cluster.count('workflow_status')).toBe(before);
      const allowed = await deaf.workflows.start('quick', ['late'], { allowDuringMaintenance: true });
      await nothingBegins(cluster, deaf, operator);
      expect(await allowed.status).toBe('ENQUEUED');
      await operator.workflows.exitMaintenance(BY);
      // The deaf one does not hear that it is over.
      expect(await operator.workflows.getRun(allowed.runId).returnValue).toBe('late');
    }),
  );

  it(
    'learns of it with its lease, and says so',
    withCluster(async (cluster) => {
      const operator = await cluster.app([quick], QUIET);
      const deaf = await cluster.app([quick], { ...DEAF, leaseDuration: '2s' });
      await operator.workflows.enterMaintenance(BY);
      await drained(operator);
      expect(deaf.workflows.enqueueInMemory('quick')).toMatchObject({ accepted: false, reason: 'maintenance' });
    }),
  );

  it(
    'keeps to a maintenance that was entered before it booted, from its first claim on',
    withCluster(async (cluster) => {
      const operator = await cluster.app([quick], { ...QUIET, role: 'client' });
      const waiting = await operator.workflows.start('quick');
      await operator.workflows.enterMaintenance(BY);
      const late = await cluster.app([quick], DEAF);
      await nothingBegins(cluster, late);
      await refusal(late.workflows.start('quick'));
      expect(late.workflows.enqueueInMemory('quick')).toMatchObject({ accepted: false, reason: 'maintenance' });
      await operator.workflows.exitMaintenance();
      await late.workflows.dispatch();
      // Asked where it runs: that process tells nobody.
      expect(await late.workflows.getRun(waiting.runId).returnValue).toBe('done');
    }),
  );
});

describe('starts while a queue is in maintenance', () => {
  const WAYS: ReadonlyArray<[string, StartOptions]> = [
    ['plainly', {}],
    ['under an id', { id: 'own' }],
    ['with a deduplication id', { deduplicationId: 'd' }],
    ['debounced', { debounce: { key: 'k', period: 1 } }],
    ['delayed', { delay: 1 }],
    ['in a partition', { partitionKey: 'p' }],
  ];

  it.each(WAYS)('%s are refused there unless they are allowed, and not elsewhere', (_, options) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { queues: [{ name: 'q' }] });
      await app.workflows.enterMaintenance({ queues: ['q'], ...BY });
      await refusal(app.workflows.start('quick', [], { ...options, queue: 'q' }));
      const allowed = await app.workflows.start('quick', [1], { ...options, queue: 'q', allowDuringMaintenance: true });
      const other = workflow('other', () => 2);
      const elsewhere = await cluster.app([other]);
      const free = await elsewhere.workflows.start('other', [], { ...options, id: options.id && 'elsewhere' });
      expect(await free.returnValue).toBe(2);
      await app.workflows.exitMaintenance({ queues: ['q'] });
      expect(await allowed.returnValue).toBe(1);
    })(),
  );

  it(
    'that are made at the same moment do not suffer from each other',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { queues: [{ name: 'q' }], dispatch: 'manual' });
      await app.workflows.enterMaintenance({ queues: ['q'] });
      const starts = Array.from({ length: 60 }, (_, i) =>
        app.workflows.start('quick', [i], i % 3 === 0 ? {} : { queue: 'q', allowDuringMaintenance: i % 3 === 1 }),
      );
      const settled = await Promise.allSettled(starts);
      expect(settled.map(({ status }) => status)).toEqual(
        Array.from({ length: 60 }, (_, i) => (i % 3 === 2 ? 'rejected' : 'fulfilled')),
      );
      expect(await cluster.count('workflow_status')).toBe(40);
    }),
  );

  it(
    'by startMany are told of, and the others of the call are started',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { queues: [{ name: 'q' }], dispatch: 'manual' });
      await app.workflows.enterMaintenance({ queues: ['q'] });
      const items = [{ args: [1] }, { args: [2], options: { queue: 'q' } }];
      await refusal(app.workflows.startMany('quick', items));
      expect(await cluster.rows('select input from workflow_status')).toEqual([{ input: '[1]' }]);
      const all = items.map((item) => ({ ...item, options: { ...item.options, allowDuringMaintenance: true } }));
      expect(await app.workflows.startMany('quick', all)).toHaveLength(2);
    }),
  );
});

describe('a start in memory', () => {
  it(
    'is refused at once, unless it is allowed; what was accepted before is written',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { ...QUIET, dispatch: 'manual', queues: [{ name: 'q' }] });
      const before = app.workflows.enqueueInMemory('quick', [1]);
      await app.workflows.enterMaintenance(BY);
      expect(app.workflows.enqueueInMemory('quick', [2])).toMatchObject({ accepted: false, reason: 'maintenance' });
      const allowed = app.workflows.enqueueInMemory('quick', [3], { allowDuringMaintenance: true });
      expect([before, allowed]).toMatchObject([{ accepted: true }, { accepted: true }]);
      expect(await app.workflows.dispatch()).toEqual({ flushed: 2, claimed: 0 });
      expect(await cluster.count(`workflow_status where status = 'ENQUEUED'`)).toBe(2);
      await app.workflows.exitMaintenance();
      await app.workflows.enterMaintenance({ queues: ['q'] });
      expect(app.workflows.enqueueInMemory('quick', [4])).toMatchObject({ accepted: true });
      expect(app.workflows.enqueueInMemory('quick', [5], { queue: 'q' })).toMatchObject({ accepted: false });
      expect(app.workflows.inMemory).toMatchObject({ rejected: 2 });
    }),
  );
});

describe('a run in memory when its queue is drained', () => {
  it(
    'goes on, its next steps too, to its end',
    withCluster(async (cluster) => {
      const jobs = held('held', {}, (wf) => wf.step('next', () => 'through'));
      const app = await cluster.app([jobs.flow]);
      const run = await app.workflows.start('held', ['a']);
      await jobs.hasBegun(1);
      await app.workflows.enterMaintenance(BY);
      expect(await app.workflows.getMaintenanceStatus()).toMatchObject({ active: true, drained: false, totals: { inFlight: 1 } });
      jobs.open('a');
      expect(await run.returnValue).toBe('through');
      await drained(app);
    }),
  );

  it.each([
    ['sleeps', 5_000],
    ['listens', undefined],
  ])('%s: it leaves memory as soon as it waits, and goes on when that is over', (name, ms) =>
    withCluster(async (cluster) => {
      const app = await cluster.app([quick, waits, listens], { ...QUIET, suspendAfter: '1h' });
      const flow = name === 'sleeps' ? 'waits' : 'listens';
      const run = await app.workflows.start(flow, ms === undefined ? [] : [ms]);
      await eventually(async () => expect(await cluster.count('waits')).toBe(1));
      expect(await run.status).not.toBe('WAITING');
      await app.workflows.enterMaintenance(BY);
      await statusOf(cluster, run.runId, 'WAITING');
      await drained(app);
      if (name === 'listens') await run.send('go', 'through');
      else await cluster.rows('update workflow_status set wake_at = now()');
      await nothingBegins(cluster, app);
      expect(await run.status).toBe('WAITING');
      await cluster.rows(`update waits set wake_at = now() where kind = 'sleep'`);
      await app.workflows.exitMaintenance();
      expect(await run.returnValue).toBe('through');
    })(),
  );

  it(
    'stays where another queue is drained',
    withCluster(async (cluster) => {
      const app = await cluster.app([listens], { ...QUIET, queues: [{ name: 'q' }] });
      const [here, there] = [await app.workflows.start('listens'), await app.workflows.start('listens', [], { queue: 'q' })];
      await eventually(async () => expect(await cluster.count('waits')).toBe(2));
      await app.workflows.enterMaintenance({ queues: ['q'] });
      await statusOf(cluster, there.runId, 'WAITING');
      expect(await here.status).toBe('RUNNING');
      await app.workflows.exitMaintenance({ queues: ['q'] });
      for (const run of [here, there]) await run.send('go', 'on');
      expect([await here.returnValue, await there.returnValue]).toEqual(['on', 'on']);
    }),
  );

  it(
    'may start children: they are enqueued, and begin when that is over',
    withCluster(async (cluster) => {
      const jobs = held();
      const parent = workflow('parent', async (wf) => {
        await wf.step('hold', () => jobs.body('parent'));
        const own = await wf.startChild('quick', ['own'], { id: 'own' });
        const child = await wf.startChild<string>('quick', ['child']);
        return [await child.returnValue, await own.returnValue];
      });
      const app = await cluster.app([parent, quick], QUIET);
      const run = await app.workflows.start('parent');
      await jobs.hasBegun(1);
      await app.workflows.enterMaintenance(BY);
      jobs.open('parent');
      await statusOf(cluster, run.runId, 'WAITING');
      const children = await cluster.rows('select status from workflow_status where parent_id is not null');
      expect(children).toEqual([{ status: 'ENQUEUED' }, { status: 'ENQUEUED' }]);
      await nothingBegins(cluster, app);
      await app.workflows.exitMaintenance();
      expect(await run.returnValue).toEqual(['child', 'own']);
    }),
  );
});

describe('during maintenance', () => {
  it(
    'deadlines are kept',
    withCluster(async (cluster) => {
      const app = await cluster.app([waits], { ...QUIET, suspendAfter: 0 });
      const run = await app.workflows.start('waits', [3_600_000], { timeout: '1h' });
      await statusOf(cluster, run.runId, 'WAITING');
      await app.workflows.enterMaintenance();
      await cluster.rows('update workflow_status set deadline_at = now()');
      await app.workflows.dispatch();
      expect(await cluster.run(run.runId)).toMatchObject({ status: 'CANCELLED', error: { code: 'RUN_TIMEOUT' } });
    }),
  );

  it(
    'runs of a process that died are re-queued, and not claimed before it is over',
    withCluster(async (cluster) => {
      const begun: number[] = [];
      const stuck = workflow('stuck', (wf) => wf.step('hang', () => (begun.push(1) > 1 ? 'rescued' : never())));
      const dying = await cluster.app([stuck], QUIET);
      const run = await dying.workflows.start('stuck');
      await eventually(() => expect(begun).toHaveLength(1));
      const other = await cluster.app([stuck], QUIET);
      await other.workflows.enterMaintenance();
      await cluster.kill(dying);
      await eventually(async () => {
        await other.workflows.dispatch();
        expect(await cluster.run(run.runId)).toMatchObject({ status: 'ENQUEUED', claimed_by: null, recovery_attempts: 1 });
      });
      await nothingBegins(cluster, other);
      await other.workflows.exitMaintenance();
      expect(await other.workflows.getRun(run.runId).returnValue).toBe('rescued');
    }),
  );

  it(
    'whose end has passed starts are taken again, and it is taken away at the next look',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], QUIET);
      await app.workflows.enterMaintenance({ until: new Date(Date.now() + 3_600_000) });
      await refusal(app.workflows.start('quick'));
      await cluster.rows(`update maintenance set until_at = clock_timestamp()`);
      expect(await app.workflows.getMaintenanceStatus()).toMatchObject({ active: false, scopes: [] });
      const run = await app.workflows.start('quick');
      await app.workflows.dispatch();
      expect(await run.returnValue).toBe('done');
      expect(await cluster.count('maintenance')).toBe(0);
      expect(app.workflows.enqueueInMemory('quick')).toMatchObject({ accepted: true });
    }),
  );
});

describe('what an operator says of a maintenance', () => {
  it(
    'is refused before anything happens when it can’t be meant',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([quick]);
      const codeOf = async (call: Promise<unknown>) => ((await call.catch((error) => error)) as WorkflowsError).code;
      const enter = (options: unknown) => codeOf(workflows.enterMaintenance(options as never));
      expect(await enter({ mode: 'stop' })).toBe('INVALID_MODE');
      expect(await enter({ mode: 'DRAIN' })).toBe('INVALID_MODE');
      expect(await enter({ queues: ['nowhere'] })).toBe('QUEUE_NOT_FOUND');
      expect(await enter({ queues: [] })).toBe('INVALID_OPTION');
      expect(await enter({ queues: 'default' })).toBe('INVALID_OPTION');
      expect(await enter({ queues: [''] })).toBe('INVALID_ID');
      expect(await enter({ until: new Date(0) })).toBe('INVALID_OPTION');
      expect(await enter({ until: 'tomorrow' })).toBe('INVALID_OPTION');
      expect(await enter({ until: new Date(Number.NaN) })).toBe('INVALID_OPTION');
      expect(await enter({ reason: {} })).toBe('INVALID_OPTION');
      expect(await enter({ queue: 'q' })).toBe('UNKNOWN_OPTION');
      expect(await codeOf(workflows.exitMaintenance({ queues: ['nowhere'] }))).toBe('QUEUE_NOT_FOUND');
      expect(await codeOf(workflows.exitMaintenance({ until: 1 } as never))).toBe('UNKNOWN_OPTION');
      expect(await codeOf(workflows.start('quick', [], { allowDuringMaintenance: 1 } as never))).toBe('INVALID_OPTION');
      expect(await workflows.exitMaintenance()).toBe(false);
      expect([await cluster.count('maintenance'), await cluster.count('audit_log')]).toEqual([0, 0]);
    }),
  );
});
