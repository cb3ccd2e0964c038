// All commands that the run was sent, newest first: who, why, with which data, and what became of each.
import { client } from '../../api/client';
import { Payload } from '../../parts/payload';
import { Table, Td, Th, Tr } from '../../parts/table';
import { Time } from '../../parts/time';
import { CommandOutcome } from './command-outcome';
import { RecordList } from './record-list';
import { useRecordPages } from './use-record-pages';
import { partKey } from './use-run';

export function CommandsTab({ runId }: { runId: string }) {
  const pages = useRecordPages([...partKey('commands', runId), 'all'], async (before: string | undefined, signal) => {
    const { commands, nextBefore } = await client.runs.commands(runId, before === undefined ? {} : { before }, { signal });
    return { rows: commands, next: nextBefore };
  });
  return (
    <RecordList
      pages={pages}
      title="Commands"
      empty={{ title: 'It was sent no command.', text: 'HOLD, RESUME, STOP, RESET, and those of its workflow are listed here.' }}
    >
      {(commands) => (
        <Table
          label="Commands"
          head={
            <>
              <Th>Command</Th>
              <Th>Sent</Th>
              <Th>By</Th>
              <Th>Reason</Th>
              <Th>The run was</Th>
              <Th>What became of it</Th>
              <Th>Data</Th>
            </>
          }
        >
          {commands.map((command) => (
            <Tr key={command.commandId}>
              <Td className="font-medium">{command.command}</Td>
              <Td>
                <Time at={command.receivedAt} />
              </Td>
              <Td className="break-words">{command.actor}</Td>
              <Td className="min-w-40 max-w-96 break-words">{command.reason ?? <span className="text-muted">none</span>}</Td>
              <Td>{command.state}</Td>
              <Td className="min-w-48">
                <CommandOutcome command={command} />
              </Td>
              <Td className="min-w-40">
                <Payload
                  value={command.data}
                  what={`data of ${command.command}`}
                  source={{ runId, of: { of: 'command', command: command.commandId } }}
                />
              </Td>
            </Tr>
          ))}
        </Table>
      )}
    </RecordList>
  );
}
