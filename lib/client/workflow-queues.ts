// Queues at run time: made, changed, paused and looked at. `workflows.queues`.
import { type QueueDirectory, QueueNotFoundError } from '../engine/queue-directory.js';
import { assertName } from '../kernel/ids.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { Maintenance } from '../model/maintenance.js';
import type { Queue } from '../model/queue.js';
import { type OperatorAction, resolveOperatorAction } from '../operations/operator-action.js';
import type { QueueChange, QueueDeadlock, QueueStore } from '../store/queues/queue.store.js';
import { type QueueLimits, type QueueOptions, resolveLimits, resolveQueue } from './queue-options.js';

export type QueueActionOptions = OperatorAction;

export interface QueueInfo extends Omit<Queue, 'rateLimit'> {
  /** `period` in ms. */
  rateLimit: { limit: number; period: number } | null;
  /** Runs that wait for their first claim, or to be let in again; counted up to 10,000. */
  waiting: number;
  /** Runs that hold a permit: they have begun and are not over. Counted up to 10,000. */
  permits: number;
  /** Creation of the oldest of those that wait; null: none does. Of more than 10,000 the oldest of those that were looked at. */
  oldestWaitingAt: Date | null;
  /** In force for it now; null: none. One of all queues is named before its own. */
  maintenance: Maintenance | null;
  /** Places of it where nothing can go on: everybody there waits for a child that waits for a permit of the same place. */
  deadlocks: QueueDeadlock[];
}

export class QueueExistsError extends WorkflowsError {
  constructor(name: string) {
    super('QueueExistsError', 'QUEUE_EXISTS', `There is a queue "${name}" already. Change it with queues.update().`, {
      details: { name },
    });
  }
}

const MOST_COUNTED = 10_000;
const MOST_PARTITIONS = 1_000;

export interface QueueServiceParts {
  store: QueueStore;
  directory: QueueDirectory;
  /** Tells all processes. */
  changed(): void;
}

export class WorkflowQueues {
  readonly #parts: QueueServiceParts;

  /** @internal Made by WorkflowsModule. */
  constructor(parts: QueueServiceParts) {
    this.#parts = parts;
  }

  /**
   * @throws QueueExistsError; InvalidQueueOptionError, InvalidIdError, InvalidDurationError, UnknownOptionError before any SQL; the
   * database's error
   */
  async create(options: QueueOptions, action?: QueueActionOptions): Promise<void> {
    const { name, ...settings } = resolveQueue(options);
    const by = resolveOperatorAction('Queue', action);
    if (!(await this.#parts.store.create(name, settings, by))) throw new QueueExistsError(name);
    await this.#changed();
  }

  /**
   * Changes what is given, for all processes; it counts from the next claim on. A limit that more runs exceed than it allows lets nobody
   * begin until enough are over. What code declares for the queue takes its place again only when that declaration changes.
   *
   * @throws QueueNotFoundError; as `create`
   */
  async update(name: string, limits: QueueLimits, action?: QueueActionOptions): Promise<void> {
    await this.#change(name, { settings: resolveLimits(limits) }, action);
  }

  /** When it resolves nothing of the queue begins any more, in any process; what has begun goes on. Idempotent. @throws QueueNotFoundError */
  async pause(name: string, action?: QueueActionOptions): Promise<void> {
    await this.#change(name, { isPaused: true }, action);
  }

  /** Idempotent. @throws QueueNotFoundError */
  async resume(name: string, action?: QueueActionOptions): Promise<void> {
    await this.#change(name, { isPaused: false }, action);
  }

  /** By name. @throws the database's error */
  async list(): Promise<QueueInfo[]> {
    const { store } = this.#parts;
    const [{ queues }, counts, deadlocks] = await Promise.all([
      store.list(),
      store.count(MOST_COUNTED),
      store.findDeadlocks(MOST_PARTITIONS),
    ]);
    const byName = new Map(counts.map((count) => [count.name, count]));
    return queues.map((queue) => ({
      ...queue,
      rateLimit: queue.rateLimit === null ? null : { limit: queue.rateLimit.limit, period: queue.rateLimit.periodMs },
      waiting: Math.min(byName.get(queue.name)?.waiting ?? 0, MOST_COUNTED),
      permits: byName.get(queue.name)?.permits ?? 0,
      oldestWaitingAt: byName.get(queue.name)?.oldestWaitingAt ?? null,
      maintenance: byName.get(queue.name)?.maintenance ?? null,
      deadlocks: deadlocks.filter((deadlock) => deadlock.queue === queue.name),
    }));
  }

  async #change(name: string, change: QueueChange, action: QueueActionOptions | undefined): Promise<void> {
    assertName(name, 'queue name');
    const by = resolveOperatorAction('Queue', action);
    const { store, directory } = this.#parts;
    if (!(await store.change(name, change, by))) {
      await directory.refresh();
      throw new QueueNotFoundError(name, directory.names);
    }
    await this.#changed();
  }

  async #changed(): Promise<void> {
    await this.#parts.directory.refresh();
    this.#parts.changed();
  }
}
