// What is written for a run that has gone to somebody else, or that is over, changes nothing; and what is written twice counts once.
import { randomUUID } from 'node:crypto';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { Owner, type StoreRoom, withStores } from '../engine/store-room.js';

const move = (owner: Owner, status: string, elapsed = 0): FlushBatch => {
  const batch = new FlushBatch();
  batch.add(owner, 'move', [status, null, null, elapsed]);
  return batch;
};

/** The run goes back to the queue and to the same executor again. */
async function reclaimed(room: StoreRoom, executor: string, owner: Owner): Promise<Owner> {
  await room.flushes.record(executor, move(owner, 'ENQUEUED'));
  const [run] = await room.claims.claim(executor, { names: ['w'], queues: null }, 1);
  expect(run?.runId).toBe(owner.runId);
  return new Owner(owner.runId, run?.token ?? '');
}

const cancel = (room: StoreRoom, runId: string) =>
  room.runs.cancel(runId, { error: '{}', ifOverdue: false, actor: 'a', action: 'CANCEL', reason: null });

describe('a write under the token of an earlier claim', () => {
  it.each(['RUNNING', 'SUCCESS'])('changes nothing in any table, also with the status %s', async (status) =>
    withStores(async (room) => {
      const executor = await room.executor();
      const [stale] = (await room.claimed(executor, 1)) as [Owner];
      const owner = await reclaimed(room, executor, stale);
      const living = new FlushBatch();
      living.add(owner, 'wait', [7, 'sleep', 'sleep', 0, 60_000, null]);
      living.add(owner, 'wait', [1, 'sleep', 'sleep', 0, 60_000, null]);
      await room.flushes.record(executor, living);
      await room.messages.insertMany([{ runId: owner.runId, topic: 't', key: 'k', payload: '1' }]);
      const [message] = await room.rows('select message_id from notifications');
      const before = await room.everything();
      const batch = move(stale, status);
      batch.add(stale, 'op', [0, 0, 'step', 's', '1', null, 1, 0]);
      batch.add(stale, 'wait', [2, 'sleep', 'sleep', 0, 60_000, null]);
      batch.add(stale, 'woken', [7]);
      batch.add(stale, 'attempt', [3, 1, 's', '{}', 5]);
      batch.add(stale, 'event', [4, 'key', '1']);
      batch.add(stale, 'chunk', ['log', 0, 5, null, null, 0, 0, false, '1']);
      batch.add(stale, 'taken', [6, message?.message_id ?? null]);
      batch.add(stale, 'again', [2, '[]']);
      batch.add(stale, 'child', [randomUUID(), 'w', 'default', null, 0, null, '[]', null, 50, 0, false]);
      expect((await room.flushes.record(executor, batch)).lost).toEqual([stale.runId]);
      expect(await room.everything()).toEqual(before);
    })(),
  );
});

describe('a write that comes after', () => {
  it(
    'the cancellation of its run is refused',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      await cancel(room, owner.runId);
      const before = await room.everything();
      const batch = move(owner, 'WAITING');
      batch.add(owner, 'wait', [0, 'sleep', 'sleep', 0, 60_000, null]);
      expect((await room.flushes.record(executor, batch)).lost).toEqual([owner.runId]);
      expect(await room.everything()).toEqual(before);
    }),
  );

  it(
    'its run has timed out in the queue or asleep is refused, and leaves no wait',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      const batch = move(owner, 'WAITING');
      batch.add(owner, 'wait', [0, 'sleep', 'sleep', 0, 60_000, null]);
      await room.flushes.record(executor, batch);
      await room.rows(`update workflow_status set deadline_at = clock_timestamp() - interval '1 ms'`);
      expect(await room.runs.expireUnowned('{}', '{}', 10)).toEqual([owner.runId]);
      // Its acknowledgement was lost: it comes again.
      expect((await room.flushes.record(executor, batch)).lost).toEqual([owner.runId]);
      expect(await room.rows('select * from waits')).toEqual([]);
    }),
  );

  it(
    'its run fell asleep, as a copy of RUNNING, does not take it out of its wait',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      const began = move(owner, 'RUNNING');
      await room.flushes.record(executor, began);
      await room.flushes.record(executor, move(owner, 'WAITING'));
      await room.flushes.record(executor, began);
      expect(await room.rows('select status, claimed_by from workflow_status')).toEqual([
        { status: 'WAITING', claimed_by: null },
      ]);
    }),
  );

  it(
    'the end of its run, as a copy of a wait, leaves nothing behind',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      const began = new FlushBatch();
      // Its outcome is never recorded: it loses a race.
      began.add(owner, 'wait', [0, 'sleep', 'sleep', 0, 60_000, null]);
      await room.flushes.record(executor, began);
      await room.flushes.record(executor, move(owner, 'SUCCESS'));
      expect(await room.rows('select * from waits')).toEqual([]);
      await room.flushes.record(executor, began);
      expect(await room.rows('select * from waits')).toEqual([]);
    }),
  );
});

