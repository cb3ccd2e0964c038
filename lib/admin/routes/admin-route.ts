// What every admin route says of itself: method and path, the right it needs, what its query and body may hold. Nest, the guard, the reader of
// requests and OpenAPI all go by this one statement; a method without it is no route.
import type { AdminAction } from '../access/admin-access.js';
import type { JsonSchema } from '../requests/fields.js';
import type { Shape } from '../requests/shape.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface AdminRoute {
  method: Method;
  /** Below the resource of the controller; default that itself. */
  path?: string;
  /** `'read'`: whoever gets in. Every route that changes something names an action. */
  action: AdminAction | 'read';
  /** One sentence, for OpenAPI. */
  summary: string;
  /** Default: no query. */
  query?: Shape;
  /** Default: no body, or an empty one. */
  body?: Shape;
  /** Of a good answer. Default 200. */
  status?: number;
  /** `'events'`: server-sent events; `'page'` and `'file'`: of the console. Default `'json'`. */
  answer?: 'json' | 'events' | 'page' | 'file';
  /** Of the answer, for OpenAPI. */
  schema?: JsonSchema;
}

const routes = new WeakMap<object, AdminRoute>();

/** @typeParam Call the handler's one parameter */
export function Route(route: AdminRoute): MethodDecorator {
  return (_target, _name, descriptor) => {
    routes.set(descriptor.value as object, route);
  };
}

/** It answers with what browsers show, not with data. */
export function isOfConsole({ answer }: AdminRoute): boolean {
  return answer === 'page' || answer === 'file';
}

/** Undefined: the function is no route. */
export function routeOf(handler: unknown): AdminRoute | undefined {
  return typeof handler === 'function' ? routes.get(handler) : undefined;
}

/** For the methods of a mount, which stand in for those of the controllers. */
export function setRoute(handler: object, route: AdminRoute): void {
  routes.set(handler, route);
}
