// Whoever brings what a run waits for meets the flush that unloads that run, at every point at which they can meet: the run is woken each time.
// Two transactions are interleaved by hand; see migrations/0005-waking.ts for the protocol and test/model/wakeups.spec.ts for its proof.
import { LeaseRescuer } from '../../lib/dispatch/lease-rescuer.js';
import { OverlookedWaits } from '../../lib/dispatch/overlooked-waits.js';
import type { EngineServices } from '../../lib/engine/engine-services.js';
import { FrameRest } from '../../lib/engine/frame-rest.js';
import type { Operation } from '../../lib/engine/operation.js';
import { systemClock } from '../../lib/kernel/clock.js';
import { DatabaseClock } from '../../lib/store/database-clock.js';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { Owner, type StoreRoom, withStores } from '../engine/store-room.js';
import { meet } from '../engine/two-transactions.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { silent } from '../unit/manual-clock.js';

/** What the run waits for, as a row of `waits` has it. */
interface Awaited {
  kind: 'receive' | 'getEvent' | 'result';
  source?: string;
  key?: string;
}

const MESSAGE: Awaited = { kind: 'receive', key: 'qa' };

const begins = (owner: Owner, { kind, source, key }: Awaited, batch = new FlushBatch()): FlushBatch => {
  batch.add(owner, 'wait', [0, kind, key ?? 'w', 0, null, null, source ?? null, key ?? null]);
  return batch;
};
const suspends = (owner: Owner, batch = new FlushBatch()): FlushBatch => {
  batch.add(owner, 'move', ['WAITING', null, null, 0]);
  return batch;
};
const sets = (owner: Owner, key: string, batch = new FlushBatch()): FlushBatch => {
  batch.add(owner, 'event', [0, key, '1']);
  return batch;
};
const ends = (owner: Owner): FlushBatch => {
  const batch = new FlushBatch();
  batch.add(owner, 'move', ['SUCCESS', null, null, 0]);
  return batch;
};

const send = ({ messages }: Pick<StoreRoom, 'messages'>, { runId }: Owner, topic = 'qa', key = 'k') =>
  messages.insertMany([{ runId, topic, key, payload: '1' }]);

const isDue = async (room: StoreRoom, { runId }: Owner) => {
  const [row] = await room.rows(
    'select status, coalesce(wake_at <= clock_timestamp(), false) due from workflow_status where workflow_id = $1',
    [runId],
  );
  return row;
};
const DUE = { status: 'WAITING', due: true };
const ASLEEP = { status: 'WAITING', due: false };
const marks = (room: StoreRoom) =>
  room.rows(`select (select count(*)::int from notifications where pending) messages,
                    (select count(*)::int from workflow_status where end_pending) ends`);

/** A run that waits, and a run that brings it, on executors of their own. */
async function cast(room: StoreRoom) {
  const [me, other] = [await room.executor(), await room.executor()];
  const [waiter] = (await room.claimed(me, 1)) as [Owner];
  const [source] = (await room.claimed(other, 1)) as [Owner];
  return { me, other, waiter, source };
}

