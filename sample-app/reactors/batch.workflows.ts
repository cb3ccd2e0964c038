// One batch in one reactor. It occupies the reactor until it is over, also while it sleeps, and while the application is down: that is the
// queue's doing, and nothing here asks whether the reactor is free.
import { Injectable } from '@nestjs/common';
import { Workflow, WorkflowContext } from 'nestjs-workflows';
import { BatchSteps } from './batch.steps.js';
import type { Batch } from './batch-request.js';

/** The queue of all batches; see reactors.module.ts. */
export const REACTORS = 'reactors';

export interface BatchReport {
  reactor: string;
  recipe: string;
  chargedAt: Date;
  dischargedAt: Date;
  /** Of a batch that was due on a day. */
  isLate?: boolean;
}

@Injectable()
export class BatchWorkflows {
  constructor(
    private readonly steps: BatchSteps,
    private readonly wf: WorkflowContext,
  ) {}

  @Workflow({ name: 'batch.run', queue: REACTORS })
  async run(batch: Batch): Promise<BatchReport> {
    const { reactor, recipe, reactMs, rinse = false, dueOn } = batch;
    const chargedAt = await this.steps.charge(batch);
    await this.wf.sleep(reactMs);
    const dischargedAt = await this.steps.discharge(batch);
    if (rinse) await this.steps.rinse(batch);
    const report: BatchReport = { reactor, recipe, chargedAt, dischargedAt };
    return dueOn === undefined ? report : { ...report, isLate: dischargedAt.toISOString().slice(0, 10) > dueOn };
  }
}
