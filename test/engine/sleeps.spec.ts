// Durable sleeps: short ones in memory, long ones without memory, never early, and nothing left behind.
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { type Cluster, never, withCluster, workflow } from './cluster.js';

const asleep = (cluster: Cluster) =>
  eventually(async () => expect(await cluster.count(`workflow_status where status = 'WAITING'`)).toBe(1));

describe('a sleep', () => {
  it(
    'that is short stays in memory: the run is never unloaded',
    withCluster(async (cluster) => {
      let entries = 0;
      const flow = workflow('flow', async (wf) => {
        entries++;
        await wf.sleep(50);
        await wf.sleep('60ms');
        await wf.sleep(0);
      });
      const app = await cluster.app([flow]);
      await (await app.workflows.start('flow')).returnValue;
      expect(entries).toBe(1);
      const slept = await cluster.rows(
        `select kind, name, extract(epoch from completed_at - started_at) * 1000 >= case ordinal when 0 then 50 when 1 then 60 else 0 end enough from operation_outputs order by ordinal`,
      );
      expect(slept).toEqual(Array(3).fill({ kind: 'sleep', name: 'sleep', enough: true }));
    }),
  );

  it(
    'with suspendAfter 0 unloads the run, frees its slot, and brings it back',
    withCluster(async (cluster) => {
      let entries = 0;
      const flow = workflow('flow', async (wf) => {
        entries++;
        await wf.step('before', () => 1);
        await wf.sleep(700);
        return wf.step('after', () => 'rested');
      });
      const quick = workflow('quick', () => 'passed');
      const app = await cluster.app([flow, quick], { suspendAfter: 0, maxConcurrentRuns: 1 });
      const run = await app.workflows.start('flow');
      await asleep(cluster);
      expect(await cluster.run(run.runId)).toMatchObject({ claimed_by: null, wake_at: expect.any(Date), completed_at: null });
      expect(await (await app.workflows.start('quick')).returnValue).toBe('passed');
      expect(await run.status).toBe('WAITING');
      expect(await run.returnValue).toBe('rested');
      expect(entries).toBe(2);
      expect(await cluster.run(run.runId)).toMatchObject({ wake_at: null, recovery_attempts: 0 });
      expect(await cluster.count('waits')).toBe(0);
    }),
  );

  it.each([0, '10s'])('is never over early by the clock of the database (suspendAfter %s)', async (suspendAfter) =>
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, ms: number) => {
        await wf.sleep(ms);
        await wf.sleepUntil(new Date(Date.now() + ms));
      });
      const app = await cluster.app([flow], { suspendAfter });
      // Keeps what the waits said, because the rows go when they are over.
      await cluster.rows('create table seen as select * from waits limit 0');
      await cluster.rows(
        'create function keep() returns trigger language plpgsql as $$ begin insert into seen select new.*; return new; end $$',
      );
      await cluster.rows('create trigger keep after insert on waits for each row execute function keep()');
      const runs = await Promise.all(Array.from({ length: 25 }, (_, i) => app.workflows.start('flow', [20 + 13 * i])));
      await Promise.all(runs.map((run) => run.returnValue));
      const early = await cluster.rows(
        `select o.*, s.wake_at from operation_outputs o join seen s using (workflow_id, ordinal) where o.completed_at < s.wake_at`,
      );
      expect(early).toEqual([]);
      expect(await cluster.count('operation_outputs join seen using (workflow_id, ordinal)')).toBe(50);
    })(),
  );

  it(
    'goes on after a takeover until the time it first set',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        await wf.sleep(1_200);
        return 'rested';
      });
      const first = await cluster.app([flow]);
      const { runId } = await first.workflows.start('flow');
      const due = await eventually(async () => {
        const [row] = await cluster.rows('select wake_at from waits');
        expect(row).toBeDefined();
        return row.wake_at as Date;
      });
      await cluster.kill(first);
      const second = await cluster.app([flow]);
      expect(await second.workflows.getRun(runId).returnValue).toBe('rested');
      const [slept] = await cluster.rows(
        "select completed_at, completed_at < $1 early, completed_at > $1::timestamptz + interval '1 s' late from operation_outputs",
        [due],
      );
      expect(slept).toMatchObject({ early: false, late: false });
    }),
  );

  it.each<[string, unknown]>([
    ['negative', -1],
    ['NaN', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
    ['text without unit', '10'],
    ['undefined', undefined],
    ['longer than 100 years', '40000d'],
  ])('of a bad length (%s) throws a typed error into the workflow and records nothing', async (_, length) =>
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const error = await wf.sleep(length as number).catch((caught) => caught);
        return [error.name, error.code];
      });
      const app = await cluster.app([flow]);
      expect(await (await app.workflows.start('flow')).returnValue).toEqual(['InvalidDurationError', 'INVALID_DURATION']);
      expect([await cluster.count('operation_outputs'), await cluster.count('waits')]).toEqual([0, 0]);
    })(),
  );

  it.each<[string, () => unknown]>([
    ['a time that is past', () => new Date(Date.now() - 60_000)],
    ['an invalid Date', () => new Date(Number.NaN)],
    ['the year 300000', () => new Date(8.64e15)],
    ['text without a zone', () => '2031-01-01 10:00'],
    ['undefined', () => undefined],
  ])('until %s throws a typed error into the workflow', async (_, time) =>
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const error = await wf.sleepUntil(time() as Date).catch((caught) => caught);
        return [error.name, error.code];
      });
      const app = await cluster.app([flow]);
      expect(await (await app.workflows.start('flow')).returnValue).toEqual(['InvalidDurationError', 'INVALID_DURATION']);
      expect(await cluster.count('waits')).toBe(0);
    })(),
  );

  it(
    'of more than 2^31 ms does not fire at once, loaded or not',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => wf.sleep(2 ** 31 + 5_000));
      const staying = workflow('staying', async (wf) =>
        Promise.race([wf.sleep(2 ** 31 + 5_000).then(() => 'fired'), wf.sleep(300).then(() => 'short')]),
      );
      const app = await cluster.app([flow, staying], { suspendAfter: '1000d' });
      const long = await app.workflows.start('flow');
      expect(await (await app.workflows.start('staying')).returnValue).toBe('short');
      expect(await long.status).toBe('RUNNING');
      await cluster.leave(app);
      const second = await cluster.app([flow, staying], { suspendAfter: 0 });
      await asleep(cluster);
      const [row] = await cluster.rows(
        `select wake_at - clock_timestamp() > interval '24 days' far from workflow_status where workflow_id = $1`,
        [long.runId],
      );
      expect(row.far).toBe(true);
      await cluster.leave(second);
    }),
  );
});

