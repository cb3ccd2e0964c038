// The plant as a whole: its queues, the readings of its sensors, and the operator who lets no batch begin.
import { Body, Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { WorkflowService } from 'nestjs-workflows';
import { OperatorTokenGuard } from '../operator/operator-guard.js';
import { REACTORS } from './batch.workflows.js';
import { parseReadings, parseReason } from './batch-request.js';
import { HistorianSteps, READINGS, ReadingWorkflows } from './reading.workflows.js';

@Controller('reactors')
export class PlantController {
  constructor(
    private readonly workflows: WorkflowService,
    private readonly readings: ReadingWorkflows,
    private readonly historian: HistorianSteps,
  ) {}

  /** Limits, runs that wait, and permits: runs that have begun and are not over. */
  @Get('queues')
  async queues() {
    const queues = await this.workflows.queues.list();
    return queues.filter(({ name }) => name === REACTORS || name === READINGS);
  }

  /** Sensors don't wait for a database. What is refused is for them to send again; what this process has not written, SIGKILL loses. */
  @Post('readings')
  @HttpCode(202)
  measure(@Body() body: unknown) {
    const { reactor, count } = parseReadings(body);
    const answers = Array.from({ length: count }, (_, i) => {
      const reading = { sensor: `${reactor}/temperature`, value: 80 + (i % 10) / 10, at: new Date() };
      return this.workflows.enqueueInMemory(this.readings.store, [reading]);
    });
    const accepted = answers.filter((answer) => answer.accepted).length;
    return { accepted, refused: count - accepted };
  }

  /** The last that came of each sensor. */
  @Get('readings')
  latest() {
    return this.historian.latest;
  }

  /** When this answers, no batch begins any more, in any process; those that have begun go on. */
  @Post('pause')
  @HttpCode(200)
  @UseGuards(OperatorTokenGuard)
  async pause(@Body() body: unknown) {
    await this.workflows.queues.pause(REACTORS, { actor: 'operator', reason: parseReason(body) });
    return { queue: REACTORS, isPaused: true };
  }

  @Post('resume')
  @HttpCode(200)
  @UseGuards(OperatorTokenGuard)
  async resume(@Body() body: unknown) {
    await this.workflows.queues.resume(REACTORS, { actor: 'operator', reason: parseReason(body) });
    return { queue: REACTORS, isPaused: false };
  }
}
