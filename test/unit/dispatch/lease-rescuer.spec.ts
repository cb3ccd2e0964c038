import { LeaseRescuer } from '../../../lib/dispatch/lease-rescuer.js';
import type { ExecutorStore } from '../../../lib/store/executors/executor.store.js';

const NO_PORTS = { rescued: () => undefined, wakeOverlooked: async () => undefined };
const silent = { log() {}, warn() {}, error() {}, debug() {} };

describe('a lease rescuer', () => {
  it('gives the living two seconds to renew after an outage, in which every lease looks expired', async () => {
    const time = { now: 0 };
    const retired: string[] = [];
    let away = true;
    const store = {
      listLeases: async () => {
        if (away) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        return [{ executorId: 'other', leftMs: -1 }];
      },
      listUncleared: async () => [],
      retire: async (executorId: string) => {
        retired.push(executorId);
        return true;
      },
    } as unknown as ExecutorStore;
    const clock = { now: () => time.now, monotonic: () => time.now, setTimer: () => ({ cancel: () => undefined }) };
    const rescuer = new LeaseRescuer(store, () => 'self', clock, silent, NO_PORTS);
    await expect(rescuer.runOnce()).rejects.toThrow('ECONNREFUSED');
    away = false;
    time.now += 1_999;
    await rescuer.runOnce();
    expect(retired).toEqual([]);
    time.now += 1;
    await rescuer.runOnce();
    expect(retired).toEqual(['other']);
  });

  it('tells when the next lease may be over, so that a takeover need not wait for the tick', async () => {
    let leases = [
      { executorId: 'dead', leftMs: -1 },
      { executorId: 'first', leftMs: 400 },
      { executorId: 'second', leftMs: 900 },
    ];
    const store = {
      listLeases: async () => leases,
      listUncleared: async () => [],
      retire: async () => true,
    } as unknown as ExecutorStore;
    const clock = { now: () => 0, monotonic: () => 0, setTimer: () => ({ cancel: () => undefined }) };
    const rescuer = new LeaseRescuer(store, () => 'self', clock, silent, NO_PORTS);
    await rescuer.runOnce();
    expect(rescuer.dueInMs).toBeGreaterThanOrEqual(400);
    expect(rescuer.dueInMs).toBeLessThan(450);
    leases = [];
    await rescuer.runOnce();
    expect(rescuer.dueInMs).toBeUndefined();
  });

  it('goes on with the next executor when the fence of one is busy, and does not take it for an outage', async () => {
    const retired: string[] = [];
    const store = {
      listLeases: async () => [
        { executorId: 'busy', leftMs: -2 },
        { executorId: 'dead', leftMs: -1 },
      ],
      listUncleared: async () => [],
      retire: async (executorId: string) => {
        if (executorId === 'busy') throw Object.assign(new Error('lock timeout'), { code: '55P03' });
        retired.push(executorId);
        return true;
      },
    } as unknown as ExecutorStore;
    const clock = { now: () => 0, monotonic: () => 0, setTimer: () => ({ cancel: () => undefined }) };
    const rescuer = new LeaseRescuer(store, () => 'self', clock, silent, NO_PORTS);
    await rescuer.runOnce();
    await rescuer.runOnce();
    expect(retired).toEqual(['dead', 'dead']);
  });
});
