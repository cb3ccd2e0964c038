import { LeaseRescuer } from '../../../lib/dispatch/lease-rescuer.js';
import type { ExecutorStore } from '../../../lib/store/executors/executor.store.js';

const silent = { log() {}, warn() {}, error() {}, debug() {} };

describe('a lease rescuer', () => {
  it('gives the living two seconds to renew after an outage, in which every lease looks expired', async () => {
    const time = { now: 0 };
    const retired: string[] = [];
    let away = true;
    const store = {
      listExpired: async () => {
        if (away) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        return ['other'];
      },
      listUncleared: async () => [],
      retire: async (executorId: string) => {
        retired.push(executorId);
        return true;
      },
    } as unknown as ExecutorStore;
    const clock = { now: () => time.now, monotonic: () => time.now, setTimer: () => ({ cancel: () => undefined }) };
    const rescuer = new LeaseRescuer(
      store,
      () => 'self',
      clock,
      silent,
      () => undefined,
    );
    await expect(rescuer.runOnce()).rejects.toThrow('ECONNREFUSED');
    away = false;
    time.now += 1_999;
    await rescuer.runOnce();
    expect(retired).toEqual([]);
    time.now += 1;
    await rescuer.runOnce();
    expect(retired).toEqual(['other']);
  });

  it('goes on with the next executor when the fence of one is busy, and does not take it for an outage', async () => {
    const retired: string[] = [];
    const store = {
      listExpired: async () => ['busy', 'dead'],
      listUncleared: async () => [],
      retire: async (executorId: string) => {
        if (executorId === 'busy') throw Object.assign(new Error('lock timeout'), { code: '55P03' });
        retired.push(executorId);
        return true;
      },
    } as unknown as ExecutorStore;
    const clock = { now: () => 0, monotonic: () => 0, setTimer: () => ({ cancel: () => undefined }) };
    const rescuer = new LeaseRescuer(
      store,
      () => 'self',
      clock,
      silent,
      () => undefined,
    );
    await rescuer.runOnce();
    await rescuer.runOnce();
    expect(retired).toEqual(['dead', 'dead']);
  });
});
