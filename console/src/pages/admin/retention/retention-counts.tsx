// What a sweep would do, or did: runs by workflow and reason.
import type { client } from '../../../api/client';
import { Table, Td, Th, Tr } from '../../../parts/table';

export type RetentionResult = Awaited<ReturnType<typeof client.retention.preview>>;

export function RetentionCounts({ result: { dryRun, deleted, timedOut, workflows } }: { result: RetentionResult }) {
  const number = (count: number) => count.toLocaleString('en');
  return (
    <div className="flex flex-col gap-2 text-sm">
      <p role="status">
        <strong>{number(deleted)}</strong> runs {dryRun ? 'would be' : 'were'} deleted, <strong>{number(timedOut)}</strong>{' '}
        {dryRun ? 'would be ended' : 'were ended'} by the global timeout.{dryRun && ' Nothing has been changed.'}
      </p>
      {workflows.length > 0 && (
        <Table
          label="Runs by workflow"
          head={
            <>
              <Th>Workflow</Th>
              <Th className="text-right">Deleted by age</Th>
              <Th className="text-right">Deleted by number</Th>
              <Th className="text-right">Ended by the global timeout</Th>
            </>
          }
        >
          {workflows.map((row) => (
            <Tr key={row.workflowName}>
              <Td className="min-w-24 break-words">{row.workflowName}</Td>
              <Td className="text-right tabular-nums">{number(row.after)}</Td>
              <Td className="text-right tabular-nums">{number(row.maxRows)}</Td>
              <Td className="text-right tabular-nums">{number(row.globalTimeout)}</Td>
            </Tr>
          ))}
        </Table>
      )}
    </div>
  );
}
