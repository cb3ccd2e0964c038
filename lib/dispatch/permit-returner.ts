// Gives back the permits of runs that were over before their code was: cancelled from outside, or ended while a step body still ran. At once
// when nothing of them runs here any more; a sweep finds what was missed. After this process's death its retirement does it.
import type { ExecutorSession } from '../engine/executor-session.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { RunClaimStore } from '../store/runs/run-claim.store.js';
import type { ExecutorHost } from './executor-host.js';

export class PermitReturner {
  #gathered = new Set<string>();
  #working?: Promise<void>;

  constructor(
    private readonly host: ExecutorHost,
    private readonly claims: Pick<RunClaimStore, 'listHeldBack' | 'letGo'>,
    private readonly logger: WorkflowsLogger,
    /** Permits came back. */
    private readonly onReturned: () => void,
  ) {}

  letGo(session: ExecutorSession, runId: string): void {
    if (session.isRetired) return;
    this.#gathered.add(runId);
    this.#working ??= this.#work(session).finally(() => {
      this.#working = undefined;
    });
  }

  /** @throws the database's error; the next sweep looks again */
  async runOnce(): Promise<void> {
    const { session } = this.host;
    if (session === undefined) return;
    const { frames, handingOver, lingering } = session;
    const heldBack = await this.claims.listHeldBack(session.executorId);
    // What one has taken whose answer is on its way may begin here yet, though it was cancelled since. The next sweep looks again.
    if (session.isClaiming) return;
    const free = heldBack.filter((runId) => !frames.has(runId) && !handingOver.has(runId) && !lingering.has(runId));
    if (free.length === 0) return;
    await this.claims.letGo(session.executorId, free);
    this.onReturned();
  }

  async #work(session: ExecutorSession): Promise<void> {
    while (this.#gathered.size > 0 && !session.isRetired) {
      const runIds = [...this.#gathered];
      this.#gathered.clear();
      try {
        await this.claims.letGo(session.executorId, runIds);
        this.onReturned();
      } catch (error) {
        this.logger.debug(`permits of ${runIds.length} runs not given back, the next sweep does it: ${(error as Error).message}`);
      }
    }
  }
}
