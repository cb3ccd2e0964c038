// What calls take beside names: the options of the library, but for who acts, which the server knows, and what only code can give. Types only.
import type { OperatorAction } from '../operations/operator-action.js';

/** Why; kept with what is done, and in the audit log. */
export type Reason = Pick<OperatorAction, 'reason'>;

/** Without what only code can give. */
export type OverHttp<T> = Omit<T, keyof OperatorAction | 'manager'> & Reason;

export interface PageQuery {
  /** 1 to 500, default 50. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** A page of what one run has recorded. It may end early, where it comes to 8 MiB. */
export interface AfterQuery<After = number> {
  /** 1 to 500. */
  limit?: number;
  /** `nextAfter` of the page before. */
  after?: After;
}
