// When a permit is given back, and when not: by the end of a run, by its wait where the queue says so, by whoever cancels it or rescues it for
// the last time, and by its owner's death. Whoever gives back one of a partition rings its bell in the same commit.
import { meet, storesOn, untilBlocked } from '../engine/two-transactions.js';
import { CANCELLATION, type PermitRoom, withPermits } from './permit-room.js';

const cancel = ({ room }: PermitRoom, runId: string) => room.runs.cancel(runId, CANCELLATION);

/** Has begun, in a partition of that queue; its bells are read. */
const begun = async (room: PermitRoom, queue = 'default') => {
  const run = await room.startOne(queue, 'a');
  expect(await room.claim()).toEqual([run]);
  await room.takeBells();
  return run;
};

describe('a run that is over', () => {
  it.each(['SUCCESS', 'ERROR', 'CANCELLED'])('as %s has given its permit back, and rung the bell of its partition', (status) =>
    withPermits(async (room) => {
      const run = await begun(room);
      await room.move(status, run);
      expect([await room.hasPermit(run), await room.takeBells()]).toEqual([false, ['a -']]);
    })(),
  );

  it(
    'while a step body of it still runs keeps its permit until its owner has let go',
    withPermits(async (room) => {
      const run = await begun(room);
      await room.move('SUCCESS', run, { busy: true });
      expect([await room.hasPermit(run), await room.takeBells()]).toEqual([true, []]);
      await room.room.claims.letGo(room.executor, [run]);
      expect([await room.hasPermit(run), await room.takeBells()]).toEqual([false, ['a -']]);
      // Repeated, after a lost answer.
      await room.room.claims.letGo(room.executor, [run]);
      expect(await room.takeBells()).toEqual([]);
    }),
  );

  it(
    'because its time was over while nobody executed it has given its permit back, and rung the bell',
    withPermits(async (room) => {
      const run = await begun(room);
      await room.move('WAITING', run);
      await room.room.rows(`update workflow_status set deadline_at = now() - interval '1 s'`);
      expect(await room.room.runs.expireUnowned('{}', '{}', 10)).toEqual([run]);
      expect([await room.hasPermit(run), await room.takeBells()]).toEqual([false, ['a -']]);
    }),
  );

  it(
    'because it was rescued too often has given its permit back, and rung the bell',
    withPermits(async (room) => {
      const run = await room.startOne('default', 'a', { maxRecoveryAttempts: 0 });
      await room.claim();
      await room.takeBells();
      await room.rescue();
      expect(await room.statusOf(run)).toBe('DEAD');
      expect([await room.hasPermit(run), await room.takeBells()]).toEqual([false, ['a -']]);
    }),
  );
});

describe('a run that is not over', () => {
  it(
    'keeps its permit while it waits, and goes on without asking for another',
    withPermits(async (room) => {
      await room.queue('q', { concurrency: 1 });
      const [run] = await room.start('q', 'a', 2);
      await room.claim();
      await room.takeBells();
      await room.move('WAITING', run as string);
      expect([await room.hasPermit(run as string), await room.takeBells(), await room.claim()]).toEqual([true, [], []]);
      await room.room.rows(`update workflow_status set wake_at = now() where status = 'WAITING'`);
      expect(await room.claimOpen()).toEqual([run]);
    }),
  );

  it(
    'gives it back while it waits where its queue says so, and is in line again when it is due',
    withPermits(async (room) => {
      await room.queue('q', { concurrency: 1, releaseWhileWaiting: true });
      const [sleeper, next] = await room.start('q', 'a', 2);
      expect(await room.claim()).toEqual([sleeper]);
      await room.takeBells();
      await room.move('WAITING', sleeper as string);
      expect([await room.hasPermit(sleeper as string), await room.takeBells()]).toEqual([false, ['a -']]);
      await room.ring('q', 'a', null);
      expect(await room.claim()).toEqual([next]);
      await room.room.rows(`update workflow_status set wake_at = now() where status = 'WAITING'`);
      expect(await room.claimOpen()).toEqual([]);
      expect([await room.statusOf(sleeper as string), await room.takeBells()]).toEqual(['ENQUEUED', ['a w']]);
      await room.ring('q', 'a', 'w');
      expect(await room.claim()).toEqual([]);
      await room.end(next as string);
      expect(await room.claim()).toEqual([sleeper]);
    }),
  );

  it(
    'keeps it when it is rescued, and counts as one that has it',
    withPermits(async (room) => {
      await room.queue('q', { concurrency: 1 });
      const [run] = await room.start('q', 'a', 2);
      await room.claim();
      await room.takeBells();
      await room.rescue();
      room.executor = await room.room.executor();
      expect([await room.hasPermit(run as string), await room.takeBells(), await room.claim()]).toEqual([true, [], []]);
      expect(await room.claimOpen()).toEqual([run]);
    }),
  );

  it(
    'keeps it when it is continued as new, or released by a process that shuts down',
    withPermits(async (room) => {
      const run = await begun(room);
      await room.move('ENQUEUED', run);
      expect([await room.hasPermit(run), await room.takeBells()]).toEqual([true, []]);
    }),
  );
});

