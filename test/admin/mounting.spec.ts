// How a host mounts the admin routes: what a factory gives, which mounts go beside each other, what its own decorators say to its own guards, and how large a body may be.
import { request } from 'node:http';
import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Module,
  SetMetadata,
  UnauthorizedException,
} from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import type { AdminAccess } from '../../lib/admin/access/admin-access.js';
import { WorkflowsAdminModule } from '../../lib/index.js';
import { type AdminApp, type AdminAppOptions, BearerGuard, CREDENTIALS, JSON_TYPE, startAdminApp } from './admin-app.js';

async function withApp(options: AdminAppOptions, work: (admin: AdminApp) => Promise<void>): Promise<void> {
  const admin = await startAdminApp(options);
  try {
    await work(admin);
  } finally {
    await admin.close();
  }
}

@Injectable()
class Roles {
  readonly of: Record<string, AdminAccess> = { ann: 'all', bob: 'read_only' };
}

@Module({ providers: [Roles], exports: [Roles] })
class RolesModule {}

const thrown = (make: () => unknown): unknown => {
  try {
    make();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('WorkflowsAdminModule.forRootAsync', () => {
  it('takes access from a factory, built with what the imported modules export', () => {
    const imports = [
      WorkflowsAdminModule.forRootAsync({
        path: 'ops',
        guards: [BearerGuard],
        imports: [RolesModule],
        inject: [Roles],
        useFactory: async (roles: Roles) => ({
          access: (request: { user: { name: string } }) => roles.of[request.user.name] ?? 'forbidden',
        }),
      }),
    ];
    return withApp({ imports }, async (admin) => {
      const startedBy = (name: string) =>
        admin.post('/ops/api/workflows/orders.wait/runs', {}, { authorization: `Bearer ${name}` });
      expect(await startedBy('ann')).toMatchObject({ status: 201 });
      expect(await startedBy('bob')).toMatchObject({ status: 403, body: { code: 'ACTION_FORBIDDEN' } });
      expect(await startedBy('eve')).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    });
  });

  it('does not boot with neither guards nor access, nor with options that are none', async () => {
    const mounted = (given: object) => ({
      imports: [WorkflowsAdminModule.forRootAsync({ path: 'ops', useFactory: () => given })],
    });
    await expect(startAdminApp(mounted({}))).rejects.toMatchObject({ code: 'ADMIN_GUARDS_REQUIRED' });
    await expect(startAdminApp(mounted({ acess: () => 'all' }))).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
    await expect(startAdminApp(mounted({ access: 'all' }))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('refuses at once what it has to know before that', () => {
    const define = (options: unknown) => thrown(() => WorkflowsAdminModule.forRootAsync(options as never));
    expect(define({ path: 'ops' })).toMatchObject({ code: 'INVALID_OPTION' });
    expect(define({ path: '', useFactory: () => ({}) })).toMatchObject({ code: 'INVALID_OPTION' });
    expect(define({ path: 'ops', useFactory: () => ({}), inject: 'Roles' })).toMatchObject({ code: 'INVALID_OPTION' });
    expect(define({ path: 'ops', useFactory: () => ({}), access: () => 'all' })).toMatchObject({ code: 'UNKNOWN_OPTION' });
    expect(define({ path: 'ops', useFactory: () => ({}), console: 'yes' })).toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('the options of a mount', () => {
  it.each([
    ['access', 'all'],
    ['decorators', [SetMetadata('a', 1), 'Public']],
    ['decorators', SetMetadata('a', 1)],
    ['maxBodyBytes', 0],
    ['maxBodyBytes', 1.5],
    ['maxBodyBytes', '1mb'],
    ['imports', {}],
  ])('refuse %s: %p', (option, value) => {
    const options = { path: 'ops', guards: [BearerGuard], [option]: value };
    expect(thrown(() => WorkflowsAdminModule.forRoot(options as never))).toMatchObject({ code: 'INVALID_OPTION' });
  });

  it.each<[what: string, console: unknown]>([
    ['a word', 'yes'],
    ['nothing', null],
    ['no folder', { assetsDir: '' }],
    ['a page to sign in that depends on where one is', { signInUrl: 'sign-in' }],
    ['one of another host that looks like a path', { signInUrl: '//evil.example' }],
    ['one that browsers read so', { signInUrl: '/\\evil.example' }],
    ['a script to sign in', { signInUrl: 'javascript:alert(1)' }],
    ['more than one header', { signInUrl: '/in\r\nset-cookie: a=b' }],
    ['a parameter that is none', { signInUrl: '/in', returnParameter: '' }],
    ['a parameter that ends', { signInUrl: '/in', returnParameter: 'to&admin' }],
    ['a parameter that is no text', { signInUrl: '/in', returnParameter: ['to'] }],
    ['a parameter of nothing', { returnParameter: 'to' }],
    ['frames that are no list', { frameAncestors: 'https://portal.example' }],
    ['frames that end the directive', { frameAncestors: ['https://portal.example; script-src *'] }],
    ['two frames in one', { frameAncestors: ['https://portal.example https://other.example'] }],
    ['frames that end the policy', { frameAncestors: ['https://portal.example,*'] }],
    ['frames everywhere', { frameAncestors: ['*'] }],
    ['frames of another keyword', { frameAncestors: [`'unsafe-inline'`] }],
    ['frames that are no texts', { frameAncestors: [{}] }],
  ])('refuse a console with %s', (_what, console) => {
    const options = { path: 'ops', guards: [BearerGuard], console: console as never };
    expect(thrown(() => WorkflowsAdminModule.forRoot(options))).toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('of the console are a closed set, and taken as they are meant', () => {
    const define = (console: unknown) =>
      thrown(() => WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard], console: console as never }));
    expect(define({ assetDir: 'dist/console' })).toMatchObject({ code: 'UNKNOWN_OPTION' });
    for (const given of [
      true,
      false,
      {},
      { signInUrl: '/sign-in?to=/ops/' },
      { signInUrl: 'https://login.example/in' },
      { signInUrl: '/in', returnParameter: 'return-to_1' },
      { frameAncestors: [`'self'`, 'https://portal.example', 'https://*.example:8443', 'http://localhost:*'] },
    ])
      expect(define(given)).toBeUndefined();
  });

  it('need guards or access, one of them', () => {
    expect(thrown(() => WorkflowsAdminModule.forRoot({ path: 'ops', access: () => 'read_only' }))).toBeUndefined();
    expect(thrown(() => WorkflowsAdminModule.forRoot({ path: 'ops', access: () => 'all', insecure: true }))).toMatchObject({
      code: 'INVALID_OPTION',
    });
  });
});

describe('two mounts', () => {
  it.each(['ops/runs', 'OPS/Admin', 'ops/queues/line-1', 'ops/assets', 'ops/api', 'ops/api/v2'])(
    'are refused with one at %s, where the console at ops has pages, files or routes of its own, in either order',
    async (path) => {
      for (const paths of [
        ['ops', path],
        [path, 'ops'],
      ]) {
        const imports = paths.map((at) => WorkflowsAdminModule.forRoot({ path: at, guards: [BearerGuard] }));
        await expect(startAdminApp({ imports })).rejects.toMatchObject({
          code: 'ADMIN_PATH_TAKEN',
          message: expect.stringMatching(new RegExp(`"${path}".*"ops"`)),
          details: { path: 'ops', inner: path },
        });
      }
    },
  );

  it('are refused with one among the routes of the other, which has no console', async () => {
    const imports = ['ops', 'ops/api'].map((path) =>
      WorkflowsAdminModule.forRoot({ path, guards: [BearerGuard], console: false }),
    );
    await expect(startAdminApp({ imports })).rejects.toMatchObject({ code: 'ADMIN_PATH_TAKEN' });
  });

  it.each(['express', 'fastify'] as const)('are taken below each other where they share no address, on %s', async (adapter) => {
    const imports = [
      WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard] }),
      WorkflowsAdminModule.forRoot({ path: 'ops/line-1', guards: [BearerGuard] }),
      WorkflowsAdminModule.forRoot({ path: 'ops-admin', guards: [BearerGuard] }),
      WorkflowsAdminModule.forRoot({ path: 'bare', guards: [BearerGuard], console: false }),
      WorkflowsAdminModule.forRoot({ path: 'bare/runs', guards: [BearerGuard] }),
    ];
    await withApp({ adapter, imports }, async (admin) => {
      for (const path of ['ops', 'ops/line-1', 'ops-admin', 'bare', 'bare/runs'])
        expect((await admin.fetch(`/${path}/api/me`, { headers: CREDENTIALS })).status).toBe(200);
    });
  });
});

const Public = () => SetMetadata('isPublic', true);

@Injectable()
class TokenGuard implements CanActivate {
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}
  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride('isPublic', [context.getHandler(), context.getClass()])) return true;
    throw new UnauthorizedException();
  }
}

describe('decorators of the host', () => {
  const providers = [{ provide: APP_GUARD, useClass: TokenGuard }];
  it.each([
    ['without them the global guard keeps everybody out', undefined, 401],
    ['with them it lets the guards of the mount decide', [Public()], 200],
  ])('are on every controller: %s', (_what, decorators, status) =>
    withApp(
      { providers, imports: [WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard], decorators })] },
      async (admin) => {
        expect((await admin.fetch('/ops/api/workflows', { headers: CREDENTIALS })).status).toBe(status);
        expect((await admin.fetch('/ops/api/workflows')).status).toBe(401);
      },
    ),
  );
});

describe.each(['express', 'fastify'] as const)('the size of a body on %s', (adapter) => {
  it('is limited, whether it is told or not', () =>
    withApp(
      { adapter, imports: [WorkflowsAdminModule.forRoot({ path: 'ops', guards: [BearerGuard], maxBodyBytes: 100 })] },
      async (admin) => {
        const path = '/ops/api/workflows/orders.wait/runs';
        const large = { args: ['x'.repeat(100)] };
        expect(await admin.post(path, { args: ['x'] })).toMatchObject({ status: 201 });
        expect(await admin.post(path, large)).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE' } });
        const inPieces = await new Promise<number | undefined>((resolve, reject) => {
          const headers = { ...CREDENTIALS, ...JSON_TYPE };
          const sent = request(`${admin.origin}${path}`, { method: 'POST', headers }, (response) => {
            response.resume();
            resolve(response.statusCode);
          });
          sent.on('error', reject);
          // Without a length: that makes it chunked.
          sent.write('{"args":["');
          sent.end(`${'x'.repeat(100)}"]}`);
        });
        expect(inPieces).toBe(413);
      },
    ));
});
