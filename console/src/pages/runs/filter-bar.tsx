// What runs are looked for by: the usual ones at hand, all others behind a button, each that is set as a chip that takes it away. It stands in the URL.
import { ListFilter } from 'lucide-react';
import { useState } from 'react';
import { RUN_STATUSES } from '../../../../lib/model/run.js';
import { Button } from '../../parts/button';
import { FilterChips } from './filter-chips';
import { MoreFilters } from './more-filters';
import { chipsOf, type FilterKey, type RunFilters } from './run-filters';
import { SavedFilters } from './saved-filters';
import { StatusChips } from './status-chips';
import { TimeRange } from './time-range-field';
import { WorkflowField } from './workflow-field';

export interface FilterBarProps {
  filters: RunFilters;
  /** `isStep`: Back leads to what was before it. */
  onChange(filters: RunFilters, isStep: boolean): void;
}

export function FilterBar({ filters, onChange }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  const shown: FilterKey[] = [
    'status',
    'created',
    ...(filters.name === undefined || filters.name.length === 1 ? (['name'] as const) : []),
  ];
  if (filters.name === undefined) shown.push('nameContains');
  // A status that there is not has no button to take it away.
  const chips = chipsOf(filters, shown).concat(
    chipsOf(filters).filter(({ key, value }) => key === 'status' && !RUN_STATUSES.some((status) => status === value)),
  );
  const set = (next: RunFilters) => onChange(next, true);
  return (
    <section aria-label="Filters" className="flex flex-col gap-2">
      <div className="flex flex-wrap items-start gap-2">
        <WorkflowField filters={filters} onChange={(next) => onChange(next, false)} />
        <div className="hidden sm:block">
          <TimeRange of="created" filters={filters} onChange={set} />
        </div>
        <Button icon={<ListFilter />} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <span className="hidden sm:inline">More filters</span>
          <span className="sm:hidden">Filters</span>
          {chips.length > 0 && (
            <span className="rounded-full bg-accent-soft px-1.5 text-accent text-xs tabular-nums">{chips.length}</span>
          )}
        </Button>
        <SavedFilters filters={filters} onChange={set} />
        {Object.keys(filters).length > 0 && (
          <Button kind="quiet" onClick={() => set({})}>
            Clear
          </Button>
        )}
      </div>
      <div className={isOpen ? '' : 'hidden sm:block'}>
        <StatusChips filters={filters} onChange={set} />
      </div>
      {isOpen && (
        <>
          <div className="sm:hidden">
            <TimeRange of="created" filters={filters} onChange={set} />
          </div>
          <MoreFilters key={JSON.stringify(filters)} filters={filters} onChange={set} />
        </>
      )}
      <FilterChips chips={chips} onChange={set} />
    </section>
  );
}
