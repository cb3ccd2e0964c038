// Who gets which run, at the level of SQL: claims, retirement, rescue.
import { randomUUID } from 'node:crypto';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { type Owner, type StoreRoom, withStores } from './store-room.js';

const progress = async (room: StoreRoom, executor: string, owner: Pick<Owner, 'runId' | 'token'>, ordinal: number) => {
  const batch = new FlushBatch();
  batch.add(owner as Owner, 'op', [ordinal, ordinal, 'step', 's', null, null, 1, 0]);
  batch.add(owner as Owner, 'move', ['RUNNING', null, null, 0]);
  expect((await room.flushes.record(executor, batch)).lost).toEqual([]);
};

const retire = async (room: StoreRoom, executor: string, { graceful = false } = {}) => {
  if (!graceful) await room.executors.renew(executor, -1);
  expect(await room.executors.retire(executor, { ifExpired: !graceful })).toBe(true);
};

const requeue = async (room: StoreRoom, executor: string, batch = 100) => {
  const result = await room.executors.requeueRuns(executor, batch, '{"name":"RecoveryExhaustedError"}');
  if (result.requeued === 0) await room.executors.clear(executor);
  return result;
};

/** Its lease runs out, it is retired, and what it held is re-queued. */
const crash = async (room: StoreRoom, executor: string) => {
  await retire(room, executor);
  return requeue(room, executor);
};

/** It retires itself at the end of a deploy. */
const leave = async (room: StoreRoom, executor: string) => {
  await retire(room, executor, { graceful: true });
  return requeue(room, executor);
};

const attempts = async (room: StoreRoom) => (await room.rows('select recovery_attempts n from workflow_status'))[0]?.n;

