// The run's mailbox, in the order in which messages came, with what of it the run has taken.
import { client } from '../../api/client';
import { Payload } from '../../parts/payload';
import { Table, Td, Th, Tr } from '../../parts/table';
import { Time } from '../../parts/time';
import { RecordList } from './record-list';
import { useRecordPages } from './use-record-pages';
import { partKey } from './use-run';

export function MessagesTab({ runId }: { runId: string }) {
  const pages = useRecordPages(partKey('messages', runId), async (after: string | undefined, signal) => {
    const { messages, nextAfter } = await client.runs.messages(runId, after === undefined ? {} : { after }, { signal });
    return { rows: messages, next: nextAfter };
  });
  return (
    <RecordList
      pages={pages}
      title="Mailbox"
      empty={{
        title: 'Nobody has sent it a message.',
        text: 'What its code receives by wf.receive is listed here, taken or not.',
      }}
    >
      {(messages) => (
        <Table
          label="Mailbox"
          head={
            <>
              <Th>Topic</Th>
              <Th>Payload</Th>
              <Th>Sent</Th>
              <Th>Taken</Th>
              <Th>Idempotency key</Th>
            </>
          }
        >
          {messages.map(({ messageId, topic, payload, createdAt, takenBy, takenAt, isPending, idempotencyKey }) => (
            <Tr key={messageId}>
              <Td className="min-w-24 break-all font-mono text-xs">{topic}</Td>
              <Td className="min-w-56">
                <Payload
                  value={payload}
                  what={`message ${topic}`}
                  source={{ runId, of: { of: 'message', message: messageId } }}
                />
              </Td>
              <Td>
                <Time at={createdAt} />
              </Td>
              <Td className="min-w-32">
                {takenAt === null ? (
                  <span className="text-warn">{isPending ? 'not yet: the run is still to be told' : 'not yet'}</span>
                ) : (
                  <>
                    <Time at={takenAt} />
                    {takenBy !== null && <> by operation {takenBy}</>}
                  </>
                )}
              </Td>
              <Td className="max-w-56 break-all font-mono text-xs">{idempotencyKey}</Td>
            </Tr>
          ))}
        </Table>
      )}
    </RecordList>
  );
}
