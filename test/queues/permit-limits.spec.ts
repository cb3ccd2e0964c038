// What else decides who may begin: the limit per process, the rate, a pause, and the way past the queue, which is open only as long as there is
// no limit. And that those who were rescued in vain keep to it all.
import { uuidv4, uuidv7 } from '../../lib/kernel/ids.js';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { QueueStore } from '../../lib/store/queues/queue.store.js';
import { Owner } from '../engine/store-room.js';
import { meet } from '../engine/two-transactions.js';
import { BY, type PermitRoom, SERVED, withPermits } from './permit-room.js';

const due = ({ room }: PermitRoom) =>
  room.rows('update workflow_status set wake_at = now() where wake_at is not null or status = $1', ['WAITING']);

describe('a limit per process', () => {
  it(
    'counts the runs that the process holds already',
    withPermits(async (room) => {
      await room.queue('q', { workerConcurrency: 2 });
      const [first, second] = await room.start('q', null, 3);
      expect(await room.claim(10, { here: { q: 1 } })).toEqual([first]);
      expect(await room.claim(10, { here: { q: 2 } })).toEqual([]);
      expect(await room.claim(10, { here: { q: 1 } })).toEqual([second]);
    }),
  );

  it(
    'holds for runs that come back too: they are claimed with it only, and before new ones',
    withPermits(async (room) => {
      await room.queue('q', { workerConcurrency: 1 });
      const [first] = await room.start('q', null, 2);
      await room.claim();
      await room.move('WAITING', first as string);
      await due(room);
      expect(await room.claimOpen()).toEqual([]);
      expect(await room.claim(10, { here: { q: 1 } })).toEqual([]);
      expect(await room.claim(10)).toEqual([first]);
    }),
  );

  it(
    'holds for runs that were rescued in vain and are tried apart from others',
    withPermits(async (room) => {
      await room.queue('q', { workerConcurrency: 2 });
      await room.queue('r', { workerConcurrency: 1 });
      for (const queue of ['q', 'r', 'default']) await room.start(queue, null, 4);
      await room.claim(10, { here: { r: -3, q: -2 } });
      await room.claimOpen();
      await room.room.rows(
        `update workflow_status set status = 'ENQUEUED', claimed_by = null, permit = true, recovery_attempts = 2`,
      );
      const here = new Map([['r', 1]]);
      expect(await room.room.claims.claimSuspects(room.executor, { names: ['w'], queues: ['r'] }, 100, here)).toEqual([]);
      const claimed = await room.room.claims.claimSuspects(room.executor, SERVED, 100);
      const count = (queue: string) => claimed.filter((run) => run.queue === queue).length;
      expect([count('q'), count('r'), count('default')]).toEqual([2, 1, 4]);
    }),
  );
});

describe('a run that was rescued in vain', () => {
  it(
    'and has given its permit back while it waited needs one as any other',
    withPermits(async (room) => {
      await room.queue('q', { concurrency: 1, releaseWhileWaiting: true });
      const [suspect, next] = await room.start('q', null, 2);
      await room.claim();
      await room.room.rows('update workflow_status set recovery_attempts = 2 where workflow_id = $1', [suspect]);
      await room.move('WAITING', suspect as string);
      expect(await room.claim()).toEqual([next]);
      await due(room);
      await room.claimOpen();
      expect(await room.statusOf(suspect as string)).toBe('ENQUEUED');
      expect(await room.room.claims.claimSuspects(room.executor, SERVED, 10)).toEqual([]);
      await room.end(next as string);
      expect(await room.claim()).toEqual([suspect]);
    }),
  );
});

describe('a rate', () => {
  const periodMs = 60_000;

  it(
    'is on record with the claim, and not earlier than the run was claimed',
    withPermits(async (room) => {
      await room.queue('q', { rateLimit: { limit: 5, periodMs } });
      await room.start('q', null, 3);
      await room.claim();
      const [row] = await room.room.rows(
        `
        select q.rate_taken taken, (select bool_and(r.claimed_at <= q.rate_taken_at[1]) from workflow_status r) "isLater",
          q.rate_taken_at[1] - clock_timestamp() < $1 * interval '0.021 ms' "isSoon"
        from queues q where queue = 'q'`,
        [periodMs],
      );
      expect(row).toEqual({ taken: [3], isLater: true, isSoon: true });
    }),
  );

  it(
    'gives a beginning back when a whole period is over, not sooner',
    withPermits(async (room) => {
      await room.queue('q', { rateLimit: { limit: 2, periodMs } });
      const [, , third] = await room.start('q', null, 3);
      await room.claim();
      const shift = (ms: number) =>
        room.room.rows(`update queues set rate_taken_at = array[clock_timestamp() - $1 * interval '1 ms'] where queue = 'q'`, [
          ms,
        ]);
      await shift(periodMs - 5_000);
      const { claimed, comesBackMs } = await room.claimGated();
      expect([claimed, Math.round((comesBackMs ?? 0) / 1_000)]).toEqual([[], 5]);
      await shift(periodMs);
      expect(await room.claim()).toEqual([third]);
    }),
  );
});

