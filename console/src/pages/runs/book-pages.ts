// The pages of a RunBook and what is done to them: laid over by what is new, rid of what stands twice. Pure.
import type { RunPageAnswer, RunSummaryAnswer } from '../../../../lib/http-client/index.js';

export interface BookPage {
  /** Cursor behind which it begins; undefined: at the newest. */
  start: string | undefined;
  runs: RunSummaryAnswer[];
  /** When its oldest was created, as the next page begins behind that; undefined: there is no next one. */
  floor: string | undefined;
}

/** What is put together again when new runs have cut it into small pages. */
const LARGEST_MERGED = 200;

/**
 * What lies on top is replaced by what was read there now. Undefined: so much is new that nothing of what was known is reached.
 *
 * @param answer read from the newest on, down to where the first page ends, if it came that far
 */
export function putOnTop(pages: readonly BookPage[], { runs, nextCursor, searchedTo }: RunPageAnswer): BookPage[] | undefined {
  const [head, ...rest] = pages;
  if (head === undefined) return undefined;
  // All of it was read.
  if (nextCursor === undefined) return [{ ...head, runs: keepSame(withoutThose(runs, rest[0]?.runs ?? []), head.runs) }, ...rest];
  const readTo = searchedTo ?? runs.at(-1)?.createdAt;
  const newest = head.runs[0]?.createdAt;
  // What a long search did not come to is between two pages, and read with the second.
  if (readTo === undefined || (searchedTo === undefined && (newest === undefined || readTo > newest))) return undefined;
  const left = withoutThose(head.runs, runs).filter(({ createdAt }) => createdAt <= readTo);
  const top: BookPage = { start: undefined, runs: keepSame(runs, head.runs), floor: readTo };
  const [next, ...others] = rest;
  if (next !== undefined && left.length + next.runs.length <= LARGEST_MERGED)
    return [top, { start: nextCursor, runs: [...left, ...next.runs], floor: next.floor }, ...others];
  if (left.length === 0 && next === undefined) return [top];
  return [top, { start: nextCursor, runs: left, floor: head.floor }, ...rest];
}

export function withoutThose(runs: readonly RunSummaryAnswer[], others: readonly RunSummaryAnswer[]): RunSummaryAnswer[] {
  if (others.length === 0) return [...runs];
  const ids = new Set(others.map(({ runId }) => runId));
  return runs.filter(({ runId }) => !ids.has(runId));
}

/** What has not changed stays the same object: its row is not drawn again. */
export function keepSame(runs: readonly RunSummaryAnswer[], known: readonly RunSummaryAnswer[]): RunSummaryAnswer[] {
  const byId = new Map(known.map((run) => [run.runId, run]));
  return runs.map((run) => {
    const before = byId.get(run.runId);
    return before !== undefined && isSame(before, run) ? before : run;
  });
}

/** The first moment of which times to the ms say that it is later. */
export function momentAfter(iso: string): string {
  return new Date(new Date(iso).getTime() + 1).toISOString();
}

function isSame(one: RunSummaryAnswer, other: RunSummaryAnswer): boolean {
  return textOf(one) === textOf(other);
}

function textOf(run: RunSummaryAnswer): string {
  return JSON.stringify(run, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value));
}
