// What a page of the console answers whom it does not know, where the application leads back after signing in: the one script that goes there with the
// page's own path. In a browser: test/console/operations-example.spec.ts.
import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { WorkflowsAdminModule } from '../../lib/index.js';
import { type AdminApp, BearerGuard, CREDENTIALS, startAdminApp } from './admin-app.js';
import { type ConsoleFixture, createConsoleFixture } from './console-fixture.js';

const SIGN_IN = 'https://login.example/in?app="<&to=home';
const unescaped = (text: string) => text.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)));

let fixture: ConsoleFixture;
beforeAll(async () => {
  fixture = await createConsoleFixture();
});
afterAll(() => fixture.dispose());

describe.each(['express', 'fastify'] as const)('a page of the console on %s, without a session', (adapter) => {
  let admin: AdminApp;

  beforeAll(async () => {
    const console = { assetsDir: fixture.folder, signInUrl: SIGN_IN, returnParameter: 'to' };
    admin = await startAdminApp({
      adapter,
      imports: [WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard], console })],
    });
  });
  afterAll(() => admin?.close());

  it('leads to where one signs in with the path of the page, as only the page knows it, and to no other host', async () => {
    const response = await admin.fetch('/ops/runs/7');
    expect([response.status, response.headers.get('cache-control')]).toEqual([401, 'no-store']);
    const html = await response.text();
    const [, link = '', parameter = ''] = /<a href="([^"]*)" data-parameter="([^"]*)">Sign in<\/a>/.exec(html) ?? [];
    expect([unescaped(link), parameter]).toEqual([SIGN_IN, 'to']);

    const script = scriptOf(html);
    const run = (pathname: string, search: string) => {
      const replaced: string[] = [];
      const location = { pathname, search, replace: (to: string) => replaced.push(to) };
      const anchor = { href: new URL(unescaped(link)).href, dataset: { parameter } };
      runInNewContext(script, { location, URL, document: { querySelector: () => anchor } });
      const [{ origin, searchParams }] = replaced.map((to) => new URL(to)) as [URL];
      return { times: replaced.length, origin, ...Object.fromEntries(searchParams) };
    };
    const there = { times: 1, origin: 'https://login.example', app: '"<' };
    expect(run('/tools/wf/runs/7', '?a=1&to=2')).toEqual({ ...there, to: '/tools/wf/runs/7?a=1&to=2' });
    expect(run('//evil.example/runs/7', '')).toEqual({ ...there, to: '/evil.example/runs/7' });
  });

  it('runs that script alone', async () => {
    const response = await admin.fetch('/ops/');
    const source = `'sha256-${createHash('sha256')
      .update(scriptOf(await response.text()))
      .digest('base64')}'`;
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain(`default-src 'none'; script-src ${source}; `);
    expect(policy).not.toContain('unsafe-');
  });

  it('is told where to go by its settings, once it was loaded, and the API answers as ever', async () => {
    const page = await (await admin.fetch('/ops/runs/7', { headers: CREDENTIALS })).text();
    const [, settings = ''] = /<meta name="workflows-console" content="([^"]*)">/.exec(page) ?? [];
    expect(JSON.parse(unescaped(settings))).toEqual({ signInUrl: SIGN_IN, returnParameter: 'to' });
    const refused = await admin.fetch('/ops/api/me');
    expect([refused.status, refused.headers.get('content-type')]).toEqual([401, 'application/problem+json; charset=utf-8']);
  });
});

function scriptOf(html: string): string {
  const [, script = ''] = /<script>([\s\S]*)<\/script>/.exec(html) ?? [];
  return script;
}
