// The sweeps that find what is left behind, on the real stores: the rescuer, the watch for lost runs, and what gives runs back or ends them.

import type { ExecutorHost } from '../../lib/dispatch/executor-host.js';
import { HeldRunWatch } from '../../lib/dispatch/held-run-watch.js';
import { LeaseRescuer } from '../../lib/dispatch/lease-rescuer.js';
import { systemClock } from '../../lib/kernel/clock.js';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import type { ClaimedRun } from '../../lib/store/runs/claimed-run.js';
import { type Owner, type StoreRoom, withStores } from './store-room.js';

const NO_PORTS = { rescued: () => undefined, wakeOverlooked: async () => undefined };
const silent = { log() {}, warn() {}, error() {}, debug() {} };

const rescuerOf = (room: StoreRoom, own?: string) => new LeaseRescuer(room.executors, () => own, systemClock, silent, NO_PORTS);

/** Its lease runs out and it is retired; whoever did that is gone before anything was re-queued. */
const retired = async (room: StoreRoom, executor: string) => {
  await room.executors.renew(executor, -1);
  expect(await room.executors.retire(executor, { ifExpired: true })).toBe(true);
};

describe('a sweep', () => {
  it(
    'finishes the rescue that another process began, and goes on with what it had to pass over',
    withStores(async (room) => {
      const executor = await room.executor();
      const [locked] = await room.claimed(executor, 3);
      await retired(room, executor);
      const rescuer = rescuerOf(room);
      const client = await room.schema.pool.connect();
      try {
        await client.query('begin');
        await client.query('select from workflow_status where workflow_id = $1 for update', [locked?.runId]);
        expect(await rescuer.runOnce()).toBe(2);
      } finally {
        await client.query('rollback');
        client.release();
      }
      expect(await rescuer.runOnce()).toBe(1);
      expect(await room.rows('select distinct status from workflow_status')).toEqual([{ status: 'ENQUEUED' }]);
    }),
  );

  it(
    'retires whose lease is over, but not its own process: that one renews, or is told that it was retired',
    withStores(async (room) => {
      const [own, other] = [await room.executor(-1), await room.executor(-1)];
      await rescuerOf(room, own).runOnce();
      expect(await room.rows('select executor_id from executors where alive')).toEqual([{ executor_id: own }]);
      expect(await room.executors.listUncleared()).toEqual([]);
      expect((await room.executors.renew(other, 60_000)).held).toBe(false);
    }),
  );

  it(
    'counts from the last progress on: a run that recorded something once still ends as DEAD',
    withStores(async (room) => {
      await room.enqueue(1, { maxRecoveryAttempts: 2 });
      const counts: number[] = [];
      for (let crash = 0; crash < 3; crash++) {
        const executor = await room.executor();
        const [run] =
          crash < 2
            ? await room.claims.claim(executor, { names: ['w'], queues: null }, 1)
            : await room.claims.claimSuspects(executor, { names: ['w'], queues: null }, 1);
        if (crash === 0) {
          const batch = new FlushBatch();
          batch.add(run as unknown as Owner, 'op', [0, 0, 'step', 's', null, null, 1, 0]);
          await room.flushes.record(executor, batch);
        }
        await retired(room, executor);
        await rescuerOf(room).runOnce();
        counts.push((await room.rows('select recovery_attempts n from workflow_status'))[0].n);
      }
      expect(counts).toEqual([1, 2, 3]);
      expect(await room.rows('select status from workflow_status')).toEqual([{ status: 'DEAD' }]);
    }),
  );
});

describe('the watch for lost runs', () => {
  it(
    'tells those that were cancelled or went elsewhere, and no others',
    withStores(async (room) => {
      const executor = await room.executor();
      const runs = await room.claimed(executor, 3);
      const [cancelled, released, held] = runs as [Owner, Owner, Owner];
      const frames = new Map(
        runs.map((run) => [run.runId, Object.assign(run, { isRunning: true, isHolding: false, order: () => undefined })]),
      );
      const watch = new HeldRunWatch({ session: { frames } } as unknown as ExecutorHost, room.claims);
      await watch.runOnce();
      expect(runs.map((run) => run.lostCalls)).toEqual([0, 0, 0]);
      await room.runs.cancel(cancelled.runId, { error: '{}', ifOverdue: false, actor: 'a', action: 'CANCEL', reason: null });
      await room.claims.release(executor, [released]);
      await watch.runOnce();
      expect([cancelled.lostCalls, released.lostCalls, held.lostCalls]).toEqual([1, 1, 0]);
    }),
  );
});

describe('a release', () => {
  it(
    'gives back what is owned under the token that was seen, not what was claimed since',
    withStores(async (room) => {
      const executor = await room.executor();
      const [seen] = (await room.claimed(executor, 1)) as [Owner];
      expect(await room.claims.release(executor, [seen])).toBe(1);
      const [again] = (await room.claims.claim(executor, { names: ['w'], queues: null }, 1)) as [ClaimedRun];
      expect(again.runId).toBe(seen.runId);
      expect(await room.claims.release(executor, [seen])).toBe(0);
      expect(await room.rows('select status, claim_token from workflow_status')).toEqual([
        { status: 'PENDING', claim_token: again.token },
      ]);
    }),
  );

  it(
    'gives back nothing that is over or asleep by now',
    withStores(async (room) => {
      const executor = await room.executor();
      const seen = await room.claimed(executor, 2);
      const batch = new FlushBatch();
      for (const [i, owner] of seen.entries()) batch.add(owner, 'move', [i === 0 ? 'SUCCESS' : 'WAITING', null, null, 0]);
      await room.flushes.record(executor, batch);
      expect(await room.claims.release(executor, seen)).toBe(0);
      expect(await room.rows('select status from workflow_status order by status')).toEqual([
        { status: 'SUCCESS' },
        { status: 'WAITING' },
      ]);
    }),
  );
});

describe('the end of an overdue run', () => {
  it(
    'looks at the deadline again under the lock',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      await room.rows(`update workflow_status set deadline_at = clock_timestamp() + interval '1 min'`);
      const timeout = { error: '{}', ifOverdue: true, actor: 'system', action: 'TIMEOUT', reason: null } as const;
      expect(await room.runs.cancel(owner.runId, timeout)).toEqual({ status: 'PENDING', changed: false });
      await room.rows(`update workflow_status set deadline_at = clock_timestamp() - interval '1 min'`);
      expect(await room.runs.cancel(owner.runId, timeout)).toEqual({ status: 'CANCELLED', changed: true });
    }),
  );
});
