// Messages: a mailbox per run, by topic; what one sender sends comes in its order, each message is received once, whatever the run does
// meanwhile. Which process the run is in, or whether in any, makes no difference.
import { randomUUID } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import type { WorkflowsModuleOptions } from '../../lib/index.js';
import { exactForm } from '../bad-input/exact-form.js';
import { type Cluster, never, withCluster, workflow } from '../engine/cluster.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';

const asks = workflow('asks', async (wf, topic = 'qa') => ({ got: await wf.receive(topic) }));
/** Receives so many, one after the other. */
const takes = workflow('takes', async (wf, count: number, topic = 'qa') => {
  const got: unknown[] = [];
  while (got.length < count) got.push(await wf.receive(topic));
  return got;
});

const waits = (cluster: Cluster, count = 1) => eventually(async () => expect(await cluster.count('waits')).toBe(count));
const unloaded = (cluster: Cluster, count = 1) =>
  eventually(async () => expect(await cluster.count(`workflow_status where status = 'WAITING'`)).toBe(count));
const sent = (cluster: Cluster, count: number) =>
  eventually(async () => expect(await cluster.count('notifications')).toBe(count));

/** Of the process that has the run, if one has; another life of that process, or another process, goes on. */
async function killOwner(cluster: Cluster, runId: string): Promise<void> {
  const { claimed_by } = await cluster.run(runId);
  if (claimed_by !== null) await cluster.killExecutor(claimed_by);
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('a message', () => {
  it.each<[string, WorkflowsModuleOptions, typeof waits]>([
    ['waits for it in memory', {}, waits],
    ['waits for it unloaded', { suspendAfter: 0 }, unloaded],
  ])('is received by a run that %s, with its payload', (_, options, ready) =>
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([asks], options);
      const run = await workflows.start('asks');
      await ready(cluster);
      await run.send('qa', { ok: true });
      expect(await run.returnValue).toEqual({ got: { ok: true } });
      expect(await cluster.operations(run.runId)).toEqual([
        { ordinal: 0, seq: 0, kind: 'receive', name: 'qa', output: '{"ok":true}', error: null },
      ]);
      expect(await cluster.rows('select taken_by from notifications')).toEqual([{ taken_by: 0 }]);
      expect(await cluster.count('waits')).toBe(0);
    })(),
  );

  it(
    'is received by a run that has not begun yet, as soon as it asks',
    withCluster(async (cluster) => {
      const client = await cluster.app([asks], { role: 'client' });
      const run = await client.workflows.start('asks');
      await run.send('qa', 1);
      // No tick helps it, and it is not unloaded before that.
      await cluster.app([asks], { tickInterval: 60_000, suspendAfter: '1h' });
      await eventually(async () => expect(await run.status).toBe('SUCCESS'));
      expect(await run.returnValue).toEqual({ got: 1 });
    }),
  );

  it.each<[string, WorkflowsModuleOptions, typeof waits]>([
    ['in memory, with notifications', {}, waits],
    ['in memory, by the tick alone', { notifications: false }, waits],
    ['unloaded, with notifications', { suspendAfter: 0 }, unloaded],
    ['unloaded, by the tick alone', { suspendAfter: 0, notifications: false }, unloaded],
  ])('sent in another process reaches the run: %s', (_, options, ready) =>
    withCluster(async (cluster) => {
      await cluster.app([asks], { role: 'worker', ...options });
      const client = await cluster.app([asks], { role: 'client', ...options });
      const run = await client.workflows.start('asks');
      await ready(cluster);
      await client.workflows.send(run.runId, 'qa', 1);
      expect(await run.returnValue).toEqual({ got: 1 });
    })(),
  );

  it(
    'sent in another process reaches a run in memory long before the tick, where there are notifications',
    withCluster(async (cluster) => {
      await cluster.app([asks], { role: 'worker', tickInterval: 60_000 });
      const client = await cluster.app([asks], { role: 'client', tickInterval: 60_000 });
      const run = await client.workflows.start('asks');
      await waits(cluster);
      await run.send('qa', 1);
      expect(await run.returnValue).toEqual({ got: 1 });
    }),
  );

  it(
    'is kept while nobody waits for it, by topic: whoever asks for another topic does not get it',
    withCluster(async (cluster) => {
      const gate = new TestSignal();
      const flow = workflow('flow', async (wf) => {
        await wf.step('gate', () => gate.next());
        return [await wf.receive('b'), await wf.receive('c', { timeout: 0 }), await wf.receive('a')];
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      await run.send('a', 'for a');
      await run.send('b', 'for b');
      gate.emit();
      expect(await run.returnValue).toEqual(['for b', null, 'for a']);
    }),
  );

  it(
    'is received by the run whose starter gave it an id, under that id',
    withCluster(async (cluster) => {
      const asksForOrder = workflow('tells', async (wf) => wf.send('order-1', 'qa', 'from a run'));
      const { workflows } = await cluster.app([takes, asksForOrder]);
      const run = await workflows.start('takes', [2], { id: 'order-1' });
      await workflows.send('order-1', 'qa', 'from outside');
      await (await workflows.start('tells')).returnValue;
      expect(await run.returnValue).toEqual(['from outside', 'from a run']);
    }),
  );

  it(
    'is read by two runs apart: each gets its own',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([asks]);
      const runs = await Promise.all(upTo(20).map(() => workflows.start('asks')));
      await Promise.all(runs.map((run, i) => run.send('qa', i)));
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(upTo(20).map((got) => ({ got })));
    }),
  );
});