describe('a pause', () => {
  it(
    'that a claim waits for holds for this claim',
    withPermits(async (room) => {
      await room.queue('q', { concurrency: 2 });
      await room.start('q', null, 2);
      const { waited, result } = await meet(
        room.room,
        ({ database }) => new QueueStore(database).change('q', { isPaused: true }, BY),
        () => room.claimGated(10, { waits: true }),
      );
      expect([waited, result.claimed]).toEqual([true, []]);
    }),
  );

  it(
    'of a queue without limits holds for claims that come after it, and comes after those before',
    withPermits(async (room) => {
      const [first] = await room.start('default', null, 2);
      const pause = ({ database }: { database: PermitRoom['room']['database'] }) =>
        new QueueStore(database).change('default', { isPaused: true }, BY);
      const { waited } = await meet(
        room.room,
        async ({ claims }) => expect((await claims.claim(room.executor, SERVED, 1)).map(({ runId }) => runId)).toEqual([first]),
        () => pause(room.room),
      );
      expect(waited).toBe(true);
      expect(await room.claimOpen()).toEqual([]);
    }),
  );

  it(
    'that is about to be made is waited for by a claim past the queue',
    withPermits(async (room) => {
      await room.start('default', null, 2);
      const { waited, result } = await meet(
        room.room,
        ({ database }) => new QueueStore(database).change('default', { isPaused: true }, BY),
        () => room.claimOpen(),
      );
      expect([waited, result]).toEqual([true, []]);
    }),
  );
});

describe('a claim past the queue', () => {
  it(
    'takes nothing of a queue with a limit, and nothing of a partition',
    withPermits(async (room) => {
      await room.queue('limited', { concurrency: 9 });
      await room.queue('rated', { rateLimit: { limit: 9, periodMs: 1_000 } });
      await room.queue('narrow', { workerConcurrency: 9 });
      for (const queue of ['limited', 'rated', 'narrow']) await room.start(queue, null);
      await room.start('default', 'a');
      expect(await room.claimOpen()).toEqual([]);
      expect(await room.claim()).toHaveLength(4);
    }),
  );
});

describe('a start past the queue', () => {
  const eager = (epoch: string) => {
    const owner = new Owner(uuidv7(), uuidv4());
    const batch = new FlushBatch();
    batch.add(owner, 'new', [owner.token, 'w', 'default', 0, null, null, null, 50, epoch]);
    return { owner, batch };
  };
  const inserted = ({ room }: PermitRoom) => room.rows('select permit, status from workflow_status');

  it(
    'has a permit, as any run that has begun',
    withPermits(async (room) => {
      const { batch } = eager((await room.queues.list()).epoch);
      await room.room.flushes.record(room.executor, batch);
      expect(await inserted(room)).toEqual([{ permit: true, status: 'PENDING' }]);
    }),
  );

  it(
    'is refused when the process does not know the queues as they are',
    withPermits(async (room) => {
      const { owner, batch } = eager((await room.queues.list()).epoch);
      await room.queues.change('default', { settings: { concurrency: 1 } }, BY);
      const { lost } = await room.room.flushes.record(room.executor, batch);
      expect([lost, await inserted(room)]).toEqual([[owner.runId], []]);
    }),
  );

  it(
    'waits for a change of the queues that is under way, and is refused',
    withPermits(async (room) => {
      const { owner, batch } = eager((await room.queues.list()).epoch);
      const { waited, result } = await meet(
        room.room,
        ({ database }) => new QueueStore(database).change('default', { settings: { concurrency: 1 } }, BY),
        () => room.room.flushes.record(room.executor, batch),
      );
      expect([waited, result.lost, await inserted(room)]).toEqual([true, [owner.runId], []]);
    }),
  );

  it(
    'that was under way when the queue got its limit is counted: the change waits for it',
    withPermits(async (room) => {
      const { batch } = eager((await room.queues.list()).epoch);
      const { waited } = await meet(
        room.room,
        (stores) => stores.flushes.record(room.executor, batch),
        () => room.queues.change('default', { settings: { concurrency: 1 } }, BY),
      );
      await room.start('default', null);
      expect([waited, await room.claim()]).toEqual([true, []]);
    }),
  );
});

describe('a claim of runs that need a permit', () => {
  it(
    'takes nothing for an executor that is retired, and waits for a retirement under way',
    withPermits(async (room) => {
      await room.queue('q', { concurrency: 2 });
      await room.start('q', null, 2);
      const { waited, result } = await meet(
        room.room,
        ({ executors }) => executors.retire(room.executor, { ifExpired: false }),
        () => room.claim(),
      );
      expect([waited, result]).toEqual([true, []]);
    }),
  );
});
