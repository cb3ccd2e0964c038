// A stream of a run for readers in any process: as values, as chunks with all that is known of them, as a standard ReadableStream, and as an
// Observable for @Sse(). Nothing is read before somebody asks for the first chunk; each reading has its own place.
import { Observable } from 'rxjs';
import type { StreamFeeds } from '../durable/stream-feeds.js';
import { DEFAULT_STREAM } from '../durable/streams.js';
import { describeValue } from '../kernel/describe-value.js';
import { assertName } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import type { Serializer } from '../kernel/serializer.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { ShuttingDownError } from '../store/shutting-down.error.js';
import type { StoredChunk } from '../store/streams/stream.store.js';

export interface StreamOptions {
  /** Offset of the first chunk that is wanted, from 0 (default). A reader that goes on after a chunk gives its offset + 1. */
  startIndex?: number;
}

export interface ReadableOptions extends StreamOptions {
  /** Name of the stream; default `'default'`. */
  namespace?: string;
}

/** A chunk and where it comes from. See `withoutSuperseded` for chunks of attempts that were repeated. */
export interface StreamChunk<T = unknown> {
  offset: number;
  value: T;
  /** When it was written, by the database's clock. */
  at: Date;
  /** Of the step, or of the `progress`, that wrote it; null: the workflow's own code. */
  ordinal: number | null;
  /** Number of the step's attempt, and the offset at which that attempt began to write; null: not of a step. */
  attempt: number | null;
  attemptFrom: number | null;
}

export interface ObserveOptions extends StreamOptions {
  /**
   * Type of a last message, with data `{}`, which says that the stream is over. An `EventSource` reconnects whenever an answer ends, so it
   * needs one to know when not to. Default: none.
   */
  endEvent?: string;
}

/** As @Sse() sends it; `id` comes back as `Last-Event-ID` when a client reconnects. */
export interface StreamMessage<T = unknown> {
  id: string;
  type?: string;
  data: T;
}

export class InvalidStreamOptionError extends WorkflowsError {
  constructor(problem: string) {
    super('InvalidStreamOptionError', 'INVALID_OPTION', `${problem}.`);
  }
}

/** As the column that holds it. */
const LAST_INDEX = 2 ** 31 - 1;

/** @throws InvalidStreamOptionError @param label such as `startIndex of stream "log"` */
export function checkStreamOffset(offset: unknown, label: string): number {
  if (!Number.isInteger(offset) || (offset as number) < 0 || (offset as number) > LAST_INDEX)
    throw new InvalidStreamOptionError(`${label} must be a whole number from 0 to ${LAST_INDEX}, not ${describeValue(offset)}`);
  return offset as number;
}

/** @param unreadable as of `chunks` @throws PayloadDecodeError without it */
export function chunkOf<T>(
  { offset, value, at, ordinal, attempt, attemptFrom }: StoredChunk,
  serializer: Serializer,
  unreadable?: (damage: Error) => T,
): StreamChunk<T> {
  const decode = (): T => {
    try {
      return serializer.deserialize(value) as T;
    } catch (damage) {
      if (unreadable === undefined) throw damage;
      return unreadable(damage as Error);
    }
  };
  return { offset, value: decode(), at: new Date(at), ordinal, attempt, attemptFrom };
}

/** @throws InvalidIdError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) for what is no object */
export function resolveObserve(options: ObserveOptions): { reading: StreamOptions; endEvent?: string } {
  refuseUnknownKeys(options, ['startIndex', 'endEvent'], [], 'option of a stream');
  const { endEvent, ...reading } = options;
  if (endEvent !== undefined) assertName(endEvent, 'endEvent');
  return { reading, endEvent };
}

export class StreamReader<T = unknown> implements AsyncIterable<T> {
  readonly #feeds: StreamFeeds;
  readonly #serializer: Serializer;
  readonly #startIndex: number;
  readonly #departure: (runId: string) => Promise<void> | undefined;

