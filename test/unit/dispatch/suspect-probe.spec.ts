import { Slots } from '../../../lib/dispatch/slots.js';
import { type RunWatch, SuspectProbe } from '../../../lib/dispatch/suspect-probe.js';
import type { ExecutorSession } from '../../../lib/engine/executor-session.js';

const session = {} as ExecutorSession;

/** A process with its slots, and a queue of that many suspects. */
function room(suspects: number) {
  const slots = new Slots(100);
  const time = { now: 0 };
  const claimed: Required<RunWatch>[] = [];
  const ready = { times: 0 };
  const probe = new SuspectProbe(
    {
      hasSuspect: async () => claimed.length < suspects,
      claim: async (_, watch) => {
        if (claimed.length >= suspects) return false;
        slots.take();
        claimed.push({
          onProgress: () => watch.onProgress?.(),
          onDropped: () => {
            slots.free();
            watch.onDropped?.();
          },
        });
        return true;
      },
      onReady: () => {
        ready.times++;
      },
    },
    slots,
    { now: () => time.now, monotonic: () => time.now, setTimer: () => ({ cancel: () => undefined }) },
  );
  return { probe, slots, time, claimed, ready };
}

describe('a process that takes care of suspects', () => {
  it('claims none while it runs anything else, and takes nothing new meanwhile', async () => {
    const { probe, slots, claimed } = room(1);
    slots.take();
    await probe.watch(session, 1);
    expect(probe.takesNewRuns).toBe(false);
    expect(claimed).toHaveLength(0);
    slots.free();
    await probe.claimNext(session);
    expect(claimed).toHaveLength(1);
  });

  it('claims the next one when the last has recorded something, though that one still runs', async () => {
    const { probe, claimed, ready } = room(3);
    await probe.watch(session, 1);
    await probe.claimNext(session);
    expect(claimed).toHaveLength(1);
    claimed[0]?.onProgress();
    expect(ready.times).toBe(1);
    await probe.claimNext(session);
    claimed[1]?.onProgress();
    await probe.claimNext(session);
    expect(claimed).toHaveLength(3);
    claimed[2]?.onDropped();
    await probe.claimNext(session);
    expect(probe.takesNewRuns).toBe(true);
  });

  it('counts one that ends in the commit of its first record as over, not as running on', async () => {
    const { probe, claimed } = room(2);
    await probe.watch(session, 1);
    claimed[0]?.onDropped();
    claimed[0]?.onProgress();
    await probe.claimNext(session);
    expect(claimed).toHaveLength(2);
    claimed[1]?.onProgress();
    claimed[1]?.onDropped();
    await probe.claimNext(session);
    expect(probe.takesNewRuns).toBe(true);
  });

  it('gives one that records nothing 15 s alone, then works normally for 15 s', async () => {
    const { probe, time } = room(2);
    await probe.watch(session, 1);
    time.now = 15_000;
    await probe.watch(session, 1);
    expect(probe.takesNewRuns).toBe(false);
    time.now = 15_001;
    await probe.watch(session, 1);
    expect(probe.takesNewRuns).toBe(true);
    time.now = 30_000;
    await probe.watch(session, 1);
    expect(probe.takesNewRuns).toBe(true);
    time.now = 30_001;
    await probe.watch(session, 1);
    expect(probe.takesNewRuns).toBe(false);
  });

  it('goes on for 15 s at a stretch, however many suspects there are', async () => {
    const { probe, time, claimed } = room(1_000);
    await probe.watch(session, 1);
    for (; probe.takesNewRuns === false; time.now += 100) {
      claimed.at(-1)?.onProgress();
      await probe.claimNext(session);
    }
    expect(time.now).toBeGreaterThan(15_000);
    expect(time.now).toBeLessThan(15_400);
    expect(claimed.length).toBeGreaterThan(100);
  });

  it('that never becomes empty runs a suspect among others in the end', async () => {
    const { probe, slots, time, claimed } = room(1);
    slots.take();
    for (let tick = 0; tick < 400 && claimed.length === 0; tick++) {
      await probe.watch(session, 1);
      time.now += 1_000;
    }
    expect(claimed).toHaveLength(1);
    expect(time.now).toBeLessThan(260_000);
  });
});
