// JSON Schema as OpenAPI 3.0 takes it, whose schemas have one type each, and `nullable`; for 3.1 @nestjs/swagger itself turns that back.
import type { JsonSchema } from '../requests/fields.js';

/** A copy, also of what is inside. */
export function openApiSchema({ type, properties, items, additionalProperties, required, ...rest }: JsonSchema): JsonSchema {
  return {
    ...rest,
    ...typeOf(type),
    ...(isObject(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, schema]) => [key, openApiSchema(schema as JsonSchema)]),
      ),
    }),
    ...(isObject(items) && { items: openApiSchema(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: isObject(additionalProperties) ? openApiSchema(additionalProperties) : additionalProperties,
    }),
    // An empty list is none that 3.0 knows.
    ...(Array.isArray(required) && required.length > 0 && { required }),
  };
}

function typeOf(type: unknown): JsonSchema {
  if (!Array.isArray(type)) return type === undefined ? {} : { type };
  const nullable = type.includes('null') && { nullable: true };
  const types = type.filter((one) => one !== 'null').map((one) => ({ type: one, ...nullable }));
  return types.length === 1 ? { ...types[0] } : { anyOf: types };
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}
