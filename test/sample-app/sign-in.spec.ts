// How operators get into the sample's console with a browser: the link that is printed, the page for the token, and what a session may do.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuiltSampleApp, TOKEN } from './built-sample-app.js';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const SIGN_IN = '/operator/sign-in';

describe('an operator', () => {
  let app: BuiltSampleApp;

  beforeAll(async () => {
    const consoleDir = await standInConsole();
    try {
      app = await BuiltSampleApp.build({ consoleDir });
    } finally {
      await rm(consoleDir, { recursive: true });
    }
    await app.start();
  }, 60_000);

  afterAll(() => app?.dispose());

  const open = (path: string) => app.fetch(path, { redirect: 'manual' });
  const submit = (fields: Record<string, string>, query = '') =>
    app.fetch(SIGN_IN + query, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });
  const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? '';
  const unescaped = (text: string) => text.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)));
  /** Where the page leads by itself, and with its link. */
  const goesOnTo = (html: string) => {
    const found = /<meta http-equiv="refresh" content="0; url=([^"<>]*)">[\s\S]*<a href="([^"<>]*)">/.exec(html);
    expect(found?.[1]).toBe(found?.[2]);
    return unescaped(found?.[1] ?? 'nowhere');
  };
  const me = (cookie: string) => app.get<{ actor?: string }>('/workflows/api/me', { cookie });

  it('is let into the console by the link that is printed first', async () => {
    const printed = app.lines.filter((line) => line.includes('http'));
    expect(printed[0]).toBe(`  The console: ${app.url}${SIGN_IN}?token=${TOKEN}`);
    const response = await fetch(printed[0]?.slice(printed[0].indexOf('http')) as string, { redirect: 'manual' });
    // No redirect: to browsers, the page with the link would have asked for where it leads, too.
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(goesOnTo(await response.text())).toBe('/workflows/');
    expect(response.headers.get('set-cookie')).toMatch(/^operator=[\w-]+\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const cookie = cookieOf(response);
    expect(await me(cookie)).toMatchObject({ status: 200, body: { actor: 'operator' } });
    const page = await app.fetch('/workflows/', { redirect: 'manual', headers: { cookie } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<title>Stand-in</title>')]);
  });

  it('is led from the first page to the console', async () => {
    const response = await open('/');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/workflows/']);
  });

  it('without a session is led from every page of the console to where operators sign in', async () => {
    for (const page of ['', 'runs', 'runs/DEMO-1/steps', 'queues', 'admin']) {
      const response = await app.fetch(`/workflows/${page}`, { redirect: 'manual', headers: { accept: 'text/html' } });
      expect(response.status).toBe(401);
      // The page goes there with its own path, see test/console/operations-example.spec.ts.
      expect(await response.text()).toContain(`<a href="${SIGN_IN}" data-parameter="to">`);
    }
    expect((await open('/workflows/api/me')).status).toBe(401);
  });

  it('signs in on a page with the token and a name, which the audit log then has', async () => {
    const page = await open(SIGN_IN);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const html = await page.text();
    expect(html).toContain('<form method="post">');
    expect(html).toContain('role="alert" hidden>');
    expect(html).not.toMatch(/https?:|\ssrc=|<link|<script|\son\w+=/);

    const response = await submit({ token: TOKEN, name: 'Zoë; Path=/x' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/workflows/']);
    expect(response.headers.get('set-cookie')).toMatch(/^operator=[\w-]+\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const cookie = cookieOf(response);
    expect((await me(`other=1; ${cookie}`)).body.actor).toBe('Zoë; Path=/x');
    const paused = await app.post('/workflows/api/queues/reactors/pause', { reason: 'Inspection' }, session(cookie));
    expect(paused.status).toBe(200);
    const audit = await app.get('/workflows/api/audit?action=QUEUE_PAUSE', { cookie });
    expect(audit.body).toMatchObject({ entries: [{ actor: 'Zoë; Path=/x', reason: 'Inspection' }] });
  });

  it('without the token gets a page that says so, and no session', async () => {
    const answers = [
      await open(`${SIGN_IN}?token=guess`),
      await submit({ token: 'guess' }),
      await submit({}),
      await submit({ token: '' }),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
      expect(await answer.text()).toContain('role="alert">That is not the token');
    }
    expect((await open(`${SIGN_IN}?token=${TOKEN}&token=${TOKEN}`)).status).toBe(401);
  });

  it('is nobody with a session that the application did not make', async () => {
    const [mine = '', seal = ''] = cookieOf(await submit({ token: TOKEN, name: 'ann' })).split('.');
    const other = Buffer.from('ben').toString('base64url');
    const forged = [`operator=${other}.${seal}`, `${mine}.`, mine, `operator=${TOKEN}`, `operator=.${seal}`, 'operator=', ''];
    for (const cookie of forged) expect({ cookie, status: (await me(cookie)).status }).toEqual({ cookie, status: 401 });
    expect((await me(`${mine}.${seal}`)).body.actor).toBe('ann');
  });

  it.each([
    ['/workflows/runs?status=ERROR', '/workflows/runs?status=ERROR'],
    ['/approvals/page', '/approvals/page'],
    [`/approvals/page?a=b;c&copy=1&d=$&'"><script>`, '/approvals/page?a=b;c&copy=1&d=$&%27%22%3E%3Cscript%3E'],
    [`/approvals/it's`, `/approvals/it's`],
    ['//evil.example', '/workflows/'],
    ['/\\evil.example', '/workflows/'],
    ['/\t/evil.example', '/workflows/'],
    ['/.//evil.example', '/workflows/'],
    ['https://evil.example/', '/workflows/'],
    ['evil.example', '/workflows/'],
    ['javascript:alert(1)', '/workflows/'],
    ['', '/workflows/'],
  ])('who asks to be led to %j is led to %s', async (to, location) => {
    const query = new URLSearchParams({ to });
    expect(goesOnTo(await (await open(`${SIGN_IN}?token=${TOKEN}&${query}`)).text())).toBe(location);
    expect((await submit({ token: TOKEN }, `?${query}`)).headers.get('location')).toBe(location);
  });

  it('with a session changes nothing by a form, as a page on another port of the host could send it', async () => {
    const cookie = cookieOf(await submit({ token: TOKEN }));
    const form = (path: string, headers = {}) =>
      app.fetch(path, { method: 'POST', headers: { ...FORM, cookie, ...headers }, body: 'reason=x' });
    expect((await form('/reactors/pause')).status).toBe(401);
    expect((await form('/commands/DEMO-1/STOP')).status).toBe(401);
    expect((await form('/workflows/api/queues/readings/pause')).status).toBe(403);
    const foreign = { ...session(cookie), origin: 'http://127.0.0.1:1' };
    expect(await app.post('/workflows/api/queues/readings/pause', {}, foreign)).toMatchObject({
      status: 403,
      body: { code: 'CROSS_SITE_REQUEST' },
    });
    const { rows } = await app.schema.pool.query(
      `select count(*)::int n from audit_log where action = 'QUEUE_PAUSE' and reason = 'x'`,
    );
    expect(rows).toEqual([{ n: 0 }]);
  });

  it('has to sign in again when the application has another token', async () => {
    const cookie = cookieOf(await submit({ token: TOKEN }));
    await app.end('SIGINT');
    await app.start({ OPERATOR_TOKEN: 'another-token' });
    expect((await me(cookie)).status).toBe(401);
  });

  function session(cookie: string): Record<string, string> {
    return { cookie, origin: app.url, 'x-workflows-request': '1' };
  }
});

/** As Vite leaves it, in a folder of its own. */
async function standInConsole(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'manifest.json'), '{}');
  await writeFile(join(folder, 'index.html'), '<!doctype html><html><head><title>Stand-in</title></head><body></body></html>');
  return folder;
}
