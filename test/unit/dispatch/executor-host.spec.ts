// One life of a process as an executor after the other: how long its lease is believed in, and what becomes of what it held.
import { ExecutorHost } from '../../../lib/dispatch/executor-host.js';
import { Deferred } from '../../../lib/kernel/deferred.js';
import { LEASE_SAFETY_MARGIN_MS } from '../../../lib/model/executor.js';
import { GenerationOverError } from '../../../lib/model/maintenance.js';
import { DatabaseClock } from '../../../lib/store/database-clock.js';
import type { ExecutorStore, Renewal } from '../../../lib/store/executors/executor.store.js';
import type { FlushStore } from '../../../lib/store/flush/flush.store.js';
import type { Notifier } from '../../../lib/store/notifier.js';
import { ManualClock, silent, turnsPass } from '../manual-clock.js';

const LEASE_MS = 15_000;

/** `lives`: registrations before its generation is over. */
function host({ lives = Number.POSITIVE_INFINITY } = {}) {
  const warned: string[] = [];
  let registrations = 0;
  const clock = new ManualClock();
  const renewals: Deferred<Renewal>[] = [];
  const renewal = (held: boolean): Renewal => ({ held, epoch: '1', others: 0, databaseNow: clock.now() });
  const store = {
    insert: async () => {
      if (++registrations > lives) throw new GenerationOverError('1');
      return { ...renewal(true), generation: '1' };
    },
    renew: () => {
      const answer = new Deferred<Renewal>();
      renewals.push(answer);
      return answer.promise;
    },
  } as Pick<ExecutorStore, 'insert' | 'renew'> as ExecutorStore;
  const refusals: Deferred<never>[] = [];
  const flushes = {
    record: () => {
      const answer = new Deferred<never>();
      refusals.push(answer);
      return answer.promise;
    },
  } as unknown as FlushStore;
  const refuse = async (index: number) => {
    refusals[index]?.reject(Object.assign(new Error('executor is retired'), { code: 'WF001' }));
    await turnsPass();
  };
  const notifier = { others: 0, tell: () => undefined } as unknown as Notifier;
  const made = new ExecutorHost(
    {
      role: 'all',
      servedNames: () => [],
      leaseMs: LEASE_MS,
      lanes: 2,
      report: () => ({ heardEpoch: '1', inMemoryDepth: 0 }),
      onEpoch: () => undefined,
    },
    store,
    flushes,
    notifier,
    new DatabaseClock(clock),
    clock,
    { ...silent, warn: (message: string) => void warned.push(message) },
    () => undefined,
    () => undefined,
  );
  return { host: made, clock, renewals, renewal, refuse, warned, registrations: () => registrations };
}

/** A run in memory that says what it is told. */
function heldRun(runId: string) {
  const told: string[] = [];
  return {
    told,
    run: {
      runId,
      token: 't',
      isRunning: true,
      hasProgressed: false,
      order: () => undefined,
      isHolding: false,
      reconsider: () => told.push('drain'),
      lost: () => told.push('lost'),
    },
  };
}

const writer = (runId: string, told: string[]) => ({
  runId,
  token: 't',
  acked: () => undefined,
  lost: () => told.push(`writer ${runId} lost`),
  refused: () => undefined,
});

describe('a renewal of the lease', () => {
  it('counts from the moment at which it was sent, however long its answer travels', async () => {
    const { host: process, clock, renewals, renewal } = host();
    await process.open();
    const renewing = process.renew();
    clock.advance(10_000);
    renewals[0]?.resolve(renewal(true));
    await renewing;
    clock.advance(LEASE_MS - LEASE_SAFETY_MARGIN_MS - 10_000 - 1);
    expect(process.session?.holdsLease).toBe(true);
    clock.advance(1);
    expect(process.session?.holdsLease).toBe(false);
  });

  it('that is refused ends this life: what it held is lost, and another begins under a new id', async () => {
    const { host: process, renewals, renewal } = host();
    await process.open();
    const before = process.session;
    const { told, run } = heldRun('r');
    before?.frames.set('r', run);
    const renewing = process.renew();
    renewals[0]?.resolve(renewal(false));
    await renewing;
    await turnsPass();
    expect(told).toEqual(['lost']);
    expect(before?.isRetired).toBe(true);
    expect(process.session?.executorId).toEqual(expect.any(String));
    expect(process.session?.executorId).not.toBe(before?.executorId);
  });
});

describe('a life whose generation is over', () => {
  it('is not followed by another: that is tried once, and told once', async () => {
    const { host: process, clock, renewals, renewal, warned, registrations } = host({ lives: 1 });
    await process.open();
    const renewing = process.renew();
    renewals[0]?.resolve(renewal(false));
    await renewing;
    await turnsPass();
    clock.advance(60_000);
    await turnsPass();
    expect([registrations(), process.isOver, process.session]).toEqual([2, true, undefined]);
    expect(warned.filter((message) => message.includes('generation 1'))).toHaveLength(1);
    await process.renew();
    expect(renewals).toHaveLength(1);
  });
});

describe('a write that is refused because the executor is retired', () => {
  it('ends this life as well, at once', async () => {
    const { host: process, refuse } = host();
    await process.open();
    const before = process.session;
    const { told, run } = heldRun('r');
    before?.frames.set('r', run);
    before?.laneOf('w').write(writer('w', told), 'move', ['SUCCESS', null, null, 0]);
    await turnsPass();
    await refuse(0);
    expect(told).toEqual(['writer w lost', 'lost']);
    expect(process.session?.executorId).not.toBe(before?.executorId);
  });

  it('ends the life that it was written in, not the one that has begun since', async () => {
    const { host: process, refuse } = host();
    await process.open();
    const [first, second] = process.session?.lanes ?? [];
    const told: string[] = [];
    first?.write(writer('a', told), 'move', ['SUCCESS', null, null, 0]);
    second?.write(writer('b', told), 'move', ['SUCCESS', null, null, 0]);
    await turnsPass();
    await refuse(0);
    const next = process.session;
    await refuse(1);
    expect(told).toEqual(['writer a lost', 'writer b lost']);
    expect(process.session).toBe(next);
    expect(next?.isRetired).toBe(false);
  });
});
