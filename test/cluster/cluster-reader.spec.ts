// The cluster as its operators see it: which processes live, what its queues hold, and what a process says of itself.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { ClusterReader, MaintenanceActiveError } from '../../lib/index.js';
import { type ClusterApp, withCluster, workflow } from '../engine/cluster.js';
import { held, quick, statusOf } from '../queues/queue-room.js';
import { eventually } from '../support/eventually.js';

const readerOf = (app: ClusterApp) => app.module.get(ClusterReader, { strict: false });
const listens = workflow('listens', (wf) => wf.receive('go'));

describe('the list of processes', () => {
  it(
    'has each that lives, with what it is and has, and says which one is here',
    withCluster(async (cluster) => {
      const jobs = held();
      const worker = await cluster.app([jobs.flow, quick], { version: 'v7', workflows: ['held'] });
      const client = await cluster.app([jobs.flow], { role: 'client' });
      for (const x of [1, 2]) await worker.workflows.start('held', [x]);
      await jobs.hasBegun(2);
      const found = await eventually(async () => {
        const executors = await readerOf(client).listExecutors();
        expect(executors.map(({ runsOwned }) => runsOwned).sort()).toEqual([0, 2]);
        return executors;
      });
      const common = {
        hostname: hostname(),
        pid: process.pid,
        generation: 1,
        alive: true,
        graceful: null,
        retiredAt: null,
        startedAt: expect.any(Date),
        leaseExpiresAt: expect.any(Date),
        inMemoryDepth: 0,
      };
      expect(found).toEqual([
        { ...common, executorId: client.executorId, role: 'client', workflows: [], version: null, isHere: true, runsOwned: 0 },
        {
          ...common,
          executorId: worker.executorId,
          role: 'all',
          workflows: ['held'],
          version: 'v7',
          isHere: false,
          runsOwned: 2,
        },
      ]);
      expect((await readerOf(worker).listExecutors()).map(({ isHere }) => isHere)).toEqual([false, true]);
      jobs.open(1, 2);
    }),
  );

  it(
    'has those that are gone for an hour, and how they went, after those that live',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick]);
      const [leaves, dies] = [await cluster.app([quick]), await cluster.app([quick])];
      await cluster.leave(leaves);
      await cluster.kill(dies);
      const gone = { alive: false, isHere: false, leaseExpiresAt: null, retiredAt: expect.any(Date), runsOwned: 0 };
      await eventually(async () => {
        const executors = await readerOf(app).listExecutors();
        expect(executors.find(({ executorId }) => executorId === leaves.executorId)).toMatchObject({ ...gone, graceful: true });
        expect(executors.find(({ executorId }) => executorId === dies.executorId)).toMatchObject({ ...gone, graceful: false });
        // What was killed lives on under another id.
        expect(executors.map(({ alive }) => alive)).toEqual([true, true, false, false]);
      });
      await cluster.rows(`update executors set retired_at = retired_at - interval '61 minutes' where executor_id = $1`, [
        leaves.executorId,
      ]);
      expect((await readerOf(app).listExecutors()).map(({ executorId }) => executorId)).not.toContain(leaves.executorId);
    }),
  );

  it(
    'says of one whose lease is over that it is not alive, before anybody has retired it',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { role: 'client', tickInterval: '60s' });
      await cluster.rows(
        `insert into executors (executor_id, alive, role, hostname, pid, workflows) values (gen_random_uuid(), true, 'all', 'far', 7, '{}')`,
      );
      await cluster.rows(
        `insert into executor_leases (executor_id, lease_expires_at) select executor_id, now() - interval '1 s' from executors where hostname = 'far'`,
      );
      const [, far] = await readerOf(app).listExecutors();
      expect(far).toMatchObject({
        hostname: 'far',
        alive: false,
        graceful: null,
        retiredAt: null,
        leaseExpiresAt: expect.any(Date),
      });
    }),
  );
});

