// Retention as users describe it, checked before any SQL: in the module's options, and at run time.
import { describeValue } from '../kernel/describe-value.js';
import { type Duration, parseDuration } from '../kernel/duration.js';
import { assertName } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import {
  NO_RETENTION,
  type RetentionChange,
  type RetentionRule,
  type RetentionSettings,
  withChange,
} from '../model/retention.js';

/** What a workflow has of its own; what is not given is as for all others. */
export interface WorkflowRetentionOptions {
  /** As `after` in general. Null: its runs are not deleted for their age. */
  after?: Duration | null;
  /** As `globalTimeout` in general. Null: its runs get as old as they like. */
  globalTimeout?: Duration | null;
}

export interface RetentionLimits {
  /** A run is deleted so long after its end, with all that it recorded. 0: with the next sweep. Null, the default: never. */
  after?: Duration | null;
  /** While more runs are stored than that, those that ended first are deleted. Whole number from 0; null, the default: no limit. */
  maxRows?: number | null;
  /**
   * A run that is not over so long after it was created is cancelled, with `error.code = 'RUN_TIMEOUT'`; not while it is delayed or held.
   * More than 0. Null, the default: never.
   */
  globalTimeout?: Duration | null;
  /** By workflow name. */
  perWorkflow?: Readonly<Record<string, WorkflowRetentionOptions>>;
}

export interface RetentionOptions extends RetentionLimits {
  /** Between two sweeps, which the processes of the cluster do in turn. 1 s to 7 days, default 5 min. */
  interval?: Duration;
}

/** What is not given stays. */
export interface RetentionUpdate extends Omit<RetentionOptions, 'perWorkflow'> {
  /** By workflow name, each changed in what is given. Null: it has nothing of its own any more. */
  perWorkflow?: Readonly<Record<string, WorkflowRetentionOptions | null>>;
}

export class InvalidRetentionOptionError extends WorkflowsError {
  constructor(option: string, problem: string) {
    super('InvalidRetentionOptionError', 'INVALID_OPTION', `Retention option "${option}" ${problem}.`, { details: { option } });
  }
}

export const LIMITS = ['after', 'maxRows', 'globalTimeout', 'perWorkflow'];
const SHORTEST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 7 * 86_400_000;
const MOST_ROWS = 1_000_000_000_000;

/** Of the module. @throws as resolveUpdate */
export function resolveRetention(options: RetentionOptions): RetentionSettings {
  return withChange(NO_RETENTION, resolveUpdate(options));
}

/**
 * Of what is not given nothing is said.
 *
 * @throws InvalidRetentionOptionError, InvalidDurationError, InvalidIdError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) for no object
 */
export function resolveUpdate(options: RetentionUpdate): RetentionChange {
  refuseUnknownKeys(options, [...LIMITS, 'interval'], [], 'retention option');
  const { interval, ...limits } = options;
  return {
    ...resolveLimits(limits),
    ...(interval !== undefined && {
      intervalMs: parseDuration(interval, 'retention.interval', { min: SHORTEST_INTERVAL_MS, max: LONGEST_INTERVAL_MS }),
    }),
  };
}

/** @throws as resolveUpdate */
export function resolveLimits(limits: Omit<RetentionUpdate, 'interval'>): RetentionChange {
  refuseUnknownKeys(limits, LIMITS, [], 'retention option');
  const { maxRows, perWorkflow } = limits;
  return {
    ...resolveAges(limits, 'retention'),
    ...(maxRows !== undefined && { maxRows: maxRows === null ? null : requireRows(maxRows) }),
    ...(perWorkflow !== undefined && { perWorkflow: rulesOf(perWorkflow) }),
  };
}

function rulesOf(perWorkflow: NonNullable<RetentionUpdate['perWorkflow']>): Map<string, RetentionRule | null> {
  refuseUnknownKeys(perWorkflow, Object.keys(perWorkflow ?? {}), [], 'workflow name of retention.perWorkflow');
  return new Map(
    Object.entries(perWorkflow).map(([name, rule]) => {
      assertName(name, 'workflow name of retention.perWorkflow');
      if (rule === null) return [name, null];
      refuseUnknownKeys(rule, ['after', 'globalTimeout'], [], `retention option of workflow "${name}"`);
      return [name, resolveAges(rule, `retention of workflow "${name}",`)];
    }),
  );
}

function resolveAges({ after, globalTimeout }: WorkflowRetentionOptions, whose: string): RetentionRule {
  return {
    ...(after !== undefined && { afterMs: after === null ? null : parseDuration(after, `${whose} after`) }),
    ...(globalTimeout !== undefined && {
      globalTimeoutMs:
        globalTimeout === null ? null : parseDuration(globalTimeout, `${whose} globalTimeout`, { allowZero: false }),
    }),
  };
}

function requireRows(value: unknown): number {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > MOST_ROWS)
    throw new InvalidRetentionOptionError('maxRows', `must be a whole number from 0, or null, not ${describeValue(value)}`);
  return value as number;
}