describe('sleeps side by side', () => {
  it.each([0, '10s'])('end each at its own time (suspendAfter %s)', async (suspendAfter) =>
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const order: string[] = [];
        const nap = async (name: string, ms: number) => {
          await wf.sleep(ms);
          order.push(name);
        };
        await Promise.all([nap('long', 700), nap('short', 50), nap('middle', 350)]);
        return order;
      });
      const app = await cluster.app([flow], { suspendAfter });
      const run = await app.workflows.start('flow');
      expect(await run.returnValue).toEqual(['short', 'middle', 'long']);
      expect(await cluster.count('waits')).toBe(0);
    })(),
  );

  it.each<[string, boolean]>([
    ['is asked for first', true],
    ['is asked for last', false],
  ])('of a step leave no row in waits when the step wins, if the sleep %s', async (_, sleepFirst) =>
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const sleep = () => wf.sleep('1h').then(() => 'slept');
        const step = () => wf.step('fast', () => 'stepped');
        return Promise.race(sleepFirst ? [sleep(), step()] : [step(), sleep()]);
      });
      const app = await cluster.app([flow]);
      for (let i = 0; i < 10; i++) expect(await (await app.workflows.start('flow')).returnValue).toBe('stepped');
      expect(await cluster.rows('select * from waits')).toEqual([]);
    })(),
  );

  it(
    'leave no row when the run throws, or ends without awaiting them',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, how: string) => {
        void wf.sleep('1h');
        if (how === 'later') await wf.step('s', () => 1);
        if (how === 'throws') throw new Error('enough');
      });
      const app = await cluster.app([flow]);
      for (const how of ['at once', 'later', 'throws'])
        await (await app.workflows.start('flow', [how])).returnValue.catch((error: Error) =>
          expect(error.message).toBe('enough'),
        );
      expect(await cluster.rows('select ordinal from waits')).toEqual([]);
    }),
  );

  it(
    'that lost a race do not keep timers in this process once the run is over',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) =>
        Promise.race([wf.sleep('2d'), wf.step('fast', () => 1).then(() => wf.step('next', () => 2))]),
      );
      const app = await cluster.app([flow], { suspendAfter: '100d' });
      const armed = new Set<unknown>();
      const { setTimeout: set, clearTimeout: clear } = globalThis;
      globalThis.setTimeout = ((fire: () => void, ms: number) => {
        const timer = set(fire, ms);
        if (ms > 86_400_000) armed.add(timer);
        return timer;
      }) as typeof setTimeout;
      globalThis.clearTimeout = ((timer: NodeJS.Timeout) => {
        armed.delete(timer);
        clear(timer);
      }) as typeof clearTimeout;
      try {
        for (let i = 0; i < 5; i++) await (await app.workflows.start('flow')).returnValue;
        expect(armed.size).toBe(0);
      } finally {
        Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
      }
    }),
  );

  it(
    'of which one ends long before the other do not make the run wake again and again',
    withCluster(async (cluster) => {
      let entries = 0;
      const flow = workflow('flow', async (wf) => {
        entries++;
        await Promise.race([wf.sleep(200), wf.sleep('1h')]);
        await wf.sleep('2h');
      });
      const app = await cluster.app([flow], { suspendAfter: 0 });
      const run = await app.workflows.start('flow');
      await eventually(async () => expect(await cluster.count('operation_outputs')).toBe(1));
      await asleep(cluster);
      const before = entries;
      // A handful of ticks.
      const tick = workflow('tick', async (wf) => wf.sleep(100));
      const other = await cluster.app([tick]);
      for (let i = 0; i < 5; i++) await (await other.workflows.start('tick')).returnValue;
      expect(entries).toBe(before);
      expect(await cluster.count('waits where workflow_id = $1', [run.runId])).toBe(2);
      const [row] = await cluster.rows(
        "select wake_at > clock_timestamp() + interval '50 min' far from workflow_status where workflow_id = $1",
        [run.runId],
      );
      expect(row.far).toBe(true);
    }),
  );

  it(
    'of a step that runs do not unload the run',
    withCluster(async (cluster) => {
      const gate = new TestSignal();
      const begun = new TestSignal();
      let bodies = 0;
      const flow = workflow('flow', async (wf) => {
        const both = await Promise.all([
          wf.sleep(50),
          wf.step('slow', async () => {
            bodies++;
            begun.emit();
            await gate.next();
            return 'worked';
          }),
        ]);
        return both[1];
      });
      const app = await cluster.app([flow], { suspendAfter: 0 });
      const run = await app.workflows.start('flow');
      await begun.next();
      await eventually(async () => expect(await cluster.count('operation_outputs')).toBe(1));
      expect(await run.status).toBe('RUNNING');
      gate.emit();
      expect(await run.returnValue).toBe('worked');
      expect(bodies).toBe(1);
    }),
  );
});

