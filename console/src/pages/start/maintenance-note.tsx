// What maintenance does to a start here: refused, or enqueued until it is over.
import { Construction } from 'lucide-react';
import { useMaintenance } from '../../shell/maintenance-banner';
import { goToPlace } from './go-to-place';

export function MaintenanceNote({ queue, isAllowed }: { queue: string; isAllowed: boolean }) {
  const { data } = useMaintenance();
  if (!data?.active) return null;
  const isWhole = data.scopes.some((scope) => scope.queue === null);
  const named = data.scopes.flatMap((scope) => scope.queue ?? []);
  if (!isWhole && queue !== '' && !named.includes(queue)) return null;
  const isSure = isWhole || queue !== '';
  const becomes = isAllowed
    ? 'the run is enqueued, and begins when the maintenance is over.'
    : 'a start is refused. With “Start during maintenance” it is enqueued, and begins when the maintenance is over.';
  return (
    <p role="status" className="flex items-start gap-2 rounded-md border border-warn bg-warn-soft px-3 py-2 text-sm text-warn">
      <Construction aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>
        {isSure
          ? `${isWhole ? 'All queues are' : `Queue ${queue} is`} in maintenance: `
          : `In maintenance: ${named.join(', ')}. If the workflow's queue is one of these, `}
        {becomes}
        {!isAllowed && (
          <>
            {' '}
            <button type="button" onClick={() => goToPlace('option allowDuringMaintenance')} className="font-medium underline">
              Show this option
            </button>
          </>
        )}
      </span>
    </p>
  );
}
