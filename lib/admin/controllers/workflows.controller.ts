// Workflows: what is registered in the process that answers, and starting one by name, with or without a template. Bound and guarded by
// mountControllers; thin, everything is delegated.
import { Inject } from '@nestjs/common';
import { WorkflowService } from '../../client/workflow.service.js';
import { assertName } from '../../kernel/ids.js';
import { integer, json, list, object, required } from '../requests/fields.js';
import { START_OPTIONS } from '../requests/start-options.body.js';
import type { AdminCall, NoShape } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const START = { args: list(json(), 1_000), ...START_OPTIONS };
const INPUTS = {
  template: required(json({ type: ['string', 'null'], description: 'Its name; null: without one.' })),
  version: integer(1, 2_147_483_647, 'Of the template. Default: the highest active one.'),
  overrides: object('Over the defaults of the template; without one, the whole input.'),
};
const TEMPLATE_START = { ...INPUTS, ...START_OPTIONS };

export class WorkflowsController {
  constructor(@Inject(WorkflowService) private readonly workflows: WorkflowService) {}

  @Route({ method: 'GET', action: 'read', summary: 'The workflows that are registered in the process that answers, by name.' })
  list(): unknown {
    return { workflows: this.workflows.listWorkflows() };
  }

  @Route({
    method: 'GET',
    path: ':name',
    action: 'read',
    summary: 'One workflow, with the JSON Schema of its input if it has one.',
  })
  find(call: AdminCall): unknown {
    return this.workflows.findWorkflow(nameOf(call));
  }

  @Route({
    method: 'POST',
    path: ':name/runs',
    action: 'start',
    status: 201,
    summary:
      'Starts a run; answers once it is durable. The first argument is checked by the input schema. With `id`, idempotent.',
    body: START,
  })
  async start(call: AdminCall<NoShape, typeof START>): Promise<unknown> {
    const name = nameOf(call);
    const { args = [], reason: _reason, ...options } = call.body;
    await this.workflows.checkInput(name, args[0]);
    const { runId } = await this.workflows.start(name, args, { ...options, ...call.operator });
    return { runId };
  }

  @Route({
    method: 'POST',
    path: ':name/template-runs',
    action: 'start',
    status: 201,
    summary: 'Starts a run with the inputs of a template, and keeps with it where they came from. With `id`, idempotent.',
    body: TEMPLATE_START,
  })
  async startWithTemplate(call: AdminCall<NoShape, typeof TEMPLATE_START>): Promise<unknown> {
    const { template, overrides = {}, reason: _reason, ...options } = call.body;
    const { runId } = await this.workflows.startWithTemplate(nameOf(call), template as string | null, overrides, {
      ...options,
      ...call.operator,
    });
    return { runId };
  }

  @Route({
    method: 'POST',
    path: ':name/inputs',
    action: 'start',
    summary: 'What a start with a template would give to the workflow, checked. Starts nothing, changes nothing.',
    body: INPUTS,
  })
  async resolveInputs(call: AdminCall<NoShape, typeof INPUTS>): Promise<unknown> {
    const { template, overrides = {}, version } = call.body;
    return this.workflows.resolveInputs(nameOf(call), template as string | null, overrides, version);
  }
}

/** @throws InvalidIdError */
function nameOf(call: Pick<AdminCall, 'param'>): string {
  const name = call.param('name');
  assertName(name, 'workflow name');
  return name;
}
