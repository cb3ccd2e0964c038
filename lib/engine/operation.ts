// One durable operation that workflow code asked for and that has no outcome yet.

import type { Timer } from '../kernel/clock.js';
import { fromStoredError, parseStoredError } from '../kernel/stored-error.js';
import type { OperationKind } from '../model/operation.js';
import type { WriteRow } from '../store/flush/write-lane.js';

/**
 * - `held`: the record is not exhausted yet; what is unrecorded does not begin
 * - `busy`: a body runs, or waits for earlier writes
 * - `waiting`: in a durable wait until `wakeAt`, or until what it waits for is there; the run may be unloaded
 * - `parked`: the executor drains, or an operator holds or stops the run; it must not begin here, or not yet
 */
export type OperationState = 'held' | 'busy' | 'waiting' | 'parked';

export interface Operation {
  readonly ordinal: number;
  readonly kind: OperationKind;
  readonly name: string;
  state: OperationState;
  /** ms since the epoch, database clock, as known here; while `waiting`. Infinite: no timeout. */
  wakeAt: number;
  /** Of the wait, or of whatever else wakes it here; cancelled with the frame, which it would keep in memory. */
  timer?: Timer;
  /** Watches no longer for what it waits for; called with the frame's end. */
  leave?: () => void;
  /** A row in `waits` stands for it; it is committed. */
  hasWait: boolean;
  isWaitDurable: boolean;
  /** It has an outcome, which is on its way to the code. */
  isComplete?: boolean;
  /** Somebody else may end its wait, at any time. */
  hasSource: boolean;
  /** What the code awaits. */
  promise?: Promise<unknown>;
  begin(operation: Operation): void;
  /** Of what was parked after it had begun. */
  goOn?: () => void;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** What an operation came to. Exactly one of value and error counts. */
export interface OperationOutcome {
  output: string | null;
  value: unknown;
  /** Stored error text; null = success. */
  error: string | null;
  attempts: number;
  /** Monotonic ms when it began. */
  beganAt: number;
  /** Further rows, durable together with the outcome: an event, the last failed attempt. A function is asked when they are written. */
  writes?: WriteRow[] | (() => WriteRow[]);
  onDurable?: () => void;
}

/** As an operation is named in messages: `step "charge"`. */
export function describeOperation({ kind, name }: Pick<Operation, 'kind' | 'name'>): string {
  return `${kind} "${name}"`;
}

/** Tells the code that the operation failed. */
export function rejectOperation(operation: Operation, error: string): void {
  // Code may ask for several operations and await them later: a failure that nobody awaits yet must not end the process.
  operation.promise?.catch(() => undefined);
  operation.reject(fromStoredError(parseStoredError(error)));
}
