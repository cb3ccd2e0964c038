// What a statement of bounded-page.sql.ts gives, without the columns by which it was bounded. Called by the stores that read such pages.
import type { Database, Row } from '../database.js';

export interface BoundedPage<R> {
  rows: R[];
  /** Others follow. */
  hasMore: boolean;
}

interface BoundedRow extends Row {
  place: unknown;
  bytes: unknown;
  before: unknown;
  found: number;
}

/** @param valuesFor for as many rows at most, of which the last only tells that others follow */
export async function boundedPage<R>(
  database: Database,
  sql: string,
  limit: number,
  valuesFor: (rows: number) => unknown[],
): Promise<BoundedPage<R>> {
  const found = await database.query<BoundedRow>(sql, valuesFor(limit + 1));
  const rows = found.slice(0, limit).map(({ place: _place, bytes: _bytes, before: _before, found: _found, ...row }) => row as R);
  return { rows, hasMore: (found[0]?.found ?? 0) > rows.length };
}
