// Which runs begin, where and when: delays, priorities, slots, names and roles.
import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { type Cluster, withCluster, workflow } from './cluster.js';

const quick = workflow('quick', (_wf, x: unknown) => x ?? 'done');

/** A workflow whose runs say that they have begun, and wait for the word to end. */
function gated(name = 'gated') {
  const begun = new TestSignal<unknown>();
  const gate = new TestSignal();
  const flow = workflow(name, (wf, x: unknown) =>
    wf.step('wait for the gate', async () => {
      begun.emit(x);
      await gate.next();
    }),
  );
  return { begun, gate, flow };
}

const statuses = async (cluster: Cluster) =>
  Object.fromEntries(
    (await cluster.rows('select status, count(*)::int n from workflow_status group by 1')).map((row) => [row.status, row.n]),
  );

describe('a delayed run', () => {
  it(
    'is DELAYED, begins by itself when its time has come, and never earlier',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const run = await app.workflows.start('quick', [1], { delay: 400 });
      expect(await run.status).toBe('DELAYED');
      const [due] = await cluster.rows('select wake_at from workflow_status');
      expect(await run.returnValue).toBe(1);
      const [row] = await cluster.rows('select started_at >= $1 "onTime", wake_at from workflow_status', [due.wake_at]);
      expect(row).toEqual({ onTime: true, wake_at: null });
      const far = await app.workflows.start('quick', [1], { delay: '60d' });
      const soon = await app.workflows.start('quick', [2], { delay: 1 });
      expect(await soon.returnValue).toBe(2);
      expect(await far.status).toBe('DELAYED');
    }),
  );
});

