// Does the action of a bulk job to one page of runs, a few at once, each through the code that a single action goes through, and counts what
// became of them. A page may be one that another process has begun: whatever was done there already is counted as done, and not done again.
// One for each job in work: its actors refuse with SHUTTING_DOWN once the job is not this process's any more.
import { uuidv5 } from '../../kernel/ids.js';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import type { DoneBy } from '../../model/audit.js';
import { type BulkTally, MOST_REFUSALS, requestIdOfJob } from '../../model/bulk.js';
import type { BulkJobStore } from '../../store/bulk/bulk-job.store.js';
import { isDataError, sqlStateOf } from '../../store/sql-errors.js';
import type { CancelOptions } from '../cancel-options.js';
import { resolveCommand } from '../commands/command-options.js';
import type { RunCommander } from '../commands/run-commander.js';
import type { OperatorAction } from '../operator-action.js';
import type { BulkAction } from './bulk-action.js';
import type { OutageWait } from './outage-wait.js';

/** Those that single actions go through. */
export interface BulkActors {
  send: RunCommander['send'];
  cancel(runId: string, options: CancelOptions): Promise<boolean>;
  setLegalHold(runId: string, isOn: boolean, action: OperatorAction): Promise<boolean>;
  setPriority(runId: string, priority: number, by: DoneBy): Promise<boolean>;
}

export interface BulkOrder extends DoneBy {
  jobId: string;
  action: BulkAction;
}

export interface PageResult {
  tally: BulkTally;
  /** False: it was stopped before all of the page was done. The tally is not to be counted then. */
  isComplete: boolean;
  /** No fault of the runs: whoever goes on would meet it with every run. */
  bug?: unknown;
}

const AT_ONCE = 8;
const REFUSALS = ['COMMAND_NOT_ALLOWED', 'RUN_NOT_FOUND', 'RUN_FINISHED', 'RUN_BEGUN'];
/** Refusals of a run on which the job itself may have acted before. */
const OF_WHAT_WAS_DONE = ['RUN_NOT_FOUND', 'RUN_FINISHED', 'RUN_BEGUN'];

export const nothingDone = (): BulkTally => ({ done: 0, refused: 0, failed: 0, refusals: [] });

export class BulkPageWorker {
  constructor(
    private readonly store: Pick<BulkJobStore, 'listTouched'>,
    private readonly actors: BulkActors,
    private readonly wait: OutageWait,
  ) {}

  /** @param isRepeated some of them may have been touched before. @throws the database's error, ShuttingDownError */
  async work(order: BulkOrder, runIds: readonly string[], isRepeated: boolean): Promise<PageResult> {
    const act = this.#actionOn(order);
    const touched = isRepeated && leavesAllDone(order.action) ? await this.#touched(order.jobId, runIds) : new Set<string>();
    /** By place on the page: undefined is done. */
    const codes: Array<string | undefined> = [];
    const failures = new Set<number>();
    let bug: { error: unknown } | undefined;
    let next = 0;
    let finished = 0;
    const some = async () => {
      while (next < runIds.length && bug === undefined && !this.wait.isOver) {
        const place = next++;
        const runId = runIds[place] as string;
        try {
          codes[place] = touched.has(runId) ? undefined : await this.wait.outlast(() => act(runId));
        } catch (error) {
          if (WorkflowsError.is(error, 'SHUTTING_DOWN')) return;
          if (!isOfTheRun(error)) bug ??= { error };
          failures.add(place);
          codes[place] = codeOf(error);
        }
        finished++;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, some));
    const isComplete = finished === runIds.length;
    if (isComplete && bug === undefined) await this.#forgive(order, runIds, codes, isRepeated);
    return { tally: tallyOf(runIds, codes, failures), isComplete, ...(bug !== undefined && { bug: bug.error }) };
  }

