// Streams of a run over HTTP: some chunks, and all as they are written, across lost connections. Used by RunsClient.

import type { StreamRange, StreamSummary } from '../client/stream-ranges.js';
import type { StreamChunk } from '../client/stream-reader.js';
import { at } from './encoded-path.js';
import { openEventSource, type StreamOptions } from './event-source.js';
import type { HttpTransport } from './http-transport.js';
import type { Wire, WithPayloads } from './wire.js';

export type ChunkAnswer = WithPayloads<StreamChunk, 'value'>;
export type StreamAnswer = Wire<StreamSummary>;
export type ChunkPageAnswer = Omit<Wire<StreamRange>, 'chunks'> & { chunks: ChunkAnswer[] };

export interface FollowOptions extends Omit<StreamOptions, 'lastEventId'> {
  /** Offset of the first chunk that is wanted: that of the last one you have, and 1. Default 0. */
  from?: number;
}

/**
 * Each chunk once, in order; ends when nothing follows any more. A lost connection is taken up again after the last chunk.
 *
 * @throws WorkflowsHttpError, as rejections of `next`
 */
export function followStream(
  transport: HttpTransport,
  runId: string,
  stream: string,
  { from = 0, ...options }: FollowOptions = {},
): AsyncIterableIterator<ChunkAnswer> {
  let next = from;
  const path = at`runs/${runId}/streams/${stream}/follow`;
  // Said twice when it connects again: a proxy may keep back the header.
  const events = openEventSource(transport, { path, query: () => ({ from: next }) }, options);
  return {
    async next() {
      for (;;) {
        const { done, value } = await events.next();
        if (done || value.event === 'end') {
          await events.return?.();
          return { done: true, value: undefined };
        }
        if (value.event !== 'chunk') continue;
        const chunk = transport.parseJson(value.data) as ChunkAnswer;
        if (chunk.offset < next) continue;
        next = chunk.offset + 1;
        return { done: false, value: chunk };
      }
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
