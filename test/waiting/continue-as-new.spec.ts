// A run that begins anew with other arguments: the same run for everybody else, an empty record for its code.
import type { WorkflowContext } from '../../lib/index.js';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { ReplayStore } from '../../lib/store/history/replay.store.js';
import { type Cluster, type ClusterApp, never, withCluster, workflow } from '../engine/cluster.js';
import { Owner, withStores } from '../engine/store-room.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';

/** Begins anew until `n` is there. */
const loop = workflow('loop', async (wf, n: number, last: number): Promise<number> => {
  await wf.setEvent('n', n);
  await wf.progress(`turn ${n}`);
  if (n < last) return wf.continueAsNew([n + 1, last]);
  return n;
});

const killAll = async (cluster: Cluster) => {
  for (const row of await cluster.rows('select executor_id from executors where alive'))
    await cluster.killExecutor(row.executor_id);
};

/** What the library warns of from here on. */
function warningsOf(app: ClusterApp): string[] {
  const warnings: string[] = [];
  const none = () => undefined;
  app.module.useLogger({ log: none, error: none, debug: none, verbose: none, fatal: none, warn: (text) => warnings.push(text) });
  return warnings;
}

describe('continueAsNew', () => {
  it.each([0, '10s'])(
    'goes on as the same run with new arguments; what it told the world stays (suspendAfter %s)',
    async (suspendAfter) =>
      withCluster(async (cluster) => {
        const { workflows } = await cluster.app([loop], { suspendAfter });
        const run = await workflows.start('loop', [0, 5], { id: 'the loop', attributes: { line: 'a' }, timeout: '1h' });
        const promised = run.returnValue;
        expect(await promised).toBe(5);
        expect(await workflows.getRun('the loop').returnValue).toBe(5);
        expect(await run.input).toEqual([5, 5]);
        expect((await run.events()).find(({ key }) => key === 'n')?.value).toBe(5);
        const turns = (await run.eventHistory()).filter(({ key }) => key === 'n').map(({ value }) => value);
        expect(turns).toEqual([0, 1, 2, 3, 4, 5]);
        const lines = await cluster.rows(
          `select chunk_offset, value::jsonb ->> 'message' said from streams order by chunk_offset`,
        );
        expect(lines).toEqual([0, 1, 2, 3, 4, 5].map((n) => ({ chunk_offset: n, said: `turn ${n}` })));
        // Ordinals go on: no row of an execution takes the place of one before.
        expect((await cluster.operations(run.runId)).map(({ ordinal }) => ordinal)).toEqual(
          Array.from({ length: 12 }, (_, i) => i),
        );
        expect(await cluster.run(run.runId)).toMatchObject({
          attributes: { line: 'a' },
          recovery_attempts: 0,
          external_id: 'the loop',
        });
        expect(await cluster.count('workflow_status')).toBe(1);
      })(),
  );

  it(
    'gives its code an empty record: nothing of the execution before is replayed',
    withCluster(async (cluster) => {
      const blocked = new TestSignal();
      const bodies: string[] = [];
      const make = (blocks: boolean) =>
        workflow('flow', async (wf, turn: string): Promise<string> => {
          const said = await wf.step('say', () => {
            bodies.push(turn);
            return `said ${turn}`;
          });
          if (turn === 'first') return wf.continueAsNew(['second']);
          const value = wf.random();
          await wf.step('block', () => {
            if (!blocks) return;
            blocked.emit();
            return never();
          });
          return `${said} ${value === wf.random()}`;
        });
      const first = await cluster.app([make(true)]);
      const { runId } = await first.workflows.start('flow', ['first']);
      await blocked.next();
      await cluster.leave(first);
      const second = await cluster.app([make(false)]);
      expect(await second.workflows.getRun(runId).returnValue).toBe('said second false');
      expect(bodies).toEqual(['first', 'second']);
    }),
  );

  it(
    'keeps the deadline that the run has, and its start',
    withCluster(async (cluster) => {
      const begun = new TestSignal<number>();
      const flow = workflow('flow', async (wf, n: number): Promise<void> => {
        begun.emit(n);
        if (n < 3) return wf.continueAsNew([n + 1]);
        await wf.sleep('1h');
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow', [0], { timeout: 1_500 });
      for (let n = 0; n < 4; n++) await begun.next();
      await eventually(async () => expect(await run.status).toBe('WAITING'));
      const { started_at, deadline_at } = await cluster.run(run.runId);
      expect(deadline_at - started_at).toBe(1_500);
      await expect(run.returnValue).rejects.toMatchObject({ code: 'RUN_TIMEOUT' });
      expect(await cluster.run(run.runId)).toMatchObject({ started_at, deadline_at });
    }),
  );

  it(
    'keeps messages that were not received, and those received stay so',
    withCluster(async (cluster) => {
      const got = new TestSignal<unknown>();
      const flow = workflow('flow', async (wf, left: number): Promise<string> => {
        got.emit(await wf.receive('in'));
        return left === 0 ? 'done' : wf.continueAsNew([left - 1]);
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow', [3]);
      for (const n of [1, 2, 3, 4]) await run.send('in', n, { idempotencyKey: `m${n}` });
      await run.send('in', 1, { idempotencyKey: 'm1' }).catch(() => undefined);
      expect(await run.returnValue).toBe('done');
      expect([await got.next(), await got.next(), await got.next(), await got.next()]).toEqual([1, 2, 3, 4]);
    }),
  );

  it(
    'keeps children, and a parent that waits for a run that begins anew gets its last result',
    withCluster(async (cluster) => {
      const parent = workflow('parent', async (wf) => {
        const started = await wf.startChild<number>('loop', [0, 3]);
        return [await started.returnValue, await (await wf.startChild<number>('loop', [0, 2])).returnValue];
      });
      const turns = workflow('turns', async (wf, childId?: string): Promise<unknown> => {
        if (childId !== undefined) return wf.getEvent(childId, 'n');
        const child = await wf.startChild('loop', [7, 7]);
        return wf.continueAsNew([child.runId]);
      });
      for (const suspendAfter of ['10s', 0]) {
        const app = await cluster.app([loop, parent, turns], { suspendAfter });
        expect(await (await app.workflows.start('parent')).returnValue).toEqual([3, 2]);
        expect(await (await app.workflows.start('turns')).returnValue).toBe(7);
        await cluster.leave(app);
      }
    }),
  );

  it(
    'aborts steps under way, drops what they give, and runs no finally block',
    withCluster(async (cluster) => {
      const begun = new TestSignal();
      const aborted = new TestSignal<string>();
      const gate = new TestSignal();
      const cleaned: string[] = [];
      const flow = workflow('flow', async (wf, again: boolean): Promise<string> => {
        if (again) {
          gate.emit();
          await wf.step('later', () => aborted.next());
          return 'anew';
        }
        try {
          void wf.step('under way', async () => {
            const { signal } = wf;
            signal.addEventListener('abort', () => aborted.emit((signal.reason as { code: string }).code));
            begun.emit();
            await gate.next();
            return 'too late';
          });
          void wf.sleep('1h').finally(() => cleaned.push('sleep'));
          await wf.step('wait for it', () => begun.next());
          return await wf.continueAsNew([true]);
        } finally {
          cleaned.push('body');
        }
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow', [false]);
      expect(await run.returnValue).toBe('anew');
      expect((await run.steps()).map(({ name, output }) => [name, output])).toEqual([
        ['wait for it', undefined],
        ['later', 'RUN_ENDED'],
      ]);
      expect(cleaned).toEqual([]);
      expect(await cluster.count('waits')).toBe(0);
    }),
  );

  it(
    'is neither lost nor doubled when processes die before and after its commit: 30 runs of 8 turns',
    withCluster(async (cluster) => {
      const progress = new TestSignal();
      let steps = 0;
      const flow = workflow('flow', async (wf, n: number): Promise<number> => {
        await wf.setEvent('n', n);
        await wf.step('work', () => {
          if (++steps % 25 === 0) progress.emit();
        });
        return n < 7 ? wf.continueAsNew([n + 1]) : n;
      });
      const app = await cluster.app([flow]);
      const runs = await Promise.all(Array.from({ length: 30 }, () => app.workflows.start('flow', [0])));
      for (let crash = 0; crash < 5; crash++) {
        await progress.next({ timeout: 2_000 }).catch(() => undefined);
        await killAll(cluster);
      }
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(Array(30).fill(7));
      for (const run of runs) expect((await run.eventHistory()).map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    }),
    60_000,
  );

  it(
    'in a process that has lost the run does nothing: the next owner replays it and begins it anew once',
    withCluster(async (cluster) => {
      const begun = new TestSignal();
      const gate = new TestSignal();
      let bodies = 0;
      const flow = workflow('flow', async (wf, n: number): Promise<number> => {
        await wf.setEvent('n', n);
        if (n > 0) return n;
        await wf.step('block', async () => {
          // Whoever takes the run over goes on: the first process may be that, in its next life.
          if (++bodies > 1) return;
          begun.emit();
          await gate.next();
        });
        return wf.continueAsNew([n + 1]);
      });
      const first = await cluster.app([flow]);
      const { runId } = await first.workflows.start('flow', [0]);
      await begun.next();
      await cluster.kill(first);
      const second = await cluster.app([flow]);
      expect(await second.workflows.getRun(runId).returnValue).toBe(1);
      gate.emit();
      await cluster.leave(first);
      expect((await second.workflows.getRun(runId).eventHistory()).map(({ value }) => value)).toEqual([0, 1]);
      expect((await cluster.operations(runId)).map(({ ordinal }) => ordinal)).toEqual([0, 1, 2]);
    }),
  );

  it(
    'on replay before all that is recorded was asked for is NON_DETERMINISTIC_RUN',
    withCluster(async (cluster) => {
      const begun = new TestSignal();
      const first = await cluster.app([
        workflow('flow', async (wf) => {
          await wf.step('a', () => 1);
          await wf.step('b', () => 2);
          await wf.step('block', () => {
            begun.emit();
            return never();
          });
        }),
      ]);
      const { runId } = await first.workflows.start('flow');
      await begun.next();
      // Gone: otherwise it might take the run again, and run its own code.
      await cluster.leave(first);
      const second = await cluster.app([
        workflow('flow', async (wf) => {
          await wf.step('a', () => 1);
          return wf.continueAsNew([]);
        }),
      ]);
      await expect(second.workflows.getRun(runId).returnValue).rejects.toMatchObject({
        code: 'NON_DETERMINISTIC_RUN',
        message: expect.stringContaining('continued as new'),
      });
    }),
  );

  it.each<[string, unknown, string]>([
    ['a text', 'x', 'INVALID_START_TARGET'],
    ['a function inside', [() => 1], 'PAYLOAD_INVALID'],
    ['too much', ['x'.repeat(3_000_000)], 'PAYLOAD_TOO_LARGE'],
  ])('with %s for arguments is a typed error, and the run goes on', async (_, args, code) =>
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const error = await wf.continueAsNew(args as unknown[]).catch((caught) => caught);
        return [error.code, await wf.step('s', () => 1)];
      });
      const { workflows } = await cluster.app([flow]);
      expect(await (await workflows.start('flow')).returnValue).toEqual([code, 1]);
    })(),
  );

  it(
    'without arguments begins the run without any',
    withCluster(async (cluster) => {
      const flow = workflow(
        'flow',
        async (wf, ...args: unknown[]): Promise<unknown> => (args.length > 0 ? wf.continueAsNew() : args),
      );
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow', [1, 2]);
      expect(await run.returnValue).toEqual([]);
      expect(await run.input).toEqual([]);
    }),
  );
});

describe('a run that records much', () => {
  const recording: Array<[string, (wf: WorkflowContext) => unknown]> = [
    ['events', (wf) => wf.setEvent('k', 1)],
    ['values', (wf) => wf.now()],
  ];

  it.each(recording)('is warned of once, at 2,000 operations: %s', async (_, record) =>
    withCluster(async (cluster) => {
      const blocked = new TestSignal();
      let blocks = true;
      const flow = workflow('flow', async (wf, count: number) => {
        for (let i = 0; i < count; i++) await record(wf);
        await wf.step('block', () => {
          if (!blocks) return;
          blocked.emit();
          return never();
        });
        for (let i = 0; i < 20; i++) await record(wf);
      });
      const first = await cluster.app([flow]);
      const warnings = warningsOf(first);
      const many = () => warnings.filter((text) => text.includes('continueAsNew'));
      await first.workflows.start('flow', [1_990]);
      const { runId } = await first.workflows.start('flow', [2_010]);
      await blocked.next();
      await blocked.next();
      expect(many()).toEqual([expect.stringContaining(runId)]);
      blocks = false;
      await cluster.kill(first);
      const second = await cluster.app([flow]);
      warningsOf(second);
      const again = warningsOf(second);
      await second.workflows.getRun(runId).returnValue;
      expect(again.filter((text) => text.includes(runId) && text.includes('continueAsNew'))).toEqual([]);
    })(),
  );
});

describe('in the database, a run that began anew', () => {
  const step = (ordinal: number) => [ordinal, ordinal, 'step', 's', null, null, 1, 0];

  it(
    'changes nothing when its flush is repeated, and is refused once the run has another owner',
    withStores(async (room) => {
      const me = await room.executor();
      const [owner] = (await room.claimed(me, 1)) as [Owner];
      const batch = new FlushBatch();
      batch.add(owner, 'op', step(0));
      batch.add(owner, 'wait', [1, 'sleep', 'sleep', 0, 60_000, null]);
      batch.add(owner, 'again', [2, '["anew"]']);
      batch.add(owner, 'move', ['ENQUEUED', null, null, 5]);
      expect((await room.flushes.record(me, batch)).lost).toEqual([]);
      const before = await room.everything();
      expect(await room.rows('select status, input, first_ordinal, claimed_by from workflow_status')).toEqual([
        { status: 'ENQUEUED', input: '["anew"]', first_ordinal: 2, claimed_by: null },
      ]);
      expect((await room.flushes.record(me, batch)).lost).toEqual([]);
      expect(await room.everything()).toEqual(before);
      await room.claims.claim(me, { names: ['w'], queues: null }, 1);
      const claimed = await room.everything();
      expect((await room.flushes.record(me, batch)).lost).toEqual([owner.runId]);
      expect(await room.everything()).toEqual(claimed);
    }),
  );

  it(
    'keeps its arguments when a repeated flush meets its next execution, which began anew again',
    withStores(async (room) => {
      const me = await room.executor();
      const [owner, other] = (await room.claimed(me, 2)) as [Owner, Owner];
      const batch = new FlushBatch();
      batch.add(owner, 'again', [2, '["second"]']);
      batch.add(owner, 'move', ['ENQUEUED', null, null, 5]);
      batch.add(other, 'event', [0, 'k', '1']);
      await room.flushes.record(me, batch);
      const holder = await room.schema.pool.connect();
      try {
        await holder.query('begin; lock table workflow_events_history in access exclusive mode');
        const repeated = room.flushes.record(me, batch);
        await eventually(async () =>
          expect(
            await room.rows(`select from pg_locks where not granted and relation = 'workflow_events_history'::regclass`),
          ).toHaveLength(1),
        );
        const [claimed] = await room.claims.claim(me, { names: ['w'], queues: null }, 1);
        const next = new FlushBatch();
        const { runId, token } = claimed as { runId: string; token: string };
        expect(runId).toBe(owner.runId);
        const nextOwner = new Owner(runId, token);
        next.add(nextOwner, 'again', [5, '["third"]']);
        next.add(nextOwner, 'move', ['ENQUEUED', null, null, 5]);
        await room.flushes.record(me, next);
        await holder.query('rollback');
        await repeated;
        expect(await room.rows('select input, first_ordinal from workflow_status where workflow_id = $1', [runId])).toEqual([
          { input: '["third"]', first_ordinal: 5 },
        ]);
      } finally {
        holder.release(true);
      }
    }),
  );

  it(
    'has no wait of the execution before, not even one that a late copy of a flush brings',
    withStores(async (room) => {
      const me = await room.executor();
      const [owner] = (await room.claimed(me, 1)) as [Owner];
      const early = new FlushBatch();
      early.add(owner, 'wait', [0, 'sleep', 'sleep', 0, 1, null]);
      await room.flushes.record(me, early);
      const again = new FlushBatch();
      again.add(owner, 'again', [1, null]);
      again.add(owner, 'move', ['ENQUEUED', null, null, 5]);
      await room.flushes.record(me, again);
      expect(await room.rows('select ordinal from waits')).toEqual([]);
      await room.flushes.record(me, early);
      expect(await room.rows('select ordinal from waits')).toEqual([]);
    }),
  );

  it(
    'is loaded from its first ordinal on: the rows before are not read',
    withStores(async (room) => {
      const me = await room.executor();
      const [owner, other] = (await room.claimed(me, 2)) as [Owner, Owner];
      await room.rows(
        `insert into operation_outputs (workflow_id, ordinal, seq, kind, name, started_at, completed_at)
         select run, n, n, 'step', 's', now(), now() from unnest($1::uuid[]) run, generate_series(0, 999) n`,
        [[owner.runId, other.runId]],
      );
      await room.rows(
        `insert into operation_attempts (workflow_id, ordinal, attempt, name, started_at, completed_at)
         select run, n, 1, 's', now(), now() from unnest($1::uuid[]) run, generate_series(0, 999) n`,
        [[owner.runId, other.runId]],
      );
      let rowsRead = 0;
      const counting = {
        schema: room.database.schema,
        query: async (...query: Parameters<typeof room.database.query>) => {
          const rows = await room.database.query(...query);
          rowsRead += rows.length;
          return rows;
        },
      } as unknown as typeof room.database;
      const histories = await new ReplayStore(counting).findHistories([{ runId: owner.runId, firstOrdinal: 990 }]);
      const history = histories.get(owner.runId);
      expect(history?.operations.map(({ ordinal }) => ordinal)).toEqual(Array.from({ length: 10 }, (_, i) => 990 + i));
      expect([...(history?.failedAttempts.keys() ?? [])]).toHaveLength(10);
      expect(rowsRead).toBe(20);
      const both = await new ReplayStore(room.database).findHistories([
        { runId: owner.runId, firstOrdinal: 1_000 },
        { runId: other.runId, firstOrdinal: 0 },
      ]);
      expect(both.get(owner.runId)).toBeUndefined();
      expect(both.get(other.runId)?.operations).toHaveLength(1_000);
    }),
  );
});
