// Claims runs that waited at the moment at which they are due, where the tick alone would be late by up to its interval. One timer, for the
// next of them; what is due beyond the next tick is left to that.
import type { Clock, Timer } from '../kernel/clock.js';
import type { DatabaseClock } from '../store/database-clock.js';
import type { RunClaimStore, Served } from '../store/runs/run-claim.store.js';

/** What is due within so many ms is claimed together. */
const MIN_GAP_MS = 20;

export class DueTimer {
  #timer?: Timer;
  #firesAt = Number.POSITIVE_INFINITY;
  #stopped = false;

  constructor(
    private readonly claims: RunClaimStore,
    private readonly served: () => Served,
    private readonly tickMs: number,
    private readonly clock: Clock,
    private readonly databaseClock: DatabaseClock,
    private readonly onDue: () => void,
  ) {}

  /** Looks for the next one. Called at the tick. @throws the database's error; the next tick looks again */
  async runOnce(): Promise<void> {
    const served = this.served();
    if (this.#stopped || served.names.length === 0) return;
    const leftMs = await this.claims.findNextDue(served);
    if (leftMs !== undefined) this.#arm(leftMs);
  }

  /** A run will be due at that time: ms since the epoch, database clock. */
  dueAt(time: number): void {
    this.#arm(time - this.databaseClock.now());
  }

  /** In so many ms from now, or a little sooner. */
  dueIn(ms: number): void {
    this.#arm(ms);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #arm(leftMs: number): void {
    if (this.#stopped || leftMs > this.tickMs) return;
    const firesAt = this.clock.monotonic() + Math.max(leftMs, MIN_GAP_MS);
    if (firesAt >= this.#firesAt) return;
    this.#timer?.cancel();
    this.#firesAt = firesAt;
    this.#timer = this.clock.setTimer(firesAt - this.clock.monotonic(), () => {
      this.#firesAt = Number.POSITIVE_INFINITY;
      this.onDue();
      // Others may be due before the next tick. Should this look fail, the tick comes.
      this.runOnce().catch(() => undefined);
    });
  }
}
