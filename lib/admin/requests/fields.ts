// The fields of queries and bodies: each is told once, how it is read, what is refused, and how OpenAPI shows it. What a value means (a known
// status, a range of the library) the services check; here it gets its type.
import { describeValue } from '../../kernel/describe-value.js';
import { parseDate } from '../../kernel/duration.js';
import { textFault } from '../../kernel/stored-text.js';
import { AdminRequestError } from '../admin.errors.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** @typeParam T what reading gives */
export interface Field<T> {
  /** From the text of a query. `label`: `Query parameter "limit"`. @throws AdminRequestError, InvalidDurationError */
  fromText(given: string, label: string): T;
  /** From a parsed JSON body. @throws AdminRequestError, InvalidDurationError */
  fromJson(given: unknown, label: string): T;
  readonly schema: JsonSchema;
  readonly isRequired?: boolean;
  /** A list: a query may repeat its key. */
  readonly isList?: boolean;
}

const LONGEST_TEXT = 4_096;
const MOST_VALUES = 50;

export function refuse(message: string): never {
  throw new AdminRequestError('INVALID_REQUEST', message);
}

export function text(description?: string, most = LONGEST_TEXT): Field<string> {
  const read = (given: unknown, label: string): string => {
    if (typeof given !== 'string' || given.length > most || textFault(given) !== undefined)
      refuse(`${label} must be a text of up to ${most} characters without NUL, not ${describeValue(given)}.`);
    return given;
  };
  return { fromText: read, fromJson: read, schema: { type: 'string', maxLength: most, ...described(description) } };
}

/** Why an operator does something. */
export function reason(): Field<string> {
  const { fromText, schema } = text('Why; kept with what is done and in the audit log.', 1_000);
  const read = (given: unknown, label: string): string => {
    if (typeof given === 'string' && given.trim() === '')
      refuse(`${label} must be a text of 1 to 1,000 characters, or left out.`);
    return fromText(given as string, label);
  };
  return { fromText: read, fromJson: read, schema };
}

/** Of an order that needs nothing but that. */
export const REASON = { reason: reason() };

export function integer(least: number, most: number, description?: string): Field<number> {
  const fromJson = (given: unknown, label: string): number => {
    if (!Number.isInteger(given) || (given as number) < least || (given as number) > most)
      refuse(`${label} must be a whole number from ${least} to ${most}, not ${describeValue(given)}.`);
    return given as number;
  };
  return {
    fromText: (given, label) => fromJson(/^-?\d{1,15}$/.test(given) ? Number(given) : given, label),
    fromJson,
    schema: { type: 'integer', minimum: least, maximum: most, ...described(description) },
  };
}

export function flag(description?: string): Field<boolean> {
  const fromJson = (given: unknown, label: string): boolean => {
    if (typeof given !== 'boolean') refuse(`${label} must be true or false, not ${describeValue(given)}.`);
    return given;
  };
  return {
    fromText: (given, label) => fromJson(given === 'true' ? true : given === 'false' ? false : given, label),
    fromJson,
    schema: { type: 'boolean', ...described(description) },
  };
}

export function oneOf<const T extends string>(values: readonly T[], description?: string): Field<T> {
  const read = (given: unknown, label: string): T => {
    if (!values.includes(given as T)) refuse(`${label} must be one of ${values.join(', ')}, not ${describeValue(given)}.`);
    return given as T;
  };
  return { fromText: read, fromJson: read, schema: { type: 'string', enum: values, ...described(description) } };
}

/** ISO 8601 with a zone. */
export function time(description?: string): Field<Date> {
  return {
    fromText: (given, label) => parseDate(given, label),
    fromJson: (given, label) => {
      if (typeof given !== 'string')
        refuse(`${label} must be a time such as "2026-11-21T12:00:00Z", not ${describeValue(given)}.`);
      return parseDate(given, label);
    },
    schema: { type: 'string', format: 'date-time', ...described(description) },
  };
}

/** In a query: the key repeated. */
export function list<T>(field: Field<T>, most = MOST_VALUES): Field<T[]> {
  return {
    isList: true,
    fromText: (given, label) => [field.fromText(given, label)],
    fromJson: (given, label) => {
      if (!Array.isArray(given)) refuse(`${label} must be a list, not ${describeValue(given)}.`);
      if (given.length > most) refuse(`${label} has more than ${most} values.`);
      return given.map((value: unknown) => field.fromJson(value, label));
    },
    schema: { type: 'array', items: field.schema, maxItems: most },
  };
}

/** Any JSON value; in a query as JSON text. */
export function json(schema: JsonSchema = {}): Field<unknown> {
  return {
    fromText: (given, label) => {
      try {
        return JSON.parse(given);
      } catch {
        return refuse(`${label} must be JSON, URL-encoded, not ${describeValue(given)}.`);
      }
    },
    fromJson: (given) => given,
    schema,
  };
}

/** A JSON object. */
export function object(description?: string): Field<Record<string, unknown>> {
  const check = (given: unknown, label: string): Record<string, unknown> => {
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      refuse(`${label} must be a JSON object such as {"customer":"c-7"}, not ${describeValue(given)}.`);
    return given as Record<string, unknown>;
  };
  const { fromText } = json();
  return {
    fromText: (given, label) => check(fromText(given, label), label),
    fromJson: check,
    schema: { type: 'object', additionalProperties: true, ...described(description) },
  };
}

export function required<T>(field: Field<T>): Field<T> & { isRequired: true } {
  return { ...field, isRequired: true };
}

function described(description: string | undefined): { description?: string } {
  return description === undefined ? {} : { description };
}
