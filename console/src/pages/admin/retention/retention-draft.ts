// The settings of retention as texts of a form: from those in force, checked as the server does, and back to what is to be changed. Pure.
import type { RetentionUpdate } from '../../../../../lib/client/retention-options.js';
import type { RetentionInfo as StoredRetention } from '../../../../../lib/client/workflow-retention.js';
import type { Reason, Wire } from '../../../../../lib/http-client/index.js';
import { durationFault, durationInput, readDuration } from '../../../parts/duration-input.js';

export type RetentionInfo = Wire<StoredRetention>;
export type RetentionChange = RetentionUpdate & Reason;

export interface RuleDraft {
  name: string;
  /** Empty: as in general; `never`: switched off. */
  after: string;
  globalTimeout: string;
}

export interface RetentionDraft {
  /** Empty: never. */
  after: string;
  globalTimeout: string;
  /** Empty: no limit. */
  maxRows: string;
  interval: string;
  rules: RuleDraft[];
}

/** By field; of a rule `rules.<index>.<field>`. */
export type RetentionFaults = Record<string, string>;

const NEVER = 'never';
const MOST_ROWS = 1_000_000_000_000;

export function draftOf({ after, globalTimeout, maxRows, interval, perWorkflow }: RetentionInfo): RetentionDraft {
  return {
    after: after === null ? '' : durationInput(after),
    globalTimeout: globalTimeout === null ? '' : durationInput(globalTimeout),
    maxRows: maxRows === null ? '' : String(maxRows),
    interval: durationInput(interval),
    rules: Object.entries(perWorkflow).map(([name, rule]) => ({
      name,
      after: ruleText(rule.after),
      globalTimeout: ruleText(rule.globalTimeout),
    })),
  };
}

export function faultsOf(draft: RetentionDraft, stored: RetentionInfo): RetentionFaults {
  const { after, globalTimeout, maxRows, interval, rules } = draft;
  const rows = Number(maxRows);
  const faults: Record<string, string | undefined> = {
    after: after.trim() === '' ? undefined : durationFault(after, 'It'),
    globalTimeout: globalTimeout.trim() === '' ? undefined : durationFault(globalTimeout, 'It', { min: 1 }),
    maxRows:
      /^\s*(\d+\s*)?$/.test(maxRows) && rows <= MOST_ROWS ? undefined : 'It is a whole number from 0, or empty for no limit.',
    interval: durationFault(interval, 'It', { min: 1_000, max: 604_800_000 }),
  };
  for (const [index, rule] of rules.entries()) {
    const at = `rules.${index}`;
    const own = Object.hasOwn(stored.perWorkflow, rule.name) ? stored.perWorkflow[rule.name] : undefined;
    if (rule.name.trim() === '') faults[`${at}.name`] = 'A workflow is needed.';
    else if (rules.findIndex(({ name }) => name === rule.name) < index) faults[`${at}.name`] = 'It has a rule already.';
    faults[`${at}.after`] = ruleFault(rule.after, own?.after);
    faults[`${at}.globalTimeout`] = ruleFault(rule.globalTimeout, own?.globalTimeout, 1);
    if (rule.after.trim() === '' && rule.globalTimeout.trim() === '')
      faults[`${at}.after`] ??= 'A rule says something, or is removed.';
  }
  return Object.fromEntries(Object.entries(faults).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** What differs from what is stored; undefined: nothing does. The draft is without faults. */
export function changeOf(draft: RetentionDraft, stored: RetentionInfo): RetentionChange | undefined {
  const next = {
    after: ageOf(draft.after),
    globalTimeout: ageOf(draft.globalTimeout),
    maxRows: draft.maxRows.trim() === '' ? null : Number(draft.maxRows),
    interval: readDuration(draft.interval) as number,
  };
  const change: RetentionChange = {};
  if (next.after !== stored.after) change.after = next.after;
  if (next.globalTimeout !== stored.globalTimeout) change.globalTimeout = next.globalTimeout;
  if (next.maxRows !== stored.maxRows) change.maxRows = next.maxRows;
  if (next.interval !== stored.interval) change.interval = next.interval;
  const rules = ruleChanges(draft.rules, stored.perWorkflow);
  if (Object.keys(rules).length > 0) change.perWorkflow = rules;
  return Object.keys(change).length === 0 ? undefined : change;
}

type RuleChanges = NonNullable<RetentionChange['perWorkflow']>;

function ruleChanges(rules: readonly RuleDraft[], stored: RetentionInfo['perWorkflow']): RuleChanges {
  const before = new Map(Object.entries(stored));
  const changes = rules.flatMap(({ name, after, globalTimeout }) => {
    const own = before.get(name);
    const change = {
      ...(after.trim() !== '' && ageOf(after) !== own?.after && { after: ageOf(after) }),
      ...(globalTimeout.trim() !== '' && ageOf(globalTimeout) !== own?.globalTimeout && { globalTimeout: ageOf(globalTimeout) }),
    };
    return Object.keys(change).length === 0 ? [] : [[name, change] as const];
  });
  const removed = [...before.keys()].filter((name) => !rules.some((rule) => rule.name === name));
  // Not by assignment, which a workflow "__proto__" would turn into another prototype.
  return Object.fromEntries([...changes, ...removed.map((name) => [name, null] as const)]);
}

function ruleText(ms: number | null | undefined): string {
  if (ms === undefined) return '';
  return ms === null ? NEVER : durationInput(ms);
}

function ruleFault(text: string, stored: number | null | undefined, min = 0): string | undefined {
  if (text.trim() === NEVER) return undefined;
  if (text.trim() !== '') return durationFault(text, 'It', { min });
  return stored === undefined ? undefined : 'Type never, or remove the whole rule, save, and add it anew.';
}

function ageOf(text: string): number | null {
  return text.trim() === '' || text.trim() === NEVER ? null : (readDuration(text) as number);
}
