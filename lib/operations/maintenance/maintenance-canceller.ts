// Cancels all that is not over in the scopes of a maintenance, delayed runs aside: in batches what no executor has in memory, one by one what
// one has. Nothing is claimed meanwhile, so it comes to an end. Who waits for the runs is told as by any other cancellation. When it is
// interrupted, entering the same maintenance again does the rest.
import type { ExecutorSession } from '../../engine/executor-session.js';
import type { Waker } from '../../engine/waker.js';
import { type Clock, pause } from '../../kernel/clock.js';
import { storedVerdictText } from '../../kernel/stored-error.js';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import type { DoneBy } from '../../model/audit.js';
import type { MaintenanceStore } from '../../store/maintenance/maintenance.store.js';
import { repeatOnOutage } from '../../store/repeat-on-outage.js';
import type { RunStore } from '../../store/runs/run.store.js';
import { MaintenanceFailedError } from './maintenance.errors.js';

const BATCH = 500;
/** Somebody else has the row of one: it is looked at again. */
const BUSY_MS = 50;

export interface CancelledRuns {
  /** That no process had: they waited, in a queue or unloaded. */
  queued: number;
  /** That a process had in memory. */
  running: number;
}

export interface MaintenanceCancellerPorts {
  /** Runs were cancelled: whoever has them lets go, and permits may have come back. */
  cancelled(): void;
  session(): ExecutorSession | undefined;
}

export class MaintenanceCanceller {
  constructor(
    private readonly store: Pick<MaintenanceStore, 'cancelUnowned' | 'listOwned'>,
    private readonly runs: Pick<RunStore, 'cancel'>,
    private readonly waker: Pick<Waker, 'runsEndedFromOutside'>,
    private readonly ports: MaintenanceCancellerPorts,
    private readonly clock: Clock,
  ) {}

  /** `entered`: as the store gave it; what came after it was let in on purpose. @throws MaintenanceFailedError */
  async cancel(scopes: readonly string[], entered: string, by: DoneBy): Promise<CancelledRuns> {
    const text = by.reason ?? `cancelled for maintenance by ${by.actor}`;
    const verdict = { error: storedVerdictText(new WorkflowsError('RunCancelledError', 'MAINTENANCE_CANCEL', text)), ...by };
    const total: CancelledRuns = { queued: 0, running: 0 };
    for (;;) {
      const { cancelled, isLeft } = await this.#repeat(() => this.store.cancelUnowned(scopes, entered, verdict, BATCH));
      this.#tell(cancelled);
      total.queued += cancelled.length;
      // After the others, so that what these start as children is found by the next round.
      const owned = await this.#repeat(() => this.store.listOwned(scopes, entered, BATCH));
      for (const runId of owned) total.running += await this.#cancelOwned(runId, verdict);
      if (!isLeft && owned.length === 0 && cancelled.length === 0) return total;
      if (cancelled.length === 0 && owned.length === 0) await pause(this.clock, BUSY_MS);
    }
  }

  async #cancelOwned(runId: string, verdict: { error: string } & DoneBy): Promise<number> {
    const result = await this.#repeat(() =>
      this.runs.cancel(runId, { ...verdict, ifOverdue: false, action: 'MAINTENANCE_CANCEL' }),
    );
    if (!result?.changed) return 0;
    this.ports.session()?.frames.get(runId)?.lost();
    this.#tell([runId]);
    return 1;
  }

  #tell(runIds: readonly string[]): void {
    if (runIds.length === 0) return;
    this.ports.cancelled();
    this.waker.runsEndedFromOutside(runIds);
  }

  /** Safe to repeat: what is over stays as it is. */
  #repeat<T>(work: () => Promise<T>): Promise<T> {
    const failed = (cause: unknown) =>
      new MaintenanceFailedError(
        'all runs are cancelled',
        "Nothing begins any more; call enterMaintenance({ mode: 'cancel' }) again to cancel the rest.",
        cause,
      );
    return repeatOnOutage(this.clock, work, failed);
  }
}
