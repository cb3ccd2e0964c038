// Which chunks of a stream still count, for readers who show only the last attempt of each step.
import type { StreamChunk } from './stream-reader.js';

/**
 * A step that failed, or whose process died, writes again from the start at its next attempt; what the earlier one wrote stays in the stream.
 * This leaves it out: chunks that come before the place where a later attempt of the same step began to write. What the workflow itself
 * wrote, and progress lines, always count. An attempt that wrote nothing supersedes nothing.
 *
 * A live reader calls it with all it has so far, or does the same at each chunk: when `attemptFrom` of a chunk is new, drop what came before it
 * with the same `ordinal`.
 */
export function withoutSuperseded<T>(chunks: Iterable<StreamChunk<T>>): Array<StreamChunk<T>> {
  const list = [...chunks];
  const from = new Map<number, number>();
  for (const { ordinal, attemptFrom } of list)
    if (ordinal !== null && attemptFrom !== null) from.set(ordinal, Math.max(attemptFrom, from.get(ordinal) ?? 0));
  return list.filter(
    ({ offset, ordinal, attemptFrom }) => ordinal === null || attemptFrom === null || offset >= (from.get(ordinal) ?? 0),
  );
}
