// The swap to a new generation of executors: only of a drained cluster, for all of them at once, and for good.

import { NotDrainedError } from '../../lib/index.js';
import { uuidv4 } from '../../lib/kernel/ids.js';
import type { ExecutorInfo } from '../../lib/model/executor.js';
import { type ClusterApp, never, withCluster, workflow } from '../engine/cluster.js';
import { meet } from '../engine/two-transactions.js';
import { held, nothingBegins, quick, statusOf } from '../queues/queue-room.js';
import { eventually } from '../support/eventually.js';
import { audits, BY, DEAF, DONE_BY, drained, MaintenanceRoom, QUIET, withMaintenance } from './maintenance-room.js';

const alive = async (room: Pick<MaintenanceRoom['room'], 'rows'>) =>
  (await room.rows('select executor_id id from executors where alive order by started_at')).map(({ id }) => id);

const heard = async (room: MaintenanceRoom, executor = room.executor, inMemoryDepth = 0) =>
  room.room.executors.renew(executor, 60_000, { heardEpoch: await room.epoch(), inMemoryDepth });

const executor = (): ExecutorInfo => ({ executorId: uuidv4(), role: 'all', hostname: 'h', pid: 1, workflows: [] });

const swap = (room: MaintenanceRoom) => room.maintenance.swap(DONE_BY);

describe('a swap', () => {
  it(
    'is refused unless all queues are in maintenance, and changes nothing',
    withMaintenance(async (room) => {
      await heard(room);
      expect(await swap(room)).toEqual({ outcome: 'MAINTENANCE_REQUIRED', generation: null, totals: null });
      await room.enter(['default']);
      await heard(room);
      expect((await swap(room)).outcome).toBe('MAINTENANCE_REQUIRED');
      await room.enter();
      await room.room.rows(`update maintenance set until_at = clock_timestamp() where scope = ''`);
      expect((await swap(room)).outcome).toBe('MAINTENANCE_REQUIRED');
      expect(await alive(room.room)).toEqual([room.executor]);
    }),
  );

  it(
    'is refused while an executor has not heard, has runs, holds some in memory, or lets a step run whose run is over',
    withMaintenance(async (room) => {
      const [owner] = await room.room.claimed(room.executor, 1);
      const runId = owner?.runId as string;
      await room.enter();
      const before = await room.epoch();
      const refused = async (totals: object) =>
        expect(await swap(room)).toMatchObject({
          outcome: 'NOT_DRAINED',
          generation: null,
          totals: { executors: 1, undrained: 1, ...totals },
        });
      await refused({ notHeard: 1, inFlight: 1, inMemoryDepth: 0 });
      await heard(room);
      await refused({ notHeard: 0, inFlight: 1, inMemoryDepth: 0 });
      await room.permits.move('SUCCESS', runId, { busy: true });
      await refused({ inFlight: 0, lingering: 1, inMemoryDepth: 0 });
      await room.room.claims.letGo(room.executor, [runId]);
      await heard(room, room.executor, 3);
      await refused({ inFlight: 0, lingering: 0, inMemoryDepth: 3 });
      expect([await room.epoch(), await alive(room.room)]).toEqual([before, [room.executor]]);
      await heard(room);
      expect(await swap(room)).toMatchObject({ outcome: 'SWAPPED', generation: 2 });
    }),
  );

  it(
    'is refused while a run of an executor that died is not rescued',
    withMaintenance(async (room) => {
      await room.room.claimed(room.executor, 1);
      await room.enter();
      await room.room.executors.retire(room.executor, { ifExpired: false });
      expect(await swap(room)).toMatchObject({ outcome: 'NOT_DRAINED', totals: { executors: 0, undrained: 0, inFlight: 1 } });
      await room.room.executors.requeueRuns(room.executor, 10, '{}');
      expect((await swap(room)).outcome).toBe('SWAPPED');
    }),
  );

  it(
    'waits for nobody who is gone and owns nothing, and for no client',
    withMaintenance(async (room) => {
      const client = uuidv4();
      await room.room.executors.insert({ ...executor(), executorId: client, role: 'client' }, 60_000);
      await room.enter();
      await room.room.rows(`update executor_leases set lease_expires_at = '-infinity' where executor_id = $1`, [room.executor]);
      expect((await swap(room)).outcome).toBe('SWAPPED');
      expect(await alive(room.room)).toEqual([client]);
    }),
  );

  it(
    'retires every executor of the generation before: it can claim, renew and register no more',
    withMaintenance(async (room) => {
      const second = await room.room.executor();
      await room.permits.start('default', null, 2);
      await room.enter();
      for (const id of [room.executor, second]) await heard(room, id);
      await swap(room);
      await room.exit();
      expect([await alive(room.room), await room.claimAll()]).toEqual([[], []]);
      expect((await room.room.executors.renew(second, 60_000)).held).toBe(false);
      const again = executor();
      await expect(room.room.executors.insert(again, 60_000, '1')).rejects.toMatchObject({ code: 'GENERATION_OVER' });
      expect(await room.room.executors.insert({ ...again, role: 'client' }, 60_000, '1')).toMatchObject({ generation: '1' });
      expect(await room.room.executors.insert({ ...again, executorId: uuidv4() }, 60_000)).toMatchObject({ generation: '2' });
      const rows = await room.room.rows('select generation, swapped_at is not null swapped from control');
      expect(rows).toEqual([{ generation: '2', swapped: true }]);
      expect((await audits(room.room)).at(-2)).toBe('GENERATION_SWAP ann: cut-over');
    }),
  );

  it(
    'that meets an executor which is registering retires it too, or sees it afterwards as one of the new generation',
    withMaintenance(async (room) => {
      await room.enter();
      await heard(room);
      const late = executor();
      const registering = await meet(
        room.room,
        ({ executors }) => executors.insert(late, 60_000),
        () => swap(room).catch((error: { code: string }) => error.code),
      );
      expect(registering).toEqual({ waited: true, result: '40001' });
      expect((await swap(room)).outcome).toBe('NOT_DRAINED');
      await heard(room, late.executorId);
      expect((await swap(room)).generation).toBe(2);
      expect(await alive(room.room)).toEqual([]);
      const next = { ...late, executorId: uuidv4() };
      await heard(room, next.executorId);
      const met = await meet(
        room.room,
        (stores) => swap(new MaintenanceRoom({ room: stores } as never)),
        () => room.room.executors.insert(next, 60_000, '2').catch((error: { code: string }) => error.code),
      );
      expect(met).toEqual({ waited: true, result: 'GENERATION_OVER' });
    }),
  );
});

