// Streams of events across lost connections: each event once, none lost, later and later while nobody answers, and an end that is one.
import type { ServerResponse } from 'node:http';
import { type ChunkAnswer, type FollowOptions, WorkflowsClient, type WorkflowsHttpError } from '../../lib/http-client/index.js';
import { chunk, events, json, type TinyServer, withTinyServer } from './tiny-server.js';

const END = 'event: end\ndata: {}\n\n';

async function offsets({ client }: TinyServer, options?: FollowOptions): Promise<number[]> {
  const found: number[] = [];
  for await (const { offset } of client.runs.follow('r', 's', options)) found.push(offset);
  return found;
}

/** Ends the answer as a connection that breaks does, once what was written has left. */
const reset = (response: ServerResponse, text: string) => void response.write(text, () => response.destroy());

describe('a stream that is followed', () => {
  it('gives the chunks with all that is known of them, and ends when the server says so', () =>
    withTinyServer(
      (response) => events(response, `: note\n\n${chunk(0)}${chunk(1)}${END}`),
      async (server) => {
        const found: ChunkAnswer[] = [];
        for await (const one of server.client.runs.follow('a/b', 'log x', { from: 0 })) found.push(one);
        expect(found).toEqual([
          { offset: 0, value: 'v0', at: '2026-01-01T00:00:00.000Z', ordinal: null, attempt: null, attemptFrom: null },
          expect.objectContaining({ offset: 1 }),
        ]);
        expect(server.requests).toMatchObject([{ method: 'GET', url: '/ops/api/runs/a%2Fb/streams/log%20x/follow?from=0' }]);
        expect(server.requests[0]?.headers).toMatchObject({ accept: expect.stringContaining('text/event-stream') });
      },
    ));

  it('goes on after the last chunk when the connection breaks in the midst of one, without loss or repeat', () =>
    withTinyServer(
      (response, request, count) => {
        events(response);
        const from = Number(new URL(request.url ?? '', 'http://x').searchParams.get('from'));
        // Half of the next one is on its way when it breaks; what was had is sent again by a server that does not look at the header.
        if (count <= 3) reset(response, chunk(from) + chunk(from + 1) + chunk(from + 2).slice(0, 25));
        else response.end(`${chunk(4)}${chunk(5)}${chunk(from)}${END}`);
      },
      async (server) => {
        const retries: Array<[string, boolean]> = [];
        const onReconnect = ({ code }: WorkflowsHttpError, ms: number) => void retries.push([code, ms > 0 && ms <= 1]);
        expect(await offsets(server, { onReconnect })).toEqual([0, 1, 2, 3, 4, 5, 6]);
        expect(retries).toEqual([
          ['NETWORK_ERROR', true],
          ['NETWORK_ERROR', true],
          ['NETWORK_ERROR', true],
        ]);
        const asked = server.requests.map(({ url, headers }) => [url.split('?')[1], headers['last-event-id']]);
        expect(asked).toEqual([
          ['from=0', undefined],
          ['from=2', '1'],
          ['from=4', '3'],
          ['from=6', '5'],
        ]);
      },
    ));

  it('comes back when the server ends it without saying that it is over', () =>
    withTinyServer(
      (response, _request, count) => {
        events(response, chunk(count - 1));
        response.end(count === 3 ? END : '');
      },
      async (server) => expect(await offsets(server)).toEqual([0, 1, 2]),
    ));

  it('comes back when nothing is heard of it any more', () =>
    withTinyServer(
      (response, _request, count) => events(response, count === 1 ? chunk(0) : chunk(1) + END),
      async (server) => {
        const why: string[] = [];
        expect(await offsets(server, { onReconnect: ({ detail }) => void why.push(detail) })).toEqual([0, 1]);
        expect(why).toEqual(['GET runs/r/streams/s/follow: the stream was silent for 300 ms.']);
      },
      { streamSilenceMs: 300 },
    ));

  it('waits while the server or its proxy is away, and asks for headers anew', () => {
    let asked = 0;
    return withTinyServer(
      (response, _request, count) => {
        if (count === 1) {
          events(response);
          reset(response, chunk(0));
        } else if (count === 2) json(response, 503, { code: 'SHUTTING_DOWN', detail: 'x' }, 'application/problem+json');
        else if (count === 3) response.writeHead(502, { 'content-type': 'text/html' }).end('<html>');
        else if (count === 4) response.destroy();
        else events(response, chunk(1) + END);
      },
      async (server) => {
        const codes: string[] = [];
        expect(await offsets(server, { onReconnect: ({ code }) => void codes.push(code) })).toEqual([0, 1]);
        expect(codes).toEqual(['NETWORK_ERROR', 'SHUTTING_DOWN', 'NOT_JSON', 'NETWORK_ERROR']);
        expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['1', '2', '3', '4', '5']);
      },
      { headers: () => ({ authorization: String(++asked) }) },
    );
  });

  it('waits longer each time that it fails, and by the rule of the server again once an event came', () => {
    const delays: number[] = [];
    return withTinyServer(
      (response, _request, count) => {
        // Taken and dropped at once: no success.
        events(response, count === 5 ? chunk(0) : count === 7 ? END : '');
        response.end();
      },
      async (server) => {
        expect(await offsets(server, { onReconnect: (_error, ms) => void delays.push(ms) })).toEqual([0]);
        const longest = [1, 2, 4, 8, 1, 2];
        expect(delays).toHaveLength(longest.length);
        for (const [i, most] of longest.entries()) {
          expect(delays[i]).toBeGreaterThanOrEqual(most / 2);
          expect(delays[i]).toBeLessThanOrEqual(most);
        }
      },
    );
  });

  it('gives up after as many failures in a row as it was told to bear', () =>
    withTinyServer(
      (response, _request, count) => {
        if (count > 1) return response.destroy();
        events(response);
        response.end();
      },
      async (server) => {
        await expect(offsets(server, { maxRetries: 2 })).rejects.toMatchObject({ code: 'NETWORK_ERROR' });
        expect(server.requests).toHaveLength(3);
      },
    ));

  it.each([
    ['the run does not exist', 404, { code: 'RUN_NOT_FOUND', detail: 'x' }, 'RUN_NOT_FOUND'],
    ['who asks is not let in any more', 401, { code: 'UNAUTHORIZED', detail: 'x' }, 'UNAUTHORIZED'],
    ['the server has a fault', 500, { code: 'INTERNAL_ERROR', detail: 'x' }, 'INTERNAL_ERROR'],
    ['something else answers', 200, { hello: 1 }, 'NOT_JSON'],
  ])('fails at once when %s', (_what, status, body, code) =>
    withTinyServer(
      (response) => json(response, status, body),
      async (server) => {
        await expect(offsets(server)).rejects.toMatchObject({ code, status });
        expect(server.requests).toHaveLength(1);
      },
    ),
  );

  it('lets go of an endless answer that is no stream of events', () => {
    let closed: Promise<unknown> | undefined;
    return withTinyServer(
      (response) => {
        closed = new Promise((resolve) => response.once('close', resolve));
        response.writeHead(200, { 'content-type': 'text/html' }).write('<html>');
      },
      async (server) => {
        await expect(offsets(server)).rejects.toMatchObject({ code: 'NOT_JSON', status: 200 });
        await closed;
      },
    );
  });

  it('fails at once when the answer does not begin in time, and it is told not to try again', () =>
    withTinyServer(
      () => undefined,
      async (server) => {
        await expect(offsets(server, { timeoutMs: 20, maxRetries: 0 })).rejects.toMatchObject({ code: 'TIMEOUT' });
      },
    ));

  it('is not ended by the time limit of requests once it has begun', async () => {
    let late: ReadableStreamDefaultController<Uint8Array> | undefined;
    const send = (text: string) => late?.enqueue(new TextEncoder().encode(text));
    const fetch = (async (url: string, { signal }: RequestInit) => {
      // Nothing, until it is given up.
      if (url.endsWith('names')) return new Promise((_resolve, reject) => signal?.addEventListener('abort', reject));
      const body = new ReadableStream({
        start(controller) {
          late = controller;
          signal?.addEventListener('abort', () => controller.error(new Error('aborted')));
        },
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    }) as typeof globalThis.fetch;
    const client = new WorkflowsClient({ baseUrl: '/ops', fetch });
    const reading = client.runs.follow('r', 's', { timeoutMs: 20, maxRetries: 0 });
    const first = reading.next();
    // Asked for later and limited to more: when it is over, so would be the stream.
    await expect(client.runs.names({ timeoutMs: 30 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    send(chunk(0) + END);
    expect(await first).toMatchObject({ value: { offset: 0 } });
    expect(await reading.next()).toEqual({ done: true, value: undefined });
  });

  it('closes its connection when the reader leaves, also while it waits', () => {
    let closed: Promise<unknown> | undefined;
    return withTinyServer(
      (response) => {
        closed = new Promise((resolve) => response.once('close', resolve));
        events(response, chunk(0));
      },
      async ({ client }) => {
        const reading = client.runs.follow('r', 's');
        await reading.next();
        const waiting = reading.next();
        await reading.return?.();
        expect(await waiting).toEqual({ done: true, value: undefined });
        await closed;
        for await (const _chunk of client.runs.follow('r', 's')) break;
        await closed;
        expect(await reading.next()).toEqual({ done: true, value: undefined });
      },
    );
  });

  it('is ABORTED by the signal of the caller, while it reads and while it waits to come back', () => {
    const abort = new AbortController();
    return withTinyServer(
      (response, _request, count) => (count === 1 ? events(response, chunk(0)) : response.destroy()),
      async ({ client }) => {
        const reading = client.runs.follow('r', 's', { signal: abort.signal });
        await reading.next();
        const waiting = expect(reading.next()).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
        abort.abort('enough');
        await waiting;
        const later = new AbortController();
        const pausing = client.runs.follow('r', 's', { signal: later.signal, onReconnect: () => later.abort('bye') });
        await expect(pausing.next()).rejects.toMatchObject({ code: 'ABORTED', cause: 'bye' });
        await expect(client.runs.follow('r', 's', { signal: abort.signal }).next()).rejects.toMatchObject({ code: 'ABORTED' });
      },
    );
  });

  it('is asked for nothing before somebody reads', () =>
    withTinyServer(
      (response) => events(response, END),
      async ({ client, requests }) => {
        await client.runs.follow('r', 's').return?.();
        expect(requests).toEqual([]);
      },
    ));
});

describe('the feed of changes', () => {
  const change = (id: string, topic: string, data?: object) =>
    `event: ${topic.split(':')[0]}\nid: ${id}\ndata: ${JSON.stringify({ topic, at: '2026-01-01T00:00:00.000Z', data })}\n\n`;

  it('gives changes with their ids, and says so when something may have been missed', () => {
    let connections = 0;
    return withTinyServer(
      (response, _request, count) => {
        events(response);
        if (count === 1) reset(response, change('e-1', 'runs') + change('e-2', 'run:7', { status: 'RUNNING' }));
        else response.write(change('f-0', 'reset'));
      },
      async ({ client, requests }) => {
        const feed = client.feed({ topics: ['runs', 'run:7'], lastEventId: 'e-0', onConnect: () => void connections++ });
        const at = '2026-01-01T00:00:00.000Z';
        expect((await feed.next()).value).toEqual({ id: 'e-1', topic: 'runs', at });
        expect((await feed.next()).value).toEqual({ id: 'e-2', topic: 'run:7', at, data: { status: 'RUNNING' } });
        expect((await feed.next()).value).toEqual({ id: 'f-0', topic: 'reset', at });
        await feed.return?.();
        expect(connections).toBe(2);
        expect(requests.map(({ url, headers }) => [url, headers['last-event-id']])).toEqual([
          ['/ops/api/feed?topics=runs&topics=run%3A7', 'e-0'],
          ['/ops/api/feed?topics=runs&topics=run%3A7', 'e-2'],
        ]);
      },
    );
  });
});
