// Streams of a run as they are now, for pages: which there are, and some chunks of one. Waits for nothing; whoever wants what is yet to come
// reads by StreamReader. What one question brings is bounded. Made by WorkflowsModule, asked by Run.
import { DEFAULT_STREAM } from '../durable/streams.js';
import { RunNotFoundError } from '../engine/run.errors.js';
import { describeValue } from '../kernel/describe-value.js';
import { assertName } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import type { Serializer } from '../kernel/serializer.js';
import type { StreamStore } from '../store/streams/stream.store.js';
import { checkStreamOffset, chunkOf, InvalidStreamOptionError, type StreamChunk } from './stream-reader.js';

export interface StreamSummary {
  name: string;
  /** Offset after that of the last chunk: about how many there are. A step that ran again may have left an end between them, which counts. */
  chunks: number;
  /** Nothing follows: it was closed, or the run is over. */
  closed: boolean;
  /** When the last chunk, or its end, was written; database clock. */
  lastAt: Date;
}

export interface StreamRangeOptions {
  /** Name of the stream; default `'default'`. */
  namespace?: string;
  /** Offset of the first chunk that is wanted, from 0 (default). */
  from?: number;
  /** 1 to 500, default 100. */
  limit?: number;
}

export interface StreamRange<T = unknown> {
  /** In order, without gap. Fewer than `limit` when they are large: 1 MiB ends a range, after its first chunk. */
  chunks: Array<StreamChunk<T>>;
  /** Where to go on; absent: nothing follows now. */
  nextFrom?: number;
  /** Nothing follows these, also later. */
  closed: boolean;
}

const MOST_STREAMS = 200;
const MOST_CHUNKS = 500;

export class StreamRanges {
  readonly #store: StreamStore;
  readonly #serializer: Serializer;

  /** @internal Made by WorkflowsModule. */
  constructor(store: StreamStore, serializer: Serializer) {
    this.#store = store;
    this.#serializer = serializer;
  }

  /** By name, the first 200. @throws RunNotFoundError; the database's error */
  async list(runId: string): Promise<StreamSummary[]> {
    const found = await this.#store.list(runId, MOST_STREAMS);
    if (found === undefined) throw new RunNotFoundError(runId);
    return found.streams.map(({ name, lastOffset, closes, lastAt }) => ({
      name,
      chunks: closes ? lastOffset : lastOffset + 1,
      closed: closes || !found.isLive,
      lastAt,
    }));
  }

  /**
   * A stream that nobody has written to is an empty one. A value that can't be decoded is shown as `{ unreadable }`.
   *
   * @throws RunNotFoundError; InvalidIdError, InvalidStreamOptionError, UnknownOptionError before any SQL; the database's error
   */
  async read<T>(runId: string, options: StreamRangeOptions = {}): Promise<StreamRange<T>> {
    refuseUnknownKeys(options, ['namespace', 'from', 'limit'], [], 'option of readStream');
    const { namespace: stream = DEFAULT_STREAM, from = 0, limit = 100 } = options;
    assertName(stream, 'stream name');
    checkStreamOffset(from, `from of stream "${stream}"`);
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_CHUNKS)
      throw new InvalidStreamOptionError(
        `limit of stream "${stream}" must be a whole number from 1 to ${MOST_CHUNKS}, not ${describeValue(limit)}`,
      );
    const [page] = await this.#store.findMany([{ runId, stream, from, apart: true }], limit);
    if (page === undefined) return { chunks: [], closed: false };
    if (page.state === 'no-run') throw new RunNotFoundError(runId);
    const { chunks, isComplete, state } = page;
    const last = chunks.at(-1);
    return {
      // One that closes is no chunk; a step may have closed the stream, failed, and gone on at its next attempt.
      chunks: chunks
        .filter(({ closes }) => !closes)
        .map((chunk) => chunkOf(chunk, this.#serializer, (damage) => ({ unreadable: damage.message }) as T)),
      ...(!isComplete && last !== undefined && { nextFrom: last.offset + 1 }),
      closed: isComplete && state === 'over',
    };
  }
}
