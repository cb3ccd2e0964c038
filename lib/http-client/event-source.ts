// Reads a stream of server-sent events for as long as the caller wants: connects again when the connection is lost, from the last event on, later and
// later while that fails, by chance a bit sooner, so that many readers don't come back at one moment. Over fetch: headers work, which they
// don't in EventSource. Used by runs.follow and feed.
import { EventSourceParser, type ServerSentEvent } from './event-source-parser.js';
import { notJson } from './http-answer.js';
import type { CallOptions, HttpTransport } from './http-transport.js';
import type { Query } from './query-text.js';
import { WorkflowsHttpError } from './workflows-http.error.js';

export interface StreamOptions extends CallOptions {
  /** Goes on after this event: the last one that an earlier reading gave. */
  lastEventId?: string;
  /** So often in a row it may fail to connect. Then the reading fails with the last error. Default: no limit. */
  maxRetries?: number;
  /** Told when a connection stands, the first one too: what comes from now on is live. */
  onConnect?(): void;
  /** Told before it waits to connect again: why, and for how many ms. */
  onReconnect?(error: WorkflowsHttpError, delayMs: number): void;
}

export interface EventSourceRequest {
  /** Encoded. */
  path: string;
  /** Asked before each connection. */
  query(): Query;
}

/** As a rule of the stream itself, which says another (`retry:`) when it begins. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** What passes by itself: a restart, a proxy without its server, too many at once. */
const PASSING = [408, 425, 429, 502, 503, 504];

/**
 * Never ends by itself. `return()` closes the connection at once, also while a `next()` waits, which then is done.
 *
 * @throws WorkflowsHttpError, as rejections of `next`: what the server refuses for good, or `ABORTED` by the caller's signal
 */
export function openEventSource(
  transport: HttpTransport,
  request: EventSourceRequest,
  options: StreamOptions = {},
): AsyncIterableIterator<ServerSentEvent> {
  const leave = new AbortController();
  const { signal } = options;
  const onAbort = () => leave.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const events = read(transport, request, { ...options, signal: leave.signal });
  let hasLeft = false;
  return {
    async next() {
      try {
        return await events.next();
      } catch (error) {
        signal?.removeEventListener('abort', onAbort);
        if (hasLeft) return { done: true, value: undefined };
        throw error;
      }
    },
    async return() {
      hasLeft = true;
      signal?.removeEventListener('abort', onAbort);
      leave.abort();
      // Waits for nobody: a generator's return() waits for the next() under way, which ends by the abort.
      await (events as AsyncGenerator<ServerSentEvent>).return(undefined).catch(() => undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* read(
  transport: HttpTransport,
  { path, query }: EventSourceRequest,
  {
    lastEventId,
    maxRetries = Number.POSITIVE_INFINITY,
    onConnect,
    onReconnect,
    ...call
  }: StreamOptions & { signal: AbortSignal },
): AsyncGenerator<ServerSentEvent, never, void> {
  let last = lastEventId;
  let firstRetryMs = FIRST_RETRY_MS;
  let failures = 0;
  for (;;) {
    const connection = connect(transport, path, query(), last, call, onConnect);
    try {
      for await (const { events, parser } of connection) {
        // Not by the connection itself: one that is taken and dropped again, time after time, must be tried less and less often.
        if (events.length > 0) failures = 0;
        yield* events;
        last = parser.lastEventId ?? last;
        firstRetryMs = parser.retryMs ?? firstRetryMs;
      }
      throw new WorkflowsHttpError({ code: 'NETWORK_ERROR', detail: `GET ${path}: the stream was ended by the server.` });
    } catch (error) {
      if (!isPassing(error) || failures >= maxRetries) throw error;
      const delayMs = delayOf(failures++, firstRetryMs);
      onReconnect?.(error, delayMs);
      await pause(delayMs, call.signal, path);
    }
  }
}

/** One connection, until it is over; of each piece that arrives the events that it completes. */
async function* connect(
  transport: HttpTransport,
  path: string,
  query: Query,
  lastEventId: string | undefined,
  call: CallOptions & { signal: AbortSignal },
  onConnect: (() => void) | undefined,
): AsyncGenerator<{ events: ServerSentEvent[]; parser: EventSourceParser }, void, void> {
  const headers = {
    accept: 'text/event-stream, application/problem+json',
    'cache-control': 'no-store',
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  };
  const parser = new EventSourceParser();
  const over = new AbortController();
  const onAbort = () => over.abort();
  let isSilent = false;
  let watch: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(watch);
    if (transport.streamSilenceMs <= 0) return;
    watch = setTimeout(() => {
      isSilent = true;
      over.abort();
    }, transport.streamSilenceMs);
  };
  try {
    // The time limit is for the beginning of the answer; the connection itself ends by `abort`.
    const { body, abort } = await transport.exchange({ method: 'GET', path, query, headers }, call, async (response, abort) => {
      if (!/^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '') || response.body === null)
        throw notJson(response, 'event stream');
      return { body: response.body, abort };
    });
    const open = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    over.signal.addEventListener(
      'abort',
      () => {
        abort.abort();
        // Of a stream that has failed already it rejects.
        open.cancel().catch(() => undefined);
      },
      { once: true },
    );
    call.signal.addEventListener('abort', onAbort, { once: true });
    if (call.signal.aborted) onAbort();
    heard();
    onConnect?.();
    for (;;) {
      const { done, value } = await open.read();
      if (done && over.signal.aborted) throw new Error('closed here');
      if (done) return;
      heard();
      yield { events: parser.push(value), parser };
    }
  } catch (error) {
    if (error instanceof WorkflowsHttpError) throw error;
    if (call.signal.aborted) throw aborted(path, call.signal);
    const why = isSilent ? `was silent for ${transport.streamSilenceMs} ms` : 'was lost';
    throw new WorkflowsHttpError({ code: 'NETWORK_ERROR', detail: `GET ${path}: the stream ${why}.`, cause: error });
  } finally {
    clearTimeout(watch);
    call.signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}

function isPassing(error: unknown): error is WorkflowsHttpError {
  if (!(error instanceof WorkflowsHttpError)) return false;
  return error.code === 'NETWORK_ERROR' || error.code === 'TIMEOUT' || PASSING.includes(error.status ?? 0);
}

function delayOf(failures: number, firstMs: number): number {
  const full = Math.min(firstMs * 2 ** Math.min(failures, 10), Math.max(LONGEST_RETRY_MS, firstMs));
  return full * (0.5 + Math.random() / 2);
}

async function pause(ms: number, signal: AbortSignal, path: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
  if (signal.aborted) throw aborted(path, signal);
}

function aborted(path: string, { reason }: AbortSignal): WorkflowsHttpError {
  return new WorkflowsHttpError({ code: 'ABORTED', detail: `GET ${path} was aborted.`, cause: reason });
}
