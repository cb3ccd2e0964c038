// Timers of runs that are unloaded: claimed at their moment and not only at the tick, never early, however far off, and many at once.
import { randomUUID } from 'node:crypto';
import { DueTimer } from '../../lib/dispatch/due-timer.js';
import { DatabaseClock } from '../../lib/store/database-clock.js';
import { findNextDue } from '../../lib/store/runs/run-claim.sql.js';
import type { RunClaimStore } from '../../lib/store/runs/run-claim.store.js';
import { withCluster, workflow } from '../engine/cluster.js';
import { type StoreRoom, withStores } from '../engine/store-room.js';
import { eventually } from '../support/eventually.js';
import { ManualClock, turnsPass } from '../unit/manual-clock.js';

const TICK_MS = 1_000;

/** A DueTimer over a database that knows of these moments, ms from the beginning. */
class Room {
  readonly clock = new ManualClock();
  readonly databaseClock = new DatabaseClock(this.clock);
  /** ms after the beginning at which it said that runs are due. */
  readonly fired: number[] = [];
  due: number[] = [];
  looks = 0;
  failing = false;
  names = ['flow'];
  readonly timer: DueTimer;

  constructor() {
    const claims = {
      findNextDue: async () => {
        this.looks++;
        if (this.failing) throw new Error('no database');
        const next = this.due.filter((at) => at > this.clock.monotonic()).sort((a, b) => a - b)[0];
        return next === undefined ? undefined : next - this.clock.monotonic();
      },
    } as unknown as RunClaimStore;
    const served = () => ({ names: this.names, queues: null });
    const onDue = () => this.fired.push(this.clock.monotonic());
    this.timer = new DueTimer(claims, served, TICK_MS, this.clock, this.databaseClock, onDue);
  }

  async pass(ms: number, step = 5): Promise<void> {
    for (let left = ms; left > 0; left -= step) {
      this.clock.advance(step);
      await turnsPass(2);
    }
  }
}

describe('the timer of runs that are due', () => {
  it('fires when a run that was unloaded here is due, and not before', async () => {
    const room = new Room();
    room.timer.dueAt(room.databaseClock.now() + 400);
    await room.pass(395);
    expect(room.fired).toEqual([]);
    await room.pass(600);
    expect(room.fired).toEqual([400]);
  });

  it('goes by the clock of the database, which may be far from the one of this machine', async () => {
    const room = new Room();
    room.databaseClock.observe(Date.UTC(2040, 0));
    room.timer.dueAt(Date.UTC(2040, 0) + 300);
    await room.pass(900);
    expect(room.fired).toEqual([300]);
  });

  it('finds at the tick what other processes have left, and goes on from one to the next', async () => {
    const room = new Room();
    room.due = [700, 250, 900, 5_000];
    await room.timer.runOnce();
    await room.pass(TICK_MS);
    expect(room.fired).toEqual([250, 700, 900]);
  });

  it('fires for the nearest, in whatever order it hears of them', async () => {
    const room = new Room();
    for (const at of [800, 100, 500]) {
      room.due.push(at);
      room.timer.dueAt(room.databaseClock.now() + at);
    }
    await room.pass(TICK_MS);
    expect(room.fired).toEqual([100, 500, 800]);
  });

  it('takes together what is due within 20 ms, so that a crowd is not a claim each', async () => {
    const room = new Room();
    room.due = Array.from({ length: 400 }, (_, i) => i / 10);
    await room.timer.runOnce();
    await room.pass(200, 1);
    expect(room.fired.length).toBeLessThanOrEqual(3);
    expect(room.looks).toBeLessThanOrEqual(4);
    expect(Math.max(...room.fired)).toBeGreaterThanOrEqual(39.9);
  });

  it('leaves to the tick what is due after it, and what is never due', async () => {
    const room = new Room();
    room.timer.dueAt(room.databaseClock.now() + TICK_MS + 1);
    room.timer.dueAt(Number.POSITIVE_INFINITY);
    room.due = [2 ** 31 + 5];
    await room.timer.runOnce();
    await room.pass(3_000, 50);
    expect(room.fired).toEqual([]);
  });

  it('does not stumble over a look that fails: the next tick looks again', async () => {
    const room = new Room();
    room.due = [200, 600];
    await room.timer.runOnce();
    room.failing = true;
    await room.pass(400);
    expect(room.fired).toEqual([200]);
    await expect(room.timer.runOnce()).rejects.toThrow('no database');
    room.failing = false;
    await room.timer.runOnce();
    await room.pass(400);
    expect(room.fired).toEqual([200, 600]);
  });

  it('asks for nothing where nothing is executed, and after it was stopped', async () => {
    const room = new Room();
    room.names = [];
    await room.timer.runOnce();
    expect(room.looks).toBe(0);
    room.names = ['flow'];
    room.due = [300];
    await room.timer.runOnce();
    room.timer.stop();
    room.timer.dueAt(room.databaseClock.now() + 10);
    await room.timer.runOnce();
    await room.pass(TICK_MS);
    expect([room.fired, room.looks]).toEqual([[], 1]);
  });
});

