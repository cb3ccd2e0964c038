// The query of a request as text: lists repeat their key, times are ISO 8601, objects JSON, and what is undefined is left out.

export type QueryValue = string | number | boolean | Date | object | null | undefined;
export type Query = Readonly<Record<string, QueryValue | readonly QueryValue[]>>;

/** With its question mark; empty without one. */
export function queryText(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([key, given]) =>
    (Array.isArray(given) ? given : [given])
      .filter((value) => value !== undefined)
      .map((value: QueryValue) => `${encodeURIComponent(key)}=${encodeURIComponent(textOf(value))}`),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function textOf(value: QueryValue): string {
  if (typeof value !== 'object' || value === null) return String(value);
  // A Date of another window is no instance of ours.
  return 'toISOString' in value ? (value as Date).toISOString() : JSON.stringify(value);
}
