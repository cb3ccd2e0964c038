// The line of the partitions of a queue: who comes into it and by which bell, who goes out of it and comes back, and that everybody has his turn.

import { uuidv7 } from '../../lib/kernel/ids.js';
import type { NewRun } from '../../lib/model/run.js';
import { FlushBatch } from '../../lib/store/flush/flush-batch.js';
import { newRun, Owner } from '../engine/store-room.js';
import { eventually } from '../support/eventually.js';
import { BY, type PermitRoom, withPermits } from './permit-room.js';

/** As long as a claim says that there may be more. */
const claimAll = async (room: PermitRoom, limit: number): Promise<string[]> => {
  const claimed: string[] = [];
  for (let more = true; more; ) {
    const result = await room.claimGated(limit - claimed.length);
    claimed.push(...result.claimed);
    more = result.more && claimed.length < limit;
  }
  return claimed;
};

/** Resolves when the claim is through, or when it has come to a rest between two of its looks. */
const untilResting = async ({ room }: PermitRoom, claim: Promise<unknown>): Promise<void> => {
  let settled = false;
  void claim.finally(() => {
    settled = true;
  });
  const resting = `select from pg_stat_activity where application_name = $1 and wait_event = 'PgSleep'`;
  await eventually(async () => expect(settled || (await room.rows(resting, [room.schema.schema])).length > 0).toBe(true));
};

const inPartition = (run: Partial<NewRun>): NewRun => newRun({ partitionKey: 'a', ...run });

describe('a start in a partition rings its bell, once for all of one call, and is found by a claim', () => {
  it(
    'with a generated id',
    withPermits(async (room) => {
      const [first] = await room.start('default', 'a', 3);
      expect(await room.takeBells()).toEqual(['a w']);
      await room.start('default', null);
      await room.start('default', 'a', 1, { delayMs: 60_000 });
      expect(await room.takeBells()).toEqual([]);
      await room.start('default', 'a');
      expect(await room.claim()).toEqual([first]);
    }),
  );

  it(
    'with an id of the caller’s choice',
    withPermits(async (room) => {
      const run = inPartition({ externalId: 'x' });
      await room.room.runs.insertWithIds([run]);
      // It is there already: nobody is told anything.
      await room.room.runs.insertWithIds([run]);
      await room.room.runs.insertWithIds([inPartition({ externalId: 'later', delayMs: 60_000 })]);
      expect(await room.takeBells()).toEqual(['a w']);
    }),
  );

  it(
    'as a child',
    withPermits(async (room) => {
      const [parent] = (await room.room.claimed(room.executor, 1)) as [Owner];
      const child = (partition: string | null, delay: number) => [
        uuidv7(),
        'w',
        'default',
        partition,
        0,
        null,
        null,
        null,
        50,
        delay,
        false,
      ];
      const batch = new FlushBatch();
      for (const values of [child('a', 0), child('a', 0), child(null, 0), child('b', 60_000)]) batch.add(parent, 'child', values);
      await room.room.flushes.record(room.executor, batch);
      expect(await room.takeBells()).toEqual(['a w']);
      await room.room.flushes.record(room.executor, batch);
      expect(await room.takeBells()).toEqual([]);
    }),
  );

  it(
    'when its delay is over, not before',
    withPermits(async (room) => {
      const run = await room.startOne('default', 'a', { delayMs: 60_000 });
      await room.claimOpen();
      expect([await room.statusOf(run), await room.takeBells()]).toEqual(['DELAYED', []]);
      await room.room.rows('update workflow_status set wake_at = now()');
      await room.claimOpen();
      expect([await room.statusOf(run), await room.takeBells()]).toEqual(['ENQUEUED', ['a w']]);
    }),
  );
});

