// How the console is served: every page at every address of it, told where the mount is by its depth alone; files by exact name; what browsers may do
// with them; and what those see who may not see them. What the pages do in a browser stands in test/console.
import { createHash } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runInNewContext } from 'node:vm';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UnauthorizedException,
  VersioningType,
} from '@nestjs/common';
import { APP_INTERCEPTOR, type NestApplication } from '@nestjs/core';
import { map } from 'rxjs';
import { readConsole, usualFolders } from '../../lib/admin/console/console-files.js';
import { PagesController } from '../../lib/admin/console/pages.controller.js';
import { routesOf } from '../../lib/admin/routes/bind-controller.js';
import { WorkflowsAdminModule } from '../../lib/index.js';
import { type AdminApp, type AdminAppOptions, BearerGuard, CREDENTIALS, startAdminApp } from './admin-app.js';
import { type ConsoleFixture, createConsoleFixture, INDEX, PICTURE, SCRIPT } from './console-fixture.js';

const PAGES = routesOf(PagesController).map(([, { path = '' }]) => path);
/** With something in place of the parameters that a path must not be confused by. */
const addressOf = (path: string) => path.replace(/:\w+/g, encodeURIComponent('a/b?c#d..'));

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
  "base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

/** Wraps what controllers return, as many applications do. */
@Injectable()
class Wrapper implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((data) => ({ data })));
  }
}

/** Of the application, on all its answers. */
function setHeaders(app: NestApplication): void {
  const weak = { 'content-security-policy': 'script-src *', 'cross-origin-opener-policy': 'unsafe-none', vary: 'Origin' };
  if (app.getHttpAdapter().getType() === 'express')
    app.use((_request: unknown, response: { set(headers: object): void }, next: () => void) => {
      response.set(weak);
      next();
    });
  else
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onRequest', async (_request: unknown, reply: { headers(values: object): void }) => void reply.headers(weak));
}

const unescaped = (text: string) => text.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)));
const baseIn = (html: string) => unescaped(/<base href="([^"]*)">/.exec(html)?.[1] ?? 'no base');

let fixture: ConsoleFixture;
beforeAll(async () => {
  fixture = await createConsoleFixture();
});
afterAll(() => fixture.dispose());

async function withApp(options: AdminAppOptions, work: (admin: AdminApp) => Promise<void>): Promise<void> {
  const admin = await startAdminApp(options);
  try {
    await work(admin);
  } finally {
    await admin.close();
  }
}

