// Fan-out and fan-in. The report asks for its regions, so many at a time, and sums up what came back; each region is a run of its own,
// with its own steps, its own status, and in whatever process has a free slot.
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext } from 'nestjs-workflows';
import type { RegionRequest, ReportRequest } from './report-request.js';
import { type Sales, TillSteps } from './till.steps.js';

export interface RegionProgress extends Partial<Sales> {
  region: string;
  state: 'WAITING' | 'RUNNING' | 'DONE' | 'FAILED';
  /** Of a failure. */
  reason?: string;
}

export interface SalesReport {
  month: string;
  /** Of the regions that answered. */
  total: Sales;
  regions: RegionProgress[];
  failed: number;
}

/** Begins the key of the event under which a report tells how far a region is. */
export const REGION_EVENT = 'region.';

const WEEKS = [1, 2, 3, 4];

@Injectable()
export class ReportWorkflows {
  constructor(
    private readonly tills: TillSteps,
    private readonly wf: WorkflowContext,
  ) {}

  @Workflow({ name: 'reports.sales', timeout: '1h' })
  async sales({ month, regions, broken, concurrency, latencyMs }: ReportRequest): Promise<SalesReport> {
    const settled = await this.wf.map(
      'region',
      regions,
      (region) => this.#askRegion({ region, month, broken: broken.includes(region), latencyMs }),
      { concurrency, onError: 'allSettled' },
    );
    const answers = settled.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
    return {
      month,
      total: sumOf(answers),
      regions: settled.map((result, i) => ({ region: regions[i] as string, ...progressOf(result) })),
      failed: settled.length - answers.length,
    };
  }

  /** One region: week by week, because its tills can't do two things at once. */
  @Workflow({ name: 'reports.region', timeout: '10m' })
  async region(request: RegionRequest): Promise<Sales> {
    const weeks: Sales[] = [];
    for (const week of WEEKS) weeks.push(await this.tills.readWeek(request, week));
    return sumOf(weeks);
  }

  async #askRegion(request: RegionRequest): Promise<Sales> {
    const key = `${REGION_EVENT}${request.region}`;
    await this.wf.setEvent(key, { state: 'RUNNING' });
    // A workflow method called in a run is a child run, awaited.
    const [result] = await Promise.allSettled([this.region(request)]);
    await this.wf.setEvent(key, progressOf(result));
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }
}

function sumOf(parts: readonly Sales[]): Sales {
  const sum = (key: keyof Sales) => parts.reduce((total, part) => total + part[key], 0);
  return { orders: sum('orders'), revenueCents: sum('revenueCents') };
}

function progressOf(result: PromiseSettledResult<Sales>): Omit<RegionProgress, 'region'> {
  if (result.status === 'fulfilled') return { state: 'DONE', ...result.value };
  return { state: 'FAILED', reason: (result.reason as Error).message };
}