describe('messages of one sender', () => {
  it.each([
    ['in memory', '10s'],
    ['unloaded between two of them', 0],
  ])('come in the order in which it sent them, though it awaited none, to a run that is %s', (_, suspendAfter) =>
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([takes], { suspendAfter });
      const run = await workflows.start('takes', [100]);
      await Promise.all(upTo(100).map((i) => run.send('qa', i)));
      expect(await run.returnValue).toEqual(upTo(100));
    })(),
  );

  it(
    'come in that order when some have an idempotencyKey: these do not overtake, nor are overtaken',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([takes]);
      const run = await workflows.start('takes', [60]);
      await Promise.all(upTo(60).map((i) => run.send('qa', i, i % 3 === 0 ? {} : { idempotencyKey: `k${i}` })));
      expect(await run.returnValue).toEqual(upTo(60));
    }),
  );

  it(
    'come in that order when another run sends them, with keys and without',
    withCluster(async (cluster) => {
      const tells = workflow('tells', async (wf, to: string) => {
        await Promise.all(upTo(40).map((i) => wf.send(to, 'qa', i, i % 3 === 0 ? {} : { idempotencyKey: `k${i}` })));
      });
      const { workflows } = await cluster.app([takes, tells]);
      const run = await workflows.start('takes', [40]);
      await workflows.start('tells', [run.runId]);
      expect(await run.returnValue).toEqual(upTo(40));
    }),
  );

  it(
    'come in its order among those of another one',
    withCluster(async (cluster) => {
      const here = await cluster.app([takes]);
      const there = await cluster.app([takes], { role: 'client' });
      const run = await here.workflows.start<string[]>('takes', [200]);
      await Promise.all(
        upTo(100).flatMap((i) => [here.workflows.send(run.runId, 'qa', `h${i}`), there.workflows.send(run.runId, 'qa', `t${i}`)]),
      );
      const got = await run.returnValue;
      for (const sender of ['h', 't'])
        expect(got.filter((message) => message.startsWith(sender))).toEqual(upTo(100).map((i) => `${sender}${i}`));
    }),
  );

  it(
    'come in order by the thousand, to a run that is far behind',
    withCluster(async (cluster) => {
      const client = await cluster.app([takes], { role: 'client' });
      const run = await client.workflows.start('takes', [3_000]);
      await Promise.all(upTo(3_000).map((i) => run.send('qa', i)));
      await cluster.app([takes], { suspendAfter: 0 });
      expect(await run.returnValue).toEqual(upTo(3_000));
    }),
    60_000,
  );
});

