// How a job that works in the background meets an outage of the database: it waits until that is over, or until the process stops.
import { type Clock, pause } from '../../kernel/clock.js';
import { Deferred } from '../../kernel/deferred.js';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import { ShuttingDownError } from '../../store/shutting-down.error.js';
import { isLockTimeout, isSerializationFailure, isUnavailable } from '../../store/sql-errors.js';

const AGAIN_MS = 500;

export class OutageWait {
  readonly #ended = new Deferred();
  #isOver = false;

  constructor(private readonly clock: Clock) {}

  /** Nothing new is to be begun. */
  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
    this.#ended.resolve();
  }

  /** Repeats something idempotent until it gets through. @throws what repeating does not mend; ShuttingDownError */
  async outlast<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isOutage(error)) throw error;
        if (this.#isOver) throw new ShuttingDownError();
        await Promise.race([pause(this.clock, AGAIN_MS), this.#ended.promise]);
      }
    }
  }
}

/** By the error of the database: an error of ours says what it could not do, and has that one as its cause. */
function isOutage(error: unknown): boolean {
  if (WorkflowsError.is(error)) return error.cause !== undefined && isOutage(error.cause);
  return isUnavailable(error) || isLockTimeout(error) || isSerializationFailure(error);
}