describe('whoever lets go', () => {
  it(
    'gives back nothing of a run that is not over, or that is another executor’s',
    withPermits(async (room) => {
      const { claims } = room.room;
      const run = await begun(room);
      await claims.letGo(room.executor, [run]);
      expect(await room.hasPermit(run)).toBe(true);
      await cancel(room, run);
      await claims.letGo(await room.room.executor(), [run]);
      expect([await room.hasPermit(run), await room.takeBells()]).toEqual([true, []]);
      expect(await claims.listHeldBack(room.executor)).toEqual([run]);
    }),
  );
});

describe('a cancellation', () => {
  it(
    'of a run that an executor runs leaves the permit until that has let go',
    withPermits(async (room) => {
      const run = await begun(room);
      await cancel(room, run);
      expect([await room.statusOf(run), await room.hasPermit(run), await room.takeBells()]).toEqual(['CANCELLED', true, []]);
      await room.room.claims.letGo(room.executor, [run]);
      expect([await room.hasPermit(run), await room.takeBells()]).toEqual([false, ['a -']]);
    }),
  );

  it.each(['waits', 'was rescued'])('of a run that %s gives its permit back at once, and rings the bell', (state) =>
    withPermits(async (room) => {
      const run = await begun(room);
      if (state === 'waits') await room.move('WAITING', run);
      else await room.rescue();
      await cancel(room, run);
      expect([await room.hasPermit(run), await room.takeBells()]).toEqual([false, ['a -']]);
    })(),
  );

  it(
    'that waited while its run was suspended gives the permit back: nobody is there who could let go',
    withPermits(async (room) => {
      const run = await room.startOne('default', 'a');
      await room.claim();
      const owner = await room.ownerOf(run);
      await room.takeBells();
      const { waited } = await meet(
        room.room,
        ({ flushes }) => flushes.record(room.executor, room.batch(owner, ['WAITING', null, null, 0, false])),
        () => cancel(room, run),
      );
      expect(waited).toBe(true);
      expect(await room.statusOf(run)).toBe('CANCELLED');
      expect(await room.hasPermit(run)).toBe(false);
      expect(await room.takeBells()).toEqual(['a -']);
    }),
  );

  it(
    'that waited while its run was rescued gives the permit back',
    withPermits(async (room) => {
      const run = await room.startOne('default', 'a');
      await room.claim();
      await room.takeBells();
      await meet(
        room.room,
        async ({ executors }) => {
          await executors.retire(room.executor, { ifExpired: false });
          await executors.requeueRuns(room.executor, 10, '{}');
        },
        () => cancel(room, run),
      );
      expect(await room.statusOf(run)).toBe('CANCELLED');
      expect(await room.hasPermit(run)).toBe(false);
      expect(await room.takeBells()).toEqual(['a -']);
    }),
  );
});

describe('the death of an executor', () => {
  it(
    'gives back the permits of runs that were cancelled while it ran them, also of one that is cancelled meanwhile',
    withPermits(async (room) => {
      const { executors } = room.room;
      await room.queue('q', { concurrency: 2 });
      const [before, meanwhile] = (await room.start('q', null, 2)) as [string, string];
      await room.claim();
      await cancel(room, before);
      expect(await room.hasPermit(before)).toBe(true);
      await executors.retire(room.executor, { ifExpired: false });
      const [canceller, holdUp] = await Promise.all([room.room.schema.pool.connect(), room.room.schema.pool.connect()]);
      try {
        await canceller.query('begin');
        await storesOn(canceller, room.room).runs.cancel(meanwhile, CANCELLATION);
        // It is passed over, and the other one holds up whoever clears, after the look at what there is to let go.
        await executors.requeueRuns(room.executor, 10, '{}');
        await holdUp.query('begin');
        await holdUp.query('select from workflow_status where workflow_id = $1 for update', [before]);
        const clearing = executors.clear(room.executor);
        await untilBlocked(room.room, clearing);
        await canceller.query('commit');
        await holdUp.query('commit');
        await clearing;
      } finally {
        for (const client of [canceller, holdUp]) {
          await client.query('rollback');
          client.release();
        }
      }
      // The next sweeps.
      for (const executor of await executors.listUncleared()) await executors.clear(executor);
      expect([await room.hasPermit(before), await room.hasPermit(meanwhile)]).toEqual([false, false]);
      expect(await executors.listUncleared()).toEqual([]);
    }),
  );
});
