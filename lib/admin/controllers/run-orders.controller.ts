// What operators do to one run: commands, cancellation, messages, priority, legal hold. Each is kept with who did it, why, and by which request.
// Bound and guarded by mountControllers; thin, everything is delegated.
import { Inject } from '@nestjs/common';
import { WorkflowService } from '../../client/workflow.service.js';
import { commandView, LARGEST_SHOWN } from '../replies/run-views.js';
import { flag, integer, json, reason, required, text } from '../requests/fields.js';
import type { AdminCall, NoShape } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const CANCEL = { reason: reason(), children: flag('Its children and theirs too, but for detached ones. Default false.') };
const COMMANDS = {
  before: text('`nextBefore` of the page before. Default: from the newest.', 18),
  limit: integer(1, 500, 'Default 100.'),
};
const COMMAND = {
  command: required(text('HOLD, RESUME, STOP, RESET, or the name of one that the workflow receives.', 64)),
  reason: reason(),
  data: json({ description: 'For the workflow, kept with the command.' }),
  timeout: json({ description: 'STOP only: how long winding down may take. A duration such as "5m", or ms.' }),
  from: text('RESET only: `checkpoints` (default) or `start`.', 16),
};
const MESSAGE = {
  topic: required(text()),
  payload: json(),
  idempotencyKey: text('The run gets one message with this key, however often it is sent.'),
  reason: reason(),
};
const PRIORITY = { priority: required(integer(1 - 2 ** 31, 2 ** 31 - 1, 'Lower first.')), reason: reason() };
const LEGAL_HOLD = { on: required(flag()), reason: reason() };

export class RunOrdersController {
  constructor(@Inject(WorkflowService) private readonly workflows: WorkflowService) {}

  @Route({
    method: 'POST',
    path: ':id/cancel',
    action: 'cancel',
    summary: 'Cancels a run. `cancelled: false` if it was over already.',
    body: CANCEL,
  })
  async cancel(call: AdminCall<NoShape, typeof CANCEL>): Promise<unknown> {
    const { children } = call.body;
    const { runId } = this.workflows.getRun(call.param('id'));
    const cancelled = await this.workflows.cancel(runId, { ...call.operator, ...(children !== undefined && { children }) });
    return { runId, cancelled };
  }

  @Route({
    method: 'GET',
    path: ':id/commands',
    action: 'read',
    summary: 'What the run was sent, newest first, and what became of it.',
    query: COMMANDS,
  })
  async listCommands(call: AdminCall<typeof COMMANDS>): Promise<unknown> {
    const { commands, ...page } = await this.workflows.commands.listPage(call.param('id'), { ...call.query, ...LARGEST_SHOWN });
    return { commands: commands.map(commandView), ...page };
  }

  @Route({
    method: 'POST',
    path: ':id/commands',
    action: 'command',
    status: 202,
    summary: 'Sends a command. Answers once it is durable; `outcome: null` says that it is still to be applied.',
    body: COMMAND,
  })
  async command(call: AdminCall<NoShape, typeof COMMAND>): Promise<unknown> {
    const { command, reason: _reason, ...options } = call.body;
    return this.workflows.sendCommand(call.param('id'), command, { ...(options as object), ...call.operator });
  }

  @Route({
    method: 'POST',
    path: ':id/messages',
    action: 'send',
    status: 202,
    summary: 'Sends a message to the mailbox of the run. Answers once it is durable.',
    body: MESSAGE,
  })
  async send(call: AdminCall<NoShape, typeof MESSAGE>): Promise<unknown> {
    const { topic, payload, idempotencyKey } = call.body;
    const options = { ...call.operator, ...(idempotencyKey !== undefined && { idempotencyKey }) };
    await this.workflows.send(call.param('id'), topic, payload, options);
    return {};
  }

  @Route({
    method: 'PUT',
    path: ':id/priority',
    action: 'priority',
    summary: 'Changes the priority of a run that has not begun. `changed: false` if it has, or is over.',
    body: PRIORITY,
  })
  async setPriority(call: AdminCall<NoShape, typeof PRIORITY>): Promise<unknown> {
    return { changed: await this.workflows.setPriority(call.param('id'), call.body.priority, call.operator) };
  }

  @Route({
    method: 'PUT',
    path: ':id/legal-hold',
    action: 'legal_hold',
    summary: 'Keeps the run from being deleted by retention, or no longer does. `changed: false` if it was so already.',
    body: LEGAL_HOLD,
  })
  async setLegalHold(call: AdminCall<NoShape, typeof LEGAL_HOLD>): Promise<unknown> {
    return { changed: await this.workflows.setLegalHold(call.param('id'), call.body.on, call.operator) };
  }
}
