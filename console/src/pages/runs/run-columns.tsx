// The columns of the list of runs: what each shows, how wide it is, and which are chosen, in which order. Plain lists instead of a table library: nothing is
// sorted, filtered or grouped here, the server does that, and a hundred thousand rows are not to be wrapped once more.
import type { ReactNode } from 'react';
import type { RunSummaryAnswer } from '../../../../lib/http-client/index.js';
import { isTerminal } from '../../../../lib/model/run-transitions.js';
import { CopyButton } from '../../parts/copy-button';
import { payloadText } from '../../parts/payload';
import { usePreference } from '../../parts/preference';
import { RunLink } from '../../parts/run-link';

import { RunStatusBadge } from '../../parts/run-status';
import { Duration, Time } from '../../parts/time';

export interface RunColumn {
  id: string;
  title: string;
  /** px; the workflow takes what is left. */
  width: number;
  cell(run: RunSummaryAnswer): ReactNode;
}

const text = (value: string | null) => (value === null ? <None /> : <span title={value}>{value}</span>);

export const RUN_COLUMNS: readonly RunColumn[] = [
  {
    id: 'runId',
    title: 'Id',
    width: 156,
    cell: ({ runId, externalId }) => (
      <span className="flex items-center gap-1">
        <span className="min-w-0 truncate">
          <RunLink id={runId} {...(externalId !== null && { text: externalId })} />
        </span>
        <CopyButton text={runId} what="id" />
      </span>
    ),
  },
  {
    id: 'workflowName',
    title: 'Workflow',
    width: 200,
    cell: ({ workflowName }) => (
      <span title={workflowName} className="font-medium">
        {workflowName}
      </span>
    ),
  },
  {
    id: 'status',
    title: 'Status',
    width: 124,
    cell: ({ status }) => (
      <span className="flex">
        <RunStatusBadge status={status} />
      </span>
    ),
  },
  { id: 'queue', title: 'Queue', width: 120, cell: ({ queue }) => text(queue) },
  { id: 'partitionKey', title: 'Partition', width: 150, cell: ({ partitionKey }) => text(partitionKey) },
  { id: 'priority', title: 'Priority', width: 76, cell: ({ priority }) => <span className="tabular-nums">{priority}</span> },
  { id: 'createdAt', title: 'Created', width: 208, cell: ({ createdAt }) => <Time at={createdAt} /> },
  { id: 'startedAt', title: 'Started', width: 208, cell: ({ startedAt }) => <Time at={startedAt} /> },
  { id: 'completedAt', title: 'Completed', width: 208, cell: ({ completedAt }) => <Time at={completedAt} /> },
  { id: 'duration', title: 'Duration', width: 96, cell: (run) => <RunDuration run={run} /> },
  { id: 'deadlineAt', title: 'Deadline', width: 208, cell: ({ deadlineAt }) => <Time at={deadlineAt} /> },
  {
    id: 'attributes',
    title: 'Attributes',
    width: 220,
    cell: ({ attributes }) =>
      attributes === null ? <None /> : <span className="font-mono text-xs">{payloadText(attributes).slice(0, 300)}</span>,
  },
  {
    id: 'parentId',
    title: 'Parent',
    width: 130,
    cell: ({ parentId }) => (parentId === null ? <None /> : <RunLink id={parentId} />),
  },
  { id: 'claimedBy', title: 'Executor', width: 150, cell: ({ claimedBy }) => text(claimedBy) },
  { id: 'externalId', title: 'Id of the starter', width: 160, cell: ({ externalId }) => text(externalId) },
  { id: 'deduplicationId', title: 'Deduplication id', width: 160, cell: ({ deduplicationId }) => text(deduplicationId) },
  {
    id: 'recoveryAttempts',
    title: 'Recoveries',
    width: 96,
    cell: ({ recoveryAttempts, maxRecoveryAttempts }) => (
      <span className="tabular-nums" title="Since it last got on">
        {recoveryAttempts} of {maxRecoveryAttempts}
      </span>
    ),
  },
  { id: 'legalHold', title: 'Legal hold', width: 90, cell: ({ legalHold }) => (legalHold ? 'on' : <None />) },
];

const DEFAULT_IDS: readonly string[] = [
  'runId',
  'workflowName',
  'status',
  'queue',
  'partitionKey',
  'createdAt',
  'duration',
  'attributes',
];

/** From its start on; what has not begun has none. */
export function RunDuration({ run }: { run: RunSummaryAnswer }) {
  // A parked run that was reset has begun before, and is not over.
  if (isTerminal(run.status)) return run.completedAt === null ? <None /> : <Duration from={run.startedAt} to={run.completedAt} />;
  return <Duration from={run.startedAt} />;
}

function None() {
  return <span className="text-muted">—</span>;
}

const byId = new Map(RUN_COLUMNS.map((column) => [column.id, column]));

function isIds(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((id) => typeof id === 'string');
}

/** In the chosen order. Those of another release are passed over. */
export function useRunColumns(): {
  columns: readonly RunColumn[];
  ids: readonly string[];
  choose(ids: readonly string[]): void;
  reset(): void;
} {
  const [ids, choose] = usePreference('runs.columns', DEFAULT_IDS, isIds);
  const known = ids.filter((id) => byId.has(id));
  const shown = known.length > 0 ? known : DEFAULT_IDS;
  return {
    columns: shown.map((id) => byId.get(id) as RunColumn),
    ids: shown,
    choose,
    reset: () => choose(DEFAULT_IDS),
  };
}
