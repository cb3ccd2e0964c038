// What a run records: one row of `operation_outputs` per durable operation, keyed (run, ordinal).

/**
 * - `step`: a step body ran, or failed for the last time
 * - `sleep`: a durable timer fired
 * - `event`, `progress`: an event (and log line) was written
 * - `value`: a recorded `now`, `random` or `uuid`
 * - `receive`: a message was taken, or none came in time · `getEvent`: an event of a run was read, or none was there in time
 * - `child`: a child was called, and is over · `startChild`: one was started · `result`: the end of a started one was awaited
 */
export type OperationKind =
  | 'step'
  | 'sleep'
  | 'event'
  | 'progress'
  | 'value'
  | 'receive'
  | 'getEvent'
  | 'child'
  | 'startChild'
  | 'result';

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
  kind: 'sleep' | 'retry' | 'receive' | 'getEvent' | 'child' | 'result';
  /** Of the operation that waits. */
  name: string;
  /** The run that brings what it waits for. */
  source: string | null;
  /** ms since the epoch, database clock; null: no timeout. */
  wakeAt: number | null;
}

/** How far a stream of a run has been written. */
export interface StreamHead {
  stream: string;
  /** Where the next chunk goes. */
  next: number;
  /** `firstOrdinal` of the run when the last chunk was written, and how many the workflow's own code had written until then. */
  bodyBase: number;
  bodyCount: number;
  /** By the last chunk; and the step or operation that this is of, null: the workflow's own code. */
  closed: boolean;
  lastOrdinal: number | null;
}

/** Everything a claimed run has to remember. */
export interface RunHistory {
  operations: RecordedOperation[];
  /** By ordinal. */
  waits: Map<number, RecordedWait>;
  /** Failed attempts so far, by ordinal, of steps that have no outcome yet. */
  failedAttempts: Map<number, { count: number; name: string }>;
  streams: StreamHead[];
}

export const EMPTY_HISTORY: RunHistory = {
  operations: [],
  waits: new Map(),
  failedAttempts: new Map(),
  streams: [],
};

/** From so many recorded operations on, a run is told to begin anew: each of its replays reads them all. */
export const MANY_OPERATIONS = 2_000;
