// A flush is repeated when its answer is lost, or while its first copy is still stuck in the server. Meanwhile a run that the first copy
// has suspended belongs to nobody, and can be claimed or cancelled between two statements of the second.
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { eventually } from '../support/eventually.js';
import { type Owner, type StoreRoom, withStores } from './store-room.js';

const step = (ordinal: number) => [ordinal, ordinal, 'step', 's', null, null, 1, 0];

/** Holds up whoever needs `table`, until `between` is done. */
async function heldUpAt(
  room: StoreRoom,
  table: string,
  blocked: () => Promise<unknown>,
  between: () => Promise<void>,
): Promise<void> {
  const holder = await room.schema.pool.connect();
  try {
    await holder.query(`begin; lock table ${table} in access exclusive mode`);
    const waiting = blocked();
    await eventually(async () => {
      const locks = await room.rows('select from pg_locks where not granted and relation = $1::regclass', [table]);
      expect(locks).toHaveLength(1);
    });
    await between();
    await holder.query('rollback');
    await waiting;
  } finally {
    holder.release();
  }
}

describe('a repeated flush', () => {
  it(
    'does not suspend a run again that its own executor has claimed anew since',
    withStores(async (room) => {
      const me = await room.executor();
      const [waiter, other] = (await room.claimed(me, 2)) as [Owner, Owner];
      const batch = new FlushBatch();
      batch.add(waiter, 'op', step(0));
      batch.add(waiter, 'wait', [1, 'sleep', 'sleep', 0, 0, null]);
      batch.add(waiter, 'move', ['WAITING', null, null, 0]);
      batch.add(other, 'event', [0, 'k', '1']);
      await room.flushes.record(me, batch);
      let claimed: { runId: string; token: string } | undefined;
      await heldUpAt(
        room,
        'workflow_events_history',
        () => room.flushes.record(me, batch),
        async () => {
          [claimed] = await room.claims.claim(me, { names: ['w'], queues: null }, 10);
        },
      );
      expect(claimed?.runId).toBe(waiter.runId);
      expect(
        await room.rows('select status, claimed_by, claim_token from workflow_status where workflow_id = $1', [waiter.runId]),
      ).toEqual([{ status: 'PENDING', claimed_by: me, claim_token: claimed?.token }]);
    }),
  );

  it(
    'does not bring back the wait of a run that was cancelled since',
    withStores(async (room) => {
      const me = await room.executor();
      const [waiter, other] = (await room.claimed(me, 2)) as [Owner, Owner];
      const batch = new FlushBatch();
      batch.add(waiter, 'wait', [0, 'sleep', 'sleep', 0, 60_000, null]);
      batch.add(waiter, 'move', ['WAITING', null, null, 0]);
      batch.add(other, 'op', step(0));
      await room.flushes.record(me, batch);
      await heldUpAt(
        room,
        'operation_outputs',
        () => room.flushes.record(me, batch),
        async () => {
          await room.runs.cancel(waiter.runId, { error: '{}', ifOverdue: false, actor: 'x', action: 'CANCEL', reason: null });
        },
      );
      expect(await room.rows('select * from waits')).toEqual([]);
    }),
  );

  it(
    'that brings back a wait whose outcome is recorded does not make the run wake for it',
    withStores(async (room) => {
      const me = await room.executor();
      const [waiter] = (await room.claimed(me, 1)) as [Owner];
      const recorded = new FlushBatch();
      recorded.add(waiter, 'op', [0, 0, 'sleep', 'sleep', null, null, 1, 0]);
      await room.flushes.record(me, recorded);
      // As if a copy had inserted it in the statement that did not see the record yet.
      await room.rows(
        `insert into waits (workflow_id, ordinal, kind, name, wake_at) values ($1, 0, 'sleep', 'sleep', now() - interval '1 h')`,
        [waiter.runId],
      );
      const suspended = new FlushBatch();
      suspended.add(waiter, 'wait', [1, 'sleep', 'sleep', 0, 60_000, null]);
      suspended.add(waiter, 'move', ['WAITING', null, null, 0]);
      await room.flushes.record(me, suspended);
      expect(await room.rows("select wake_at > now() + interval '50 s' later from workflow_status")).toEqual([{ later: true }]);
    }),
  );
});
