// What runs are looked for by, as it stands in the URL: the API's own names, times beside them as `created=24h`. Pure; used by the bar, the list and bulk jobs.
import type { RunQuery } from '../../../../lib/http-client/index.js';
import type { RunStatus } from '../../../../lib/model/run.js';
import { findInexact, parseJson } from '../../api/lossless-json.js';
import { isLastSpan, LAST_NAMES, LAST_SPANS } from './time-range.js';

const LISTS = ['name', 'status', 'queue'] as const;
const TEXTS = [
  'nameContains',
  'partitionKey',
  'parentId',
  'externalId',
  'deduplicationId',
  'executorId',
  'legalHold',
  'errorCode',
  'created',
  'createdFrom',
  'createdBefore',
  'completed',
  'completedFrom',
  'completedBefore',
  'attributes',
  'input',
] as const;

type ListKey = (typeof LISTS)[number];
type TextKey = (typeof TEXTS)[number];
export type FilterKey = ListKey | TextKey;

/** As texts; what is not there does not restrict. */
export type RunFilters = { [K in ListKey]?: readonly string[] } & { [K in TextKey]?: string };

export const FILTER_LABELS: Readonly<Record<FilterKey, string>> = {
  name: 'Workflow',
  nameContains: 'Workflow has',
  status: 'Status',
  queue: 'Queue',
  partitionKey: 'Partition',
  parentId: 'Children of',
  externalId: 'Id of the starter',
  deduplicationId: 'Deduplication id',
  executorId: 'Executor',
  legalHold: 'Legal hold',
  errorCode: 'Error code',
  created: 'Created',
  createdFrom: 'Created from',
  createdBefore: 'Created before',
  completed: 'Completed',
  completedFrom: 'Completed from',
  completedBefore: 'Completed before',
  attributes: 'Attributes',
  input: 'Input has',
};

const PAIR = /^([^\s=,{}"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,"][^,"]*?)\s*(?:,\s*|$)/;
const ATTRIBUTES_EXAMPLE = ', or such as batch="BATCH-2".';

/** Refused before it is asked: shown where what the server refuses is shown. */
export class FilterFault extends Error {}

export function readFilters(params: URLSearchParams): RunFilters {
  const lists = LISTS.map((key) => [key, params.getAll(key).filter((value) => value !== '')] as const);
  const texts = TEXTS.map((key) => [key, params.get(key) ?? ''] as const);
  return Object.fromEntries([...lists, ...texts].filter(([, value]) => value.length > 0));
}

/** What can't be searched for, by its field. */
export function faultsOf(filters: RunFilters): Partial<Record<FilterKey, string>> {
  const faults: Partial<Record<FilterKey, string>> = {};
  for (const key of ['attributes', 'input'] as const)
    try {
      queryOf(changed({}, { [key]: filters[key] }), 0);
    } catch (error) {
      faults[key] = error instanceof Error ? error.message : String(error);
    }
  return faults;
}

/** All else in the URL stays. */
export function writeFilters(params: URLSearchParams, filters: RunFilters): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const key of [...LISTS, ...TEXTS]) next.delete(key);
  for (const key of LISTS) for (const value of filters[key] ?? []) next.append(key, value);
  for (const key of TEXTS) if (filters[key]) next.set(key, filters[key] as string);
  return next;
}

/** The same for the same filters. */
export function filtersKey(filters: RunFilters): string {
  return writeFilters(new URLSearchParams(), filters).toString();
}

