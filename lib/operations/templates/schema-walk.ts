// Walks over a JSON Schema (2020-12 or 7) as schema: where a keyword holds data (`const`, `default`, `examples`, the items of `enum`) it does
// not look, and a property that happens to be called "enum" is no keyword. Used to find and replace references to enums, and by schema rules.
import type { JsonObject, JsonValue } from '../../model/template.js';
import { pointer } from './plain-json.js';

const ONE = [
  'additionalItems',
  'additionalProperties',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
];
/** `items` may be a list in draft 7. */
const LISTS = ['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems'];
/** In `dependencies` of draft 7 a list of names may stand instead of a schema. */
const MAPS = ['$defs', 'definitions', 'dependencies', 'dependentSchemas', 'patternProperties', 'properties'];

/**
 * A copy in which every schema, the outermost first, is what `visit` makes of it; what it returns is walked into. It shares what was not
 * changed. @param visit must not change what it is given
 */
export function mapSchema(schema: JsonObject, visit: (schema: JsonObject, path: string) => JsonObject, path = ''): JsonObject {
  const visited = visit(schema, path);
  const below = (value: JsonValue, where: string) => (isObject(value) ? mapSchema(value, visit, where) : value);
  const copy: JsonObject = {};
  for (const [key, value] of Object.entries(visited)) {
    const where = pointer(path, key);
    if (Array.isArray(value) && LISTS.includes(key)) copy[key] = value.map((item, i) => below(item, pointer(where, i)));
    else if (isObject(value) && MAPS.includes(key))
      copy[key] = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, below(item, pointer(where, name))]));
    else copy[key] = isObject(value) && ONE.includes(key) ? below(value, where) : value;
  }
  return copy;
}

/** Calls `look` for every schema, the outermost first. */
export function eachSchema(schema: JsonObject, look: (schema: JsonObject, path: string) => void): void {
  mapSchema(schema, (one, path) => {
    look(one, path);
    return one;
  });
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
