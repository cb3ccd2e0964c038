// Finds a run by the shortened id that lists show, or by the beginning of its id. Ids of runs begin with the time at which they were made: only runs of
// that time are looked through. Used by the search box.
import type { RunsClient } from '../../../lib/http-client/runs-client.js';

/** `01a20042…d6d0`, also with dots; or 8 hex digits and more. */
const SHORT = /^([0-9a-f]{8}(?:-?[0-9a-f-]{0,27})?)(?:(?:…|\.{2,3})([0-9a-f]{1,12}))?$/i;
const WHOLE_LENGTH = 36;
/** Of the 12 digits that are the time in ms. */
const TIME_DIGITS = 12;
/** The clock of whoever made the id may differ by this from the database's. */
const SLACK_MS = 30_000;
const MOST_SEEN = 500;

/** Begins, or may begin, a run id, and is not a whole one. */
export function isPartOfId(text: string): boolean {
  return text.length < WHOLE_LENGTH && (SHORT.test(text) || /^[0-9a-f]{6,}$/i.test(text));
}

/** Undefined: none of those runs that are looked through, or more than one. @throws WorkflowsHttpError */
export async function findByPartOfId(runs: Pick<RunsClient, 'list'>, text: string): Promise<string | undefined> {
  const [, begin = '', end = ''] = SHORT.exec(text.toLowerCase()) ?? [];
  const digits = begin.replaceAll('-', '');
  if (digits === '') return undefined;
  const [first, last] = ['0', 'f'].map((fill) => Number.parseInt(digits.slice(0, TIME_DIGITS).padEnd(TIME_DIGITS, fill), 16));
  const from = new Date((first ?? 0) - SLACK_MS);
  const before = new Date((last ?? 0) + SLACK_MS);
  if (Number.isNaN(before.getTime()) || before.getUTCFullYear() > 9999) return undefined;
  const page = await runs.list({ createdFrom: from, createdBefore: before, limit: MOST_SEEN });
  const found = page.runs.filter(({ runId }) => runId.replaceAll('-', '').startsWith(digits) && runId.endsWith(end));
  return found.length === 1 ? found[0]?.runId : undefined;
}
