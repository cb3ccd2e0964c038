// What goes wrong with commands of operators.
import { quoteText } from '../../kernel/describe-value.js';
import { didYouMean } from '../../kernel/near-names.js';
import { WorkflowsError } from '../../kernel/workflows.error.js';
import { ENGINE_COMMANDS } from '../../model/command-rules.js';
import type { RunStatus } from '../../model/run.js';

/** The run is in a state in which it can't be asked for that. The command is on record as REJECTED. */
export class CommandNotAllowedError extends WorkflowsError {
  constructor(runId: string, command: string, state: RunStatus, allowed: readonly string[]) {
    const now = allowed.length === 0 ? 'No command is allowed now' : `Allowed now: ${allowed.join(', ')}`;
    super('CommandNotAllowedError', 'COMMAND_NOT_ALLOWED', `Run ${runId} is ${state}, so it does not take ${command}. ${now}.`, {
      details: { runId, command, state, allowed: [...allowed] },
    });
  }
}

export class UnknownCommandError extends WorkflowsError {
  constructor(command: string) {
    super(
      'UnknownCommandError',
      'UNKNOWN_COMMAND',
      `There is no command ${quoteText(command)}.${didYouMean(command, ENGINE_COMMANDS)} There are ${ENGINE_COMMANDS.join(', ')}.`,
      { details: { command } },
    );
  }
}

/** The database did not answer. Whether the command was received is open: look at the run's commands before it is sent again. */
export class CommandSendFailedError extends WorkflowsError {
  constructor(runId: string, command: string, cause: unknown) {
    super(
      'CommandSendFailedError',
      'COMMAND_SEND_FAILED',
      `${command} may not have reached run ${runId}, the database did not answer: ${(cause as Error)?.message}. Look at the commands of the run before you send it again.`,
      { details: { runId, command }, cause },
    );
  }
}
