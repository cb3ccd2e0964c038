// Enums that templates refer to: saved, found, made obsolete, deleted. Configuration, shown to everybody who may read. Bound and guarded by
// mountControllers; thin, everything is delegated.
import { Inject } from '@nestjs/common';
import { WorkflowService } from '../../client/workflow.service.js';
import type { TemplateStatus } from '../../model/template.js';
import type { EnumInput } from '../../operations/templates/template-input.js';
import { json, reason, required, text } from '../requests/fields.js';
import { LIST_PAGE, OF_VERSION, pathVersion, STATUS, VERSION } from '../requests/version-fields.js';
import type { AdminCall, NoShape } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const SAVE = {
  name: required(text('Without a colon.')),
  values: required(
    json({
      type: 'array',
      items: {
        type: 'object',
        properties: {
          label: { type: 'string' },
          value: { type: ['string', 'number', 'boolean'] },
          disabled: { type: 'boolean' },
        },
        required: ['label', 'value'],
        additionalProperties: false,
      },
      description: 'What can be chosen; those that are disabled are shown, but not accepted.',
    }),
  ),
  description: json({ type: ['string', 'null'] }),
  reason: reason(),
};
const FIND = { version: VERSION };

export class EnumsController {
  constructor(@Inject(WorkflowService) private readonly workflows: WorkflowService) {}

  @Route({ method: 'GET', action: 'read', summary: 'Versions of enums, by name and version, without values.', query: LIST_PAGE })
  async list(call: AdminCall<typeof LIST_PAGE>): Promise<unknown> {
    const { status, ...filter } = call.query;
    return this.workflows.templates.listEnums({ ...filter, ...(status !== undefined && { status: status as TemplateStatus }) });
  }

  @Route({
    method: 'POST',
    action: 'templates',
    status: 201,
    summary: 'Saves the next version of an enum, active. Not idempotent.',
    body: SAVE,
  })
  async save(call: AdminCall<NoShape, typeof SAVE>): Promise<unknown> {
    const { reason: _reason, ...given } = call.body;
    return this.workflows.templates.saveEnum(given as EnumInput, call.operator);
  }

  @Route({
    method: 'GET',
    path: ':name',
    action: 'read',
    summary: 'One version of an enum: the highest active one, or the one that is named.',
    query: FIND,
  })
  async find(call: AdminCall<typeof FIND>): Promise<unknown> {
    return this.workflows.templates.findEnum(call.param('name'), call.query);
  }

  @Route({
    method: 'PUT',
    path: ':name/:version/status',
    action: 'templates',
    summary: 'Makes a version obsolete, or active again. What refers to an obsolete one can not be started. Idempotent.',
    body: STATUS,
  })
  async setStatus(call: AdminCall<NoShape, typeof STATUS>): Promise<unknown> {
    const [name, version, status] = [call.param('name'), pathVersion(call), call.body.status as TemplateStatus];
    return { changed: await this.workflows.templates.setEnumStatus(name, version, status, call.operator) };
  }

  @Route({
    method: 'DELETE',
    path: ':name',
    action: 'templates',
    summary: 'Deletes a version for good, or all of them. What refers to it can not be started any more. Idempotent.',
    body: OF_VERSION,
  })
  async delete(call: AdminCall<NoShape, typeof OF_VERSION>): Promise<unknown> {
    const { reason: _reason, ...which } = call.body;
    return { deleted: await this.workflows.templates.deleteEnum(call.param('name'), which, call.operator) };
  }
}
