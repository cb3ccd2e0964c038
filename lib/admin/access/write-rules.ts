// What a request that changes something must look like: JSON, with a header of our own, from this site itself. A form or a script of another site
// can send neither without a CORS preflight, which these routes never answer. Called by AdminGuard for every route.
import { AdminRequestError } from '../admin.errors.js';

/** Any value will do: that it is there is what no form and no simple request can bring about. */
export const CSRF_HEADER = 'x-workflows-request';

/** What the rules read of a request, whatever the HTTP adapter. */
export interface AdminRequest {
  method: string;
  headers: Record<string, string | string[] | undefined>;
  body?: unknown;
}

/** @throws AdminRequestError: CROSS_SITE_REQUEST, CSRF_HEADER_MISSING, UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, BODY_NOT_PARSED */
export function refuseUnsafeWrite(request: AdminRequest, maxBodyBytes: number): void {
  refuseForeignSite(request);
  if (header(request, CSRF_HEADER) === undefined)
    throw new AdminRequestError('CSRF_HEADER_MISSING', `Send the header ${CSRF_HEADER}: 1 with every write.`);
  const type = header(request, 'content-type');
  if (type?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json')
    throw new AdminRequestError('UNSUPPORTED_MEDIA_TYPE', 'Send a JSON body with the header content-type: application/json.');
  if (sizeOf(request) > maxBodyBytes)
    throw new AdminRequestError('BODY_TOO_LARGE', `The body is larger than ${maxBodyBytes} bytes (maxBodyBytes).`);
  // Without this an application that parses no bodies would start workflows without their arguments.
  if (request.body === undefined && hasBody(request))
    throw new AdminRequestError(
      'BODY_NOT_PARSED',
      'The request has a body, but the application did not parse it. Is the body parser switched off (bodyParser: false)?',
    );
}

/**
 * An event stream lives long, and costs a place: pages of other sites may not open any, though they could not read them. @throws
 * AdminRequestError: CROSS_SITE_REQUEST, METHOD_NOT_ALLOWED
 */
export function refuseUnsafeStream(request: AdminRequest): void {
  if (request.method !== 'GET') throw new AdminRequestError('METHOD_NOT_ALLOWED', 'An event stream can only be got by GET.');
  if (header(request, 'sec-fetch-site') === 'cross-site')
    throw new AdminRequestError('CROSS_SITE_REQUEST', 'Event streams are not opened for pages of another site.');
}

/**
 * Browsers say by Sec-Fetch-Site where a request comes from. They leave it out on plain http, and old ones always; then Origin has to
 * name the host that was asked. Clients that are no browsers send neither header and are let through.
 */
function refuseForeignSite(request: AdminRequest): void {
  const site = header(request, 'sec-fetch-site');
  const origin = header(request, 'origin');
  const fromHere =
    site === undefined ? origin === undefined || isOwnOrigin(origin, request) : site === 'same-origin' || site === 'none';
  if (!fromHere)
    throw new AdminRequestError(
      'CROSS_SITE_REQUEST',
      'Writes from pages of another site are refused. (Behind a proxy that changes the Host header, pass the original one on.)',
    );
}

function isOwnOrigin(origin: string, request: AdminRequest): boolean {
  const host = header(request, 'host') ?? header(request, ':authority');
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: from } = new URL(origin);
  // Parsed with the origin's scheme, so that a default port counts as none on both sides.
  const own = `${protocol}//${host}`;
  return from !== '' && URL.canParse(own) && new URL(own).host === from;
}

/** Of a body that came in pieces or compressed what the parser made of it. */
function sizeOf(request: AdminRequest): number {
  const told = header(request, 'content-length');
  if (told !== undefined && header(request, 'content-encoding') === undefined) return Number(told);
  return request.body === undefined ? 0 : Buffer.byteLength(JSON.stringify(request.body));
}

function hasBody(request: AdminRequest): boolean {
  return Number(header(request, 'content-length') ?? 0) > 0 || header(request, 'transfer-encoding') !== undefined;
}

function header({ headers }: AdminRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
