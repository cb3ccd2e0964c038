// What operators did to a queue lately: who, when, why, and what it changed. Loaded anew when the queue's settings are others.
import { useQuery } from '@tanstack/react-query';
import { client } from '../../api/client';
import { Loaded } from '../../parts/loaded';
import { Empty, Panel } from '../../parts/page';
import { payloadText } from '../../parts/payload';
import { Table, Td, Th, Tr } from '../../parts/table';
import { Time } from '../../parts/time';
import { type AuditLine, changedSettings, linesOf } from './audit-lines';
import { formOf } from './limit-rules';
import type { QueueView } from './queue-figures';

const ACTIONS = ['QUEUE_CREATE', 'QUEUE_UPDATE', 'QUEUE_PAUSE', 'QUEUE_RESUME'];
/** Of each kind, of all queues. */
const NEWEST = 100;
const SHOWN = 20;

const WORDS: Readonly<Record<string, string>> = {
  QUEUE_CREATE: 'Made',
  QUEUE_UPDATE: 'Limits',
  QUEUE_PAUSE: 'Paused',
  QUEUE_RESUME: 'Resumed',
};

export function QueueAudit({ queue }: { queue: QueueView }) {
  const { name, isPaused } = queue;
  const query = useQuery({
    queryKey: ['queue-audit', name, isPaused, formOf(queue)],
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(ACTIONS.map((action) => client.audit.list({ action, limit: NEWEST }, { signal })));
      return linesOf(
        pages.flatMap(({ entries }) => entries),
        name,
      ).slice(0, SHOWN);
    },
    placeholderData: (before) => before,
  });
  return (
    <Panel title="Changes" isFlush>
      <Loaded query={query} what="changes">
        {(lines) =>
          lines.length === 0 ? (
            <Empty title="No operator changed it lately." />
          ) : (
            <Table
              label={`Changes of ${name}`}
              head={
                <>
                  <Th>When</Th>
                  <Th>Who</Th>
                  <Th>What</Th>
                  <Th>Why</Th>
                </>
              }
            >
              {lines.map((line) => (
                <Line key={line.auditId} line={line} />
              ))}
            </Table>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Line({ line }: { line: AuditLine }) {
  const changes = line.action === 'QUEUE_UPDATE' ? changedSettings(line) : [];
  return (
    <Tr>
      <Td>
        <Time at={line.at} />
      </Td>
      <Td className="min-w-24 break-words">{line.actor}</Td>
      <Td>
        {WORDS[line.action] ?? line.action}
        {changes.map(({ setting, before, after }) => (
          <span key={setting} className="block whitespace-nowrap text-muted text-xs">
            {setting}: {payloadText(before)} → {payloadText(after)}
          </span>
        ))}
      </Td>
      <Td className="min-w-40 break-words">{line.reason ?? <span className="text-muted">—</span>}</Td>
    </Tr>
  );
}
