// The body of `POST runs/:id/cancel`.
import { describeValue } from '../../kernel/describe-value.js';
import { refuseUnknownKeys } from '../../kernel/option-keys.js';
import { textFault } from '../../kernel/stored-text.js';
import { AdminRequestError } from '../admin.errors.js';

export interface CancelRunBody {
  /** Kept on the run and in the audit log. */
  reason?: string;
}

const LONGEST_REASON = 1_000;

/** @throws UnknownOptionError, AdminRequestError */
export function readCancelRunBody(body: unknown = {}): CancelRunBody {
  refuseUnknownKeys(body, ['reason'], ['compensate'], 'body key');
  const { reason } = body as { reason?: unknown };
  if (reason === undefined) return {};
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > LONGEST_REASON || textFault(reason) !== undefined)
    throw new AdminRequestError(
      'INVALID_REQUEST',
      `Body key "reason" must be a text of 1 to ${LONGEST_REASON} characters without NUL, not ${describeValue(reason)}.`,
    );
  return { reason };
}