describe('a message is received once', () => {
  it.each([
    ['before it was sent', async () => undefined],
    ['as soon as it was sent', async (cluster: Cluster, _runId: string, i: number) => sent(cluster, i + 1)],
    [
      'as soon as its receipt is recorded',
      async (cluster: Cluster, runId: string, i: number) =>
        eventually(async () => expect(await cluster.count('operation_outputs where workflow_id = $1', [runId])).toBe(i + 1)),
    ],
  ])('though the process of the run dies again and again, %s', (_, moment) =>
    withCluster(async (cluster) => {
      for (const suspendAfter of [0, '10s']) await cluster.app([takes], { suspendAfter });
      const client = await cluster.app([takes], { role: 'client' });
      const run = await client.workflows.start('takes', [8]);
      for (const i of upTo(8)) {
        const sending = run.send('qa', i);
        await moment(cluster, run.runId, i);
        await killOwner(cluster, run.runId);
        await sending;
      }
      expect(await run.returnValue).toEqual(upTo(8));
      expect(await cluster.rows('select taken_by from notifications order by message_id')).toEqual(
        upTo(8).map((taken_by) => ({ taken_by })),
      );
    })(),
  );

  it(
    'though its receipt was on the way when its process died: the next one receives it, and what the dead one still writes is refused',
    withCluster(async (cluster) => {
      const received = new TestSignal<unknown>();
      const flow = workflow('flow', async (wf, last: string) => {
        const first = await wf.receive('qa');
        received.emit(first);
        return [first, await wf.receive('qa'), last];
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow', ['end']);
      await waits(cluster);
      const holder = await cluster.schema.pool.connect();
      try {
        // The flush with the receipt waits here: the code has the message, the database does not know it.
        await holder.query('begin; lock table waits in access exclusive mode');
        await run.send('qa', 1);
        expect(await received.next()).toBe(1);
        const stuck = `pg_stat_activity where application_name = 'workflows:' || $1 and wait_event_type = 'Lock' and query like '/* flush */%'`;
        await eventually(async () => expect(await cluster.count(stuck, [cluster.schema.schema])).toBe(1));
        const death = killOwner(cluster, run.runId);
        const behind = `pg_stat_activity a where exists (select from ${stuck} and pid = any (pg_blocking_pids(a.pid)))`;
        await eventually(async () => expect(await cluster.count(behind, [cluster.schema.schema])).toBe(1));
        await cluster.rows(`select pg_terminate_backend(pid) from ${stuck}`, [cluster.schema.schema]);
        await death;
      } finally {
        await holder.query('rollback');
        holder.release();
      }
      await run.send('qa', 2);
      expect(await run.returnValue).toEqual([1, 2, 'end']);
      expect(await received.next()).toBe(1);
    }),
  );

  it(
    'by one of two that wait for it at once: they get one each, in the order in which they asked, also after a crash',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => Promise.all([wf.receive('qa'), wf.receive('qa'), wf.receive('qa')]));
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow');
      await waits(cluster, 3);
      await run.send('qa', 'a');
      await waits(cluster, 2);
      await killOwner(cluster, run.runId);
      await run.send('qa', 'b');
      await run.send('qa', 'c');
      expect(await run.returnValue).toEqual(['a', 'b', 'c']);
    }),
  );

  it(
    'when more come at once than are read ahead, and as many wait for them',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const got = await Promise.all(upTo(50).map(() => wf.receive('qa')));
        return [...got, await wf.receive('qa', { timeout: 0 })];
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      await waits(cluster, 50);
      await Promise.all(upTo(50).map((i) => run.send('qa', i)));
      expect(await run.returnValue).toEqual([...upTo(50), null]);
    }),
  );

  it(
    'by a run that goes on under other arguments: what it did not receive before is still there',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, got: unknown[]): Promise<unknown[]> => {
        const all = [...got, await wf.receive('qa')];
        return all.length < 5 ? wf.continueAsNew([all]) : all;
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow', [[]]);
      await Promise.all(upTo(5).map((i) => run.send('qa', i)));
      expect(await run.returnValue).toEqual(upTo(5));
    }),
  );
});

