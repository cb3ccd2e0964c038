// Claims of runs that need a permit: those of queues with a limit, and those of partitions. Apart from the others, because they take the
// locks of their queues; asked for only when there may be something: at the tick, after starts, and when a permit came back.
import type { ExecutorSession } from '../engine/executor-session.js';
import type { Clock, Timer } from '../kernel/clock.js';
import type { ClaimedRun } from '../store/runs/claimed-run.js';
import type { RunClaimStore, Served } from '../store/runs/run-claim.store.js';
import type { Slots } from './slots.js';

/** When a rate limit lets somebody begin, it is looked at not sooner than so long after. */
const MIN_GAP_MS = 5;

export class GatedClaims {
  #mayHaveWork = true;
  #timer?: Timer;
  #firesAt = Number.POSITIVE_INFINITY;
  #stopped = false;

  constructor(
    private readonly claims: RunClaimStore,
    private readonly slots: Slots,
    private readonly clock: Clock,
    /** Tokens of a rate limit have come back. */
    private readonly onReady: () => void,
  ) {}

  /** There may be something to claim since the last look. */
  get mayHaveWork(): boolean {
    return this.#mayHaveWork;
  }

  look(): void {
    this.#mayHaveWork = true;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Up to `limit` runs. @throws the database's error, with nothing claimed or all to be rescued */
  async claim({ executorId }: ExecutorSession, served: Served, limit: number): Promise<ClaimedRun[]> {
    this.#mayHaveWork = false;
    const claimed: ClaimedRun[] = [];
    let waits = false;
    let queues = served.queues;
    try {
      for (;;) {
        const left = limit - claimed.length;
        const result = await this.claims.claimGated(executorId, { ...served, queues }, this.slots.byQueue, left, waits);
        claimed.push(...result.claimed);
        if (result.comesBackMs !== null) this.#lookAgainIn(result.comesBackMs);
        if (result.more) this.#mayHaveWork = true;
        if (claimed.length >= limit || result.busy.length === 0) return claimed;
        // Another process was there: it takes what it has slots for, and leaves us the rest.
        queues = result.busy;
        waits = true;
      }
    } catch (error) {
      this.#mayHaveWork = true;
      // What the first round has claimed is ours.
      if (claimed.length > 0) return claimed;
      throw error;
    }
  }

  #lookAgainIn(ms: number): void {
    const firesAt = this.clock.monotonic() + Math.max(ms, MIN_GAP_MS);
    if (this.#stopped || firesAt >= this.#firesAt) return;
    this.#timer?.cancel();
    this.#firesAt = firesAt;
    this.#timer = this.clock.setTimer(firesAt - this.clock.monotonic(), () => {
      this.#firesAt = Number.POSITIVE_INFINITY;
      this.look();
      this.onReady();
    });
  }
}
