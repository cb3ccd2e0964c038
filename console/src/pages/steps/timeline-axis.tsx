// The time above the rows: ticks that fit what is shown, a drag over it that shows only that part, and which part of all it is.
import { type PointerEvent, useState } from 'react';
import { place, type TimeRange, ticks } from './timeline-scale';

export interface TimelineAxisProps {
  range: TimeRange;
  whole: TimeRange;
  /** When the run was created: ticks count from there. */
  zero: number;
  /** px */
  width: number;
  onZoom(range: TimeRange): void;
}

/** Of a tick's label, by letter; one that would be cut off, or reach into the next one, is left out. */
const LETTER_PX = 7.5;
/** A drag of fewer pixels is a click. */
const SHORTEST_DRAG = 5;

export function TimelineAxis({ range, whole, zero, width, onZoom }: TimelineAxisProps) {
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const timeAt = (x: number) => range.from + (x / Math.max(width, 1)) * (range.to - range.from);
  const xOf = (event: PointerEvent<HTMLDivElement>) =>
    Math.min(Math.max(event.clientX - event.currentTarget.getBoundingClientRect().left, 0), width);

  function finish(): void {
    if (drag !== undefined && Math.abs(drag.to - drag.from) >= SHORTEST_DRAG)
      onZoom({ from: timeAt(Math.min(drag.from, drag.to)), to: timeAt(Math.max(drag.from, drag.to)) });
    setDrag(undefined);
  }

  const shown = ticks(range, zero, width);
  const labelPx = Math.max(0, ...shown.map(({ label }) => label.length)) * LETTER_PX;
  const [first, second] = shown;
  const tickPx = first === undefined || second === undefined ? width : ((second.at - first.at) / (range.to - range.from)) * width;
  const every = Math.max(1, Math.ceil(labelPx / Math.max(tickPx, 1)));
  return (
    <div
      className="relative h-8 cursor-crosshair touch-none select-none"
      title="Drag to zoom"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const x = xOf(event);
        setDrag({ from: x, to: x });
      }}
      onPointerMove={(event) => drag !== undefined && setDrag({ ...drag, to: xOf(event) })}
      onPointerUp={finish}
      onPointerCancel={() => setDrag(undefined)}
    >
      {shown.map(({ at, offset, label }, index) => {
        const left = place(at, at, range)?.left ?? 0;
        return (
          <span
            key={offset}
            className="absolute top-0 bottom-0 border-line border-l whitespace-nowrap pt-1.5 pl-1 text-muted text-xs tabular-nums"
            style={{ left: `${left}%` }}
          >
            {index % every === 0 && left < 100 - (labelPx / Math.max(width, 1)) * 100 && label}
          </span>
        );
      })}
      {(range.from > whole.from || range.to < whole.to) && (
        <span aria-hidden className="absolute inset-x-0 bottom-0 h-1 bg-sunken">
          <span
            className="absolute inset-y-0 min-w-1 rounded-full bg-accent"
            style={percent(place(range.from, range.to, whole))}
          />
        </span>
      )}
      {drag !== undefined && (
        <span
          className="absolute inset-y-0 bg-accent opacity-30"
          style={{ left: Math.min(drag.from, drag.to), width: Math.abs(drag.to - drag.from) }}
        />
      )}
    </div>
  );
}

function percent(found: ReturnType<typeof place>): { left: string; width: string } {
  return { left: `${found?.left ?? 0}%`, width: `${found?.width ?? 0}%` };
}
