// The end of the maintenance of all queues.
import { useState } from 'react';
import { client } from '../../../api/client';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { ConfirmDialog } from '../../../parts/confirm-dialog';
import { useAction } from '../../../parts/use-action';
import { hasWorkers, type Status } from './cut-over';
import { NoWorkersNote } from './no-workers-note';

export function ExitStep({ status, isEntered }: { status: Status; isEntered: boolean }) {
  const may = useMay('maintenance');
  const [isAsking, setAsking] = useState(false);
  const exit = useAction({
    run: (reason: string | undefined) => client.maintenance.exit(reason === undefined ? {} : { reason }),
    changes: [['maintenance'], ['queues'], ['runs']],
    done: ({ ended }) =>
      `${ended ? 'The maintenance is over.' : 'It was over already.'}${hasWorkers(status) ? '' : ' No process executes runs now.'}`,
    toastsErrors: false,
  });
  const why = may ? (isEntered ? undefined : 'Not all queues are in maintenance.') : forbidden('maintenance');
  return (
    <div className="flex flex-col gap-3 text-sm">
      {isEntered && <NoWorkersNote status={status} />}
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
        <NoWorkersNote status={status} />
        <p>
          {hasWorkers(status) ? 'What waits in the queues begins, and starts' : 'Starts'} are accepted again. Queues with a
          maintenance of their own stay in it.
        </p>
      </ConfirmDialog>
    </div>
  );
}
