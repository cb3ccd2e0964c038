// A moment, as the operator wants to read it: local, UTC or how long ago; the exact one in a tip. And how long something took, or takes so far.
import { useNow } from './clock';
import { isOneOf, usePreference } from './preference';
import { durationText, relativeText, type TimeMode, timeText } from './time-text';

const isTimeMode = isOneOf('local', 'utc', 'relative');

export function useTimeMode(): [TimeMode, (mode: TimeMode) => void] {
  return usePreference<TimeMode>('time', 'local', isTimeMode);
}

export interface TimeProps {
  at: string | number | null | undefined;
  /** To the millisecond. */
  isExact?: boolean;
  /** In place of a time that is not there. */
  none?: string;
}

export function Time({ at, isExact = false, none = '—' }: TimeProps) {
  const [mode] = useTimeMode();
  if (at === null || at === undefined) return <span className="text-muted">{none}</span>;
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} onPointerEnter={sayExactly} className="whitespace-nowrap tabular-nums">
      {mode === 'relative' ? <Ago at={at} /> : timeText(at, mode, isExact)}
    </time>
  );
}

/** When it is pointed at: formatting times is slow, and lists have hundreds of them. */
function sayExactly({ currentTarget }: { currentTarget: HTMLTimeElement }): void {
  const at = currentTarget.dateTime;
  currentTarget.title = `${timeText(at, 'local', true)} · ${timeText(at, 'utc', true)}`;
}

function Ago({ at }: { at: string | number }) {
  return relativeText(at, useNow());
}

/** From one moment to the other; without an end, until now and counting. */
export function Duration({ from, to }: { from: string | number | null | undefined; to?: string | number | null }) {
  if (from === null || from === undefined) return <span className="text-muted">—</span>;
  const start = new Date(from).getTime();
  return (
    <span className="whitespace-nowrap tabular-nums">
      {to === null || to === undefined ? <SoFar start={start} /> : durationText(new Date(to).getTime() - start)}
    </span>
  );
}

function SoFar({ start }: { start: number }) {
  return durationText(Math.round((useNow() - start) / 1_000) * 1_000);
}
