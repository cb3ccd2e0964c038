// A bulk job: one action on all runs that a filter matches. Pure types, for the store, for who works it off, and for who reads it.

export const BULK_STATUSES = ['QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED'] as const;
export type BulkStatus = (typeof BULK_STATUSES)[number];

export interface BulkRefusal {
  runId: string;
  /** Of the error: `COMMAND_NOT_ALLOWED`, `RUN_FINISHED`, … */
  code: string;
}

/** What became of runs. */
export interface BulkTally {
  /** Runs on which the action is done, or which are as it would make them. */
  done: number;
  /** Runs whose state does not allow it, or that are gone. */
  refused: number;
  /** Runs on which it ended with an error that is none of the state of the run. */
  failed: number;
  /** The first of those that were refused or failed. */
  refusals: BulkRefusal[];
}

/** A job shows so many of them. */
export const MOST_REFUSALS = 20;

/** The name under which the audit log and the commands of its runs know a job. */
export const requestIdOfJob = (jobId: string): string => `bulk:${jobId}`;
