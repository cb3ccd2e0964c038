// The swap to a new generation: only when all is drained, and it says why not.
import { useState } from 'react';
import { client } from '../../../api/client';
import { forbidden, useMay } from '../../../api/me';
import { Button } from '../../../parts/button';
import { ConfirmDialog } from '../../../parts/confirm-dialog';
import { Time } from '../../../parts/time';
import { useAction } from '../../../parts/use-action';
import { type Status, swapObstacle } from './cut-over';

export function SwapStep({ status, isDone }: { status: Status; isDone: boolean }) {
  const may = useMay('maintenance');
  const [isAsking, setAsking] = useState(false);
  const swap = useAction({
    run: (reason: string | undefined) => client.maintenance.swap(reason === undefined ? {} : { reason }),
    changes: [['maintenance'], ['executors'], ['diagnostics']],
    done: ({ generation }) => `Generation ${generation} has begun.`,
    toastsErrors: false,
  });
  const obstacle = swapObstacle(status);
  const workers = status.executors.filter(({ role }) => role !== 'client').length;
  return (
    <div className="flex flex-col gap-3 text-sm">
      {isDone ? (
        <p>
          Swapped to generation {status.generation} at <Time at={status.lastSwapAt} />. Boot the new release now: its processes
          belong to this generation.{' '}
          {workers === 0 ? 'None is there yet: no process executes runs now.' : `${workers} of it are there.`}
        </p>
      ) : (
        <p className="text-muted">{obstacle ?? 'Everything is drained.'} Skip it when only the work was to rest: exit then.</p>
      )}
      <div>
        <Button
          kind={isDone ? 'plain' : 'primary'}
          why={may ? obstacle : forbidden('maintenance')}
          onClick={() => setAsking(true)}
        >
          {isDone ? 'Swap again …' : 'Swap …'}
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        title="Swap to a new generation"
        action={`Begin generation ${status.generation + 1}`}
        isDangerous
        typed="swap"
        why={obstacle}
        onConfirm={(reason) => swap.mutateAsync(reason)}
      >
        <p>
          {workers === 1 ? 'The one process' : `All ${workers} processes`} of generation {status.generation} will execute nothing
          any more, ever. They go on to answer requests and to start runs. Until processes boot after this, no process executes
          runs.
        </p>
      </ConfirmDialog>
    </div>
  );
}
