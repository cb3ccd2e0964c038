// Which part of the time is shown, and where on it something lies. Pure. Times in ms since the epoch.

export interface TimeRange {
  from: number;
  to: number;
}

/** Shorter than this nothing can be told apart. */
const SHORTEST_MS = 2;
const ALL = 'all';
/** Ticks stand about so many pixels apart; on phones nearer, so that there are two. */
const TICK_PX = 110;
const NARROW_PX = 330;
const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000,
  1_800_000, 3_600_000, 7_200_000, 14_400_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
];

/** All that there is, with a bit of air at the end. */
export function wholeRange(from: number, to: number): TimeRange {
  const length = Math.max(to - from, SHORTEST_MS);
  return { from, to: from + length * 1.02 };
}

/**
 * What is shown at first: all of it, but a long time in the queue would press what happened into a line; then only its end.
 * @param started of the work; `undefined`: it has not begun
 */
export function firstRange(created: number, started: number | undefined, end: number): TimeRange {
  if (started === undefined || end <= started) return wholeRange(created, end);
  const worked = end - started;
  return started - created > worked * 2 ? wholeRange(started - worked * 0.1, end) : wholeRange(created, end);
}

/** @param factor below 1: nearer · @param at what stays where it is */
export function zoomed(range: TimeRange, factor: number, whole: TimeRange, at = (range.from + range.to) / 2): TimeRange {
  const from = at - (at - range.from) * factor;
  const to = at + (range.to - at) * factor;
  return within({ from, to }, whole);
}

/** @param by part of what is shown; below 0: to the past */
export function panned(range: TimeRange, by: number, whole: TimeRange): TimeRange {
  const length = range.to - range.from;
  const move = length * by;
  const from = Math.min(Math.max(range.from + move, whole.from), Math.max(whole.from, whole.to - length));
  return { from, to: from + length };
}

export function within({ from, to }: TimeRange, whole: TimeRange): TimeRange {
  const first = Math.max(from, whole.from);
  const last = Math.min(to, whole.to);
  if (last - first >= SHORTEST_MS) return { from: first, to: last };
  const middle = Math.min(Math.max((first + last) / 2, whole.from + SHORTEST_MS / 2), whole.to - SHORTEST_MS / 2);
  return { from: middle - SHORTEST_MS / 2, to: middle + SHORTEST_MS / 2 };
}

/** In per cent of the width; undefined: not in what is shown. */
export function place(from: number, to: number, range: TimeRange): { left: number; width: number } | undefined {
  if (to < range.from || from > range.to) return undefined;
  const length = range.to - range.from;
  const first = Math.max(from, range.from);
  const last = Math.min(to, range.to);
  return { left: ((first - range.from) / length) * 100, width: (Math.max(0, last - first) / length) * 100 };
}

export interface Tick {
  at: number;
  /** ms from `zero`. */
  offset: number;
  /** As exact as its distance to the next one needs; no two have the same. */
  label: string;
}

/** Moments for ticks, on round distances from `zero`. */
export function ticks(range: TimeRange, zero: number, width: number): Tick[] {
  const length = range.to - range.from;
  const wanted = (length / Math.max(width, 1)) * (width < NARROW_PX ? TICK_PX / 2 : TICK_PX);
  const step = STEPS_MS.find((each) => each >= wanted) ?? STEPS_MS.at(-1) ?? 1;
  const found: Tick[] = [];
  for (let offset = Math.ceil((range.from - zero) / step) * step; zero + offset <= range.to; offset += step)
    found.push({ at: zero + offset, offset, label: tickLabel(offset, step) });
  return found;
}

/** `350 ms`, `2.095 s`, `3 m 07 s`, `1 d 4 h`; of more than two units as on a clock: `1:02:03.5`. @param step to the next tick, ms */
export function tickLabel(offset: number, step: number): string {
  if (offset < 1_000) return `${offset} ms`;
  const decimals = [1_000, 100, 10].findIndex((each) => step % each === 0);
  const seconds = ((offset % 60_000) / 1_000).toFixed(decimals === -1 ? 3 : decimals);
  if (offset < 60_000) return `${seconds} s`;
  const [days, hours, minutes] = [
    Math.floor(offset / 86_400_000),
    Math.floor(offset / 3_600_000) % 24,
    Math.floor(offset / 60_000) % 60,
  ];
  const padded = seconds.padStart(seconds.includes('.') ? seconds.length + 2 - seconds.indexOf('.') : 2, '0');
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  const isWhole = step % 60_000 === 0;
  if (days > 0)
    return step % 3_600_000 === 0
      ? `${days} d ${hours} h`
      : `${days} d ${hours}:${twoDigits(minutes)}${isWhole ? '' : `:${padded}`}`;
  if (hours > 0) return isWhole ? `${hours} h ${twoDigits(minutes)} m` : `${hours}:${twoDigits(minutes)}:${padded}`;
  return `${minutes} m ${padded} s`;
}

/** What `rangeText` gave, as it stands in the URL. */
export function parseRange(text: string | null, zero: number, whole: TimeRange): TimeRange | undefined {
  if (text === ALL) return whole;
  const [, from, to] = /^(-?\d+)-(\d+)$/.exec(text ?? '') ?? [];
  if (from === undefined || to === undefined || Number(to) <= Number(from)) return undefined;
  return within({ from: zero + Number(from), to: zero + Number(to) }, whole);
}

/** `1200-4300`: ms from the beginning; `all`: also what is still to come. */
export function rangeText({ from, to }: TimeRange, zero: number, whole: TimeRange): string {
  if (from <= whole.from && to >= whole.to) return ALL;
  return `${Math.max(0, Math.floor(from - zero))}-${Math.ceil(to - zero)}`;
}
