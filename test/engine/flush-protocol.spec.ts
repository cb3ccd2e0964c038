// The write fence, at the level of SQL: what a flush accepts, refuses and leaves alone.
import { randomUUID } from 'node:crypto';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import type { FlushValue } from '../../lib/store/flush/flush-columns.js';
import { eventually } from '../support/eventually.js';
import { Owner, withStores } from './store-room.js';

const step = (ordinal: number, output: string | null = '1'): FlushValue[] => [
  ordinal,
  ordinal,
  'step',
  `s${ordinal}`,
  output,
  null,
  1,
  0,
];

/** One write of each kind. */
function fullBatch(owner: Owner): FlushBatch {
  const batch = new FlushBatch();
  batch.add(owner, 'op', step(0));
  batch.add(owner, 'op', step(1));
  batch.add(owner, 'woken', [1]);
  batch.add(owner, 'wait', [2, 'sleep', 'sleep', 0, 60_000, null]);
  batch.add(owner, 'attempt', [3, 1, 's3', '{"name":"Error","message":"x"}', 5]);
  batch.add(owner, 'event', [0, 'key', '"old"']);
  batch.add(owner, 'event', [1, 'key', '"new"']);
  batch.add(owner, 'chunk', ['log', 0, 1, null, null, 0, 0, false, '"line"']);
  batch.add(owner, 'move', ['RUNNING', null, null, 0]);
  return batch;
}

