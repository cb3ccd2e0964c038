// Claims that meet a maintenance, at the level of SQL; and the scopes themselves: who is in, until when, and what is on record of it.

import { NO_LIMITS } from '../../lib/model/queue.js';
import type { NewRun } from '../../lib/model/run.js';
import { QueueStore } from '../../lib/store/queues/queue.store.js';
import { newRun } from '../engine/store-room.js';
import { meet } from '../engine/two-transactions.js';
import { SERVED } from '../queues/permit-room.js';
import { ALL, audits, BY, DONE_BY, MaintenanceRoom, withMaintenance } from './maintenance-room.js';

/** A run that this claim would take, and the claim; it gives how many it took. */
interface Kind {
  prepare(room: MaintenanceRoom, queue: string): Promise<unknown>;
  claim(room: MaintenanceRoom): Promise<unknown[]>;
}

const change = ({ room }: MaintenanceRoom, settings: string, runIds: readonly string[]) =>
  room.rows(`update workflow_status set ${settings} where workflow_id = any ($1::uuid[])`, [runIds]);

const startChanged = (settings: string, run: Partial<NewRun> = {}) => ({
  prepare: async (room: MaintenanceRoom, queue: string) => change(room, settings, await room.permits.start(queue, null, 1, run)),
});

const openly = { claim: (room: MaintenanceRoom) => room.permits.claimOpen() };
const gated = { claim: (room: MaintenanceRoom) => room.permits.claim() };

const KINDS: ReadonlyArray<[string, Kind]> = [
  ['that have not begun', { prepare: (room, queue) => room.permits.start(queue, null), ...openly }],
  ['that waited and are due', { ...startChanged(`status = 'WAITING', permit = true, wake_at = now()`), ...openly }],
  ['that were re-queued', { ...startChanged(`permit = true, wake_at = now(), recovery_attempts = 1`), ...openly }],
  ['whose delay is over', { ...startChanged(`wake_at = now()`, { delayMs: 1 }), ...openly }],
  ['of a partition', { prepare: (room, queue) => room.permits.start(queue, 'p'), ...gated }],
  [
    'of a queue with a limit',
    {
      prepare: async (room, queue) => {
        await room.room.rows('update queues set concurrency = 5 where queue = $1', [queue]);
        await room.permits.start(queue, null);
      },
      ...gated,
    },
  ],
  [
    'that were rescued in vain',
    { ...startChanged('permit = true, recovery_attempts = 2'), claim: (room) => room.claimSuspects() },
  ],
];

describe.each(KINDS)('runs %s', (_, { prepare, claim }) => {
  it(
    'are not claimed while all queues are in maintenance, and again when it is over',
    withMaintenance(async (room) => {
      await prepare(room, 'default');
      await room.enter();
      expect(await claim(room)).toEqual([]);
      await room.exit();
      expect(await claim(room)).toHaveLength(1);
    }),
  );

  it(
    'are claimed of other queues than the one in maintenance',
    withMaintenance(async (room) => {
      await room.permits.queue('q');
      await prepare(room, 'q');
      await room.enter(['q']);
      expect(await claim(room)).toEqual([]);
      await prepare(room, 'default');
      expect(await claim(room)).toHaveLength(1);
      const left = await room.room.rows(`select status from workflow_status where queue = 'q'`);
      expect(left.filter(({ status }) => status === 'PENDING')).toEqual([]);
    }),
  );

  it(
    'that are being claimed are waited for by whoever enters maintenance',
    withMaintenance(async (room) => {
      await prepare(room, 'default');
      const { waited } = await meet(
        room.room,
        (stores) => claim(roomOn(room, stores)),
        () => room.enter(),
      );
      expect(waited).toBe(true);
      expect(await room.room.rows('select status from workflow_status')).toEqual([{ status: 'PENDING' }]);
    }),
  );

  it(
    'are not taken by a claim that meets a maintenance which is being entered',
    withMaintenance(async (room) => {
      await prepare(room, 'default');
      const { result } = await meet(
        room.room,
        (stores) => new MaintenanceRoom({ room: stores } as never).enter(),
        async () => [
          ...(await claim(room)),
          ...(await room.room.claims.claimGated(room.executor, SERVED, new Map(), 10, true)).claimed,
        ],
      );
      expect(result).toEqual([]);
    }),
  );
});