  /** What became of a page that is not to be worked at any more: only of runs that left a trace can that be said. */
  async settle(order: BulkOrder, runIds: readonly string[]): Promise<BulkTally> {
    const tally = nothingDone();
    for (const { runId, isRefused } of await this.wait.outlast(() => this.store.listTouched(order.jobId, runIds))) {
      if (!isRefused) tally.done++;
      else if (tally.refused++ < MOST_REFUSALS) tally.refusals.push({ runId, code: 'COMMAND_NOT_ALLOWED' });
    }
    return tally;
  }

  /** Gives the code of the refusal, if it was one. */
  #actionOn({ jobId, action, actor, reason }: BulkOrder): (runId: string) => Promise<string | undefined> {
    const by = { actor, requestId: requestIdOfJob(jobId), ...(reason !== null && { reason }) };
    const { send, cancel, setLegalHold, setPriority } = this.actors;
    let ask: (runId: string) => Promise<string | undefined>;
    if ('command' in action) {
      const { command, ...options } = action;
      const resolved = resolveCommand(command, { ...options, ...by });
      // The same whoever sends it: a run gets the command of a job once.
      ask = (runId) => send(runId, resolved, uuidv5(runId, jobId)).then(() => undefined);
    } else if ('cancel' in action)
      ask = async (runId) => ((await cancel(runId, { ...action.cancel, ...by })) ? undefined : 'RUN_FINISHED');
    else if ('legalHold' in action) ask = (runId) => setLegalHold(runId, action.legalHold, by).then(() => undefined);
    else ask = async (runId) => ((await setPriority(runId, action.priority, { ...by, reason })) ? undefined : 'RUN_BEGUN');
    return async (runId) => {
      try {
        return await ask(runId);
      } catch (error) {
        const refusal = REFUSALS.find((code) => WorkflowsError.is(error, code));
        if (refusal === undefined) throw error;
        return refusal;
      }
    };
  }

  /** What this job has done itself, as a child of another run, or in the hands of another process, is no refusal. */
  async #forgive({ jobId, action }: BulkOrder, runIds: readonly string[], codes: Array<string | undefined>, isRepeated: boolean) {
    if ('command' in action || !(isRepeated || cancelsChildren(action))) return;
    const refused = runIds.filter((_, place) => OF_WHAT_WAS_DONE.includes(codes[place] ?? ''));
    if (refused.length === 0) return;
    const touched = await this.#touched(jobId, refused);
    runIds.forEach((runId, place) => {
      if (touched.has(runId)) codes[place] = undefined;
    });
  }

  async #touched(jobId: string, runIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.wait.outlast(() => this.store.listTouched(jobId, runIds));
    return new Set(rows.map(({ runId }) => runId));
  }
}

const cancelsChildren = (action: BulkAction): boolean => 'cancel' in action && action.cancel.children === true;

/** A run with a line of this job in the audit log needs nothing more. That of a parent says nothing of its children; a command has its key. */
function leavesAllDone(action: BulkAction): boolean {
  return !('command' in action) && !cancelsChildren(action);
}

/** Another run may well go through. */
function isOfTheRun(error: unknown): boolean {
  return isDataError(error) || WorkflowsError.is(error);
}

export function codeOf(error: unknown): string {
  if (WorkflowsError.is(error)) return error.code;
  return sqlStateOf(error) ?? (error instanceof Error ? error.name : 'UNKNOWN');
}

function tallyOf(runIds: readonly string[], codes: ReadonlyArray<string | undefined>, failures: ReadonlySet<number>): BulkTally {
  const tally = nothingDone();
  for (const [place, runId] of runIds.entries()) {
    if (!(place in codes)) continue;
    const code = codes[place];
    if (code === undefined) tally.done++;
    else {
      if (failures.has(place)) tally.failed++;
      else tally.refused++;
      if (tally.refusals.length < MOST_REFUSALS) tally.refusals.push({ runId, code });
    }
  }
  return tally;
}
