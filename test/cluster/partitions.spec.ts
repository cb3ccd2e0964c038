// Who waits in the partitions of a queue and who holds them, page by page: exactly as the runs say, and without walking over the others.
import { ClusterReader, type ListPartitionsOptions, type PartitionSummary } from '../../lib/client/cluster-reader.js';
import { listPartitions } from '../../lib/store/queues/partition.sql.js';
import { PartitionStore } from '../../lib/store/queues/partition.store.js';
import { findDeadlocks } from '../../lib/store/queues/queue.sql.js';
import { type PermitRoom, withPermits } from '../queues/permit-room.js';
import { randomNumbers } from '../support/random-numbers.js';

const readerOf = ({ room }: PermitRoom) =>
  new ClusterReader({
    partitions: new PartitionStore(room.database),
    directory: { refresh: async () => undefined, names: ['q'] },
  } as never);

async function pages(reader: ClusterReader, queue: string, options: ListPartitionsOptions): Promise<PartitionSummary[][]> {
  const found: PartitionSummary[][] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.listPartitions(queue, { ...options, cursor });
    found.push(page.partitions);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return found;
}

interface Stored {
  workflow_id: string;
  name: string;
  status: string;
  permit: boolean;
  partition_key: string | null;
  created_at: Date;
  started_at: Date | null;
}

/** As a look at all runs has it. */
async function oracle({ room }: PermitRoom, queue: string, contains?: string): Promise<PartitionSummary[]> {
  const runs: Stored[] = await room.rows(
    'select * from workflow_status where queue = $1 order by started_at nulls last, workflow_id',
    [queue],
  );
  const keys: Array<{ key: string | null }> = await room.rows(
    'select partition_key as key from workflow_status where queue = $1 group by 1 order by 1 nulls first',
    [queue],
  );
  const turns = await room.rows('select partition_key, min(turn)::int turn from queue_partitions where queue = $1 group by 1', [
    queue,
  ]);
  return keys
    .filter(({ key }) => contains === undefined || key?.toLowerCase().includes(contains.toLowerCase()))
    .map(({ key }) => {
      const here = runs.filter((run) => run.partition_key === key);
      const waiting = here.filter((run) => run.status === 'ENQUEUED' && !run.permit);
      const holders = here.filter((run) => run.permit);
      const turn = turns.find((line) => line.partition_key === key)?.turn ?? undefined;
      return {
        partitionKey: key,
        waiting: waiting.length,
        holders: holders.slice(0, 10).map((run) => ({
          runId: run.workflow_id,
          workflowName: run.name,
          status: run.status as never,
          startedAt: run.started_at,
        })),
        holderCount: holders.length,
        oldestWaitingAt: waiting.length === 0 ? null : new Date(Math.min(...waiting.map((run) => run.created_at.getTime()))),
        ...(turn !== undefined && turn !== null && { nextTurn: turn }),
      };
    })
    .filter(({ waiting, holderCount }) => waiting > 0 || holderCount > 0);
}

const KEYS = [
  null,
  'a',
  'A',
  'b%',
  'b_c',
  'line-1/reactor-a',
  'line-1/reactor-b',
  'line-2/reactor-a',
  'zürich',
  'ZÜRICH',
  '工場',
  '~',
  '0',
];
const STATUSES = ['ENQUEUED', 'ENQUEUED', 'ENQUEUED', 'RUNNING', 'WAITING', 'HELD', 'DELAYED', 'SUCCESS', 'CANCELLED'];

