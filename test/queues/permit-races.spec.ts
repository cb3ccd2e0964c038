// The lock of a queue: whoever counts permits and gives one out does so alone. First two claims that meet, then four connections that race over
// queues, partitions and a rate until all runs are over: never one too many, and nobody is left behind.
import { setImmediate as turn } from 'node:timers/promises';
import { meet } from '../engine/two-transactions.js';
import { randomNumbers } from '../support/random-numbers.js';
import { type PermitRoom, SERVED, withPermits } from './permit-room.js';

const NOBODY_HERE = new Map<string, number>();

const WORKFLOWS = ['v', 'w'];

/** The first has claimed what it could, and has not committed. They run different workflows: none has the runs that the other wants. */
const meetAt = async ({ room, executor }: PermitRoom, waits: boolean) => {
  const other = await room.executor();
  return meet(
    room,
    ({ claims }) => claims.claimGated(executor, SERVED, NOBODY_HERE, 10, false),
    () => room.claims.claimGated(other, { names: ['v'], queues: null }, NOBODY_HERE, 10, waits),
  );
};

/** So many of both workflows. */
const startBoth = async (room: PermitRoom, queue: string, partitionKey: string | null, count: number) => {
  for (const workflowName of WORKFLOWS) await room.start(queue, partitionKey, count, { workflowName });
};

const permits = async ({ room }: PermitRoom) => (await room.rows('select from workflow_status where permit')).length;

describe('a claim that meets another one of the same queue', () => {
  it(
    'waits for it, and finds no permit left',
    withPermits(async (room) => {
      await room.queue('q', { concurrency: 2 });
      await startBoth(room, 'q', null, 5);
      const { waited, result } = await meetAt(room, true);
      expect([waited, result.claimed, await permits(room)]).toEqual([true, [], 2]);
    }),
  );

  it(
    'and has no time to wait passes over the queue, and says so',
    withPermits(async (room) => {
      await room.queue('q', { concurrency: 2 });
      await startBoth(room, 'q', null, 5);
      const { waited, result } = await meetAt(room, false);
      expect([waited, result.claimed, result.busy, await permits(room)]).toEqual([false, [], ['q'], 2]);
    }),
  );

  it.each([true, false])('takes no second run of a partition, though its queue has no limit; it waits: %s', async (waits) =>
    withPermits(async (room) => {
      await startBoth(room, 'default', 'a', 5);
      const { result } = await meetAt(room, waits);
      expect([result.claimed, await permits(room)]).toEqual([[], 1]);
    })(),
  );

  it.each([true, false])('begins nothing beyond the rate; it waits: %s', async (waits) =>
    withPermits(async (room) => {
      await room.queue('q', { rateLimit: { limit: 2, periodMs: 60_000 } });
      await startBoth(room, 'q', null, 5);
      const { result } = await meetAt(room, waits);
      expect([result.claimed, await permits(room)]).toEqual([[], 2]);
    })(),
  );
});

/** What is inside at the moment, and the most there was, as seen from outside: from the answer of the claim to before the end is sent. */
class Gauge {
  #inside = new Map<string, number>();
  readonly most = new Map<string, number>();

