// What a run is, in the words that stand in the table `workflow_status`. Pure vocabulary: everybody may import it.
import type { DoneBy } from './audit.js';
import type { RunProvenance } from './template.js';

export const RUN_STATUSES = [
  'DELAYED',
  'ENQUEUED',
  'PENDING',
  'RUNNING',
  'WAITING',
  'HELD',
  'STOPPING',
  'SUCCESS',
  'ERROR',
  'CANCELLED',
  'STOPPED',
  'DEAD',
] as const;

/**
 * - `DELAYED`: start time in the future · `ENQUEUED`: waits for a claim · `PENDING`: claimed
 * - `RUNNING`: the first line of user code ran · `WAITING`: in a durable wait, unloaded
 * - `HELD`, `STOPPING`: operator hold; stop accepted, compensations running
 * - terminal: `SUCCESS`, `ERROR`, `CANCELLED` (also timed out: `error.code = 'RUN_TIMEOUT'`), `STOPPED`,
 *   `DEAD` (recovery attempts exhausted)
 */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Those of runs that are in the memory of an executor. */
export const OWNED_STATUSES: readonly RunStatus[] = ['PENDING', 'RUNNING', 'STOPPING'];

/** Free key/value labels of a run, for filters. */
export type RunAttributes = Record<string, string | number | boolean | null>;

/** One row of `workflow_status`, as readers see it. Payloads stay serialised until somebody asks. */
export interface RunRecord {
  runId: string;
  workflowName: string;
  queue: string;
  status: RunStatus;
  priority: number;
  /** Runs of one partition of a queue take turns. */
  partitionKey: string | null;
  deduplicationId: string | null;
  /** The id the caller gave, when it was not a uuid. */
  externalId: string | null;
  /** The run that started it as its child. */
  parentId: string | null;
  attributes: RunAttributes | null;
  input: string | null;
  output: string | null;
  error: string | null;
  timeoutMs: number | null;
  deadlineAt: Date | null;
  /** When it is due: the end of a delay or of a wait, or since when it was put back into its queue. */
  wakeAt: Date | null;
  claimedBy: string | null;
  recoveryAttempts: number;
  maxRecoveryAttempts: number;
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
  /** Retention does not delete it. */
  legalHold: boolean;
  /** It counts among the runs that its queue and partition allow at a time. */
  hasPermit: boolean;
}

/** What becomes of a start whose deduplication id another run has: an error, or that run. */
export type DeduplicationPolicy = 'reject' | 'return-existing';

/** A start that others of the same key replace while it has not begun. Times in ms. */
export interface Debounce {
  key: string;
  /** Begins so long after the last of them. */
  periodMs: number;
  /** But not later than so long after the first; null: no limit. */
  maxWaitMs: number | null;
}

/** What `start` inserts. */
export interface NewRun {
  runId: string;
  workflowName: string;
  queue: string;
  priority: number;
  partitionKey: string | null;
  /** At most one run of its queue that is not over has this id. */
  deduplication: { id: string; policy: DeduplicationPolicy } | null;
  externalId: string | null;
  attributes: RunAttributes | null;
  input: string | null;
  timeoutMs: number | null;
  maxRecoveryAttempts: number;
  /** Start not before this many ms from the insert; 0 = now. */
  delayMs: number;
  /** Who starts it: kept in `audit_log`. Only starts that are inserted by themselves can have it. */
  startedBy?: DoneBy;
  /** Of a start with a template, which has `startedBy` too. */
  provenance?: RunProvenance;
  /** It is enqueued also while its queue is in maintenance. */
  allowDuringMaintenance?: boolean;
  /** A detached child has its parent's deadline not, and is not cancelled with it. */
  parent?: { runId: string; detached: boolean };
}

/** Rescues without progress that a run survives before it is `DEAD`. */
export const DEFAULT_MAX_RECOVERY_ATTEMPTS = 50;
/** From this many rescues without progress on a run is claimed alone, away from neighbours it could take down. */
export const ISOLATED_FROM_RECOVERY_ATTEMPT = 2;
