// The dialog of one order to a run, loaded when the first is asked for. Used by RunOrders.
import type { RunAnswer, RunWaitAnswer } from '../../../../lib/http-client/index.js';
import type { EngineCommand } from '../../../../lib/model/command-rules.js';
import { CancelDialog, EngineCommandDialog } from './command-dialogs';
import { CustomCommandDialog, MessageDialog } from './message-dialogs';
import { LegalHoldDialog, PriorityDialog } from './run-setting-dialogs';

export type Order = EngineCommand | 'CANCEL' | 'COMMAND' | 'MESSAGE' | 'PRIORITY' | 'LEGAL_HOLD';

export interface OrderDialogProps {
  order: Order;
  /** As it stands in the address. */
  id: string;
  run: RunAnswer['run'];
  /** What the run waits for now. */
  waits: readonly RunWaitAnswer[];
  onClose(): void;
}

export default function OrderDialog({ order, waits, ...shared }: OrderDialogProps) {
  const props = { ...shared, isOpen: true };
  switch (order) {
    case 'CANCEL':
      return <CancelDialog {...props} />;
    case 'COMMAND':
      return <CustomCommandDialog {...props} />;
    case 'MESSAGE':
      return <MessageDialog {...props} waits={waits} />;
    case 'PRIORITY':
      return <PriorityDialog {...props} />;
    case 'LEGAL_HOLD':
      return <LegalHoldDialog {...props} />;
    default:
      return <EngineCommandDialog {...props} command={order} />;
  }
}
