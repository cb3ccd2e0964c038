// The runs that it started as its children, and theirs when they are opened, with what each is doing. Live.
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { client } from '../../api/client';
import { useLiveInvalidation } from '../../api/live-query';
import { Button, IconButton } from '../../parts/button';
import { RunLink } from '../../parts/run-link';
import { RunStatusBadge } from '../../parts/run-status';
import { Table, Td, Th, Tr } from '../../parts/table';
import { Duration, Time } from '../../parts/time';
import { RecordList } from './record-list';
import { useRecordPages } from './use-record-pages';

export function ChildrenTab({ runId }: { runId: string }) {
  useLiveInvalidation(['runs'], ['children']);
  const pages = useChildren(runId);
  return (
    <RecordList
      pages={pages}
      title="Children"
      empty={{
        title: 'It has started no child.',
        text: 'Workflows that its code calls or starts are runs of their own, listed here.',
      }}
    >
      {() => (
        <Table
          label="Children"
          head={
            <>
              <Th>Run</Th>
              <Th>Workflow</Th>
              <Th>Status</Th>
              <Th>Created</Th>
              <Th>Took</Th>
            </>
          }
        >
          <ChildRows runId={runId} depth={0} />
        </Table>
      )}
    </RecordList>
  );
}

function useChildren(runId: string) {
  return useRecordPages(['children', runId], async (cursor: string | undefined, signal) => {
    const { runs, nextCursor } = await client.runs.children(runId, cursor === undefined ? {} : { cursor }, { signal });
    return { rows: runs, next: nextCursor };
  });
}

function ChildRows({ runId, depth }: { runId: string; depth: number }) {
  const { query, hasMore, isLoadingMore, loadMore } = useChildren(runId);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  if (query.data === undefined || query.data.length === 0)
    return (
      <Tr>
        <Td colSpan={5} className="text-muted" style={{ paddingLeft: `${depth * 1.5 + 0.75}rem` }}>
          {query.data === undefined ? (query.error?.message ?? 'Loading …') : 'It has no children.'}
        </Td>
      </Tr>
    );
  return (
    <>
      {query.data.map((run) => (
        <ChildRow key={run.runId} run={run} depth={depth} isOpen={open.has(run.runId)} onToggle={() => toggle(run.runId)} />
      ))}
      {depth > 0 && hasMore && (
        <Tr>
          <Td colSpan={5} style={{ paddingLeft: `${depth * 1.5 + 0.75}rem` }}>
            <Button isBusy={isLoadingMore} onClick={loadMore}>
              Load more
            </Button>
          </Td>
        </Tr>
      )}
    </>
  );
}

type Child = Awaited<ReturnType<typeof client.runs.children>>['runs'][number];

function ChildRow({ run, depth, isOpen, onToggle }: { run: Child; depth: number; isOpen: boolean; onToggle(): void }) {
  return (
    <>
      <Tr>
        <Td style={{ paddingLeft: `${depth * 1.5 + 0.5}rem` }}>
          <span className="flex items-center gap-1 whitespace-nowrap">
            <IconButton
              label={`${isOpen ? 'Hide' : 'Show'} the children of ${run.runId}`}
              icon={isOpen ? <ChevronDown /> : <ChevronRight />}
              aria-expanded={isOpen}
              className="size-6!"
              onClick={onToggle}
            />
            <RunLink id={run.runId} />
          </span>
        </Td>
        <Td className="min-w-32 break-words">{run.workflowName}</Td>
        <Td>
          <RunStatusBadge status={run.status} />
        </Td>
        <Td>
          <Time at={run.createdAt} />
        </Td>
        <Td>
          <Duration from={run.startedAt} to={run.completedAt} />
        </Td>
      </Tr>
      {isOpen && <ChildRows runId={run.runId} depth={depth + 1} />}
    </>
  );
}
