// What a run tells the world while it runs: key/value events with their history, and progress lines; and how another run waits for one.
// Each is one recorded operation, so a replay writes nothing twice.

import type { OperationOutcome } from '../engine/operation.js';
import { RunNotFoundError } from '../engine/run.errors.js';
import type { RunFrame } from '../engine/run-frame.js';
import { awaitSource, NONE } from '../engine/source-wait.js';
import { describeValue, textOfPrimitive } from '../kernel/describe-value.js';
import { assertName } from '../kernel/ids.js';
import { PayloadInvalidError } from '../kernel/payload.errors.js';
import { storedErrorText } from '../kernel/stored-error.js';
import type { WriteRow } from '../store/flush/write-lane.js';
import type { FoundEvent } from '../store/history/history.store.js';

/** Key under which the last progress message stands. */
export const LAST_MESSAGE_EVENT = 'phase.last_message';
/** Stream that progress lines are appended to. */
export const LOG_STREAM = 'log';

/** @throws InvalidIdError, PayloadInvalidError, PayloadTooLargeError (as rejections), before anything is recorded */
export async function setEvent(frame: RunFrame, key: string, value: unknown): Promise<void> {
  assertName(key, 'event key');
  const text = frame.services.serializer.serialize(value, `event "${key}"`);
  return frame.operation<void>('event', key, (operation) =>
    frame.complete(
      operation,
      outcome(frame, key, () => [{ part: 'event', values: [operation.ordinal, key, text] }]),
    ),
  );
}

/**
 * The value that a run has under a key; waits until it is set. Null when that is not in time, or the run is over and did not set it.
 *
 * @throws InvalidIdError (as a rejection), before anything is recorded; RunNotFoundError
 */
export async function getEvent<T>(frame: RunFrame, runId: string, key: string, timeoutMs?: number): Promise<T | null> {
  assertName(key, 'event key');
  return frame.operation<T | null>('getEvent', key, (operation) =>
    awaitSource<FoundEvent>(frame, operation, {
      kind: 'getEvent',
      source: runId,
      key,
      timeoutMs,
      watch: (watcher) => frame.services.lookouts.events.watch({ runId, key }, watcher),
      outcome: (found) => {
        if (found.state === 'no-run')
          return { output: null, value: undefined, error: storedErrorText(new RunNotFoundError(runId)), attempts: 1 };
        if (found.state === 'never') return NONE;
        return { output: found.value, value: frame.services.serializer.deserialize(found.value), error: null, attempts: 1 };
      },
      none: () => NONE,
    }),
  );
}

/**
 * Best told in words: what the run is doing. `extra` is free JSON beside the message.
 *
 * @throws PayloadInvalidError, PayloadTooLargeError (as rejections), before anything is recorded
 */
export async function progress(frame: RunFrame, message: string, extra: unknown): Promise<void> {
  const said = textOfPrimitive(message);
  if (said === undefined) throw new PayloadInvalidError('progress.message', `${describeValue(message)}, not a text`);
  const line = { message: said, ...(extra !== undefined && { extra }) };
  const text = frame.services.serializer.serialize(line, 'progress');
  return frame.operation<void>('progress', 'progress', (operation) =>
    frame.complete(
      operation,
      outcome(frame, LAST_MESSAGE_EVENT, () => [
        { part: 'event', values: [operation.ordinal, LAST_MESSAGE_EVENT, text] },
        ...(frame.streams.isClosed(LOG_STREAM)
          ? []
          : [frame.streams.append(LOG_STREAM, { value: text, closes: false }, undefined, operation.ordinal)]),
      ]),
    ),
  );
}

function outcome(frame: RunFrame, key: string, writes: () => WriteRow[]): OperationOutcome {
  const { clock, waker } = frame.services;
  return {
    output: null,
    value: undefined,
    error: null,
    attempts: 1,
    beganAt: clock.monotonic(),
    writes,
    onDurable: () => {
      waker.eventSet(frame.runId, key);
      if (key === LAST_MESSAGE_EVENT) waker.chunksWritten(frame.runId);
    },
  };
}
