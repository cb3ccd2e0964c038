// The system's clock against a Node whose timers are early or can hold no more: time and setTimeout are replaced for each test.
import { systemClock } from '../../../lib/kernel/clock.js';

/** The timers asked for, and a time that the spec moves. */
async function withTimers(
  test: (node: { asked: Array<{ ms: number; fire(): void }>; time: { now: number } }) => void,
): Promise<void> {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const now = performance.now;
  const asked: Array<{ ms: number; fire(): void }> = [];
  const time = { now: 0 };
  globalThis.setTimeout = ((fire: () => void, ms: number) => {
    asked.push({ ms, fire });
    return { unref: () => undefined };
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = () => undefined;
  performance.now = () => time.now;
  try {
    test({ asked, time });
  } finally {
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    performance.now = now;
  }
}

describe('a timer', () => {
  it('never fires early, though the one of Node does', () =>
    withTimers(({ asked, time }) => {
      let fired = 0;
      systemClock.setTimer(10.4, () => fired++);
      time.now = 10.3;
      asked.shift()?.fire();
      expect(fired).toBe(0);
      time.now = 10.4;
      asked.shift()?.fire();
      expect([fired, asked.length]).toEqual([1, 0]);
    }));

  it('that is longer than Node can hold is waited for in pieces that Node can hold', () =>
    withTimers(({ asked, time }) => {
      const longest = 2 ** 31 - 1;
      let fired = 0;
      systemClock.setTimer(2 * longest + 5, () => fired++);
      for (const ms of [longest, longest, 5]) {
        expect(asked[0]?.ms).toBe(ms);
        expect(fired).toBe(0);
        time.now += ms;
        asked.shift()?.fire();
      }
      expect(fired).toBe(1);
    }));
});
