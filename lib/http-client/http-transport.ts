// Sends one request and gives its answer, or the one error that says why there is none. It repeats nothing. Used by all groups of the client.
import { answerOf, type JsonParser, refusalOf } from './http-answer.js';
import { type Query, queryText } from './query-text.js';
import { WorkflowsHttpError } from './workflows-http.error.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** As fetch takes them. */
export type HeaderValues = Headers | Record<string, string> | ReadonlyArray<readonly [name: string, value: string]>;

export interface WorkflowsClientOptions {
  /** Where WorkflowsAdminModule is mounted, global prefix included: `https://shop.example/workflows`, or in a page of that site `/workflows`. */
  baseUrl: string | URL;
  /** Default: the global one. */
  fetch?: typeof globalThis.fetch;
  /** Sent with every request, such as `authorization`. A function is asked before each, also before a stream reconnects. Default: none. */
  headers?: HeaderValues | (() => HeaderValues | Promise<HeaderValues>);
  /** Whether cookies are sent. Default: as fetch, `'same-origin'`. */
  credentials?: 'omit' | 'same-origin' | 'include';
  /** ms until the whole answer has to be there, of streams its beginning. Default 30,000; 0: no limit. */
  timeoutMs?: number;
  /** ms after which a stream that is silent counts as lost; the server says something every 15 s. Default 45,000; 0: no limit. */
  streamSilenceMs?: number;
  /** Reads answers and events; one that keeps whole numbers beyond 2^53, for example. Throws for what is no JSON. Default: JSON.parse. */
  parseJson?: JsonParser;
}

/** What every call takes as its last argument. */
export interface CallOptions {
  /** Ends the call with the code `ABORTED`. */
  signal?: AbortSignal;
  /** Instead of the client's. */
  timeoutMs?: number;
  /** Your own id of the request, as the server's log and audit log are to show it. Default: the server makes one. */
  requestId?: string;
}

export interface HttpRequest {
  method: Method;
  /** Below `<mount>/api`, encoded. */
  path: string;
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_SILENCE_MS = 45_000;

export class HttpTransport {
  readonly streamSilenceMs: number;
  readonly parseJson: JsonParser;
  readonly #options: WorkflowsClientOptions;
  readonly #base: string;

  /** @throws WorkflowsHttpError (`INVALID_REQUEST`) */
  constructor(options: WorkflowsClientOptions) {
    const text = String(options.baseUrl);
    if (/[?#]/.test(text) || text.trim() === '' || options.baseUrl === undefined)
      throw new WorkflowsHttpError({
        code: 'INVALID_REQUEST',
        detail: `baseUrl must say where the admin module is mounted, such as "https://shop.example/workflows", without query and hash, not "${text}".`,
      });
    this.#options = options;
    this.#base = `${text.replace(/\/+$/, '')}/api/`;
    this.streamSilenceMs = options.streamSilenceMs ?? DEFAULT_SILENCE_MS;
    this.parseJson = options.parseJson ?? ((text) => JSON.parse(text));
  }

  /** @throws WorkflowsHttpError; what `headers` throws */
  get<T>(path: string, query?: Query, call?: CallOptions): Promise<T> {
    return this.#json({ method: 'GET', path, query }, call);
  }

  /** @throws as get; TypeError for a body that is no JSON: one with a bigint or a cycle */
  write<T>(method: Exclude<Method, 'GET'>, path: string, body: object = {}, call?: CallOptions): Promise<T> {
    return this.#json({ method, path, body }, call);
  }

  async #json<T>(request: HttpRequest, call?: CallOptions): Promise<T> {
    return this.exchange(request, call, async (response) => (await answerOf(response, this.parseJson)) as T);
  }

  /**
   * Sends it and lets `read` make something of a good answer; signal and timeout go on until that is done.
   *
   * @throws as get
   */
  async exchange<T>(
    request: HttpRequest,
    { signal, timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS, requestId }: CallOptions = {},
    read: (response: Response, abort: AbortController) => Promise<T>,
  ): Promise<T> {
    const abort = new AbortController();
    const init = await this.#initOf(request, requestId);
    let cause: 'TIMEOUT' | 'ABORTED' | undefined;
    const stop = (why: 'TIMEOUT' | 'ABORTED') => {
      cause ??= why;
      abort.abort();
    };
    const onAbort = () => stop('ABORTED');
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = timeoutMs > 0 ? setTimeout(() => stop('TIMEOUT'), timeoutMs) : undefined;
    const url = `${this.#base}${request.path}${queryText(request.query)}`;
    try {
      const send = this.#options.fetch ?? globalThis.fetch;
      // Called by itself: browsers refuse a fetch that is a method of something else.
      const response = await send(url, { ...init, signal: abort.signal });
      if (!response.ok) throw await refusalOf(response, this.parseJson);
      return await read(response, abort);
    } catch (error) {
      // Lets go of an answer that nobody reads to its end.
      abort.abort();
      if (cause === undefined && error instanceof WorkflowsHttpError) throw error;
      throw failureOf(request, cause, error, { timeoutMs, signal });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #initOf({ method, body, headers }: HttpRequest, requestId: string | undefined): Promise<RequestInit> {
    const { headers: given, credentials } = this.#options;
    const all = new Headers((typeof given === 'function' ? await given() : given) as Record<string, string> | undefined);
    const own = {
      accept: 'application/json, application/problem+json',
      ...(requestId !== undefined && { 'x-request-id': requestId }),
      ...(method !== 'GET' && { 'content-type': 'application/json', 'x-workflows-request': '1' }),
      ...headers,
    };
    for (const [name, value] of Object.entries(own)) all.set(name, value);
    return {
      method,
      headers: all,
      // What is written is written where it was meant to be, and headers of the caller's own do not go elsewhere with it.
      ...(method !== 'GET' && { redirect: 'error' as const }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(credentials !== undefined && { credentials }),
    };
  }
}

function failureOf(
  { method, path }: HttpRequest,
  cause: 'TIMEOUT' | 'ABORTED' | undefined,
  error: unknown,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): WorkflowsHttpError {
  const what = `${method} ${path}`;
  if (cause === 'ABORTED')
    return new WorkflowsHttpError({ code: 'ABORTED', detail: `${what} was aborted.`, cause: signal?.reason });
  if (cause === 'TIMEOUT')
    return new WorkflowsHttpError({
      code: 'TIMEOUT',
      detail: `${what} had no complete answer within ${timeoutMs} ms.`,
      cause: error,
    });
  const { message = String(error) } = (error ?? {}) as { message?: string };
  return new WorkflowsHttpError({ code: 'NETWORK_ERROR', detail: `${what} had no complete answer: ${message}.`, cause: error });
}
