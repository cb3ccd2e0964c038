// On every page while something is in maintenance: what, why, since when and by whom, and the way to its progress.
import { Construction } from 'lucide-react';
import { Link } from 'wouter';
import { client } from '../api/client';
import { useLiveQuery } from '../api/live-query';
import { Time } from '../parts/time';

export function useMaintenance() {
  return useLiveQuery(['maintenance'], {
    queryKey: ['maintenance'],
    queryFn: ({ signal }) => client.maintenance.status({ signal }),
  });
}

export function MaintenanceBanner() {
  const { data } = useMaintenance();
  if (!data?.active) return null;
  return (
    <div role="status" className="border-warn border-b bg-warn-soft text-warn">
      <div className="mx-auto flex max-w-[110rem] flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-sm sm:px-6">
        <Construction aria-hidden className="size-5 shrink-0" />
        <strong>
          Maintenance: nothing new begins
          {data.scopes.some(({ queue }) => queue === null) ? '' : ` in ${data.scopes.map(({ queue }) => queue).join(', ')}`}.
        </strong>
        {data.scopes.map((scope) => (
          <span key={scope.queue ?? '*'} className="min-w-0 break-words">
            {scope.mode} since <Time at={scope.enteredAt} /> by {scope.actor}
            {scope.reason ? `: ${scope.reason}` : ''}
          </span>
        ))}
        <span>{data.drained ? 'Drained.' : 'Draining …'}</span>
        <Link href="/admin/maintenance" className="ml-auto font-medium underline">
          Progress
        </Link>
      </div>
    </div>
  );
}
