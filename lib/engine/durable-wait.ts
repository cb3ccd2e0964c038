// The durable wait on which sleeps, retries and waits for others rest: a row in `waits`, and a timer here as long as the run stays loaded.
// Never early: a fresh delay counts from the acknowledgement of its row, an absolute time against the database's clock.
import type { RecordedWait } from '../model/operation.js';
import type { WriteRow } from '../store/flush/write-lane.js';
import type { Operation } from './operation.js';
import type { RunFrame } from './run-frame.js';

export type WaitTarget = { delayMs: number } | { until: number } | { forever: true };

interface WaitOptions {
  /** Of the step that waits for its next one. */
  attempt?: number;
  before?: readonly WriteRow[];
  /** The run that brings what this one waits for, and under which key or topic; see found_source in migrations/0002-flush.ts. */
  source?: string | null;
  key?: string | null;
  onDurable?: () => void;
}

/**
 * Begins a wait of `operation` and calls `fire` when it is over, unless the run is unloaded first. `before`: rows that are durable together
 * with the wait. A step that waits again overwrites the row of its last wait.
 */
export function beginWait(
  frame: RunFrame,
  operation: Operation,
  kind: RecordedWait['kind'],
  target: WaitTarget,
  fire: () => void,
  { attempt = 0, before = [], source = null, key = null, onDurable }: WaitOptions = {},
): void {
  const { clock, databaseClock } = frame.services;
  operation.hasWait = true;
  operation.isWaitDurable = false;
  operation.state = 'waiting';
  const until = 'until' in target ? target.until : null;
  const delayMs = 'delayMs' in target ? target.delayMs : null;
  operation.wakeAt = until ?? (delayMs === null ? Number.POSITIVE_INFINITY : databaseClock.now() + delayMs);
  // The attempt tells a repeated flush from a step that waits again.
  const values = [operation.ordinal, kind, operation.name, attempt, delayMs, until, source, key];
  frame.writeTogether([...before, { part: 'wait', values }], () => {
    operation.isWaitDurable = true;
    onDurable?.();
    if (!frame.isRunning || operation.state !== 'waiting') return;
    if (until !== null) armUntil(frame, operation, fire);
    else if (delayMs !== null) operation.timer = clock.setTimer(delayMs, () => wake(frame, operation, fire));
    // It may be unloaded only now.
    frame.services.pump.add(frame);
  });
  frame.services.pump.add(frame);
}

/** Goes on with a wait that was recorded before the run was claimed. */
export function resumeWait(frame: RunFrame, operation: Operation, recorded: RecordedWait, fire: () => void): void {
  operation.hasWait = true;
  operation.isWaitDurable = true;
  operation.state = 'waiting';
  operation.wakeAt = recorded.wakeAt ?? Number.POSITIVE_INFINITY;
  armUntil(frame, operation, fire);
  frame.services.pump.add(frame);
}

function armUntil(frame: RunFrame, operation: Operation, fire: () => void): void {
  const left = operation.wakeAt - frame.services.databaseClock.now();
  if (left === Number.POSITIVE_INFINITY) return;
  if (left <= 0) wake(frame, operation, fire);
  else operation.timer = frame.services.clock.setTimer(left, () => armUntil(frame, operation, fire));
}

function wake(frame: RunFrame, operation: Operation, fire: () => void): void {
  if (!frame.isRunning || operation.state !== 'waiting') return;
  operation.state = 'busy';
  fire();
}
