// Two transactions that meet at an executor's fence, or at a row: the one that comes second waits, and sees what the first has done. In each
// test the first is held open until the second waits or is through.
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { type Owner, type StoreRoom, withStores } from './store-room.js';
import { meet as meetIn, storesOn, untilBlocked } from './two-transactions.js';

/** An error of the second is told by its code. */
const meet = <T>(room: StoreRoom, first: (stores: StoreRoom) => Promise<unknown>, second: () => Promise<T>) =>
  meetIn<T | string>(room, first, () => second().catch((error) => error.code as string));

const outcome = (owner: Owner): FlushBatch => {
  const batch = new FlushBatch();
  batch.add(owner, 'op', [0, 0, 'step', 's', '1', null, 1, 0]);
  return batch;
};

const cancellation = { error: '{}', ifOverdue: false, actor: 'a', action: 'CANCEL', reason: null } as const;

const claimedBy = async (room: StoreRoom) => {
  const executor = await room.executor();
  const [owner] = (await room.claimed(executor, 1)) as [Owner];
  return { executor, owner };
};

describe('a flush', () => {
  it(
    'that meets the retirement of its executor waits for it, and is refused',
    withStores(async (room) => {
      const { executor, owner } = await claimedBy(room);
      const { result } = await meet(
        room,
        ({ executors }) => executors.retire(executor, { ifExpired: false }),
        () => room.flushes.record(executor, outcome(owner)),
      );
      expect(result).toBe('WF001');
      expect(await room.rows('select * from operation_outputs')).toEqual([]);
    }),
  );

  it(
    'that meets the cancellation of its run waits for it, and is refused for that run',
    withStores(async (room) => {
      const { executor, owner } = await claimedBy(room);
      const { result } = await meet(
        room,
        ({ runs }) => runs.cancel(owner.runId, cancellation),
        () => room.flushes.record(executor, outcome(owner)),
      );
      expect(result).toMatchObject({ lost: [owner.runId] });
      expect(await room.rows('select * from operation_outputs')).toEqual([]);
    }),
  );
});

describe('a repeated flush', () => {
  it(
    'that meets the next owner does not bring back the wait that this one ends',
    withStores(async (room) => {
      const [before, after] = [await room.executor(), await room.executor()];
      const [sleeper, other] = (await room.claimed(before, 2)) as [Owner, Owner];
      const batch = outcome(other);
      batch.add(sleeper, 'wait', [0, 'sleep', 'sleep', 0, 0, null]);
      batch.add(sleeper, 'move', ['WAITING', null, null, 0]);
      const first = await room.schema.pool.connect();
      const next = await room.schema.pool.connect();
      try {
        // The first copy has written all of it, but for one row that holds up the second, after it has looked at the tokens.
        await room.flushes.record(before, batch);
        await first.query('begin');
        await first.query('delete from operation_outputs');
        const repeated = room.flushes.record(before, batch);
        await untilBlocked(room);
        const [claimed] = await room.claims.claim(after, { names: ['w'], queues: null }, 1);
        const woken = new FlushBatch();
        const owner = { ...sleeper, token: claimed?.token ?? '' } as Owner;
        woken.add(owner, 'op', [0, 0, 'sleep', 'sleep', null, null, 1, 0]);
        woken.add(owner, 'woken', [0]);
        await next.query('begin');
        await storesOn(next, room).flushes.record(after, woken);
        await first.query('rollback');
        await untilBlocked(room, repeated);
        await next.query('commit');
        await repeated;
      } finally {
        for (const client of [first, next]) {
          await client.query('rollback');
          client.release();
        }
      }
      expect(await room.rows('select * from waits')).toEqual([]);
    }),
  );
});

describe('a claim', () => {
  it(
    'that meets the retirement of its executor waits for it, and takes nothing',
    withStores(async (room) => {
      const executor = await room.executor();
      await room.enqueue(1);
      const { result } = await meet(
        room,
        ({ executors }) => executors.retire(executor, { ifExpired: false }),
        () => room.claims.claim(executor, { names: ['w'], queues: null }, 10),
      );
      expect(result).toEqual([]);
      expect(await room.rows('select status from workflow_status')).toEqual([{ status: 'ENQUEUED' }]);
    }),
  );

  it(
    'that meets another one takes nothing of what the other has taken',
    withStores(async (room) => {
      const [first, second] = [await room.executor(), await room.executor()];
      await room.enqueue(1);
      const { result } = await meet(
        room,
        ({ claims }) => claims.claim(first, { names: ['w'], queues: null }, 10),
        () => room.claims.claim(second, { names: ['w'], queues: null }, 10),
      );
      expect(result).toEqual([]);
      expect(await room.rows('select claimed_by from workflow_status')).toEqual([{ claimed_by: first }]);
    }),
  );
});

describe('what changes the owner of a run', () => {
  it(
    'waits for a flush under way: a retirement',
    withStores(async (room) => {
      const { executor, owner } = await claimedBy(room);
      const met = await meet(
        room,
        ({ flushes }) => flushes.record(executor, outcome(owner)),
        () => room.executors.retire(executor, { ifExpired: false }),
      );
      expect(met).toEqual({ waited: true, result: true });
    }),
  );

  it(
    'waits for a flush under way: a cancellation',
    withStores(async (room) => {
      const { executor, owner } = await claimedBy(room);
      const met = await meet(
        room,
        ({ flushes }) => flushes.record(executor, outcome(owner)),
        () => room.runs.cancel(owner.runId, cancellation),
      );
      expect(met).toEqual({ waited: true, result: { status: 'CANCELLED', changed: true } });
    }),
  );

  it(
    'waits for a flush under way: a release',
    withStores(async (room) => {
      const { executor, owner } = await claimedBy(room);
      const met = await meet(
        room,
        ({ flushes }) => flushes.record(executor, outcome(owner)),
        () => room.claims.release(executor, [owner]),
      );
      expect(met).toEqual({ waited: true, result: 1 });
    }),
  );

  it(
    'asks again when the owner has changed since it looked: a cancellation that meets a claim',
    withStores(async (room) => {
      const executor = await room.executor();
      const [runId = ''] = await room.enqueue(1);
      const { result } = await meet(
        room,
        ({ claims }) => claims.claim(executor, { names: ['w'], queues: null }, 1),
        () => room.runs.cancel(runId, cancellation),
      );
      // The fence of the new owner was not taken: only who asks again may cancel.
      expect(result).toBe('40001');
      expect(await room.rows('select status from workflow_status')).toEqual([{ status: 'PENDING' }]);
    }),
  );
});

describe('a retirement for an expired lease', () => {
  it(
    'that meets a renewal waits for it, and spares the executor',
    withStores(async (room) => {
      const executor = await room.executor(-1);
      const { result } = await meet(
        room,
        ({ executors }) => executors.renew(executor, 60_000),
        () => room.executors.retire(executor, { ifExpired: true }),
      );
      expect(result).toBe(false);
      expect(await room.rows('select alive from executors')).toEqual([{ alive: true }]);
    }),
  );
});
