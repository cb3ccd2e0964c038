// Renews this process's one lease, three times per lease. A renewal that fails for the connection is tried again soon; meanwhile the
// session itself stops starting step bodies when the lease runs out.
import type { Clock, Timer } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { ExecutorHost } from './executor-host.js';

const RETRY_MS = 250;

export class LeaseKeeper {
  #timer?: Timer;
  #stopped = true;
  #failing = false;

  constructor(
    private readonly host: ExecutorHost,
    private readonly leaseMs: number,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
  ) {}

  start(): void {
    this.#stopped = false;
    this.#schedule(this.leaseMs / 3);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async runOnce(): Promise<void> {
    try {
      await this.host.renew();
      if (this.#failing) this.logger.log('lease renewed again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.logger.warn(`lease not renewed, trying again: ${(error as Error).message}`);
      this.#failing = true;
    }
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = this.clock.setTimer(delayMs, () => {
      void this.runOnce().then(() => this.#schedule(this.#failing ? RETRY_MS : this.leaseMs / 3));
    });
  }
}
