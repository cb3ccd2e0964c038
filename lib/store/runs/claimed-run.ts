// A run as its claim hands it over. Times are ms since the epoch, database clock.

export interface ClaimedRun {
  runId: string;
  token: string;
  workflowName: string;
  queue: string;
  partitionKey: string | null;
  input: string | null;
  recoveryAttempts: number;
  /** Where the operations of its present execution begin. */
  firstOrdinal: number;
  timeoutMs: number | null;
  createdAt: number;
  /** Null: user code never began, so there is no history to read. */
  startedAt: number | null;
  deadlineAt: number | null;
  claimedAt: number;
}
