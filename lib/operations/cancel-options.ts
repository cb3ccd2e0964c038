// What a cancellation says of itself; it is kept in `audit_log`, and the reason with the run.
import type { OperatorAction } from './operator-action.js';

export interface CancelOptions extends OperatorAction {
  /** Its children and theirs too, but for detached ones. Default false: they go on. */
  children?: boolean;
}
