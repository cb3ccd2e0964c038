// The words in which answers are described as JSON Schema, for OpenAPI. Used by run-schemas.ts, operation-schemas.ts and answer-schemas.ts.
import { RUN_STATUSES } from '../../model/run.js';
import type { JsonSchema } from '../requests/fields.js';

export const text: JsonSchema = { type: 'string' };
export const time: JsonSchema = { type: 'string', format: 'date-time' };
export const whole: JsonSchema = { type: 'integer' };
export const number: JsonSchema = { type: 'number' };
export const flag: JsonSchema = { type: 'boolean' };
export const anyObject: JsonSchema = { type: 'object', additionalProperties: true };
export const anything: JsonSchema = {};
/** Of the application. */
export const payload: JsonSchema = {
  description:
    'Any JSON; absent: undefined. { hidden: true } without the right to see payloads, { truncated: true, bytes } above 64 kB.',
};

export const orNull = (schema: JsonSchema): JsonSchema => ({ ...schema, type: [schema.type as string, 'null'] });
export const oneOf = (values: readonly string[]): JsonSchema => ({ type: 'string', enum: [...values] });
export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
export const byName = (values: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: values });

/** Those that are named as absent may be missing. */
export function object(properties: Readonly<Record<string, JsonSchema>>, ...absent: readonly string[]): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties).filter((key) => !absent.includes(key)) };
}

/** The same with all keys of a type, and no others. */
export function record<T extends object>(
  properties: { [K in keyof Required<T>]: JsonSchema },
  ...absent: Array<string & keyof T>
): JsonSchema {
  return object(properties, ...absent);
}

export const runStatus = oneOf(RUN_STATUSES);
