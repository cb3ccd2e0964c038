// Lists are exact: whatever is asked for, over any pages, while runs come, change and go.
import type { CheckedFilter } from '../../lib/client/run-filter.js';
import { RunSearch } from '../../lib/client/run-search.js';
import { systemClock } from '../../lib/kernel/clock.js';
import { RUN_STATUSES, type RunAttributes, type RunStatus } from '../../lib/model/run.js';
import { RunSearchStore } from '../../lib/store/runs/run-search.store.js';
import { randomNumbers } from '../support/random-numbers.js';
import {
  AT,
  insertSeeded,
  isOver,
  matches,
  newestFirst,
  randomRuns,
  type SeededRun,
  type StoreRoom,
  seededRun,
  withStores,
} from './run-room.js';

type Random = () => number;

/** As long as it takes, and no longer than a window. */
const BUDGETS = [Number.POSITIVE_INFINITY, 0];

const searchOf = ({ database }: StoreRoom, budgetMs: number) =>
  new RunSearch(new RunSearchStore(database), systemClock, budgetMs);

async function allPages(
  search: RunSearch,
  filter: CheckedFilter,
  limit: number,
  between?: () => Promise<void>,
): Promise<string[]> {
  const found: string[] = [];
  let next: Awaited<ReturnType<RunSearch['page']>>['next'];
  do {
    const page = await search.page(filter, limit, next);
    expect(page.runs.length).toBeLessThanOrEqual(limit);
    // A page that is not full is the last one, or says how far it came.
    if (page.runs.length < limit && page.next !== undefined) expect(page.searchedTo).toBeInstanceOf(Date);
    if (page.next === undefined) expect(page.searchedTo).toBeUndefined();
    found.push(...page.runs.map(({ runId }) => runId));
    next = page.next;
    await between?.();
  } while (next !== undefined);
  return found;
}

function randomFilter(runs: readonly SeededRun[], random: Random): CheckedFilter {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const some = pick(runs);
  const time = () => new Date((pick(runs).createdAt + (random() < 0.5 ? 0 : 30_000_000)) / 1_000);
  const all: CheckedFilter = {
    names: pick([[some.name], ['mail', 'rare'], ['orders.fulfil', 'no such'], []]),
    nameContains: pick(['orders', 'fund', '%', '_', 'zzz', 'r']),
    statuses: pick<RunStatus[]>([
      [some.status],
      ['RUNNING', 'PENDING'],
      ['ERROR', 'DEAD', 'STOPPED'],
      ['ENQUEUED'],
      ['SUCCESS', 'RUNNING', 'WAITING'],
      [],
    ]),
    queues: pick([[some.queue], ['mail', 'rare'], ['no such']]),
    partitionKey: some.partitionKey ?? 'line-1',
    deduplicationId: some.deduplicationId ?? 'd1',
    parentId: some.parentId ?? runs.find(({ parentId }) => parentId !== null)?.parentId ?? some.runId,
    executorId: some.claimedBy ?? some.runId,
    legalHold: random() < 0.5,
    errorCode: pick(['E1', 'E3']),
    createdFrom: time(),
    createdBefore: time(),
    completedFrom: time(),
    completedBefore: time(),
    attributes: pick<RunAttributes>([{ region: 'north' }, { region: 'south', n: 2 }, { region: 'west' }]),
    input: pick(['{"order":1}', '"x"', '{"lines":[{"sku":"b"}]}', '{}', '7', '{"order":1,"lines":[]}']),
  };
  const keys = Object.keys(all) as Array<keyof CheckedFilter>;
  const chosen = keys.filter(() => random() < 0.15);
  return Object.fromEntries((chosen.length === 0 ? [pick(keys)] : chosen).map((key) => [key, all[key]]));
}

