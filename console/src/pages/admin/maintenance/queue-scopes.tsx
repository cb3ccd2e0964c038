// Queues that have a maintenance of their own, each with its way out.
import { useState } from 'react';
import { client } from '../../../api/client';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { ConfirmDialog } from '../../../parts/confirm-dialog';
import { Panel } from '../../../parts/page';
import { Table, Td, Th, Tr } from '../../../parts/table';
import { Time } from '../../../parts/time';
import { useAction } from '../../../parts/use-action';
import type { Scope } from './cut-over';

export function QueueScopes({ scopes }: { scopes: readonly Scope[] }) {
  const may = useMay('maintenance');
  const [asked, setAsked] = useState<string>();
  const exit = useAction({
    run: ({ queue, reason }: { queue: string; reason: string | undefined }) =>
      client.maintenance.exit({ queues: [queue], ...(reason !== undefined && { reason }) }),
    changes: [['maintenance'], ['queues'], ['runs']],
    done: ({ ended }, { queue }) => (ended ? `Maintenance of ${queue} is over.` : 'It was over already.'),
    toastsErrors: false,
  });
  if (scopes.length === 0) return null;
  return (
    <Panel title="Queues with a maintenance of their own" isFlush>
      <Table
        label="Queues with a maintenance of their own"
        head={
          <>
            <Th>Queue</Th>
            <Th>Mode</Th>
            <Th>In flight</Th>
            <Th>Entered</Th>
            <Th>By</Th>
            <Th>Ends</Th>
            <Th>Reason</Th>
            <Th>
              <span className="sr-only">Actions</span>
            </Th>
          </>
        }
      >
        {scopes.map((scope) => (
          <Tr key={scope.queue}>
            <Td className="min-w-28 break-words font-medium">{scope.queue}</Td>
            <Td>{scope.mode}</Td>
            <Td className="tabular-nums">{scope.inFlight}</Td>
            <Td>
              <Time at={scope.enteredAt} />
            </Td>
            <Td className="min-w-24 break-words">{scope.actor}</Td>
            <Td>
              <Time at={scope.until} none="when somebody exits it" />
            </Td>
            <Td className="min-w-24 break-words">{scope.reason}</Td>
            <Td className="text-right">
              <Button why={may ? undefined : forbidden('maintenance')} onClick={() => setAsked(scope.queue ?? undefined)}>
                Exit …<span className="sr-only"> maintenance of {scope.queue}</span>
              </Button>
            </Td>
          </Tr>
        ))}
      </Table>
      <ConfirmDialog
        isOpen={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={`Exit maintenance of ${asked ?? ''}`}
        action="Exit"
        onConfirm={(reason) => exit.mutateAsync({ queue: asked ?? '', reason })}
      >
        <p>What waits in this queue begins, unless all queues are in maintenance.</p>
      </ConfirmDialog>
    </Panel>
  );
}
