// What an operator may ask of a run, by the state it is in. The database decides by the same rules, under the lock of the run
// (migrations/0008-commands.ts); test/commands/policy.spec.ts compares the two, pair by pair.
//
//   HOLD    ENQUEUED, WAITING: at once · PENDING, RUNNING: at the next durable operation      ──► HELD
//   RESUME  HELD ──► ENQUEUED, ahead of new work · a HOLD that is pending: withdrawn
//   STOP    not begun: at once · begun: at the next durable operation ──► STOPPING ──► STOPPED; beats a pending HOLD
//   RESET   ERROR, STOPPED, CANCELLED, DEAD ──► ENQUEUED, from its checkpoints or from the start
import type { RunStatus } from './run.js';
import { isTerminal } from './run-transitions.js';

/** Enforced by the engine: the workflow's code need not know them. */
export const ENGINE_COMMANDS = ['HOLD', 'RESUME', 'STOP', 'RESET'] as const;

export type EngineCommand = (typeof ENGINE_COMMANDS)[number];

/** What became of a command. Null: it has not been applied yet. */
export type CommandOutcome = 'APPLIED' | 'REJECTED' | 'SUPERSEDED' | 'EXPIRED';

/** What a run has been asked for, and has not done yet. */
export type PendingCommand = 'HOLD' | 'STOP' | null;

export interface CommandState {
  status: RunStatus;
  /** STOP was applied: it winds down, whatever its status says between its waits. */
  isStopping: boolean;
  pending: PendingCommand;
  /** The executor that had it last is still busy with it. */
  isBusy: boolean;
  /** It has begun, and its own code takes HOLD, RESUME and STOP (`commands: 'cooperative'`). */
  isCooperative: boolean;
}

/** What the engine lets an operator ask for now, in the order of their rank. */
export function allowedCommands(state: CommandState): EngineCommand[] {
  return ENGINE_COMMANDS.filter((command) => isAllowed(command, state));
}

function isAllowed(command: EngineCommand, { status, isStopping, pending, isBusy, isCooperative }: CommandState): boolean {
  if (isTerminal(status)) return command === 'RESET' && status !== 'SUCCESS' && !isBusy;
  if (isCooperative && status !== 'HELD' && pending === null) return command !== 'RESET';
  if (isStopping || status === 'STOPPING' || pending === 'STOP') return false;
  switch (command) {
    case 'HOLD':
      return pending === null && status !== 'HELD' && status !== 'DELAYED';
    case 'RESUME':
      return status === 'HELD' || pending === 'HOLD';
    case 'STOP':
      return true;
    case 'RESET':
      return false;
  }
}
