// Gives back runs that the database says are ours but that nobody here holds: a claim that was committed and whose answer was lost. No
// lease would ever find them, because this process lives and renews. A run must be seen like that twice: one that is just being
// handed over, or has just ended, is not a stray.
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { RunClaimStore } from '../store/runs/run-claim.store.js';
import type { ExecutorHost } from './executor-host.js';

/** Older claims than this have been handed over. */
const SETTLED_MS = 3_000;

export class StrayRunReleaser {
  #seen = new Set<string>();

  constructor(
    private readonly host: ExecutorHost,
    private readonly claims: RunClaimStore,
    private readonly logger: WorkflowsLogger,
    private readonly onReleased: () => void,
  ) {}

  /** One look. Returns how many runs it gave back. @throws the database's error; the next look goes on */
  async runOnce(): Promise<number> {
    const { session } = this.host;
    if (session === undefined) return 0;
    // What a claim has taken whose answer is only late is no stray, and is not older than that claim.
    const owned = await this.claims.listOwned(session.executorId, SETTLED_MS + session.oldestClaimMs());
    const strays = owned.filter(
      ({ runId, token }) => session.frames.get(runId)?.token !== token && !session.handingOver.has(runId),
    );
    const again = strays.filter(({ token }) => this.#seen.has(token));
    this.#seen = new Set(strays.map(({ token }) => token));
    if (again.length === 0) return 0;
    const released = await this.claims.release(session.executorId, again);
    if (released > 0) {
      this.logger.warn(`${released} runs were claimed without reaching this process; they are back in the queue`);
      this.onReleased();
    }
    return released;
  }
}