describe('a claim', () => {
  it(
    'of a retired or unknown executor takes nothing',
    withStores(async (room) => {
      await room.enqueue(3);
      await room.enqueue(1, { delayMs: 1 });
      const executor = await room.executor();
      await room.executors.retire(executor, { ifExpired: false });
      await room.rows(
        `update workflow_status set recovery_attempts = 2, permit = true where ctid in (select ctid from workflow_status limit 1)`,
      );
      for (const who of [executor, randomUUID()]) {
        expect(await room.claims.claim(who, { names: ['w'], queues: null }, 10)).toEqual([]);
        expect(await room.claims.claimSuspects(who, { names: ['w'], queues: null }, 10)).toEqual([]);
      }
      expect(await room.rows('select 1 from workflow_status where claimed_by is not null')).toEqual([]);
    }),
  );

  it(
    'takes only the names asked for, by priority, then age',
    withStores(async (room) => {
      const executor = await room.executor();
      const [low] = await room.enqueue(1, { priority: 5 });
      const [first, second] = await room.enqueue(2);
      const [urgent] = await room.enqueue(1, { priority: -1, workflowName: 'v' });
      await room.enqueue(2, { priority: -9, workflowName: 'unknown here' });
      const claim = async (limit: number) =>
        (await room.claims.claim(executor, { names: ['w', 'v'], queues: null }, limit)).map((run) => run.runId);
      expect(await claim(2)).toEqual([urgent, first]);
      expect(await claim(1)).toEqual([second]);
      expect(await claim(10)).toEqual([low]);
      expect(await claim(10)).toEqual([]);
    }),
  );

  it(
    'takes at most half from those that waited when the queue could fill it, the longest due first',
    withStores(async (room) => {
      const executor = await room.executor();
      const due = await room.enqueue(8, { delayMs: 1 });
      for (const [i, runId] of due.entries())
        await room.rows(
          `update workflow_status set status = 'WAITING', permit = true, wake_at = clock_timestamp() - interval '1 s' * $2::int where workflow_id = $1`,
          [runId, i + 1],
        );
      await room.enqueue(2, { delayMs: 60_000 });
      const queued = await room.enqueue(8);
      const claimed = (await room.claims.claim(executor, { names: ['w'], queues: null }, 6)).map((run) => run.runId);
      expect(claimed).toHaveLength(6);
      expect(claimed.filter((runId) => due.includes(runId)).sort()).toEqual(due.slice(-3).sort());
      expect(claimed.filter((runId) => queued.includes(runId))).toEqual(queued.slice(0, 3));
    }),
  );

  it(
    'gives each run to one executor, with a fresh token, however many claim at once',
    withStores(async (room) => {
      const executors = await Promise.all(Array.from({ length: 6 }, () => room.executor()));
      await room.enqueue(300);
      const claimed: Array<{ runId: string; token: string }> = [];
      await Promise.all(
        executors.map(async (executor) => {
          for (;;) {
            const runs = await room.claims.claim(executor, { names: ['w'], queues: null }, 7);
            expect(runs.length).toBeLessThanOrEqual(7);
            if (runs.length === 0) return;
            claimed.push(...runs);
          }
        }),
      );
      expect(claimed).toHaveLength(300);
      expect(new Set(claimed.map((run) => run.runId)).size).toBe(300);
      expect(new Set(claimed.map((run) => run.token)).size).toBe(300);
    }),
  );

  it(
    'takes no delayed or waiting run before its time',
    withStores(async (room) => {
      const executor = await room.executor();
      const [delayed, waiting] = await room.enqueue(2, { delayMs: 60_000 });
      await room.rows(`update workflow_status set status = 'WAITING', permit = true where workflow_id = $1`, [waiting]);
      expect(await room.claims.claim(executor, { names: ['w'], queues: null }, 10)).toEqual([]);
      await room.rows('update workflow_status set wake_at = clock_timestamp()');
      expect((await room.claims.claim(executor, { names: ['w'], queues: null }, 10)).map((run) => run.runId).sort()).toEqual(
        [delayed, waiting].sort(),
      );
    }),
  );

  it(
    'passes over what another transaction has locked',
    withStores(async (room) => {
      const executor = await room.executor();
      const [locked, free] = await room.enqueue(2);
      const client = await room.schema.pool.connect();
      try {
        await client.query('begin');
        await client.query('select from workflow_status where workflow_id = $1 for update', [locked]);
        expect((await room.claims.claim(executor, { names: ['w'], queues: null }, 1)).map((run) => run.runId)).toEqual([free]);
        await client.query('rollback');
      } finally {
        client.release();
      }
      expect((await room.claims.claim(executor, { names: ['w'], queues: null }, 1)).map((run) => run.runId)).toEqual([locked]);
    }),
  );

  it(
    'leaves alone runs that were rescued twice without progress; those are claimed alone',
    withStores(async (room) => {
      const executor = await room.executor();
      const [suspect, other] = await room.enqueue(2);
      await room.rows('update workflow_status set permit = true, wake_at = now(), recovery_attempts = 2 where workflow_id = $1', [
        suspect,
      ]);
      expect((await room.claims.claim(executor, { names: ['w'], queues: null }, 10)).map((run) => run.runId)).toEqual([other]);
      expect(await room.claims.hasSuspect({ names: ['w'], queues: null })).toBe(true);
      expect(await room.claims.hasSuspect({ names: ['v'], queues: null })).toBe(false);
      expect((await room.claims.claimSuspects(executor, { names: ['w'], queues: null }, 10)).map(({ runId }) => runId)).toEqual([
        suspect,
      ]);
      expect(await room.claims.hasSuspect({ names: ['w'], queues: null })).toBe(false);
    }),
  );

  it(
    'takes several suspects at once only of those that are suspected for the first time and can be so again',
    withStores(async (room) => {
      const executor = await room.executor();
      const runIds = await room.enqueue(7);
      const suspected = (attempts: number, most: number, ...runs: Array<string | undefined>) =>
        room.rows(
          'update workflow_status set permit = true, wake_at = now(), recovery_attempts = $1, max_recovery_attempts = $2 where workflow_id = any ($3)',
          [attempts, most, runs],
        );
      const [grave, first, second, third, fourth, few, last] = runIds;
      await suspected(3, 50, grave);
      await suspected(2, 50, first, second, third, fourth, last);
      await suspected(2, 3, few);
      for (const [index, runId] of runIds.entries())
        await room.rows(`update workflow_status set created_at = now() - $1 * interval '1 s' where workflow_id = $2`, [
          9 - index,
          runId,
        ]);
      const claims = async () =>
        (await room.claims.claimSuspects(executor, { names: ['w'], queues: null }, 3)).map(({ runId }) => runId).sort();
      expect(await claims()).toEqual([grave]);
      expect(await claims()).toEqual([first, second, third].sort());
      expect(await claims()).toEqual([fourth, last].sort());
      expect(await claims()).toEqual([few]);
      expect(await claims()).toEqual([]);
    }),
  );
});

describe('a retirement', () => {
  it(
    'for an expired lease happens once, and not if the lease was renewed first',
    withStores(async (room) => {
      const executor = await room.executor(1);
      expect((await room.executors.renew(executor, 60_000)).held).toBe(true);
      expect(await room.executors.retire(executor, { ifExpired: true })).toBe(false);
      await room.executors.renew(executor, -1);
      const results = await Promise.all([1, 2, 3, 4].map(() => room.executors.retire(executor, { ifExpired: true })));
      expect(results.filter(Boolean)).toHaveLength(1);
      expect((await room.executors.renew(executor, 60_000)).held).toBe(false);
    }),
  );

  it(
    'is needed before runs are re-queued: those of a living executor are not touched',
    withStores(async (room) => {
      const executor = await room.executor();
      await room.claimed(executor, 1);
      await expect(requeue(room, executor, 10)).rejects.toThrow(/not retired/);
      expect(await room.rows('select status from workflow_status')).toEqual([{ status: 'PENDING' }]);
    }),
  );
});

