// Ends runs whose timeout is over and that no executor holds (waiting, queued again after a crash), and, with some grace, those that an
// executor holds but does not end: it watches the time too, so a stuck one is meant.

import { RunTimeoutError, StopTimeoutError } from '../engine/run.errors.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { storedVerdictText } from '../kernel/stored-error.js';
import type { RunStore } from '../store/runs/run.store.js';
import { isLockTimeout, isSerializationFailure } from '../store/sql-errors.js';

const BATCH = 500;
const OWNED_GRACE_MS = 2_000;

export class DeadlineSweeper {
  constructor(
    private readonly runs: RunStore,
    private readonly logger: WorkflowsLogger,
    private readonly onEnded: (runIds: readonly string[]) => void,
  ) {}

  /** One sweep. Returns how many runs it ended. @throws the database's error; the next sweep goes on */
  async runOnce(): Promise<number> {
    const timeout = storedVerdictText(new RunTimeoutError(null));
    const stopTimeout = storedVerdictText(new StopTimeoutError(null));
    const ended: string[] = [];
    for (let batch = BATCH; batch === BATCH; ) {
      const expired = await this.runs.expireUnowned(timeout, stopTimeout, BATCH);
      ended.push(...expired);
      batch = expired.length;
    }
    for (const { runId, isStopping } of await this.runs.listOverdueOwned(OWNED_GRACE_MS)) {
      try {
        const result = await this.runs.cancel(runId, {
          error: isStopping ? stopTimeout : timeout,
          ifOverdue: true,
          actor: 'system',
          action: 'TIMEOUT',
          reason: null,
        });
        if (result?.changed) ended.push(runId);
      } catch (failure) {
        // Changed hands meanwhile: the next sweep looks again.
        if (!isSerializationFailure(failure) && !isLockTimeout(failure)) throw failure;
      }
    }
    if (ended.length > 0) {
      this.logger.log(`${ended.length} runs timed out`);
      this.onEnded(ended);
    }
    return ended.length;
  }
}
