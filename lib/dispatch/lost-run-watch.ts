// Finds out which of the runs held here were cancelled or taken over elsewhere, so that their signals are aborted at once and not only at
// their next write. Called at the tick and on notification; one query for all of them.

import type { RunClaimStore } from '../store/runs/run-claim.store.js';
import type { ExecutorHost } from './executor-host.js';

export class LostRunWatch {
  constructor(
    private readonly host: ExecutorHost,
    private readonly claims: RunClaimStore,
  ) {}

  /** @throws the database's error; the next call looks again */
  async runOnce(): Promise<void> {
    const frames = [...(this.host.session?.frames.values() ?? [])].filter((frame) => frame.isRunning);
    if (frames.length === 0) return;
    const lost = await this.claims.listLost(
      frames.map((frame) => frame.runId),
      frames.map((frame) => frame.token),
    );
    if (lost.length === 0) return;
    const runIds = new Set(lost);
    for (const frame of frames) if (runIds.has(frame.runId)) frame.lost();
  }
}