describe('a rescue', () => {
  it(
    're-queues every owned run in batches, under a new token, and then counts as done',
    withStores(async (room) => {
      const executor = await room.executor();
      const owners = await room.claimed(executor, 5);
      await retire(room, executor);
      const batches = [];
      for (let i = 0; i < 4; i++) batches.push((await requeue(room, executor, 2)).requeued);
      expect(batches).toEqual([2, 2, 1, 0]);
      expect(await room.executors.listUncleared()).toEqual([]);
      const rows = await room.rows('select status, claimed_by, claim_token, recovery_attempts from workflow_status');
      for (const row of rows) expect(row).toMatchObject({ status: 'ENQUEUED', claimed_by: null, recovery_attempts: 1 });
      expect(rows.some((row) => owners.some((owner) => owner.token === row.claim_token))).toBe(false);
    }),
  );

  it(
    'ends a run as DEAD once it was rescued more often than maxRecoveryAttempts without progress',
    withStores(async (room) => {
      await room.enqueue(1, { maxRecoveryAttempts: 2 });
      for (let rescue = 1; rescue <= 3; rescue++) {
        const executor = await room.executor();
        const claimed = (
          rescue <= 2
            ? await room.claims.claim(executor, { names: ['w'], queues: null }, 1)
            : await room.claims.claimSuspects(executor, { names: ['w'], queues: null }, 1)
        )[0];
        expect(claimed?.recoveryAttempts).toBe(rescue - 1);
        const { dead } = await crash(room, executor);
        expect(dead).toHaveLength(rescue === 3 ? 1 : 0);
      }
      expect(await room.rows('select status, error, completed_at is not null ended from workflow_status')).toEqual([
        { status: 'DEAD', error: '{"name":"RecoveryExhaustedError"}', ended: true },
      ]);
    }),
  );

  it(
    'counts from one again after the run has recorded something',
    withStores(async (room) => {
      await room.enqueue(1, { maxRecoveryAttempts: 1 });
      for (let rescue = 0; rescue < 4; rescue++) {
        const executor = await room.executor();
        const [run] = await room.claims.claim(executor, { names: ['w'], queues: null }, 1);
        await progress(room, executor, run as never, rescue);
        await crash(room, executor);
        expect(await attempts(room)).toBe(1);
      }
      expect(await room.rows('select status from workflow_status')).toEqual([{ status: 'ENQUEUED' }]);
    }),
  );

  it(
    'counts nothing for a graceful release',
    withStores(async (room) => {
      await room.enqueue(1, { maxRecoveryAttempts: 0 });
      for (let i = 0; i < 3; i++) {
        const executor = await room.executor();
        expect(await room.claims.claim(executor, { names: ['w'], queues: null }, 1)).toHaveLength(1);
        expect((await leave(room, executor)).dead).toEqual([]);
      }
      expect(await room.rows('select status, recovery_attempts n from workflow_status')).toEqual([{ status: 'ENQUEUED', n: 0 }]);
    }),
  );

  it(
    'does not forget progress because a deploy came between it and the next crash',
    withStores(async (room) => {
      await room.enqueue(1, { maxRecoveryAttempts: 1 });
      const [one, two, three] = [await room.executor(), await room.executor(), await room.executor()];
      await room.claims.claim(one, { names: ['w'], queues: null }, 1);
      await crash(room, one);
      expect(await attempts(room)).toBe(1);
      const [run] = await room.claims.claim(two, { names: ['w'], queues: null }, 1);
      await progress(room, two, run as never, 0);
      await leave(room, two);
      await room.claims.claim(three, { names: ['w'], queues: null }, 1);
      // The first rescue since the run got on.
      await crash(room, three);
      expect(await room.rows('select status, recovery_attempts n from workflow_status')).toEqual([{ status: 'ENQUEUED', n: 1 }]);
    }),
  );

  it(
    'that ends a run leaves no wait of it behind, and keeps those of the runs it re-queues',
    withStores(async (room) => {
      const executor = await room.executor();
      await room.enqueue(1, { maxRecoveryAttempts: 0 });
      await room.enqueue(1);
      const runs = await room.claims.claim(executor, { names: ['w'], queues: null }, 2);
      const batch = new FlushBatch();
      for (const run of runs) batch.add(run as never, 'wait', [0, 'sleep', 'sleep', 0, 60_000, null]);
      await room.flushes.record(executor, batch);
      const { dead } = await crash(room, executor);
      expect(dead).toHaveLength(1);
      expect(await room.rows('select workflow_id from waits')).toEqual([
        { workflow_id: runs.find((run) => run.runId !== dead[0])?.runId },
      ]);
    }),
  );

  it(
    'passes over runs that are being changed, and takes them in a later sweep',
    withStores(async (room) => {
      const executor = await room.executor();
      const [owner] = await room.claimed(executor, 2);
      await retire(room, executor);
      const client = await room.schema.pool.connect();
      try {
        await client.query('begin');
        await client.query('select from workflow_status where workflow_id = $1 for update', [owner?.runId]);
        expect((await requeue(room, executor, 10)).requeued).toBe(1);
        expect((await requeue(room, executor, 10)).requeued).toBe(0);
        expect(await room.executors.listUncleared()).toEqual([executor]);
      } finally {
        await client.query('rollback');
        client.release();
      }
      expect((await requeue(room, executor, 10)).requeued).toBe(1);
      await requeue(room, executor, 10);
      expect(await room.executors.listUncleared()).toEqual([]);
    }),
  );
});
