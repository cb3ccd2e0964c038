// A run as its claim hands it over. Times are ms since the epoch, database clock.

/** What an operator asks of a run that an executor has in memory. Of STOP: how the run ends (stored error text), and ms to do it in. */
export type CommandOrder = { name: 'HOLD' } | { name: 'STOP'; error: string; limit: number | null };

/** Where a run began to stop: the next ordinal and the next place in the order of deliveries at that moment. */
export interface StopRecord {
  ordinal: number;
  seq: number;
  error: string;
}

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
  /** How often what it had recorded was cut, and the lowest ordinal from which on. */
  resets?: number;
  resetFrontier?: number | null;
  command?: CommandOrder | null;
  stop?: StopRecord | null;
  stopBy?: number | null;
}
