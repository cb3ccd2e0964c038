// The list of admin resources, and how each mount gets controllers of its own for them, bound to its path and told to OpenAPI.
import type { Type } from '@nestjs/common';
import type { ResolvedMount } from '../admin-options.js';
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
import { bindController } from './bind-controller.js';
import { describeResource, describeRoute } from './open-api.js';

/** Of the routes, below the mount. */
export const API_SEGMENT = 'api';

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

export function mountControllers({ path, decorators }: Pick<ResolvedMount, 'path' | 'decorators'>): Type[] {
  return RESOURCES.map(([resource, controller]) => {
    const place = { mount: path, resource, controller: controller.name };
    const bound = bindController(controller, {
      path: `${path}/${API_SEGMENT}/${resource}`,
      decorators,
      filter: AdminExceptionFilter,
      describe: (handler, route) => describeRoute(handler, route, place),
    });
    describeResource(bound, place);
    return bound;
  });
}
