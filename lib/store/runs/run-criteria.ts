// What runs are looked for by, checked and resolved, and which way of looking serves it: everything that a list, a count or a bulk job asks for.
// Pure; see run-search.sql.ts for the indexes behind the ways.
import { OWNED_STATUSES, RUN_STATUSES, type RunAttributes, type RunStatus } from '../../model/run.js';
import { TERMINAL_STATUSES } from '../../model/run-transitions.js';

/** All of these hold. Absent: any. */
export interface RunCriteria {
  runId?: string;
  names?: readonly string[];
  statuses?: readonly RunStatus[];
  queues?: readonly string[];
  partitionKey?: string;
  deduplicationId?: string;
  parentId?: string;
  executorId?: string;
  legalHold?: boolean;
  errorCode?: string;
  createdFrom?: Date;
  createdBefore?: Date;
  completedFrom?: Date;
  completedBefore?: Date;
  attributes?: RunAttributes;
  /** As stored: some argument contains it. */
  input?: string;
}

export type Criterion = keyof RunCriteria;

/**
 * An index that gives runs newest first.
 * - `listed`: of a status and a name, one after the other and merged
 * - `parent`, `partition`, `deduplication`, `legalHold`: of one run, key, …; what else is wanted is looked at row by row
 */
export type RunSource = 'listed' | 'parent' | 'partition' | 'deduplication' | 'legalHold';

/** An index that gives the runs that come into question in no order: worth it while they are few. */
export type RunProbe = 'runId' | 'attributes' | 'completed' | 'executor' | 'queued';

/** By what a source finds its runs: it needs no look at the row. */
export const COVERED: Readonly<Record<RunSource, readonly Criterion[]>> = {
  listed: ['names', 'statuses', 'createdFrom', 'createdBefore'],
  parent: ['parentId', 'createdFrom', 'createdBefore'],
  partition: ['partitionKey', 'createdFrom', 'createdBefore'],
  deduplication: ['deduplicationId', 'createdFrom', 'createdBefore'],
  legalHold: ['legalHold', 'createdFrom', 'createdBefore'],
};

/** Statuses in which a run may match; of none of them: nothing does. */
export function statusesOf({ statuses, completedFrom, completedBefore, errorCode }: RunCriteria): readonly RunStatus[] {
  let possible: readonly RunStatus[] = statuses === undefined ? RUN_STATUSES : [...new Set(statuses)];
  if (completedFrom !== undefined || completedBefore !== undefined)
    possible = possible.filter((status) => TERMINAL_STATUSES.includes(status));
  if (errorCode !== undefined) possible = possible.filter((status) => status !== 'SUCCESS' && TERMINAL_STATUSES.includes(status));
  return possible;
}

export function sourceOf({ parentId, partitionKey, deduplicationId, legalHold }: RunCriteria): RunSource {
  if (parentId !== undefined) return 'parent';
  if (deduplicationId !== undefined) return 'deduplication';
  if (partitionKey !== undefined) return 'partition';
  return legalHold === true ? 'legalHold' : 'listed';
}

/** What is worth a try before the source is walked along, the most selective first. */
export function probesOf(criteria: RunCriteria): RunProbe[] {
  const { runId, attributes, completedFrom, executorId, queues } = criteria;
  if (runId !== undefined) return ['runId'];
  if (sourceOf(criteria) !== 'listed') return [];
  const statuses = statusesOf(criteria);
  const probes: RunProbe[] = [];
  if (executorId !== undefined && statuses.every((status) => OWNED_STATUSES.includes(status))) probes.push('executor');
  if (attributes !== undefined && Object.keys(attributes).length > 0) probes.push('attributes');
  if (queues !== undefined && statuses.every((status) => status === 'ENQUEUED')) probes.push('queued');
  // What ended before some time is most of all runs, as a rule.
  if (completedFrom !== undefined) probes.push('completed');
  return probes;
}

/** Whether the source alone decides: no row has to be looked at. */
export function isCovered(criteria: RunCriteria, source: RunSource): boolean {
  return (Object.keys(criteria) as Criterion[]).every((key) => criteria[key] === undefined || COVERED[source].includes(key));
}
