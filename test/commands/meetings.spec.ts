// A command meets what the run's executor, or its rescuer, writes about it at the same time: whichever comes first, the command is followed,
// once, and has an outcome. On the stores; see migrations/0008-commands.ts.
import { uuidv4 } from '../../lib/kernel/ids.js';
import { CommandStore } from '../../lib/store/commands/command.store.js';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { Owner, type StoreRoom, withStores } from '../engine/store-room.js';
import { meet } from '../engine/two-transactions.js';

const STOP_ERROR = '{"name":"RunStoppedError","message":"stopped"}';

const send = (room: StoreRoom, { runId }: Pick<Owner, 'runId'>, command: string, key = uuidv4()) =>
  new CommandStore(room.database).insert({
    runId,
    command,
    actor: 'ann',
    reason: null,
    requestId: null,
    data: null,
    stopError: STOP_ERROR,
    stopLimitMs: null,
    anew: false,
    key,
  });
const moves = (owner: Owner, status: string, batch = new FlushBatch()): FlushBatch => {
  batch.add(owner, 'move', [status, null, null, 0, false]);
  return batch;
};
const stops = (owner: Owner, ordinal = 3, seq = 2, batch = new FlushBatch()): FlushBatch => {
  batch.add(owner, 'stop', [ordinal, seq, STOP_ERROR, null]);
  return batch;
};
const rowOf = async (room: StoreRoom, { runId }: Owner) => {
  const [row] = await room.rows(
    `select status, command ->> 'name' pending, stop, claimed_by is null unowned, held_at is not null held,
            coalesce(wake_at <= clock_timestamp(), false) due, permit, commands_pending open
     from workflow_status where workflow_id = $1`,
    [runId],
  );
  return row;
};
const outcomes = async (room: StoreRoom, { runId }: Owner) =>
  (await room.rows('select command, outcome from commands where workflow_id = $1 order by command_id', [runId])).map(
    ({ command, outcome }) => [command, outcome],
  );
const begun = async (room: StoreRoom): Promise<{ me: string; owner: Owner }> => {
  const me = await room.executor();
  const [owner] = (await room.claimed(me, 1)) as [Owner];
  await room.flushes.record(me, moves(owner, 'RUNNING'));
  return { me, owner };
};