  enter(place: string): void {
    const inside = (this.#inside.get(place) ?? 0) + 1;
    this.#inside.set(place, inside);
    this.most.set(place, Math.max(inside, this.most.get(place) ?? 0));
  }

  leave(place: string): void {
    this.#inside.set(place, (this.#inside.get(place) ?? 0) - 1);
  }
}

const pick = (random: () => number) => WORKFLOWS[Math.floor(random() * WORKFLOWS.length)] as string;

const CONNECTIONS = 4;
const ROUNDS_IN_VAIN = 20;

/**
 * Each connection is an executor that claims, lets the others have their turn, and ends some of what it holds, until nothing is left. First
 * they take all that they can get, and end nothing.
 */
async function race(room: PermitRoom, places: ReadonlyMap<string, readonly string[]>, random: () => number): Promise<Gauge> {
  const gauge = new Gauge();
  let left = places.size;
  let inVain = 0;
  let filling = CONNECTIONS;
  const work = async () => {
    const executor = await room.room.executor();
    const held: string[] = [];
    let isFilling = true;
    while (left > 0 && inVain < ROUNDS_IN_VAIN * CONNECTIONS) {
      const limit = 1 + Math.floor(random() * 8);
      // Now and then it looks for one workflow only.
      const served = { names: random() < 0.4 ? [pick(random)] : WORKFLOWS, queues: null };
      const { claimed, busy, more } = await room.room.claims.claimGated(executor, served, NOBODY_HERE, limit, random() < 0.5);
      for (const { runId } of claimed) for (const place of places.get(runId) ?? []) gauge.enter(place);
      held.push(...claimed.map(({ runId }) => runId));
      inVain = held.length === 0 ? inVain + 1 : 0;
      for (let turns = Math.floor(random() * 5); turns > 0; turns--) await turn();
      if (isFilling && served.names === WORKFLOWS && claimed.length === 0 && busy.length === 0 && !more) {
        isFilling = false;
        filling--;
      }
      const ending = filling > 0 ? [] : held.splice(0, Math.ceil(random() * held.length));
      for (const run of ending) for (const place of places.get(run) ?? []) gauge.leave(place);
      for (const run of ending) await room.move('SUCCESS', run, { executor });
      left -= ending.length;
    }
    return held;
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return gauge;
}

describe('four connections that race', () => {
  it.each([1, 2])(
    'over queues and partitions never hold more than a limit allows, use all of it, and leave nobody behind (seed %s)',
    async (seed) =>
      withPermits(async (room) => {
        const random = randomNumbers(seed);
        const limits = new Map([
          ['one', 1],
          ['two', 2],
          ['five', 5],
          ['pairs', 6],
        ]);
        for (const [name, concurrency] of limits)
          await room.queue(name, { concurrency, partitionConcurrency: name === 'pairs' ? 2 : 1 });
        const places = new Map<string, string[]>();
        const begin = async (queue: string, key: string | null) =>
          places.set(
            await room.startOne(queue, key, { workflowName: pick(random) }),
            key === null ? [queue] : [queue, `${queue}/${key}`],
          );
        for (let i = 0; i < 16; i++)
          for (const queue of limits.keys()) await begin(queue, queue === 'pairs' || i % 3 > 0 ? `p${i % 4}` : null);
        for (let i = 0; i < 16; i++) await begin('default', `p${i % 5}`);
        const { most } = await race(room, places, random);
        for (const [place, count] of most) {
          const [queue = '', partition] = place.split('/');
          const limit = partition === undefined ? (limits.get(queue) ?? 100) : queue === 'pairs' ? 2 : 1;
          expect(`${place}: ${count <= limit ? 'kept' : count}`).toBe(`${place}: kept`);
        }
        expect([...limits].map(([queue]) => most.get(queue))).toEqual([...limits.values()]);
        expect(Math.max(...[0, 1, 2, 3].map((p) => most.get(`pairs/p${p}`) ?? 0))).toBe(2);
        expect(await room.room.rows('select status, count(*)::int from workflow_status group by status')).toEqual([
          { status: 'SUCCESS', count: places.size },
        ]);
        expect(await permits(room)).toBe(0);
      })(),
    30_000,
  );

  it(
    'over a rate begin no more in any period than it allows',
    withPermits(async (room) => {
      const periodMs = 150;
      await room.queue('q', { rateLimit: { limit: 4, periodMs } });
      const places = new Map((await room.start('q', null, 20)).map((run) => [run, ['q']]));
      const ends = Date.now() + 10_000;
      while (Date.now() < ends && (await room.room.rows('select from workflow_status where claimed_at is null')).length > 0)
        await race(room, places, randomNumbers(Date.now()));
      const rows = await room.room.rows(
        `
        select count(*)::int begun, max(beside)::int most from (
          select (select count(*) from workflow_status o
                  where o.claimed_at >= r.claimed_at and o.claimed_at < r.claimed_at + $1 * interval '1 ms') beside
          from workflow_status r where r.claimed_at is not null) x`,
        [periodMs],
      );
      expect(rows).toEqual([{ begun: 20, most: 4 }]);
    }),
    20_000,
  );
});
