// Times and durations as texts. Pure; used by parts/time.tsx and everything that writes a time into a sentence or a chart.

export type TimeMode = 'local' | 'utc' | 'relative';

/** By month and distance to UTC: asking Intl for each time would make long lists slow. */
const zoneNames = new Map<string, string>();

/** `2026-11-21 09:05:07 CET`; with `isExact` to the millisecond. */
export function timeText(at: Date | string | number, mode: Exclude<TimeMode, 'relative'>, isExact = false): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  // As UTC shows it, once the distance is added.
  const distance = mode === 'utc' ? 0 : -date.getTimezoneOffset();
  const shown = new Date(date.getTime() + distance * 60_000).toISOString();
  return `${shown.slice(0, 10)} ${shown.slice(11, isExact ? 23 : 19)} ${zoneName(date, mode, distance)}`;
}

/** `3 min ago`, `in 1 h 59 min`, `2 d 4 h ago`, `now`. */
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
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
}

function zoneName(date: Date, mode: 'local' | 'utc', distance: number): string {
  if (mode === 'utc') return 'UTC';
  const key = `${date.getUTCFullYear()}-${date.getUTCMonth()} ${distance}`;
  const known = zoneNames.get(key);
  if (known !== undefined) return known;
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(date);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  zoneNames.set(key, name);
  return name;
}
