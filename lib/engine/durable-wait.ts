// The durable wait on which sleeps and retries rest: a row in `waits`, and a timer here as long as the run stays loaded. Never early:
// a fresh delay counts from the acknowledgement of its row, an absolute time against the database's clock.
import type { RecordedWait } from '../model/operation.js';
import type { WriteRow } from '../store/flush/write-lane.js';
import type { Operation } from './operation.js';
import type { RunFrame } from './run-frame.js';

export type WaitTarget = { delayMs: number } | { until: number };

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
  { attempt = 0, before = [] }: { attempt?: number; before?: readonly WriteRow[] } = {},
): void {
  const { clock, databaseClock } = frame.services;
  operation.hasWait = true;
  operation.state = 'waiting';
  const absolute = 'until' in target;
  operation.wakeAt = absolute ? target.until : databaseClock.now() + target.delayMs;
  // The attempt tells a repeated flush from a step that waits again.
  const identity = [operation.ordinal, kind, operation.name, attempt];
  const values = absolute ? [...identity, null, target.until] : [...identity, target.delayMs, null];
  frame.writeTogether([...before, { part: 'wait', values }], () => {
    if (!frame.isRunning) return;
    if (absolute) armUntil(frame, operation, fire);
    else operation.timer = clock.setTimer(target.delayMs, () => wake(frame, operation, fire));
  });
  frame.services.pump.add(frame);
}

/** Goes on with a wait that was recorded before the run was claimed. */
export function resumeWait(frame: RunFrame, operation: Operation, recorded: RecordedWait, fire: () => void): void {
  operation.hasWait = true;
  operation.state = 'waiting';
  operation.wakeAt = recorded.wakeAt;
  armUntil(frame, operation, fire);
  frame.services.pump.add(frame);
}

function armUntil(frame: RunFrame, operation: Operation, fire: () => void): void {
  const left = operation.wakeAt - frame.services.databaseClock.now();
  if (left <= 0) wake(frame, operation, fire);
  else operation.timer = frame.services.clock.setTimer(left, () => armUntil(frame, operation, fire));
}

function wake(frame: RunFrame, operation: Operation, fire: () => void): void {
  if (!frame.isRunning || operation.state !== 'waiting') return;
  operation.state = 'busy';
  fire();
}
