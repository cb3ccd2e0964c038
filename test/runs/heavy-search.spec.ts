// Searches that are too much for the database at once: smaller windows until they fit.

import { checkRunFilter } from '../../lib/client/run-filter.js';
import { RunSearch } from '../../lib/client/run-search.js';
import { systemClock } from '../../lib/kernel/clock.js';
import { Serializer } from '../../lib/kernel/serializer.js';
import { RunSearchStore } from '../../lib/store/runs/run-search.store.js';
import { AT, insertSeeded, type StoreRoom, seededRun, withStores } from './run-room.js';

const serializer = new Serializer({ maxBytes: 1_000_000 });

/** Gives up windows of more rows than that, as the server does with statements that take too long. */
function weakStore({ database }: StoreRoom, most: number): { store: RunSearchStore; sizes: number[] } {
  const store = new RunSearchStore(database);
  const sizes: number[] = [];
  const { readWindow } = store;
  store.readWindow = async (source, criteria, range, size) => {
    sizes.push(size.most);
    if (criteria.queues !== undefined && size.most > most)
      throw Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });
    return readWindow.call(store, source, criteria, range, size);
  };
  return { store, sizes };
}

describe('a search that is too much for the database', () => {
  it(
    'goes on in smaller windows, and finds the same',
    withStores(async (room) => {
      const runs = Array.from({ length: 300 }, (_, i) =>
        seededRun({ createdAt: AT + i * 1_000, queue: i % 100 === 7 ? 'rare' : 'mail' }),
      );
      await insertSeeded(room, runs);
      const filter = checkRunFilter({ queue: 'rare' }, serializer);
      const expected = runs
        .filter(({ queue }) => queue === 'rare')
        .map(({ runId }) => runId)
        .reverse();
      const { store, sizes } = weakStore(room, 40);
      const found = await new RunSearch(store, systemClock, 60_000).page(filter, 50);
      expect(found.runs.map(({ runId }) => runId)).toEqual(expected);
      expect(Math.max(...sizes)).toBeGreaterThan(40);
    }),
  );

  it(
    'is refused in words when even the smallest window is',
    withStores(async (room) => {
      await insertSeeded(room, [seededRun({ queue: 'mail' })]);
      const { store } = weakStore(room, 0);
      const search = new RunSearch(store, systemClock, 60_000);
      await expect(search.page(checkRunFilter({ queue: 'mail' }, serializer), 50)).rejects.toMatchObject({
        code: 'SEARCH_TOO_HEAVY',
      });
    }),
  );
});