describe('a message that meets the flush that unloads its run', () => {
  it(
    'and has the lock of the run first: the flush waits for it, and sees it',
    withStores(async (room) => {
      const { me, waiter } = await cast(room);
      const { waited } = await meet(
        room,
        (stores) => send(stores, waiter),
        () => room.flushes.record(me, suspends(waiter, begins(waiter, MESSAGE))),
      );
      expect(waited).toBe(true);
      expect(await isDue(room, waiter)).toEqual(DUE);
      expect(await marks(room)).toEqual([{ messages: 0, ends: 0 }]);
    }),
  );

  it(
    'and finds the run locked: its sender does not wait but leaves a mark, and whoever sweeps wakes the run',
    withStores(async (room) => {
      const { me, waiter } = await cast(room);
      const { waited, result } = await meet(
        room,
        ({ flushes }) => flushes.record(me, suspends(waiter, begins(waiter, MESSAGE))),
        () => send(room, waiter),
      );
      expect({ waited, result }).toEqual({ waited: false, result: { verdicts: ['SENT'], woken: 0, pending: true } });
      expect(await isDue(room, waiter)).toEqual(ASLEEP);
      expect(await marks(room)).toEqual([{ messages: 1, ends: 0 }]);
      expect(await room.wakes.wakeForPending(10)).toEqual({ woken: 1, busy: false });
      expect(await isDue(room, waiter)).toEqual(DUE);
      expect(await marks(room)).toEqual([{ messages: 0, ends: 0 }]);
    }),
  );

  it(
    'and whose mark is swept while that flush is still open: the mark stays for the next sweep',
    withStores(async (room) => {
      const { me, waiter } = await cast(room);
      const { waited, result } = await meet(
        room,
        ({ flushes }) => flushes.record(me, suspends(waiter, begins(waiter, MESSAGE))),
        async () => {
          await send(room, waiter);
          return room.wakes.wakeForPending(10);
        },
      );
      expect({ waited, result }).toEqual({ waited: false, result: { woken: 0, busy: true } });
      expect(await marks(room)).toEqual([{ messages: 1, ends: 0 }]);
      expect(await room.wakes.wakeForPending(10)).toEqual({ woken: 1, busy: false });
    }),
  );

  it(
    'and was there before: the flush sees it, and that of another topic it does not',
    withStores(async (room) => {
      const { me, waiter } = await cast(room);
      const [another] = (await room.claimed(me, 1)) as [Owner];
      await send(room, waiter);
      await send(room, another, 'another topic');
      await room.flushes.record(me, suspends(another, begins(another, MESSAGE, suspends(waiter, begins(waiter, MESSAGE)))));
      expect([await isDue(room, waiter), await isDue(room, another)]).toEqual([DUE, ASLEEP]);
    }),
  );

  it(
    'and has the lock of a run in its queue, over which a claim then passes: the sender says that there is something to claim',
    withStores(async (room) => {
      const me = await room.executor();
      const [runId = ''] = await room.enqueue(1);
      let sent: unknown;
      const { result } = await meet(
        room,
        async (stores) => {
          sent = await send(stores, new Owner(runId, ''));
        },
        () => room.claims.claim(me, { names: ['w'], queues: null }, 1),
      );
      expect(result).toEqual([]);
      expect(sent).toEqual({ verdicts: ['SENT'], woken: 1, pending: false });
    }),
  );

  it(
    'and comes after it wakes the run at once, without a mark',
    withStores(async (room) => {
      const { me, waiter } = await cast(room);
      await room.flushes.record(me, suspends(waiter, begins(waiter, MESSAGE)));
      expect(await send(room, waiter)).toEqual({ verdicts: ['SENT'], woken: 1, pending: false });
      expect(await isDue(room, waiter)).toEqual(DUE);
    }),
  );

  it(
    'and is in a transaction of the application is marked: it may commit whenever it likes, and stops nobody until then',
    withStores(async (room) => {
      const { me, waiter } = await cast(room);
      const { waited, result } = await meet(
        room,
        ({ messages, database: transaction }) =>
          messages.insertMany([{ runId: waiter.runId, topic: 'qa', key: 'k', payload: '1' }], transaction),
        async () => {
          await room.flushes.record(me, suspends(waiter, begins(waiter, MESSAGE)));
          return [await isDue(room, waiter), await room.wakes.wakeForPending(10)];
        },
      );
      expect({ waited, result }).toEqual({ waited: false, result: [ASLEEP, { woken: 0, busy: false }] });
      expect(await marks(room)).toEqual([{ messages: 1, ends: 0 }]);
      expect(await room.wakes.wakeForPending(10)).toEqual({ woken: 1, busy: false });
      expect(await isDue(room, waiter)).toEqual(DUE);
    }),
  );
});

describe('a message that is taken', () => {
  it(
    'wakes nobody again, and a repeated flush changes nothing of it',
    withStores(async (room) => {
      const { me, waiter } = await cast(room);
      await send(room, waiter);
      const batch = suspends(waiter);
      batch.add(waiter, 'op', [0, 0, 'receive', 'qa', '1', null, 1, 0]);
      batch.add(waiter, 'taken', [0, '1']);
      batch.add(waiter, 'wait', [1, 'receive', 'qa', 0, null, null, null, 'qa']);
      await room.flushes.record(me, batch);
      expect(await isDue(room, waiter)).toEqual(ASLEEP);
      const before = await room.everything();
      await room.flushes.record(me, batch);
      expect(await room.everything()).toEqual(before);
    }),
  );
});

