// One order to the run of the page: sent by a dialog, which shows a refusal itself; what it may have changed is loaded anew. Used by all dialogs of orders.
import type { RunDetailsAnswer } from '../../../../lib/http-client/index.js';
import { useAction } from '../../parts/use-action';
import { partKey, runKey } from './use-run';

export interface OrderDialogProps {
  /** As in the URL. */
  id: string;
  run: RunDetailsAnswer;
  isOpen: boolean;
  onClose(): void;
}

/** @param send gets the reason. @returns to be given to a ConfirmDialog as `onConfirm` */
export function useOrder<Result>(
  { id, run: { runId } }: Pick<OrderDialogProps, 'id' | 'run'>,
  send: (reason: { reason?: string }) => Promise<Result>,
  done: (result: Result) => string,
): (reason: string | undefined) => Promise<Result> {
  const action = useAction<{ reason?: string }, Result>({
    run: send,
    changes: [runKey(id), partKey('commands', runId), partKey('messages', runId), partKey('audit', runId)],
    done,
    toastsErrors: false,
  });
  return (reason) => action.mutateAsync(reason === undefined ? {} : { reason });
}
