// Starts that meet a maintenance, at the level of SQL: the database refuses them, whatever the process knows that makes them; and nothing that
// was let in before is still on its way when the maintenance has been entered.

import { uuidv4, uuidv7 } from '../../lib/kernel/ids.js';
import type { NewRun } from '../../lib/model/run.js';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { newRun, Owner, type StoreRoom } from '../engine/store-room.js';
import { meet } from '../engine/two-transactions.js';
import { BY, MaintenanceRoom, withMaintenance } from './maintenance-room.js';

type Way = (room: StoreRoom, run: NewRun) => Promise<{ runId: string | undefined; refused: unknown }>;

const told = ([row]: Awaited<ReturnType<StoreRoom['runs']['insertWithIds']>>) => ({
  runId: row?.holder ?? row?.runId,
  refused: row?.maintenance,
});

const plainly: Way = async ({ runs }, run) => {
  const refused = await runs.insertMany([run]);
  return { runId: run.runId, refused: refused.get(run.runId) };
};
const underAnId: Way = async ({ runs }, run) => told(await runs.insertWithIds([run]));
const debounced: Way = async ({ runs }, run) => {
  const answer = await runs.debounce(run, { key: 'k', periodMs: 60_000, maxWaitMs: null });
  return typeof answer === 'string' ? { runId: answer, refused: undefined } : { runId: run.runId, refused: answer };
};
const within: Way = async (room, run) => {
  const client = await room.schema.pool.connect();
  try {
    await client.query('begin');
    const query = async (text: string, values?: readonly unknown[]) => (await client.query(text, values as unknown[])).rows;
    const answer = told(await room.runs.insertWithin({ query: query as never }, [run]));
    await client.query('commit');
    return answer;
  } finally {
    client.release();
  }
};

const ALONE: ReadonlyArray<[string, Way]> = [
  ['with a generated id', plainly],
  ['under an id of the caller’s choice', underAnId],
  ['that is debounced', debounced],
];
const WAYS: ReadonlyArray<[string, Way]> = [...ALONE, ['in a transaction of the application', within]];

describe.each(WAYS)('a start %s', (_, start) => {
  it(
    'is refused while all queues are in maintenance, and told why, by whom and until when',
    withMaintenance(async (room) => {
      await room.permits.queue('q');
      const until = new Date(Date.now() + 3_600_000);
      await room.enter([''], { until });
      for (const queue of ['default', 'q']) {
        const { refused } = await start(room.room, newRun({ queue, partitionKey: queue }));
        expect(refused).toMatchObject({ queue: null, mode: 'drain', ...BY, until: until.getTime() });
      }
      expect(await room.count()).toBe(0);
      expect(await room.permits.takeBells()).toEqual([]);
    }),
  );

  it(
    'is refused in a queue that is in maintenance, and in no other',
    withMaintenance(async (room) => {
      await room.permits.queue('q');
      await room.enter(['q']);
      expect((await start(room.room, newRun({ queue: 'q' }))).refused).toMatchObject({ queue: 'q', until: null });
      expect((await start(room.room, newRun())).refused).toBeUndefined();
      expect(await room.count()).toBe(1);
    }),
  );

  it(
    'is let in if it is allowed to, and when the maintenance is over',
    withMaintenance(async (room) => {
      await room.enter();
      expect((await start(room.room, newRun({ allowDuringMaintenance: true }))).refused).toBeUndefined();
      await room.exit();
      expect((await start(room.room, newRun({ workflowName: 'v' }))).refused).toBeUndefined();
      expect(await room.count()).toBe(2);
    }),
  );

  it(
    'that is repeated after a lost answer is the run that it made, also when the maintenance began meanwhile',
    withMaintenance(async (room) => {
      const run = newRun();
      await start(room.room, run);
      await room.enter();
      const { runId, refused } = await start(room.room, run);
      expect([runId ?? run.runId, refused]).toEqual([run.runId, undefined]);
      expect(await room.count()).toBe(1);
    }),
  );

  it(
    'is let in once the end of the maintenance has passed, whether anybody has noticed or not',
    withMaintenance(async (room) => {
      await room.enter();
      await room.room.rows(`update maintenance set until_at = clock_timestamp() - interval '1 ms'`);
      expect((await start(room.room, newRun())).refused).toBeUndefined();
    }),
  );
});

