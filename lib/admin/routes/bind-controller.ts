// Binds a controller to a place: a subclass of its own, with one Nest handler per declared route, which reads the request, calls the controller and
// sends what it gave. The guard and an exception filter are put on here, so that no controller can be without them; a method that declares no route
// is not reachable. Used by mountControllers and mountConsole.
import {
  Body,
  Controller,
  type ExceptionFilter,
  Inject,
  Param,
  Query,
  Req,
  RequestMapping,
  RequestMethod,
  Res,
  type Type,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { AdminGuard } from '../access/admin-guard.js';
import type { EventStream } from '../replies/event-stream.js';
import type { WebAnswer } from '../replies/web-answer.js';
import { AdminCall } from './admin-call.js';
import { type AdminRoute, isOfConsole, routeOf, setRoute } from './admin-route.js';

/** What the handlers of a mount need of it; injected into every mounted controller. */
export interface Answerer {
  reply(call: AdminCall, response: unknown, answer: unknown, status: number): void;
  stream(call: AdminCall, response: unknown): EventStream;
  /** A page or a file. */
  show(response: unknown, answer: WebAnswer): void;
}

/** Injection token of the Answerer. */
export const ANSWERER = Symbol('nestjs-workflows:admin-answerer');

export interface BindOptions {
  /** Whole, without slashes at its ends. */
  path: string;
  /** Of the host. */
  decorators: readonly ClassDecorator[];
  /** Says no in the manner of these routes. */
  filter: Type<ExceptionFilter>;
  /** Told of every handler. */
  describe?(handler: { name: string }, route: AdminRoute): void;
}

/** The routes that a controller declares, by the name of the method. */
export function routesOf(controller: Type<object>): Array<readonly [name: string, route: AdminRoute]> {
  return Object.getOwnPropertyNames(controller.prototype).flatMap((name) => {
    const route = routeOf(Reflect.get(controller.prototype, name));
    return route === undefined ? [] : [[name, route] as const];
  });
}

const ANSWERER_KEY = 'workflowsAnswerer';

type Mounted = Record<string, unknown> & { [ANSWERER_KEY]: Answerer };
type Handler = (this: unknown, call: AdminCall, open: () => EventStream) => unknown;

export function bindController(controller: Type<object>, { path, decorators, filter, describe }: BindOptions): Type {
  class Mounted extends controller {}
  // For Nest's log and for stack traces.
  Object.defineProperty(Mounted, 'name', { value: controller.name });
  for (const [name, route] of routesOf(controller)) {
    const handler = addHandler(Mounted.prototype, name, route);
    describe?.(handler, route);
  }
  Inject(ANSWERER)(Mounted.prototype, ANSWERER_KEY);
  for (const decorate of decorators) decorate(Mounted);
  // Behind those of the host: none of them takes the place of ours.
  UseGuards(AdminGuard)(Mounted);
  UseFilters(filter)(Mounted);
  Controller({ path, version: VERSION_NEUTRAL })(Mounted);
  return Mounted;
}

function addHandler(prototype: object, name: string, route: AdminRoute): { name: string } {
  const original = Reflect.get(prototype, name) as Handler;
  const value = async function (
    this: Mounted,
    request: object,
    response: unknown,
    params: Record<string, string>,
    query: unknown,
    body: unknown,
  ): Promise<void> {
    // What stands behind the address of a page is for the page to read.
    const call = new AdminCall(route, request, params, isOfConsole(route) ? {} : query, body);
    const answerer = this[ANSWERER_KEY];
    const answer = await original.call(this, call, () => answerer.stream(call, response));
    if (isOfConsole(route)) answerer.show(response, answer as WebAnswer);
    else if (route.answer !== 'events') answerer.reply(call, response, answer, route.status ?? 200);
  };
  Object.defineProperty(value, 'name', { value: name });
  setRoute(value, route);
  const descriptor: PropertyDescriptor = { value, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(prototype, name, descriptor);
  for (const [index, parameter] of [Req(), Res(), Param(), Query(), Body()].entries()) parameter(prototype, name, index);
  RequestMapping({ path: route.path || '/', method: RequestMethod[route.method] })(prototype, name, descriptor);
  return value;
}