async function fill(room: PermitRoom, seed: number): Promise<void> {
  const random = randomNumbers(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const rows = Array.from({ length: 300 }, () => {
    const status = pick(STATUSES);
    return {
      status,
      queue: pick(['q', 'q', 'q', 'other']),
      key: pick(KEYS),
      name: pick(['v', 'w', 'x']),
      priority: pick([-1, 0, 0, 5]),
      permit: status !== 'DELAYED' && random() < (status === 'RUNNING' ? 1 : 0.2),
      age: Math.floor(random() * 1e6),
    };
  });
  await room.room.rows(
    `insert into workflow_status (workflow_id, name, queue, status, priority, partition_key, permit, created_at, started_at)
     select gen_random_uuid(), r.name, r.queue, r.status, r.priority, r.key, r.permit, now() - r.age * interval '1 ms',
            case when r.permit and r.age % 3 > 0 then now() - r.age * interval '1 ms' end
     from json_to_recordset($1) r (name text, queue text, status text, priority int, key text, permit bool, age int)`,
    [JSON.stringify(rows)],
  );
  await room.room.rows(
    `insert into queue_partitions (queue, partition_key, name, turn) select distinct queue, partition_key, name, case when hashtext(partition_key || name) % 3 <> 0 then abs(hashtext(name || partition_key)) % 50 end
     from workflow_status where partition_key is not null and status = 'ENQUEUED' and not permit`,
  );
}

describe('partitions of a queue', () => {
  it.each([1, 2, 3, 4])('are told as the runs say, in pages of any size, with any text (seed %s)', (seed) =>
    withPermits(async (room) => {
      await room.queue('q');
      await room.queue('other');
      await fill(room, seed);
      const reader = readerOf(room);
      for (const queue of ['q', 'other', 'default'])
        for (const contains of [undefined, 'reactor', 'LINE-1', '%', '_', 'zü', 'nowhere'])
          for (const limit of [1, 2, 3, 7, 500]) {
            const found = await pages(reader, queue, { limit, contains });
            expect([queue, contains, limit, found.flat()]).toEqual([queue, contains, limit, await oracle(room, queue, contains)]);
            for (const page of found.slice(0, -1)) expect(page).toHaveLength(limit);
          }
    })(),
  );

  it(
    'that are there throughout are on one page each, whatever comes and goes meanwhile',
    withPermits(async (room) => {
      await room.queue('q');
      const stay = Array.from({ length: 40 }, (_, i) => `s${String(i * 2).padStart(3, '0')}`);
      for (const key of stay) await room.startOne('q', key);
      const reader = readerOf(room);
      const seen: Array<string | null> = [];
      let cursor: string | undefined;
      for (let i = 0; ; i++) {
        const page = await reader.listPartitions('q', { limit: 7, cursor });
        seen.push(...page.partitions.map(({ partitionKey }) => partitionKey));
        cursor = page.nextCursor;
        if (cursor === undefined) break;
        await room.startOne('q', `s${String(i * 11 + 1).padStart(3, '0')}`);
        await room.startOne('q', null);
        await room.room.rows(`delete from workflow_status where partition_key like '%1'`);
      }
      expect(seen.filter((key) => stay.includes(key as string))).toEqual(stay);
    }),
  );

  it(
    'name the next in line by turn, and nobody without a permit left',
    withPermits(async (room) => {
      await room.queue('q');
      const reader = readerOf(room);
      for (const key of ['a', 'b', 'b', 'a', 'c']) await room.startOne('q', key);
      const [first] = await room.claim(1);
      await room.claim(1);
      const { partitions } = await reader.listPartitions('q');
      expect(partitions.map(({ partitionKey, waiting, holderCount }) => [partitionKey, waiting, holderCount])).toEqual([
        ['a', 1, 1],
        ['b', 1, 1],
        ['c', 1, 0],
      ]);
      expect(partitions[0]?.holders).toEqual([{ runId: first, workflowName: 'w', status: 'PENDING', startedAt: null }]);
      expect(partitions.map(({ nextTurn }) => typeof nextTurn)).toEqual(['undefined', 'undefined', 'number']);
    }),
  );

  it(
    'of the runs without a key have a turn where the queue has a limit',
    withPermits(async (room) => {
      await room.queue('q', { concurrency: 5 });
      await room.startOne('q', null);
      await room.startOne('default', null);
      const reader = readerOf(room);
      const [limited] = (await reader.listPartitions('q')).partitions;
      const [open] = (await reader.listPartitions('default')).partitions;
      expect([limited?.nextTurn, open?.nextTurn]).toEqual([0, undefined]);
    }),
  );

  it(
    'are counted to a thousand, and the oldest is found all the same',
    withPermits(async (room) => {
      await room.queue('q');
      await room.room.rows(
        `insert into workflow_status (workflow_id, name, queue, status, priority, partition_key, created_at)
         select gen_random_uuid(), 'w' || i % 3, 'q', 'ENQUEUED', i % 4, 'k', timestamptz '2026-01-01Z' + (5000 - i) * interval '1 s' from generate_series(1, 5000) i`,
      );
      const { partitions } = await readerOf(room).listPartitions('q');
      expect(partitions).toEqual([
        { partitionKey: 'k', waiting: 1_000, holders: [], holderCount: 0, oldestWaitingAt: new Date('2026-01-01Z') },
      ]);
    }),
  );

  it(
    'are found by jumps: a rare text ends a page after 10,000 keys, and the next goes on there',
    withPermits(async (room) => {
      await room.queue('q');
      await room.room.rows(
        `insert into workflow_status (workflow_id, name, queue, status, partition_key)
         select gen_random_uuid(), 'w', 'q', 'ENQUEUED', 'k' || lpad(i::text, 5, '0') from generate_series(1, 25000) i`,
      );
      await room.room.rows('analyze workflow_status');
      const found = await pages(readerOf(room), 'q', { contains: 'K2499', limit: 500 });
      expect(found.map((page) => page.length)).toEqual([0, 0, 10]);
      const plan = await room.room.rows(
        `explain ${listPartitions(room.room.database.schema)}`.replaceAll(
          /\$(\d)/g,
          (_, n) => [`'q'`, `''`, 'null', '101', '10000', 'true', '1000'][n - 1] as string,
        ),
      );
      const text = plan.map((line) => line['QUERY PLAN']).join('\n');
      expect(text).not.toContain('Seq Scan on workflow_status');
      expect(text).toContain('workflow_status_ready_keyed');
    }),
  );
});

describe('partitions that are full', () => {
  it(
    'are looked at for deadlocks one by one, not each among the permits of all',
    withPermits(async (room) => {
      await room.queue('q');
      await room.room.rows(
        `insert into workflow_status (workflow_id, name, queue, status, partition_key, permit)
         select gen_random_uuid(), 'w', 'q', 'WAITING', 'k' || i, true from generate_series(1, 1000) i`,
      );
      await room.room.rows(
        `insert into queue_partitions (queue, partition_key, name) select 'q', 'k' || i, 'w' from generate_series(1, 1000) i`,
      );
      await room.room.rows('analyze workflow_status');
      await room.room.rows('analyze queue_partitions');
      const text = `explain (analyze, buffers, format json) ${findDeadlocks(room.room.database.schema)}`.replace('$1', '1000');
      const [plan] = await room.room.rows(text);
      // A few pages each; all permits of the queue are some forty.
      expect(plan['QUERY PLAN'][0].Plan['Shared Hit Blocks']).toBeLessThan(10_000);
    }),
  );
});

describe('what is asked of partitions', () => {
  const BAD: Readonly<Record<string, [unknown, unknown, string]>> = {
    'a queue that is no text': [1, {}, 'INVALID_ID'],
    'an empty name of a queue': ['', {}, 'INVALID_ID'],
    'no object': ['q', 1, 'INVALID_OPTION'],
    'an option that is none': ['q', { limits: 1 }, 'UNKNOWN_OPTION'],
    'a limit of 0': ['q', { limit: 0 }, 'INVALID_FILTER'],
    'a limit of 501': ['q', { limit: 501 }, 'INVALID_FILTER'],
    'a broken limit': ['q', { limit: 1.5 }, 'INVALID_FILTER'],
    'an empty text': ['q', { contains: '' }, 'INVALID_FILTER'],
    'a text too long': ['q', { contains: 'x'.repeat(256) }, 'INVALID_FILTER'],
    'a text with a NUL': ['q', { contains: 'a\u0000' }, 'INVALID_FILTER'],
    'half of a pair': ['q', { contains: '\ud800' }, 'INVALID_FILTER'],
    'no text': ['q', { contains: {} }, 'INVALID_FILTER'],
    'a cursor of somebody else': ['q', { cursor: 'x' }, 'INVALID_FILTER'],
    'a cursor with a NUL': ['q', { cursor: Buffer.from('["\\u0000"]').toString('base64url') }, 'INVALID_FILTER'],
    'a cursor of two': ['q', { cursor: Buffer.from('[{}]').toString('base64url') }, 'INVALID_FILTER'],
  };

  it('is refused before any SQL when it can’t be meant', async () => {
    const reader = new ClusterReader({} as never);
    for (const [what, [queue, options, code]] of Object.entries(BAD)) {
      const error = await reader.listPartitions(queue as string, options as never).catch((refused) => refused);
      expect([what, error.code]).toEqual([what, code]);
    }
  });

  it(
    'of a queue that is none is refused, naming a near one',
    withPermits(async (room) => {
      const error = await readerOf(room)
        .listPartitions('qq')
        .catch((refused) => refused);
      expect(error).toMatchObject({ code: 'QUEUE_NOT_FOUND', message: expect.stringContaining('Did you mean "q"?') });
    }),
  );
});
