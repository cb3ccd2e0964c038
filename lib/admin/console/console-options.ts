// The mount option `console`: whether operators get pages, where they are built, and what the pages may be told. Checked when the module is defined.
import { resolve } from 'node:path';
import { refuseUnknownKeys } from '../../kernel/option-keys.js';
import { InvalidAdminOptionError } from '../admin.errors.js';

export interface ConsoleOptions {
  /** Folder of the built console. Default: where the package has it. For applications that are bundled into one file. */
  assetsDir?: string;
  /**
   * Where operators sign in: a path of this host that begins with `/`, or an http(s) URL. A page that answers 401 leads there, and the pages do when
   * a session is over.
   */
  signInUrl?: string;
  /**
   * Query parameter of `signInUrl` in which the path of the page goes along, for the application to lead back there: `'returnTo'`. Letters, digits, `_`
   * and `-`. What comes back in it has to be checked there as anything in an address. Default: none goes along.
   */
  returnParameter?: string;
  /** Origins whose pages may show the console in a frame, such as `'https://portal.example'` or `"'self'"`. Default none. */
  frameAncestors?: readonly string[];
}

export interface ResolvedConsole {
  readonly assetsDir: string | undefined;
  readonly signInUrl: string | undefined;
  readonly returnParameter: string | undefined;
  readonly frameAncestors: readonly string[];
}

const KEYS = ['assetsDir', 'signInUrl', 'returnParameter', 'frameAncestors'];
const PARAMETER = /^[A-Za-z0-9_-]{1,64}$/;

/** What would end the directive, or the header, does not fit. */
const ANCESTOR = /^('self'|https?:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:(\d{1,5}|\*))?)$/i;

/** Undefined: no pages. @throws UnknownOptionError, InvalidAdminOptionError */
export function resolveConsole(given: unknown = true): ResolvedConsole | undefined {
  if (given === false) return undefined;
  if (given !== true && (typeof given !== 'object' || given === null || Array.isArray(given)))
    throw new InvalidAdminOptionError(
      'console',
      'true, false or { assetsDir, signInUrl, returnParameter, frameAncestors }',
      given,
    );
  const options = given === true ? {} : given;
  refuseUnknownKeys(options, KEYS, [], 'WorkflowsAdminModule option console');
  const { assetsDir, signInUrl, returnParameter, frameAncestors = [] } = options as Record<keyof ConsoleOptions, unknown>;
  if (assetsDir !== undefined && (typeof assetsDir !== 'string' || assetsDir === ''))
    throw new InvalidAdminOptionError('console.assetsDir', 'the folder of the built console', assetsDir);
  if (signInUrl !== undefined && !isSignInUrl(signInUrl))
    throw new InvalidAdminOptionError('console.signInUrl', "a path such as '/sign-in', or an http(s) URL", signInUrl);
  if (returnParameter !== undefined && !isParameter(returnParameter))
    throw new InvalidAdminOptionError('console.returnParameter', 'up to 64 letters, digits, "_" and "-"', returnParameter);
  if (returnParameter !== undefined && signInUrl === undefined)
    throw new InvalidAdminOptionError('console.returnParameter', 'left out when there is no signInUrl', returnParameter);
  if (!Array.isArray(frameAncestors))
    throw new InvalidAdminOptionError('console.frameAncestors', 'a list of origins', frameAncestors);
  for (const ancestor of frameAncestors)
    if (typeof ancestor !== 'string' || !ANCESTOR.test(ancestor))
      throw new InvalidAdminOptionError(
        'console.frameAncestors',
        `a list of origins, such as 'https://portal.example', 'https://*.example' or "'self'"`,
        ancestor,
      );
  return Object.freeze({
    assetsDir: assetsDir === undefined ? undefined : resolve(assetsDir),
    signInUrl,
    returnParameter,
    frameAncestors: Object.freeze([...frameAncestors]),
  });
}

/** Two slashes, or a backslash, at the beginning would be another host. Only characters that a header may hold. */
function isSignInUrl(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) return false;
  if (value.startsWith('/')) return !/^\/[/\\]/.test(value);
  return /^https?:\/\//i.test(value) && URL.canParse(value);
}

function isParameter(value: unknown): value is string {
  return typeof value === 'string' && PARAMETER.test(value);
}
