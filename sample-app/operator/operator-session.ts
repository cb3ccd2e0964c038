// An operator's session: a cookie with the name and a seal on it, so nothing has to be stored. It ends with the browser, or when the application
// makes a new token. Made by sign-in.controller.ts, read by operator-guard.ts.
import { isSameText, sealOf } from './operator-token.js';

const COOKIE = 'operator';

/**
 * The whole header `Set-Cookie`. No script reads it, and no page of another site sends it. Served over https it has to be `Secure`, too. A cookie is of
 * a host, not of a port: other servers on this machine may get it, so the token is not in it.
 */
export function sessionCookie(name: string): string {
  const text = Buffer.from(name).toString('base64url');
  return `${COOKIE}=${text}.${sealOf(text)}; Path=/; HttpOnly; SameSite=Strict`;
}

/** The name in the session of a request, from its header `Cookie`; undefined without one that this application made. */
export function operatorOf(cookies = ''): string | undefined {
  for (const cookie of cookies.split(';')) {
    const [key, value = ''] = cookie.trim().split('=', 2);
    const [text = '', seal = ''] = value.split('.', 2);
    if (key === COOKIE && isSameText(seal, sealOf(text))) return Buffer.from(text, 'base64url').toString();
  }
  return undefined;
}
