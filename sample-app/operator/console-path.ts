// Where things are for operators. Paths begin at the root of the application.

/** The `path` of WorkflowsAdminModule. */
export const CONSOLE_MOUNT = 'workflows';
export const CONSOLE_PATH = `/${CONSOLE_MOUNT}/`;
export const SIGN_IN_PATH = '/operator/sign-in';

/** The link that main.ts prints: it signs in, and leads to the console. */
export function signInLink(url: string, token: string): string {
  return `${url}${SIGN_IN_PATH}?token=${encodeURIComponent(token)}`;
}

/** Where somebody is led after signing in: a path of this application, whatever was asked for. */
export function ownPath(wanted: unknown): string {
  const base = 'http://own.invalid';
  if (typeof wanted !== 'string' || !wanted.startsWith('/') || !URL.canParse(wanted, base)) return CONSOLE_PATH;
  const { origin, pathname, search } = new URL(wanted, base);
  // Two slashes at the beginning would be another host once more: `/.//host` is the path `//host`.
  return origin === base && !pathname.startsWith('//') ? pathname + search : CONSOLE_PATH;
}
