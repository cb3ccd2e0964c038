// The head of the list of runs, which stays while one scrolls: titles, and the box that chooses all that is loaded.
import type { RunSummaryAnswer } from '../../../../lib/http-client/index.js';
import type { RunColumn } from './run-columns';
import type { RunSelection } from './selection';

export interface RunsHeadProps {
  columns: readonly RunColumn[];
  grid: string;
  height: number;
  rows: readonly RunSummaryAnswer[];
  selection: RunSelection;
}

export function RunsHead({ columns, grid, height, rows, selection }: RunsHeadProps) {
  const { size } = selection.chosen;
  const isAll = size > 0 && size >= rows.length;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table can't be virtual; this is the grid pattern
    <div role="rowgroup" className="sticky top-0 z-10 border-line border-b bg-surface text-muted text-xs">
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: what can be focused in it is the box */}
      <div role="row" aria-rowindex={1} className="grid items-center" style={{ gridTemplateColumns: grid, height: height - 1 }}>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: as above */}
        <div role="columnheader" aria-colindex={1} className="flex justify-center">
          <input
            type="checkbox"
            aria-label="Choose all runs that are loaded"
            className="size-4 accent-accent"
            checked={isAll}
            ref={(box) => {
              if (box !== null) box.indeterminate = size > 0 && !isAll;
            }}
            onChange={() => (isAll ? selection.clear() : selection.chooseAll(rows))}
          />
        </div>
        {columns.map(({ id, title }, place) => (
          // biome-ignore lint/a11y/useSemanticElements: as above
          // biome-ignore lint/a11y/useFocusableInteractive: as above
          <div key={id} role="columnheader" aria-colindex={place + 2} className="truncate px-2 font-medium">
            {title}
          </div>
        ))}
      </div>
    </div>
  );
}
