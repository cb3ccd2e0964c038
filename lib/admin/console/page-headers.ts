// What browsers are told of every page and file of the console: what it may load and do (nothing of others, no inline code), who may show it in a
// frame, and to keep pages out of caches. Set on the answer last, so that what the application sets on all its answers does not weaken it.
import type { ResolvedConsole } from './console-options.js';

/** @param script what may run beside the files of this site: the hash of an inline script; `'none'`: nothing at all */
export function securityHeaders(
  { frameAncestors }: Pick<ResolvedConsole, 'frameAncestors'>,
  script = "'self'",
): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `script-src ${script}`,
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors.length === 0 ? "'none'" : frameAncestors.join(' ')}`,
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}

export const PAGE_HEADERS = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' } as const;
