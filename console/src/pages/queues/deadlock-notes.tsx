// Deadlocks of a queue, explained: who waits for whom, and what an operator can do.
import { Link2Off } from 'lucide-react';
import { RunLink } from '../../parts/run-link';
import type { QueueView } from './queue-figures';

export function DeadlockNotes({ deadlocks }: { deadlocks: QueueView['deadlocks'] }) {
  return deadlocks.map(({ partitionKey, holder, child }) => (
    <div
      key={`${holder} ${child}`}
      role="alert"
      className="flex items-start gap-3 rounded-lg border border-bad bg-bad-soft p-3 text-sm"
    >
      <Link2Off aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="min-w-0">
        <p className="break-words font-medium">
          Deadlock: nothing can go on {partitionKey === null ? 'in this queue' : `in the partition ${partitionKey}`}.
        </p>
        <p className="mt-0.5">
          All that hold a permit there wait for a child that waits for a permit of the same place. <RunLink id={holder} /> is one
          of them, its child is <RunLink id={child} />. Raise the limit, or cancel one of the two.
        </p>
      </div>
    </div>
  ));
}
