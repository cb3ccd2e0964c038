// Starts reports, and shows how far they are; and the page to do so.
import { Body, Controller, Get, Header, Param, Post } from '@nestjs/common';
import { RunReader, WorkflowService } from 'nestjs-workflows';
import { readPage } from '../page.js';
import { REGION_EVENT, type RegionProgress, ReportWorkflows, type SalesReport } from './report.workflows.js';
import { parseReport, type ReportRequest } from './report-request.js';

@Controller('reports')
export class ReportsController {
  constructor(
    private readonly workflows: WorkflowService,
    private readonly reader: RunReader,
    private readonly reports: ReportWorkflows,
  ) {}

  @Get('page')
  @Header('Content-Type', 'text/html; charset=utf-8')
  page() {
    return readPage('reports/reports.html');
  }

  @Post()
  async start(@Body() body: unknown) {
    const { id, request } = parseReport(body);
    await this.workflows.start(this.reports.sales, [request], { id: runOf(id) });
    return { id, look: `/reports/${id}` };
  }

  /** What the run has told by its events so far; the sums once all regions are in. */
  @Get(':id')
  async show(@Param('id') id: string) {
    const [run, events] = await Promise.all([this.reader.find(runOf(id)), this.reader.listEvents(runOf(id))]);
    const [request] = run.input as [ReportRequest];
    const told = new Map(events.map(({ key, value }) => [key, value as RegionProgress]));
    const regions = request.regions.map((region) => ({
      region,
      ...(told.get(`${REGION_EVENT}${region}`) ?? { state: 'WAITING' as const }),
    }));
    return {
      id,
      month: request.month,
      status: run.status,
      done: regions.filter(({ state }) => state === 'DONE' || state === 'FAILED').length,
      of: regions.length,
      regions,
      total: (run.output as SalesReport | null)?.total,
      error: run.error?.message,
    };
  }
}

/** The run's id follows from the report's; no other run is found here. */
function runOf(id: string): string {
  return `report-${id}`;
}
