// Durable sleeps. The wake-up time stands in the database from the start of the wait, so neither a crash nor a deploy prolongs it.

import { beginWait, resumeWait, type WaitTarget } from '../engine/durable-wait.js';
import type { Operation } from '../engine/operation.js';
import type { RunFrame } from '../engine/run-frame.js';
import { type Duration, InvalidDurationError, parseDate, parseDuration } from '../kernel/duration.js';
import { storedErrorText } from '../kernel/stored-error.js';

/** @throws InvalidDurationError (as a rejection), before anything is recorded */
export async function sleep(frame: RunFrame, duration: Duration): Promise<void> {
  const delayMs = parseDuration(duration, 'sleep');
  return frame.operation<void>('sleep', 'sleep', (operation) => wait(frame, operation, { delayMs }));
}

/** A time that is past when the sleep is first reached fails it; on replay of a sleep that had begun it is simply over. */
export async function sleepUntil(frame: RunFrame, time: Date): Promise<void> {
  const until = parseDate(time, 'sleepUntil').getTime();
  return frame.operation<void>('sleep', 'sleepUntil', (operation) => wait(frame, operation, { until }));
}

function wait(frame: RunFrame, operation: Operation, target: WaitTarget): void {
  const { clock, databaseClock } = frame.services;
  const beganAt = clock.monotonic();
  const complete = (error: string | null = null) =>
    frame.complete(operation, { output: null, value: undefined, error, attempts: 1, beganAt });
  const begun = frame.history.waits.get(operation.ordinal);
  if (begun !== undefined) resumeWait(frame, operation, begun, complete);
  else if ('until' in target && target.until < databaseClock.now()) complete(storedErrorText(pastTime(target.until)));
  else if ('delayMs' in target && target.delayMs === 0) complete();
  else beginWait(frame, operation, 'sleep', target, complete);
}

function pastTime(until: number): InvalidDurationError {
  return new InvalidDurationError('sleepUntil', new Date(until), 'a time in the future');
}