/** As the API takes them. @param now what `created=1h` counts from. @throws FilterFault */
export function queryOf(filters: RunFilters, now: number): RunQuery {
  const { created, completed, createdFrom, completedFrom, legalHold, attributes, input, status, ...same } = filters;
  const [createdSince, completedSince] = [sinceOf(created, 'created', now), sinceOf(completed, 'completed', now)];
  const query = {
    ...same,
    status: status as readonly RunStatus[] | undefined,
    createdFrom: createdSince ?? createdFrom,
    completedFrom: completedSince ?? completedFrom,
    legalHold: legalHold === undefined ? undefined : flagOf(legalHold),
    attributes: attributes === undefined ? undefined : objectOf(attributes),
    input: input === undefined ? undefined : jsonOf(input, 'input'),
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as RunQuery;
}

export interface FilterChip {
  key: FilterKey;
  label: string;
  value: string;
  /** The filters without it. */
  without: RunFilters;
}

/** @param shown filters that the bar itself shows */
export function chipsOf(filters: RunFilters, shown: readonly FilterKey[] = []): FilterChip[] {
  const lists = LISTS.flatMap((key) =>
    (filters[key] ?? []).map((value) => ({ key, value, without: withoutValue(filters, key, value) })),
  );
  const texts = TEXTS.flatMap((key) =>
    filters[key] === undefined
      ? []
      : [{ key, value: spoken(key, filters[key] as string), without: changed(filters, { [key]: undefined }) }],
  );
  return [...lists, ...texts]
    .filter(({ key }) => !shown.includes(key))
    .map((chip) => ({ ...chip, label: FILTER_LABELS[chip.key] }));
}

/** With these in place of those of the same name; `undefined` takes one away. */
export function changed(filters: RunFilters, changes: { [K in FilterKey]?: RunFilters[K] | undefined }): RunFilters {
  return Object.fromEntries(
    Object.entries({ ...filters, ...changes }).filter(([, value]) => value !== undefined && value.length > 0),
  );
}

function withoutValue(filters: RunFilters, key: ListKey, value: string): RunFilters {
  return changed(filters, { [key]: filters[key]?.filter((each) => each !== value) });
}

function spoken(key: TextKey, value: string): string {
  if (key === 'legalHold') return value === 'true' ? 'on' : value === 'false' ? 'off' : value;
  return (key === 'created' || key === 'completed') && isLastSpan(value) ? LAST_NAMES[value].toLowerCase() : value;
}

function sinceOf(span: string | undefined, key: FilterKey, now: number): string | undefined {
  if (span === undefined) return undefined;
  if (!isLastSpan(span)) throw new FilterFault(`"${key}" must be one of ${Object.keys(LAST_SPANS).join(', ')}, not "${span}".`);
  return new Date(now - LAST_SPANS[span]).toISOString();
}

function flagOf(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new FilterFault(`"legalHold" must be true or false, not "${text}".`);
}

function objectOf(text: string): NonNullable<RunQuery['attributes']> {
  const value = /^\s*\{/.test(text) ? jsonOf(text, 'attributes') : pairsOf(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as NonNullable<RunQuery['attributes']>;
  throw new FilterFault(`Attributes must be JSON${ATTRIBUTES_EXAMPLE}`);
}

/** `batch=BATCH-2, size=7`: a number, true, false or null where it is one, else a text, with quotes or without. */
function pairsOf(text: string): Record<string, unknown> | undefined {
  const pairs: Array<[string, unknown]> = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const [whole, key = '', value = ''] = PAIR.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    pairs.push([key, /^(?:".*"|-?\d.*|true|false|null)$/s.test(value) ? scalarOf(value) : value]);
    rest = rest.slice(whole.length);
  }
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function scalarOf(text: string): unknown {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return text;
  }
  requireExact(value);
  return value;
}

function requireExact(value: unknown): void {
  const inexact = findInexact(value);
  if (inexact !== undefined) throw new FilterFault(`${inexact} is too large for a number of JSON that is searched for.`);
}

function jsonOf(text: string, key: 'attributes' | 'input'): unknown {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw new FilterFault(
      key === 'input' ? 'Input must be JSON: a text stands in quotes.' : `Attributes must be JSON${ATTRIBUTES_EXAMPLE}`,
    );
  }
  requireExact(value);
  return value;
}
