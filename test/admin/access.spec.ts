// Who gets in: every route is behind the guards, writes come from this site and as JSON, and no guards means no boot.
import {
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  Inject,
  Injectable,
  Module,
  RequestMethod,
  Scope,
} from '@nestjs/common';
import { ModulesContainer, REQUEST } from '@nestjs/core';
import { of, throwError } from 'rxjs';
import { WorkflowsAdminModule, type WorkflowsAdminOptions } from '../../lib/index.js';
import { type AdminApp, BearerGuard, CREDENTIALS, JSON_TYPE, startAdminApp } from './admin-app.js';

interface Route {
  method: string;
  path: string;
}

const START = '/ops/api/workflows/orders.wait/runs';
const LATER = JSON.stringify({ delay: '1h' });

async function withApp(work: (admin: AdminApp) => Promise<void>, options?: Parameters<typeof startAdminApp>[0]): Promise<void> {
  const admin = await startAdminApp(options);
  try {
    await work(admin);
  } finally {
    await admin.close();
  }
}

const mounted = (options: Partial<WorkflowsAdminOptions>): { imports: DynamicModule[] } => ({
  imports: [WorkflowsAdminModule.forRoot({ path: 'ops', ...options })],
});

/** What Express itself would answer, whatever the controllers say of themselves. */
function routesOf({ app }: AdminApp): Route[] {
  const { stack } = app.getHttpAdapter().getInstance().router as {
    stack: Array<{ route?: { path: string; methods: Record<string, boolean> } }>;
  };
  return stack.flatMap(({ route }) =>
    route === undefined ? [] : Object.keys(route.methods).map((method) => ({ method: method.toUpperCase(), path: route.path })),
  );
}

/** Without the console, which stands in console-serving.spec.ts. */
const apiRoutesOf = (admin: AdminApp): Route[] => routesOf(admin).filter(({ path }) => path.startsWith('/ops/api/'));

const request = (admin: AdminApp, { method, path }: Route, headers: Record<string, string> = {}) =>
  admin.fetch(path.replace(/:\w+/g, 'orders.wait'), {
    method,
    headers,
    body: method === 'GET' ? undefined : LATER,
  });

const countRuns = async (admin: AdminApp): Promise<number> =>
  (await admin.schema.pool.query('select 1 from workflow_status')).rows.length;

describe('every admin route', () => {
  it('answers 401 without credentials, and does nothing', () =>
    withApp(async (admin) => {
      const routes = routesOf(admin);
      expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual(
        expect.arrayContaining(['GET /ops/api/runs', 'GET /ops/api/feed', 'POST /ops/api/runs/:id/cancel']),
      );
      for (const route of routes) {
        const response = await request(admin, route, JSON_TYPE);
        expect({ ...route, status: response.status }).toEqual({ ...route, status: 401 });
        const text = await response.text();
        if (!route.path.startsWith('/ops/api/')) continue;
        expect(JSON.parse(text)).toMatchObject({ code: 'UNAUTHORIZED', detail: 'Unauthorized', status: 401 });
      }
      expect(await countRuns(admin)).toBe(0);
    }));

  it('is known to Express exactly as its controllers declare it', () =>
    withApp(async (admin) => {
      const modules = [...admin.app.get(ModulesContainer).values()].filter(({ metatype }) => metatype === WorkflowsAdminModule);
      const declared = modules
        .flatMap(({ controllers }) => [...controllers.keys()] as Array<new () => object>)
        .flatMap((controller) => {
          const base = controller.prototype as Record<string, object>;
          return Object.getOwnPropertyNames(base)
            .filter((name) => Reflect.hasMetadata('method', base[name] as object))
            .map((name) => {
              const method = RequestMethod[Reflect.getMetadata('method', base[name] as object)];
              return `${method} /${Reflect.getMetadata('path', controller)}/${Reflect.getMetadata('path', base[name] as object)}`;
            });
        });
      expect(declared.map((route) => route.replace(/\/+$/, '')).sort()).toEqual(
        routesOf(admin)
          .map(({ method, path }) => `${method} ${path}`)
          .sort(),
      );
    }));

  it('answers 403 when a guard says no, and to others what it is there for', () =>
    withApp(
      async (admin) => {
        for (const route of apiRoutesOf(admin)) {
          const refused = await request(admin, route, { ...CREDENTIALS, ...JSON_TYPE });
          expect({ ...route, status: refused.status }).toEqual({ ...route, status: 403 });
          const let_in = await request(admin, route, { ...CREDENTIALS, ...JSON_TYPE, 'x-operator': '1' });
          expect([200, 201, 400, 404]).toContain(let_in.status);
        }
      },
      mounted({
        guards: [
          BearerGuard,
          { canActivate: (context) => context.switchToHttp().getRequest().headers['x-operator'] === '1' } as CanActivate,
        ],
      }),
    ));

  it('is never cached, sniffed or shared with other sites, refused or not', () =>
    withApp(async (admin) => {
      for (const headers of [{}, CREDENTIALS])
        for (const route of apiRoutesOf(admin)) {
          const response = await request(admin, route, { ...headers, ...JSON_TYPE });
          expect(response.headers.get('cache-control')).toBe('no-store');
          expect(response.headers.get('x-content-type-options')).toBe('nosniff');
          expect(response.headers.get('content-type')).toMatch(/^application\/(problem\+)?json/);
          expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
          await response.text();
        }
    }));
});

