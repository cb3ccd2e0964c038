// Which recorded operations have to be asked for, and how what comes is put together. No React, no network of its own; used by use-steps.ts.
import type { RunStepAnswer } from '../../../../lib/http-client/index.js';

export interface LoadedSteps {
  /** By ordinal. */
  steps: readonly RunStepAnswer[];
  /** There are more, on their way. */
  isPartial: boolean;
}

export type StepPage = { steps: RunStepAnswer[]; nextAfter?: number };
export type FetchSteps = (query: { after?: number; limit: number }) => Promise<StepPage>;

/** Ordinals behind `after`, up to `upTo`; without one, to the end. */
export interface OpenSpan {
  after: number | undefined;
  upTo: number | undefined;
}

const PAGE = 500;
/** Gaps with fewer known operations between them are asked for together: a request costs more than some rows. */
const NEAR = 100;

/**
 * What is known stays as it is, so only what comes behind it is asked for, and what may be filled in: operations side by side are
 * recorded in the order in which they end.
 *
 * @param onPart told of what there is, after each page but the last, while everything is loaded for the first time
 */
export async function loadSteps(
  fetchSteps: FetchSteps,
  before: LoadedSteps | undefined,
  onPart: (part: LoadedSteps) => void,
): Promise<LoadedSteps> {
  const isFirst = before === undefined || before.isPartial;
  let steps = before?.steps ?? [];
  for (const { after, upTo } of openSpans(steps)) {
    for (let next = after; ; ) {
      const limit = upTo === undefined ? PAGE : Math.min(PAGE, upTo - (next ?? -1));
      const page = await fetchSteps({ limit, ...(next !== undefined && { after: next }) });
      steps = merged(steps, page.steps);
      next = page.nextAfter;
      if (next === undefined || (upTo !== undefined && next >= upTo)) break;
      if (isFirst) onPart({ steps, isPartial: true });
    }
  }
  if (before !== undefined && steps === before.steps && !before.isPartial) return before;
  return { steps, isPartial: false };
}

/** Gaps, and what may come behind all of them. @param steps by ordinal */
export function openSpans(steps: readonly RunStepAnswer[]): OpenSpan[] {
  const spans: OpenSpan[] = [];
  // The first operation of a run has the ordinal 0.
  let last = -1;
  for (const { ordinal } of steps) {
    if (ordinal > last + 1) {
      const near = spans.at(-1);
      if (near?.upTo !== undefined && last - near.upTo < NEAR) near.upTo = ordinal - 1;
      else spans.push({ after: last < 0 ? undefined : last, upTo: ordinal - 1 });
    }
    last = ordinal;
  }
  const near = spans.at(-1);
  if (near?.upTo !== undefined && last - near.upTo < NEAR) near.upTo = undefined;
  else spans.push({ after: last < 0 ? undefined : last, upTo: undefined });
  return spans;
}

/** The same list when nothing in `found` is new. Both by ordinal. */
export function merged(known: readonly RunStepAnswer[], found: readonly RunStepAnswer[]): readonly RunStepAnswer[] {
  const last = known.at(-1)?.ordinal ?? -1;
  const ordinals = new Set(known.map(({ ordinal }) => ordinal));
  const fresh = found.filter(({ ordinal }) => !ordinals.has(ordinal));
  if (fresh.length === 0) return known;
  const all = [...known, ...fresh];
  return fresh.every(({ ordinal }) => ordinal > last) ? all : all.sort((a, b) => a.ordinal - b.ordinal);
}
