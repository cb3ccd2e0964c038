// By which request something was done: the id that a proxy or client sent along, or a new one. It comes back with the answer, and stands in command
// and audit rows.
import { assertId, uuidv4 } from '../../kernel/ids.js';

export const REQUEST_ID_HEADER = 'x-request-id';

const ids = new WeakMap<object, string>();

/** The same at every call for one request. @param request the HTTP adapter's own */
export function requestIdOf(request: object): string {
  let id = ids.get(request);
  if (id === undefined) {
    id = usable((request as { headers?: Record<string, unknown> }).headers?.[REQUEST_ID_HEADER]) ?? uuidv4();
    ids.set(request, id);
  }
  return id;
}

/** One that can't be stored or logged is as good as none. */
function usable(given: unknown): string | undefined {
  try {
    assertId(given, REQUEST_ID_HEADER);
    return /^[\x20-\x7e]+$/.test(given) ? given : undefined;
  } catch {
    return undefined;
  }
}
