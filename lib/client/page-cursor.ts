// Where the next page of a list begins: after the last row of this one, by its time to the microsecond and its id, as a text that callers
// hand back as it is.
import { parseDate } from '../kernel/duration.js';
import { isUuid } from '../kernel/ids.js';

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export interface PageMark {
  /** As `to_char` gives it; a Date would lose the microseconds. */
  exact: string;
  runId: string;
}

export function cursorOf({ exact, runId }: PageMark): string {
  return Buffer.from(JSON.stringify([exact, runId])).toString('base64url');
}

/** Before it is what was created before this moment, in ms since the epoch. */
export function markAt(ms: number): PageMark {
  return { exact: new Date(ms).toISOString().replace('Z', '000Z'), runId: FIRST_ID };
}

/** Undefined for what is no cursor. */
export function parseCursor(cursor: unknown): PageMark | undefined {
  if (typeof cursor !== 'string') return undefined;
  try {
    const [exact, runId]: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return isExactTime(exact) && isUuid(runId) ? { exact, runId } : undefined;
  } catch {
    return undefined;
  }
}

/** As `to_char` gives it, of a time that Postgres has. */
export function isExactTime(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text)) return false;
  try {
    parseDate(text, 'time');
    return true;
  } catch {
    return false;
  }
}
