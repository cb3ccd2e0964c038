// The end of the maintenance of all queues.
import { useState } from 'react';
import { client } from '../../../api/client';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { ConfirmDialog } from '../../../parts/confirm-dialog';
import { useAction } from '../../../parts/use-action';
import type { Status } from './cut-over';

export function ExitStep({ status, isEntered }: { status: Status; isEntered: boolean }) {
  const may = useMay('maintenance');
  const [isAsking, setAsking] = useState(false);
  const exit = useAction({
    run: (reason: string | undefined) => client.maintenance.exit(reason === undefined ? {} : { reason }),
    changes: [['maintenance'], ['queues'], ['runs']],
    done: ({ ended }) => (ended ? 'The maintenance is over.' : 'It was over already.'),
    toastsErrors: false,
  });
  const hasWorkers = status.executors.some(({ role, generation }) => role !== 'client' && generation === status.generation);
  const why = may ? (isEntered ? undefined : 'Not all queues are in maintenance.') : forbidden('maintenance');
  return (
    <div className="flex flex-col gap-3 text-sm">
      {isEntered && !hasWorkers && (
        <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
          No process of generation {status.generation} executes runs yet: what waits begins when one does.
        </p>
      )}
      <div>
        <Button why={why} onClick={() => setAsking(true)}>
          Exit maintenance …
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title="Exit maintenance"
        action="Exit"
        onConfirm={(reason) => exit.mutateAsync(reason)}
      >
        <p>What waits in the queues begins, and starts are accepted again. Queues with a maintenance of their own stay in it.</p>
      </ConfirmDialog>
    </div>
  );
}
