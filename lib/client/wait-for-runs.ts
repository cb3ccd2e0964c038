// Waiting for several runs at once, outside of any run.
import type { Clock } from '../kernel/clock.js';
import { describeValue } from '../kernel/describe-value.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { ShuttingDownError } from '../store/shutting-down.error.js';
import { resolveTimeout, type WaitOptions } from './message-options.js';
import { Run } from './run.js';

/** What became of each run, as of the promises of Promise.allSettled. */
export type Settled<R extends readonly Run[]> = {
  -readonly [I in keyof R]: R[I] extends Run<infer T> ? PromiseSettledResult<T> : never;
};

export class WaitTimeoutError extends WorkflowsError {
  constructor(what: string, timeoutMs: number) {
    super('WaitTimeoutError', 'WAIT_TIMEOUT', `${what}: not over within ${timeoutMs} ms. The runs go on.`);
  }
}

export class InvalidRunsError extends WorkflowsError {
  constructor(what: string, problem: string) {
    super('InvalidRunsError', 'INVALID_RUNS', `${what}: ${problem}.`);
  }
}

/** The first run of the list that is over, whatever became of it. */
export async function waitAny<R extends Run>(
  runs: readonly R[],
  options: WaitOptions | undefined,
  outcomeOf: (runId: string) => Promise<unknown>,
  clock: Clock,
): Promise<R> {
  requireRuns('waitAny', runs);
  if (runs.length === 0) throw new InvalidRunsError('waitAny', 'the list of runs is empty, so none can be the first');
  // Before anything waits: a rejection that nobody awaits would end the process.
  const timeoutMs = resolveTimeout(options, 'waitAny');
  const over = runs.map((run) => outcomeOf(run.runId).then(() => run));
  return within('waitAny', timeoutMs, Promise.race(over), clock);
}

/** What became of all of them. @throws ShuttingDownError: then nothing is known of those that were not over */
export async function waitAll<R extends readonly Run[]>(
  runs: R,
  options: WaitOptions | undefined,
  clock: Clock,
): Promise<Settled<R>> {
  requireRuns('waitAll', runs);
  const timeoutMs = resolveTimeout(options, 'waitAll');
  const results = await within('waitAll', timeoutMs, Promise.allSettled(runs.map((run) => run.returnValue)), clock);
  for (const result of results)
    if (result.status === 'rejected' && result.reason instanceof ShuttingDownError) throw result.reason;
  return results as unknown as Settled<R>;
}

function requireRuns(what: string, runs: unknown): asserts runs is readonly Run[] {
  if (!Array.isArray(runs)) throw new InvalidRunsError(what, `needs a list of runs, not ${describeValue(runs)}`);
  for (const run of runs) if (!(run instanceof Run)) throw new InvalidRunsError(what, `${describeValue(run)} is no Run`);
}

async function within<V>(what: string, timeoutMs: number | undefined, work: Promise<V>, clock: Clock): Promise<V> {
  if (timeoutMs === undefined) return work;
  return new Promise<V>((resolve, reject) => {
    const timer = clock.setTimer(timeoutMs, () => reject(new WaitTimeoutError(what, timeoutMs)));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
