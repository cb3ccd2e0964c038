import { ExecutorSession } from '../../../lib/engine/executor-session.js';
import type { Clock } from '../../../lib/kernel/clock.js';

/** Two clocks that are moved by hand, apart from each other. */
function manualClock() {
  const time = { wall: 1_000_000, monotonic: 0 };
  const clock: Clock = {
    now: () => time.wall,
    monotonic: () => time.monotonic,
    setTimer: () => ({ cancel: () => undefined }),
  };
  return { time, clock };
}

describe('a lease as its executor knows it', () => {
  const held = () => {
    const { time, clock } = manualClock();
    const session = new ExecutorSession('e', clock);
    session.renewed(clock.monotonic(), clock.now(), 15_000);
    return { time, session };
  };

  it('is held from its renewal until one second before the others see it end', () => {
    const { time, session } = held();
    time.monotonic = time.monotonic + 13_999;
    time.wall += 13_999;
    expect(session.holdsLease).toBe(true);
    time.monotonic += 1;
    time.wall += 1;
    expect(session.holdsLease).toBe(false);
  });

  it('is over when the wall clock says so, though the monotonic one stood still with the machine', () => {
    const { time, session } = held();
    time.wall += 3_600_000;
    expect(session.holdsLease).toBe(false);
  });

  it('is over when the monotonic clock says so, though somebody set the wall clock back', () => {
    const { time, session } = held();
    time.monotonic += 20_000;
    time.wall -= 3_600_000;
    expect(session.holdsLease).toBe(false);
  });

  it('lets what waited for it go on when it is renewed, and never when it is lost', async () => {
    const { time, session } = held();
    time.monotonic += 20_000;
    let wentOn = 0;
    void session.leaseHeld()?.then(() => wentOn++);
    session.renewed(time.monotonic, time.wall, 15_000);
    await Promise.resolve();
    expect(wentOn).toBe(1);
    time.monotonic += 20_000;
    void session.leaseHeld()?.then(() => wentOn++);
    session.retire();
    session.renewed(time.monotonic, time.wall, 15_000);
    await Promise.resolve();
    expect(wentOn).toBe(1);
    expect(session.holdsLease).toBe(false);
  });
});
