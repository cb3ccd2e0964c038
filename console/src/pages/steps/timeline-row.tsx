// One row of the timeline: which operation, how it went, and its bars. Drawn anew only when something of it changes.
import { memo } from 'react';
import { durationText, timeText } from '../../parts/time-text';
import { KindIcon, kindWord, StatusIcon } from './step-look';
import { TimelineBars } from './timeline-bars';
import { ordinalOf, rowSentence, type TimelineRow } from './timeline-rows';
import type { TimeRange } from './timeline-scale';

export const ROW_PX = 28;
export const ROW_GRID = 'grid grid-cols-[9rem_1fr] sm:grid-cols-[minmax(17rem,34%)_1fr]';

export interface TimelineRowLineProps {
  row: TimelineRow;
  /** From 0, and of how many. */
  place: number;
  count: number;
  /** px from the top. */
  start: number;
  isChosen: boolean;
  range: TimeRange;
  /** What has no end yet ends here; of a row that is over, its own end. */
  end: number;
  /** In per cent. */
  now: number | undefined;
  zone: 'local' | 'utc';
  onPick(ordinal: number): void;
}

export const TimelineRowLine = memo(function TimelineRowLine(props: TimelineRowLineProps) {
  const { row, place, count, start, isChosen, range, end, now, zone, onPick } = props;
  const ordinal = ordinalOf(row);
  const duration = durationText(Math.min(row.to, end) - row.from);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and says which of them is active
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
    <div
      id={`operation-${ordinal}`}
      role="option"
      aria-selected={isChosen}
      aria-setsize={count}
      aria-posinset={place + 1}
      onClick={() => onPick(ordinal)}
      className={`absolute inset-x-0 cursor-pointer items-center ${ROW_GRID} ${isChosen ? 'bg-accent-soft' : 'hover:bg-sunken'}`}
      style={{ height: ROW_PX, transform: `translateY(${start}px)` }}
    >
      <span className="sr-only">{rowSentence(row, duration, timeText(row.from, zone))}</span>
      <span aria-hidden className="flex min-w-0 items-center gap-1.5 px-3 text-xs" title={`${row.name} (${kindWord(row.kind)})`}>
        <StatusIcon status={row.status} />
        <span className="font-mono text-muted tabular-nums max-sm:hidden">
          {row.ordinal === undefined ? '' : String(row.ordinal).padStart(3, '0')}
        </span>
        <KindIcon kind={row.kind} />
        {row.ordinal === undefined ? (
          <span className="truncate font-semibold">{row.name}</span>
        ) : (
          <OperationName name={row.name} />
        )}
        <span className="ml-auto whitespace-nowrap pl-1 text-muted tabular-nums max-sm:hidden">{duration}</span>
      </span>
      <span aria-hidden className="relative mr-3 h-full overflow-hidden">
        <TimelineBars segments={row.segments} range={range} end={end} />
        {now !== undefined && (
          <span className="absolute inset-y-0 border-accent border-l border-dashed" style={{ left: `${now}%` }} />
        )}
      </span>
    </div>
  );
});

/** What follows the last `/` says most: what is before it is cut first, and comes last on phones. */
function OperationName({ name }: { name: string }) {
  const slash = name.lastIndexOf('/');
  if (slash <= 0 || slash === name.length - 1) return <span className="truncate">{name}</span>;
  return (
    <span className="flex min-w-0">
      <span className="min-w-0 shrink-[9999] truncate max-sm:order-last max-sm:ml-1.5 max-sm:text-muted">
        {name.slice(0, slash)}
      </span>
      <span className="max-sm:hidden">/</span>
      <span className="truncate">{name.slice(slash + 1)}</span>
    </span>
  );
}
