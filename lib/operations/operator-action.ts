// Who does something, why, and by which request: the one form in which every operator action takes it. Called by all that changes anything on
// behalf of a caller, before any SQL. Actor and reason are stored whatever they hold, because what Postgres would refuse must not stop them.
import { describeValue, textOfPrimitive } from '../kernel/describe-value.js';
import { assertId } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { cleanText, cutText } from '../kernel/stored-text.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import type { DoneBy } from '../model/audit.js';

export interface OperatorAction {
  /** Who. Default `'api'`; longer than 1,000 bytes, it is cut. */
  actor?: string;
  /** Why. Default: none; longer than 1,000 bytes, it is cut. */
  reason?: string;
  /** Your own id of the request that asks for it, 1–255 printable characters, to find what it did. Default: none. */
  requestId?: string;
}

/** What acts, and what its options are called in errors. */
const AREAS = {
  Bulk: 'option of a bulk job',
  Cancel: 'cancel option',
  Command: 'command option',
  DeadLetter: 'option of a dead letter action',
  LegalHold: 'option of setLegalHold',
  Maintenance: 'maintenance option',
  Priority: 'option of setPriority',
  Queue: 'option of a queue action',
  Retention: 'retention option',
  Send: 'option of send',
  Start: 'start option',
  Template: 'option of a template action',
};

export type OperatorArea = keyof typeof AREAS;

export const OPERATOR_ACTION_KEYS: ReadonlyArray<keyof OperatorAction> = ['actor', 'reason', 'requestId'];

const LONGEST_TEXT = 1_000;

/**
 * @param more keys of the same object that the caller looks at itself
 * @param later those of the design that this release does not have yet
 * @throws UnknownOptionError; InvalidIdError for a `requestId` that is none; WorkflowsError (`INVALID_OPTION`) for what is no object, or no text
 */
export function resolveOperatorAction(
  area: OperatorArea,
  action: OperatorAction = {},
  more: readonly string[] = [],
  later: readonly string[] = [],
): DoneBy {
  refuseUnknownKeys(action, [...more, ...OPERATOR_ACTION_KEYS], later, AREAS[area]);
  const { actor, reason, requestId } = action;
  if (requestId !== undefined && requestId !== null) assertId(requestId, 'requestId');
  return { actor: textOf(area, 'actor', actor) ?? 'api', reason: textOf(area, 'reason', reason), requestId: requestId ?? null };
}

export function invalidOperatorOption(area: OperatorArea, option: string, problem: string): WorkflowsError {
  return new WorkflowsError(`Invalid${area}OptionError`, 'INVALID_OPTION', `${area} option "${option}" ${problem}.`, {
    details: { option },
  });
}

function textOf(area: OperatorArea, option: 'actor' | 'reason', value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const text = textOfPrimitive(value);
  if (text === undefined) throw invalidOperatorOption(area, option, `must be a text, not ${describeValue(value)}`);
  return storedOperatorText(text);
}

/** As an actor or a reason is kept. */
export function storedOperatorText(text: string): string {
  return cutText(cleanText(text), LONGEST_TEXT);
}
