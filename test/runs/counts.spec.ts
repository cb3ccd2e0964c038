// Counts for pages of queues, and how far counting goes.
import { RUN_STATUSES } from '../../lib/model/run.js';
import { RunSearchStore } from '../../lib/store/runs/run-search.store.js';
import { randomNumbers } from '../support/random-numbers.js';
import { AT, insertSeeded, newReader, randomRuns, type SeededRun, type StoreRoom, seededRun, withStores } from './run-room.js';

const QUEUES = ['default', 'mail', 'rare', 'empty'];

async function declareQueues(room: StoreRoom): Promise<void> {
  await room.rows('insert into queues (queue) select unnest($1::text[]) on conflict do nothing', [QUEUES]);
}

/** The plain meaning, with up to `most` in each cell. */
function cells(runs: readonly SeededRun[], most: number) {
  return QUEUES.toSorted().flatMap((queue) =>
    [...RUN_STATUSES].sort().flatMap((status) => {
      const found = runs.filter((run) => run.queue === queue && run.status === status);
      return found.length === 0 ? [] : [{ queue, status, count: Math.min(found.length, most), capped: found.length > most }];
    }),
  );
}

describe('countByStatus', () => {
  it(
    'counts the runs of each queue and status, whatever holds a permit or is in a partition',
    withStores(async (room) => {
      await declareQueues(room);
      const random = randomNumbers(11);
      const runs = randomRuns(2_000, random).map((run) => ({
        ...run,
        permit: run.permit || (['ENQUEUED', 'HELD'].includes(run.status) && random() < 0.3),
      }));
      await insertSeeded(room, runs);
      await room.rows(`update workflow_status set recovery_attempts = 3 where permit and status = 'ENQUEUED' and legal_hold`);
      const reader = newReader(room);
      const counted = await reader.countByStatus();
      expect(counted.map(({ oldestAt: _oldest, ...cell }) => cell)).toEqual(cells(runs, 10_000));
      for (const { queue, status, oldestAt } of counted) {
        const oldest = Math.min(
          ...runs.filter((run) => run.queue === queue && run.status === status).map((run) => run.createdAt),
        );
        expect(oldestAt).toEqual(new Date(Math.floor(oldest / 1_000)));
      }
      const ofMail = (await reader.countByStatus({ queue: 'mail', workflowName: 'rare' })).map(
        ({ oldestAt: _oldest, ...cell }) => cell,
      );
      expect(ofMail).toEqual(
        cells(
          runs.filter(({ queue, name }) => queue === 'mail' && name === 'rare'),
          10_000,
        ),
      );
      expect(await reader.countByStatus({ queue: 'no such' })).toEqual([]);
    }),
  );

  it(
    'says of each cell whether there is more than it counted',
    withStores(async (room) => {
      await declareQueues(room);
      const many = (count: number, run: Partial<SeededRun>) => Array.from({ length: count }, () => seededRun(run));
      const runs = [
        ...many(30, { status: 'ENQUEUED' }),
        ...many(10, { status: 'ENQUEUED', queue: 'mail', partitionKey: 'p' }),
        ...many(11, { status: 'ENQUEUED', queue: 'rare', partitionKey: 'p' }),
        ...many(12, { status: 'WAITING', permit: true }),
        ...many(3, { status: 'DELAYED', queue: 'mail' }),
        ...many(14, { status: 'RUNNING', queue: 'mail' }),
        ...many(2, { status: 'HELD' }),
      ];
      await insertSeeded(room, runs);
      const counted = await new RunSearchStore(room.database).countByStatus(null, null, 10);
      expect(counted.map(({ oldestAt: _oldest, ...cell }) => cell)).toEqual(cells(runs, 10));
      await insertSeeded(room, many(60, { status: 'DELAYED' }));
      // Delayed runs are looked at in all queues together, so nobody knows how many of a queue there are.
      const later = await new RunSearchStore(room.database).countByStatus(['mail'], null, 10);
      expect(later.filter(({ status }) => status === 'DELAYED').every(({ capped }) => capped)).toBe(true);
    }),
  );
});

describe('countByStatus of runs that are over', () => {
  it(
    'counts the newest of each workflow, and says that there are more',
    withStores(async (room) => {
      const ended = (count: number, of: Partial<SeededRun>) =>
        Array.from({ length: count }, (_, i) => seededRun({ status: 'SUCCESS', createdAt: AT + i * 1_000, ...of }));
      await insertSeeded(room, [
        ...ended(70, { name: 'often', queue: 'mail' }),
        ...ended(5, { name: 'often', queue: 'old', createdAt: AT - 1_000_000 }),
        ...ended(3, { name: 'rare', queue: 'mail' }),
        ...ended(4, { name: 'rare', status: 'ERROR', queue: 'mail' }),
      ]);
      // Three kinds share 60 lookups.
      const counted = await new RunSearchStore(room.database).countByStatus(null, null, 30);
      expect(counted).toEqual([
        { queue: 'mail', status: 'ERROR', count: 4, capped: false, oldestAt: new Date(AT / 1_000) },
        { queue: 'mail', status: 'SUCCESS', count: 23, capped: true, oldestAt: new Date(AT / 1_000) },
      ]);
      const all = await new RunSearchStore(room.database).countByStatus(['old', 'mail'], ['often'], 100);
      expect(all.map(({ oldestAt: _oldest, ...cell }) => cell)).toEqual([
        { queue: 'mail', status: 'SUCCESS', count: 70, capped: false },
        { queue: 'old', status: 'SUCCESS', count: 5, capped: false },
      ]);
    }),
  );
});

describe('count', () => {
  it(
    'counts up to what is asked for, and says whether there is more',
    withStores(async (room) => {
      await insertSeeded(room, [
        ...Array.from({ length: 40 }, (_, i) => seededRun({ createdAt: AT + i })),
        ...Array.from({ length: 5 }, () => seededRun({ status: 'RUNNING', name: 'other' })),
      ]);
      const reader = newReader(room);
      expect(await reader.count()).toEqual({ count: 45, capped: false });
      expect(await reader.count({}, { atMost: 45 })).toEqual({ count: 45, capped: false });
      expect(await reader.count({}, { atMost: 44 })).toEqual({ count: 44, capped: true });
      expect(await reader.count({ workflowName: 'other' }, { atMost: 4 })).toEqual({ count: 4, capped: true });
      expect(await reader.count({ queue: 'default' }, { atMost: 44 })).toEqual({ count: 44, capped: true });
      expect(await reader.count({ workflowName: 'none' })).toEqual({ count: 0, capped: false });
      expect(await reader.count({ createdFrom: new Date(AT / 1_000), createdBefore: new Date(AT / 1_000 + 1) })).toEqual({
        count: 45,
        capped: false,
      });
    }),
  );
});
