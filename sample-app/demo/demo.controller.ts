// Starts the demo workflows by name, and shows how far a run is.
import { Body, Controller, Get, NotFoundException, Param, Post } from '@nestjs/common';
import { RunReader, WorkflowService } from 'nestjs-workflows';
import { parseDemoInput } from './demo-input.js';

@Controller('demo')
export class DemoController {
  constructor(
    private readonly workflows: WorkflowService,
    private readonly reader: RunReader,
  ) {}

  @Post(':name')
  async start(@Param('name') name: string, @Body() body: unknown) {
    const names = this.workflows.listWorkflows().map((workflow) => workflow.name);
    const demos = names.filter((known) => known.startsWith('demo.'));
    if (!demos.includes(name)) throw new NotFoundException(`There is no demo "${name}"; there are ${demos.join(' and ')}.`);
    const run = await this.workflows.start(name, [parseDemoInput(body)]);
    return { runId: run.runId, look: `/demo/runs/${run.runId}` };
  }

  @Get('runs/:id')
  async show(@Param('id') id: string) {
    const [run, events] = await Promise.all([this.reader.find(id), this.reader.listEvents(id)]);
    const event = (key: string) => events.find((candidate) => candidate.key === key)?.value;
    return {
      runId: run.runId,
      workflow: run.workflowName,
      status: run.status,
      phase: event('phase.state'),
      progress: event('phase.last_message'),
      recoveryAttempts: run.recoveryAttempts,
      output: run.output ?? undefined,
      error: run.error?.message,
    };
  }
}
