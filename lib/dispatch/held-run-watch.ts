// Finds out which of the runs held here were cancelled or taken over elsewhere, so that their signals are aborted at once and not only at
// their next write; and of which an operator asks something. Called at the tick and on notification; one query for all of them.

import type { RunClaimStore } from '../store/runs/run-claim.store.js';
import type { ExecutorHost } from './executor-host.js';

export class HeldRunWatch {
  constructor(
    private readonly host: ExecutorHost,
    private readonly claims: RunClaimStore,
  ) {}

  /** @throws the database's error; the next call looks again */
  async runOnce(): Promise<void> {
    const frames = [...(this.host.session?.frames.values() ?? [])].filter((frame) => frame.isRunning);
    if (frames.length === 0) return;
    const rows = await this.claims.listChanged(
      frames.map((frame) => frame.runId),
      frames.map((frame) => frame.token),
    );
    const changed = new Map(rows.map((row) => [row.runId, row]));
    for (const frame of frames) {
      const row = changed.get(frame.runId);
      if (row?.isLost) frame.lost();
      else if (row !== undefined || frame.isHolding) frame.order(row?.command ?? null);
    }
  }
}
