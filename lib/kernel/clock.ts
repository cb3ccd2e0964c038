// The only source of local time and timers. Everything that decides by time takes a Clock, so that a test can
// move it; whatever is stored takes its time from the database instead (see store/database-clock.ts).

/** A pending timer. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall time, ms since the epoch. May jump. */
  now(): number;
  /** Monotonic time in ms, from an arbitrary start. Never jumps; stands still while the process is stopped on some systems. */
  monotonic(): number;
  /** Calls `fire` once, not before `delayMs` of monotonic time. Delays beyond 2^31 ms are right. Keeps no process alive. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

/** Node fires a longer setTimeout at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, fire) {
    const dueAt = performance.now() + delayMs;
    let handle: NodeJS.Timeout;
    const arm = () => {
      const left = dueAt - performance.now();
      handle = setTimeout(check, Math.min(Math.max(Math.ceil(left), 0), LONGEST_TIMEOUT_MS));
      handle.unref();
    };
    // Node rounds timers to whole ms and may fire a fraction early; a durable timer must not.
    const check = () => {
      if (performance.now() < dueAt) arm();
      else fire();
    };
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Resolves after so many ms. Keeps no process alive. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(ms, resolve);
  });
}
