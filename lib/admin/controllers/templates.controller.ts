// Templates of start arguments: saved, found, made obsolete, copied, carried to other databases, deleted. They are configuration, shown to
// everybody who may read. Bound and guarded by mountControllers; thin, everything is delegated.
import { Inject } from '@nestjs/common';
import { WorkflowService } from '../../client/workflow.service.js';
import type { TemplateStatus } from '../../model/template.js';
import type { TemplateInput } from '../../operations/templates/template-input.js';
import type { TemplateDocument } from '../../operations/templates/template-transfer.js';
import { flag, json, reason, required, text } from '../requests/fields.js';
import { LIST_PAGE, OF_VERSION, pathVersion, STATUS, VERSION } from '../requests/version-fields.js';
import type { AdminCall, NoShape } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const OBJECT = { type: 'object', additionalProperties: true };
const LIST = { workflow: text('Exact name of the workflow.'), ...LIST_PAGE };
const SAVE = {
  workflow: required(text('Need not be registered in the process that answers.')),
  name: required(text()),
  schema: required(json({ ...OBJECT, description: 'JSON Schema of an object whose properties are the parameters.' })),
  defaults: json({ ...OBJECT, description: 'By parameter.' }),
  ui: json({
    type: ['object', 'null'],
    additionalProperties: true,
    description: 'Hints for who draws the form; kept, not read.',
  }),
  description: json({ type: ['string', 'null'] }),
  reason: reason(),
};
const FIND = { version: VERSION, expand: flag('With the values of enums in place of references. Default false.') };
const COPY = {
  toWorkflow: required(text()),
  newName: text('Default: the same.'),
  version: VERSION,
  reason: reason(),
};
const IMPORT = { document: required(json({ ...OBJECT, description: 'What the export gave.' })), reason: reason() };
const EXPORT = { version: VERSION };

export class TemplatesController {
  constructor(@Inject(WorkflowService) private readonly workflows: WorkflowService) {}

  @Route({
    method: 'GET',
    action: 'read',
    summary: 'Versions of templates, by workflow, name and version, without schemas.',
    query: LIST,
  })
  async list(call: AdminCall<typeof LIST>): Promise<unknown> {
    const { status, ...filter } = call.query;
    return this.workflows.templates.list({ ...filter, ...(status !== undefined && { status: status as TemplateStatus }) });
  }

  @Route({
    method: 'POST',
    action: 'templates',
    status: 201,
    summary: 'Saves the next version of a template, active. Not idempotent.',
    body: SAVE,
  })
  async save(call: AdminCall<NoShape, typeof SAVE>): Promise<unknown> {
    const { workflow, reason: _reason, ...template } = call.body;
    return this.workflows.templates.save(workflow, template as TemplateInput, call.operator);
  }

  @Route({
    method: 'POST',
    path: 'import',
    action: 'templates',
    status: 201,
    summary: 'Saves an exported template as a new version, with the enums that it refers to. Not idempotent.',
    body: IMPORT,
  })
  async import(call: AdminCall<NoShape, typeof IMPORT>): Promise<unknown> {
    return this.workflows.templates.import(call.body.document as TemplateDocument, call.operator);
  }

  @Route({
    method: 'GET',
    path: ':workflow/:name',
    action: 'read',
    summary: 'One version of a template: the highest active one, or the one that is named.',
    query: FIND,
  })
  async find(call: AdminCall<typeof FIND>): Promise<unknown> {
    return this.workflows.templates.find(call.param('workflow'), call.param('name'), call.query);
  }

  @Route({
    method: 'GET',
    path: ':workflow/:name/document',
    action: 'read',
    summary: 'A template as a document for the import elsewhere, with the enums that it refers to.',
    query: EXPORT,
  })
  async export(call: AdminCall<typeof EXPORT>): Promise<unknown> {
    return this.workflows.templates.export(call.param('workflow'), call.param('name'), call.query);
  }

  @Route({
    method: 'PUT',
    path: ':workflow/:name/:version/status',
    action: 'templates',
    summary: 'Makes a version obsolete, or active again. Runs that were started with it go on. Idempotent.',
    body: STATUS,
  })
  async setStatus(call: AdminCall<NoShape, typeof STATUS>): Promise<unknown> {
    const [workflow, name, version] = [call.param('workflow'), call.param('name'), pathVersion(call)];
    const status = call.body.status as TemplateStatus;
    return { changed: await this.workflows.templates.setStatus(workflow, name, version, status, call.operator) };
  }

  @Route({
    method: 'DELETE',
    path: ':workflow/:name',
    action: 'templates',
    summary: 'Deletes a version for good, or all of them. Idempotent.',
    body: OF_VERSION,
  })
  async delete(call: AdminCall<NoShape, typeof OF_VERSION>): Promise<unknown> {
    const { reason: _reason, ...which } = call.body;
    return { deleted: await this.workflows.templates.delete(call.param('workflow'), call.param('name'), which, call.operator) };
  }

  @Route({
    method: 'POST',
    path: ':workflow/:name/copy',
    action: 'templates',
    status: 201,
    summary: 'Saves it as a new version for another workflow, or under another name. Not idempotent.',
    body: COPY,
  })
  async copy(call: AdminCall<NoShape, typeof COPY>): Promise<unknown> {
    const { toWorkflow, reason: _reason, ...options } = call.body;
    return this.workflows.templates.copy(call.param('workflow'), call.param('name'), toWorkflow, options, call.operator);
  }
}
