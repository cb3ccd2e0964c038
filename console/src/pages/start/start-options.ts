// What is said of a start beside its input: as typed, checked, and as the server takes it. Pure; used by the options panel and the start.
import { readDuration } from '../../parts/duration-input.js';

export interface AttributeText {
  key: string;
  value: string;
}

/** As typed. */
export interface OptionTexts {
  queue: string;
  partitionKey: string;
  priority: string;
  timeout: string;
  delay: string;
  deduplicationId: string;
  deduplicationPolicy: 'reject' | 'return-existing';
  id: string;
  attributes: AttributeText[];
  allowDuringMaintenance: boolean;
  reason: string;
}

export type OptionName = keyof OptionTexts;

export const NO_OPTIONS: OptionTexts = {
  ...{ queue: '', partitionKey: '', priority: '', timeout: '', delay: '', deduplicationId: '', id: '', reason: '' },
  ...{ deduplicationPolicy: 'reject', attributes: [], allowDuringMaintenance: false },
};

export interface ReadOptions {
  options: Record<string, unknown>;
  /** By the field, or `attributes/<row>`. */
  faults: Record<string, string>;
}

const LONGEST_ID = 255;
const MOST_PRIORITY = 2_147_483_647;
const SECONDS = /^\d+(\.\d+)?$/;
const TEXTS = ['queue', 'partitionKey', 'deduplicationId', 'id'] as const;

export function readOptions(texts: OptionTexts): ReadOptions {
  const options: Record<string, unknown> = {};
  const faults: Record<string, string> = {};
  const take = (name: string, read: { value?: unknown; fault?: string }) => {
    if (read.fault !== undefined) faults[name] = read.fault;
    else if (read.value !== undefined) options[name] = read.value;
  };
  for (const name of TEXTS) take(name, readId(texts[name]));
  take('priority', readPriority(texts.priority));
  take('timeout', readTime(texts.timeout, 'A timeout of nothing would end the run at once.'));
  take('delay', readTime(texts.delay));
  if (options.deduplicationId !== undefined) options.deduplicationPolicy = texts.deduplicationPolicy;
  const attributes = readAttributes(texts.attributes, faults);
  if (attributes.length > 0) options.attributes = Object.fromEntries(attributes);
  if (texts.allowDuringMaintenance) options.allowDuringMaintenance = true;
  if (texts.reason.trim() !== '') options.reason = texts.reason.trim();
  return { options, faults };
}

/** Whole ms of `180s`, `3m`, `1.5 h`, or of plain seconds; undefined: it is none. */
export function durationMs(text: string): number | undefined {
  return readDuration(withUnit(text));
}

function withUnit(text: string): string {
  return SECONDS.test(text.trim()) ? `${text.trim()}s` : text.trim();
}

/** A number, true, false or null where it is one; else a text, also one in quotes. */
export function attributeValue(text: string): string | number | boolean | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'number' && !Number.isSafeInteger(value) && Number.isInteger(value)) return text;
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as string;
  } catch {
    // A text.
  }
  return text;
}

export function attributeText(value: unknown): string {
  return typeof value === 'string' && attributeValue(value) === value ? value : JSON.stringify(value);
}

function readId(text: string): { value?: string; fault?: string } {
  if (text === '') return {};
  if (text.trim() !== text) return { fault: 'Begins or ends with white space.' };
  return [...text].length > LONGEST_ID ? { fault: `Longer than ${LONGEST_ID} characters.` } : { value: text };
}

function readPriority(text: string): { value?: number; fault?: string } {
  if (text.trim() === '') return {};
  const value = Number(text);
  return Number.isInteger(value) && Math.abs(value) <= MOST_PRIORITY
    ? { value }
    : { fault: 'Must be a whole number of 32 bits.' };
}

function readTime(text: string, notZero?: string): { value?: string; fault?: string } {
  if (text.trim() === '') return {};
  const ms = durationMs(text);
  if (ms === undefined) return { fault: 'Such as 180s, 3m, 1.5h or 2d; a plain number is seconds.' };
  if (ms === 0 && notZero !== undefined) return { fault: notZero };
  return { value: withUnit(text) };
}

function readAttributes(rows: readonly AttributeText[], faults: Record<string, string>): Array<[string, unknown]> {
  const seen = new Set<string>();
  return rows.flatMap(({ key, value }, row): Array<[string, unknown]> => {
    if (key === '' && value === '') return [];
    const fault = key === '' ? 'Needs a name.' : seen.has(key) ? 'Is there already.' : readId(key).fault;
    if (fault !== undefined) faults[`attributes/${row}`] = fault;
    seen.add(key);
    return [[key, attributeValue(value)]];
  });
}