describe('a timeout of receive', () => {
  it.each([
    ['in memory', '10s'],
    ['unloaded', 0],
  ])(
    'gives null when nothing came, which is recorded: a message that comes later is for the next receive (%s)',
    (_, suspendAfter) =>
      withCluster(async (cluster) => {
        const flow = workflow('flow', async (wf) => [
          await wf.receive('qa', { timeout: 50 }),
          await wf.receive('go'),
          await wf.receive('qa', { timeout: '1h' }),
        ]);
        const { workflows } = await cluster.app([flow], { suspendAfter });
        const run = await workflows.start('flow');
        await eventually(async () => expect(await cluster.operations(run.runId)).toMatchObject([{ output: 'null' }]));
        await run.send('qa', 'late');
        await killOwner(cluster, run.runId);
        await run.send('go');
        expect(await run.returnValue).toEqual([null, undefined, 'late']);
      })(),
  );

  it(
    'is never early by the clock of the database',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => wf.receive('qa', { timeout: 120 }));
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      expect(await run.returnValue).toBeNull();
      const enough = "select completed_at - started_at >= interval '120 ms' enough from operation_outputs";
      expect(await cluster.rows(enough)).toEqual([{ enough: true }]);
    }),
  );

  it(
    'does not lose what came in time while no process was there to see it',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => wf.receive('qa', { timeout: 300 }));
      const first = await cluster.app([flow], { suspendAfter: 0 });
      const run = await first.workflows.start('flow');
      await unloaded(cluster);
      await cluster.leave(first);
      const client = await cluster.app([flow], { role: 'client' });
      await client.workflows.send(run.runId, 'qa', 'in time');
      const over = "workflow_status where clock_timestamp() > created_at + interval '1 s'";
      await eventually(async () => expect(await cluster.count(over)).toBe(1));
      await cluster.app([flow]);
      expect(await client.workflows.getRun(run.runId).returnValue).toBe('in time');
    }),
  );

  it(
    'of 0 looks once: what is there is received, nothing is waited for',
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf) => {
        const before = await wf.receive('qa', { timeout: 0 });
        await wf.receive('go');
        return [before, await wf.receive('qa', { timeout: 0 }), await wf.receive('qa', { timeout: 0 })];
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      await waits(cluster);
      expect(await cluster.rows('select name from waits')).toEqual([{ name: 'go' }]);
      await run.send('qa', 1);
      await run.send('go');
      expect(await run.returnValue).toEqual([null, 1, null]);
    }),
  );

  it.each([
    ['in memory', '10s'],
    ['unloaded', 0],
  ])('that meets its message loses nothing: it is received by this receive or by the next (%s)', (_, suspendAfter) =>
    withCluster(async (cluster) => {
      const flow = workflow('flow', async (wf, timeout: number) => {
        const first = await wf.receive('qa', { timeout });
        return first ?? (await wf.receive('qa'));
      });
      const { workflows } = await cluster.app([flow], { suspendAfter });
      const runs = await Promise.all(upTo(60).map((i) => workflows.start('flow', [20 + i])));
      await waits(cluster, 60);
      await Promise.all(runs.map((run, i) => run.send('qa', i)));
      expect(await Promise.all(runs.map((run) => run.returnValue))).toEqual(upTo(60));
    })(),
  );
});

describe('a receive that is raced', () => {
  const flow = workflow('flow', async (wf, ms: number) => {
    const first = await Promise.race([wf.receive('qa'), wf.sleep(ms).then(() => 'too late')]);
    return [first, await wf.receive('qa', { timeout: '1h' })];
  });

  it.each([
    ['in memory', '10s'],
    ['unloaded', 0],
  ])('is won by what comes first, and so on every replay (%s)', (_, suspendAfter) =>
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([flow], { suspendAfter });
      const run = await workflows.start('flow', [3_600_000]);
      await waits(cluster, 2);
      await run.send('qa', 'a');
      await eventually(async () => expect(await cluster.count('operation_outputs')).toBe(1));
      await killOwner(cluster, run.runId);
      await run.send('qa', 'b');
      expect(await run.returnValue).toEqual(['a', 'b']);
    })(),
  );

  it(
    'still waits when it has lost: the next message is its own, the one after that for whoever asks next',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow', [10]);
      await eventually(async () => expect(await cluster.count(`waits where kind = 'receive'`)).toBe(2));
      await run.send('qa', 'a');
      await run.send('qa', 'b');
      expect(await run.returnValue).toEqual(['too late', 'b']);
    }),
  );
});

