// What the client sends, and what it makes of every answer, good, bad, foreign or none.
import type { ServerResponse } from 'node:http';
import { WorkflowsClient, WorkflowsHttpError } from '../../lib/http-client/index.js';
import { json, withTinyServer } from './tiny-server.js';

const ok = (response: ServerResponse) => json(response, 200, { runs: [] });

async function failure(call: Promise<unknown>): Promise<WorkflowsHttpError> {
  const error = await call.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(WorkflowsHttpError);
  return error as WorkflowsHttpError;
}

describe('a request of the client', () => {
  it('names runs, queues and workflows by any text', () =>
    withTinyServer(ok, async ({ client, requests }) => {
      await client.runs.find('a/b?c#d e%f');
      await client.queues.pause('line 1/reactor?a#b%');
      await client.workflows.find('Größe:😀');
      expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
        'GET /ops/api/runs/a%2Fb%3Fc%23d%20e%25f',
        'POST /ops/api/queues/line%201%2Freactor%3Fa%23b%25/pause',
        'GET /ops/api/workflows/Gr%C3%B6%C3%9Fe%3A%F0%9F%98%80',
      ]);
    }));

  it('is not sent for a name that would make it another one', () =>
    withTinyServer(ok, async ({ client, requests }) => {
      for (const name of ['', '.', '..', '\ud800', undefined as unknown as string]) {
        const call = async () => client.queues.pause(name);
        expect(await failure(call())).toMatchObject({ code: 'INVALID_REQUEST', status: undefined });
      }
      expect(requests).toEqual([]);
    }));

  it('repeats lists in the query, writes times as ISO texts and filters as JSON, and leaves out what is undefined', () =>
    withTinyServer(ok, async ({ client, requests }) => {
      await client.runs.list({
        name: ['a b', 'c&d'],
        status: ['ERROR', 'DEAD'],
        createdFrom: new Date('2026-01-01T00:00:00Z'),
        createdBefore: '2026-02-01T00:00:00Z',
        legalHold: false,
        queue: undefined,
        attributes: { line: 'a' },
        input: 'order-7',
        limit: 5,
      });
      const { pathname, searchParams } = new URL(requests[0]?.url ?? '', 'http://x');
      expect(pathname).toBe('/ops/api/runs');
      expect([...searchParams].sort()).toEqual([
        ['attributes', '{"line":"a"}'],
        ['createdBefore', '2026-02-01T00:00:00Z'],
        ['createdFrom', '2026-01-01T00:00:00.000Z'],
        ['input', '"order-7"'],
        ['legalHold', 'false'],
        ['limit', '5'],
        ['name', 'a b'],
        ['name', 'c&d'],
        ['status', 'DEAD'],
        ['status', 'ERROR'],
      ]);
    }));

  it('is JSON with the header that no other site can send when it changes something', () =>
    withTinyServer(ok, async ({ client, requests }) => {
      await client.runs.cancel('r', { reason: 'wrong' }, { requestId: 'req-1' });
      await client.runs.find('r');
      expect(requests).toMatchObject([
        {
          body: '{"reason":"wrong"}',
          headers: { 'content-type': 'application/json', 'x-workflows-request': '1', 'x-request-id': 'req-1' },
        },
        { body: '', headers: expect.not.objectContaining({ 'content-type': expect.anything(), 'x-workflows-request': '1' }) },
      ]);
    }));

  it('asks for headers anew each time, and takes none for its own', async () => {
    let asked = 0;
    const headers = async () => ({ authorization: `Bearer ${++asked}`, 'Content-Type': 'text/plain', 'X-Workflows-Request': '' });
    await withTinyServer(
      ok,
      async ({ client, requests }) => {
        await client.runs.names();
        await client.runs.cancel('r');
        expect(requests.map((request) => request.headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
        expect(requests[1]?.headers).toMatchObject({ 'content-type': 'application/json', 'x-workflows-request': '1' });
      },
      { headers },
    );
  });

  it.each([
    ['pairs', [['authorization', 'Bearer x']] as const],
    ['Headers', new Headers({ authorization: 'Bearer x' })],
  ])('takes headers as %s', (_form, headers) =>
    withTinyServer(
      ok,
      async ({ client, requests }) => {
        await client.runs.names();
        expect(requests[0]?.headers.authorization).toBe('Bearer x');
      },
      { headers },
    ),
  );

  it('sends cookies as it is told to', async () => {
    const seen: Array<RequestInit | undefined> = [];
    const fetch = async (_url: unknown, init?: RequestInit) => {
      seen.push(init);
      return Response.json({ names: [] });
    };
    await new WorkflowsClient({ baseUrl: '/ops', fetch: fetch as typeof globalThis.fetch, credentials: 'include' }).runs.names();
    expect(seen).toMatchObject([{ credentials: 'include' }]);
  });

  it.each([
    ['/workflows/', '/workflows/api/runs/names'],
    ['https://shop.example/a/b', 'https://shop.example/a/b/api/runs/names'],
  ])('goes below the mount: %s', async (baseUrl, url) => {
    const seen: unknown[] = [];
    const fetch = (async (asked: unknown) => {
      seen.push(asked);
      return Response.json({ names: [] });
    }) as typeof globalThis.fetch;
    await new WorkflowsClient({ baseUrl, fetch }).runs.names();
    await new WorkflowsClient({ baseUrl: new URL(baseUrl, 'https://shop.example'), fetch }).runs.names();
    expect(seen).toEqual([url, new URL(url, 'https://shop.example').href]);
  });

  it.each([undefined, '', ' ', '/ops?x=1', '/ops#a'])('can not go to a baseUrl such as %j', (baseUrl) => {
    expect(() => new WorkflowsClient({ baseUrl: baseUrl as string })).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining('baseUrl') }),
    );
  });

  it('is refused at once when its body is no JSON', () =>
    withTinyServer(ok, async ({ client, requests }) => {
      await expect(client.workflows.start('w', [1n])).rejects.toThrow(TypeError);
      expect(requests).toEqual([]);
    }));
});