describe('queued runs', () => {
  it(
    'begin by priority, lower first, then by age',
    withCluster(async (cluster) => {
      const { begun, gate, flow } = gated();
      const app = await cluster.app([flow], { maxConcurrentRuns: 1 });
      const runs = [await app.workflows.start('gated', ['first'])];
      expect(await begun.next()).toBe('first');
      for (const [x, priority] of [
        ['late', 9],
        ['a', 0],
        ['urgent', -5],
        ['b', 0],
        ['early', 3],
      ] as const)
        runs.push(await app.workflows.start('gated', [x], { priority }));
      const order = [];
      for (let i = 0; i < 5; i++) {
        gate.emit();
        order.push(await begun.next());
      }
      gate.emit();
      await Promise.all(runs.map((run) => run.returnValue));
      expect(order).toEqual(['urgent', 'a', 'b', 'early', 'late']);
    }),
  );

  it(
    'never occupy more slots than maxConcurrentRuns, whether started here or enqueued elsewhere',
    withCluster(async (cluster) => {
      let running = 0;
      let most = 0;
      const flow = workflow('counted', (wf) =>
        wf.step('count', async () => {
          most = Math.max(most, ++running);
          for (let i = 0; i < 3; i++) await new Promise(setImmediate);
          running--;
        }),
      );
      const worker = await cluster.app([flow], { maxConcurrentRuns: 4 });
      const client = await cluster.app([flow], { role: 'client' });
      const runs = [];
      for (let i = 0; i < 60; i++) {
        const batch = await Promise.all([
          client.workflows.start('counted'),
          worker.workflows.start('counted'),
          client.workflows.start('counted'),
          worker.workflows.start('counted'),
        ]);
        runs.push(...batch);
        if (i % 5 === 0) await Promise.all(runs.map((run) => run.returnValue));
      }
      await Promise.all(runs.map((run) => run.returnValue));
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(4);
    }),
  );

  it(
    'do not get slots that eager starts took while the claim was under way',
    withCluster(async (cluster) => {
      const { gate, flow } = gated();
      const app = await cluster.app([flow, quick], { maxConcurrentRuns: 2, notifications: false });
      // The process has looked at the queue and found it empty: from now on starts are eager.
      await eventually(async () => {
        const run = await app.workflows.start('quick');
        expect((await cluster.run(run.runId)).claimed_by).not.toBeNull();
      });
      await eventually(async () => expect(await statuses(cluster)).toEqual({ SUCCESS: expect.any(Number) }));
      const client = await cluster.schema.pool.connect();
      try {
        await client.query('begin');
        // The claim waits for this before it looks, and sees what is inserted here.
        await client.query('lock table workflow_status in access exclusive mode');
        await client.query(
          `insert into workflow_status (workflow_id, name, status, input) select gen_random_uuid(), 'gated', 'ENQUEUED', '[1]' from generate_series(1, 2)`,
        );
        await eventually(async () =>
          expect(
            await cluster.count(
              `pg_stat_activity where wait_event_type = 'Lock' and query like '%run.claim %' and application_name = 'workflows:' || $1`,
              [cluster.schema.schema],
            ),
          ).toBe(1),
        );
        const starts = [app.workflows.start('gated', [2]), app.workflows.start('gated', [3])];
        await client.query('commit');
        await Promise.all(starts);
      } finally {
        client.release();
      }
      // Long enough for what is claimed too much to begin.
      const other = await cluster.app([workflow('tick', async (wf) => wf.sleep(100))]);
      for (let i = 0; i < 3; i++) await other.workflows.start('tick').then((run) => run.returnValue);
      const held = await cluster.count(`workflow_status where status in ('PENDING', 'RUNNING')`);
      for (let i = 0; i < 4; i++) gate.emit();
      await eventually(async () =>
        expect(await cluster.count(`workflow_status where name = 'gated' and status = 'SUCCESS'`)).toBe(4),
      );
      expect(held).toBe(2);
    }),
  );

  it(
    'that are due after a wait all begin without waiting for a tick each time, as long as slots are free',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { role: 'client' });
      const runs = await app.workflows.startMany(
        'quick',
        Array.from({ length: 400 }, () => ({ args: [], options: { delay: 1 } })),
      );
      await eventually(async () => expect(await cluster.count('workflow_status where wake_at < clock_timestamp()')).toBe(400));
      // One tick before the test would time out: what the first claim leaves must follow at once.
      const worker = await cluster.app([quick], { tickInterval: '60s', maxConcurrentRuns: 100 });
      await eventually(async () => expect(await statuses(cluster)).toEqual({ SUCCESS: 400 }), { timeout: 5_000 });
      await Promise.all(runs.map((run) => worker.workflows.getRun(run.runId).returnValue));
    }),
  );

  it(
    'are not starved by runs that come due, even with a single slot',
    withCluster(async (cluster) => {
      const { begun, gate, flow } = gated();
      const app = await cluster.app([flow], { maxConcurrentRuns: 1 });
      await app.workflows.start('gated', ['first']);
      await begun.next();
      for (let i = 0; i < 6; i++) await app.workflows.start('gated', [`due ${i}`], { delay: '1h' });
      await cluster.schema.pool.query(
        `update workflow_status set status = 'WAITING', permit = true, started_at = now(), wake_at = now() where status = 'DELAYED'`,
      );
      await app.workflows.start('gated', ['queued']);
      const order: unknown[] = [];
      for (let i = 0; i < 7; i++) {
        gate.emit();
        order.push(await begun.next());
      }
      gate.emit();
      await eventually(async () => expect(await statuses(cluster)).toEqual({ SUCCESS: 8 }));
      expect(order.indexOf('queued')).toBeLessThanOrEqual(3);
    }),
  );
});

describe('a claim whose answer was lost', () => {
  it(
    'does not leave its run with a process that knows nothing of it',
    withCluster(async (cluster) => {
      const { begun, gate, flow } = gated();
      const app = await cluster.app([quick, flow]);
      const held = await app.workflows.start('gated', ['held']);
      await begun.next();
      await cluster.rows(
        `with lost as (insert into workflow_status (workflow_id, name, status, claimed_by, claim_token, claimed_at)
         values (gen_random_uuid(), 'quick', 'PENDING', $1, gen_random_uuid(), clock_timestamp() - interval '1 min') returning 1) select from lost`,
        [app.executorId],
      );
      await eventually(async () => expect(await statuses(cluster)).toMatchObject({ SUCCESS: 1 }));
      // The one that is held stays what it is.
      gate.emit();
      await held.returnValue;
      expect(await cluster.count('operation_outputs')).toBe(1);
    }),
  );
});

