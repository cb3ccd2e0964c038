// How long runs are kept: looked at, changed, tried, applied. Bound and guarded by mountControllers; thin, everything is delegated.
import { Inject } from '@nestjs/common';
import type { RetentionLimits, RetentionUpdate } from '../../client/retention-options.js';
import { WorkflowService } from '../../client/workflow.service.js';
import { type Field, json, reason } from '../requests/fields.js';
import type { AdminCall, NoShape } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const AGE = { type: ['string', 'number', 'null'], description: 'A duration such as "30d", or ms. Null: never.' };
const LIMITS: Record<keyof RetentionLimits, Field<unknown>> = {
  after: json({ ...AGE, description: `A run is deleted so long after its end. ${AGE.description}` }),
  maxRows: json({ type: ['integer', 'null'], minimum: 0, description: 'More runs are not kept: those that ended first go.' }),
  globalTimeout: json({
    ...AGE,
    description: `A run that is not over so long after its creation is cancelled. ${AGE.description}`,
  }),
  perWorkflow: json({
    type: 'object',
    additionalProperties: {
      type: ['object', 'null'],
      properties: { after: AGE, globalTimeout: AGE },
      additionalProperties: false,
    },
    description: 'By workflow name: what it has of its own.',
  }),
};
const UPDATE = {
  ...LIMITS,
  interval: json({ type: ['string', 'number'], description: 'Between two sweeps. A duration such as "5m", or ms.' }),
  reason: reason(),
};
const APPLY = { ...LIMITS, reason: reason() };

export class RetentionController {
  constructor(@Inject(WorkflowService) private readonly workflows: WorkflowService) {}

  @Route({ method: 'GET', action: 'read', summary: 'The settings in force, and when the last sweep began.' })
  async find(): Promise<unknown> {
    return this.workflows.retention.get();
  }

  @Route({
    method: 'PATCH',
    action: 'retention',
    summary: 'Changes the settings that are given, for all processes. Answers with those in force.',
    body: UPDATE,
  })
  async update(call: AdminCall<NoShape, typeof UPDATE>): Promise<unknown> {
    const { reason: _reason, ...settings } = call.body;
    await this.workflows.retention.update(settings as RetentionUpdate, call.operator);
    return this.workflows.retention.get();
  }

  @Route({
    method: 'POST',
    path: 'preview',
    action: 'retention',
    summary: 'How many runs would be deleted and ended now, by these limits in place of those in force. Changes nothing.',
    body: LIMITS,
  })
  async preview(call: AdminCall<NoShape, typeof LIMITS>): Promise<unknown> {
    return this.workflows.retention.apply({ ...(call.body as RetentionLimits), dryRun: true });
  }

  @Route({
    method: 'POST',
    path: 'apply',
    action: 'retention',
    summary: 'Deletes and ends now what a sweep would, by these limits in place of those in force. Answers when that is done.',
    body: APPLY,
  })
  async apply(call: AdminCall<NoShape, typeof APPLY>): Promise<unknown> {
    const { reason: _reason, ...limits } = call.body;
    return this.workflows.retention.apply({ ...(limits as RetentionLimits), ...call.operator });
  }
}
