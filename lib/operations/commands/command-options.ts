// What an operator says with a command, checked before any SQL.
import { describeValue } from '../../kernel/describe-value.js';
import { type Duration, parseDuration } from '../../kernel/duration.js';
import { didYouMean } from '../../kernel/near-names.js';
import type { DoneBy } from '../../model/audit.js';
import { ENGINE_COMMANDS } from '../../model/command-rules.js';
import { invalidOperatorOption, type OperatorAction, resolveOperatorAction } from '../operator-action.js';
import { UnknownCommandError } from './command.errors.js';

/** Who, why and by which request is kept with the command, and in the audit log. */
export interface CommandOptions extends OperatorAction {
  /** Kept with the command; serialisable. Default: none. */
  data?: unknown;
  /** STOP only: what is not done winding down so long after is cancelled with `STOP_TIMEOUT`. Default: `stopTimeout` of the workflow. */
  timeout?: Duration;
  /**
   * RESET only. `'checkpoints'`: successes on record are not repeated; what failed, and what came of that, is. `'start'`: everything begins
   * anew. Default `'checkpoints'`.
   */
  from?: 'checkpoints' | 'start';
}

export interface ResolvedCommand extends DoneBy {
  command: string;
  data: unknown;
  stopLimitMs: number | null;
  anew: boolean;
}

/** In any case of letters. @throws UnknownCommandError for what is nearly one of the standard ones, UnknownOptionError, InvalidIdError, InvalidDurationError, WorkflowsError (`INVALID_OPTION`) */
export function resolveCommand(command: unknown, options: CommandOptions = {}): ResolvedCommand {
  const by = resolveOperatorAction('Command', options, ['data', 'timeout', 'from'], ['compensate']);
  const name = commandNamed(command);
  const { timeout, from } = options;
  if (timeout !== undefined && name !== 'STOP') throw invalidOperatorOption('Command', 'timeout', `is for STOP, not for ${name}`);
  if (from !== undefined && name !== 'RESET') throw invalidOperatorOption('Command', 'from', `is for RESET, not for ${name}`);
  if (from !== undefined && from !== 'checkpoints' && from !== 'start')
    throw invalidOperatorOption('Command', 'from', `must be 'checkpoints' or 'start', not ${describeValue(from)}`);
  return {
    command: name,
    ...by,
    data: options.data,
    stopLimitMs: timeout === undefined ? null : parseDuration(timeout, 'timeout of STOP', { allowZero: false }),
    anew: from === 'start',
  };
}

function commandNamed(command: unknown): string {
  if (typeof command !== 'string')
    throw invalidOperatorOption('Command', 'command', `must be a name, not ${describeValue(command)}`);
  const name = command.toUpperCase();
  if (ENGINE_COMMANDS.some((known) => known === name)) return name;
  if (didYouMean(name, ENGINE_COMMANDS) !== '') throw new UnknownCommandError(command);
  if (!/^[A-Z][A-Z0-9_.:-]{0,63}$/.test(name))
    throw invalidOperatorOption(
      'Command',
      'command',
      `must be a name of letters, digits and _ . : -, 64 at most, not ${describeValue(command)}`,
    );
  return name;
}