describe('a name that is not registered here', () => {
  it(
    'waits visibly as ENQUEUED and is not failed; other work passes by, and a process that knows it runs it',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const runId = randomUUID();
      await cluster.rows(
        `insert into workflow_status (workflow_id, name, status, input) values ($1, 'of another team', 'ENQUEUED', '[7]')`,
        [runId],
      );
      await cluster.rows(
        `insert into workflow_status (workflow_id, name, status) select gen_random_uuid(), 'unknown ' || i % 10, 'ENQUEUED' from generate_series(1, 5000) i`,
      );
      expect(await (await app.workflows.start('quick', ['passes'])).returnValue).toBe('passes');
      await cluster.rows(
        `insert into workflow_status (workflow_id, name, status) values (gen_random_uuid(), 'quick', 'ENQUEUED')`,
      );
      await eventually(async () => expect(await statuses(cluster)).toEqual({ ENQUEUED: 5_001, SUCCESS: 2 }));
      expect(await app.workflows.getRun(runId).status).toBe('ENQUEUED');
      const page = await app.workflows.listRuns({ workflowName: 'of another team' });
      expect(page.runs).toMatchObject([{ runId, status: 'ENQUEUED', claimedBy: null }]);
      await cluster.app([workflow('of another team', (_wf, x) => `known ${x}`)]);
      expect(await app.workflows.getRun(runId).returnValue).toBe('known 7');
    }),
  );
});

describe('a process', () => {
  it(
    'with a `workflows` filter runs those only, and can start the others for somebody else',
    withCluster(async (cluster) => {
      const slow = workflow('slow', () => 'slow');
      const app = await cluster.app([quick, slow], { workflows: ['quick'] });
      const mine = await app.workflows.start('quick');
      const theirs = await app.workflows.start('slow');
      expect(await mine.returnValue).toBe('done');
      // Several ticks, which would have claimed it.
      for (let i = 0; i < 3; i++) await (await app.workflows.start('quick', [], { delay: 50 })).returnValue;
      expect(await theirs.status).toBe('ENQUEUED');
      expect(app.workflows.listWorkflows()).toMatchObject([
        { name: 'quick', served: true },
        { name: 'slow', served: false },
      ]);
      await cluster.app([slow], { workflows: ['slow'] });
      expect(await theirs.returnValue).toBe('slow');
    }),
  );

  it(
    'refuses to boot with a filter that names an unknown workflow',
    withCluster(async (cluster) => {
      await expect(cluster.app([quick], { workflows: ['quik'] })).rejects.toMatchObject({
        code: 'WORKFLOW_NOT_REGISTERED',
        message: expect.stringMatching(/quick/),
      });
      // What had been opened for it is left to the server to close.
      await cluster.rows(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'workflows:' || $1`, [
        cluster.schema.schema,
      ]);
    }),
  );

  it(
    'with the role `client` runs nothing, and gets the results of what it started',
    withCluster(async (cluster) => {
      const client = await cluster.app([quick], { role: 'client' });
      const runs = await Promise.all([1, 2, 3].map((x) => client.workflows.start('quick', [x])));
      expect(await statuses(cluster)).toEqual({ ENQUEUED: 3 });
      await cluster.app([quick]);
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual([1, 2, 3]);
      const owners = await cluster.rows('select distinct claimed_by from workflow_status');
      expect(owners).toHaveLength(1);
      expect(owners[0].claimed_by).not.toBe(client.executorId);
    }),
  );

  it(
    'finds work and results by polling alone',
    withCluster(async (cluster) => {
      const client = await cluster.app([quick], { role: 'client', notifications: false });
      await cluster.app([quick], { notifications: false });
      const runs = await Promise.all([1, 2, 3].map((x) => client.workflows.start('quick', [x])));
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual([1, 2, 3]);
      expect(
        await cluster.count(`pg_stat_activity where application_name = 'workflows:' || $1 and query like 'listen%'`, [
          cluster.schema.schema,
        ]),
      ).toBe(0);
    }),
  );
});
