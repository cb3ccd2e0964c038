// Maintenance of the cluster: how far it is drained, in, out, and the swap to a new generation. Bound and guarded by mountControllers; thin,
// everything is delegated.
import { Inject } from '@nestjs/common';
import { WorkflowService } from '../../client/workflow.service.js';
import { MAINTENANCE_MODES, type MaintenanceMode } from '../../model/maintenance.js';
import { list, REASON, reason, required, text, time } from '../requests/fields.js';
import type { AdminCall, NoShape } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const MOST_QUEUES = 1_000;
const ENTER = {
  mode: required(text(`One of ${MAINTENANCE_MODES.join(', ')}. \`cancel\` ends what is not over.`, 64)),
  queues: list(text('Default: all queues, also those that are made meanwhile.'), MOST_QUEUES),
  until: time('When it ends by itself. Default: when somebody exits it.'),
  reason: reason(),
};
const EXIT = {
  queues: list(text('Default: the maintenance of all queues; that of single ones has to be named.'), MOST_QUEUES),
  reason: reason(),
};

export class MaintenanceController {
  constructor(@Inject(WorkflowService) private readonly workflows: WorkflowService) {}

  @Route({
    method: 'GET',
    action: 'read',
    summary: 'What is in maintenance, and what each process still has, as of its last report.',
  })
  async status(): Promise<unknown> {
    return this.workflows.getMaintenanceStatus();
  }

  @Route({
    method: 'POST',
    path: 'enter',
    action: 'maintenance',
    summary:
      'Nothing begins any more, in no process. Again: changes mode, reason and end. Answers with how many runs were cancelled.',
    body: ENTER,
  })
  async enter(call: AdminCall<NoShape, typeof ENTER>): Promise<unknown> {
    const { mode, queues, until } = call.body;
    return this.workflows.enterMaintenance({
      mode: mode as MaintenanceMode,
      ...(queues !== undefined && { queues }),
      ...(until !== undefined && { until }),
      ...call.operator,
    });
  }

  @Route({
    method: 'POST',
    path: 'exit',
    action: 'maintenance',
    summary: 'Ends the maintenance of all queues, or of those that are named. `ended: false` if there was none.',
    body: EXIT,
  })
  async exit(call: AdminCall<NoShape, typeof EXIT>): Promise<unknown> {
    const { queues } = call.body;
    return { ended: await this.workflows.exitMaintenance({ ...(queues !== undefined && { queues }), ...call.operator }) };
  }

  @Route({
    method: 'POST',
    path: 'swap',
    action: 'maintenance',
    summary: 'Begins a new generation of executors, when all queues are in maintenance and nothing is under way. Not idempotent.',
    body: REASON,
  })
  async swap(call: AdminCall<NoShape, typeof REASON>): Promise<unknown> {
    return this.workflows.swapIfDrained(call.operator);
  }
}
