// The options of WorkflowsAdminModule, checked when the module is defined: a mount that nobody guards must not boot.
import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { AdminGuardsRequiredError, InsecureAdminError, InvalidAdminOptionError } from './admin.errors.js';

export interface WorkflowsAdminOptions {
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
  /** Modules that export what the guard classes inject, unless they are global. Also a WorkflowsModule that is not global. */
  imports?: ModuleMetadata['imports'];
  /** No guards: everybody who reaches the application may do everything. Refused when NODE_ENV is `production`. Default false. */
  insecure?: boolean;
}

export interface ResolvedAdminOptions {
  /** Without slashes at its ends. */
  readonly path: string;
  readonly guards: ReadonlyArray<Type<CanActivate> | CanActivate>;
  readonly imports: NonNullable<ModuleMetadata['imports']>;
  readonly insecure: boolean;
}

const KEYS = ['path', 'guards', 'imports', 'insecure'];
const SEGMENT = /^[A-Za-z0-9._~-]+$/;
const LONGEST_PATH = 200;

/** @throws UnknownOptionError, InvalidAdminOptionError, AdminGuardsRequiredError, InsecureAdminError */
export function resolveAdminOptions(options: WorkflowsAdminOptions): ResolvedAdminOptions {
  refuseUnknownKeys(options, KEYS, [], 'WorkflowsAdminModule option');
  const { guards = [], imports = [], insecure = false } = options;
  const path = checkPath(options.path);
  if (typeof insecure !== 'boolean') throw new InvalidAdminOptionError('insecure', 'true or false', insecure);
  if (!Array.isArray(imports)) throw new InvalidAdminOptionError('imports', 'a list of modules', imports);
  if (!Array.isArray(guards)) throw new InvalidAdminOptionError('guards', 'a list of guards', guards);
  for (const guard of guards)
    if (!isClass(guard) && !isGuard(guard))
      throw new InvalidAdminOptionError('guards', 'a list of guard classes or of instances with canActivate()', guard);
  if (insecure && isProduction()) throw new InsecureAdminError(path);
  if (insecure && guards.length > 0)
    throw new InvalidAdminOptionError('insecure', 'left out when guards are given (they would be in force all the same)', true);
  if (!insecure && guards.length === 0) throw new AdminGuardsRequiredError(path);
  return Object.freeze({ path, guards: [...guards], imports, insecure });
}

export function isGuard(value: unknown): value is CanActivate {
  return typeof value === 'object' && value !== null && typeof (value as Partial<CanActivate>).canActivate === 'function';
}

/** An arrow function is no guard: Nest could not construct it. */
export function isClass(value: unknown): value is Type<CanActivate> {
  return typeof value === 'function' && typeof value.prototype === 'object';
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
