// What was typed on the start page and not started yet, by what was chosen there: kept while this tab lives, in memory alone. Used by the start page and
// its form.
import type { OptionTexts } from './start-options.js';

export interface StartDraft {
  value: unknown;
  options: OptionTexts;
}

const MOST_KEPT = 20;
const drafts = new Map<string, StartDraft>();

/** @param choice as it stands in the URL */
export function keptDraft(choice: string): StartDraft | undefined {
  return drafts.get(choice);
}

export function keepDraft(choice: string, draft: StartDraft): void {
  drafts.delete(choice);
  drafts.set(choice, draft);
  for (const old of [...drafts.keys()].slice(0, -MOST_KEPT)) drafts.delete(old);
}

export function dropDraft(choice: string): void {
  drafts.delete(choice);
}

/** The choice that was typed for last. */
export function latestDraft(): string | undefined {
  return [...drafts.keys()].at(-1);
}
