/**
 * An application with the built console, as a browser finds it: on either adapter, below any prefix, or behind a proxy that rewrites its
 * path. Operators are whom the cookie names, so a browser gets in (console-page.ts gives it one).
 *
 *   const app = await startConsoleApp({ providers: [BatchWorkflows], workflowsOptions: { … } });
 *   await app.post(`${app.api}/workflows/demo.batch/runs`, { args: ['BATCH-001'] });   // as ann, from no browser
 *   await app.close();
 */
import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import type { AdminAccess } from '../../lib/admin/access/admin-access.js';
import { WorkflowsAdminModule } from '../../lib/index.js';
import { type AdminApp, type AdminAppOptions, startAdminApp } from '../admin/admin-app.js';
import { builtConsole } from './built-console.js';
import { type RewritingProxy, startRewritingProxy } from './rewriting-proxy.js';

/** The cookie that has the operator's name as its value. */
export const OPERATOR_COOKIE = 'operator';

/** Lets in whom the cookie names, or the bearer token of admin-app.ts. */
@Injectable()
export class CookieGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const { cookie = '', authorization = '' } = request.headers;
    const name = /(?:^|; )operator=(\w+)/.exec(cookie)?.[1] ?? /^Bearer (\w+)$/.exec(authorization)?.[1];
    if (name === undefined) throw new UnauthorizedException();
    request.user = { name };
    return true;
  }
}

export interface ConsoleAppOptions extends AdminAppOptions {
  /** The application's global prefix, such as `'api/v1'`. Default none. */
  prefix?: string;
  /** Default `'ops'`. */
  mount?: string;
  /** Where a proxy shows the mount, such as `'/tools/wf'`; without it there is no proxy. */
  behind?: string;
  /** What operators may do, by name. Who is not named may do everything. */
  access?: Record<string, AdminAccess>;
}

export interface ConsoleApp extends AdminApp {
  /** The console as a browser finds it, with a slash at the end: `http://127.0.0.1:<port>/ops/`. */
  url: string;
  /** Path of the API in the application itself, for `get` and `post`: `/ops/api`. */
  api: string;
}

export async function startConsoleApp({
  prefix = '',
  mount = 'ops',
  behind,
  access = {},
  ...options
}: ConsoleAppOptions = {}): Promise<ConsoleApp> {
  const assetsDir = await builtConsole();
  const admin = await startAdminApp({
    ...options,
    imports: [
      ...(options.imports ?? []),
      WorkflowsAdminModule.forRoot({
        path: mount,
        guards: [CookieGuard],
        access: ({ user }: { user: { name: string } }) => access[user.name] ?? 'all',
        console: { assetsDir },
      }),
    ],
    configure: (app) => {
      if (prefix !== '') app.setGlobalPrefix(prefix);
      options.configure?.(app);
    },
  });
  const path = prefix === '' ? `/${mount}` : `/${prefix}/${mount}`;
  let proxy: RewritingProxy | undefined;
  try {
    if (behind !== undefined) proxy = await startRewritingProxy(admin.origin, behind, path);
  } catch (error) {
    await admin.close();
    throw error;
  }
  return {
    ...admin,
    url: proxy ? `${proxy.origin}${behind}/` : `${admin.origin}${path}/`,
    api: `${path}/api`,
    close: async () => {
      await proxy?.close();
      await admin.close();
    },
  };
}
