// What operators did to the run, newest first: who, what, why, by which request, and what it changed.
import { client } from '../../api/client';
import { CopyButton } from '../../parts/copy-button';
import { payloadText } from '../../parts/payload';
import { Table, Td, Th, Tr } from '../../parts/table';
import { Time } from '../../parts/time';
import { RecordList } from './record-list';
import { useRecordPages } from './use-record-pages';
import { partKey } from './use-run';

export function AuditTab({ runId }: { runId: string }) {
  const pages = useRecordPages(partKey('audit', runId), async (cursor: string | undefined, signal) => {
    const { entries, nextCursor } = await client.runs.audit(runId, cursor === undefined ? {} : { cursor }, { signal });
    return { rows: entries, next: nextCursor };
  });
  return (
    <RecordList
      pages={pages}
      title="Audit log"
      empty={{
        title: 'No operator did anything to it.',
        text: 'Starts, commands, cancels and settings by operators are listed here.',
      }}
    >
      {(entries) => (
        <Table
          label="Audit log of the run"
          head={
            <>
              <Th>When</Th>
              <Th>Who</Th>
              <Th>What</Th>
              <Th>Reason</Th>
              <Th>Before → after</Th>
              <Th>Request</Th>
            </>
          }
        >
          {entries.map(({ auditId, at, actor, action, reason, before, after, requestId }) => (
            <Tr key={auditId}>
              <Td>
                <Time at={at} />
              </Td>
              <Td className="break-words">{actor}</Td>
              <Td className="font-medium">{action}</Td>
              <Td className="min-w-40 max-w-96 break-words">{reason ?? <span className="text-muted">none</span>}</Td>
              <Td className="min-w-56 max-w-lg wrap-anywhere font-mono text-xs">
                {before !== null && <>{payloadText(before)} → </>}
                {after === null ? '' : payloadText(after)}
              </Td>
              <Td>
                {requestId !== null && (
                  <span className="flex items-center gap-1">
                    <span className="max-w-32 truncate font-mono text-xs" title={requestId}>
                      {requestId}
                    </span>
                    <CopyButton text={requestId} what="the id of the request" />
                  </span>
                )}
              </Td>
            </Tr>
          ))}
        </Table>
      )}
    </RecordList>
  );
}
