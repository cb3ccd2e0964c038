// Times and durations as texts. Pure; used by parts/time.tsx and everything that writes a time into a sentence or a chart.

export type TimeMode = 'local' | 'utc' | 'relative';

const PIECES = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
} as const;
const formats = new Map<string, Intl.DateTimeFormat>();

/** `2026-11-21 09:05:07 CET`; with `isExact` to the millisecond. */
export function timeText(at: Date | string | number, mode: Exclude<TimeMode, 'relative'>, isExact = false): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  const parts = new Map(
    format(mode)
      .formatToParts(date)
      .map(({ type, value }) => [type, value]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  const ms = isExact ? `.${String(date.getMilliseconds()).padStart(3, '0')}` : '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}${ms} ${part('timeZoneName')}`;
}

/** `3 min ago`, `in 2 h`, `now`. */
export function relativeText(at: Date | string | number, now: number): string {
  const ms = new Date(at).getTime() - now;
  if (Number.isNaN(ms)) return '';
  const text = roughText(Math.abs(ms));
  if (text === '0 s') return 'now';
  return ms < 0 ? `${text} ago` : `in ${text}`;
}

/** `350 ms`, `1.25 s`, `3 m 07 s`, `2 h 05 m`, `3 d 4 h`. Never negative: clocks of two processes may disagree by a bit. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return '';
  const positive = Math.max(0, ms);
  if (positive < 1_000) return `${Math.round(positive)} ms`;
  const seconds = positive / 1_000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor(whole / 3_600) % 24, Math.floor(whole / 60) % 60];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} m`;
  return `${minutes} m ${String(whole % 60).padStart(2, '0')} s`;
}

function roughText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

function format(mode: 'local' | 'utc'): Intl.DateTimeFormat {
  const known = formats.get(mode);
  if (known !== undefined) return known;
  const timeZone = mode === 'utc' ? { timeZone: 'UTC' } : {};
  const made = new Intl.DateTimeFormat('en-GB', { ...PIECES, ...timeZone, hourCycle: 'h23', timeZoneName: 'short' });
  formats.set(mode, made);
  return made;
}
