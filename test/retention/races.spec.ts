// What meets a sweep: late flushes, operators, starts, messages, other sweeps. In each test one side is held up where it hurts most.
import { systemClock } from '../../lib/kernel/clock.js';
import { NO_RETENTION } from '../../lib/model/retention.js';
import { RetentionConfig } from '../../lib/operations/retention/retention-config.js';
import { RetentionKeeper } from '../../lib/operations/retention/retention-keeper.js';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { RetentionStore } from '../../lib/store/retention/retention.store.js';
import { RetentionConfigStore } from '../../lib/store/retention/retention-config.store.js';
import { type Owner, type StoreRoom, withStores } from '../engine/store-room.js';
import { eventually } from '../support/eventually.js';

const silent = { log() {}, warn() {}, error() {}, debug() {} };
const BY = { actor: 'ann', reason: null, requestId: null };
const SWEEP = '00000000-0000-4000-8000-000000000001';

function retentionOf(room: StoreRoom) {
  const store = new RetentionStore(room.database);
  const configs = new RetentionConfigStore(room.database);
  const config = new RetentionConfig(configs, undefined);
  const keeper = new RetentionKeeper({ store, configs, config, ended: () => undefined }, 300_000, systemClock, silent);
  const apply = (limits: { afterMs?: number; maxRows?: number }) =>
    keeper.apply({ by: BY, settingsOf: () => ({ ...NO_RETENTION, ...limits }) });
  /** Step 3 of a sweep that has condemned these runs. */
  const turn = async () => {
    const { revision } = await configs.find();
    return { sweep: SWEEP, revision, ...BY };
  };
  const condemn = async (runIds: string[]) => {
    if (!(await configs.claimSweep(SWEEP, { ifDue: false }))) throw new Error('another sweep is under way');
    const condemned = await store.condemn(await turn(), runIds);
    for (const executor of await store.listFences()) await store.passFence(executor);
    return condemned.runIds;
  };
  const finish = async (runIds: string[]) => store.deleteCondemned(await turn(), runIds, 1_000, 'after');
  return { store, configs, apply, condemn, finish };
}

/** Writes something into each table that a flush writes to, and ends the run. */
function ending(owner: Owner, other: Owner): FlushBatch {
  const batch = new FlushBatch();
  batch.add(other, 'op', [0, 0, 'step', 's', '1', null, 1, 0, null]);
  batch.add(owner, 'op', [0, 0, 'step', 's', '1', null, 1, 0, null]);
  batch.add(owner, 'attempt', [0, 1, 's', '{}', 0]);
  batch.add(owner, 'event', [1, 'phase', '1']);
  batch.add(owner, 'chunk', ['log', 0, null, null, null, 0, 1, false, '1', null]);
  batch.add(owner, 'move', ['SUCCESS', '1', null, 0]);
  return batch;
}

const orphansOf = async (room: StoreRoom) => {
  const tables = ['operation_outputs', 'operation_attempts', 'waits', 'workflow_events', 'workflow_events_history', 'streams'];
  const rows = await room.rows(
    tables
      .map(
        (table) =>
          `select '${table}' as name from ${table} t where t.workflow_id not in (select workflow_id from workflow_status)`,
      )
      .join(' union all '),
  );
  return rows.map(({ name }) => name);
};

const blocked = async (room: StoreRoom) =>
  (
    await room.rows(`select 1 from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`, [
      room.schema.schema,
    ])
  ).length;