describe('an idempotencyKey', () => {
  it(
    'makes one message of all that are sent under it: one after the other, at once, and in two processes',
    withCluster(async (cluster) => {
      const here = await cluster.app([takes]);
      const there = await cluster.app([takes], { role: 'client' });
      const run = await here.workflows.start('takes', [3]);
      const options = { idempotencyKey: 'payment-1' };
      await Promise.all(upTo(40).map((i) => (i % 2 ? here : there).workflows.send(run.runId, 'qa', 'paid', options)));
      await run.send('qa', 'again', options);
      await run.send('other topic', 'again', options);
      await run.send('qa', 2);
      await run.send('qa', 3);
      expect(await run.returnValue).toEqual(['paid', 2, 3]);
      expect(await cluster.count('notifications')).toBe(3);
    }),
  );

  it(
    'is known as long as the run is, also after its message was received, and to no other run',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([takes]);
      const [one, two] = [await workflows.start('takes', [2]), await workflows.start('takes', [1])];
      const options = { idempotencyKey: 'k' };
      await one.send('qa', 1, options);
      await eventually(async () => expect(await cluster.count('notifications where taken_by = 0')).toBe(1));
      await one.send('qa', 2, options);
      await two.send('qa', 3, options);
      await one.send('qa', 4);
      expect([await one.returnValue, await two.returnValue]).toEqual([[1, 4], [3]]);
      // Who repeats it after the end hears that it is there, not that nobody will receive it.
      await one.send('qa', 1, options);
    }),
  );
});

describe('a message to nobody', () => {
  const tells = workflow('tells', async (wf, to: string) =>
    wf.send(to, 'qa', 1).then(
      () => 'sent',
      (error: Error & { code?: string }) => [error.name, error.code],
    ),
  );

  it(
    'is RUN_NOT_FOUND or RUN_FINISHED, from outside as from a run, and leaves nothing',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([tells, takes]);
      const over = await workflows.start('takes', [0]);
      await over.returnValue;
      const cancelled = await workflows.start('takes', [1]);
      await cancelled.cancel();
      const unknown = randomUUID();
      await expect(workflows.send(unknown, 'qa')).rejects.toMatchObject({ name: 'RunNotFoundError', code: 'RUN_NOT_FOUND' });
      await expect(workflows.send('no such order', 'qa')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      for (const options of [{}, { idempotencyKey: 'k' }])
        for (const run of [over, cancelled])
          await expect(run.send('qa', 1, options)).rejects.toMatchObject({ name: 'RunFinishedError', code: 'RUN_FINISHED' });
      for (const [id, error] of [
        [unknown, ['RunNotFoundError', 'RUN_NOT_FOUND']],
        [over.runId, ['RunFinishedError', 'RUN_FINISHED']],
      ])
        expect(await (await workflows.start('tells', [id])).returnValue).toEqual(error);
      expect(await cluster.count('notifications')).toBe(0);
    }),
  );

  it(
    'does not spoil those that are sent beside it',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([takes]);
      const run = await workflows.start('takes', [2]);
      const results = await Promise.allSettled([run.send('qa', 1), workflows.send(randomUUID(), 'qa', 0), run.send('qa', 2)]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await run.returnValue).toEqual([1, 2]);
    }),
  );
});

