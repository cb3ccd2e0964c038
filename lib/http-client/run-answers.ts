// What the routes of runs answer: the library's own types as JSON, with what belongs to the application marked as such.
import type { AuditPage } from '../client/audit-reader.js';
import type { RunAttempt, RunMessage, RunStep, RunWait, SetEvent } from '../client/run-history.js';
import type { RunDetails, RunPage, RunSummary } from '../client/run-reader.js';
import type { CommandPage, SentCommand } from '../client/workflow-commands.js';
import type { CommandState } from '../model/command-rules.js';
import type { Shown, ShownError, Wire, WithPayloads } from './wire.js';

type WithError<T extends { error: unknown }> = Omit<T, 'error'> & { error: ShownError | null };

export type RunSummaryAnswer = WithPayloads<RunSummary, 'attributes'>;
export type RunPageAnswer = Omit<Wire<RunPage>, 'runs'> & { runs: RunSummaryAnswer[] };
export type RunDetailsAnswer = WithError<WithPayloads<RunDetails, 'attributes' | 'input' | 'output'>>;
export type RunWaitAnswer = Wire<RunWait>;

export interface RunAnswer {
  run: RunDetailsAnswer;
  /** What it waits for now. */
  waits: RunWaitAnswer[];
  /** What decides which of HOLD, RESUME, STOP and RESET it takes now. */
  commandState: Wire<CommandState>;
}

export type RunStepAnswer = WithError<Omit<WithPayloads<RunStep, 'output'>, 'failedAttempts'>> & {
  failedAttempts: Array<WithError<Wire<RunAttempt>>>;
};

export type SetEventAnswer = WithPayloads<SetEvent, 'value'>;
export type RunMessageAnswer = WithPayloads<RunMessage, 'payload'>;
export type SentCommandAnswer = WithPayloads<SentCommand, 'data'>;
export type CommandPageAnswer = Omit<Wire<CommandPage>, 'commands'> & { commands: SentCommandAnswer[] };
export type AuditPageAnswer = Wire<AuditPage>;

/** Which one: a run's input or output, what the step of an ordinal gave back or an event was set to, a message, or the data of a command. */
export type PayloadQuery =
  | { of: 'input' | 'output' }
  | { of: 'step' | 'event'; ordinal: number }
  | { of: 'message'; message: string }
  | { of: 'command'; command: string };

/** In full, as JSON. */
export interface PayloadAnswer {
  /** Absent: `undefined`. */
  value?: Shown;
}
