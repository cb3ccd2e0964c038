// What a handler of an admin route gets: the checked request, who it is from and what they may do, and nothing of the HTTP adapter.
import type { Access, AdminAction } from '../access/admin-access.js';
import { accessOf } from '../access/admin-guard.js';
import { AdminForbiddenError, PayloadsForbiddenError } from '../admin.errors.js';
import { actorOf } from '../requests/actor-of.js';
import { requestIdOf } from '../requests/request-id.js';
import { type Read, readBody, readQuery, type Shape } from '../requests/shape.js';
import type { AdminRoute } from './admin-route.js';

/** Of a route without a query, or without a body. */
export type NoShape = Record<never, never>;

export class AdminCall<Q extends Shape = NoShape, B extends Shape = NoShape> {
  readonly query: Read<Q>;
  readonly body: Read<B>;
  readonly access: Access;
  readonly actor: string;
  readonly requestId: string;
  readonly #params: Record<string, string>;

  /** @throws what reading the query and the body throws */
  constructor(
    readonly route: AdminRoute,
    readonly request: object,
    params: Record<string, string>,
    query: unknown,
    body: unknown,
  ) {
    this.access = accessOf(request);
    this.query = readQuery(route.query ?? {}, query) as Read<Q>;
    this.body = (route.method === 'GET' ? {} : readBody(route.body ?? {}, body)) as Read<B>;
    this.actor = actorOf(request);
    this.requestId = requestIdOf(request);
    this.#params = params;
  }

  /** Of the path, decoded. */
  param(name: string): string {
    return this.#params[name] ?? '';
  }

  /** Who does it and by which request, as all operator actions take it; the reason is the body's. */
  get operator(): { actor: string; requestId: string; reason?: string } {
    const { reason } = this.body as { reason?: string };
    return { actor: this.actor, requestId: this.requestId, ...(reason !== undefined && { reason }) };
  }

  /** For routes whose right depends on what is asked. @throws AdminForbiddenError */
  require(action: AdminAction): void {
    if (!this.access.actions.has(action)) throw new AdminForbiddenError(action);
  }

  /** @param what can't be done without seeing them @throws PayloadsForbiddenError */
  requirePayloads(what: string): void {
    if (!this.access.payloads) throw new PayloadsForbiddenError(what);
  }
}
