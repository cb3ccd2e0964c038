// The same operations as a table: rows and cells for screen readers, only those in sight are drawn.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { RunStepAnswer } from '../../../../lib/http-client/index.js';
import { payloadText } from '../../parts/payload';
import { ScrollBox } from '../../parts/scroll-box';
import { Duration, Time } from '../../parts/time';
import { kindWord, StatusWord } from './step-look';
import { ordinalOf, type TimelineRow } from './timeline-rows';

export interface StepsTableProps {
  /** Without that of the run. */
  rows: readonly TimelineRow[];
  steps: ReadonlyMap<number, RunStepAnswer>;
  chosen: number | undefined;
  onOpen(ordinal: number): void;
}

const ROW_PX = 32;
/** With its line: it stands still above the rows. */
const HEAD_PX = 33;
const COLUMNS = ['Seq', 'Name', 'Kind', 'Status', 'Attempts', 'Started', 'Completed', 'Duration', 'Output', 'Error'];
const GRID =
  'grid grid-cols-[4rem_minmax(12rem,1.5fr)_9rem_7rem_5rem_12rem_12rem_6rem_minmax(10rem,2fr)_minmax(10rem,1.5fr)] min-w-[92rem] items-center';
/** A cell shows no more of a value. */
const LONGEST = 200;

export function StepsTable({ rows, steps, chosen, onOpen }: StepsTableProps) {
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 4,
    scrollPaddingEnd: HEAD_PX,
  });
  const index = rows.findIndex((row) => ordinalOf(row) === chosen);
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index);
  }, [index, virtual]);
  return (
    <ScrollBox ref={scroller} label="Table of operations" className="max-h-[max(10rem,calc(100dvh-17rem))]">
      {/* biome-ignore lint/a11y/useSemanticElements: rows of a virtual table lie absolutely */}
      <div role="table" aria-label="Operations" aria-rowcount={rows.length + 1} className="text-xs">
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div role="rowgroup" className="sticky top-0 z-10 border-line border-b bg-surface">
          {/* biome-ignore lint/a11y/useSemanticElements: as above */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: nothing is done with it */}
          <div role="row" aria-rowindex={1} className={`${GRID} h-8 font-medium text-muted`}>
            {COLUMNS.map((name) => (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useFocusableInteractive: as above
              <span key={name} role="columnheader" className="px-3">
                {name}
              </span>
            ))}
          </div>
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const ordinal = ordinalOf(row);
            const step = steps.get(ordinal);
            return (
              // biome-ignore lint/a11y/useSemanticElements: as above
              // biome-ignore lint/a11y/useFocusableInteractive: as above
              <div
                key={ordinal}
                role="row"
                aria-rowindex={index + 2}
                className={`${GRID} absolute border-line border-b ${ordinal === chosen ? 'bg-accent-soft' : 'hover:bg-sunken'}`}
                style={{ height: ROW_PX, transform: `translateY(${start}px)` }}
              >
                <Cell className="font-mono tabular-nums">{String(ordinal).padStart(3, '0')}</Cell>
                <Cell>
                  <button
                    type="button"
                    className="max-w-full truncate text-accent hover:underline"
                    title={row.name}
                    onClick={() => onOpen(ordinal)}
                  >
                    {row.name}
                  </button>
                </Cell>
                <Cell>{kindWord(row.kind)}</Cell>
                <Cell>
                  <StatusWord status={row.status} />
                </Cell>
                <Cell className="tabular-nums">{step?.attempts ?? row.attempts}</Cell>
                <Cell>{row.isFromGuessed ? <span className="text-muted">not on record</span> : <Time at={row.from} />}</Cell>
                <Cell>
                  <Time at={Number.isFinite(row.to) ? row.to : null} />
                </Cell>
                <Cell>
                  <Duration from={row.from} to={Number.isFinite(row.to) ? row.to : null} />
                </Cell>
                <Cell className="font-mono">{payloadText(step?.output).slice(0, LONGEST)}</Cell>
                <Cell className="text-bad">{errorText(step?.error)}</Cell>
              </div>
            );
          })}
        </div>
      </div>
    </ScrollBox>
  );
}

function Cell({ className = '', children }: { className?: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows of a virtual table lie absolutely
    <span role="cell" className={`truncate px-3 ${className}`}>
      {children}
    </span>
  );
}

function errorText(error: RunStepAnswer['error'] | undefined): string {
  if (error === null || error === undefined) return '';
  if ('message' in error) return `${error.name}: ${error.message}`.slice(0, LONGEST);
  return 'name' in error ? error.name : 'too large for a table';
}