describe('a HOLD that is pending', () => {
  it.each(['WAITING', 'ENQUEUED', 'HELD'])('holds the run when its executor writes %s', (status) =>
    withStores(async (room) => {
      const { me, owner } = await begun(room);
      expect(await send(room, owner, 'HOLD')).toMatchObject({ outcome: null, state: 'RUNNING' });
      await room.flushes.record(me, moves(owner, status));
      expect(await rowOf(room, owner)).toMatchObject({
        status: 'HELD',
        unowned: true,
        held: true,
        pending: null,
        open: false,
        permit: true,
      });
      expect(await outcomes(room, owner)).toEqual([['HOLD', 'APPLIED']]);
    })(),
  );

  it(
    'holds the run when its executor dies: it is not claimed again',
    withStores(async (room) => {
      const { me, owner } = await begun(room);
      await send(room, owner, 'HOLD');
      await room.executors.retire(me, { ifExpired: false });
      await room.executors.requeueRuns(me, 10, '{}');
      expect(await rowOf(room, owner)).toMatchObject({ status: 'HELD', unowned: true, held: true, pending: null });
      expect(await outcomes(room, owner)).toEqual([['HOLD', 'APPLIED']]);
      expect(await room.claims.claim(await room.executor(), { names: ['w'], queues: null }, 1)).toEqual([]);
    }),
  );

  it(
    'holds the run when a claim whose answer was lost gives it back',
    withStores(async (room) => {
      const { me, owner } = await begun(room);
      await send(room, owner, 'HOLD');
      await room.claims.release(me, [owner]);
      expect(await rowOf(room, owner)).toMatchObject({ status: 'HELD', unowned: true, held: true, pending: null });
      expect(await outcomes(room, owner)).toEqual([['HOLD', 'APPLIED']]);
    }),
  );

  it.each([
    ['RESUME', 'SUPERSEDED', null],
    ['STOP', 'SUPERSEDED', 'STOP'],
  ])('and %s is overtaken by: the run that its executor holds goes back to its queue, due at once', (command, outcome, pending) =>
    withStores(async (room) => {
      const { me, owner } = await begun(room);
      await send(room, owner, 'HOLD');
      await send(room, owner, command);
      const { foundDue } = await room.flushes.record(me, moves(owner, 'HELD'));
      expect(foundDue).toBe(true);
      expect(await rowOf(room, owner)).toMatchObject({ status: 'ENQUEUED', due: true, held: false, pending });
      expect((await outcomes(room, owner))[0]).toEqual(['HOLD', outcome]);
    })(),
  );

  it(
    'waits for the flush that suspends the run, and then applies at once',
    withStores(async (room) => {
      const { me, owner } = await begun(room);
      const { waited, result } = await meet(
        room,
        ({ flushes }) => flushes.record(me, moves(owner, 'WAITING')),
        () => send(room, owner, 'HOLD'),
      );
      expect({ waited, result }).toMatchObject({ waited: true, result: { outcome: 'APPLIED', state: 'WAITING' } });
      expect(await rowOf(room, owner)).toMatchObject({ status: 'HELD', held: true });
    }),
  );

  it(
    'is seen by the flush that waited for it',
    withStores(async (room) => {
      const { me, owner } = await begun(room);
      const { waited } = await meet(
        room,
        (stores) => send(stores, owner, 'HOLD'),
        () => room.flushes.record(me, moves(owner, 'WAITING')),
      );
      expect(waited).toBe(true);
      expect(await rowOf(room, owner)).toMatchObject({ status: 'HELD', held: true });
    }),
  );
});

describe('a STOP that is pending', () => {
  it(
    'makes the run due when its executor unloads it, and tells that executor so',
    withStores(async (room) => {
      const { me, owner } = await begun(room);
      await send(room, owner, 'STOP');
      const { foundDue } = await room.flushes.record(me, moves(owner, 'WAITING'));
      expect(foundDue).toBe(true);
      expect(await rowOf(room, owner)).toMatchObject({ status: 'WAITING', due: true, pending: 'STOP' });
      const [claimed] = await room.claims.claim(me, { names: ['w'], queues: null }, 1);
      expect(claimed?.command).toEqual({ name: 'STOP', error: STOP_ERROR, limit: null });
    }),
  );

  it(
    'is applied by its executor once, however often the flush is repeated; from then on the run is STOPPING',
    withStores(async (room) => {
      const { me, owner } = await begun(room);
      await send(room, owner, 'STOP');
      await room.flushes.record(me, stops(owner, 3, 2));
      await room.flushes.record(me, stops(owner, 9, 9));
      await room.flushes.record(me, moves(owner, 'RUNNING'));
      expect(await rowOf(room, owner)).toMatchObject({
        status: 'STOPPING',
        pending: null,
        open: false,
        stop: { ordinal: 3, seq: 2 },
      });
      expect(await outcomes(room, owner)).toEqual([['STOP', 'APPLIED']]);
    }),
  );

  it(
    'is not applied by an executor that has lost the run',
    withStores(async (room) => {
      const { me, owner } = await begun(room);
      await send(room, owner, 'STOP');
      const { lost } = await room.flushes.record(me, stops(new Owner(owner.runId, uuidv4())));
      expect(lost).toEqual([owner.runId]);
      expect(await rowOf(room, owner)).toMatchObject({ status: 'RUNNING', pending: 'STOP', stop: null });
    }),
  );

  it(
    'survives the death of its executor, before it is applied and after',
    withStores(async (room) => {
      for (const isApplied of [false, true]) {
        const { me, owner } = await begun(room);
        await send(room, owner, 'STOP');
        if (isApplied) await room.flushes.record(me, stops(owner));
        await room.executors.retire(me, { ifExpired: false });
        await room.executors.requeueRuns(me, 10, '{}');
        const [claimed] = await room.claims.claim(await room.executor(), { names: ['w'], queues: null }, 1);
        expect(claimed?.runId).toBe(owner.runId);
        expect(claimed?.command?.name).toBe(isApplied ? undefined : 'STOP');
        expect(claimed?.stop?.ordinal).toBe(isApplied ? 3 : undefined);
      }
    }),
  );
});