describe('a flush', () => {
  it(
    'refuses the run whose token is stale and accepts the others of the same batch',
    withStores(async (room) => {
      const executor = await room.executor();
      const [good, stale, alsoGood] = (await room.claimed(executor, 3)) as [Owner, Owner, Owner];
      const zombie = new Owner(stale.runId, randomUUID());
      const missing = new Owner(randomUUID(), randomUUID());
      const lane = room.lane(executor);
      for (const owner of [good, zombie, missing, alsoGood]) {
        lane.write(owner, 'op', step(0));
        lane.write(owner, 'event', [0, 'k', '1']);
        lane.write(owner, 'move', ['SUCCESS', '1', null, 0]);
      }
      await eventually(() => expect(alsoGood.ackedWrites).toBe(3));
      expect([good.ackedWrites, good.lostCalls]).toEqual([3, 0]);
      for (const owner of [zombie, missing]) expect([owner.ackedWrites, owner.lostCalls]).toEqual([0, 1]);
      const written = await room.rows('select distinct workflow_id from operation_outputs');
      expect(written.map((row) => row.workflow_id).sort()).toEqual([good.runId, alsoGood.runId].sort());
      expect(await room.rows('select workflow_id from workflow_events where workflow_id = $1', [stale.runId])).toEqual([]);
      expect(
        (await room.rows(`select workflow_id from workflow_status where status = 'PENDING'`)).map((row) => row.workflow_id),
      ).toEqual([stale.runId]);
    }),
  );

  it(
    'of a retired executor raises WF001 and writes nothing',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      await room.executors.retire(executor, { ifExpired: false });
      const before = await room.everything();
      await expect(room.flushes.record(executor, fullBatch(owner))).rejects.toMatchObject({ code: 'WF001' });
      expect(await room.everything()).toEqual(before);
      let retired = 0;
      room.lane(executor, () => retired++).write(owner, 'op', step(0));
      await eventually(() => expect(owner.lostCalls).toBe(1));
      expect(retired).toBe(1);
      await expect(room.flushes.record(randomUUID(), fullBatch(owner))).rejects.toMatchObject({ code: 'WF001' });
    }),
  );

  it(
    'repeated after a lost acknowledgement changes nothing and answers the same',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner, gone] = (await room.claimed(executor, 2)) as [Owner, Owner];
      const batch = fullBatch(owner);
      batch.add(new Owner(gone.runId, randomUUID()), 'op', step(0));
      const first = await room.flushes.record(executor, batch);
      const before = await room.everything();
      for (let i = 0; i < 3; i++) expect((await room.flushes.record(executor, batch)).lost).toEqual(first.lost);
      expect(first.lost).toEqual([gone.runId]);
      expect(await room.everything()).toEqual(before);
    }),
  );

  it.each(['SUCCESS', 'ERROR', 'CANCELLED', 'WAITING', 'ENQUEUED'])(
    'that moved a run to %s can be repeated: it is acknowledged and changes nothing',
    async (status) =>
      withStores(async (room) => {
        const executor = await room.executor();
        const [owner] = (await room.claimed(executor, 1)) as [Owner];
        const batch = new FlushBatch();
        batch.add(owner, 'wait', [0, 'sleep', 'sleep', 0, 60_000, null]);
        batch.add(owner, 'move', [status, '1', null, 0]);
        await room.flushes.record(executor, batch);
        expect(await room.rows('select status from workflow_status')).toEqual([{ status }]);
        const before = await room.everything();
        expect((await room.flushes.record(executor, batch)).lost).toEqual([]);
        expect(await room.everything()).toEqual(before);
      })(),
  );

  it(
    'that is repeated after the run went to another owner is refused, also under the same executor',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      const batch = fullBatch(owner);
      batch.add(owner, 'move', ['ENQUEUED', null, null, 0]);
      await room.flushes.record(executor, batch);
      const [again] = await room.claims.claim(executor, { names: ['w'], queues: null }, 1);
      expect(again?.runId).toBe(owner.runId);
      expect(again?.token).not.toBe(owner.token);
      const before = await room.everything();
      expect((await room.flushes.record(executor, batch)).lost).toEqual([owner.runId]);
      expect(await room.everything()).toEqual(before);
    }),
  );

  it(
    'never takes an event back to a lower ordinal',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      for (const ordinal of [5, 3, 5]) {
        const batch = new FlushBatch();
        batch.add(owner, 'event', [ordinal, 'k', `${ordinal}`]);
        await room.flushes.record(executor, batch);
        expect(await room.rows('select key, value, ordinal from workflow_events')).toEqual([
          { key: 'k', value: '5', ordinal: 5 },
        ]);
      }
      expect(await room.rows('select ordinal from workflow_events_history order by 1')).toEqual([{ ordinal: 3 }, { ordinal: 5 }]);
    }),
  );

  it.each(['SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'DEAD'])('never overwrites the terminal status %s', async (terminal) =>
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      await room.rows('update workflow_status set status = $1, completed_at = clock_timestamp()', [terminal]);
      for (const status of ['RUNNING', 'SUCCESS', 'ERROR', 'WAITING', 'ENQUEUED']) {
        const batch = new FlushBatch();
        batch.add(owner, 'move', [status, null, null, 0]);
        await room.flushes.record(executor, batch);
      }
      expect(await room.rows('select status from workflow_status')).toEqual([{ status: terminal }]);
    })(),
  );

  it(
    'with bad data in one run fails that run only: the other 40 of the batch commit',
    withStores(async (room) => {
      const executor = await room.executor();
      const owners = await room.claimed(executor, 41);
      const lane = room.lane(executor);
      for (const [i, owner] of owners.entries()) {
        lane.write(owner, 'op', step(0, i === 17 ? '"\0"' : '"fine"'));
        lane.write(owner, 'op', step(1));
      }
      await eventually(() => expect(owners.filter((owner) => owner.ackedWrites === 2)).toHaveLength(40));
      expect(owners[17]).toMatchObject({ ackedWrites: 0, lostCalls: 0, errors: [{ code: '22021' }] });
      expect(await room.rows('select count(*)::int n from operation_outputs')).toEqual([{ n: 80 }]);
    }),
  );

  it(
    'after the one that was refused for a run writes nothing more of it, and what is written on its behalf gets through',
    withStores(async (room) => {
      const executor = await room.executor();
      const [bad, good] = (await room.claimed(executor, 2)) as [Owner, Owner];
      const lane = room.lane(executor);
      // As RunExecutor.fail does: the failure is written by another owner of the same run, while later writes wait in the lane.
      const heir = new Owner(bad.runId, bad.token);
      bad.refused = () => lane.write(heir, 'move', ['ERROR', null, '{"name":"Error","message":"refused"}', 0]);
      lane.write(bad, 'op', step(0, '"\0"'));
      lane.write(good, 'op', step(0));
      // The first flush leaves at the end of this turn; these wait behind it.
      setImmediate(() => {
        lane.write(bad, 'op', step(1, '"\0 again"'));
        lane.write(bad, 'move', ['SUCCESS', '1', null, 0]);
        lane.write(good, 'op', step(1));
      });
      await eventually(() => expect(good.ackedWrites).toBe(2));
      await eventually(() => expect(heir.ackedWrites + heir.errors.length).toBe(1));
      expect(heir.errors).toEqual([]);
      expect(
        await room.rows('select status, error is null no_error from workflow_status where workflow_id = $1', [bad.runId]),
      ).toEqual([{ status: 'ERROR', no_error: false }]);
      expect(await room.rows('select ordinal from operation_outputs where workflow_id = $1', [bad.runId])).toEqual([]);
    }),
  );

  it(
    'carries any text through the array form: quotes, braces, backslashes, NULL, empty, non-ASCII',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = (await room.claimed(executor, 1)) as [Owner];
      const texts = ['', 'NULL', 'null', '"', '\\', '{a,b}', 'a,b', " ' ", '\\"', 'é🦀\u0001', '  spaces  ', '\n\t', null];
      const batch = new FlushBatch();
      for (const [i, text] of texts.entries()) batch.add(owner, 'op', [i, i, 'step', `n${text}`, text, text, 1, 0]);
      await room.flushes.record(executor, batch);
      expect(
        (await room.rows('select name, output, error from operation_outputs order by ordinal')).map((row) => Object.values(row)),
      ).toEqual(texts.map((text) => [`n${text}`, text, text]));
    }),
  );

  it(
    'waits for nobody but who changes the ownership of its own runs: a retirement waits for it, another executor does not',
    withStores(async (room) => {
      const [mine, theirs] = [await room.executor(), await room.executor()];
      const [owner] = (await room.claimed(mine, 1)) as [Owner];
      const client = await room.schema.pool.connect();
      try {
        await client.query('begin');
        await client.query('select retire_executor($1, false)', [theirs]);
        expect((await room.flushes.record(mine, fullBatch(owner))).lost).toEqual([]);
        await client.query('rollback');
        // The fence of this executor is held: the flush waits, and is refused once the retirement has committed.
        await client.query('begin');
        await client.query('select retire_executor($1, false)', [mine]);
        const batch = new FlushBatch();
        batch.add(owner, 'move', ['SUCCESS', '1', null, 0]);
        const flushing = room.flushes.record(mine, batch).then(
          () => 'accepted',
          (error) => error.code,
        );
        await eventually(async () =>
          expect(
            await room.rows(`select 1 from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`, [
              room.schema.schema,
            ]),
          ).toHaveLength(1),
        );
        await client.query('commit');
        expect(await flushing).toBe('WF001');
      } finally {
        client.release();
      }
      expect(await room.rows('select status from workflow_status')).toEqual([{ status: 'RUNNING' }]);
    }),
  );
});