  /** @internal Made by Run. @throws InvalidIdError, InvalidStreamOptionError, UnknownOptionError */
  constructor(
    {
      streams,
      serializer,
      departure,
    }: { streams: StreamFeeds; serializer: Serializer; departure(runId: string): Promise<void> | undefined },
    readonly runId: string,
    readonly name: string = DEFAULT_STREAM,
    options: StreamOptions = {},
  ) {
    assertName(name, 'stream name');
    refuseUnknownKeys(options, ['startIndex'], [], 'option of a stream');
    const { startIndex = 0 } = options;
    checkStreamOffset(startIndex, `startIndex of stream "${name}"`);
    this.#feeds = streams;
    this.#serializer = serializer;
    this.#departure = departure;
    this.#startIndex = startIndex;
  }

  /**
   * The values, in order, as they are written; ends when the stream is closed or the run is over.
   *
   * @throws RunNotFoundError, ShuttingDownError, PayloadDecodeError (as rejections of `next`)
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.#read((chunk) => this.#valueOf(chunk));
  }

  /**
   * The same with offsets, times and attempts.
   *
   * @param unreadable gives what stands for a value that can't be decoded. Default: the reading fails there
   */
  chunks(unreadable?: (damage: Error) => T): AsyncIterableIterator<StreamChunk<T>> {
    return this.#read((chunk) => chunkOf(chunk, this.#serializer, unreadable));
  }

  /** The same as a standard stream: reads only as much as is asked for. Cancelling it ends the reading. */
  toReadable(): ReadableStream<T> {
    const iterator = this[Symbol.asyncIterator]();
    let cancelled = false;
    return new ReadableStream<T>(
      {
        pull: async (controller) => {
          const { done, value } = await iterator.next();
          if (cancelled) return;
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: async () => {
          cancelled = true;
          await iterator.return?.();
        },
      },
      // Nothing is read for nobody.
      { highWaterMark: 0 },
    );
  }

  /**
   * The same as an Observable; each subscription reads by itself. Unsubscribing ends the reading. It has no back-pressure. When the process
   * shuts down it completes: an error would be sent as an event under an id of Nest's own, with which the client would come back.
   */
  observe(endEvent?: string): Observable<StreamMessage<T>> {
    return new Observable((subscriber) => {
      let last = this.#startIndex - 1;
      const iterator = this.#read((chunk) => {
        last = chunk.offset;
        return { id: String(last), data: this.#valueOf(chunk) };
      });
      const pump = async () => {
        for await (const message of iterator) subscriber.next(message);
        if (endEvent !== undefined) subscriber.next({ id: String(Math.max(last, 0)), type: endEvent, data: {} as T });
      };
      pump().then(
        () => subscriber.complete(),
        (error) => (error instanceof ShuttingDownError ? subscriber.complete() : subscriber.error(error)),
      );
      return () => void iterator.return?.();
    });
  }

  /** By hand: `return` of a generator waits for the `next` that is under way, which may be for ever. */
  #read<V>(map: (chunk: StoredChunk) => V): AsyncIterableIterator<V> {
    const feeds = this.#feeds;
    const departure = this.#departure;
    const { runId, name } = this;
    const from = this.#startIndex;
    let cursor: ReturnType<StreamFeeds['open']> | undefined;
    return {
      async next() {
        // Accepted in memory: there is nothing to read before it is out.
        const departing = cursor === undefined ? departure(runId) : undefined;
        if (departing !== undefined) await departing;
        cursor ??= feeds.open(runId, name, from);
        const chunk = await cursor.next();
        if (chunk === undefined) return { done: true, value: undefined };
        try {
          return { done: false, value: map(chunk) };
        } catch (damaged) {
          cursor.close();
          throw damaged;
        }
      },
      async return() {
        cursor ??= feeds.open(runId, name, from);
        cursor.close();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #valueOf({ value }: StoredChunk): T {
    return this.#serializer.deserialize(value) as T;
  }
}
