// Commands that workflow code handles itself. `wf.commands`.
import { type ReceivedCommand, receiveCommand } from '../durable/commands.js';
import type { RunFrame } from '../engine/run-frame.js';
import { describeValue } from '../kernel/describe-value.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { isTakenIn, PHASE_STATES, type PhaseState } from '../model/phase-states.js';
import { handled } from './handled.js';
import { resolveTimeout, type WaitOptions } from './message-options.js';

export interface ReceiveCommandOptions extends WaitOptions {
  /** What the workflow is doing, in the words of ISA-88: a standard command that is not taken in that state is rejected. Default: all are. */
  state?: PhaseState;
}

export class RunCommands {
  readonly #frame: () => RunFrame;

  /** @internal Made by WorkflowContext. */
  constructor(frame: () => RunFrame) {
    this.#frame = frame;
  }

  /**
   * The next command that this run was sent: custom ones, and with `@Workflow({ commands: 'cooperative' })` HOLD, RESUME and STOP too. Of several
   * that wait STOP comes before HOLD, RESUME, and all others; those stay for the next call. Null when none came within `timeout`. Recorded:
   * a replay receives the same.
   *
   * @throws InvalidDurationError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) for an unknown state
   */
  receive<T = unknown>(options: ReceiveCommandOptions = {}): Promise<ReceivedCommand<T> | null> {
    return handled(async () => {
      const frame = this.#frame();
      refuseUnknownKeys(options, ['timeout', 'state'], [], 'option of commands.receive');
      const { state, timeout } = options;
      if (state !== undefined && !PHASE_STATES.includes(state))
        throw new WorkflowsError(
          'InvalidCommandOptionError',
          'INVALID_OPTION',
          `Option "state" of commands.receive must be one of ${PHASE_STATES.join(', ')}, not ${describeValue(state)}.`,
          { details: { option: 'state' } },
        );
      const timeoutMs = resolveTimeout(timeout === undefined ? {} : { timeout }, 'commands.receive');
      return receiveCommand<T>(frame, (command) => isTakenIn(command, state), timeoutMs);
    });
  }
}
