// What goes wrong with bulk jobs, beside what goes wrong with single actions.
import { WorkflowsError } from '../../kernel/workflows.error.js';

export class BulkJobNotFoundError extends WorkflowsError {
  constructor(jobId: string) {
    super('BulkJobNotFoundError', 'BULK_JOB_NOT_FOUND', `There is no bulk job ${jobId}.`, { details: { jobId } });
  }
}

/** An action that would touch every run there is, by oversight. Nothing was done. */
export class BulkFilterRequiredError extends WorkflowsError {
  constructor() {
    super(
      'BulkFilterRequiredError',
      'BULK_FILTER_REQUIRED',
      'The filter of a bulk job is empty, so it would touch every run. Give a filter, or, if you mean every run, filter: {} and all: true.',
    );
  }
}
