// The last hour of a queue as tiny bars: what ended, and of that what failed.
import { type Series, sumOf } from './queue-figures';

const HEIGHT = 20;
/** Of one bar, with the gap to the next. */
const STEP = 2;
const BAR = 1.5;

export function Sparkline({ series: { at, ended, failed } }: { series: Series }) {
  const most = Math.max(1, ...ended.map((value) => value ?? 0));
  const text = `Last hour: ${sumOf(ended).toLocaleString('en')} ended, ${sumOf(failed).toLocaleString('en')} failed`;
  return (
    <svg
      role="img"
      aria-label={text}
      viewBox={`0 0 ${at.length * STEP} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-6 w-full lg:max-w-40"
    >
      <title>{text}</title>
      <path d={`M0 ${HEIGHT - 0.5}h${at.length * STEP}`} className="fill-none stroke-line" vectorEffect="non-scaling-stroke" />
      <path d={bars(ended, most)} className="fill-accent" />
      <path d={bars(failed, most)} className="fill-bad" />
    </svg>
  );
}

/** All of them as one shape. */
function bars(values: ReadonlyArray<number | null>, most: number): string {
  return values
    .flatMap((value, i) => {
      if (value === null || value === 0) return [];
      const height = Math.max(1.5, (value / most) * HEIGHT);
      return [`M${i * STEP} ${HEIGHT}v${-Number(height.toFixed(2))}h${BAR}v${height.toFixed(2)}z`];
    })
    .join('');
}