describe('the overview of queues', () => {
  it(
    'tells what waits and since when, who holds permits, and which maintenance is in force',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick, listens], {
        suspendAfter: 0,
        queues: [{ name: 'q', concurrency: 3 }, { name: 'paused' }],
      });
      await app.workflows.queues.pause('paused');
      const run = await app.workflows.start('listens', [], { queue: 'q' });
      await statusOf(cluster, run.runId, 'WAITING');
      for (const partitionKey of ['a', undefined]) await app.workflows.start('quick', [], { queue: 'paused', partitionKey });
      await cluster.rows(`update workflow_status set created_at = '2026-01-01Z' where partition_key = 'a'`);
      await app.workflows.enterMaintenance({ queues: ['q'], reason: 'cleaning', actor: 'ann' });
      const found = await readerOf(app).queueOverview();
      expect(found.map(({ name }) => name)).toEqual(['default', 'paused', 'q']);
      expect(found[0]).toMatchObject({ waiting: 0, permits: 0, oldestWaitingAt: null, maintenance: null, isPaused: false });
      expect(found[1]).toMatchObject({ waiting: 2, oldestWaitingAt: new Date('2026-01-01Z'), maintenance: null, isPaused: true });
      expect(found[2]).toMatchObject({
        waiting: 0,
        permits: 1,
        concurrency: 3,
        oldestWaitingAt: null,
        deadlocks: [],
        maintenance: { queue: 'q', mode: 'drain', reason: 'cleaning', actor: 'ann', enteredAt: expect.any(Date), until: null },
      });
      await app.workflows.enterMaintenance({ until: new Date(Date.now() + 3_600_000) });
      const scopes = (await readerOf(app).queueOverview()).map(({ maintenance }) => maintenance?.queue);
      expect(scopes).toEqual([null, null, null]);
      await cluster.rows(`update maintenance set until_at = now() where scope = ''`);
      const left = (await readerOf(app).queueOverview()).map(({ maintenance }) => maintenance?.queue);
      expect(left).toEqual([undefined, undefined, 'q']);
      await expect(app.workflows.start('quick', [], { queue: 'q' })).rejects.toThrow(MaintenanceActiveError);
    }),
  );

  it(
    'finds the oldest of more runs than it counts, wherever it waits',
    withCluster(async (cluster) => {
      const app = await cluster.app([quick], { role: 'client', queues: [{ name: 'within' }, { name: 'outside' }] });
      await cluster.rows(
        `insert into workflow_status (workflow_id, name, queue, status, priority, partition_key, created_at)
         select gen_random_uuid(), 'w' || i % 5, case when i % 2 = 0 then 'within' else 'outside' end, 'ENQUEUED', i % 7,
                case when i % 2 = 0 then 'p' || i % 40 end, timestamptz '2026-01-01Z' + (30000 - i) * interval '1 s' from generate_series(1, 30000) i`,
      );
      const found = await readerOf(app).queueOverview();
      expect(found.map(({ name, waiting, oldestWaitingAt }) => [name, waiting, oldestWaitingAt?.toISOString()])).toEqual([
        ['default', 0, undefined],
        ['outside', 10_000, '2026-01-01T00:00:01.000Z'],
        ['within', 10_000, '2026-01-01T00:00:00.000Z'],
      ]);
    }),
  );
});

