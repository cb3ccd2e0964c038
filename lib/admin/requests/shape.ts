// Reads the query or the body of a request by its fields: unknown keys are refused with the one that was meant, missing ones named, and nothing
// untyped comes through.
import { refuseUnknownKeys } from '../../kernel/option-keys.js';
import { type Field, type JsonSchema, refuse } from './fields.js';

export type Shape = Readonly<Record<string, Field<unknown>>>;

/** What reading gives: required fields always, others when they were given. */
export type Read<S extends Shape> = {
  [K in keyof S as S[K] extends { isRequired: true } ? K : never]: S[K] extends Field<infer T> ? T : never;
} & {
  [K in keyof S as S[K] extends { isRequired: true } ? never : K]?: S[K] extends Field<infer T> ? T : never;
};

/** @throws UnknownOptionError, AdminRequestError, InvalidDurationError; WorkflowsError (`INVALID_OPTION`) for what is no object */
export function readQuery<S extends Shape>(shape: S, query: unknown = {}): Read<S> {
  return read(shape, query, 'query parameter', (field, given, label) => {
    const values: unknown[] = Array.isArray(given) ? given : [given];
    if (values.some((value) => typeof value !== 'string')) refuse(`${label} must be a text.`);
    if (field.isList === true) {
      const most = field.schema.maxItems as number;
      if (values.length > most) refuse(`${label} is given more than ${most} times.`);
      return values.flatMap((value) => field.fromText(value as string, label) as unknown[]);
    }
    if (values.length !== 1) refuse(`${label} must be given once.`);
    return field.fromText(values[0] as string, label);
  });
}

/** No body at all counts as `{}`. @throws as readQuery */
export function readBody<S extends Shape>(shape: S, body: unknown): Read<S> {
  return read(shape, body ?? {}, 'body key', (field, given, label) => field.fromJson(given, label));
}

/** As OpenAPI and JSON Schema show it. */
export function schemaOf(shape: Shape): JsonSchema {
  const keys = Object.keys(shape);
  return {
    type: 'object',
    properties: Object.fromEntries(keys.map((key) => [key, shape[key]?.schema])),
    required: keys.filter((key) => shape[key]?.isRequired === true),
    additionalProperties: false,
  };
}

function read<S extends Shape>(
  shape: S,
  given: unknown,
  kind: string,
  one: (field: Field<unknown>, value: unknown, label: string) => unknown,
): Read<S> {
  refuseUnknownKeys(given, Object.keys(shape), [], kind);
  const result: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(shape)) {
    const value = (given as Record<string, unknown>)[key];
    const label = `${kind[0]?.toUpperCase()}${kind.slice(1)} "${key}"`;
    if (value !== undefined) result[key] = one(field, value, label);
    else if (field.isRequired === true) refuse(`${label} is missing.`);
  }
  return result as Read<S>;
}
