// Durations as people type them: checked as the server does (lib/kernel/duration.ts, which browsers can't load), and written so that they can be typed.
// Pure; used by forms.

const UNITS: ReadonlyArray<readonly [unit: string, ms: number]> = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];
const FORM = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/;
/** Of the server. */
const LONGEST_MS = 3_155_760_000_000;

/** Whole ms; undefined: it is none. */
export function readDuration(text: string): number | undefined {
  const [, amount, unit] = FORM.exec(text.trim()) ?? [];
  const ms = Math.ceil(Number(amount) * (UNITS.find(([name]) => name === unit)?.[1] ?? Number.NaN));
  return ms <= LONGEST_MS ? ms : undefined;
}

/** In the largest unit of which it is a whole number; weeks are told in days. */
export function durationInput(ms: number): string {
  const [unit, size] = UNITS.slice(1).find(([, each]) => ms % each === 0 && ms >= each) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

/** @param what such as `After`; undefined: nothing is wrong with it */
export function durationFault(text: string, what: string, { min = 0, max = LONGEST_MS } = {}): string | undefined {
  const ms = readDuration(text);
  if (ms === undefined) return `${what} is a duration such as 30s, 5m, 1.5h, 30d or 2w.`;
  if (ms < min) return `${what} is at least ${durationInput(min)}.`;
  return ms > max ? `${what} is at most ${durationInput(max)}.` : undefined;
}
