// Returns the runs of executors whose lease is over to the queue. Every process sweeps, all the time: there is no leader and no one-shot
// recovery, so whatever a sweep leaves (a crash in the middle, a lost connection) the next one finds.
//
//   lease expired ──► retired (under the locks of its fence row, then its lease row) ──► runs re-queued in batches
//                 ──► those woken whom it may have left waiting ──► cleared

import { RecoveryExhaustedError } from '../engine/run.errors.js';
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { storedVerdictText } from '../kernel/stored-error.js';
import type { ExecutorStore } from '../store/executors/executor.store.js';
import { isLockTimeout } from '../store/sql-errors.js';

const BATCH = 500;
/** Looking a moment too early would cost a look more. */
const AFTER_EXPIRY_MS = 5;
/** After an outage all leases look expired: the living get this long to renew theirs before anybody judges. */
const GRACE_AFTER_OUTAGE_MS = 2_000;

export interface LeaseRescuerPorts {
  /** Runs were re-queued, or ended as DEAD, which these are. */
  rescued(dead: readonly string[]): void;
  /** Wakes those whom the dead may have left waiting; see overlooked-waits.ts. @throws the database's error */
  wakeOverlooked(): Promise<void>;
}

export class LeaseRescuer {
  #graceUntil = Number.NEGATIVE_INFINITY;
  #nextExpiryMs?: number;

  constructor(
    private readonly executors: ExecutorStore,
    private readonly ownExecutorId: () => string | undefined,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
    private readonly ports: LeaseRescuerPorts,
  ) {}

  /** How long after the last sweep another lease may be over, if nobody renews it; undefined: there is no other. */
  get dueInMs(): number | undefined {
    return this.#nextExpiryMs;
  }

  /** One sweep. Returns how many runs it re-queued. @throws the database's error; the next sweep goes on */
  async runOnce(): Promise<number> {
    this.#nextExpiryMs = undefined;
    try {
      if (this.clock.monotonic() >= this.#graceUntil) await this.#retireExpired();
      return await this.#requeueAll();
    } catch (error) {
      this.#graceUntil = this.clock.monotonic() + GRACE_AFTER_OUTAGE_MS;
      throw error;
    }
  }

  async #retireExpired(): Promise<void> {
    // A process may find its own lease expired: it renews it or is replaced, but does not rescue itself.
    const leases = await this.executors.listLeases(this.ownExecutorId() ?? null);
    const next = leases.find(({ leftMs }) => leftMs >= 0);
    this.#nextExpiryMs = next && next.leftMs + AFTER_EXPIRY_MS;
    for (const { executorId, leftMs } of leases) {
      if (leftMs >= 0) break;
      try {
        if (await this.executors.retire(executorId, { ifExpired: true }))
          this.logger.warn(`executor ${executorId} lost its lease and is retired`);
      } catch (error) {
        // Its fence is busy: it may not be that dead. The next sweep tries again; the others need not wait for it.
        if (!isLockTimeout(error)) throw error;
      }
    }
  }

  async #requeueAll(): Promise<number> {
    const uncleared = await this.executors.listUncleared();
    let rescued = 0;
    for (const executorId of uncleared) rescued += await this.requeue(executorId);
    if (uncleared.length === 0) return rescued;
    // After the runs, which wait for it: it reads all that waits.
    await this.ports.wakeOverlooked();
    for (const executorId of uncleared) await this.executors.clear(executorId);
    return rescued;
  }

  /** All runs of a retired executor that nobody else is re-queueing. */
  async requeue(executorId: string): Promise<number> {
    let total = 0;
    const ended: string[] = [];
    for (;;) {
      const { requeued, dead } = await this.executors.requeueRuns(
        executorId,
        BATCH,
        storedVerdictText(new RecoveryExhaustedError()),
      );
      for (const runId of dead) this.logger.error(`run ${runId} is DEAD: its recovery attempts are exhausted`);
      ended.push(...dead);
      if (requeued === 0) break;
      total += requeued;
    }
    if (total > 0) this.ports.rescued(ended);
    if (total > 0) this.logger.log(`re-queued ${total} runs of executor ${executorId}`);
    return total;
  }
}
