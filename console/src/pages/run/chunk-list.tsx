// Chunks of a stream as rows, of which only those in sight are in the page. It stays at the newest until one scrolls away, then says how many came since; what
// one looks at does not move. By keyboard: up and down choose.
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import { Button } from '../../parts/button';
import { Time } from '../../parts/time';
import type { LogRow, StreamLog } from './stream-log';

const ROW_PX = 26;
/** A row is one line: what is longer is seen when it is chosen. */
const LONGEST = 500;

export interface ChunkListProps {
  log: StreamLog;
  newest: 'first' | 'last';
  name: string;
  /** An offset. */
  chosen: number | undefined;
  onChoose(offset: number): void;
  /** Another text: other rows are shown. */
  filter: string;
}

export function ChunkList({ log, newest, name, chosen, onChoose, filter }: ChunkListProps) {
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const [isFollowing, setFollowing] = useState(true);
  /** How many had come when it was last at the newest. */
  const [seen, setSeen] = useState(0);
  const count = log.shown.length;
  const rowAt = (index: number) => log.shown[newest === 'last' ? index : count - 1 - index];
  const virtual = useVirtualizer({ count, getScrollElement: () => box.current, estimateSize: () => ROW_PX, overscan: 6 });
  const fresh = isFollowing ? 0 : Math.max(0, log.appended - seen);

  const before = useRef({ appended: 0, prepended: 0, newest, filter });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { appended, prepended } = before.current;
    const isAnother = before.current.newest !== newest || before.current.filter !== filter;
    before.current = { appended: log.appended, prepended: log.prepended, newest, filter };
    if (isAnother || isFollowing) {
      element.scrollTop = newest === 'last' ? element.scrollHeight : 0;
      if (isAnother) setFollowing(true);
      return;
    }
    // What came above moves what one looks at.
    const above = newest === 'last' ? log.prepended - prepended : log.appended - appended;
    if (above > 0) element.scrollTop += above * ROW_PX;
  });

  function scrolled(): void {
    const element = box.current;
    if (element === null) return;
    const rest = newest === 'last' ? element.scrollHeight - element.scrollTop - element.clientHeight : element.scrollTop;
    const isThere = rest < ROW_PX;
    if (isThere === isFollowing) return;
    setFollowing(isThere);
    setSeen(log.appended);
  }

  function press(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || count === 0) return;
    event.preventDefault();
    const current = indexOf(log.shown, chosen);
    const inOrder = current === -1 ? -1 : newest === 'last' ? current : count - 1 - current;
    const first = virtual.range?.startIndex ?? 0;
    const next = inOrder === -1 ? first : Math.min(count - 1, Math.max(0, inOrder + step));
    const row = rowAt(next);
    if (row === undefined) return;
    onChoose(row.chunk.offset);
    virtual.scrollToIndex(next);
  }

  const jump = () => {
    setFollowing(true);
    setSeen(log.appended);
  };
  return (
    <div className="relative">
      <div
        ref={box}
        role="listbox"
        aria-label={`Chunks of ${name}`}
        tabIndex={0}
        aria-activedescendant={chosen === undefined ? undefined : `${id}-${chosen}`}
        onScroll={scrolled}
        onKeyDown={press}
        className="h-[55vh] min-h-48 overflow-auto font-mono text-xs"
      >
        <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rowAt(index);
            return (
              row !== undefined && (
                <ChunkRow
                  key={row.chunk.offset}
                  row={row}
                  id={`${id}-${row.chunk.offset}`}
                  index={index}
                  count={count}
                  start={start}
                  isChosen={row.chunk.offset === chosen}
                  isSuperseded={log.isSuperseded(row)}
                  onChoose={onChoose}
                />
              )
            );
          })}
        </div>
        {count === 0 && (
          // A list box without options is none.
          <div role="option" tabIndex={-1} aria-disabled aria-selected={false} className="p-4 text-muted">
            Nothing yet.
          </div>
        )}
      </div>
      {!isFollowing && (
        <Button
          kind="primary"
          icon={newest === 'last' ? <ArrowDown /> : <ArrowUp />}
          className={`absolute left-1/2 -translate-x-1/2 shadow-lg ${newest === 'last' ? 'bottom-3' : 'top-3'}`}
          onClick={jump}
        >
          {fresh === 0 ? 'Go to the newest' : `${fresh.toLocaleString('en')} new`}
        </Button>
      )}
    </div>
  );
}

interface ChunkRowProps {
  row: LogRow;
  id: string;
  index: number;
  count: number;
  start: number;
  isChosen: boolean;
  isSuperseded: boolean;
  onChoose(offset: number): void;
}

function ChunkRow({ row: { chunk, text }, id, index, count, start, isChosen, isSuperseded, onChoose }: ChunkRowProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and says which one is active
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
    <div
      id={id}
      role="option"
      aria-selected={isChosen}
      aria-setsize={count}
      aria-posinset={index + 1}
      onClick={() => onChoose(chunk.offset)}
      className={`absolute inset-x-0 top-0 flex cursor-pointer items-center gap-3 px-3 hover:bg-sunken aria-selected:bg-accent-soft ${isSuperseded ? 'text-muted' : ''}`}
      style={{ height: ROW_PX, transform: `translateY(${start}px)` }}
    >
      <span className="w-14 shrink-0 text-right text-muted tabular-nums">{chunk.offset}</span>
      <span className="hidden shrink-0 text-muted sm:inline">
        <Time at={chunk.at} />
      </span>
      {chunk.attempt !== null && (chunk.attempt > 1 || isSuperseded) && (
        <span className="shrink-0 rounded bg-warn-soft px-1 text-warn">
          attempt {chunk.attempt}
          {isSuperseded && ', superseded'}
        </span>
      )}
      <span className={`min-w-0 flex-1 truncate whitespace-pre ${isSuperseded ? 'line-through' : ''}`}>
        {text.slice(0, LONGEST)}
      </span>
    </div>
  );
}

/** Offsets rise. */
function indexOf(rows: readonly LogRow[], offset: number | undefined): number {
  if (offset === undefined) return -1;
  let [low, high] = [0, rows.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = rows[middle]?.chunk.offset ?? 0;
    if (at === offset) return middle;
    if (at < offset) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