describe('the processes of a generation that was swapped', () => {
  const swapped = async (app: ClusterApp) => {
    await app.workflows.enterMaintenance(BY);
    await drained(app);
    return app.workflows.swapIfDrained(BY);
  };
  const isClient = (cluster: { count(from: string, values: unknown[]): Promise<number> }, app: ClusterApp) =>
    eventually(async () => expect(await cluster.count('executors where alive and executor_id = $1', [app.executorId])).toBe(0));

  it(
    'go on as clients: they start runs, which only the new generation executes',
    withCluster(async (cluster) => {
      const [old, other] = [await cluster.app([quick]), await cluster.app([quick])];
      await (await old.workflows.start('quick')).returnValue;
      expect(await swapped(old)).toEqual({ generation: 2 });
      await Promise.all([isClient(cluster, old), isClient(cluster, other)]);
      await old.workflows.exitMaintenance(BY);
      const run = await other.workflows.start('quick', [1]);
      const inMemory = old.workflows.enqueueInMemory('quick', [2]);
      await nothingBegins(cluster, old, other);
      expect(await run.status).toBe('ENQUEUED');
      const fresh = await cluster.app([quick], { version: 'b2' });
      expect(await run.returnValue).toBe(1);
      expect(await other.workflows.getRun((inMemory as { runId: string }).runId).returnValue).toBe(2);
      expect((await cluster.run(run.runId)).claimed_by).toBe(fresh.executorId);
      expect(await cluster.rows('select generation::int, version from executors where alive')).toEqual([
        { generation: 2, version: 'b2' },
      ]);
    }),
  );

  it(
    'hear of the end of the maintenance, though they have no lease and nobody tells them',
    withCluster(async (cluster) => {
      const old = await cluster.app([quick], { notifications: false, leaseDuration: '2s' });
      await swapped(old);
      await isClient(cluster, old);
      await eventually(async () => {
        await old.workflows.dispatch();
        expect(old.workflows.enqueueInMemory('quick')).toMatchObject({ accepted: false, reason: 'maintenance' });
      });
      // By another process, as it were: not through what knows of it here.
      await cluster.rows(`select end_maintenance(array[''], 'ann', null)`);
      await eventually(() => expect(old.workflows.enqueueInMemory('quick')).toMatchObject({ accepted: true }));
    }),
  );

  it(
    'do not come back when they lost their lease before the swap, and shut down as any other',
    withCluster(async (cluster) => {
      const [old, operator] = [await cluster.app([quick], DEAF), await cluster.app([quick], { ...QUIET, role: 'client' })];
      await operator.workflows.enterMaintenance(BY);
      await cluster.kill(old);
      // It owns nothing, but somebody has to look after what it had.
      expect(await operator.workflows.swapIfDrained()).toEqual({ generation: 2 });
      await operator.workflows.exitMaintenance();
      const run = await old.workflows.start('quick');
      await nothingBegins(cluster, old);
      expect(await run.status).toBe('ENQUEUED');
      await cluster.leave(old);
      const fresh = await cluster.app([quick], QUIET);
      expect(await fresh.workflows.getRun(run.runId).returnValue).toBe('done');
    }),
  );
});