describe('the diagnostics of a process', () => {
  it(
    'say who it is, what it runs on, and what it has room for',
    withCluster(async (cluster) => {
      const jobs = held('held', { queue: 'q' });
      const app = await cluster.app([jobs.flow, quick], {
        version: 'v7',
        workflows: ['held'],
        maxConcurrentRuns: 20,
        queues: [{ name: 'q', workerConcurrency: 2 }],
        poolSize: 3,
        writeLanes: 1,
      });
      for (const x of [1, 2, 3]) await app.workflows.start('held', [x]);
      await jobs.hasBegun(2);
      const found = await eventually(async () => {
        const diagnostics = await readerOf(app).diagnostics();
        // A claim under way has slots, too.
        expect(diagnostics.capacity.used).toBe(2);
        return diagnostics;
      });
      expect(found).toMatchObject({
        identity: {
          executorId: app.executorId,
          hostname: hostname(),
          pid: process.pid,
          generation: 1,
          role: 'all',
          startedAt: expect.any(Date),
        },
        versions: {
          library: JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version,
          application: 'v7',
          node: process.version,
          postgres: expect.stringMatching(/^\d+/),
        },
        schema: { name: cluster.schema.schema, isCurrent: true },
        database: {
          pools: { vital: { size: 3 }, lease: { size: 1 }, shared: { size: 3, waiting: expect.any(Number) } },
          notifications: { enabled: true },
          otherProcesses: 0,
        },
        lease: { duration: 15_000, expiresAt: expect.any(Date) },
        capacity: { slots: 20, used: 2, queues: [{ queue: 'q', used: 2, workerConcurrency: 2 }] },
        inMemoryQueue: { depth: 0, accepted: 0 },
        workflows: { registered: ['held', 'quick'], served: ['held'] },
        maintenance: { active: false, drained: false, scopes: [] },
      });
      const { expiresAt, lastRenewedAt } = found.lease;
      expect((expiresAt?.getTime() ?? 0) - (lastRenewedAt?.getTime() ?? 0)).toBe(15_000);
      // Both clocks are this machine's.
      expect(Math.abs(found.lag.clockOffset)).toBeLessThan(1_000);
      await eventually(async () => {
        const { lag, database } = await readerOf(app).diagnostics();
        expect(lag.eventLoopDelay).toEqual(expect.any(Number));
        expect(database.notifications.connected).toBe(true);
      });
      jobs.open(1, 2, 3);
    }),
  );

  it(
    'have no secret in them: not the url, nor a part of it, nor the environment, nor an argument of a run',
    withCluster(async (cluster) => {
      const url = new URL(cluster.schema.url);
      url.searchParams.set('fallback_application_name', 'canary-of-the-url');
      process.env.CANARY = 'canary-of-the-environment';
      const app = await cluster.app([quick], { url: url.href, queues: [{ name: 'q', concurrency: 1 }] });
      await app.workflows.queues.pause('q');
      await app.workflows.start('quick', ['canary-of-a-run'], { queue: 'q' });
      const reader = readerOf(app);
      const said = JSON.stringify([await reader.diagnostics(), await reader.listExecutors(), await reader.listPartitions('q')]);
      // The name of the user is the product's own, as a rule, and that is said.
      const secrets = [url.href, url.host, url.hostname, url.port, url.pathname, url.password, 'canary', 'postgres://', '"url"'];
      for (const secret of secrets.filter((text) => text.length > 3)) expect(said).not.toContain(secret);
      // Nor does whoever logs the reader itself.
      expect(JSON.stringify([reader])).toBe('[{}]');
      delete process.env.CANARY;
    }),
  );

  it(
    'tell how long the oldest run has been claimable that nothing holds back',
    withCluster(async (cluster) => {
      const app = await cluster.app([listens], {
        role: 'client',
        queues: [{ name: 'limited', concurrency: 1 }, { name: 'paused' }, { name: 'shut' }, { name: 'late' }],
      });
      await app.workflows.queues.pause('paused');
      await app.workflows.enterMaintenance({ queues: ['shut'] });
      const lag = async () => (await readerOf(app).diagnostics()).lag.oldestReady;
      const insert = (queue: string, age: string, more: Record<string, string> = {}) => {
        const columns = { status: `'ENQUEUED'`, created_at: `now() - interval '${age}'`, ...more };
        return cluster.rows(
          `insert into workflow_status (workflow_id, name, queue, ${Object.keys(columns)})
           values (gen_random_uuid(), 'w', '${queue}', ${Object.values(columns)})`,
        );
      };
      expect(await lag()).toBeNull();
      for (const queue of ['limited', 'paused', 'shut']) await insert(queue, '5 hours');
      await insert('default', '5 hours', { partition_key: `'p'` });
      await insert('default', '5 hours', { status: `'DELAYED'`, wake_at: `now() + interval '1 h'` });
      await insert('late', '5 hours', { status: `'WAITING'`, permit: 'true', wake_at: `now() + interval '1 h'` });
      await insert('late', '5 hours', { status: `'WAITING'`, permit: 'true' });
      await insert('shut', '5 hours', { status: `'WAITING'`, permit: 'true', wake_at: `now() - interval '1 h'` });
      expect(await lag()).toBeNull();
      const isAbout = async (minutes: number) => {
        const ms = await lag();
        expect(ms).toBeGreaterThanOrEqual(minutes * 60_000);
        expect(ms).toBeLessThan(minutes * 60_000 + 50_000);
      };
      await insert('default', '1 minute', { priority: '-5' });
      await isAbout(1);
      await insert('default', '2 minutes', { priority: '5' });
      await isAbout(2);
      await insert('late', '5 hours', { status: `'DELAYED'`, wake_at: `now() - interval '3 minutes'` });
      await isAbout(3);
      await insert('paused', '5 hours', { status: `'ENQUEUED'`, permit: 'true', wake_at: `now() - interval '4 minutes'` });
      await isAbout(4);
    }),
  );
});
