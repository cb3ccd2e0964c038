// One run of the list: a row of cells, or a card on phones. Drawn anew only when the run, the columns, or what is chosen change.
import { type CSSProperties, memo, type ReactNode } from 'react';
import type { RunSummaryAnswer } from '../../../../lib/http-client/index.js';
import { RunLink } from '../../parts/run-link';
import { RunStatusBadge } from '../../parts/run-status';
import { Time } from '../../parts/time';
import { type RunColumn, RunDuration } from './run-columns';

export interface RunRowProps {
  run: RunSummaryAnswer;
  /** From 0. */
  index: number;
  top: number;
  height: number;
  isChosen: boolean;
  /** The one that the keyboard is at. */
  isActive: boolean;
  onChoose(index: number, isRange: boolean): void;
}

const LOOK =
  'absolute top-0 left-0 w-full border-line border-b outline-offset-[-2px] hover:bg-sunken/60 aria-selected:bg-accent-soft';

export const RunRow = memo(function RunRow({
  columns,
  grid,
  ...row
}: RunRowProps & { columns: readonly RunColumn[]; grid: string }) {
  return (
    <Row {...row} rowIndex={row.index + 2} className="grid items-center text-sm" style={{ gridTemplateColumns: grid }}>
      {/* biome-ignore lint/a11y/useSemanticElements: a table can't be virtual; this is the grid pattern */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the row has the focus, or what is in the cell */}
      <div role="gridcell" aria-colindex={1} className="flex justify-center">
        <Choose {...row} />
      </div>
      {columns.map(({ id, cell }, place) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useFocusableInteractive: as above
        <div key={id} role="gridcell" aria-colindex={place + 2} className="min-w-0 truncate px-2">
          {cell(row.run)}
        </div>
      ))}
    </Row>
  );
});

export const RunCard = memo(function RunCard(row: RunRowProps) {
  const { run } = row;
  return (
    <Row {...row} rowIndex={row.index + 1} className="bg-surface text-sm">
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as above */}
      <div role="gridcell" aria-colindex={1} className="flex h-full gap-3 px-3 py-2">
        <span className="pt-0.5">
          <Choose {...row} />
        </span>
        <div className="flex min-w-0 flex-1 flex-col justify-between gap-1">
          <div className="flex items-center gap-2">
            <span className="min-w-0 flex-1 truncate font-medium" title={run.workflowName}>
              {run.workflowName}
            </span>
            <RunStatusBadge status={run.status} />
          </div>
          <div className="flex items-center gap-2 text-muted text-xs">
            <span className="max-w-1/2 shrink-0 truncate">
              <RunLink id={run.runId} {...(run.externalId !== null && { text: run.externalId })} />
            </span>
            <span className="min-w-0 truncate">
              {run.queue}
              {run.partitionKey !== null && ` · ${run.partitionKey}`}
            </span>
          </div>
          <div className="flex items-center justify-between gap-2 text-muted text-xs">
            <Time at={run.createdAt} />
            <RunDuration run={run} />
          </div>
        </div>
      </div>
    </Row>
  );
});

interface RowFrame extends RunRowProps {
  rowIndex: number;
  className: string;
  style?: CSSProperties;
  children: ReactNode;
}

function Row({ run, index, top, height, isChosen, isActive, rowIndex, className, style, children }: RowFrame) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as above
    <div
      role="row"
      aria-rowindex={rowIndex}
      aria-selected={isChosen}
      tabIndex={isActive ? 0 : -1}
      data-index={index}
      data-run={run.runId}
      className={`${LOOK} cursor-pointer ${className}`}
      style={{ ...style, height, transform: `translateY(${top}px)` }}
    >
      {children}
    </div>
  );
}

function Choose({ run, index, isChosen, isActive, onChoose }: RunRowProps) {
  return (
    <input
      type="checkbox"
      aria-label={`Choose run ${run.runId}`}
      checked={isChosen}
      tabIndex={isActive ? 0 : -1}
      className="size-4 accent-accent"
      // A click tells whether Shift is held; a change does not.
      onClick={(event) => onChoose(index, event.shiftKey)}
      onChange={() => undefined}
    />
  );
}