describe('a write', () => {
  const foreign: Array<[what: string, headers: Record<string, string>]> = [
    ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a page of a sibling domain', { 'sec-fetch-site': 'same-site' }],
    ['a browser without Sec-Fetch-Site on another origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['another port of this host', { origin: 'http://127.0.0.1:1' }],
  ];
  it.each(foreign)('from %s is refused', (_what, headers) =>
    withApp(async (admin) => {
      const answer = await admin.post(START, LATER, headers);
      expect(answer).toMatchObject({ status: 403, body: { code: 'CROSS_SITE_REQUEST', status: 403 } });
      expect(await countRuns(admin)).toBe(0);
    }),
  );

  it('from a page of this site is accepted', () =>
    withApp(async (admin) => {
      const origin = new URL(await admin.app.getUrl()).origin.replace('[::1]', '127.0.0.1');
      for (const headers of [{ origin }, { 'sec-fetch-site': 'same-origin', origin: 'https://behind.proxy' }, {}])
        expect((await admin.post(START, LATER, headers as Record<string, string>)).status).toBe(201);
    }));

  const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp'];
  it.each(types)('as %s is refused', (type) =>
    withApp(async (admin) => {
      for (const path of [START, '/ops/api/runs/x/cancel']) {
        const answer = await admin.post(path, '', { 'content-type': type });
        expect(answer).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
      }
      expect(await countRuns(admin)).toBe(0);
    }),
  );

  it('without the header of our own is refused', () =>
    withApp(async (admin) => {
      const headers = { ...CREDENTIALS, 'content-type': 'application/json' };
      const response = await admin.fetch(START, { method: 'POST', headers, body: LATER });
      expect([response.status, await response.json()]).toMatchObject([403, { code: 'CSRF_HEADER_MISSING' }]);
      expect(await countRuns(admin)).toBe(0);
    }));

  it('without a content type is refused, with a charset it is not', () =>
    withApp(async (admin) => {
      expect((await admin.fetch(START, { method: 'POST', headers: { ...CREDENTIALS, 'x-workflows-request': '1' } })).status).toBe(
        415,
      );
      expect((await admin.post(START, LATER, { 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(201);
    }));

  it.each([
    ['name', { name: 'Ann', id: 7 }, 'Ann'],
    ['username', { name: ' ', username: 'ann' }, 'ann'],
    ['email', { email: 'ann@example.com' }, 'ann@example.com'],
    ['numeric id', { id: 7 }, '7'],
    ['sub', { sub: 'auth|1' }, 'auth|1'],
    ['text', 'ann', 'ann'],
    ['control characters', { name: 'a\u0000nn\nx' }, 'a nn x'],
    ['nothing usable', { roles: [] }, 'admin'],
    ['no user', undefined, 'admin'],
  ])('is signed by the user of the request: %s', (_what, user, actor) =>
    withApp(
      async (admin) => {
        const run = await admin.workflows.start('orders.wait', [], { delay: '1h' });
        expect((await admin.post(`/ops/api/runs/${run.runId}/cancel`)).status).toBe(200);
        const { rows } = await admin.schema.pool.query('select actor from audit_log');
        expect(rows).toEqual([{ actor }]);
      },
      mounted({
        guards: [
          {
            canActivate: (context: ExecutionContext) => {
              context.switchToHttp().getRequest().user = user;
              return true;
            },
          },
        ],
      }),
    ),
  );
});

@Injectable()
class Keys {
  readonly valid = ['k1'];
}

@Module({ providers: [Keys], exports: [Keys] })
class KeysModule {}

@Injectable()
class KeyGuard implements CanActivate {
  constructor(@Inject(Keys) private readonly keys: Keys) {}
  async canActivate(context: ExecutionContext): Promise<boolean> {
    return this.keys.valid.includes(context.switchToHttp().getRequest().headers['x-key']);
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequestGuard implements CanActivate {
  constructor(@Inject(REQUEST) private readonly request: { headers: Record<string, string> }) {}
  canActivate(): boolean {
    return this.request.headers['x-key'] === 'k1';
  }
}

describe('a guard', () => {
  const PATH = '/ops/api/workflows';
  const statuses = async (admin: AdminApp) => [
    (await admin.fetch(PATH)).status,
    (await admin.fetch(PATH, { headers: { 'x-key': 'k1' } })).status,
    (await admin.fetch(PATH, { headers: { 'x-key': 'k2' } })).status,
  ];

  it('is built with what the imported modules export', () =>
    withApp(
      async (admin) => expect(await statuses(admin)).toEqual([403, 200, 403]),
      mounted({ guards: [KeyGuard], imports: [KeysModule] }),
    ));

  it('may be request-scoped', () =>
    withApp(async (admin) => expect(await statuses(admin)).toEqual([403, 200, 403]), mounted({ guards: [PerRequestGuard] })));

  it.each([
    ['resolves to false', async () => false, 403],
    ['emits true and then false', () => of(true, false), 403],
    ['emits nothing', () => of(), 403],
    ['returns nothing', () => undefined as never, 403],
    ['emits true', () => of(true), 200],
    ['resolves to true', async () => true, 200],
  ])('that %s decides', (_what, canActivate: CanActivate['canActivate'], status) =>
    withApp(async (admin) => expect((await admin.fetch(PATH)).status).toBe(status), mounted({ guards: [{ canActivate }] })),
  );

  it.each([
    [
      'throws',
      () => {
        throw new Error('secret of the guard');
      },
      500,
      'INTERNAL_ERROR',
    ],
    ['emits an error', () => throwError(() => new Error('secret of the guard')), 500, 'INTERNAL_ERROR'],
    [
      'can not reach its database',
      () => {
        throw Object.assign(new Error('secret 10.0.0.5'), { code: 'ECONNREFUSED' });
      },
      503,
      'DATABASE_UNAVAILABLE',
    ],
  ])('that %s lets nobody in and tells nothing', (_what, canActivate: CanActivate['canActivate'], status, code) =>
    withApp(
      async (admin) => {
        const response = await admin.fetch(PATH);
        const text = await response.text();
        expect(JSON.parse(text)).toMatchObject({ code, detail: expect.any(String), status });
        expect(response.status).toBe(status);
        expect(text).not.toContain('secret');
      },
      mounted({ guards: [{ canActivate }] }),
    ),
  );

  it('may answer by itself', () =>
    withApp(
      async (admin) => {
        const response = await admin.fetch(PATH);
        expect([response.status, response.headers.get('location')]).toEqual([302, '/login']);
      },
      mounted({
        guards: [
          {
            canActivate: (context) => {
              context.switchToHttp().getResponse().redirect('/login');
              return false;
            },
          },
        ],
      }),
    ));

  it('that turns out to be none stops the boot', async () => {
    class NoGuard {}
    await expect(startAdminApp(mounted({ guards: [NoGuard as never] }))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('WorkflowsAdminModule.forRoot', () => {
  const environment = process.env.NODE_ENV;
  afterEach(() => {
    process.env.NODE_ENV = environment;
  });
  const thrown = (options: unknown): unknown => {
    try {
      WorkflowsAdminModule.forRoot(options as WorkflowsAdminOptions);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('refuses to mount without guards, and says what to do', () => {
    for (const guards of [undefined, []])
      expect(thrown({ path: 'ops', guards })).toMatchObject({
        code: 'ADMIN_GUARDS_REQUIRED',
        message: expect.stringContaining('forRoot({ path, guards: [OperatorGuard] })'),
      });
  });

  it('opens the routes with insecure: true, still not to other sites', () =>
    withApp(
      async (admin) => {
        expect((await admin.fetch('/ops/api/workflows')).status).toBe(200);
        const response = await admin.fetch(START, { method: 'POST', headers: { ...JSON_TYPE, origin: 'https://evil.example' } });
        expect(response.status).toBe(403);
      },
      mounted({ insecure: true }),
    ));

  it.each(['production', 'Production ', 'PRODUCTION'])('refuses insecure: true when NODE_ENV is "%s"', (value) => {
    process.env.NODE_ENV = value;
    expect(thrown({ path: 'ops', insecure: true })).toMatchObject({ code: 'ADMIN_INSECURE_IN_PRODUCTION' });
    expect(thrown({ path: 'ops', guards: [BearerGuard] })).toBeUndefined();
  });

  it('refuses insecure: true beside guards', () =>
    expect(thrown({ path: 'ops', insecure: true, guards: [BearerGuard] })).toMatchObject({ code: 'INVALID_OPTION' }));

  it.each([
    undefined,
    '',
    '/',
    '//',
    'a//b',
    '..',
    'a/../b',
    './a',
    ':id',
    'a*',
    'a b',
    'ä',
    'a?b',
    'a#b',
    '{a}',
    7,
    'x'.repeat(201),
  ])('refuses the path %p', (path) => expect(thrown({ path, guards: [BearerGuard] })).toMatchObject({ code: 'INVALID_OPTION' }));

  it.each([[null], ['BearerGuard'], [{}], [() => true], [undefined]])('refuses %p as guard', (guard) =>
    expect(thrown({ path: 'ops', guards: [guard] })).toMatchObject({ code: 'INVALID_OPTION' }),
  );

  it('refuses insecure and guards of another type', () => {
    expect(thrown({ path: 'ops', insecure: 'yes' })).toMatchObject({ code: 'INVALID_OPTION' });
    expect(thrown({ path: 'ops', guards: BearerGuard })).toMatchObject({ code: 'INVALID_OPTION' });
    expect(thrown(undefined)).toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('names the option that was meant', () =>
    expect(thrown({ path: 'ops', gaurds: [BearerGuard] })).toMatchObject({
      code: 'UNKNOWN_OPTION',
      message: expect.stringContaining('Did you mean "guards"?'),
    }));

  it('refuses two mounts at one path', async () => {
    const imports = ['ops', '/OPS'].map((path) => WorkflowsAdminModule.forRoot({ path, guards: [BearerGuard] }));
    await expect(startAdminApp({ imports })).rejects.toMatchObject({ code: 'ADMIN_PATH_TAKEN' });
  });
});