describe('a list of runs', () => {
  it.each([1, 2, 3])(
    'gives exactly the runs that match, newest first, for any filter and any pages (seed %s)',
    (seed) =>
      withStores(async (room) => {
        const random = randomNumbers(seed);
        const runs = randomRuns(2_500, random);
        await insertSeeded(room, runs);
        for (let i = 0; i < 60; i++) {
          const filter = randomFilter(runs, random);
          const expected = newestFirst(runs.filter((run) => matches(run, filter)));
          const limit = Math.ceil(random() * (random() < 0.3 ? 500 : 40)) + Math.floor(expected.length / 30);
          const budget = BUDGETS[i % 2] as number;
          expect([filter, await allPages(searchOf(room, budget), filter, limit)]).toEqual([filter, expected]);
          const atMost = Math.max(1, Math.floor(random() * expected.length * 1.5));
          const whole = searchOf(room, Number.POSITIVE_INFINITY);
          expect([filter, await whole.count(filter, atMost)]).toEqual([
            filter,
            { count: Math.min(expected.length, atMost), capped: expected.length > atMost },
          ]);
        }
      })(),
    120_000,
  );

  it.each(BUDGETS)(
    'loses and repeats none that is there all the while, as others are started, claimed, ended and deleted (budget %s ms)',
    (budget) =>
      withStores(async (room) => {
        const random = randomNumbers(7);
        const runs = randomRuns(1_500, random);
        await insertSeeded(room, runs);
        const live = runs.filter(({ status }) => !isOver(status));
        const gone = new Set<string>();
        const moved = new Set<string>();
        const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
        const change = async () => {
          await insertSeeded(room, [
            seededRun({ createdAt: AT + 1_000_000 }),
            seededRun({ status: 'ENQUEUED', createdAt: AT - 5 }),
          ]);
          const victims = Array.from({ length: 3 }, () => pick(runs).runId);
          for (const runId of victims) gone.add(runId);
          await room.rows('delete from workflow_status where workflow_id = any ($1)', [victims]);
          const status = pick(RUN_STATUSES);
          const changed = Array.from({ length: 30 }, () => pick(live).runId);
          for (const runId of changed) moved.add(runId);
          await room.rows(
            `update workflow_status set status = $2, completed_at = case when $3 then clock_timestamp() end where workflow_id = any ($1)`,
            [changed, status, isOver(status)],
          );
        };
        for (const filter of [{}, { names: ['orders.fulfil', 'rare'] }, { queues: ['mail'] }, { partitionKey: 'line-1' }]) {
          // What changes its status goes on matching: none of these filters is about it.
          const before = runs.filter((run) => !gone.has(run.runId) && matches(run, filter));
          const found = await allPages(searchOf(room, budget), filter, 40, change);
          expect(new Set(found).size).toBe(found.length);
          const stayed = newestFirst(before.filter(({ runId }) => !gone.has(runId)));
          const wanted = new Set(stayed);
          expect(found.filter((runId) => wanted.has(runId))).toEqual(stayed);
        }
        expect(moved.size).toBeGreaterThan(100);
      })(),
    60_000,
  );

  it(
    'of runs of one and the same moment is in order of their ids, window after window',
    withStores(async (room) => {
      const runs = Array.from({ length: 1_200 }, (_, i) =>
        seededRun({ queue: i % 3 === 0 ? 'rare' : 'default', createdAt: AT + 1 }),
      );
      await insertSeeded(room, runs);
      const filter = { queues: ['rare'] };
      const expected = newestFirst(runs.filter(({ queue }) => queue === 'rare'));
      expect(await allPages(searchOf(room, 0), filter, 7)).toEqual(expected);
    }),
    30_000,
  );

  it.each([Number.POSITIVE_INFINITY, 40])(
    'that an index of candidates gives too many of is put together from windows (budget %s ms)',
    (budget) =>
      withStores(async (room) => {
        // The oldest come first, and with them the probe would be full.
        const runs = Array.from({ length: 2_300 }, (_, i) => seededRun({ attributes: { n: i % 2 }, createdAt: AT + i * 1_000 }));
        const others = Array.from({ length: 2_300 }, (_, i) => seededRun({ attributes: { n: 0 }, createdAt: AT - i * 1_000 }));
        await insertSeeded(room, [...others, ...runs]);
        const expected = newestFirst([...runs, ...others].filter(({ attributes }) => attributes?.n === 0));
        expect(await allPages(searchOf(room, budget), { attributes: { n: 0 } }, 500)).toEqual(expected);
        const whole = searchOf(room, Number.POSITIVE_INFINITY);
        expect(await whole.count({ attributes: { n: 0 } }, 10_000)).toEqual({ count: expected.length, capped: false });
      })(),
    30_000,
  );

  it(
    'that is out of time says how far it came, and has looked at everything newer',
    withStores(async (room) => {
      const runs = Array.from({ length: 3_000 }, (_, i) =>
        seededRun({ queue: i === 2_900 ? 'rare' : 'default', createdAt: AT - i * 1_000_000 }),
      );
      await insertSeeded(room, runs);
      const search = searchOf(room, 0);
      const first = await search.page({ queues: ['rare'] }, 10);
      expect(first).toMatchObject({ runs: [], next: {}, searchedTo: expect.any(Date) });
      const searchedTo = (first.searchedTo as Date).getTime() * 1_000;
      expect(searchedTo).toBeLessThan(AT);
      expect(searchedTo).toBeGreaterThan(AT - 2_900 * 1_000_000);
      const counted = await search.count({ queues: ['default'] }, 10_000);
      const to = (counted.searchedTo as Date).getTime() * 1_000;
      expect(counted.count).toBeGreaterThan(0);
      // Within the millisecond in which it stopped it may have counted more.
      const newer = (from: number) => runs.filter(({ queue, createdAt }) => queue === 'default' && createdAt >= from).length;
      expect(counted.count).toBeGreaterThanOrEqual(newer(to));
      expect(counted.count).toBeLessThanOrEqual(newer(to - 1_000));
    }),
  );
});
