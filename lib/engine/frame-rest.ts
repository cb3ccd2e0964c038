// What becomes of a run whose code waits and has nothing to do: it stays in memory, is unloaded, or goes back to the queue. A timer says when
// it goes on, so only a near one keeps the run; somebody else may go on with it at any time, so it is kept for a while and then let go. Where
// others need its slot, at once: or parents that wait for their children would keep them from running. And at once where its queue is to be
// drained.
import type { Timer } from '../kernel/clock.js';
import type { EngineServices } from './engine-services.js';
import type { Operation } from './operation.js';

/** What wakes so soon is not worth a replay, however many wait for the slot. */
const SOON_MS = 100;

export type Rest = 'stay' | 'suspend' | 'hold' | 'release';

export class FrameRest {
  /** Since when (monotonic ms) nothing has been delivered. */
  #since?: number;
  #timer?: Timer;

  constructor(
    private readonly services: EngineServices,
    private readonly again: () => void,
  ) {}

  /** Something was delivered. */
  interrupt(): void {
    this.#since = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** `isDraining`: the process is; `queue`: of the run. */
  decide(pending: Iterable<Operation>, isDraining: boolean, isHeld = false, queue = ''): Rest {
    let nearest = Number.POSITIVE_INFINITY;
    let hasSource = false;
    let parked = false;
    for (const operation of pending) {
      if (operation.state === 'busy') return 'stay';
      // Not before the wait is committed: only then does whoever brings what the run waits for know of it; see migrations/0005-waking.ts.
      if (operation.hasSource && operation.state === 'waiting' && !operation.isWaitDurable) return 'stay';
      if (operation.state === 'waiting') nearest = Math.min(nearest, operation.wakeAt);
      else parked = true;
      hasSource ||= operation.hasSource;
    }
    if (isHeld) return 'hold';
    if (parked) return 'release';
    if (isDraining) return 'suspend';
    const { suspendAfterMs, databaseClock, ports, queues } = this.services;
    const keptMs = queues.isMaintained(queue) ? 0 : ports.isCrowded() ? Math.min(SOON_MS, suspendAfterMs) : suspendAfterMs;
    if (nearest - databaseClock.now() <= keptMs) return 'stay';
    return hasSource && !this.#hasRestedFor(keptMs) ? 'stay' : 'suspend';
  }

  #hasRestedFor(ms: number): boolean {
    const { clock } = this.services;
    const now = clock.monotonic();
    this.#since ??= now;
    const left = this.#since + ms - now;
    if (left <= 0) return true;
    // The time may have become shorter since it was set.
    this.#timer?.cancel();
    this.#timer = clock.setTimer(left, this.again);
    return false;
  }
}
