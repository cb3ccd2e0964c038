// What a run records: one row of `operation_outputs` per durable operation, keyed (run, ordinal).

/**
 * - `step`: a step body ran, or failed for the last time
 * - `sleep`: a durable timer fired
 * - `event`, `progress`: an event (and log line) was written
 * - `value`: a recorded `now`, `random` or `uuid`
 */
export type OperationKind = 'step' | 'sleep' | 'event' | 'progress' | 'value';

/** A recorded outcome. `seq` is its place in the order of delivery; null for values, which are handed over synchronously. */
export interface RecordedOperation {
  ordinal: number;
  seq: number | null;
  kind: OperationKind;
  name: string;
  output: string | null;
  error: string | null;
  attempts: number;
}

/** A durable wait that has begun and not ended. `retry` waits between two attempts of the step with the same ordinal. */
export interface RecordedWait {
  ordinal: number;
  kind: 'sleep' | 'retry';
  /** Of the operation that waits. */
  name: string;
  /** ms since the epoch, database clock. */
  wakeAt: number;
}

/** Everything a claimed run has to remember. */
export interface RunHistory {
  operations: RecordedOperation[];
  waits: RecordedWait[];
  /** Failed attempts so far, by ordinal, of steps that have no outcome yet. */
  failedAttempts: Map<number, { count: number; name: string }>;
}

export const EMPTY_HISTORY: RunHistory = { operations: [], waits: [], failedAttempts: new Map() };