describe('a sweep for marks that meets the flush that takes a marked message', () => {
  const marked = async (room: StoreRoom) => {
    const { me, waiter } = await cast(room);
    await send(room, waiter);
    await room.rows('update notifications set pending = true');
    const takes = suspends(waiter);
    takes.add(waiter, 'op', [0, 0, 'receive', 'qa', '1', null, 1, 0]);
    takes.add(waiter, 'taken', [0, '1']);
    takes.add(waiter, 'wait', [1, 'receive', 'b', 0, null, null, null, 'b']);
    return { me, waiter, takes };
  };

  it(
    'and comes first: the flush waits for it, and both get through',
    withStores(async (room) => {
      const { me, waiter, takes } = await marked(room);
      const { waited, result } = await meet(
        room,
        ({ wakes }) => wakes.wakeForPending(10),
        () => room.flushes.record(me, takes),
      );
      expect({ waited, lost: result.lost }).toEqual({ waited: true, lost: [] });
      expect(await room.rows('select taken_by, pending from notifications')).toEqual([{ taken_by: 0, pending: false }]);
      expect(await isDue(room, waiter)).toEqual(ASLEEP);
    }),
  );

  it(
    'and comes second: it passes by, and finds the mark at the next time',
    withStores(async (room) => {
      const { me, takes } = await marked(room);
      const { waited, result } = await meet(
        room,
        ({ flushes }) => flushes.record(me, takes),
        () => room.wakes.wakeForPending(10),
      );
      expect({ waited, result }).toEqual({ waited: false, result: { woken: 0, busy: true } });
      expect(await room.wakes.wakeForPending(10)).toMatchObject({ busy: false });
      expect(await marks(room)).toEqual([{ messages: 0, ends: 0 }]);
    }),
  );
});

describe.each<
  [string, Awaited['kind'], (source: Owner) => FlushBatch, (source: Owner) => [string[], Array<{ runId: string; key: string }>]]
>([
  ['an event', 'getEvent', (source) => sets(source, 'phase'), ({ runId }) => [[], [{ runId, key: 'phase' }]]],
  ['the end of a run', 'result', (source) => ends(source), ({ runId }) => [[runId], []]],
  ['the end of a run that should have set an event', 'getEvent', (source) => ends(source), ({ runId }) => [[runId], []]],
])('%s that meets the flush that unloads who waits for it', (_, kind, brings, duty) => {
  const awaited = ({ runId }: Owner): Awaited => ({ kind, source: runId, key: kind === 'getEvent' ? 'phase' : undefined });

  it(
    'and is committed between the commit of the wait and the look of that flush: the look sees it',
    withStores(async (room) => {
      const { me, other, waiter, source } = await cast(room);
      await room.flushes.record(me, begins(waiter, awaited(source)));
      await room.flushes.record(other, brings(source));
      await room.flushes.record(me, suspends(waiter));
      expect(await isDue(room, waiter)).toEqual(DUE);
    }),
  );

  it(
    'and is committed after that look: whoever brought it finds the wait, meets the locked row, and asks until it is free',
    withStores(async (room) => {
      const { me, other, waiter, source } = await cast(room);
      await room.flushes.record(me, begins(waiter, awaited(source)));
      const { waited, result } = await meet(
        room,
        ({ flushes }) => flushes.record(me, suspends(waiter)),
        async () => {
          await room.flushes.record(other, brings(source));
          return room.wakes.wakeWaiters(...duty(source));
        },
      );
      expect({ waited, result }).toEqual({ waited: false, result: { woken: 0, busy: true } });
      expect(await isDue(room, waiter)).toEqual(ASLEEP);
      expect(await room.wakes.wakeWaiters(...duty(source))).toEqual({ woken: 1, busy: false });
      expect(await isDue(room, waiter)).toEqual(DUE);
    }),
  );

  it(
    'and is committed when nobody waits yet: who begins to wait later sees it',
    withStores(async (room) => {
      const { me, other, waiter, source } = await cast(room);
      await room.flushes.record(other, brings(source));
      expect(await room.wakes.wakeWaiters(...duty(source))).toEqual({ woken: 0, busy: false });
      await room.flushes.record(me, begins(waiter, awaited(source)));
      await room.flushes.record(me, suspends(waiter));
      expect(await isDue(room, waiter)).toEqual(DUE);
    }),
  );

  it(
    'wakes nobody who waits for something else, or has its outcome on record',
    withStores(async (room) => {
      const { me, other, waiter, source } = await cast(room);
      const [another, done] = (await room.claimed(me, 2)) as [Owner, Owner];
      await room.flushes.record(me, begins(another, { kind, source: waiter.runId, key: 'phase' }));
      await room.flushes.record(me, begins(done, awaited(source)));
      const recorded = suspends(done, suspends(another));
      recorded.add(done, 'op', [0, 0, kind, 'phase', '1', null, 1, 0]);
      await room.flushes.record(other, brings(source));
      await room.flushes.record(me, recorded);
      expect(await room.wakes.wakeWaiters(...duty({ ...source, runId: another.runId } as Owner))).toEqual({
        woken: 0,
        busy: false,
      });
      expect([await isDue(room, another), await isDue(room, done)]).toEqual([ASLEEP, ASLEEP]);
    }),
  );

  it(
    'and whose process died before it told anybody: who rescues that process wakes the run, and only then counts it as cleared',
    withStores(async (room) => {
      const { me, other, waiter, source } = await cast(room);
      const [asleep] = (await room.claimed(me, 1)) as [Owner];
      await room.flushes.record(me, begins(asleep, MESSAGE, begins(waiter, awaited(source))));
      await room.flushes.record(me, suspends(asleep, suspends(waiter)));
      await room.flushes.record(other, brings(source));
      await room.executors.retire(other, { ifExpired: false });
      let isThere = false;
      const overlooked = new OverlookedWaits(room.wakes, systemClock, () => undefined);
      const rescuer = new LeaseRescuer(room.executors, () => me, systemClock, silent, {
        rescued: () => undefined,
        wakeOverlooked: async () => {
          expect(await room.executors.listUncleared()).toEqual([other]);
          if (!isThere) throw new Error('the database is away');
          await overlooked.runOnce();
        },
      });
      await expect(rescuer.runOnce()).rejects.toThrow('the database is away');
      expect(await room.executors.listUncleared()).toEqual([other]);
      expect(await isDue(room, waiter)).toEqual(ASLEEP);
      isThere = true;
      await rescuer.runOnce();
      expect([await isDue(room, waiter), await isDue(room, asleep)]).toEqual([DUE, ASLEEP]);
      expect(await room.executors.listUncleared()).toEqual([]);
    }),
  );
});