describe('what ends a run', () => {
  it.each(['HOLD', 'STOP'])('settles a pending %s: it has expired', (command) =>
    withStores(async (room) => {
      const { me, owner } = await begun(room);
      await send(room, owner, command);
      await room.flushes.record(me, moves(owner, 'SUCCESS'));
      expect(await rowOf(room, owner)).toMatchObject({ status: 'SUCCESS', pending: null, open: false });
      expect(await outcomes(room, owner)).toEqual([[command, 'EXPIRED']]);
    })(),
  );

  it(
    'settles it too where it is a cancel, the rescue that is one too many, or a timeout',
    withStores(async (room) => {
      const cancelled = await begun(room);
      await send(room, cancelled.owner, 'STOP');
      await room.runs.cancel(cancelled.owner.runId, {
        error: '{}',
        ifOverdue: false,
        actor: 'a',
        action: 'CANCEL',
        reason: null,
      });
      expect(await outcomes(room, cancelled.owner)).toEqual([['STOP', 'EXPIRED']]);

      const dead = await begun(room);
      await send(room, dead.owner, 'STOP');
      await room.rows('update workflow_status set max_recovery_attempts = 0 where workflow_id = $1', [dead.owner.runId]);
      await room.rows(`update executor_leases set lease_expires_at = now() - interval '1 s' where executor_id = $1`, [dead.me]);
      await room.executors.retire(dead.me, { ifExpired: true });
      await room.executors.requeueRuns(dead.me, 10, '{}');
      expect(await rowOf(room, dead.owner)).toMatchObject({ status: 'DEAD', pending: null, open: false });
      expect(await outcomes(room, dead.owner)).toEqual([['STOP', 'EXPIRED']]);

      const overdue = await begun(room);
      await send(room, overdue.owner, 'STOP');
      await room.flushes.record(overdue.me, moves(overdue.owner, 'WAITING'));
      await room.rows(`update workflow_status set deadline_at = now() - interval '1 s' where workflow_id = $1`, [
        overdue.owner.runId,
      ]);
      expect(await room.runs.expireUnowned('{}', '{}', 10)).toEqual([overdue.owner.runId]);
      expect(await outcomes(room, overdue.owner)).toEqual([['STOP', 'EXPIRED']]);
    }),
  );
});

it(
  'a command whose answer was lost is repeated without being another one',
  withStores(async (room) => {
    const { owner } = await begun(room);
    const key = uuidv4();
    const first = await send(room, owner, 'HOLD', key);
    expect(await send(room, owner, 'HOLD', key)).toEqual(first);
    expect(await outcomes(room, owner)).toEqual([['HOLD', null]]);
    expect(await room.rows('select 1 from audit_log')).toHaveLength(1);
  }),
);

it(
  'a timeout of a run that is held is not looked for, however late it is',
  withStores(async (room) => {
    const { me, owner } = await begun(room);
    await room.flushes.record(me, moves(owner, 'WAITING'));
    await send(room, owner, 'HOLD');
    await room.rows(`update workflow_status set deadline_at = now() - interval '1 h' where workflow_id = $1`, [owner.runId]);
    expect(await room.runs.expireUnowned('{}', '{}', 10)).toEqual([]);
    await room.rows(`update workflow_status set held_at = held_at - interval '2 h' where workflow_id = $1`, [owner.runId]);
    await send(room, owner, 'RESUME');
    expect(await room.runs.expireUnowned('{}', '{}', 10)).toEqual([]);
  }),
);
