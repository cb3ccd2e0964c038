// What an operator says with a command, checked before any SQL.
import { describeValue } from '../../kernel/describe-value.js';
import { type Duration, parseDuration } from '../../kernel/duration.js';
import { didYouMean } from '../../kernel/near-names.js';
import { refuseUnknownKeys } from '../../kernel/option-keys.js';
import { ENGINE_COMMANDS } from '../../model/command-rules.js';
import { invalidOperatorOption, operatorText } from '../operator-text.js';
import { UnknownCommandError } from './command.errors.js';

export interface CommandOptions {
  /** Why. Kept with the command and in the audit log. Default: none. */
  reason?: string;
  /** Who. Default `'api'`. */
  actor?: string;
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

export interface ResolvedCommand {
  command: string;
  actor: string;
  reason: string | null;
  data: unknown;
  stopLimitMs: number | null;
  anew: boolean;
}

/** In any case of letters. @throws UnknownCommandError for what is nearly one of the standard ones, UnknownOptionError, InvalidDurationError, WorkflowsError (`INVALID_OPTION`) */
export function resolveCommand(command: unknown, options: CommandOptions = {}): ResolvedCommand {
  refuseUnknownKeys(options, ['reason', 'actor', 'data', 'timeout', 'from'], ['compensate'], 'command option');
  const name = commandNamed(command);
  const { timeout, from } = options;
  if (timeout !== undefined && name !== 'STOP') throw invalidOperatorOption('Command', 'timeout', `is for STOP, not for ${name}`);
  if (from !== undefined && name !== 'RESET') throw invalidOperatorOption('Command', 'from', `is for RESET, not for ${name}`);
  if (from !== undefined && from !== 'checkpoints' && from !== 'start')
    throw invalidOperatorOption('Command', 'from', `must be 'checkpoints' or 'start', not ${describeValue(from)}`);
  return {
    command: name,
    actor: operatorText('Command', 'actor', options.actor) ?? 'api',
    reason: operatorText('Command', 'reason', options.reason),
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
