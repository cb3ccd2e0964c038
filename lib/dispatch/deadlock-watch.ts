// Reports queues and partitions that are stuck: no permit is left, and everybody who has one waits for a child that needs one of the same
// place. Nothing here ends that: raise the limit, set `releaseWhileWaiting`, or give the children another queue.
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { QueueDeadlock, QueueStore } from '../store/queues/queue.store.js';

const MOST_PARTITIONS = 1_000;

export class DeadlockWatch {
  #known = new Set<string>();

  constructor(
    private readonly queues: Pick<QueueStore, 'findDeadlocks'>,
    private readonly logger: WorkflowsLogger,
  ) {}

  /** Warns once of each. @throws the database's error; the next call looks again */
  async runOnce(): Promise<void> {
    const found = await this.queues.findDeadlocks(MOST_PARTITIONS);
    const known = new Set<string>();
    for (const deadlock of found) {
      const key = JSON.stringify([deadlock.queue, deadlock.partitionKey]);
      known.add(key);
      if (!this.#known.has(key)) this.logger.warn(describe(deadlock));
    }
    this.#known = known;
  }
}

function describe({ queue, partitionKey, holder, child }: QueueDeadlock): string {
  const place = partitionKey === null ? `queue "${queue}"` : `partition "${partitionKey}" of queue "${queue}"`;
  return `${place} is stuck: every run that has a permit there waits for a child that needs one, as run ${holder} for run ${child}. Raise its limit, set releaseWhileWaiting, or start children in another queue.`;
}