describe('the end of a run that somebody else than its owner brings about', () => {
  const DEAD = '{"name":"RecoveryExhaustedError","message":"m"}';
  const cancellation = { error: '{}', ifOverdue: false, actor: 'a', action: 'CANCEL', reason: null } as const;

  it.each<[string, (room: StoreRoom, source: Owner, owner: string) => Promise<unknown>]>([
    ['a cancellation', (room, source) => room.runs.cancel(source.runId, cancellation)],
    [
      'a timeout in the queue or asleep',
      async (room, source, owner) => {
        await room.flushes.record(owner, suspends(source, begins(source, MESSAGE)));
        await room.rows(`update workflow_status set deadline_at = now() - interval '1 s' where workflow_id = $1`, [source.runId]);
        expect(await room.runs.expireUnowned('{}', '{}', 10)).toEqual([source.runId]);
      },
    ],
    [
      'a timeout whose process does not end it',
      async (room, source) => {
        await room.rows(`update workflow_status set deadline_at = now() - interval '1 s' where workflow_id = $1`, [source.runId]);
        await room.runs.cancel(source.runId, { ...cancellation, ifOverdue: true });
      },
    ],
    [
      'a rescue too many',
      async (room, source, owner) => {
        await room.rows('update workflow_status set max_recovery_attempts = 0 where workflow_id = $1', [source.runId]);
        await room.rows('select retire_executor($1, false)', [owner]);
        await room.rows('update executors set graceful = false where executor_id = $1', [owner]);
        expect(await room.executors.requeueRuns(owner, 10, DEAD)).toEqual({ requeued: 1, dead: [source.runId] });
      },
    ],
  ])('is marked in the same commit, so that who waits for it is woken though the author is gone: %s', (_, end) =>
    withStores(async (room) => {
      const { me, other, waiter, source } = await cast(room);
      await room.flushes.record(me, begins(waiter, { kind: 'result', source: source.runId }));
      await room.flushes.record(me, suspends(waiter));
      await end(room, source, other);
      expect(await marks(room)).toEqual([{ messages: 0, ends: 1 }]);
      const { result } = await meet(
        room,
        () => room.rows('select 1'),
        () => room.wakes.wakeForPending(10),
      );
      expect(result).toEqual({ woken: 1, busy: false });
      expect(await isDue(room, waiter)).toEqual(DUE);
      expect(await marks(room)).toEqual([{ messages: 0, ends: 0 }]);
    })(),
  );

  it(
    'keeps its mark until everybody was reached who waits for it',
    withStores(async (room) => {
      const { me, waiter, source } = await cast(room);
      await room.flushes.record(me, begins(waiter, { kind: 'result', source: source.runId }));
      const { waited, result } = await meet(
        room,
        ({ flushes }) => flushes.record(me, suspends(waiter)),
        async () => {
          await room.runs.cancel(source.runId, cancellation);
          return room.wakes.wakeForPending(10);
        },
      );
      expect({ waited, result }).toEqual({ waited: false, result: { woken: 0, busy: true } });
      expect(await room.wakes.wakeForPending(10)).toEqual({ woken: 1, busy: false });
      expect(await isDue(room, waiter)).toEqual(DUE);
    }),
  );

  it(
    'leaves no mark when it is its owner who ends it: that one looks by itself',
    withStores(async (room) => {
      const { other, source } = await cast(room);
      await room.flushes.record(other, ends(source));
      expect(await marks(room)).toEqual([{ messages: 0, ends: 0 }]);
    }),
  );
});

