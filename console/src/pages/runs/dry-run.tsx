// What an order would be done to, before it is given: how many runs, which of them first, how many of them will refuse it. Changes nothing.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { BulkPreviewAnswer } from '../../../../lib/http-client/index.js';
import type { BulkAction } from '../../../../lib/operations/bulk/bulk-action.js';
import { client } from '../../api/client';
import { serverNow } from '../../parts/clock';
import { RunLink } from '../../parts/run-link';
import { RunStatusBadge } from '../../parts/run-status';
import { Table, Td, Th, Tr } from '../../parts/table';
import { Time } from '../../parts/time';
import { refusingStatuses } from './bulk-draft';
import { countText } from './count-line';
import { filtersKey, queryOf, type RunFilters } from './run-filters';
import type { ChosenRuns } from './selection';

export type BulkTarget = { chosen: ChosenRuns } | { filters: RunFilters };

export interface DryRunResult extends BulkPreviewAnswer {
  /** Of them those whose status does not allow it. */
  refused: { count: number; capped: boolean; isLeast: boolean };
}

const SAMPLE = 10;

export function useDryRun(target: BulkTarget, action: BulkAction | undefined) {
  const which = 'chosen' in target ? [...target.chosen.keys()] : filtersKey(target.filters);
  return useQuery({
    queryKey: ['bulk-preview', which, action],
    queryFn: ({ signal }) => dryRun(target, action as BulkAction, signal),
    enabled: action !== undefined,
    // It says what is now, not what was.
    gcTime: 0,
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
}

async function dryRun(target: BulkTarget, action: BulkAction, signal: AbortSignal): Promise<DryRunResult> {
  const refusing = refusingStatuses(action);
  if ('chosen' in target) {
    const runs = [...target.chosen.values()];
    const count = runs.filter(({ status }) => refusing.includes(status)).length;
    return {
      matched: runs.length,
      capped: false,
      sample: runs.slice(0, SAMPLE),
      refused: { count, capped: false, isLeast: false },
    };
  }
  const filter = queryOf(target.filters, serverNow());
  const statuses = refusing.filter((status) => filter.status?.includes(status) ?? true);
  const [preview, refused] = await Promise.all([
    client.bulkJobs.preview(action, filter, { signal }),
    statuses.length === 0 ? { count: 0, capped: false } : client.runs.count({ ...filter, status: statuses }, { signal }),
  ]);
  return {
    ...preview,
    refused: {
      count: refused.count,
      capped: refused.capped,
      isLeast: 'searchedTo' in refused && refused.searchedTo !== undefined,
    },
  };
}

export function DryRun({ result, isChosen }: { result: DryRunResult; isChosen: boolean }) {
  const { matched, capped, sample, refused } = result;
  const more = matched - sample.length;
  return (
    <section aria-label="Dry run" className="flex flex-col gap-2 rounded-md border border-line p-3">
      <p className="text-sm" role="status">
        <strong className="font-semibold">{countText({ count: matched, capped })}</strong>
        {isChosen ? ' chosen' : ' match now'}.{' '}
        {refused.count > 0 && (
          <span className="text-warn">
            {refused.isLeast && 'At least '}
            {refused.count.toLocaleString('en')}
            {refused.capped && '+'} {refused.count === 1 ? 'has a status that refuses' : 'have a status that refuses'} it.
          </span>
        )}
      </p>
      {sample.length > 0 && (
        <Table
          label="The newest of them"
          head={
            <>
              <Th>Run</Th>
              <Th>Workflow</Th>
              <Th>Status</Th>
              <Th>Created</Th>
            </>
          }
        >
          {sample.map((run) => (
            <Tr key={run.runId}>
              <Td className="max-w-48 truncate whitespace-nowrap">
                <RunLink id={run.runId} {...(run.externalId !== null && { text: run.externalId })} />
              </Td>
              <Td className="max-w-60 truncate">{run.workflowName}</Td>
              <Td>
                <RunStatusBadge status={run.status} />
              </Td>
              <Td>
                <Time at={run.createdAt} />
              </Td>
            </Tr>
          ))}
        </Table>
      )}
      {more > 0 && (
        <p className="px-3 text-muted text-xs">
          and {more.toLocaleString('en')}
          {capped && '+'} more
        </p>
      )}
    </section>
  );
}
