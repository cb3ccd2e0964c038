// What a run that is over gives to those who wait for it: its result, or an error.
import { fromStoredError, parseStoredError, storedErrorText } from '../kernel/stored-error.js';
import type { RunOutcomeRow } from '../store/runs/run.store.js';
import { RunCancelledError, RunStoppedError } from './run.errors.js';

/** Undefined: it succeeded. */
export function failureOf({ runId, status, error }: RunOutcomeRow): Error | undefined {
  if (status === 'SUCCESS') return undefined;
  const stored = parseStoredError(error);
  if (status === 'CANCELLED') return new RunCancelledError(runId, stored.message, stored.code === 'RUN_TIMEOUT');
  if (status === 'STOPPED') return new RunStoppedError(runId, stored.message, stored.cause && fromStoredError(stored.cause));
  return fromStoredError(stored);
}

/** As it is recorded by a run that waited for this one; null: it succeeded. */
export function failureTextOf(outcome: RunOutcomeRow): string | null {
  if (outcome.status === 'ERROR') return outcome.error;
  const failure = failureOf(outcome);
  return failure === undefined ? null : storedErrorText(failure);
}
