// Writes batches of starts that were accepted in memory. A row that the database refuses is found by halving its batch, tried again alone, and
// then kept as a dead letter, so that it holds up no other and is never lost silently. What is no fault of the rows is thrown to the queue.
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { NewRun } from '../model/run.js';
import { isPassing, sqlStateOf } from '../store/sql-errors.js';

export interface InMemoryPorts {
  /** All of them or none. Idempotent by run id. */
  insert(runs: readonly NewRun[]): Promise<void>;
  /** They are durable. */
  inserted(runs: readonly NewRun[]): void;
  /** Keeps a run that the database does not take. Idempotent by run id. */
  bury(run: NewRun, cause: unknown, attempts: number): Promise<void>;
}

/** A run on its way. */
export interface DepartingRun {
  readonly run: NewRun;
  /** That were its own fault. */
  attempts: number;
  cause?: unknown;
  retryAt: number;
  /** It could not be kept as a dead letter, and that was said. */
  isUnburied?: boolean;
}

export interface WriterEvents<R> {
  written(items: readonly R[]): void;
  failed(): void;
  buried(item: R): void;
}

export const RETRY_MS = 100;
const MAX_ATTEMPTS = 3;

export class InMemoryWriter<R extends DepartingRun> {
  /** Refused, but not given up. */
  readonly #refused = new Set<R>();
  #isOver = false;

  constructor(
    private readonly ports: InMemoryPorts,
    private readonly events: WriterEvents<R>,
    private readonly clock: Clock,
    private readonly logger: WorkflowsLogger,
  ) {}

  get hasRefused(): boolean {
    return this.#refused.size > 0;
  }

  /** It was refused, and has a time of its own. */
  isRefused(item: R): boolean {
    return this.#refused.has(item);
  }

  /** Those to be tried again, one by one. */
  dueNow(isForced: boolean): R[] {
    const now = this.clock.monotonic();
    return [...this.#refused].filter(({ retryAt }) => isForced || retryAt <= now);
  }

  /** Sends nothing more, and is silent about what is out. */
  end(): void {
    this.#isOver = true;
    this.#refused.clear();
  }

  /** @throws only what is no fault of the rows; those that were written before it are told */
  async write(items: readonly R[]): Promise<void> {
    const [first] = items;
    if (first === undefined || this.#isOver) return;
    if (first.attempts >= MAX_ATTEMPTS) return this.#bury(first);
    try {
      await this.ports.insert(items.map(({ run }) => run));
    } catch (error) {
      this.events.failed();
      if (this.#isOver || isPassing(error)) throw error;
      if (items.length === 1) return this.#refuse(first, error);
      const half = items.length >> 1;
      await this.write(items.slice(0, half));
      return this.write(items.slice(half));
    }
    if (this.#isOver) return;
    for (const item of items) this.#refused.delete(item);
    this.events.written(items);
    this.ports.inserted(items.map(({ run }) => run));
  }

  async #refuse(item: R, error: unknown): Promise<void> {
    item.attempts++;
    item.cause = error;
    item.retryAt = this.clock.monotonic() + RETRY_MS;
    this.#refused.add(item);
    if (item.attempts >= MAX_ATTEMPTS) await this.#bury(item);
  }

  /** One that can't be kept either stays here. */
  async #bury(item: R): Promise<void> {
    const { run, cause, attempts } = item;
    const what = `run ${run.runId} of workflow "${run.workflowName}"`;
    try {
      await this.ports.bury(run, cause, attempts);
    } catch (error) {
      item.retryAt = this.clock.monotonic() + RETRY_MS;
      if (!item.isUnburied && !this.#isOver)
        this.logger.warn(`${what} can't be put to the dead letters yet (${codeOf(error)}); it stays in memory`);
      item.isUnburied = true;
      return;
    }
    this.#refused.delete(item);
    this.events.buried(item);
    this.logger.error(`${what} was refused by the database ${attempts} times (${codeOf(cause)}); it is a dead letter now`);
  }
}

/** Never the message: it may hold what somebody handed in. */
function codeOf(error: unknown): string {
  return sqlStateOf(error) ?? (error instanceof Error ? error.name : typeof error);
}
