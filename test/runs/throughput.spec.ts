// How many runs ended lately, by queue and minute, and how far back that is known.
import type { RunStatus } from '../../lib/model/run.js';
import { RunSearchStore } from '../../lib/store/runs/run-search.store.js';
import { insertSeeded, newReader, type SeededRun, type StoreRoom, seededRun, withStores } from './run-room.js';

const MINUTE = 60_000;

/** A run that ended so many ms before the given moment. */
function endedBefore(now: number, msAgo: number, run: Partial<SeededRun> = {}): SeededRun {
  const completedAt = (now - msAgo) * 1_000;
  return seededRun({ createdAt: completedAt - 1_000_000, completedAt, ...run });
}

const nowOf = async (room: StoreRoom): Promise<number> =>
  Number((await room.rows('select floor(extract(epoch from clock_timestamp()) * 1000)::bigint ms'))[0]?.ms);

/** The plain meaning. */
function bucketsOf(runs: readonly SeededRun[], from: number, to: number, bucketMs: number) {
  const found = new Map<string, { queue: string; at: number; ended: number; failed: number }>();
  for (const { queue, status, completedAt } of runs) {
    const ms = (completedAt ?? Number.NaN) / 1_000;
    if (!(ms >= from && ms <= to)) continue;
    const at = Math.floor(ms / bucketMs) * bucketMs;
    const bucket = found.get(`${queue} ${at}`) ?? { queue, at, ended: 0, failed: 0 };
    bucket.ended += 1;
    if (status === 'ERROR' || status === 'DEAD') bucket.failed += 1;
    found.set(`${queue} ${at}`, bucket);
  }
  return [...found.values()].sort((a, b) => (a.queue < b.queue ? -1 : a.queue > b.queue ? 1 : a.at - b.at));
}

describe('throughput', () => {
  it.each([
    [undefined, 1, 60],
    [10, 1, 10],
    [61, 5, 13],
    [360, 5, 72],
    [1_440, 15, 96],
  ])(
    'of %s minutes counts what ended and what failed of each queue in buckets of %s min, whatever is under way',
    (minutes, bucketMinutes, buckets) =>
      withStores(async (room) => {
        const now = await nowOf(room);
        const statuses: RunStatus[] = ['SUCCESS', 'ERROR', 'DEAD', 'CANCELLED', 'STOPPED'];
        const ended = Array.from({ length: 600 }, (_, i) =>
          endedBefore(now, (i * i * 7 * MINUTE) / 1_000, {
            status: statuses[i % 5] ?? 'SUCCESS',
            queue: i % 3 === 0 ? 'mail' : 'line 1/reactor?a',
            name: `w-${i % 4}`,
          }),
        );
        await insertSeeded(room, [...ended, seededRun({ status: 'RUNNING' }), seededRun({ status: 'ENQUEUED' })]);
        const { from, to, bucketMs, searchedTo, ...found } = await newReader(room).throughput(
          minutes === undefined ? {} : { minutes },
        );
        expect(bucketMs).toBe(bucketMinutes * MINUTE);
        expect(searchedTo).toBeUndefined();
        expect(from.getTime()).toBe(Math.floor(to.getTime() / bucketMs) * bucketMs - (buckets - 1) * bucketMs);
        expect(found.buckets.map((bucket) => ({ ...bucket, at: bucket.at.getTime() }))).toEqual(
          bucketsOf(ended, from.getTime(), to.getTime(), bucketMs),
        );
        const { buckets: ofMail } = await newReader(room).throughput({
          queue: 'mail',
          ...(minutes !== undefined && { minutes }),
        });
        expect(ofMail).toEqual(found.buckets.filter(({ queue }) => queue === 'mail'));
      })(),
  );

  it(
    'is nothing where nothing ended lately, nor of a queue that nobody knows',
    withStores(async (room) => {
      expect((await newReader(room).throughput()).buckets).toEqual([]);
      const now = await nowOf(room);
      // The clock of a database may have been set back.
      await insertSeeded(room, [endedBefore(now, 90 * MINUTE), endedBefore(now, -90 * MINUTE)]);
      expect((await newReader(room).throughput()).buckets).toEqual([]);
      expect((await newReader(room).throughput({ queue: 'nobody' })).buckets).toEqual([]);
    }),
  );

  it(
    'says from when on it is complete, when more ended than it looks at',
    withStores(async (room) => {
      const now = await nowOf(room);
      const often = Array.from({ length: 200 }, (_, i) => endedBefore(now, i * 1_000, { name: 'often' }));
      const rare = [endedBefore(now, 50 * MINUTE, { name: 'rare', status: 'ERROR' })];
      await insertSeeded(room, [...often, ...rare]);
      const { searchedTo, buckets } = await new RunSearchStore(room.database).countThroughput(null, 60, MINUTE, 100);
      // Two workflows share 100 lookups; one more end tells that there are more.
      expect(searchedTo).toEqual(new Date(now - 50_000));
      expect(buckets.reduce((sum, { ended }) => sum + ended, 0)).toBe(52);
      expect(buckets.reduce((sum, { failed }) => sum + failed, 0)).toBe(1);
      const enough = await new RunSearchStore(room.database).countThroughput(null, 60, MINUTE, 400);
      expect(enough.searchedTo).toBeNull();
      expect(enough.buckets.reduce((sum, { ended }) => sum + ended, 0)).toBe(201);
    }),
  );

  it(
    'refuses what is no number of minutes before it asks the database',
    withStores(async (room) => {
      for (const minutes of [0, -1, 1.5, 1_441, Number.NaN, '60' as unknown as number])
        await expect(newReader(room).throughput({ minutes })).rejects.toMatchObject({ code: 'INVALID_FILTER' });
      await expect(newReader(room).throughput({ hours: 1 } as object)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
    }),
  );
});