describe('a partition', () => {
  it(
    'stays in line while runs of it wait and a permit is left',
    withPermits(async (room) => {
      await room.queue('q', { partitionConcurrency: 3 });
      const runs = await room.start('q', 'a', 3);
      expect([await room.claim(1), await room.line()]).toEqual([[runs[0]], ['a']]);
      // No bell rings any more.
      expect([await room.claim(1), await room.claim(1), await room.line()]).toEqual([[runs[1]], [runs[2]], []]);
    }),
  );

  it(
    'stays in line when the run at its head is just being changed by somebody else',
    withPermits(async (room) => {
      const run = await room.startOne('default', 'a');
      const client = await room.room.schema.pool.connect();
      try {
        await client.query('begin');
        await client.query('select from workflow_status for update');
        expect([await room.claim(), await room.line()]).toEqual([[], ['a']]);
        await client.query('rollback');
      } finally {
        client.release();
      }
      expect(await room.claim()).toEqual([run]);
    }),
  );

  it(
    'goes out of line when nothing of it waits, and comes back with the next start',
    withPermits(async (room) => {
      await room.queue('q', { partitionConcurrency: 2 });
      await room.start('q', 'a');
      await room.claim();
      expect(await room.line()).toEqual([]);
      const run = await room.startOne('q', 'a');
      expect(await room.claim()).toEqual([run]);
    }),
  );

  it(
    'goes out of line when it has no permit left, so that it does not stand in the way of others',
    withPermits(async (room) => {
      await room.start('default', 'a', 2);
      await room.start('default', 'b', 2);
      await room.claim();
      expect(await room.line()).toEqual(['a*', 'b*']);
      // Also where it was in line already when the permits went.
      await room.room.rows('update queue_partitions set turn = 0');
      const run = await room.startOne('default', 'c');
      expect([await claimAll(room, 1), await room.line()]).toEqual([[run], ['a*', 'b*']]);
    }),
  );

  it(
    'comes back into line when a permit of it came back',
    withPermits(async (room) => {
      const [first, second] = await room.start('default', 'a', 2);
      await room.claim();
      expect(await room.line()).toEqual(['a*']);
      await room.end(first as string);
      expect(await room.claim()).toEqual([second]);
    }),
  );

  it(
    'is not overlooked when a permit of it comes back while a claim looks at it',
    withPermits(async (room) => {
      const first = await room.startOne('default', 'a');
      await room.claim();
      const second = await room.startOne('default', 'a');
      await room.takeBells();
      // Its bell was heard by a claim that had room for no more than it got.
      await room.room.rows(`insert into queue_partitions values ('default', 'a', 'w', 1)`);
      const looking = room.claim();
      await untilResting(room, looking);
      await room.end(first);
      expect([...(await looking), ...(await room.claim())]).toEqual([second]);
    }),
  );

  it(
    'comes back into line when its queue allows more of it',
    withPermits(async (room) => {
      await room.queue('q');
      const [, second] = await room.start('q', 'a', 2);
      await room.claim();
      await room.queues.change('q', { settings: { partitionConcurrency: 2 } }, BY);
      expect(await room.claim()).toEqual([second]);
    }),
  );

  it(
    'is there for each workflow of it: whoever runs only one of them leaves the others in line',
    withPermits(async (room) => {
      const other = await room.startOne('default', 'a', { workflowName: 'other' });
      expect(await room.claim()).toEqual([]);
      const mine = await room.startOne('default', 'a');
      expect(await room.claim()).toEqual([mine]);
      await room.end(mine);
      expect(await room.claim(1, { names: ['other'] })).toEqual([other]);
    }),
  );

  it(
    'lets in the lower priority number first, then the older',
    withPermits(async (room) => {
      const [late] = await room.start('default', 'a', 1, { priority: 5 });
      const [first, second] = await room.start('default', 'a', 2, { priority: -1 });
      const order: string[] = [];
      for (let i = 0; i < 3; i++) {
        const [run] = await room.claim();
        order.push(run as string);
        await room.end(run as string);
      }
      expect(order).toEqual([first, second, late]);
    }),
  );
});

describe('turns', () => {
  it(
    'go round: nobody is served twice while another waits, however many runs wait in a partition',
    withPermits(async (room) => {
      await room.queue('q', { partitionConcurrency: 100 });
      const keys = new Map<string, string>();
      for (const [key, count] of [
        ['hot', 30],
        ['cold', 2],
        ['cool', 2],
      ] as const)
        for (const run of await room.start('q', key, count)) keys.set(run, key);
      const order: string[] = [];
      for (let i = 0; i < 6; i++) order.push(keys.get((await room.claim(1))[0] as string) as string);
      expect([order.slice(0, 3).sort(), order.slice(3).sort()]).toEqual([
        ['cold', 'cool', 'hot'],
        ['cold', 'cool', 'hot'],
      ]);
    }),
  );

  it(
    'are shared with the runs outside of partitions, which have one together',
    withPermits(async (room) => {
      await room.queue('q', { concurrency: 100, partitionConcurrency: 100 });
      const outside = await room.start('q', null, 10);
      const inside = await room.start('q', 'a', 10);
      const claimed: string[] = [];
      for (let i = 0; i < 6; i++) claimed.push(...(await room.claim(1)));
      expect([
        claimed.filter((run) => inside.includes(run)).length,
        claimed.filter((run) => outside.includes(run)).length,
      ]).toEqual([3, 3]);
    }),
  );

  it(
    'give each partition its first run before any has a second one in the same claim',
    withPermits(async (room) => {
      await room.queue('q', { partitionConcurrency: 100 });
      const hot = await room.start('q', 'hot', 10);
      // From now on it is at the head of the line.
      await room.claim(1);
      const rest = await Promise.all(['b', 'c', 'd'].map((key) => room.startOne('q', key)));
      const claimed = await room.claim(4);
      expect([...claimed].sort()).toEqual([hot[1], ...rest].sort());
      expect(await room.claim(2)).toEqual(hot.slice(2, 4));
    }),
  );
});
