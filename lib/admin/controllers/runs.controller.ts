// Runs: list, one with its history, cancel. Bound to a path and guarded by mountControllers; thin, everything is delegated.
import { Body, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RunReader } from '../../client/run-reader.js';
import { WorkflowService } from '../../client/workflow.service.js';
import { actorOf } from '../actor-of.js';
import { AdminReply } from '../admin-reply.js';
import { readCancelRunBody } from '../dto/cancel-run.body.js';
import { readListRunsQuery, refuseQuery } from '../dto/list-runs.query.js';

export class RunsController {
  constructor(
    @Inject(WorkflowService) private readonly workflows: WorkflowService,
    @Inject(RunReader) private readonly reader: RunReader,
    @Inject(AdminReply) private readonly reply: AdminReply,
  ) {}

  /** 200 `{ runs, nextCursor? }`, newest first, without payloads. */
  @Get()
  async list(@Query() query: unknown, @Res() response: unknown): Promise<void> {
    this.reply.send(response, await this.reader.list(readListRunsQuery(query)));
  }

  /** 200 `{ run, steps, events }`; steps carry their failed attempts. The id is a run id or the starter's own. */
  @Get(':id')
  async find(@Param('id') id: string, @Query() query: unknown, @Res() response: unknown): Promise<void> {
    refuseQuery(query);
    const run = await this.reader.find(id);
    const [steps, events] = await Promise.all([this.reader.listSteps(run.runId), this.reader.listEvents(run.runId)]);
    this.reply.send(response, { run, steps, events });
  }

  /** 200 `{ runId, cancelled }`; `cancelled: false` if the run was over already. */
  @Post(':id/cancel')
  async cancel(
    @Param('id') id: string,
    @Query() query: unknown,
    @Body() body: unknown,
    @Req() request: unknown,
    @Res() response: unknown,
  ): Promise<void> {
    refuseQuery(query);
    const { reason } = readCancelRunBody(body);
    const { runId } = this.workflows.getRun(id);
    const cancelled = await this.workflows.cancel(id, { reason, actor: actorOf(request) });
    this.reply.send(response, { runId, cancelled });
  }
}
