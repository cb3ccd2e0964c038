// What a bulk job does to each of its runs, checked before any SQL: in the words of whoever asks, which is also how it is stored.
import { describeValue } from '../../kernel/describe-value.js';
import { refuseUnknownKeys } from '../../kernel/option-keys.js';
import { type CommandOptions, resolveCommand } from '../commands/command-options.js';
import { invalidOperatorOption } from '../operator-action.js';

/** As sendCommand. */
export interface BulkCommandAction extends Pick<CommandOptions, 'data' | 'timeout' | 'from'> {
  /** `HOLD`, `RESUME`, `STOP`, `RESET`, or one that the workflow handles itself. */
  command: string;
}

export interface BulkCancelAction {
  /** As cancel. `children`: theirs too. Default false. */
  cancel: { children?: boolean };
}

export interface BulkLegalHoldAction {
  /** As setLegalHold. */
  legalHold: boolean;
}

export interface BulkPriorityAction {
  /** As setPriority: of runs that have not begun. */
  priority: number;
}

export type BulkAction = BulkCommandAction | BulkCancelAction | BulkLegalHoldAction | BulkPriorityAction;

const KINDS = ['command', 'cancel', 'legalHold', 'priority'] as const;
const MOST = 2_147_483_647;

/**
 * A copy, with the name of a command as it is stored.
 *
 * @throws UnknownOptionError, UnknownCommandError, InvalidDurationError; WorkflowsError (`INVALID_OPTION`) for none, or more than one action,
 * or values of another type
 */
export function resolveBulkAction(action: unknown): BulkAction {
  refuseUnknownKeys(action, [...KINDS, 'data', 'timeout', 'from'], [], 'action of a bulk job');
  const given = action as Partial<BulkCommandAction & BulkCancelAction & BulkLegalHoldAction & BulkPriorityAction>;
  const kinds = KINDS.filter((kind) => given[kind] !== undefined);
  if (kinds.length !== 1)
    throw invalidOperatorOption(
      'Bulk',
      'action',
      `must have one of ${KINDS.join(', ')}, not ${kinds.length === 0 ? 'none' : kinds.join(' and ')}`,
    );
  const { command, data, timeout, from, cancel, legalHold, priority } = given;
  if (command !== undefined) {
    const options = {
      ...(data !== undefined && { data }),
      ...(timeout !== undefined && { timeout }),
      ...(from !== undefined && { from }),
    };
    return { command: resolveCommand(command, options).command, ...options };
  }
  for (const option of ['data', 'timeout', 'from'] as const)
    if (given[option] !== undefined)
      throw invalidOperatorOption('Bulk', `action.${option}`, `is for a command, not for ${kinds[0]}`);
  if (cancel !== undefined) return { cancel: resolveCancel(cancel) };
  if (legalHold !== undefined) {
    if (typeof legalHold !== 'boolean')
      throw invalidOperatorOption('Bulk', 'action.legalHold', `must be true or false, not ${describeValue(legalHold)}`);
    return { legalHold };
  }
  if (!Number.isInteger(priority) || Math.abs(priority as number) > MOST)
    throw invalidOperatorOption('Bulk', 'action.priority', `must be a whole number of 32 bits, not ${describeValue(priority)}`);
  return { priority: priority as number };
}

function resolveCancel(cancel: unknown): BulkCancelAction['cancel'] {
  refuseUnknownKeys(cancel, ['children'], [], 'option of cancel in a bulk job');
  const { children = false } = cancel as BulkCancelAction['cancel'];
  if (typeof children !== 'boolean')
    throw invalidOperatorOption('Bulk', 'action.cancel.children', `must be true or false, not ${describeValue(children)}`);
  return { children };
}