describe.each(['express', 'fastify'] as const)('the console on %s', (adapter) => {
  let admin: AdminApp;
  let proxy: Server;

  beforeAll(async () => {
    const guards = [BearerGuard];
    admin = await startAdminApp({
      adapter,
      providers: [{ provide: APP_INTERCEPTOR, useClass: Wrapper }],
      imports: [
        WorkflowsAdminModule.forRoot({ path: 'area/ops', guards, console: { assetsDir: fixture.folder, signInUrl: '/in?a="<' } }),
        WorkflowsAdminModule.forRoot({
          path: 'second',
          guards,
          console: { assetsDir: fixture.folder, frameAncestors: ["'self'"] },
        }),
        WorkflowsAdminModule.forRoot({ path: 'closed', access: () => 'forbidden', console: { assetsDir: fixture.folder } }),
        WorkflowsAdminModule.forRoot({ path: 'bare', guards, console: false }),
        WorkflowsAdminModule.forRoot({ path: 'unbuilt', guards, console: { assetsDir: `${fixture.folder}/assets` } }),
      ],
      configure: (app) => {
        app.setGlobalPrefix('api/v1');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '3' });
        setHeaders(app);
      },
    });
    // Gives the mount another name and depth, and tells nobody.
    proxy = createServer((incoming, outgoing) => {
      const path = incoming.url?.replace(/^\/tools\/wf/, '/api/v1/area/ops');
      const asked = httpRequest(`${admin.origin}${path}`, { headers: incoming.headers }, (answer) => {
        outgoing.writeHead(answer.statusCode as number, answer.headers);
        answer.pipe(outgoing);
      });
      asked.end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await new Promise<unknown>((resolve) => (proxy === undefined ? resolve(0) : proxy.close(resolve)));
    await admin?.close();
  });

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    admin.fetch(`/api/v1/area/ops${path}`, { method, headers: { ...CREDENTIALS, ...headers } });

  it('has the pages that operators know', () => {
    expect(PAGES).toEqual(['', 'runs', 'runs/:id', 'runs/:id/steps', 'queues', 'queues/:queue', 'admin', 'admin/:section']);
  });

  it.each(PAGES.flatMap((path) => (path === '' ? ['/'] : [`/${path}`, `/${path}/`])))(
    'is told where its mount is by the depth of %s, below a prefix as behind a proxy that changes the path',
    async (path) => {
      const address = addressOf(path);
      const { port } = proxy.address() as AddressInfo;
      for (const mount of [`${admin.origin}/api/v1/area/ops`, `http://127.0.0.1:${port}/tools/wf`]) {
        const url = `${mount}${address}?status=ERROR&x=/`;
        const response = await fetch(url, { headers: CREDENTIALS });
        expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
        const html = await response.text();
        // As browsers do it.
        expect(new URL(baseIn(html), url).href).toBe(`${mount}/`);
        expect(html.startsWith('<!doctype html><html lang="en"><head><base href="')).toBe(true);
        expect(html.replace(/<base [^>]*><meta name="workflows-console"[^>]*>/, '')).toBe(INDEX);
      }
    },
  );

  it('steps to the address with a slash by itself, of which it knows no name', async () => {
    const response = await get('?from=mail');
    const html = await response.text();
    const [, script = ''] = /<script>([\s\S]*)<\/script>/.exec(html) ?? [];
    const source = `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
    expect(response.headers.get('content-security-policy')).toBe(POLICY.replace("script-src 'self'", `script-src ${source}`));
    expect(html).not.toContain('<base');
    expect(html).toContain('<noscript><a href="./ops/">');

    const run = (pathname: string) => {
      const note = { hidden: true };
      const replaced: string[] = [];
      const location = {
        origin: 'https://x.example',
        pathname,
        search: '?from=mail',
        hash: '',
        replace: (to: string) => replaced.push(to),
      };
      runInNewContext(script, { location, document: { querySelector: () => note } });
      return { replaced, ...note };
    };
    expect(run('/tools/wf')).toEqual({ replaced: ['https://x.example/tools/wf/?from=mail'], hidden: true });
    // It is not led to another host, and does not go on for ever.
    expect(run('//evil.example')).toEqual({ replaced: ['https://x.example//evil.example/?from=mail'], hidden: true });
    expect(run('/tools/wf/')).toEqual({ replaced: [], hidden: false });
  });

  it('tells the page its settings, as text', async () => {
    const html = await (await get('/runs')).text();
    const [, settings = ''] = /<meta name="workflows-console" content="([^"]*)">/.exec(html) ?? [];
    expect(settings).not.toMatch(/[<>']/);
    expect(JSON.parse(unescaped(settings))).toEqual({ signInUrl: '/in?a="<' });
  });

  it('lets pages and files run nothing of others and nothing inline, whatever the application sets on its answers', async () => {
    for (const path of ['/', '/runs/7', '/assets/main-a1.js', '/assets/picture-c3.png']) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy')).toBe(POLICY);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
    for (const path of ['', '/', '/runs/7']) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe-|\*/);
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('may be shown in a frame by those alone who are named', async () => {
    const { headers } = await admin.fetch('/api/v1/second/runs', { headers: CREDENTIALS });
    expect(headers.get('content-security-policy')).toBe(POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'"));
  });

  it('has its files compressed as the client wants them, for ever', async () => {
    const unpack = { br: brotliDecompressSync, gzip: gunzipSync, identity: (body: Buffer) => body };
    const asked: Array<[accepts: string, encoding: keyof typeof unpack]> = [
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip;q=1.0, br;q=0', 'gzip'],
      ['*', 'br'],
      ['identity', 'identity'],
      ['br;q=0, gzip;q=0', 'identity'],
    ];
    const tags = new Set<unknown>();
    for (const [accepts, encoding] of asked) {
      const { status, headers, body } = await raw('/assets/main-a1.js', { 'accept-encoding': accepts });
      expect({ accepts, status, encoding: headers['content-encoding'] ?? 'identity' }).toEqual({
        accepts,
        status: 200,
        encoding,
      });
      expect(unpack[encoding](body).toString()).toBe(SCRIPT);
      expect(headers['content-length']).toBe(String(body.length));
      expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
      expect(headers['cache-control']).toBe('private, max-age=31536000, immutable');
      expect(headers.vary).toBe('Origin, accept-encoding');
      tags.add(headers.etag);
      expect(body.length < SCRIPT.length).toBe(encoding !== 'identity');
    }
    expect(tags.size).toBe(3);
  });

  it('has pictures as they are', async () => {
    const { status, headers, body } = await raw('/assets/picture-c3.png', { 'accept-encoding': 'gzip, br' });
    expect({ status, type: headers['content-type'], encoding: headers['content-encoding'] }).toEqual({
      status: 200,
      type: 'image/png',
    });
    expect(body.equals(PICTURE)).toBe(true);
  });

  it('does not send a file to whom has it', async () => {
    const first = await raw('/assets/main-a1.js', { 'accept-encoding': 'br' });
    for (const tag of [first.headers.etag, `"other", W/${first.headers.etag}`, '*']) {
      const { status, headers, body } = await raw('/assets/main-a1.js', {
        'accept-encoding': 'br',
        'if-none-match': tag as string,
      });
      expect({ tag, status, etag: headers.etag, length: body.length }).toEqual({
        tag,
        status: 304,
        etag: first.headers.etag,
        length: 0,
      });
    }
    const other = await raw('/assets/main-a1.js', { 'accept-encoding': 'gzip', 'if-none-match': first.headers.etag as string });
    expect(other.status).toBe(200);
  });

  it('has files by their exact names alone', async () => {
    for (const name of [
      '../secret.txt',
      '..%2fsecret.txt',
      '..%5csecret.txt',
      '%2e%2e/secret.txt',
      '..%252fsecret.txt',
      '.%2fmain-a1.js',
      'main-a1.js%00.css',
      'MAIN-A1.JS',
      'main-a1.js.map',
      'inner',
      'inner/deep-d4.js',
      'inner%2fdeep-d4.js',
      '__proto__',
      'constructor',
      '',
    ]) {
      // `fetch` would resolve the dots itself.
      const { status, body } = await raw(`/assets/${name}`);
      expect({ name, status, told: body.includes('not to be served') }).toEqual({ name, status: 404, told: false });
    }
    const missing = await get('/assets/main-z9.js');
    expect(missing.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(missing.headers.get('cache-control')).toBe('no-store');
    for (const path of ['/manifest.json', '/index.html', '/nothing', '/runs/7/nothing', '/api/nothing'])
      expect((await get(path)).status).toBe(404);
  });

  it('answers HEAD as GET, without a body', async () => {
    for (const path of ['', '/', '/runs/7', '/runs/7/', '/assets/main-a1.js']) {
      const [got, head] = [await raw(path), await raw(path, {}, 'HEAD')];
      expect([path, head.status, head.body.length]).toEqual([path, 200, 0]);
      for (const name of ['content-type', 'content-length', 'content-security-policy', 'cache-control'])
        expect([path, name, head.headers[name]]).toEqual([path, name, got.headers[name]]);
    }
  });

  it('is behind the guards, page for page and file for file', async () => {
    for (const path of [...PAGES.map((page) => `/${addressOf(page)}`), '/assets/main-a1.js', '/assets/nothing']) {
      const response = await admin.fetch(`/api/v1/second${path}`);
      const text = await response.text();
      expect({ path, status: response.status }).toEqual({ path, status: 401 });
      for (const told of ['Fixture', 'workflows workflows', '<base']) expect(text).not.toContain(told);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('is not for whom access forbids everything', async () => {
    for (const path of [...PAGES.map((page) => `/${addressOf(page)}`), '/assets/main-a1.js']) {
      const response = await admin.fetch(`/api/v1/closed${path}`, { headers: CREDENTIALS });
      expect({ path, status: response.status }).toEqual({ path, status: 403 });
      expect(await response.text()).not.toContain('Fixture');
    }
  });

  it('answers whom it does not let in with a note on pages, and with problem details elsewhere', async () => {
    const page = await admin.fetch('/api/v1/second/runs/7', { headers: { 'x-request-id': '<b>7' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([401, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'none';");
    const html = await page.text();
    expect(html).toContain('<h1>Unauthorized</h1>\n<p>Sign in to the application, then load this page again.</p>\n<p>Request ');
    expect(unescaped(html)).toContain('Request <b>7');
    expect(html).not.toMatch(/<script|<style|style=|<b>/);
    for (const path of ['/assets/main-a1.js', '/api/me'])
      expect((await admin.fetch(`/api/v1/second${path}`)).headers.get('content-type')).toBe(
        'application/problem+json; charset=utf-8',
      );
  });

  it('leads to where one signs in', async () => {
    for (const path of ['', '/', '/runs/7']) {
      const response = await get(path, { authorization: '' });
      expect([response.status, response.headers.get('location')]).toEqual([302, '/in?a="<']);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
    expect((await get('/api/me', { authorization: '' })).status).toBe(401);
    expect((await get('/assets/main-a1.js', { authorization: '' })).status).toBe(401);
  });

  it('has no pages where none are wanted', async () => {
    for (const path of ['', '/', '/runs', '/assets/main-a1.js'])
      expect((await admin.fetch(`/api/v1/bare${path}`, { headers: CREDENTIALS })).status).toBe(404);
    expect((await admin.fetch('/api/v1/bare/api/me', { headers: CREDENTIALS })).status).toBe(200);
  });

  it('says what to do where it was not built, after the guards', async () => {
    for (const path of ['', '/', '/runs/7']) {
      const response = await admin.fetch(`/api/v1/unbuilt${path}`, { headers: CREDENTIALS });
      expect(response.status).toBe(503);
      expect(await response.text()).toMatch(/npm run build.*assetsDir/);
      expect((await admin.fetch(`/api/v1/unbuilt${path}`)).status).toBe(401);
    }
    expect((await admin.fetch('/api/v1/unbuilt/api/me', { headers: CREDENTIALS })).status).toBe(200);
  });

  /** As it goes over the wire. */
  function raw(path: string, headers: Record<string, string> = {}, method = 'GET') {
    return new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }>(
      (resolve, reject) => {
        const { hostname, port } = new URL(admin.origin);
        const options = { hostname, port, path: `/api/v1/area/ops${path}`, method, headers: { ...CREDENTIALS, ...headers } };
        const sent = httpRequest(options, (answer) => {
          const pieces: Buffer[] = [];
          answer.on('data', (piece: Buffer) => pieces.push(piece));
          answer.on('end', () =>
            resolve({ status: answer.statusCode as number, headers: answer.headers, body: Buffer.concat(pieces) }),
          );
        });
        sent.on('error', reject);
        sent.end();
      },
    );
  }
});

describe.each(['express', 'fastify'] as const)('a guard of the console on %s', (adapter) => {
  const mounted = (guard: CanActivate) => ({
    adapter,
    imports: [WorkflowsAdminModule.forRoot({ path: 'ops', guards: [guard], console: { assetsDir: fixture.folder } })],
  });

  it('may ask for a password, or answer by itself', () =>
    withApp(
      mounted({
        canActivate: (context) => {
          const [request, response] = [context.switchToHttp().getRequest(), context.switchToHttp().getResponse()];
          if (request.url.endsWith('/runs')) response.redirect('/elsewhere');
          else response.header('www-authenticate', 'Basic realm="ops"');
          throw new UnauthorizedException('Who are <you>?');
        },
      }),
      async (admin) => {
        const asked = await admin.fetch('/ops/queues');
        expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="ops"']);
        expect(await asked.text()).toContain('<p>Who are &#60;you&#62;?</p>');
        const led = await admin.fetch('/ops/runs');
        expect([led.status, led.headers.get('location')]).toEqual([302, '/elsewhere']);
      },
    ));

  it('that says no, or fails, gives a note that tells nothing of the inside', () =>
    withApp(
      mounted({
        canActivate: (context) => {
          if (context.switchToHttp().getRequest().url.endsWith('/runs')) throw new Error('password of the database');
          return false;
        },
      }),
      async (admin) => {
        const refused = await admin.fetch('/ops/queues/');
        expect([refused.status, refused.headers.get('content-type')]).toEqual([403, 'text/html; charset=utf-8']);
        const failed = await admin.fetch('/ops/runs');
        expect(failed.status).toBe(500);
        expect(await failed.text()).not.toContain('password');
      },
    ));
});

describe('the built console', () => {
  it('is looked for beside the library, in the package and where its sources run', () => {
    expect(usualFolders('/app/node_modules/nestjs-workflows/dist/lib/admin/console')[0]).toBe(
      '/app/node_modules/nestjs-workflows/dist/console',
    );
    expect(usualFolders('/checkout/lib/admin/console')).toContain('/checkout/dist/console');
  });

  it('is what has a manifest, a page and files', async () => {
    const { folder } = fixture;
    expect(await readConsole([`${folder}/nowhere`, `${folder}/index.html`, `${folder}/assets`])).toBeUndefined();
    const found = await readConsole([`${folder}/nowhere`, folder]);
    expect([...(found?.assets.keys() ?? [])].sort()).toEqual(['main-a1.js', 'picture-c3.png', 'style-b2.css']);
  });

  it('is missed at boot, with what to do; where no pages are wanted it is not', async () => {
    const warnings: string[] = [];
    const logger = { log: () => {}, error: () => {}, warn: (message: string) => void warnings.push(message) };
    const nowhere = `${fixture.folder}/nowhere`;
    const imports = [
      WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard], console: { assetsDir: nowhere } }),
      WorkflowsAdminModule.forRoot({ path: 'bare', guards: [BearerGuard], console: false }),
    ];
    await withApp({ imports, configure: (app) => app.useLogger(logger) }, async () => {
      const ours = warnings.filter((message) => message.includes('console'));
      expect(ours).toEqual([
        expect.stringMatching(/^There is no built console in .*nowhere: .*\/ops answer 503.*npm run build.*assetsDir/),
      ]);
    });
  });
});

describe('the console on a router', () => {
  const imports = () => [
    WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard], console: { assetsDir: fixture.folder } }),
  ];
  it.each<[what: string, options: AdminAppOptions]>([
    [
      'of Fastify that ignores slashes at the end',
      { adapter: 'fastify', fastify: { routerOptions: { ignoreTrailingSlash: true } } },
    ],
    ['of Fastify that is told so in the old way', { adapter: 'fastify', fastify: { ignoreTrailingSlash: true } }],
    [
      'of Express that does not',
      { adapter: 'express', configure: (app) => void app.getHttpAdapter().getInstance().set('strict routing', true) },
    ],
  ])('%s is told where it is, too', (_what, options) =>
    withApp({ imports: imports(), ...options }, async (admin) => {
      const bases: Record<string, string> = {};
      for (const path of ['/', '/runs', '/runs/', '/runs/7/', '/runs/7/steps/']) {
        const response = await admin.fetch(`/ops${path}`, { headers: CREDENTIALS });
        bases[path] = baseIn(await response.text());
      }
      expect(bases).toEqual({ '/': './', '/runs': './', '/runs/': '../', '/runs/7/': '../../', '/runs/7/steps/': '../../../' });
      expect(await (await admin.fetch('/ops', { headers: CREDENTIALS })).text()).toContain('location.replace');
    }),
  );
});
