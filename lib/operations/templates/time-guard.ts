// Ends synchronous work that takes too long. For schemas and patterns that people wrote: one catastrophic regular expression would else
// stop the whole process, its heartbeats included. What was interrupted may be half done: throw away what it worked on.
import { createContext, Script } from 'node:vm';

export class TimeGuard {
  readonly #global: { work?: () => unknown } = {};
  readonly #context = createContext(this.#global);
  readonly #call = new Script('work()');

  /** @throws TimeIsUpError; what the work throws */
  run<T>(timeoutMs: number, work: () => T): T {
    let failure: { error: unknown } | undefined;
    this.#global.work = () => {
      try {
        return work();
      } catch (error) {
        // Apart from the guard's own: an interruption can't be caught here.
        failure = { error };
      }
    };
    try {
      const result = this.#call.runInContext(this.#context, { timeout: timeoutMs }) as T;
      if (failure !== undefined) throw failure.error;
      return result;
    } catch (error) {
      if (failure !== undefined) throw failure.error;
      throw (error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? new TimeIsUpError() : error;
    } finally {
      this.#global.work = undefined;
    }
  }
}

/** Never leaves this room. */
export class TimeIsUpError extends Error {
  override readonly name = 'TimeIsUpError';
}