describe('a repeated flush that is refused', () => {
  it(
    'may be the repetition of one that set an event: who waits for any event of that run is woken for its name alone',
    withStores(async (room) => {
      const { me, other, waiter, source } = await cast(room);
      await room.flushes.record(me, begins(waiter, { kind: 'getEvent', source: source.runId, key: 'phase' }));
      await room.flushes.record(me, suspends(waiter));
      const late = sets(source, 'phase');
      late.add(source, 'wait', [1, 'sleep', 'sleep', 0, 0, null, null, null]);
      suspends(source, late);
      // Its answer is lost; another process claims the run before it is repeated.
      await room.flushes.record(other, late);
      await eventually(async () => expect(await room.claims.claim(me, { names: ['w'], queues: null }, 1)).toHaveLength(1));
      expect(await room.flushes.record(other, late)).toMatchObject({ lost: [source.runId] });
      expect(await isDue(room, waiter)).toEqual(ASLEEP);
      expect(await room.wakes.wakeWaiters([source.runId], [])).toEqual({ woken: 1, busy: false });
      expect(await isDue(room, waiter)).toEqual(DUE);
    }),
  );
});

describe('the look after the death of a process', () => {
  it(
    'goes through all that wait, page by page, and a page again while a row of it is locked',
    withStores(async (room) => {
      const me = await room.executor();
      const owners = await room.claimed(me, 7);
      for (const [i, owner] of owners.entries()) {
        await room.flushes.record(me, begins(owner, MESSAGE));
        await room.flushes.record(me, suspends(owner));
        if (i % 2 === 0) await room.rows(`insert into notifications values ($1, default, 'k', 'qa', '1', false)`, [owner.runId]);
      }
      const pages: Array<{ woken: number; last: string | null }> = [];
      for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
        const page = await room.wakes.wakeOverlooked(after, 3);
        pages.push(page);
        if (page.last === null) break;
        after = page.last;
      }
      expect(pages.map(({ woken }) => woken)).toEqual([2, 1, 1, 0]);
      await room.rows(`update workflow_status set wake_at = null`);
      const overlooked = new OverlookedWaits(room.wakes, systemClock, () => undefined);
      const client = await room.schema.pool.connect();
      let isOver = false;
      try {
        await client.query('begin');
        await client.query('select from workflow_status where workflow_id = $1 for update', [owners[0]?.runId]);
        const looking = overlooked.runOnce().then(() => {
          isOver = true;
        });
        const others = 'select count(*)::int n from workflow_status where wake_at is not null';
        await eventually(async () => expect(await room.rows(others)).toEqual([{ n: 3 }]));
        expect(isOver).toBe(false);
        await client.query('commit');
        await looking;
      } finally {
        await client.query('rollback');
        client.release();
      }
      for (const [i, owner] of owners.entries()) expect(await isDue(room, owner)).toEqual(i % 2 === 0 ? DUE : ASLEEP);
    }),
  );
});