/** The second copy of a flush has looked at the tokens and waits; then `meanwhile` begins, and the flush goes on when that waits or is done. */
async function heldUp(
  room: StoreRoom,
  other: Owner,
  flush: () => Promise<unknown>,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const client = await room.schema.pool.connect();
  try {
    await client.query('begin');
    await client.query('delete from operation_outputs where workflow_id = $1', [other.runId]);
    const flushed = flush();
    await eventually(async () => expect(await blocked(room)).toBe(1));
    let isDone = false;
    const done = meanwhile().finally(() => {
      isDone = true;
    });
    await eventually(async () => expect(isDone || (await blocked(room)) > 1).toBe(true));
    await client.query('rollback');
    await Promise.all([flushed, done]);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

describe('a late copy of a flush', () => {
  it(
    'that has looked at the token before the run was condemned is waited for: nothing of it is left',
    withStores(async (room) => {
      const { apply } = retentionOf(room);
      const me = await room.executor();
      const [owner, other] = (await room.claimed(me, 2)) as [Owner, Owner];
      const batch = ending(owner, other);
      await room.flushes.record(me, batch);
      await heldUp(
        room,
        other,
        () => room.flushes.record(me, batch),
        () => apply({ afterMs: 0 }),
      );
      expect(await room.rows('select workflow_id from workflow_status')).toEqual([{ workflow_id: other.runId }]);
      expect(await orphansOf(room)).toEqual([]);
    }),
  );

  it(
    'that begins after the run was condemned is refused for it, though it is still there',
    withStores(async (room) => {
      const { condemn, finish } = retentionOf(room);
      const me = await room.executor();
      const [owner, other] = (await room.claimed(me, 2)) as [Owner, Owner];
      const batch = ending(owner, other);
      await room.flushes.record(me, batch);
      expect(await condemn([owner.runId, other.runId])).toEqual([owner.runId]);
      await heldUp(
        room,
        other,
        async () => expect(await room.flushes.record(me, batch)).toMatchObject({ lost: [owner.runId] }),
        async () => expect((await finish([owner.runId])).deleted).toEqual(new Map([['w', 1]])),
      );
      expect(await orphansOf(room)).toEqual([]);
    }),
  );

  it(
    'that begins after the run was deleted is refused for it, and changes nothing',
    withStores(async (room) => {
      const { apply } = retentionOf(room);
      const me = await room.executor();
      const [owner, other] = (await room.claimed(me, 2)) as [Owner, Owner];
      const batch = ending(owner, other);
      await room.flushes.record(me, batch);
      await apply({ afterMs: 0 });
      const before = await room.everything();
      expect(await room.flushes.record(me, batch)).toMatchObject({ lost: [owner.runId] });
      expect(await room.everything()).toEqual(before);
    }),
  );
});

describe('a run that was condemned', () => {
  const over = async (room: StoreRoom) => {
    const me = await room.executor();
    const [owner, other] = (await room.claimed(me, 2)) as [Owner, Owner];
    await room.flushes.record(me, ending(owner, other));
    return { me, owner, other };
  };
  const isThere = async (room: StoreRoom, { runId }: Owner) =>
    (await room.rows('select from workflow_status where workflow_id = $1', [runId])).length === 1;

  it(
    'and brought back by an operator stays, also when it is over again',
    withStores(async (room) => {
      const { condemn, finish } = retentionOf(room);
      const { owner } = await over(room);
      await room.rows(`update workflow_status set status = 'ERROR', error = '{}' where workflow_id = $1`, [owner.runId]);
      await condemn([owner.runId]);
      await room.rows(`select reset_run($1, true)`, [owner.runId]);
      expect((await finish([owner.runId])).deleted).toEqual(new Map());
      await room.runs.cancel(owner.runId, { error: '{}', ifOverdue: false, actor: 'ann', action: 'CANCEL', reason: null });
      await room.wakes.wakeForPending(10);
      expect((await finish([owner.runId])).deleted).toEqual(new Map());
      expect(await isThere(room, owner)).toBe(true);
    }),
  );

  it(
    'stays when somebody needs it by now',
    withStores(async (room) => {
      const { condemn, finish } = retentionOf(room);
      const { owner, other } = await over(room);
      await condemn([owner.runId]);
      await room.rows(`insert into waits (workflow_id, ordinal, kind, name, source) values ($1, 1, 'child', 'w', $2)`, [
        other.runId,
        owner.runId,
      ]);
      expect((await finish([owner.runId])).deleted).toEqual(new Map());
      await room.rows('delete from waits');
      await room.rows('select set_legal_hold($1, true, $2, null)', [owner.runId, 'ann']);
      expect((await finish([owner.runId])).deleted).toEqual(new Map());
      await room.rows('select set_legal_hold($1, false, $2, null)', [owner.runId, 'ann']);
      expect((await finish([owner.runId])).deleted).toEqual(new Map([['w', 1]]));
    }),
  );

  it(
    'is passed over while somebody has its row, or takes its deduplication id over: a sweep waits for nobody',
    withStores(async (room) => {
      const { condemn, finish } = retentionOf(room);
      const { owner } = await over(room);
      await room.rows(`insert into deduplication_keys (scope, key, workflow_id) values ('queue:default', 'd', $1)`, [
        owner.runId,
      ]);
      await condemn([owner.runId]);
      for (const lock of ['workflow_status', 'deduplication_keys']) {
        const client = await room.schema.pool.connect();
        try {
          await client.query('begin');
          await client.query(`select from ${lock} where workflow_id = $1 for update`, [owner.runId]);
          expect(await finish([owner.runId])).toMatchObject({ verdict: 'HELD', deleted: new Map() });
        } finally {
          await client.query('rollback');
          client.release();
        }
      }
      expect((await finish([owner.runId])).deleted).toEqual(new Map([['w', 1]]));
      expect(await room.rows('select * from deduplication_keys')).toEqual([]);
    }),
  );

  it(
    'is deleted by the sweep whose turn it is only, and with the settings that it knows',
    withStores(async (room) => {
      const { condemn, finish, store, configs } = retentionOf(room);
      const { owner } = await over(room);
      await condemn([owner.runId]);
      const { revision } = await configs.find();
      await configs.change({ afterMs: 1 }, BY);
      const turn = { sweep: SWEEP, revision, ...BY };
      expect(await store.deleteCondemned(turn, [owner.runId], 1, 'after')).toMatchObject({ verdict: 'CHANGED' });
      expect(await store.condemn(turn, [owner.runId])).toMatchObject({ verdict: 'CHANGED', runIds: [] });
      await room.rows(`update retention_config set sweep = gen_random_uuid()`);
      expect(await finish([owner.runId])).toMatchObject({ verdict: 'LOST' });
      expect(await store.condemn(turn, [owner.runId])).toMatchObject({ verdict: 'LOST', runIds: [] });
      expect(await isThere(room, owner)).toBe(true);
    }),
  );
});

describe('two sweeps at once', () => {
  it(
    'take turns, so that together they delete what is too much, and not twice that',
    withStores(async (room) => {
      const { apply } = retentionOf(room);
      const other = retentionOf(room);
      const me = await room.executor();
      const owners = await room.claimed(me, 400);
      const batch = new FlushBatch();
      for (const owner of owners) batch.add(owner, 'move', ['SUCCESS', null, null, 0]);
      await room.flushes.record(me, batch);
      const totals = await Promise.all([apply({ maxRows: 250 }), other.apply({ maxRows: 250 })]);
      expect(totals.map(({ deleted }) => deleted).sort()).toEqual([0, 150]);
      expect(await room.rows('select count(*)::int n from workflow_status')).toEqual([{ n: 250 }]);
    }),
  );

  it(
    'are one: nobody else claims the sweep under way, nor one that is not due; one whose process died is over after a minute',
    withStores(async (room) => {
      const { configs } = retentionOf(room);
      const claim = (sweep: string, ifDue: boolean) => configs.claimSweep(sweep, { ifDue });
      const [a, b] = [SWEEP, SWEEP.replace(/1$/, '2')];
      expect([await claim(a, true), await claim(b, true), await claim(b, false)]).toEqual([true, false, false]);
      await configs.releaseSweep(b, false);
      expect(await claim(b, false)).toBe(false);
      await configs.releaseSweep(a, false);
      expect(await claim(b, true)).toBe(false);
      expect(await configs.find()).toMatchObject({ dueInMs: expect.any(Number) });
      await room.rows(`update retention_config set swept_at = swept_at - interval '301 s'`);
      expect((await configs.find()).dueInMs).toBeLessThan(0);
      expect(await claim(b, true)).toBe(true);
      await configs.releaseSweep(b, true);
      expect(await claim(a, true)).toBe(true);
      await room.rows(`update retention_config set sweep_until = sweep_until - interval '61 s'`);
      expect(await claim(b, false)).toBe(true);
    }),
  );
});
