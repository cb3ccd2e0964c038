// The filter of the audit log as it stands in the URL. Pure.

export const TEXT_KEYS = ['actor', 'action', 'runId', 'requestId'] as const;
export const TIME_KEYS = ['from', 'before'] as const;
export const FILTER_KEYS = [...TEXT_KEYS, ...TIME_KEYS];

export type AuditFilter = Partial<Record<(typeof FILTER_KEYS)[number], string>>;

/** What is no time is left out: the server would refuse the whole. */
export function filterOf(search: URLSearchParams): AuditFilter {
  const filter: AuditFilter = {};
  for (const key of TEXT_KEYS) {
    const text = search.get(key)?.trim();
    if (text) filter[key] = text;
  }
  for (const key of TIME_KEYS) {
    const at = new Date(search.get(key) ?? '');
    if (!Number.isNaN(at.getTime())) filter[key] = at.toISOString();
  }
  return filter;
}

/** What `<input type="datetime-local">` shows: local time, to the second. */
export function localInput(iso: string | undefined): string {
  if (iso === undefined) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