describe('a message from one run to another', () => {
  it(
    'is sent once, however often its run is replayed',
    withCluster(async (cluster) => {
      const tells = workflow('tells', async (wf, to: string) => {
        for (const i of upTo(3)) await wf.send(to, 'qa', i);
        await wf.receive('end');
      });
      const { workflows } = await cluster.app([takes, tells], { suspendAfter: 0 });
      const to = await workflows.start('takes', [4]);
      const from = await workflows.start('tells', [to.runId]);
      for (const _ of upTo(3)) {
        await unloaded(cluster, 2);
        await cluster.rows(`update workflow_status set wake_at = clock_timestamp() where workflow_id = $1`, [from.runId]);
        await eventually(async () =>
          expect(await cluster.run(from.runId)).not.toMatchObject({ status: 'WAITING', wake_at: expect.any(Date) }),
        );
      }
      await from.send('end');
      await from.returnValue;
      await to.send('qa', 'end');
      expect(await to.returnValue).toEqual([0, 1, 2, 'end']);
    }),
  );

  it(
    'is sent once though its process died before that was recorded, and the step runs again',
    withCluster(async (cluster) => {
      const tells = workflow('tells', async (wf, to: string) => {
        await wf.send(to, 'qa', 'once');
        await wf.receive('end');
      });
      const { workflows } = await cluster.app([takes, tells], { suspendAfter: 0 });
      const to = await workflows.start('takes', [2]);
      const from = await workflows.start('tells', [to.runId]);
      await unloaded(cluster, 2);
      // As that death would have left it.
      await cluster.rows(
        `with o as (delete from operation_outputs where workflow_id = $1), w as (delete from waits where workflow_id = $1)
         update workflow_status set wake_at = clock_timestamp() where workflow_id = $1`,
        [from.runId],
      );
      await eventually(async () =>
        expect(await cluster.operations(from.runId)).toMatchObject([{ name: 'send qa', error: null }]),
      );
      await to.send('qa', 'end');
      expect(await to.returnValue).toEqual(['once', 'end']);
    }),
  );
});