describe('the status', () => {
  it(
    'tells of each process what it has, what is in maintenance, and when all is drained',
    withCluster(async (cluster) => {
      const jobs = held();
      const app = await cluster.app([jobs.flow, quick], { ...QUIET, queues: [{ name: 'q' }], version: 'a1', dispatch: 'manual' });
      await cluster.app([], { ...QUIET, role: 'client' });
      expect(await app.workflows.getMaintenanceStatus()).toMatchObject({
        active: false,
        scopes: [],
        generation: 1,
        lastSwapAt: null,
        drained: false,
      });
      const run = await app.workflows.start('held', ['a'], { partitionKey: 'p', queue: 'q' });
      await app.workflows.dispatch();
      await jobs.hasBegun(1);
      app.workflows.enqueueInMemory('quick');
      const until = new Date(Date.now() + 3_600_000);
      await app.workflows.enterMaintenance({ queues: ['q'], ...BY, until });
      await app.workflows.enterMaintenance({ mode: 'drain', reason: 'all' });
      const one = { hostname: expect.any(String), pid: process.pid, generation: 1, lingering: 0 };
      await eventually(async () =>
        expect(await app.workflows.getMaintenanceStatus()).toEqual({
          active: true,
          drained: false,
          generation: 1,
          lastSwapAt: null,
          scopes: [
            { queue: null, mode: 'drain', reason: 'all', actor: 'api', enteredAt: expect.any(Date), until: null, inFlight: 1 },
            { queue: 'q', mode: 'drain', ...BY, enteredAt: expect.any(Date), until, inFlight: 1 },
          ],
          executors: expect.arrayContaining([
            {
              ...one,
              executorId: app.executorId,
              role: 'all',
              version: 'a1',
              inFlight: 1,
              activePartitions: 1,
              inMemoryDepth: 1,
              hasHeard: true,
              drained: false,
            },
            {
              ...one,
              executorId: expect.any(String),
              role: 'client',
              version: null,
              inFlight: 0,
              activePartitions: 0,
              inMemoryDepth: 0,
              hasHeard: true,
              drained: true,
            },
          ]),
          totals: { executors: 1, undrained: 1, notHeard: 0, inFlight: 1, lingering: 0, activePartitions: 1, inMemoryDepth: 1 },
        }),
      );
      const error = await app.workflows.swapIfDrained().catch((refused: unknown) => refused);
      expect(error).toBeInstanceOf(NotDrainedError);
      expect(error).toMatchObject({ code: 'NOT_DRAINED', details: { inFlight: 1, inMemoryDepth: 1, undrained: 1 } });
      jobs.open('a');
      await run.returnValue;
      await app.workflows.dispatch();
      await app.workflows.dispatch();
      await drained(app);
      await app.workflows.swapIfDrained();
      expect(await app.workflows.getMaintenanceStatus()).toMatchObject({
        active: true,
        generation: 2,
        lastSwapAt: expect.any(Date),
      });
    }),
  );

  it(
    'of a process whose steps do not end says so, until it is gone',
    withCluster(async (cluster) => {
      const stuck = workflow('stuck', (wf) => wf.step('hang', () => never()));
      const app = await cluster.app([stuck], { ...QUIET, dispatch: 'manual' });
      const run = await app.workflows.start('stuck');
      await app.workflows.dispatch();
      await statusOf(cluster, run.runId, 'RUNNING');
      await app.workflows.enterMaintenance({ mode: 'cancel' });
      const { totals } = await app.workflows.getMaintenanceStatus();
      expect(totals).toMatchObject({ inFlight: 0, lingering: 1, undrained: 1 });
      await expect(app.workflows.swapIfDrained()).rejects.toMatchObject({ code: 'NOT_DRAINED' });
      await cluster.kill(app);
      expect(await app.workflows.swapIfDrained()).toEqual({ generation: 2 });
    }),
  );
});
