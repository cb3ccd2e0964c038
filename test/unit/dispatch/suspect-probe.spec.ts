import { Slots } from '../../../lib/dispatch/slots.js';
import { type RunWatch, SuspectProbe } from '../../../lib/dispatch/suspect-probe.js';
import { ExecutorSession, type HeldRun } from '../../../lib/engine/executor-session.js';
import { ManualClock } from '../manual-clock.js';

/** A process with its slots, and a queue of that many suspects. */
function room(suspects: number) {
  const clock = new ManualClock();
  const session = new ExecutorSession('e', clock);
  const slots = new Slots(100);
  const claimed: Array<{ onProgress(): void; onDropped(): void }> = [];
  const ready = { times: 0 };
  const hold = (runId: string) => {
    const run = {
      runId,
      token: runId,
      isRunning: true,
      hasProgressed: false,
      reconsider: () => undefined,
      lost: () => undefined,
    };
    slots.take();
    session.frames.set(runId, run as HeldRun);
    return {
      run,
      drop: () => {
        slots.free();
        session.frames.delete(runId);
      },
    };
  };
  const probe = new SuspectProbe(
    {
      hasSuspect: async () => claimed.length < suspects,
      claim: async (_, watchNext) => {
        if (claimed.length >= suspects) return false;
        const watch = watchNext();
        const { run, drop } = hold(`suspect ${claimed.length}`);
        claimed.push({
          onProgress: () => {
            run.hasProgressed = true;
            watch.onProgress?.();
          },
          onDropped: () => {
            drop();
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
    clock,
  );
  return { probe, session, slots, clock, claimed, ready, hold };
}

describe('a process that takes care of suspects', () => {
  it('claims none while anything here has recorded nothing, and takes nothing new meanwhile', async () => {
    const { probe, session, clock, claimed, ready, hold } = room(1);
    const { run } = hold('neighbour');
    await probe.watch(session, 1);
    expect(probe.takesNewRuns).toBe(false);
    expect(claimed).toHaveLength(0);
    run.hasProgressed = true;
    clock.advance(50);
    expect(ready.times).toBe(1);
    await probe.claimNext(session);
    expect(claimed).toHaveLength(1);
  });

  it('claims none while a run is between its claim and its execution', async () => {
    const { probe, session, slots, claimed } = room(1);
    slots.take();
    await probe.watch(session, 1);
    expect(claimed).toHaveLength(0);
  });

  it('claims the next one when the last has recorded something, though that one still runs', async () => {
    const { probe, session, claimed, ready } = room(3);
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

  it('that were claimed at once claims more when the last of them has recorded something or is over', async () => {
    const clock = new ManualClock();
    const watches: RunWatch[] = [];
    let claims = 0;
    const probe = new SuspectProbe(
      {
        hasSuspect: async () => true,
        claim: async (_, watch) => {
          claims++;
          watches.push(watch(), watch());
          return true;
        },
        onReady: () => undefined,
      },
      new Slots(10),
      clock,
    );
    const session = new ExecutorSession('e', clock);
    await probe.watch(session, 1);
    watches[0]?.onProgress?.();
    watches[0]?.onDropped?.();
    await probe.claimNext(session);
    expect(claims).toBe(1);
    watches[1]?.onDropped?.();
    await probe.claimNext(session);
    expect(claims).toBe(2);
  });

  it('counts one that ends in the commit of its first record as over, not as running on', async () => {
    const { probe, session, claimed } = room(2);
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
    const { probe, session, clock } = room(2);
    await probe.watch(session, 1);
    clock.advance(15_000);
    await probe.watch(session, 1);
    expect(probe.takesNewRuns).toBe(false);
    clock.advance(1);
    await probe.watch(session, 1);
    expect(probe.takesNewRuns).toBe(true);
    clock.advance(14_999);
    await probe.watch(session, 1);
    expect(probe.takesNewRuns).toBe(true);
    clock.advance(1);
    await probe.watch(session, 1);
    expect(probe.takesNewRuns).toBe(false);
  });

  it('goes on for 15 s at a stretch, however many suspects there are', async () => {
    const { probe, session, clock, claimed } = room(1_000);
    const began = clock.monotonic();
    await probe.watch(session, 1);
    for (; probe.takesNewRuns === false; clock.advance(100)) {
      claimed.at(-1)?.onProgress();
      await probe.claimNext(session);
    }
    expect(clock.monotonic() - began).toBeGreaterThan(15_000);
    expect(clock.monotonic() - began).toBeLessThan(15_400);
    expect(claimed.length).toBeGreaterThan(100);
  });

  it('that never settles runs a suspect among others in the end', async () => {
    const { probe, session, clock, claimed, hold } = room(1);
    hold('neighbour');
    const began = clock.monotonic();
    for (let tick = 0; tick < 400 && claimed.length === 0; tick++) {
      await probe.watch(session, 1);
      clock.advance(1_000);
    }
    expect(claimed).toHaveLength(1);
    expect(clock.monotonic() - began).toBeLessThan(260_000);
  });
});