describe('the answer', () => {
  it('of the server that something is wrong becomes an error with all it says', () =>
    withTinyServer(
      (response) =>
        json(
          response,
          404,
          {
            type: 'urn:nestjs-workflows:run-not-found',
            title: 'Not Found',
            status: 404,
            code: 'RUN_NOT_FOUND',
            detail: 'Run x does not exist.',
            requestId: 'q1',
            details: { id: 'x' },
          },
          'application/problem+json',
        ),
      async ({ client }) => {
        const error = await failure(client.runs.find('x'));
        expect(error).toMatchObject({
          name: 'WorkflowsHttpError',
          message: 'Run x does not exist.',
          status: 404,
          code: 'RUN_NOT_FOUND',
          detail: 'Run x does not exist.',
          requestId: 'q1',
          details: { id: 'x' },
          problem: { title: 'Not Found' },
        });
        expect(WorkflowsHttpError.is(error, 'RUN_NOT_FOUND')).toBe(true);
        expect(WorkflowsHttpError.is(error, 'RUN_FINISHED')).toBe(false);
        expect(WorkflowsHttpError.is(new Error('x'))).toBe(false);
      },
    ));

  it('is read by the parser that was given, so that whole numbers can stay exact', async () => {
    const parseJson = (text: string) => ({ read: text });
    await withTinyServer(
      (response) => json(response, 200, { runs: [] }),
      async ({ client }) => expect(await client.runs.list()).toEqual({ read: '{"runs":[]}' }),
      { parseJson },
    );
  });

  it('of Nest itself becomes an error with its message', () =>
    withTinyServer(
      (response) => json(response, 413, { statusCode: 413, message: 'request entity too large' }),
      async ({ client }) => {
        const error = await failure(client.workflows.start('w', ['x']));
        expect(error).toMatchObject({ code: 'HTTP_413', status: 413, detail: 'request entity too large', problem: undefined });
      },
    ));

  it.each([
    ['a login page', 200, 'text/html', '<html>Sign in</html>'],
    ['the page of a proxy', 502, 'text/html', '<html>Bad gateway</html>'],
    ['JSON that is cut off', 200, 'application/json', '{"runs": ['],
    ['nothing at all', 200, 'application/json', ''],
    ['a text', 500, 'text/plain', 'oops'],
    ['JSON that is no object, as an error', 500, 'application/json', '"oops"'],
  ])('that is %s is told apart, with its status', (_what, status, type, body) =>
    withTinyServer(
      (response) => void response.writeHead(status, { 'content-type': type }).end(body),
      async ({ client }) => {
        const error = await failure(client.runs.list());
        expect(error).toMatchObject({ code: 'NOT_JSON', status, detail: expect.stringContaining(`status ${status}, ${type}`) });
        // It may be anything, a page with a token in it too.
        expect(error.detail).not.toMatch(/Sign in|Bad gateway|oops|runs/);
      },
    ),
  );

  it('that is a page after a redirect says where that led, without its query', () =>
    withTinyServer(
      (response, request) => {
        if (request.url?.startsWith('/login')) response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
        else response.writeHead(302, { location: '/login?token=secret' }).end();
      },
      async ({ client, url }) => {
        const { detail } = await failure(client.runs.list());
        expect(detail).toContain(`after a redirect to ${url}/login.`);
        expect(detail).not.toContain('secret');
      },
    ));

  it('to a write that is sent elsewhere is not followed', () =>
    withTinyServer(
      (response) => response.writeHead(307, { location: '/elsewhere' }).end(),
      async ({ client, requests }) => {
        expect(await failure(client.queues.pause('mail'))).toMatchObject({ code: 'NETWORK_ERROR' });
        expect(requests.map(({ url }) => url)).toEqual(['/ops/api/queues/mail/pause']);
      },
    ));

  it('that does not come in time is a TIMEOUT', () =>
    withTinyServer(
      () => undefined,
      async ({ client }) => {
        const error = await failure(client.runs.list());
        expect(error).toMatchObject({ code: 'TIMEOUT', status: undefined, detail: expect.stringContaining('20 ms') });
      },
      { timeoutMs: 20 },
    ));

  it('that begins and does not end in time is a TIMEOUT too', () =>
    withTinyServer(
      (response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"runs"'),
      async ({ client }) => {
        expect(await failure(client.runs.list({}, { timeoutMs: 50 }))).toMatchObject({ code: 'TIMEOUT' });
      },
      { timeoutMs: 0 },
    ));

  it('that nobody waits for any more is ABORTED, with the reason as cause', () => {
    const abort = new AbortController();
    const reason = new Error('left the page');
    return withTinyServer(
      () => abort.abort(reason),
      async ({ client }) => {
        const error = await failure(client.runs.list({}, { signal: abort.signal }));
        expect(error).toMatchObject({ code: 'ABORTED', status: undefined });
        expect(error.cause).toBe(reason);
        // From the beginning.
        expect(await failure(client.runs.list({}, { signal: abort.signal }))).toMatchObject({ code: 'ABORTED' });
      },
    );
  });

  it('that is cut off, or of nobody, is a NETWORK_ERROR', async () => {
    let nobody = '';
    await withTinyServer(
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"runs"', () => response.destroy());
      },
      async ({ client, url }) => {
        nobody = url;
        expect(await failure(client.runs.list())).toMatchObject({ code: 'NETWORK_ERROR', status: undefined });
      },
    );
    const error = await failure(new WorkflowsClient({ baseUrl: nobody }).runs.list());
    expect(error).toMatchObject({ code: 'NETWORK_ERROR', detail: expect.stringMatching(/^GET runs had no complete answer/) });
    expect(error.cause).toMatchObject({ name: 'TypeError' });
  });

  it('is asked for once only: the client repeats nothing', () =>
    withTinyServer(
      (response) => json(response, 503, { code: 'DATABASE_UNAVAILABLE', detail: 'x' }, 'application/problem+json'),
      async ({ client, requests }) => {
        expect(await failure(client.runs.list())).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503 });
        expect(requests).toHaveLength(1);
      },
    ));

  it('is read page by page until there is none', () =>
    withTinyServer(
      (response, _request, count) =>
        json(response, 200, { runs: [{ runId: `r${count}` }], ...(count < 3 && { nextCursor: `c${count}` }) }),
      async ({ client, requests }) => {
        const ids: string[] = [];
        for await (const page of client.runs.pages({ limit: 1, status: ['DEAD'] })) ids.push(...page.map(({ runId }) => runId));
        expect(ids).toEqual(['r1', 'r2', 'r3']);
        expect(requests.map(({ url }) => url.split('?')[1])).toEqual([
          'limit=1&status=DEAD',
          'limit=1&status=DEAD&cursor=c1',
          'limit=1&status=DEAD&cursor=c2',
        ]);
      },
    ));
});
