// One order to each of some runs, a few at once, and what became of each. Bulk jobs take filters: runs that were picked by hand get theirs this way. Pure.
import type { RunsClient } from '../../../../lib/http-client/runs-client.js';
import type { BulkAction } from '../../../../lib/operations/bulk/bulk-action.js';

export interface OrderProgress {
  total: number;
  done: number;
  failed: ReadonlyArray<{ runId: string; error: unknown }>;
}

const AT_ONCE = 4;

/** @param signal ends it before the next runs. Resolves to what was done, also then. */
export async function orderEach(
  runIds: readonly string[],
  order: (runId: string) => Promise<unknown>,
  onProgress: (progress: OrderProgress) => void,
  signal: AbortSignal,
): Promise<OrderProgress> {
  let progress: OrderProgress = { total: runIds.length, done: 0, failed: [] };
  const rest = runIds.values();
  const some = async () => {
    for (const runId of rest) {
      if (signal.aborted) return;
      try {
        await order(runId);
        progress = { ...progress, done: progress.done + 1 };
      } catch (error) {
        progress = { ...progress, failed: [...progress.failed, { runId, error }] };
      }
      onProgress(progress);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  return progress;
}

export class NotDoneError extends Error {}

/** @throws WorkflowsHttpError; NotDoneError for what the server answers without doing it */
export async function orderRun(
  runs: Pick<RunsClient, 'cancel' | 'command' | 'setPriority' | 'setLegalHold'>,
  runId: string,
  action: BulkAction,
  reason: string | undefined,
): Promise<void> {
  const why = reason === undefined ? {} : { reason };
  if ('cancel' in action) {
    if (!(await runs.cancel(runId, { ...action.cancel, ...why })).cancelled) throw new NotDoneError('It was over already.');
  } else if ('legalHold' in action) await runs.setLegalHold(runId, action.legalHold, why);
  else if ('priority' in action) {
    if (!(await runs.setPriority(runId, action.priority, why)).changed) throw new NotDoneError('It has begun, or is over.');
  } else {
    const { command, ...options } = action;
    await runs.command(runId, command, { ...options, ...why });
  }
}
