// The filters that are set: each says what it is, and goes by a click. On a wide screen without those that the bar shows itself.
import { X } from 'lucide-react';
import type { FilterChip, RunFilters } from './run-filters';

export interface FilterChipsProps {
  /** `isFolded`: the bar shows it where there is room. */
  chips: ReadonlyArray<FilterChip & { isFolded: boolean }>;
  /** On a phone the folded ones too. */
  isFoldedShown: boolean;
  onChange(filters: RunFilters): void;
}

const LOOK = 'inline-flex h-7 max-w-full items-center gap-1.5 rounded-full border px-2.5 text-xs hover:border-accent';

export function FilterChips({ chips, isFoldedShown, onChange }: FilterChipsProps) {
  const shown = chips.filter(({ isFolded }) => !isFolded || isFoldedShown);
  if (shown.length === 0) return null;
  return (
    <ul
      aria-label="Set filters"
      className={`flex flex-wrap gap-1.5 ${shown.every(({ isFolded }) => isFolded) ? 'sm:hidden' : ''}`}
    >
      {shown.map(({ key, label, value, without, isFolded }) => (
        <li key={`${key} ${value}`} className={`max-w-full ${isFolded ? 'sm:hidden' : ''}`}>
          <button type="button" onClick={() => onChange(without)} className={`border-line bg-accent-soft ${LOOK}`}>
            <span className="sr-only">Remove the filter </span>
            <span className="shrink-0 text-muted">{label}</span> <span className="truncate font-medium text-ink">{value}</span>
            <X aria-hidden className="size-3.5 shrink-0 text-muted" />
          </button>
        </li>
      ))}
      <li className="sm:hidden">
        <button type="button" onClick={() => onChange({})} className={`border-transparent font-medium text-muted ${LOOK}`}>
          Clear
        </button>
      </li>
    </ul>
  );
}
