// The list of admin resources. Each mount gets subclasses of its own, bound to its path; the guard and the exception filter are put on
// here, so that a controller added to the list can't be without them.
import { Controller, type Type, UseFilters, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import { AdminExceptionFilter } from '../admin-exception.filter.js';
import { AdminGuard } from '../admin-guard.js';
import { RunsController } from './runs.controller.js';
import { WorkflowsController } from './workflows.controller.js';

const RESOURCES: ReadonlyArray<readonly [resource: string, controller: Type]> = [
  ['runs', RunsController],
  ['workflows', WorkflowsController],
];

/** @param path without slashes at its ends */
export function mountControllers(path: string): Type[] {
  return RESOURCES.map(([resource, controller]) => mount(controller, `${path}/api/${resource}`));
}

function mount(controller: Type<object>, path: string): Type {
  class Mounted extends controller {}
  // For Nest's log and for stack traces.
  Object.defineProperty(Mounted, 'name', { value: controller.name });
  UseGuards(AdminGuard)(Mounted);
  UseFilters(AdminExceptionFilter)(Mounted);
  Controller({ path, version: VERSION_NEUTRAL })(Mounted);
  return Mounted;
}
