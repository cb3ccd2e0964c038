// The options of WorkflowsAdminModule. Where it is mounted and behind which guards is known when the module is defined; who may do what, and
// limits, may come from a factory at boot. A mount that nobody guards must not boot.
import type { CanActivate, FactoryProvider, ModuleMetadata, Type } from '@nestjs/common';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import type { AccessResolver } from './access/admin-access.js';
import { AdminGuardsRequiredError, InsecureAdminError, InvalidAdminOptionError } from './admin.errors.js';
import { type ConsoleOptions, type ResolvedConsole, resolveConsole } from './console/console-options.js';

/** Where and behind what: the same for forRoot and forRootAsync. */
export interface AdminMountOptions {
  /**
   * Where the routes are mounted, below the application's global prefix: `'workflows'` gives `/workflows/api/runs`. One or more segments
   * of letters, digits, `-`, `_`, `.` and `~`.
   */
  path: string;
  /**
   * Who may use them: guards as for `@UseGuards`, classes (built by Nest with their dependencies) or instances. All of them have to
   * agree, in this order, on every route. Global guards of the application come before them. In tests, replace a class with
   * `overrideProvider`, not `overrideGuard`.
   */
  guards?: ReadonlyArray<Type<CanActivate> | CanActivate>;
  /** Put on every controller of the mount: what your global guards and interceptors look for, such as `Public()` or `SkipThrottle()`. */
  decorators?: readonly ClassDecorator[];
  /** Modules that export what the guard classes inject, unless they are global. Also a WorkflowsModule that is not global. */
  imports?: ModuleMetadata['imports'];
  /** The pages for operators at `<path>/`, behind the same guards. False: the routes of the API only. Default true. */
  console?: boolean | ConsoleOptions;
}

/** What may be decided at boot. */
export interface AdminAccessOptions {
  /** What a request may do, asked once per request after the guards. Default: whoever the guards let in may do everything. */
  access?: AccessResolver;
  /** Neither guards nor access: everybody who reaches the application may do everything. Refused when NODE_ENV is `production`. Default false. */
  insecure?: boolean;
  /** Largest body of a write, in bytes, beside the limit of the application's own body parser. Default 1 MiB. */
  maxBodyBytes?: number;
}

export interface WorkflowsAdminOptions extends AdminMountOptions, AdminAccessOptions {}

export interface WorkflowsAdminAsyncOptions extends AdminMountOptions {
  useFactory(...args: never[]): AdminAccessOptions | Promise<AdminAccessOptions>;
  inject?: FactoryProvider['inject'];
}

export interface ResolvedMount {
  /** Without slashes at its ends. */
  readonly path: string;
  readonly guards: ReadonlyArray<Type<CanActivate> | CanActivate>;
  readonly decorators: readonly ClassDecorator[];
  readonly imports: NonNullable<ModuleMetadata['imports']>;
  /** Undefined: no pages. */
  readonly console: ResolvedConsole | undefined;
}

export interface ResolvedAdminOptions extends ResolvedMount {
  readonly access: AccessResolver | undefined;
  readonly insecure: boolean;
  readonly maxBodyBytes: number;
}

const MOUNT_KEYS = ['path', 'guards', 'decorators', 'imports', 'console'];
const ACCESS_KEYS = ['access', 'insecure', 'maxBodyBytes'];
const SEGMENT = /^[A-Za-z0-9._~-]+$/;
const LONGEST_PATH = 200;
const DEFAULT_MAX_BODY = 1_048_576;
const LARGEST_MAX_BODY = 268_435_456;

/** @throws UnknownOptionError, InvalidAdminOptionError, AdminGuardsRequiredError, InsecureAdminError */
export function resolveAdminOptions(options: WorkflowsAdminOptions): ResolvedAdminOptions {
  refuseUnknownKeys(options, [...MOUNT_KEYS, ...ACCESS_KEYS], [], 'WorkflowsAdminModule option');
  const { access, insecure, maxBodyBytes, ...mount } = options;
  return resolveAccess(resolveMount(mount), { access, insecure, maxBodyBytes });
}

