// The statuses as buttons that are pressed or not; several count as any of them.
import { RUN_STATUSES, type RunStatus } from '../../../../lib/model/run.js';
import { RUN_LOOKS } from '../../parts/run-status';
import { changed, type RunFilters } from './run-filters';

export function StatusChips({ filters, onChange }: { filters: RunFilters; onChange(filters: RunFilters): void }) {
  const chosen = filters.status ?? [];
  const toggle = (status: RunStatus) =>
    onChange(
      changed(filters, { status: chosen.includes(status) ? chosen.filter((each) => each !== status) : [...chosen, status] }),
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset brings a frame and a legend
    <div role="group" aria-label="Status" className="flex flex-wrap gap-1.5">
      {RUN_STATUSES.map((status) => {
        const { icon: Icon, className, meaning } = RUN_LOOKS[status];
        const isChosen = chosen.includes(status);
        return (
          <button
            key={status}
            type="button"
            aria-pressed={isChosen}
            title={meaning}
            onClick={() => toggle(status)}
            className={`inline-flex h-7 items-center gap-1 rounded-full border px-2.5 font-medium text-xs ${isChosen ? `border-current ${className}` : 'border-line bg-surface text-muted hover:text-ink'}`}
          >
            <Icon aria-hidden className="size-3.5" />
            {status}
          </button>
        );
      })}
    </div>
  );
}
