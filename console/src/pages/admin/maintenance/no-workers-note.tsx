// Said where the maintenance ends while no process executes runs: to end it lets nothing begin yet. Used by the steps of a cut-over.
import { hasWorkers, type Status } from './cut-over';

export function NoWorkersNote({ status }: { status: Status }) {
  if (hasWorkers(status)) return null;
  return (
    <p className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
      No process executes runs now: what waits begins when one of generation {status.generation} starts. Processes that were
      swapped never do; start them anew.
    </p>
  );
}
