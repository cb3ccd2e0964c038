// The query of `GET runs`: text from a URL to a ListRunsFilter. Several values of one key are repeated keys: `status=ERROR&status=DEAD`.
import type { ListRunsFilter } from '../../client/run-reader.js';
import { describeValue } from '../../kernel/describe-value.js';
import { parseDate } from '../../kernel/duration.js';
import { assertId } from '../../kernel/ids.js';
import { refuseUnknownKeys } from '../../kernel/option-keys.js';
import { textFault } from '../../kernel/stored-text.js';
import type { RunAttributes, RunStatus } from '../../model/run.js';
import { AdminRequestError } from '../admin.errors.js';

const KEYS = ['name', 'status', 'queue', 'partitionKey', 'createdFrom', 'createdBefore', 'attributes', 'limit', 'cursor'];
/** Of one key, in one query. */
const MOST_VALUES = 50;
const LONGEST_TEXT = 4_096;

/**
 * Checks the form; RunReader checks what the values mean (known status, range of the limit).
 *
 * @throws UnknownOptionError, AdminRequestError, InvalidDurationError, InvalidIdError
 */
export function readListRunsQuery(query: unknown): ListRunsFilter {
  refuseUnknownKeys(query, KEYS, [], 'query parameter');
  const given = query as Record<string, unknown>;
  const limit = text(given, 'limit');
  const createdFrom = text(given, 'createdFrom');
  const createdBefore = text(given, 'createdBefore');
  const attributes = text(given, 'attributes');
  return {
    workflowName: texts(given, 'name'),
    status: texts(given, 'status') as RunStatus[] | undefined,
    queue: texts(given, 'queue'),
    partitionKey: text(given, 'partitionKey'),
    createdFrom: createdFrom === undefined ? undefined : parseDate(createdFrom, 'Query parameter "createdFrom"'),
    createdBefore: createdBefore === undefined ? undefined : parseDate(createdBefore, 'Query parameter "createdBefore"'),
    attributes: attributes === undefined ? undefined : readAttributes(attributes),
    limit: limit === undefined ? undefined : readWholeNumber(limit),
    cursor: text(given, 'cursor'),
  };
}

/** For routes without a query. @throws AdminRequestError */
export function refuseQuery(query: unknown): void {
  const [key] = Object.keys(query ?? {});
  if (key !== undefined) refuse(`Unknown query parameter ${describeValue(key)}. This route has none.`);
}

function texts(query: Record<string, unknown>, key: string): string[] | undefined {
  const given = query[key];
  if (given === undefined) return undefined;
  const list: unknown[] = Array.isArray(given) ? given : [given];
  if (list.length > MOST_VALUES) refuse(`Query parameter "${key}" is given more than ${MOST_VALUES} times.`);
  for (const value of list)
    if (typeof value !== 'string' || value.length > LONGEST_TEXT)
      refuse(`Query parameter "${key}" must be a text of up to ${LONGEST_TEXT} characters, or several: ${key}=a&${key}=b.`);
  return list as string[];
}

function text(query: Record<string, unknown>, key: string): string | undefined {
  const list = texts(query, key);
  if (list !== undefined && list.length !== 1) refuse(`Query parameter "${key}" must be given once.`);
  return list?.[0];
}

function readWholeNumber(given: string): number {
  if (!/^\d{1,9}$/.test(given)) refuse(`Query parameter "limit" must be a whole number, not ${describeValue(given)}.`);
  return Number(given);
}

function readAttributes(given: string): RunAttributes {
  let parsed: unknown;
  try {
    parsed = JSON.parse(given);
  } catch {
    // refused below
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    refuse('Query parameter "attributes" must be a JSON object such as {"customer":"c-7"}, URL-encoded.');
  for (const [key, value] of Object.entries(parsed)) {
    assertId(key, 'attribute name');
    const fits =
      value === null ||
      typeof value === 'boolean' ||
      Number.isFinite(value) ||
      (typeof value === 'string' && textFault(value) === undefined);
    if (!fits) refuse(`Attribute "${key}" in the query must be a text, a finite number, a boolean or null.`);
  }
  return parsed as RunAttributes;
}

function refuse(message: string): never {
  throw new AdminRequestError('INVALID_REQUEST', message);
}
