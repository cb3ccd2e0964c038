// Ranges of time that filters offer: the last hours, or moments of one's own as a field of the browser writes them. Pure; used by the filters of runs.

/** `1h` in the URL, and what it is in ms. */
export const LAST_SPANS = { '1h': 3_600_000, '2h': 7_200_000, '8h': 28_800_000, '24h': 86_400_000, '7d': 604_800_000 } as const;

export type LastSpan = keyof typeof LAST_SPANS;

export const LAST_NAMES: Readonly<Record<LastSpan, string>> = {
  '1h': 'Last hour',
  '2h': 'Last 2 hours',
  '8h': 'Last 8 hours',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
};

export function isLastSpan(text: string): text is LastSpan {
  return Object.hasOwn(LAST_SPANS, text);
}

/** What `<input type="datetime-local">` shows of a moment; empty for what is none. */
export function fieldTextOf(iso: string | undefined, isUtc: boolean): string {
  const date = new Date(iso ?? '');
  if (Number.isNaN(date.getTime())) return '';
  const shown = isUtc ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shown.toISOString().slice(0, 19);
}

/** The moment that such a field means; undefined for none. */
export function momentOf(fieldText: string, isUtc: boolean): string | undefined {
  const date = new Date(isUtc ? `${fieldText}Z` : fieldText);
  return fieldText === '' || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
