// What a sweep did, or would do: runs by workflow and reason.
import type { RetentionReason, RunCounts } from '../../model/retention.js';

export interface RetentionResult {
  /** Nothing was done: these are the runs that `apply` would take now. */
  dryRun: boolean;
  /** Runs that were deleted. */
  deleted: number;
  /** Runs that were ended. */
  timedOut: number;
  /** By name, of those that have any: runs deleted for their age (`after`), or because there were too many (`maxRows`); ended (`globalTimeout`). */
  workflows: Array<{ workflowName: string } & Record<RetentionReason, number>>;
}

export class RetentionTotals {
  readonly #counts = new Map<string, Record<RetentionReason, number>>();

  add(reason: RetentionReason, counts: RunCounts): void {
    for (const [name, runs] of counts) {
      const row = this.#counts.get(name) ?? { after: 0, maxRows: 0, globalTimeout: 0 };
      row[reason] += runs;
      this.#counts.set(name, row);
    }
  }

  get deleted(): number {
    return this.#sum('after') + this.#sum('maxRows');
  }

  get timedOut(): number {
    return this.#sum('globalTimeout');
  }

  result(dryRun: boolean): RetentionResult {
    const workflows = [...this.#counts].map(([workflowName, counts]) => ({ workflowName, ...counts }));
    workflows.sort((a, b) => (a.workflowName < b.workflowName ? -1 : 1));
    return { dryRun, deleted: this.deleted, timedOut: this.timedOut, workflows };
  }

  #sum(reason: RetentionReason): number {
    return [...this.#counts.values()].reduce((sum, counts) => sum + counts[reason], 0);
  }
}