describe('the payload of a message', () => {
  it(
    'comes as it was sent, of every kind; without one it is undefined',
    withCluster(async (cluster) => {
      const payloads = [
        undefined,
        null,
        0,
        '',
        'é🦀 " \\ {} ,',
        false,
        [],
        [undefined, null],
        { a: { b: [1n, new Date(0)] } },
        new Map<unknown, unknown>([[{ k: 1 }, new Set([1, 'a'])]]),
        new Uint8Array([0, 255]),
        new Float64Array([Number.NaN, Number.POSITIVE_INFINITY]),
        new URL('https://a.example/?q=%20'),
        Object.assign(new TypeError('bad'), { code: 'E_BAD' }),
        new Date(1e12),
      ];
      const kept: unknown[] = [];
      const flow = workflow('flow', async (wf) => {
        kept.length = 0;
        for (const _ of payloads) kept.push(await wf.receive('qa'));
        await wf.receive('end');
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      await run.send('qa');
      for (const payload of payloads.slice(1)) await run.send('qa', payload);
      await eventually(() => expect(kept).toHaveLength(payloads.length));
      expect(kept.map((value) => exactForm(value))).toEqual(payloads.map((value) => exactForm(value, true)));
      await killOwner(cluster, run.runId);
      await run.send('end');
      await run.returnValue;
      expect(kept.map((value) => exactForm(value))).toEqual(payloads.map((value) => exactForm(value, true)));
    }),
  );

  it(
    'that is too large is refused, from outside and in a run, where it is no step yet',
    withCluster(async (cluster) => {
      const tells = workflow('tells', async (wf, size: number) =>
        wf.send(wf.runId, 'qa', 'x'.repeat(size)).catch((error: { code?: string }) => error.code),
      );
      const { workflows } = await cluster.app([tells, takes], { maxPayloadBytes: 1_024 });
      const run = await workflows.start('takes', [1]);
      await expect(run.send('qa', 'x'.repeat(1_023))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
      const teller = await workflows.start('tells', [1_023]);
      expect(await teller.returnValue).toBe('PAYLOAD_TOO_LARGE');
      expect(await cluster.operations(teller.runId)).toEqual([]);
      await run.send('qa', 'x'.repeat(1_010));
      expect(await run.returnValue).toEqual(['x'.repeat(1_010)]);
    }),
  );

  it(
    'that was damaged ends the run that receives it, and no other: not one whose inbox is read with it, nor one that does not ask for it',
    withCluster(async (cluster) => {
      const { workflows } = await cluster.app([asks, takes], { suspendAfter: 0 });
      const runs = await Promise.all(['asks', 'asks', 'takes'].map((name) => workflows.start(name, name === 'takes' ? [1] : [])));
      const [hurt, sound, spared] = runs as [(typeof runs)[0], (typeof runs)[0], (typeof runs)[0]];
      await unloaded(cluster, 3);
      const insert = `insert into notifications (workflow_id, message_key, topic, payload, pending) values ($1, 'k', $2, $3, true)`;
      await cluster.rows(insert, [spared.runId, 'another topic', '{"torn']);
      await cluster.rows(insert, [hurt.runId, 'qa', '{"torn']);
      await sound.send('qa', 1);
      await spared.send('qa', 2);
      await expect(hurt.returnValue).rejects.toMatchObject({ code: 'PAYLOAD_DECODE_FAILED' });
      expect(await sound.returnValue).toEqual({ got: 1 });
      expect(await spared.returnValue).toEqual([2]);
    }),
  );
});

describe('a message in a transaction of the application', () => {
  const withHost = (test: (cluster: Cluster, host: DataSource) => Promise<void>) =>
    withCluster(async (cluster) => {
      const host = new DataSource({ type: 'postgres', url: cluster.schema.url, applicationName: 'host', poolSize: 4 });
      await host.initialize();
      try {
        await test(cluster, host);
      } finally {
        await host.destroy();
      }
    });
  /** Open until it is told to end. */
  const held = async (host: DataSource, work: (manager: EntityManager) => Promise<unknown>) => {
    const runner = host.createQueryRunner();
    await runner.startTransaction();
    await work(runner.manager);
    return async (end: 'commit' | 'rollback') => {
      await (end === 'commit' ? runner.commitTransaction() : runner.rollbackTransaction());
      await runner.release();
    };
  };

  it.each<[string, WorkflowsModuleOptions, typeof waits]>([
    ['in memory, with notifications', { tickInterval: 60_000 }, waits],
    ['in memory, by the tick alone', { notifications: false }, waits],
    ['unloaded, with notifications', { suspendAfter: 0, tickInterval: 60_000 }, unloaded],
    ['unloaded, by the tick alone', { suspendAfter: 0, notifications: false }, unloaded],
  ])('is received when that commits, and only then: %s', (_, options, ready) =>
    withHost(async (cluster, host) => {
      await cluster.app([takes], { role: 'worker', ...options });
      const client = await cluster.app([takes], { role: 'client', ...options });
      const run = await client.workflows.start('takes', [1]);
      await ready(cluster);
      const rolledBack = await held(host, (manager) => run.send('qa', 'rolled back', { manager }));
      await rolledBack('rollback');
      const committed = await held(host, (manager) => run.send('qa', 'committed', { manager }));
      expect(await run.completedAt).toBeNull();
      await committed('commit');
      expect(await run.returnValue).toEqual(['committed']);
    })(),
  );

  it.each<[string, WorkflowsModuleOptions]>([
    ['though nobody heard of the commit, is found by the tick of any worker', { notifications: false }],
    ['wakes its run as soon as a worker hears of the commit, long before the tick', { tickInterval: 60_000 }],
  ])('%s', (_, options) =>
    withHost(async (cluster, host) => {
      await cluster.app([takes], { role: 'worker', suspendAfter: 0, ...options });
      const client = await cluster.app([takes], { role: 'client', ...options });
      const run = await client.workflows.start('takes', [1]);
      await unloaded(cluster);
      await host.transaction((manager) => run.send('qa', 1, { manager }));
      await eventually(async () => expect(await run.status).toBe('SUCCESS'));
    })(),
  );

  it(
    'may be the first thing said to a run that is started in it',
    withHost(async (cluster, host) => {
      const { workflows } = await cluster.app([takes]);
      const run = await host.transaction(async (manager) => {
        const started = await workflows.start('takes', [1], { manager });
        await started.send('qa', 'welcome', { manager });
        return started;
      });
      expect(await run.returnValue).toEqual(['welcome']);
    }),
  );

  it(
    'to nobody is refused without spoiling the transaction, and one with a key that is known changes nothing',
    withHost(async (cluster, host) => {
      const { workflows } = await cluster.app([takes]);
      const run = await workflows.start('takes', [2]);
      await run.send('qa', 1, { idempotencyKey: 'k' });
      await host.transaction(async (manager) => {
        await expect(workflows.send(randomUUID(), 'qa', 0, { manager })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
        await run.send('qa', 2, { manager, idempotencyKey: 'k' });
        await run.send('qa', 3, { manager });
      });
      expect(await run.returnValue).toEqual([1, 3]);
    }),
  );

  it(
    'that stays open keeps the run neither from its work nor from being unloaded, woken and ended',
    withHost(async (cluster, host) => {
      const flow = workflow('flow', async (wf) => {
        await wf.step('a', () => 1);
        const got = await wf.receive('qa');
        return wf.step('b', () => got);
      });
      const { workflows } = await cluster.app([flow], { suspendAfter: 0 });
      const run = await workflows.start('flow');
      const end = await held(host, (manager) => run.send('qa', 'much later', { manager }));
      await unloaded(cluster);
      await run.send('qa', 'now');
      expect(await run.returnValue).toBe('now');
      await end('commit');
      expect(await cluster.rows('select payload, taken_by is null left_there from notifications order by message_id')).toEqual([
        { payload: '"much later"', left_there: true },
        { payload: '"now"', left_there: false },
      ]);
    }),
  );

  it(
    'that holds a key stops nobody but who sends under that key to that run: not other senders, nor other messages of runs',
    withHost(async (cluster, host) => {
      const tells = workflow('tells', async (wf, to: string) => wf.send(to, 'qa', 'from a run', { idempotencyKey: 'k' }));
      const { workflows } = await cluster.app([takes, tells]);
      const [run, other] = [await workflows.start('takes', [1]), await workflows.start('takes', [50])];
      const end = await held(host, (manager) => run.send('qa', 'held', { manager, idempotencyKey: 'k' }));
      const teller = await workflows.start('tells', [run.runId]);
      const lockWait = `pg_stat_activity where wait_event_type = 'Lock' and application_name = 'workflows:' || $1`;
      await eventually(async () => expect(await cluster.count(lockWait, [cluster.schema.schema])).toBe(1));
      const blocked = run.send('qa', 'blocked', { idempotencyKey: 'k' });
      await Promise.all(upTo(50).map((i) => other.send('qa', i)));
      expect(await other.returnValue).toEqual(upTo(50));
      expect(await teller.completedAt).toBeNull();
      await end('rollback');
      await Promise.all([blocked, teller.returnValue]);
      expect(await cluster.count('notifications where message_key = $1', ['k'])).toBe(1);
    }),
  );

  it.each(['with', 'without'])('that has the row of the run locked keeps no sender waiting (%s idempotencyKey)', (key) =>
    withHost(async (cluster, host) => {
      const { workflows } = await cluster.app([takes], { suspendAfter: 0 });
      const run = await workflows.start('takes', [1]);
      await unloaded(cluster);
      const end = await held(host, (manager) =>
        manager.query(`select from "${cluster.schema.schema}".workflow_status where workflow_id = $1 for update`, [run.runId]),
      );
      await run.send('qa', 1, key === 'with' ? { idempotencyKey: 'k' } : {});
      expect(await cluster.rows('select pending, taken_by from notifications')).toEqual([{ pending: true, taken_by: null }]);
      await end('commit');
      expect(await run.returnValue).toEqual([1]);
    })(),
  );
});

describe('a message that comes while its run', () => {
  it(
    'is in a step is there when it asks, also when that step is in a process that dies',
    withCluster(async (cluster) => {
      const inStep = new TestSignal();
      let bodies = 0;
      const flow = workflow('flow', async (wf) => {
        await wf.step('s', () => {
          inStep.emit();
          return bodies++ === 0 ? never() : bodies;
        });
        return wf.receive('qa');
      });
      const { workflows } = await cluster.app([flow]);
      const run = await workflows.start('flow');
      await inStep.next();
      await run.send('qa', 1);
      await killOwner(cluster, run.runId);
      expect(await run.returnValue).toBe(1);
    }),
  );
});
