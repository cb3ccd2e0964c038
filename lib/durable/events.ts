// What a run tells the world while it runs: key/value events with their history, and progress lines. Each is one recorded operation, so a
// replay writes nothing twice.

import type { OperationOutcome } from '../engine/operation.js';
import type { RunFrame } from '../engine/run-frame.js';
import { describeValue, textOfPrimitive } from '../kernel/describe-value.js';
import { assertName } from '../kernel/ids.js';
import { PayloadInvalidError } from '../kernel/payload.errors.js';

/** Key under which the last progress message stands. */
export const LAST_MESSAGE_EVENT = 'phase.last_message';
/** Stream that progress lines are appended to. */
export const LOG_STREAM = 'log';

/** @throws InvalidIdError, PayloadInvalidError, PayloadTooLargeError (as rejections), before anything is recorded */
export async function setEvent(frame: RunFrame, key: string, value: unknown): Promise<void> {
  assertName(key, 'event key');
  const text = frame.services.serializer.serialize(value, `event "${key}"`);
  return frame.operation<void>('event', key, (operation) =>
    frame.complete(operation, outcome(frame, [{ part: 'event', values: [operation.ordinal, key, text] }])),
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
  // Counted where it is asked for, recorded or not: the place in the stream must be the same on replay.
  const offset = frame.nextStreamOffset(LOG_STREAM);
  return frame.operation<void>('progress', 'progress', (operation) =>
    frame.complete(
      operation,
      outcome(frame, [
        { part: 'event', values: [operation.ordinal, LAST_MESSAGE_EVENT, text] },
        { part: 'chunk', values: [operation.ordinal, LOG_STREAM, offset, text] },
      ]),
    ),
  );
}

function outcome(frame: RunFrame, writes: OperationOutcome['writes']): OperationOutcome {
  return { output: null, value: undefined, error: null, attempts: 1, beganAt: frame.services.clock.monotonic(), writes };
}
