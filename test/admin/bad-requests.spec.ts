// Requests of bad form to every admin route: names, numbers, times, JSON and bodies that nobody should send. The answer is always the client's
// fault, told as problem details, and never shows the inside of the server.
import { type AdminApp, CREDENTIALS, JSON_TYPE, startAdminApp } from './admin-app.js';
import { byLabel, type DeclaredRoute, EVERY_ROUTE, pathOf } from './every-route.js';

describe.each(['express', 'fastify'] as const)('a bad request on %s', (adapter) => {
  let admin: AdminApp;

  beforeAll(async () => {
    admin = await startAdminApp({ adapter });
  });
  afterAll(() => admin?.close());

  it.each(byLabel(EVERY_ROUTE))('is never a fault of the server: %s', async (_label, route) => {
    for (const [what, path, body] of badRequests(route)) {
      const response = await admin.fetch(path, {
        method: route.method,
        headers: { ...CREDENTIALS, ...JSON_TYPE },
        ...(route.method !== 'GET' && { body }),
      });
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
      const text = isStream ? '' : await response.text();
      if (isStream) await response.body?.cancel();
      expect({ what, path, isFault: response.status >= 500, text }).toEqual({ what, path, isFault: false, text });
      expect(text).not.toMatch(/node_modules|\.ts:|at Object|syntax error|relation "/);
    }
  });
});
const NASTY = [
  '\u0000',
  "' or 1=1--",
  '../../etc/passwd',
  '%',
  '😀',
  'x'.repeat(300),
  '<script>alert(1)</script>',
  '\u202e',
  '__proto__',
];
const TEXTS = ['', '-1', '1e9', '\u0000', '{"a":', '2026-02-30T00:00:00Z', 'x'.repeat(5_000)];
const VALUES: unknown[] = [null, -1, 1.5, '', ' ', [], {}, true, { a: { b: 1 } }, '\u0000', 'x'.repeat(5_000)];

/** What reaches the handler and should not get further; no request of it may change anything. */
function badRequests(route: DeclaredRoute): Array<[what: string, path: string, body: string]> {
  const plain = pathOf(route);
  const parameters = [...route.fullPath.matchAll(/:(\w+)/g)].map(([, name]) => name as string);
  const inPath = NASTY.flatMap((nasty) =>
    parameters.map((name): [string, string, string] => [
      `${name} ${JSON.stringify(nasty)}`,
      pathOf(route, { [name]: nasty }),
      '{}',
    ]),
  );
  const queries = [...Object.keys(route.query ?? {}), 'nonsense'];
  const asked = (key: string, ...values: string[]) =>
    values.map((value) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&');
  const inQuery = queries
    .flatMap((key) => [...TEXTS.map((value) => asked(key, value)), asked(key, '1', '1')])
    .map((query): [string, string, string] => [`query ${query.slice(0, 60)}`, `${plain}?${query}`, '{}']);
  const keys = [...Object.keys(route.body ?? {}), 'nonsense', '__proto__'];
  const inBody = keys.flatMap((key) =>
    VALUES.map((value): [string, string, string] => [`body ${key}`, plain, `{${JSON.stringify(key)}:${JSON.stringify(value)}}`]),
  );
  const bodies = ['[]', 'null', '1', '"x"', '{', '{"a":1e400}'].map((body): [string, string, string] => [
    `body ${body}`,
    plain,
    body,
  ]);
  // `{}` would put the cluster into maintenance, or swap it: these get a key too many.
  if (/^(maintenance|retention)\//.test(route.fullPath))
    return [...inBody, ...bodies]
      .map(([what, path, body]) => [what, path, body.replace(/^\{(?=")/, '{"nonsense":1,')])
      .filter(([, , body]) => body !== '{}') as never;
  return route.method === 'GET' ? [...inPath, ...inQuery] : [...inPath, ...inQuery.slice(0, 20), ...inBody, ...bodies];
}
