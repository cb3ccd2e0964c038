// A deadline that counts down, marked when it is near. Drawn anew each second, so it is a component of its own.
import { TriangleAlert } from 'lucide-react';
import { useNow } from '../../parts/clock';
import { Time } from '../../parts/time';
import { relativeText } from '../../parts/time-text';

const NEAR_MS = 60_000;
/** Or this part of the whole time. */
const NEAR_PART = 0.1;

export function Countdown({ at, spanMs, isOver }: { at: string; spanMs: number | null; isOver: boolean }) {
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      <Time at={at} />
      {!isOver && <Left at={at} spanMs={spanMs} />}
    </span>
  );
}

function Left({ at, spanMs }: { at: string; spanMs: number | null }) {
  const now = useNow();
  const leftMs = Date.parse(at) - now;
  const isNear = leftMs < Math.max(NEAR_MS, (spanMs ?? 0) * NEAR_PART);
  return (
    <span className={`inline-flex items-center gap-1 tabular-nums ${isNear ? 'font-medium text-warn' : 'text-muted'}`}>
      {isNear && <TriangleAlert aria-hidden className="size-4" />}
      {leftMs < 0 ? 'over: it ends at its next look' : relativeText(at, now)}
      {isNear && leftMs >= 0 && <span className="sr-only">, near</span>}
    </span>
  );
}
