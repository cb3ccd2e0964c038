// How many runs hold a permit of a queue, and of how many it has.
import { countText, MOST_COUNTED } from './queue-figures';

export function Permits({ permits, concurrency }: { permits: number; concurrency: number | null }) {
  const held = countText(permits, permits >= MOST_COUNTED);
  if (concurrency === null)
    return (
      <span className="tabular-nums">
        {held} <span className="text-muted text-xs">no limit</span>
      </span>
    );
  const share = Math.min(1, permits / concurrency);
  const look = permits > concurrency ? 'bg-bad' : share === 1 ? 'bg-warn' : 'bg-info';
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span className="whitespace-nowrap tabular-nums">
        {held} <span className="text-muted text-xs">of {concurrency.toLocaleString('en')}</span>
      </span>
      <span aria-hidden className="h-1.5 w-14 shrink-0 overflow-hidden rounded-full bg-sunken ring-1 ring-line">
        <span className={`block h-full rounded-full ${look}`} style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  );
}
