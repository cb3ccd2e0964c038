// The list of admin resources. Each mount gets subclasses of its own, bound to its path, with one Nest handler per declared route, which reads the
// request, calls the controller and sends what it gave. The guard and the exception filter are put on here, so that a controller added to
// the list can't be without them; a method that declares no route is not reachable.
import {
  Body,
  Controller,
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
import { AuditController } from '../controllers/audit.controller.js';
import { BulkJobsController } from '../controllers/bulk-jobs.controller.js';
import { DeadLettersController } from '../controllers/dead-letters.controller.js';
import { DiagnosticsController } from '../controllers/diagnostics.controller.js';
import { EnumsController } from '../controllers/enums.controller.js';
import { ExecutorsController } from '../controllers/executors.controller.js';
import { FeedController } from '../controllers/feed.controller.js';
import { MaintenanceController } from '../controllers/maintenance.controller.js';
import { MeController } from '../controllers/me.controller.js';
import { QueuesController } from '../controllers/queues.controller.js';
import { RetentionController } from '../controllers/retention.controller.js';
import { RunHistoryController } from '../controllers/run-history.controller.js';
import { RunOrdersController } from '../controllers/run-orders.controller.js';
import { RunStreamsController } from '../controllers/run-streams.controller.js';
import { RunsController } from '../controllers/runs.controller.js';
import { TemplatesController } from '../controllers/templates.controller.js';
import { WorkflowsController } from '../controllers/workflows.controller.js';
import { AdminExceptionFilter } from '../replies/admin-exception.filter.js';
import type { EventStream } from '../replies/event-stream.js';
import { AdminCall } from './admin-call.js';
import { type AdminRoute, routeOf, setRoute } from './admin-route.js';
import { describeResource, describeRoute, type RoutePlace } from './open-api.js';

/** By the path below `<mount>/api`. */
export const RESOURCES: ReadonlyArray<readonly [resource: string, controller: Type<object>]> = [
  ['me', MeController],
  ['runs', RunsController],
  ['runs', RunHistoryController],
  ['runs', RunStreamsController],
  ['runs', RunOrdersController],
  ['audit', AuditController],
  ['feed', FeedController],
  ['workflows', WorkflowsController],
  ['queues', QueuesController],
  ['templates', TemplatesController],
  ['enums', EnumsController],
  ['maintenance', MaintenanceController],
  ['retention', RetentionController],
  ['executors', ExecutorsController],
  ['diagnostics', DiagnosticsController],
  ['dead-letters', DeadLettersController],
  ['bulk-jobs', BulkJobsController],
];

/** What the handlers of a mount need of it; injected into every mounted controller. */
export interface Answerer {
  reply(call: AdminCall, response: unknown, answer: unknown, status: number): void;
  stream(call: AdminCall, response: unknown): EventStream;
}

/** Injection token of the Answerer. */
export const ANSWERER = Symbol('nestjs-workflows:admin-answerer');

/** @param path without slashes at its ends */
export function mountControllers(path: string, decorators: readonly ClassDecorator[]): Type[] {
  return RESOURCES.map(([resource, controller]) => mount(controller, { mount: path, resource }, decorators));
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

function mount(controller: Type<object>, place: Omit<RoutePlace, 'controller'>, decorators: readonly ClassDecorator[]): Type {
  class Mounted extends controller {}
  // For Nest's log and for stack traces.
  Object.defineProperty(Mounted, 'name', { value: controller.name });
  for (const [name, route] of routesOf(controller))
    addHandler(Mounted.prototype, name, route, { ...place, controller: controller.name });
  Inject(ANSWERER)(Mounted.prototype, ANSWERER_KEY);
  for (const decorate of decorators) decorate(Mounted);
  // Behind those of the host: none of them takes the place of ours.
  UseGuards(AdminGuard)(Mounted);
  UseFilters(AdminExceptionFilter)(Mounted);
  Controller({ path: `${place.mount}/api/${place.resource}`, version: VERSION_NEUTRAL })(Mounted);
  describeResource(Mounted, place);
  return Mounted;
}

function addHandler(prototype: object, name: string, route: AdminRoute, place: RoutePlace): void {
  const original = Reflect.get(prototype, name) as Handler;
  const value = async function (
    this: Mounted,
    request: object,
    response: unknown,
    params: Record<string, string>,
    query: unknown,
    body: unknown,
  ): Promise<void> {
    const call = new AdminCall(route, request, params, query, body);
    const answerer = this[ANSWERER_KEY];
    const answer = await original.call(this, call, () => answerer.stream(call, response));
    if (route.answer !== 'events') answerer.reply(call, response, answer, route.status ?? 200);
  };
  Object.defineProperty(value, 'name', { value: name });
  setRoute(value, route);
  const descriptor: PropertyDescriptor = { value, writable: true, configurable: true, enumerable: false };
  Object.defineProperty(prototype, name, descriptor);
  for (const [index, parameter] of [Req(), Res(), Param(), Query(), Body()].entries()) parameter(prototype, name, index);
  RequestMapping({ path: route.path ?? '/', method: RequestMethod[route.method] })(prototype, name, descriptor);
  describeRoute(value, route, place);
}
