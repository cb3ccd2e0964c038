// Where the next page of a list begins: after the last row of this one, by its time to the microsecond and its id, as a text that callers
// hand back as it is.
import { parseDate } from '../kernel/duration.js';
import { isUuid } from '../kernel/ids.js';

export interface PageMark {
  /** As `to_char` gives it; a Date would lose the microseconds. */
  exact: string;
  runId: string;
}

export function cursorOf({ exact, runId }: PageMark): string {
  return Buffer.from(JSON.stringify([exact, runId])).toString('base64url');
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

function isExactTime(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text)) return false;
  try {
    parseDate(text, 'time');
    return true;
  } catch {
    return false;
  }
}
