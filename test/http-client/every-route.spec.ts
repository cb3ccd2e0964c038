// The client can ask for everything that the admin room offers, in the words in which it is offered, and for nothing else.
import { readBody, readQuery } from '../../lib/admin/requests/shape.js';
import { routesOf } from '../../lib/admin/routes/bind-controller.js';
import { RESOURCES } from '../../lib/admin/routes/mount-controllers.js';
import { WorkflowsClient } from '../../lib/http-client/index.js';
import { EVERY_CALL, methodsOf } from './every-call.js';

const ROUTES = RESOURCES.flatMap(([resource, controller]) =>
  routesOf(controller).map(([, route]) => ({ ...route, path: [resource, route.path].filter(Boolean).join('/') })),
);

interface Asked {
  method: string;
  path: string;
  query: Record<string, string | string[]>;
  body: unknown;
  headers: Headers;
}

async function asked(call: (client: WorkflowsClient) => unknown): Promise<Asked> {
  const found: Asked[] = [];
  const fetch = async (url: string, { method, headers, body }: RequestInit) => {
    const { pathname, searchParams } = new URL(url);
    const query = Object.fromEntries([...searchParams.keys()].map((key) => [key, searchParams.getAll(key)]));
    found.push({
      method: method ?? '',
      path: decodeURIComponent(pathname.replace('/ops/api/', '')),
      query: Object.fromEntries(Object.entries(query).map(([key, values]) => [key, values.length === 1 ? values[0] : values])),
      body: body === undefined ? undefined : JSON.parse(body as string),
      headers: headers as Headers,
    } as Asked);
    return new Headers(headers).get('accept')?.includes('event-stream')
      ? new Response('event: end\nid: 1\ndata: {}\n\n', { headers: { 'content-type': 'text/event-stream' } })
      : Response.json({ runs: [] });
  };
  await call(new WorkflowsClient({ baseUrl: 'http://x/ops', fetch: fetch as typeof globalThis.fetch }));
  expect(found).toHaveLength(1);
  return found[0] as Asked;
}

/** As Nest finds it: fixed segments before parameters. */
function routeOf({ method, path }: Asked) {
  const segments = path.split('/');
  const fits = ROUTES.filter((route) => {
    const pattern = route.path.split('/');
    return (
      route.method === method &&
      pattern.length === segments.length &&
      pattern.every((part, i) => part === segments[i] || part.startsWith(':'))
    );
  });
  return fits.find((route) => !route.path.includes(':')) ?? fits[0];
}

describe('the client', () => {
  it('is asked below with every method that it has', () => {
    const names = EVERY_CALL.map(([name]) => name);
    expect(names.sort()).toEqual(methodsOf(new WorkflowsClient({ baseUrl: 'http://x/ops' })).sort());
  });

  it.each(EVERY_CALL)('asks by %s for a route that is offered, in its words', async (_name, call) => {
    const request = await asked(call);
    const route = routeOf(request);
    expect([request.method, request.path]).toEqual([route?.method, expect.any(String)]);
    expect(() => readQuery(route?.query ?? {}, request.query)).not.toThrow();
    if (request.method === 'GET') expect(request.body).toBeUndefined();
    else expect(() => readBody(route?.body ?? {}, request.body)).not.toThrow();
    expect(request.headers.get('accept')).toContain(route?.answer === 'events' ? 'text/event-stream' : 'application/json');
    // Names went where the route has its parameters.
    for (const [i, part] of (route?.path ?? '').split('/').entries())
      if (part.startsWith(':') && part !== ':version') expect(request.path.split('/')[i]).toBe(part);
  });

  it('has a method for every route', async () => {
    const requests = await Promise.all(EVERY_CALL.map(([, call]) => asked(call)));
    const reached = new Set(requests.map(routeOf));
    const missing = ROUTES.filter((route) => !reached.has(route)).map(({ method, path }) => `${method} ${path}`);
    expect(missing).toEqual([]);
  });

  it('gives all that a route requires, and a reason wherever one is taken', async () => {
    const requests = await Promise.all(EVERY_CALL.map(([, call]) => asked(call)));
    const unsaid = ROUTES.flatMap((route) => {
      const said = requests.filter((request) => routeOf(request) === route);
      const isSaid = (key: string) => said.some(({ query, body }) => key in query || key in ((body ?? {}) as object));
      const fields = Object.entries({ ...route.query, ...route.body });
      const wanted = fields.filter(([key, field]) => field.isRequired === true || key === 'reason');
      return wanted.flatMap(([key]) => (isSaid(key) ? [] : [`${route.method} ${route.path}: ${key}`]));
    });
    expect(unsaid).toEqual([]);
  });
});
