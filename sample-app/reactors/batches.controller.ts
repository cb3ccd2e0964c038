// Starts batches, and shows who occupies which reactor and who is next.
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { RunReader, type RunStatus, type RunSummary, WorkflowService } from 'nestjs-workflows';
import { type BatchReport, BatchWorkflows, REACTORS } from './batch.workflows.js';
import { parseBatch, reactorField } from './batch-request.js';

const NOT_OVER: RunStatus[] = ['ENQUEUED', 'PENDING', 'RUNNING', 'WAITING'];

@Controller('reactors')
export class BatchesController {
  constructor(
    private readonly workflows: WorkflowService,
    private readonly reader: RunReader,
    private readonly batches: BatchWorkflows,
  ) {}

  /** The reactor is the partition: its batches begin one at a time, the lower priority first, then the older. */
  @Post('batches')
  async start(@Body() body: unknown) {
    const { batch, priority } = parseBatch(body);
    const { id, reactor, recipe } = batch;
    // Attributes, because lists of runs come without their arguments.
    const options = { id: runOf(id), partitionKey: reactor, priority, attributes: { batch: id, recipe } };
    await this.workflows.start(this.batches.run, [batch], options);
    return { id, look: `/reactors/batches/${id}`, line: `/reactors?reactor=${reactor}` };
  }

  @Get('batches/:id')
  async show(@Param('id') id: string) {
    const run = await this.reader.find(runOf(id));
    const report = (run.output as BatchReport | null) ?? undefined;
    return { ...lineOf(run), reactor: run.partitionKey, report, error: run.error?.message };
  }

  /** All reactors with work, or one of them. The first who waits is the next. */
  @Get()
  async list(@Query('reactor') reactor?: string) {
    const partitionKey = reactor === undefined ? undefined : reactorField(reactor);
    const { runs } = await this.workflows.listRuns({ queue: REACTORS, partitionKey, status: NOT_OVER, limit: 500 });
    // Started elsewhere without one, a batch takes no turn in any reactor.
    const reactors = [...new Set(runs.flatMap((run) => run.partitionKey ?? []))].sort();
    return reactors.map((name) => {
      const all = runs.filter((run) => run.partitionKey === name);
      const waiting = all.filter((run) => !hasBegun(run)).sort(byTurn);
      return { reactor: name, occupiedBy: all.filter(hasBegun).map(lineOf), waiting: waiting.map(lineOf) };
    });
  }
}

/** The run's id follows from the batch's; no other run is found here. */
function runOf(id: string): string {
  return `batch-${id}`;
}

function lineOf({ attributes, status, priority, createdAt, startedAt, completedAt }: RunSummary) {
  return { ...attributes, status, priority, createdAt, startedAt, completedAt };
}

/** A batch whose process died is ENQUEUED again, and occupies its reactor all the same. */
function hasBegun({ status, startedAt }: RunSummary): boolean {
  return startedAt !== null || status === 'PENDING';
}

function byTurn(a: RunSummary, b: RunSummary): number {
  return a.priority - b.priority || Number(a.createdAt) - Number(b.createdAt);
}
