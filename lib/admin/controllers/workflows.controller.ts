// Workflows: what is registered in the process that answers, and starting one by name. Bound and guarded by mountControllers.
import { Body, Get, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { WorkflowService } from '../../client/workflow.service.js';
import { assertName } from '../../kernel/ids.js';
import { AdminReply } from '../admin-reply.js';
import { refuseQuery } from '../dto/list-runs.query.js';
import { readStartRunBody } from '../dto/start-run.body.js';

export class WorkflowsController {
  constructor(
    @Inject(WorkflowService) private readonly workflows: WorkflowService,
    @Inject(AdminReply) private readonly reply: AdminReply,
  ) {}

  /** 200 `{ workflows: [{ name, origin, served }] }`, by name. */
  @Get()
  list(@Query() query: unknown, @Res() response: unknown): void {
    refuseQuery(query);
    this.reply.send(response, { workflows: this.workflows.listWorkflows() });
  }

  /** 201 `{ runId }` once the run is durable. With `id` in the body, idempotent. */
  @Post(':name/runs')
  async start(
    @Param('name') name: string,
    @Query() query: unknown,
    @Body() body: unknown,
    @Res() response: unknown,
  ): Promise<void> {
    refuseQuery(query);
    assertName(name, 'workflow name');
    const { args, options } = readStartRunBody(body);
    const { runId } = await this.workflows.start(name, args, options);
    this.reply.send(response, { runId }, 201);
  }
}
