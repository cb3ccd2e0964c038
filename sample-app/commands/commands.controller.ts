// Starts the operator demo, tells how a run goes and what it was sent, and sends it commands; and the page to do so.
import { Body, Controller, Get, Header, HttpCode, NotFoundException, Param, Post, UseGuards } from '@nestjs/common';
import { RunReader, WorkflowService } from 'nestjs-workflows';
import { OperatorTokenGuard } from '../operator/operator-guard.js';
import { readPage } from '../page.js';
import { type CommandsInput, parametersOf, parseCommand, parseStart } from './command-request.js';
import { CLEANUP_EVENT, type Cleanup, CommandsWorkflows, PHASE_EVENT, type Phase } from './commands.workflows.js';

const WORKFLOW = 'demo.commands_60s';

@Controller('commands')
export class CommandsController {
  constructor(
    private readonly workflows: WorkflowService,
    private readonly reader: RunReader,
    private readonly demo: CommandsWorkflows,
  ) {}

  @Get('page')
  @Header('Content-Type', 'text/html; charset=utf-8')
  page() {
    return readPage('commands/commands.html');
  }

  /** The same id again is the same run. The id is the run's own, so that it can be given to `npm run command`. */
  @Post()
  async start(@Body() body: unknown) {
    const { id, input } = parseStart(body);
    const { runId } = await this.workflows.start(this.demo.commands60s, [input], { id });
    return { id, runId, look: `/commands/${id}` };
  }

  @Get()
  async list() {
    const { runs } = await this.workflows.listRuns({ workflowName: WORKFLOW, limit: 10 });
    return Promise.all(runs.map(({ runId }) => this.#show(runId)));
  }

  @Get(':id')
  async show(@Param('id') id: string) {
    return this.#show(id);
  }

  /** Durable when this answers. `outcome` null: the process that has the run in memory is about to do it. */
  @Post(':id/:command')
  @HttpCode(200)
  @UseGuards(OperatorTokenGuard)
  async command(@Param('id') id: string, @Param('command') command: string, @Body() body: unknown) {
    const options = parseCommand(body);
    await this.#find(id);
    return this.workflows.sendCommand(id, command, options);
  }

  async #show(id: string) {
    const run = await this.#find(id);
    const [events, commands] = await Promise.all([this.reader.listEvents(id), this.workflows.commands.list(id, { limit: 20 })]);
    const event = (key: string) => events.find((candidate) => candidate.key === key)?.value;
    const [input] = run.input as [CommandsInput];
    return {
      id: run.externalId ?? run.runId,
      runId: run.runId,
      paramOne: parametersOf(input).paramOne,
      status: run.status,
      phase: event(PHASE_EVENT) as Phase | undefined,
      progress: (event('phase.last_message') as { message: string } | undefined)?.message,
      cleanup: event(CLEANUP_EVENT) as Cleanup | undefined,
      error: run.error?.message,
      // Newest first.
      commands: commands.map(({ command, actor, reason, state, outcome, receivedAt }) => ({
        ...{ command, actor, reason, state, outcome },
        at: receivedAt,
      })),
    };
  }

  /** No run of another workflow is shown or commanded here. */
  async #find(id: string) {
    const run = await this.reader.find(id);
    if (run.workflowName !== WORKFLOW) throw new NotFoundException(`${id} is no run of ${WORKFLOW}.`);
    return run;
  }
}