describe('a run that sleeps unloaded', () => {
  it(
    'goes on at its moment though no tick comes, and never before',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, ms: number) => {
        await wf.sleep(ms);
        await wf.sleepUntil(new Date(Date.now() + ms));
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0, tickInterval: '60s', notifications: false });
      await cluster.rows('create table seen as select * from waits limit 0');
      await cluster.rows(
        'create function keep() returns trigger language plpgsql as $$ begin insert into seen select new.*; return new; end $$',
      );
      await cluster.rows('create trigger keep after insert on waits for each row execute function keep()');
      const runs = await Promise.all(Array.from({ length: 20 }, (_, i) => workflows.start('flow', [150 + 17 * i])));
      await Promise.all(runs.map((run) => run.returnValue));
      const compared = 'operation_outputs o join seen s using (workflow_id, ordinal)';
      expect(await cluster.count(compared)).toBe(40);
      expect(await cluster.count(`${compared} where o.completed_at < s.wake_at`)).toBe(0);
    }),
    15_000,
  );

  it.each<[string, '90d' | 0, string]>([
    ['in memory', '90d', 'RUNNING'],
    ['unloaded', 0, 'WAITING'],
  ])('for longer than 2^31 ms is not over at once: %s', async (_, suspendAfter, status) =>
    withCluster(async (cluster) => {
      let entries = 0;
      const flow = workflow('flow', async (wf) => {
        entries++;
        await wf.sleep('30d');
      });
      const quick = workflow('quick', () => 1);
      const { workflows } = await cluster.app([flow, quick], { suspendAfter });
      const run = await workflows.start('flow');
      await eventually(async () => expect(await run.status).toBe(status));
      await eventually(async () => expect(await cluster.count('waits')).toBe(1));
      // An overflowing timer would have fired by now, and its outcome would stand in the same lane's next flush.
      for (let i = 0; i < 10; i++) await (await workflows.start('quick')).returnValue;
      expect([await run.status, await run.steps(), entries]).toEqual([status, [], 1]);
      const [{ days }] = await cluster.rows('select extract(epoch from wake_at - now()) / 86400 days from waits');
      expect(Number(days)).toBeCloseTo(30, 2);
    })(),
  );
});

describe('100,000 timers that are due at once', () => {
  const MANY = 100_000;
  const insertDue = (rows: StoreRoom['rows'], name: string) =>
    rows(
      `insert into workflow_status (workflow_id, name, status, permit, started_at, wake_at)
       select gen_random_uuid(), $1, 'WAITING', true, now(), now() - n * interval '1 ms' from generate_series(1, ${MANY}) n`,
      [name],
    );

  it(
    'are claimed in batches, the longest due first, half of each claim left to new work as long as there is any',
    withStores(async (room) => {
      const me = await room.executor();
      await insertDue((sql, values) => room.rows(sql, values), 'w');
      const first = await room.rows('select workflow_id from workflow_status order by wake_at limit 600');
      await room.enqueue(500);
      const isNew = new Set(
        (await room.rows(`select workflow_id from workflow_status where status = 'ENQUEUED'`)).map((row) => row.workflow_id),
      );
      const shares: Array<[number, number]> = [];
      for (let claim = 0; claim < 12; claim++) {
        const claimed = await room.claims.claim(me, { names: ['w'], queues: null }, 100);
        const fresh = claimed.filter(({ runId }) => isNew.has(runId)).length;
        shares.push([claimed.length - fresh, fresh]);
      }
      expect(shares).toEqual([...Array(10).fill([50, 50]), ...Array(2).fill([50, 0])]);
      // And nothing but those that were due first.
      const waiting = await room.rows(
        `select count(*)::int n, count(*) filter (where workflow_id = any ($1))::int first from workflow_status where status = 'WAITING'`,
        [first.map((row) => row.workflow_id)],
      );
      expect(waiting).toEqual([{ n: MANY - 600, first: 0 }]);
    }),
    60_000,
  );

  it(
    'are not read to find the next one that is not due yet',
    withStores(async (room) => {
      await insertDue((sql, values) => room.rows(sql, values), 'w');
      await room.rows(
        `insert into workflow_status (workflow_id, name, status, permit, wake_at) values ($1, 'w', 'WAITING', true, now() + interval '1 min')`,
        [randomUUID()],
      );
      await room.rows('analyze workflow_status');
      const left = await room.claims.findNextDue({ names: ['w', 'other'], queues: null });
      expect(left).toBeGreaterThan(50_000);
      expect(left).toBeLessThanOrEqual(60_000);
      const [{ 'QUERY PLAN': plan }] = await room.rows(
        `explain (analyze, format json) ${findNextDue(room.schema.schema).replace('$1::text[]', `array['w', 'other']`).replaceAll('$2::text[]', 'null::text[]').replaceAll('$2', 'null::text[]')}`,
      );
      const read: number[] = [];
      const walk = (node: { [key: string]: unknown; Plans?: never[] }) => {
        read.push(Number(node['Actual Rows'] ?? 0) + Number(node['Rows Removed by Filter'] ?? 0));
        for (const inner of node.Plans ?? []) walk(inner);
      };
      walk(plan[0].Plan);
      expect(Math.max(...read)).toBeLessThan(100);
    }),
    60_000,
  );

  it(
    'do not keep a run that is started meanwhile from running',
    withCluster(async (cluster) => {
      const woken = workflow('woken', () => 1);
      const quick = workflow('quick', (_, n: number) => n);
      const app = await cluster.app([woken, quick], { workflows: ['quick'], role: 'client' });
      await insertDue((sql, values) => cluster.rows(sql, values), 'woken');
      const runs = await Promise.all(Array.from({ length: 50 }, (_, i) => app.workflows.start('quick', [i])));
      await cluster.app([woken, quick], { maxConcurrentRuns: 50 });
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(Array.from({ length: 50 }, (_, i) => i));
      // Two claims at 25 each would do; some more may have come before the results were seen here.
      expect(await cluster.count(`workflow_status where status = 'WAITING'`)).toBeGreaterThan(MANY / 2);
    }),
    60_000,
  );
});
