// The rows of a run over time. Only those in sight are drawn. As a list of choices it is worked by keyboard: up and down choose, Enter shows the details.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTimeMode } from '../../parts/time';
import { TimelineAxis } from './timeline-axis';
import { ROW_GRID, ROW_PX, TimelineRowLine } from './timeline-row';
import { ordinalOf, type TimelineRow } from './timeline-rows';
import { panned, place, type TimeRange, zoomed } from './timeline-scale';

export interface TimelineProps {
  rows: readonly TimelineRow[];
  range: TimeRange;
  whole: TimeRange;
  zero: number;
  /** Now, or when the run was over. */
  end: number;
  isOver: boolean;
  /** Ordinal, -1 for the run. */
  chosen: number | undefined;
  onChoose(ordinal: number): void;
  /** Chosen by pointer. */
  onShow(ordinal: number): void;
  /** By keyboard: the details get the focus. */
  onOpen(ordinal: number): void;
  onZoom(range: TimeRange): void;
}

/** With its line: it stands still above the rows. */
const AXIS_PX = 33;
/** One turn of the wheel. */
const WHEEL_FACTOR = 1.25;

export function Timeline({ rows, range, whole, zero, end, isOver, chosen, onChoose, onShow, onOpen, onZoom }: TimelineProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const plot = useRef<HTMLDivElement>(null);
  const width = useWidth(plot);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 4,
    scrollPaddingEnd: AXIS_PX,
  });
  const [mode] = useTimeMode();
  const zone = mode === 'utc' ? 'utc' : 'local';
  const index = rows.findIndex((row) => ordinalOf(row) === chosen);

  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index);
  }, [index, virtual]);

  // React listens to the wheel passively; this one keeps the page from being zoomed.
  const wheel = useRef<(event: WheelEvent) => void>(() => undefined);
  useEffect(() => {
    wheel.current = (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const box = plot.current?.getBoundingClientRect();
      const part = box === undefined ? 0.5 : Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      const at = range.from + part * (range.to - range.from);
      onZoom(zoomed(range, event.deltaY < 0 ? 1 / WHEEL_FACTOR : WHEEL_FACTOR, whole, at));
    };
  });
  useEffect(() => {
    const element = scroller.current;
    const listener = (event: WheelEvent) => wheel.current(event);
    element?.addEventListener('wheel', listener, { passive: false });
    return () => element?.removeEventListener('wheel', listener);
  }, []);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const act = {
      ArrowDown: () => choose(index + 1),
      ArrowUp: () => choose(index - 1),
      PageDown: () => choose(index + 15),
      PageUp: () => choose(index - 15),
      Home: () => choose(0),
      End: () => choose(rows.length - 1),
      ArrowLeft: () => onZoom(panned(range, -0.2, whole)),
      ArrowRight: () => onZoom(panned(range, 0.2, whole)),
      Enter: () => chosen !== undefined && index >= 0 && onOpen(chosen),
    }[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  function choose(wanted: number): void {
    const row = rows[Math.min(Math.max(wanted, 0), rows.length - 1)];
    if (row !== undefined) onChoose(ordinalOf(row));
  }

  const now = isOver ? undefined : place(end, end, range)?.left;
  const drawn = virtual.getVirtualItems();
  return (
    <div
      ref={scroller}
      className="max-h-[max(10rem,calc(100dvh-17rem))] overflow-y-auto overflow-x-hidden outline-offset-2 has-[[role=listbox]:focus-visible]:outline-2 has-[[role=listbox]:focus-visible]:outline-accent"
    >
      <div className={`sticky top-0 z-10 border-line border-b bg-surface ${ROW_GRID}`}>
        <span className="px-3 py-1.5 text-muted text-xs">Operation</span>
        <div ref={plot} className="mr-3">
          <TimelineAxis range={range} whole={whole} zero={zero} width={width} onZoom={onZoom} />
        </div>
      </div>
      <div
        role="listbox"
        tabIndex={0}
        aria-label="Timeline of operations"
        aria-describedby="timeline-keys"
        aria-activedescendant={drawn.some((item) => item.index === index) ? `operation-${chosen}` : undefined}
        onKeyDown={onKeyDown}
        className="relative outline-none"
        style={{ height: virtual.getTotalSize() }}
      >
        {drawn.map(({ index: at, start }) => {
          const row = rows[at];
          if (row === undefined) return null;
          const ordinal = ordinalOf(row);
          return (
            <TimelineRowLine
              key={ordinal}
              place={at}
              count={rows.length}
              isChosen={ordinal === chosen}
              end={Number.isFinite(row.to) ? row.to : end}
              onPick={onShow}
              {...{ row, start, range, now, zone }}
            />
          );
        })}
      </div>
    </div>
  );
}

function useWidth(ref: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(800);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}
