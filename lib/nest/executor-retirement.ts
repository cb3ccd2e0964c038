// How a process leaves the cluster: its runs come to rest, it hands back what is left, and says so. Used by WorkflowsRuntime at shutdown.
import type { LeaseRescuer } from '../dispatch/lease-rescuer.js';
import type { ExecutorSession } from '../engine/executor-session.js';
import type { Waker } from '../engine/waker.js';
import { type Clock, pause } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { ExecutorStore } from '../store/executors/executor.store.js';
import type { Notifier } from '../store/notifier.js';
import { isLockTimeout } from '../store/sql-errors.js';

export interface RetirementParts {
  executors: ExecutorStore;
  rescuer: LeaseRescuer;
  waker: Waker;
  notifier: Notifier;
  clock: Clock;
  logger: WorkflowsLogger;
}

export class ExecutorRetirement {
  constructor(private readonly parts: RetirementParts) {}

  /** Resolves when all runs have come to rest, or after so many ms. */
  async drained(session: ExecutorSession, timeoutMs: number): Promise<void> {
    const { clock, logger } = this.parts;
    await Promise.race([session.empty(), pause(clock, timeoutMs)]);
    if (session.frames.size > 0)
      logger.warn(`${session.frames.size} runs did not come to rest within shutdownTimeout; they go back to the queue`);
  }

  /** Hands back what is left. A database that is gone does it by the lease. */
  async retire(session: ExecutorSession): Promise<void> {
    const { executors, rescuer, waker, notifier, logger } = this.parts;
    const { executorId } = session;
    try {
      const retired = await this.#retireOnce(executorId).catch((error) => {
        // A flush held the fence for long; the drained lanes are quiet now.
        if (isLockTimeout(error)) return this.#retireOnce(executorId);
        throw error;
      });
      // Nothing was on its way any more, so nothing can have been committed that this process does not know of.
      const isQuiet = session.frames.size === 0 && session.lanes.every((lane) => lane.isIdle);
      session.retire();
      const isSaid = await waker.stop();
      if (retired) {
        await rescuer.requeue(executorId);
        // Otherwise whoever rescues next wakes those whom nobody told.
        if (isQuiet && isSaid) await executors.clear(executorId);
      }
      notifier.tell('hello');
    } catch (error) {
      session.retire();
      logger.warn(`executor not retired, its lease runs out instead: ${(error as Error).message}`);
    }
  }

  #retireOnce(executorId: string): Promise<boolean> {
    return this.parts.executors.retire(executorId, { ifExpired: false });
  }
}