describe('a run that waits for others', () => {
  const services = {
    clock: systemClock,
    databaseClock: new DatabaseClock(systemClock),
    suspendAfterMs: 0,
    ports: { isCrowded: () => true },
    queues: { isMaintained: () => false },
  } as unknown as EngineServices;
  const operation = (more: Partial<Operation>) =>
    ({ state: 'waiting', wakeAt: Number.POSITIVE_INFINITY, hasSource: true, hasWait: true, ...more }) as Operation;

  it('is not unloaded before its wait is committed: until then nobody knows whom to wake', () => {
    const rest = new FrameRest(services, () => undefined);
    for (const isDraining of [false, true]) {
      expect(rest.decide([operation({ isWaitDurable: false })], isDraining)).toBe('stay');
      expect(rest.decide([operation({ isWaitDurable: true }), operation({ isWaitDurable: false })], isDraining)).toBe('stay');
      expect(rest.decide([operation({ isWaitDurable: true })], isDraining)).toBe('suspend');
    }
  });

  it.each(['receive', 'getEvent', 'result', 'child'])('commits its wait in a flush before the one that unloads it: %s', (kind) =>
    withCluster(async (cluster) => {
      const waits = workflow('waits', async (wf, id: string) => {
        if (kind === 'receive') return wf.receive('qa');
        if (kind === 'getEvent') return wf.getEvent(id, 'phase');
        return (await wf.startChild('never', [])).returnValue;
      });
      const never = workflow('never', (wf) => wf.sleep('1h'));
      const { workflows } = await cluster.app([waits, never], { suspendAfter: 0 });
      const source = await workflows.start('never');
      const run = await workflows.start('waits', [source.runId]);
      await eventually(async () => expect(await run.status).toBe('WAITING'));
      expect(
        await cluster.rows(
          'select w.xmin::text::bigint < r.xmin::text::bigint earlier from workflow_status r join waits w using (workflow_id) where r.workflow_id = $1',
          [run.runId],
        ),
      ).toEqual([{ earlier: true }]);
    })(),
  );

  it(
    'for the end of a run that is in memory here is unloaded all the same, and woken by it',
    withCluster(async (cluster) => {
      const inStep = new TestSignal();
      const gate = new TestSignal();
      const child = workflow('child', (wf) =>
        wf.step('gate', async () => {
          inStep.emit();
          await gate.next();
          return 'passed';
        }),
      );
      let asked = 0;
      const parent = workflow('parent', async (wf) => {
        const started = await wf.startChild('child');
        await wf.step('wait for its step', () => inStep.next());
        asked++;
        return started.returnValue;
      });
      const { workflows } = await cluster.app([child, parent], { suspendAfter: 0 });
      const run = await workflows.start('parent');
      await eventually(async () => expect(await run.status).toBe('WAITING'));
      gate.emit();
      expect(await run.returnValue).toBe('passed');
      expect(asked).toBe(2);
    }),
  );

  it(
    'and is woken for nothing looks, and waits again',
    withCluster(async (cluster) => {
      let entries = 0;
      const flow = workflow('flow', async (wf) => {
        entries++;
        const step = await wf.step('s', () => 1);
        return [step, await wf.receive('qa')];
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow');
      for (let times = 1; times <= 3; times++) {
        await eventually(async () => expect(await cluster.run(run.runId)).toMatchObject({ status: 'WAITING', wake_at: null }));
        expect(entries).toBe(times);
        await cluster.rows('update workflow_status set wake_at = clock_timestamp()');
        await eventually(() => expect(entries).toBe(times + 1));
      }
      expect(await cluster.rows('select ordinal, kind from waits')).toEqual([{ ordinal: 1, kind: 'receive' }]);
      await run.send('qa', 2);
      expect(await run.returnValue).toEqual([1, 2]);
    }),
  );

  it(
    'leaves no wait behind that is over, however soon it found what it was woken for',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, id: string) => {
        const got = [await wf.receive('qa'), await wf.getEvent(id, 'phase')];
        return [...got, await wf.receive('end')];
      });
      const source = workflow('source', async (wf) => {
        await wf.receive('go');
        await wf.setEvent('phase', 2);
      });
      const { workflows } = await cluster.app([flow, source], { suspendAfter: 0 });
      const from = await workflows.start('source');
      const run = await workflows.start('flow', [from.runId]);
      const waitsOnly = (key: string) =>
        eventually(async () => {
          expect(await cluster.rows('select source_key from waits where workflow_id = $1', [run.runId])).toEqual([
            { source_key: key },
          ]);
          expect(await run.status).toBe('WAITING');
        });
      await waitsOnly('qa');
      await run.send('qa', 1);
      await waitsOnly('phase');
      await from.send('go');
      await waitsOnly('end');
      await run.send('end', 3);
      expect(await run.returnValue).toEqual([1, 2, 3]);
    }),
  );
});