describe('a maintenance', () => {
  it(
    'of all queues holds for those that are made while it lasts',
    withMaintenance(async (room) => {
      await room.enter();
      await room.permits.queue('new');
      expect((await room.room.runs.insertMany([newRun({ queue: 'new' })])).size).toBe(1);
      await room.room.runs.insertMany([newRun({ queue: 'new' })], { areAccepted: true });
      expect(await room.claimAll()).toEqual([]);
    }),
  );

  it(
    'of one queue goes on when that of all is over',
    withMaintenance(async (room) => {
      await room.permits.queue('q');
      await room.enter(['q']);
      await room.enter();
      expect(await room.exit()).toEqual({ unknown: [], ended: true });
      const [, q] = [...(await room.room.runs.insertMany([newRun(), newRun({ queue: 'q' })])).values()];
      expect([q, (await new QueueStore(room.room.database).list()).maintained]).toEqual([
        undefined,
        new Map([['q', Number.POSITIVE_INFINITY]]),
      ]);
      expect(await room.exit(['q'])).toEqual({ unknown: [], ended: true });
      expect(await room.exit(['q'])).toEqual({ unknown: [], ended: false });
    }),
  );

  it(
    'counts up the epoch when it begins, changes and ends, and not when there is nothing to end',
    withMaintenance(async (room) => {
      const epochs = [await room.epoch()];
      for (const step of [() => room.enter(), () => room.enter(ALL, { mode: 'cancel' }), () => room.exit(), () => room.exit()]) {
        await step();
        epochs.push(await room.epoch());
      }
      expect(epochs.map((epoch) => Number(epoch) - Number(epochs[0]))).toEqual([0, 1, 2, 3, 3]);
    }),
  );

  it(
    'of several queues is entered for all of them or for none',
    withMaintenance(async (room) => {
      await room.permits.queue('q');
      const before = await room.epoch();
      expect(await room.enter(['q', 'nowhere'])).toMatchObject({ unknown: ['nowhere'], entered: null });
      expect(await room.enter(['q'], { until: new Date(Date.now() - 60_000) })).toMatchObject({ isPast: true, entered: null });
      expect(await room.exit(['q', 'nowhere'])).toEqual({ unknown: ['nowhere'], ended: false });
      expect(await room.room.rows('select scope from maintenance')).toEqual([]);
      expect(await room.epoch()).toBe(before);
    }),
  );

  it(
    'that is entered again keeps its beginning, unless it was over',
    withMaintenance(async (room) => {
      const entered = async () => (await room.room.rows('select entered_at::text t, mode, reason from maintenance'))[0];
      await room.enter();
      const first = await entered();
      await room.enter(ALL, { mode: 'cancel', reason: 'worse' });
      expect(await entered()).toEqual({ t: first.t, mode: 'cancel', reason: 'worse' });
      await room.room.rows(`update maintenance set until_at = clock_timestamp()`);
      await room.enter();
      expect((await entered()).t).not.toBe(first.t);
    }),
  );

  it(
    'that is over by its own end is taken away once, by whoever notices, and that is on record',
    withMaintenance(async (room) => {
      await room.permits.queue('q');
      await room.enter(['q']);
      await room.enter(ALL, { until: new Date(Date.now() + 3_600_000) });
      await room.maintenance.endExpired();
      expect(await room.room.rows('select scope from maintenance order by 1')).toHaveLength(2);
      await room.room.rows(`update maintenance set until_at = clock_timestamp() - interval '1 ms' where scope = ''`);
      expect((await new QueueStore(room.room.database).list()).hasExpired).toBe(true);
      await room.permits.start('default', null);
      expect(await room.permits.claimOpen()).toHaveLength(1);
      await Promise.all([room.maintenance.endExpired(), room.maintenance.endExpired()]);
      expect(await room.room.rows('select scope from maintenance')).toEqual([{ scope: 'q' }]);
      expect((await audits(room.room)).slice(1)).toEqual([
        'MAINTENANCE_ENTER ann: cut-over',
        'MAINTENANCE_ENTER ann: cut-over',
        'MAINTENANCE_EXPIRE system: null',
      ]);
    }),
  );

  it(
    'is on record with what it was before and after',
    withMaintenance(async (room) => {
      await room.enter();
      await room.enter(ALL, { mode: 'cancel', reason: 'worse' });
      await room.exit();
      const rows = await room.room.rows('select action, before, after from audit_log order by audit_id');
      expect(rows).toEqual([
        { action: 'MAINTENANCE_ENTER', before: null, after: { queue: null, mode: 'drain', until: null } },
        {
          action: 'MAINTENANCE_ENTER',
          before: expect.objectContaining({ mode: 'drain', ...BY }),
          after: { queue: null, mode: 'cancel', until: null },
        },
        { action: 'MAINTENANCE_EXIT', before: expect.objectContaining({ mode: 'cancel', reason: 'worse' }), after: null },
      ]);
    }),
  );

  it(
    'waits for the claims of several queues without a deadlock, as they wait for each other',
    withMaintenance(async (room) => {
      for (const name of ['a', 'b', 'c']) {
        await new QueueStore(room.room.database).create(name, { ...NO_LIMITS, concurrency: 1_000 }, DONE_BY);
        await room.permits.start(name, null, 30);
      }
      const claims = Array.from({ length: 20 }, () => room.room.claims.claimGated(room.executor, SERVED, new Map(), 3, true));
      const entered = [room.enter(), room.exit(), room.enter(['c', 'a', 'b'])];
      await expect(Promise.all([...claims, ...entered])).resolves.toHaveLength(23);
    }),
  );
});

/** The same executor, on another connection. */
function roomOn(room: MaintenanceRoom, stores: MaintenanceRoom['room']): MaintenanceRoom {
  const permits = Object.create(room.permits, { room: { value: stores } });
  return new MaintenanceRoom(permits);
}
