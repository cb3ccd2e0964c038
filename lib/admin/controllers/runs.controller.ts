// Runs: found, counted, and looked at. Bound and guarded by mountControllers; thin, everything is delegated. The paths that name no run come first:
// routers match in order.
import { Inject } from '@nestjs/common';
import { RunReader } from '../../client/run-reader.js';
import { WorkflowService } from '../../client/workflow.service.js';
import { detailsView, LARGEST_SHOWN, summaryView } from '../replies/run-views.js';
import { integer } from '../requests/fields.js';
import { LIST_RUNS, looksIntoPayloads, RUN_FILTER, runFilterOf } from '../requests/run-filter.query.js';
import type { AdminCall } from '../routes/admin-call.js';
import { Route } from '../routes/admin-route.js';

const COUNT = { ...RUN_FILTER, atMost: integer(1, 100_000, 'Counts no further. Default 10,000.') };

export class RunsController {
  constructor(
    @Inject(RunReader) private readonly reader: RunReader,
    @Inject(WorkflowService) private readonly workflows: WorkflowService,
  ) {}

  @Route({
    method: 'GET',
    action: 'read',
    summary:
      'Runs, newest first, without what they were given and gave back. Filters are all optional. With `searchedTo`, older ones were not looked at yet: go on with `nextCursor`.',
    query: LIST_RUNS,
  })
  async list(call: AdminCall<typeof LIST_RUNS>): Promise<unknown> {
    if (looksIntoPayloads(call.query)) call.requirePayloads('you can not search in them');
    const { runs, ...page } = await this.reader.list(runFilterOf(call.query));
    return { runs: runs.map(summaryView), ...page };
  }

  @Route({
    method: 'GET',
    path: 'count',
    action: 'read',
    summary: 'How many runs there are. `capped`: that many or more. With `searchedTo`, older ones were not looked at.',
    query: COUNT,
  })
  async count(call: AdminCall<typeof COUNT>): Promise<unknown> {
    if (looksIntoPayloads(call.query)) call.requirePayloads('you can not search in them');
    const { atMost, ...filter } = call.query;
    return this.reader.count(runFilterOf(filter), atMost === undefined ? {} : { atMost });
  }

  @Route({
    method: 'GET',
    path: 'names',
    action: 'read',
    summary: 'Names of workflows that there are runs of, registered or not.',
  })
  async listNames(): Promise<unknown> {
    return { names: await this.reader.listNames() };
  }

  @Route({
    method: 'GET',
    path: ':id',
    action: 'read',
    summary: 'One run, what it waits for, and what decides about commands to it. The id is a run id or the starter’s own.',
  })
  async find(call: AdminCall): Promise<unknown> {
    const id = call.param('id');
    const [run, waits, commandState] = await Promise.all([
      this.reader.find(id, LARGEST_SHOWN),
      this.reader.listWaits(id),
      this.workflows.commands.readState(id),
    ]);
    return { run: detailsView(run), waits, commandState };
  }
}