describe.each(ALONE)('a start %s', (_, start) => {
  it(
    'that is under way is waited for by whoever enters maintenance, and is there',
    withMaintenance(async (room) => {
      const { waited } = await meet(
        room.room,
        (stores) => start(stores, newRun()),
        () => room.enter(),
      );
      expect([waited, await room.count()]).toEqual([true, 1]);
    }),
  );

  it(
    'waits for a maintenance that is about to be entered, and is refused',
    withMaintenance(async (room) => {
      const { waited, result } = await meet(
        room.room,
        (stores) => new MaintenanceRoom({ room: stores } as never).enter(),
        // Such a start gives up waiting for a lock soon, and is repeated by its caller.
        async () => {
          for (;;) {
            const answer = await start(room.room, newRun()).catch((error: { code?: string }) => {
              if (error.code !== '55P03') throw error;
            });
            if (answer !== undefined) return answer;
          }
        },
      );
      expect([waited, result.refused, await room.count()]).toEqual([true, expect.objectContaining(BY), 0]);
    }),
  );
});

describe('a start in a transaction of the application that is open', () => {
  it(
    'holds up nobody who enters maintenance: it was let in before',
    withMaintenance(async (room) => {
      const { waited } = await meet(
        room.room,
        ({ runs, database }) => runs.insertWithin(database, [newRun()]),
        () => room.enter(),
      );
      expect([waited, await room.count()]).toEqual([false, 1]);
    }),
  );
});

describe('runs that are started together', () => {
  it(
    'do not suffer from those of them that are refused',
    withMaintenance(async (room) => {
      await room.permits.queue('q');
      await room.enter(['q']);
      const batch = [newRun({ queue: 'q' }), newRun(), newRun({ queue: 'q', allowDuringMaintenance: true })];
      const refused = await room.room.runs.insertMany(batch);
      expect([...refused.keys()]).toEqual([batch[0]?.runId]);
      const ids = batch.map((run) => ({ ...run, runId: uuidv7() }));
      const rows = await room.room.runs.insertWithIds(ids);
      expect(rows.filter(({ maintenance }) => maintenance !== undefined).map(({ runId }) => runId)).toEqual([ids[0]?.runId]);
      expect(await room.count()).toBe(4);
    }),
  );

  it(
    'are inserted whatever the maintenance says when they were accepted before',
    withMaintenance(async (room) => {
      await room.enter();
      expect((await room.room.runs.insertMany([newRun(), newRun()], { areAccepted: true })).size).toBe(0);
      expect(await room.count()).toBe(2);
    }),
  );
});

describe('a child of a run under way', () => {
  it(
    'is enqueued, with an id of its own choice too',
    withMaintenance(async (room) => {
      const [parent] = await room.room.claimed(room.executor, 1);
      await room.enter();
      const child = newRun({ parent: { runId: (parent as Owner).runId, detached: false } });
      expect(told(await room.room.runs.insertWithIds([child])).refused).toBeUndefined();
      const batch = new FlushBatch();
      const row = [uuidv7(), 'w', 'default', null, 0, null, null, null, 50, 0, false];
      batch.add(parent as Owner, 'child', row);
      await room.room.flushes.record(room.executor, batch);
      expect(await room.count()).toBe(3);
    }),
  );
});

describe('a deduplication id', () => {
  const unique = (run: Partial<NewRun> = {}) => newRun({ deduplication: { id: 'k', policy: 'reject' }, ...run });
  const start = (room: MaintenanceRoom, run: NewRun) => underAnId(room.room, run);

  it(
    'gives the run that has it, and is not taken by one that is refused',
    withMaintenance(async (room) => {
      const holder = unique();
      await start(room, holder);
      await room.enter();
      expect(await start(room, unique())).toEqual({ runId: holder.runId, refused: undefined });
      await room.room.rows(`update workflow_status set status = 'SUCCESS', completed_at = clock_timestamp()`);
      expect((await start(room, unique())).refused).toMatchObject(BY);
      await room.exit();
      const next = unique();
      expect(await start(room, next)).toEqual({ runId: next.runId, refused: undefined });
      expect(await room.count()).toBe(2);
    }),
  );
});

describe('an eager start', () => {
  const begin = async ({ room, executor }: MaintenanceRoom, epoch: string) => {
    const owner = new Owner(uuidv7(), uuidv4());
    const batch = new FlushBatch();
    batch.add(owner, 'new', [owner.token, 'w', 'default', 0, null, null, null, 50, epoch]);
    return (await room.flushes.record(executor, batch)).lost;
  };

  it(
    'of a process that has not heard of the maintenance, or of its end, is refused',
    withMaintenance(async (room) => {
      const before = await room.epoch();
      await room.enter();
      expect(await begin(room, before)).toHaveLength(1);
      const during = await room.epoch();
      await room.exit();
      expect(await begin(room, during)).toHaveLength(1);
      expect(await begin(room, await room.epoch())).toEqual([]);
    }),
  );
});
