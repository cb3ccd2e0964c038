// The filters that are set and that the bar does not show itself: each says what it is, and goes by a click.
import { X } from 'lucide-react';
import type { FilterChip, RunFilters } from './run-filters';

export function FilterChips({ chips, onChange }: { chips: readonly FilterChip[]; onChange(filters: RunFilters): void }) {
  if (chips.length === 0) return null;
  return (
    <ul aria-label="Set filters" className="flex flex-wrap gap-1.5">
      {chips.map(({ key, label, value, without }) => (
        <li key={`${key} ${value}`} className="max-w-full">
          <button
            type="button"
            onClick={() => onChange(without)}
            aria-label={`Remove the filter ${label} ${value}`}
            className="inline-flex h-7 max-w-full items-center gap-1.5 rounded-full border border-line bg-accent-soft px-2.5 text-xs hover:border-accent"
          >
            <span className="shrink-0 text-muted">{label}</span>
            <span className="truncate font-medium text-ink">{value}</span>
            <X aria-hidden className="size-3.5 shrink-0 text-muted" />
          </button>
        </li>
      ))}
    </ul>
  );
}
