// Runs that were accepted in memory and that the database refused: looked at without their arguments, started after all, or thrown away. Bound
// and guarded by mountControllers; thin, everything is delegated.
import { Inject } from '@nestjs/common';
import { WorkflowService } from '../../client/workflow.service.js';
import { payload } from '../replies/payload.js';
import { integer, REASON, text } from '../requests/fields.js';
import type { AdminCall, NoShape } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const LIST = { limit: integer(1, 500, 'Default 50.'), cursor: text('`nextCursor` of the page before.') };

export class DeadLettersController {
  constructor(@Inject(WorkflowService) private readonly workflows: WorkflowService) {}

  @Route({ method: 'GET', action: 'read', summary: 'Newest first, without the arguments.', query: LIST })
  async list(call: AdminCall<typeof LIST>): Promise<unknown> {
    const { letters, ...page } = await this.workflows.deadLetters.list(call.query);
    // What the database says of a row may quote it.
    return { letters: letters.map((letter) => ({ ...letter, reason: payload(letter.reason) })), ...page };
  }

  @Route({
    method: 'POST',
    path: ':runId/replay',
    action: 'dead_letters',
    summary: 'Starts the run after all, under its own id. `replayed: false` if there is no such letter.',
    body: REASON,
  })
  async replay(call: AdminCall<NoShape, typeof REASON>): Promise<unknown> {
    return { replayed: await this.workflows.deadLetters.replay(call.param('runId'), call.operator) };
  }

  @Route({
    method: 'POST',
    path: ':runId/discard',
    action: 'dead_letters',
    summary: 'Throws the run away. `discarded: false` if there is no such letter.',
    body: REASON,
  })
  async discard(call: AdminCall<NoShape, typeof REASON>): Promise<unknown> {
    return { discarded: await this.workflows.deadLetters.discard(call.param('runId'), call.operator) };
  }
}
