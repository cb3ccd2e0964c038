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
  // Those that the bar shows, but on phones behind its button; and the workflow, unless there are several.
  const folded: FilterKey[] = ['status', 'created', 'createdFrom', 'createdBefore'];
  const field: FilterKey[] = filters.name === undefined ? ['nameContains'] : filters.name.length === 1 ? ['name'] : [];
  const chips = chipsOf(filters, field).map((chip) => ({
    ...chip,
    // A status that there is not has no button to take it away.
    isFolded: folded.includes(chip.key) && !(chip.key === 'status' && !RUN_STATUSES.some((status) => status === chip.value)),
  }));
  const more = chips.filter(({ isFolded }) => !isFolded).length;
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
          {more > 0 && <span className="rounded-full bg-accent-soft px-1.5 text-accent text-xs tabular-nums">{more}</span>}
        </Button>
        <SavedFilters filters={filters} onChange={set} />
        {Object.keys(filters).length > 0 && (
          <span className="hidden sm:inline">
            <Button kind="quiet" onClick={() => set({})}>
              Clear
            </Button>
          </span>
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
      <FilterChips chips={chips} isFoldedShown={!isOpen} onChange={set} />
    </section>
  );
}
