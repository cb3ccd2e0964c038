// Claims of runs that need a permit, at the level of SQL: who is let in, in which order, and what it takes for somebody else to be.
import { NO_LIMITS, type QueueSettings } from '../../lib/model/queue.js';
import type { NewRun } from '../../lib/model/run.js';
import { QueueStore } from '../../lib/store/queues/queue.store.js';
import { type StoreRoom, withStores } from '../engine/store-room.js';

const ALL = { names: ['w'], queues: null };
const HERE = new Map<string, number>();

class GateRoom {
  executor = '';

  constructor(readonly room: StoreRoom) {}

  async queue(name: string, settings: Partial<QueueSettings> = {}): Promise<void> {
    await new QueueStore(this.room.database).create(
      name,
      { ...NO_LIMITS, ...settings },
      { actor: 'spec', reason: null, requestId: null },
    );
  }

  async start(queue: string, partitionKey: string | null, count = 1, run: Partial<NewRun> = {}): Promise<string[]> {
    return this.room.enqueue(count, { queue, partitionKey, ...run });
  }

  async claim(limit = 100, served = ALL, here: ReadonlyMap<string, number> = HERE): Promise<string[]> {
    this.executor ||= await this.room.executor();
    const { claimed } = await this.room.claims.claimGated(this.executor, served, here, limit, false);
    return claimed.map(({ runId }) => runId);
  }

  /** As a flush does it. */
  async end(...runIds: string[]): Promise<void> {
    await this.room.rows(
      `with ended as (
         update workflow_status set status = 'SUCCESS', completed_at = now(), permit = false where workflow_id = any ($1)
         returning queue, partition_key)
       insert into queue_doorbells (queue, partition_key) select queue, partition_key from ended where partition_key is not null`,
      [runIds],
    );
  }
}

const withGate = (test: (gate: GateRoom) => Promise<void>) => withStores((room) => test(new GateRoom(room)));

describe('a queue with a concurrency', () => {
  it(
    'lets in as many as it has permits, and the next when one of them is over',
    withGate(async (gate) => {
      await gate.queue('q', { concurrency: 2 });
      const runs = await gate.start('q', null, 5);
      expect(await gate.claim()).toEqual(runs.slice(0, 2));
      expect(await gate.claim()).toEqual([]);
      await gate.end(runs[0] as string);
      expect(await gate.claim()).toEqual([runs[2]]);
    }),
  );

  it(
    'keeps the permit of a run that waits, and that of one that was rescued',
    withGate(async (gate) => {
      await gate.queue('q', { concurrency: 2 });
      const runs = await gate.start('q', null, 3);
      expect(await gate.claim()).toHaveLength(2);
      await gate.room.rows(`update workflow_status set status = 'WAITING', claimed_by = null where workflow_id = $1`, [runs[0]]);
      await gate.room.executors.retire(gate.executor, { ifExpired: false });
      await gate.room.executors.requeueRuns(gate.executor, 10, 'dead');
      gate.executor = await gate.room.executor();
      expect(await gate.claim()).toEqual([]);
    }),
  );

  it(
    'takes the lower priority first, then the older',
    withGate(async (gate) => {
      await gate.queue('q', { concurrency: 10 });
      const [late] = await gate.start('q', null, 1, { priority: 5 });
      const [first, second] = await gate.start('q', null, 2, { priority: 1 });
      expect(await gate.claim(1)).toEqual([first]);
      expect(await gate.claim(1)).toEqual([second]);
      expect(await gate.claim(1)).toEqual([late]);
    }),
  );
});

describe('a partition', () => {
  it(
    'has one run at a time, also of a queue without limits; other partitions go on',
    withGate(async (gate) => {
      const a = await gate.start('default', 'a', 2);
      const b = await gate.start('default', 'b', 2);
      expect((await gate.claim()).sort()).toEqual([a[0], b[0]].sort());
      expect(await gate.claim()).toEqual([]);
      await gate.end(b[0] as string);
      expect(await gate.claim()).toEqual([b[1]]);
      await gate.end(a[0] as string, b[1] as string);
      expect(await gate.claim()).toEqual([a[1]]);
    }),
  );

  it(
    'takes turns with the others, however many runs wait in it',
    withGate(async (gate) => {
      await gate.queue('q', { partitionConcurrency: 100 });
      await gate.start('q', 'hot', 50);
      const [cold] = await gate.start('q', 'cold');
      const [cool] = await gate.start('q', 'cool');
      const claimed: string[] = [];
      for (let i = 0; i < 3; i++) claimed.push(...(await gate.claim(1)));
      expect(claimed).toContain(cold);
      expect(claimed).toContain(cool);
    }),
  );

  it(
    'goes out of line when nothing waits in it, and comes back with the next start',
    withGate(async (gate) => {
      const [first] = await gate.start('default', 'a');
      expect(await gate.claim()).toEqual([first]);
      await gate.end(first as string);
      expect(await gate.claim()).toEqual([]);
      expect(await gate.room.rows('select * from queue_partitions')).toEqual([]);
      const [second] = await gate.start('default', 'a');
      expect(await gate.claim()).toEqual([second]);
    }),
  );
});

describe('a rate limit', () => {
  it(
    'lets so many begin in any period, and tells when the next may',
    withGate(async (gate) => {
      await gate.queue('q', { rateLimit: { limit: 3, periodMs: 60_000 } });
      const runs = await gate.start('q', null, 5);
      expect(await gate.claim()).toEqual(runs.slice(0, 3));
      const result = await gate.room.claims.claimGated(gate.executor, ALL, HERE, 10, false);
      expect(result.claimed).toEqual([]);
      expect(result.comesBackMs).toBeGreaterThan(55_000);
      expect(result.comesBackMs).toBeLessThanOrEqual(61_200);
      await gate.end(...runs.slice(0, 3));
      expect(await gate.claim()).toEqual([]);
      await gate.room.rows(`update queues set rate_taken_at = array(select t - interval '62 s' from unnest(rate_taken_at) t)`);
      expect(await gate.claim()).toEqual(runs.slice(3));
    }),
  );
});
