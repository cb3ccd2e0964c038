// One action on all runs that a filter matches: tried beforehand, worked off in the background, followed. The right that is needed is that of the
// action itself, for the try too. Bound and guarded by mountControllers; thin, everything is delegated.
import { Inject } from '@nestjs/common';
import { BulkJobs } from '../../client/bulk-jobs.js';
import type { BulkStatus } from '../../model/bulk.js';
import type { BulkAction } from '../../operations/bulk/bulk-action.js';
import { jobView, previewView } from '../replies/bulk-views.js';
import { LARGEST_SHOWN } from '../replies/run-views.js';
import { BULK_ACTION, BULK_FILTER, rightsOf } from '../requests/bulk-body.js';
import { flag, integer, list, REASON, reason, required, text } from '../requests/fields.js';
import { looksIntoPayloads } from '../requests/run-filter.query.js';
import type { AdminCall, NoShape } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const PREVIEW = { action: required(BULK_ACTION), filter: required(BULK_FILTER) };
const CREATE = {
  ...PREVIEW,
  all: flag('Needed with an empty filter: every run there is. Default false.'),
  reason: reason(),
  idempotencyKey: text('The same key again gives the same job, whatever else is asked.'),
};
const LIST = {
  status: list(text()),
  limit: integer(1, 500, 'Default 50.'),
  cursor: text('`nextCursor` of the page before.'),
};

export class BulkJobsController {
  constructor(@Inject(BulkJobs) private readonly jobs: BulkJobs) {}

  @Route({ method: 'GET', action: 'read', summary: 'Newest first, without the data of commands.', query: LIST })
  async list(call: AdminCall<typeof LIST>): Promise<unknown> {
    const { status, ...page } = call.query;
    const { jobs, ...rest } = await this.jobs.list({ ...page, ...(status !== undefined && { status: status as BulkStatus[] }) });
    return { jobs: jobs.map(jobView), ...rest };
  }

  @Route({
    method: 'POST',
    path: 'preview',
    action: 'read',
    summary: 'Which runs such a job would take up now. Changes nothing. Needs the right of the action.',
    body: PREVIEW,
  })
  async preview(call: AdminCall<NoShape, typeof PREVIEW>): Promise<unknown> {
    requireRights(call);
    return previewView(await this.jobs.preview(call.body.filter, actionOf(call)));
  }

  @Route({
    method: 'POST',
    action: 'read',
    status: 201,
    summary: 'Creates a job, durably; it is worked off in the background. Needs the right of the action.',
    body: CREATE,
  })
  async create(call: AdminCall<NoShape, typeof CREATE>): Promise<unknown> {
    requireRights(call);
    const { filter, all, idempotencyKey } = call.body;
    const job = await this.jobs.create({
      action: actionOf(call),
      filter,
      ...(all !== undefined && { all }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...call.operator,
    });
    return jobView(job);
  }

  @Route({ method: 'GET', path: ':jobId', action: 'read', summary: 'One job with its progress.' })
  async find(call: AdminCall): Promise<unknown> {
    return jobView(await this.jobs.get(call.param('jobId'), LARGEST_SHOWN));
  }

  @Route({
    method: 'POST',
    path: ':jobId/cancel',
    action: 'read',
    summary:
      'Lets a job end early; what it has done stays done. `cancelled: false` if it was over. Needs the right of its action.',
    body: REASON,
  })
  async cancel(call: AdminCall<NoShape, typeof REASON>): Promise<unknown> {
    const { jobId, action } = await this.jobs.get(call.param('jobId'));
    for (const right of rightsOf(action)) call.require(right);
    return { cancelled: await this.jobs.cancel(jobId, call.operator) };
  }
}

/** @throws AdminForbiddenError, PayloadsForbiddenError */
function requireRights(call: AdminCall<NoShape, typeof PREVIEW>): void {
  const { action, filter } = call.body;
  for (const right of rightsOf(action)) call.require(right);
  if (looksIntoPayloads(filter)) call.requirePayloads('you can not search in them');
}

/** What it means BulkJobs checks. */
function actionOf(call: AdminCall<NoShape, typeof PREVIEW>): BulkAction {
  return call.body.action as unknown as BulkAction;
}