describe('a start', () => {
  const eager = (owner: Owner): FlushBatch => {
    const batch = new FlushBatch();
    batch.add(owner, 'new', [owner.token, 'w', 'default', 0, null, null, null, 50, 1]);
    return batch;
  };
  const fresh = async (room: StoreRoom): Promise<[string, Owner]> => {
    const [id = '', token = ''] = (await room.rows('select gen_random_uuid()::text id, gen_random_uuid()::text token')).flatMap(
      ({ id, token }) => [id, token],
    );
    return [await room.executor(), new Owner(id, token)];
  };

  it(
    'by its own executor that is repeated after a lost acknowledgement makes one run',
    withStores(async (room) => {
      const [executor, owner] = await fresh(room);
      await room.flushes.record(executor, eager(owner));
      const before = await room.everything();
      expect((await room.flushes.record(executor, eager(owner))).lost).toEqual([]);
      expect(await room.everything()).toEqual(before);
    }),
  );

  it(
    'by its own executor that is repeated after the run was cancelled says that it is lost',
    withStores(async (room) => {
      const [executor, owner] = await fresh(room);
      await room.flushes.record(executor, eager(owner));
      await cancel(room, owner.runId);
      expect((await room.flushes.record(executor, eager(owner))).lost).toEqual([owner.runId]);
    }),
  );

  it(
    'into the queue that is repeated after a lost acknowledgement makes one run',
    withStores(async (room) => {
      const [, { runId }] = await fresh(room);
      await room.enqueue(1, { runId });
      const before = await room.everything();
      await room.enqueue(1, { runId });
      expect(await room.everything()).toEqual(before);
    }),
  );
});

describe('a status', () => {
  it(
    'WAITING is written with the time of its nearest wait, those of the same flush included',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      const batch = move(owner, 'WAITING');
      batch.add(owner, 'wait', [0, 'sleep', 'sleep', 0, 90_000, null]);
      batch.add(owner, 'wait', [1, 'sleep', 'sleep', 0, 60_000, null]);
      await room.flushes.record(executor, batch);
      const [row] = await room.rows('select r.wake_at = w.wake_at nearest from workflow_status r, waits w where w.ordinal = 1');
      expect(row).toEqual({ nearest: true });
    }),
  );

  it(
    'RUNNING sets the deadline once: a later owner neither prolongs nor shortens it',
    withStores(async (room) => {
      const executor = await room.executor();
      await room.enqueue(1, { timeoutMs: 60_000 });
      const [run] = await room.claims.claim(executor, { names: ['w'], queues: null }, 1);
      const first = new Owner(run?.runId ?? '', run?.token ?? '');
      const times = async () => (await room.rows('select started_at, deadline_at from workflow_status'))[0];
      await room.flushes.record(executor, move(first, 'RUNNING'));
      const before = await times();
      expect(before.deadline_at).toEqual(expect.any(Date));
      const second = await reclaimed(room, executor, first);
      await room.flushes.record(executor, move(second, 'RUNNING'));
      expect(await times()).toEqual(before);
      // Nor shorten it: whoever counts by a clock of its own may think that the run began earlier.
      await room.flushes.record(executor, move(second, 'RUNNING', 30_000));
      expect(await times()).toEqual(before);
    }),
  );
});