/** @throws UnknownOptionError, InvalidAdminOptionError */
export function resolveAsyncMount(options: WorkflowsAdminAsyncOptions): ResolvedMount {
  refuseUnknownKeys(options, [...MOUNT_KEYS, 'useFactory', 'inject'], [], 'WorkflowsAdminModule.forRootAsync option');
  const { useFactory, inject, ...mount } = options;
  if (typeof useFactory !== 'function') throw new InvalidAdminOptionError('useFactory', 'a function', useFactory);
  if (inject !== undefined && !Array.isArray(inject)) throw new InvalidAdminOptionError('inject', 'a list of tokens', inject);
  return resolveMount(mount);
}

/** @throws UnknownOptionError, InvalidAdminOptionError, AdminGuardsRequiredError, InsecureAdminError */
export function resolveAccess(mount: ResolvedMount, given: AdminAccessOptions): ResolvedAdminOptions {
  refuseUnknownKeys(given, ACCESS_KEYS, [], 'WorkflowsAdminModule option');
  const { access, insecure = false, maxBodyBytes = DEFAULT_MAX_BODY } = given;
  if (typeof insecure !== 'boolean') throw new InvalidAdminOptionError('insecure', 'true or false', insecure);
  if (access !== undefined && typeof access !== 'function')
    throw new InvalidAdminOptionError(
      'access',
      "a function that gives 'all', 'read_only', 'forbidden' or { actions, payloads }",
      access,
    );
  if (!Number.isInteger(maxBodyBytes) || maxBodyBytes < 1 || maxBodyBytes > LARGEST_MAX_BODY)
    throw new InvalidAdminOptionError('maxBodyBytes', `a whole number from 1 to ${LARGEST_MAX_BODY}`, maxBodyBytes);
  const isGuarded = mount.guards.length > 0 || access !== undefined;
  if (insecure && isProduction()) throw new InsecureAdminError(mount.path);
  if (insecure && isGuarded)
    throw new InvalidAdminOptionError(
      'insecure',
      'left out when guards or access are given (they would be in force all the same)',
      true,
    );
  if (!insecure && !isGuarded) throw new AdminGuardsRequiredError(mount.path);
  return Object.freeze({ ...mount, access, insecure, maxBodyBytes });
}

export function isGuard(value: unknown): value is CanActivate {
  return typeof value === 'object' && value !== null && typeof (value as Partial<CanActivate>).canActivate === 'function';
}

/** An arrow function is no guard: Nest could not construct it. */
export function isClass(value: unknown): value is Type<CanActivate> {
  return typeof value === 'function' && typeof value.prototype === 'object';
}

function resolveMount(options: AdminMountOptions): ResolvedMount {
  const { guards = [], imports = [], decorators = [] } = options;
  const path = checkPath(options.path);
  if (!Array.isArray(imports)) throw new InvalidAdminOptionError('imports', 'a list of modules', imports);
  if (!Array.isArray(guards)) throw new InvalidAdminOptionError('guards', 'a list of guards', guards);
  for (const guard of guards)
    if (!isClass(guard) && !isGuard(guard))
      throw new InvalidAdminOptionError('guards', 'a list of guard classes or of instances with canActivate()', guard);
  if (!Array.isArray(decorators) || decorators.some((decorator) => typeof decorator !== 'function'))
    throw new InvalidAdminOptionError('decorators', 'a list of class decorators, called: [Public()]', decorators);
  return { path, guards: [...guards], decorators: [...decorators], imports, console: resolveConsole(options.console) };
}

/** The characters that routers give a meaning (`:`, `*`, `{`, …) are not among those allowed. */
function checkPath(given: unknown): string {
  const expected = `one or more segments of letters, digits, "-", "_", "." and "~", such as 'workflows' or 'ops/workflows'`;
  if (typeof given !== 'string' || given.length > LONGEST_PATH) throw new InvalidAdminOptionError('path', expected, given);
  const path = given.replace(/^\//, '').replace(/\/$/, '');
  for (const segment of path.split('/'))
    if (!SEGMENT.test(segment) || segment === '.' || segment === '..') throw new InvalidAdminOptionError('path', expected, given);
  return path;
}

function isProduction(): boolean {
  return process.env.NODE_ENV?.trim().toLowerCase() === 'production';
}
