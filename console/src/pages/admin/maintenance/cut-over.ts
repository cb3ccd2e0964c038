// Where a cut-over is, told by the status alone, so that everybody sees the same, whoever began it. Pure.
import type { WorkflowsClient } from '../../../../../lib/http-client/index.js';

export type Status = Awaited<ReturnType<WorkflowsClient['maintenance']['status']>>;
export type Scope = Status['scopes'][number];
export type Load = Status['executors'][number];

/** `enter`: not all queues are in maintenance · `drain`: something is under way · `swap`: it may be done now · `exit`: it has been done. */
export type Stage = 'enter' | 'drain' | 'swap' | 'exit';

export const STAGES: readonly Stage[] = ['enter', 'drain', 'swap', 'exit'];

export function stageOf({ scopes, drained, lastSwapAt }: Pick<Status, 'scopes' | 'drained' | 'lastSwapAt'>): Stage {
  const whole = scopes.find(({ queue }) => queue === null);
  if (whole === undefined) return 'enter';
  if (lastSwapAt !== null && Date.parse(lastSwapAt) >= Date.parse(whole.enteredAt)) return 'exit';
  return drained ? 'swap' : 'drain';
}

/** What a process still has that a swap would wait for. */
export function burdenOf({ inFlight, lingering, inMemoryDepth }: Load): number {
  return inFlight + lingering + inMemoryDepth;
}

/** Processes that are waited for: a client executes nothing. */
export function stragglersOf({ executors }: Pick<Status, 'executors'>): Load[] {
  return executors.filter(({ role, drained }) => role !== 'client' && !drained);
}

/** Some process of the current generation executes runs. */
export function hasWorkers({ executors, generation }: Pick<Status, 'executors' | 'generation'>): boolean {
  return executors.some((each) => each.role !== 'client' && each.generation === generation);
}

/** Why the swap can't be done now; undefined: it can. */
export function swapObstacle(status: Status): string | undefined {
  if (!status.scopes.some(({ queue }) => queue === null)) return 'Not all queues are in maintenance: enter it first.';
  if (status.drained) return undefined;
  const { undrained, inFlight, lingering, inMemoryDepth, notHeard } = status.totals;
  const parts = [
    undrained > 0 && `${undrained} of ${status.totals.executors} executors are not drained`,
    inFlight > 0 && `${inFlight} runs are in flight`,
    lingering > 0 && `${lingering} steps of runs that are over still run`,
    inMemoryDepth > 0 && `${inMemoryDepth} runs accepted in memory are not written`,
    notHeard > 0 && `${notHeard} executors have not heard of it`,
  ].filter((part) => part !== false);
  return `Not drained: ${parts.join(', ')}.`;
}

/** The most that each process was seen to have since this maintenance began: what its bar counts down from. */
export class DrainBeginnings {
  readonly #most = new Map<string, number>();
  #since: string | undefined;

  /** @param since the beginning of the maintenance: another one forgets what was seen */
  see(since: string, load: Load): number {
    if (since !== this.#since) this.#most.clear();
    this.#since = since;
    const most = Math.max(this.#most.get(load.executorId) ?? 0, burdenOf(load));
    this.#most.set(load.executorId, most);
    return most;
  }
}
