// The list of runs as a grid: only the rows on the screen are in the page, and it stays where it is looked at while rows come and go above. Arrows or j and
// k move, Enter or o opens, Space or x chooses, with Shift from the last one chosen to this.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, useCallback, useEffect, useLayoutEffect, useRef } from 'react';
import { useLocation, useRouter } from 'wouter';
import { useIsNarrow } from '../../parts/narrow';
import { runPath } from '../../parts/run-link';
import { useKey } from '../../shell/keys';
import { ListEnd } from './list-end';
import type { BookState, RunBook } from './run-book';
import { useRunColumns } from './run-columns';
import { RunCard, RunRow } from './run-row';
import { RunsHead } from './runs-head';
import type { RunSelection } from './selection';
import { useActiveRow } from './use-active-row';

export interface RunsListProps {
  book: RunBook;
  state: BookState;
  selection: RunSelection;
  /** All that match; undefined: that is not known exactly. */
  count: number | undefined;
  /** The top is looked at again, and there is something new. */
  onTop(): void;
}

const ROW_HEIGHT = 36;
const CARD_HEIGHT = 92;
const HEAD_HEIGHT = 34;
const CHOOSE_WIDTH = 40;
/** Rows from the end from where on older ones are loaded. */
const AHEAD = 60;

export function RunsList({ book, state, selection, count, onTop }: RunsListProps) {
  const { rows } = state;
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useIsNarrow();
  const { columns } = useRunColumns();
  const [height, headHeight] = isNarrow ? [CARD_HEIGHT, 0] : [ROW_HEIGHT, HEAD_HEIGHT];
  const active = useActiveRow(rows, scroller);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 3,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    initialOffset: book.scrollTop,
    rangeExtractor: active.withActive,
  });
  useEffect(() => {
    if (height > 0) virtual.measure();
  }, [virtual, height]);
  useHeldPlace(rows, scroller, height);

  const first = virtual.range?.startIndex ?? 0;
  const last = virtual.range?.endIndex ?? 0;
  const { hasMore, isLoadingMore, isStopped, moreError } = state;
  const wantsMore = hasMore && !isLoadingMore && !isStopped && moreError === undefined && last + AHEAD >= rows.length;
  useEffect(() => {
    if (wantsMore) void book.loadMore();
  }, [book, wantsMore]);

  const hasFresh = state.fresh.count > 0;
  const onScroll = () => {
    const top = scroller.current?.scrollTop ?? 0;
    book.scrollTop = top;
    if (top < ROW_HEIGHT && hasFresh) onTop();
  };
  useEffect(() => {
    book.look(first, last, (scroller.current?.scrollTop ?? 0) < ROW_HEIGHT);
  });
  // Another search begins where it was left, or at its top.
  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: book.scrollTop });
  }, [book]);

  const open = useOpenRun();
  const onChoose = useCallback(
    (index: number, isRange: boolean) => selection.choose(rows, index, isRange),
    [selection.choose, rows],
  );
  const move = (by: number) => active.go(active.index < 0 ? first : active.index + by, virtual);
  const choose = (isRange: boolean) => active.index >= 0 && onChoose(active.index, isRange);
  const openActive = () => active.id !== undefined && open(active.id, false);
  useKey('j', 'Next run', () => move(1));
  useKey('k', 'Run before', () => move(-1));
  useKey('x', 'Choose the run, or no longer', () => choose(false));
  useKey('o', 'Open the run (also Enter)', openActive);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / height) - 2);
    const isOnRow = event.target instanceof HTMLElement && event.target.role === 'row';
    const moves: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -rows.length,
      End: rows.length,
    };
    const by = moves[event.key];
    if (by !== undefined) move(by);
    else if (event.key === 'Enter' && isOnRow) openActive();
    else if (event.key === ' ' && isOnRow) choose(event.shiftKey);
    else if (event.key === 'X' && isOnRow) choose(true);
    else return;
    event.preventDefault();
  }

  function onClick(event: MouseEvent): void {
    const row = rowOf(event);
    if (row?.dataset.run === undefined || !getSelection()?.isCollapsed) return;
    if (event.button === 1 || event.ctrlKey || event.metaKey) open(row.dataset.run, true);
    else if (event.button === 0 && !event.shiftKey) open(row.dataset.run, false);
  }

  const grid = `${CHOOSE_WIDTH}px ${columns.map(({ id, width }) => (id === 'workflowName' ? `minmax(${width}px, 1fr)` : `${width}px`)).join(' ')}`;
  const minWidth = isNarrow ? undefined : CHOOSE_WIDTH + columns.reduce((sum, { width }) => sum + width, 0);
  const isWhole = count !== undefined;
  return (
    <div className="relative min-h-80 flex-1">
      <div
        ref={scroller}
        onScroll={onScroll}
        className="absolute inset-0 overflow-auto overscroll-contain rounded-lg border border-line bg-surface"
      >
        {/* biome-ignore lint/a11y/useSemanticElements: a table can't be virtual; this is the grid pattern */}
        <div
          role="grid"
          tabIndex={-1}
          aria-label="Runs"
          aria-multiselectable
          aria-rowcount={isWhole ? count + (isNarrow ? 0 : 1) : -1}
          aria-colcount={isNarrow ? 1 : columns.length + 1}
          style={{ minWidth }}
          onKeyDown={onKeyDown}
          onClick={onClick}
          onAuxClick={onClick}
          onFocus={active.onFocus}
        >
          {!isNarrow && <RunsHead columns={columns} grid={grid} height={HEAD_HEIGHT} rows={rows} selection={selection} />}
          {/* biome-ignore lint/a11y/useSemanticElements: as above */}
          <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, start }) => {
              const run = rows[index];
              if (run === undefined) return null;
              const row = {
                ...{ run, index, height, onChoose },
                top: start - headHeight,
                isChosen: selection.chosen.has(run.runId),
                isActive: active.index === index || (active.index < 0 && index === 0),
              };
              return isNarrow ? (
                <RunCard key={run.runId} {...row} />
              ) : (
                <RunRow key={run.runId} {...row} columns={columns} grid={grid} />
              );
            })}
          </div>
        </div>
        <ListEnd book={book} state={state} />
      </div>
    </div>
  );
}

function rowOf({ target }: MouseEvent): HTMLElement | undefined {
  if (!(target instanceof Element) || target.closest('a, button, input') !== null) return undefined;
  return target.closest<HTMLElement>('[data-run]') ?? undefined;
}

function useOpenRun(): (id: string, inNewTab: boolean) => void {
  const [, go] = useLocation();
  const { base } = useRouter();
  return (id, inNewTab) => {
    if (inNewTab) window.open(`${location.origin}${base}${runPath(id)}`, '_blank', 'noopener');
    else go(runPath(id));
  };
}

/** What comes or goes above leaves the rows on the screen where they are, unless the top is looked at. */
function useHeldPlace(rows: BookState['rows'], scroller: { current: HTMLDivElement | null }, height: number): void {
  const before = useRef(rows);
  useLayoutEffect(() => {
    const [old, box] = [before.current, scroller.current];
    before.current = rows;
    if (box === null || old === rows || box.scrollTop < ROW_HEIGHT) return;
    const was = Math.floor(box.scrollTop / height);
    const anchor = old[was]?.runId;
    if (anchor === undefined || rows[was]?.runId === anchor) return;
    const is = rows.findIndex(({ runId }) => runId === anchor);
    if (is >= 0) box.scrollTop += (is - was) * height;
  }, [rows, scroller, height]);
}