describe('a timeout', () => {
  it(
    'ends a waiting run as CANCELLED with RUN_TIMEOUT, and its waits',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => wf.sleep('1h'), { timeout: 400 });
      const app = await cluster.app([flow], { suspendAfter: 0 });
      const run = await app.workflows.start('flow');
      await asleep(cluster);
      await expect(run.returnValue).rejects.toMatchObject({ name: 'RunCancelledError', code: 'RUN_TIMEOUT', timedOut: true });
      expect(await cluster.run(run.runId)).toMatchObject({ status: 'CANCELLED', error: { code: 'RUN_TIMEOUT' }, wake_at: null });
      expect(await cluster.count('waits')).toBe(0);
    }),
  );

  it(
    'while a step runs aborts its signal, drops its result and leaves no wait',
    withCluster(async (cluster) => {
      const aborted = new TestSignal();
      const gate = new TestSignal();
      const flow = workflow('flow', async (wf) => {
        void wf.sleep('1h');
        await wf.step('slow', async () => {
          wf.signal.addEventListener('abort', () => aborted.emit());
          await gate.next();
        });
      });
      const app = await cluster.app([flow]);
      const run = await app.workflows.start('flow', [], { timeout: '300ms' });
      await aborted.next();
      gate.emit();
      await expect(run.returnValue).rejects.toMatchObject({ code: 'RUN_TIMEOUT' });
      expect(await cluster.run(run.runId)).toMatchObject({ status: 'CANCELLED', error: { code: 'RUN_TIMEOUT' } });
      expect([await cluster.count('operation_outputs'), await cluster.count('waits')]).toEqual([0, 0]);
      const [row] = await cluster.rows("select completed_at - claimed_at >= interval '300 ms' enough from workflow_status");
      expect(row.enough).toBe(true);
    }),
  );

  it(
    'counts from the first line, through suspension and takeover, and not from the start',
    withCluster(async (cluster) => {
      const begun = new TestSignal();
      const flow = workflow('flow', async (wf) => {
        await wf.step('block', () => {
          begun.emit();
          return never();
        });
      });
      const first = await cluster.app([flow]);
      const run = await first.workflows.start('flow', [], { timeout: 1_500, delay: 300 });
      expect((await cluster.run(run.runId)).deadline_at).toBeNull();
      await begun.next();
      const deadline = await eventually(async () => {
        const row = await cluster.run(run.runId);
        expect(row.deadline_at).not.toBeNull();
        return row.deadline_at as Date;
      });
      await cluster.kill(first);
      const second = await cluster.app([flow]);
      await expect(second.workflows.getRun(run.runId).returnValue).rejects.toMatchObject({ code: 'RUN_TIMEOUT' });
      const row = await cluster.run(run.runId);
      expect(row.deadline_at).toEqual(deadline);
      expect(row.completed_at.getTime()).toBeGreaterThanOrEqual(deadline.getTime());
    }),
  );
});
