// What differs between two JSON values, one line each: where, what was there, what is there now. Used by editors of versions and by forms over defaults.
import diff, { type Difference } from 'microdiff';
import { payloadText } from './payload';
import { ScrollBox } from './scroll-box';

const LOOKS = {
  CREATE: { sign: '+', word: 'added', className: 'bg-good-soft text-good' },
  REMOVE: { sign: '−', word: 'removed', className: 'bg-bad-soft text-bad' },
  CHANGE: { sign: '~', word: 'changed', className: 'bg-warn-soft text-warn' },
} as const;

const LONGEST = 300;

export function JsonDiff({ from, to, label, none }: { from: object; to: object; label: string; none: string }) {
  const differences = diff(from, to, { cyclesFix: false });
  if (differences.length === 0) return <p className="text-muted text-sm">{none}</p>;
  return (
    <ScrollBox label={label} className="max-h-80 rounded-md border border-line">
      <ul className="font-mono text-xs">
        {differences.map((difference) => (
          <li key={pointerOf(difference.path)} className="flex gap-2 border-line border-b px-2 py-1 last:border-b-0">
            <span className={`h-4 w-4 shrink-0 rounded text-center font-bold ${LOOKS[difference.type].className}`}>
              <span aria-hidden>{LOOKS[difference.type].sign}</span>
              <span className="sr-only">{LOOKS[difference.type].word}</span>
            </span>
            <span className="min-w-0 break-words">
              <span className="font-semibold">{pointerOf(difference.path)}</span> {textOf(difference)}
            </span>
          </li>
        ))}
      </ul>
    </ScrollBox>
  );
}

function textOf(difference: Difference): string {
  if (difference.type === 'CREATE') return short(difference.value);
  if (difference.type === 'REMOVE') return `was ${short(difference.oldValue)}`;
  return `${short(difference.oldValue)} → ${short(difference.value)}`;
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : payloadText(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}

function pointerOf(path: Difference['path']): string {
  return `/${path.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
}
