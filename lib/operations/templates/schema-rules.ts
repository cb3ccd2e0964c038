// What a schema of a template must be beside a valid JSON Schema: an object with named parameters, no word that is not known, and nothing that
// leads outside of it. Pure; says where something is wrong, which the compiler often can't.
import { describeValue, quoteText } from '../../kernel/describe-value.js';
import { didYouMean } from '../../kernel/near-names.js';
import type { JsonObject, JsonValue } from '../../model/template.js';
import { plainJsonObject, pointer } from './plain-json.js';
import { FORMATS } from './schema-formats.js';
import { eachSchema, isObject, mapSchema } from './schema-walk.js';
import { TemplateSchemaInvalidError } from './template.errors.js';

export type SchemaDialect = '2020-12' | '7';

const DIALECTS: Readonly<Record<string, SchemaDialect>> = {
  'https://json-schema.org/draft/2020-12/schema': '2020-12',
  'http://json-schema.org/draft-07/schema': '7',
  'https://json-schema.org/draft-07/schema': '7',
};
const KEYWORDS = [
  '$schema $ref $comment $defs definitions title description default examples readOnly writeOnly deprecated',
  'type enum const format multipleOf minimum exclusiveMinimum maximum exclusiveMaximum minLength maxLength pattern',
  'items contains minItems maxItems uniqueItems contentMediaType contentEncoding',
  'properties patternProperties additionalProperties propertyNames minProperties maxProperties required dependencies',
  'allOf anyOf oneOf not if then else',
].flatMap((line) => line.split(' '));
const KEYWORDS_OF: Readonly<Record<SchemaDialect, readonly string[]>> = {
  '7': [...KEYWORDS, 'additionalItems'],
  '2020-12': [
    ...KEYWORDS,
    ...'prefixItems unevaluatedItems unevaluatedProperties minContains maxContains contentSchema'.split(' '),
    ...'dependentRequired dependentSchemas'.split(' '),
  ],
};
/** What gives names that references from elsewhere could mean, or follows such. */
const OUTWARD = ['$id', '$anchor', '$dynamicAnchor', '$dynamicRef', '$recursiveAnchor', '$recursiveRef', '$vocabulary', '$async'];
const LOCAL_REF = /^#\/(\$defs|definitions|properties)\//;
const LONGEST_PATTERN = 1_000;
/** What is left when defaults, which need not be complete, are checked. */
const OF_DEFAULTS = ['$schema', '$defs', 'definitions', 'type', 'properties'];

/** A copy of the schema, whose `$id` is left out. @throws TemplateSchemaInvalidError */
export function checkSchema(given: unknown): JsonObject {
  const schema = copyOf(given);
  const dialect = dialectOf(schema);
  if (schema.type !== 'object')
    throw new TemplateSchemaInvalidError('/type', `it must be "object", not ${describeValue(schema.type)}`);
  const { properties } = schema;
  if (!isObject(properties)) throw new TemplateSchemaInvalidError('/properties', 'it must list the parameters, by name');
  requireKnown(schema.required, Object.keys(properties));
  requireRules(schema, dialect);
  return schema;
}

/** The same for a schema of whatever value. @throws TemplateSchemaInvalidError */
export function checkValueSchema(given: unknown): JsonObject {
  const schema = copyOf(given);
  requireRules(schema, dialectOf(schema));
  return schema;
}

function copyOf(given: unknown): JsonObject {
  const { $id: _id, ...schema } = plainJsonObject(
    given,
    (path, problem) => new TemplateSchemaInvalidError(path === '' ? 'the whole' : path, `it ${problem}`),
  );
  return schema;
}

function requireRules(schema: JsonObject, dialect: SchemaDialect): void {
  eachSchema(schema, (one, path) => {
    requireKeywords(one, path, KEYWORDS_OF[dialect]);
    requireLocal(one, path, schema);
    requirePatterns(one, path);
  });
}

/** Without what is said to others only: keywords that begin with `x-`. */
export function withoutExtensions(schema: JsonObject): JsonObject {
  return mapSchema(schema, (one) => Object.fromEntries(Object.entries(one).filter(([key]) => !isExtension(key))));
}

const isExtension = (keyword: string) => keyword.startsWith('x-');

/** By `$schema`; 2020-12 without it. @throws TemplateSchemaInvalidError */
export function dialectOf({ $schema }: JsonObject): SchemaDialect {
  if ($schema === undefined) return '2020-12';
  const url = typeof $schema === 'string' ? $schema.replace(/#$/, '') : '';
  if (!Object.hasOwn(DIALECTS, url))
    throw new TemplateSchemaInvalidError('/$schema', `it must be one of ${Object.keys(DIALECTS).join(', ')}`);
  return DIALECTS[url] as SchemaDialect;
}

/** The names of the parameters. */
export function parametersOf({ properties }: JsonObject): string[] {
  return isObject(properties) ? Object.keys(properties) : [];
}

/** For values that are not complete: each is checked by itself. */
export function schemaOfDefaults(schema: JsonObject): JsonObject {
  return Object.fromEntries(OF_DEFAULTS.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]]])));
}

/** The `default`s of the parameters in the schema itself, and over them those that were given apart. */
export function mergedDefaults({ properties }: JsonObject, defaults: JsonObject): JsonObject {
  const own = Object.entries(isObject(properties) ? properties : {}).flatMap(
    ([key, property]): Array<[string, JsonValue]> =>
      isObject(property) && property.default !== undefined ? [[key, property.default]] : [],
  );
  return { ...Object.fromEntries(own), ...defaults };
}

/** Nobody could give a parameter that is not listed: nothing could ever be started. */
function requireKnown(required: JsonValue | undefined, known: readonly string[]): void {
  if (!Array.isArray(required)) return;
  for (const [index, key] of required.entries())
    if (typeof key === 'string' && !known.includes(key))
      throw new TemplateSchemaInvalidError(
        `/required/${index}`,
        `${quoteText(key)} is not one of the properties.${didYouMean(key, known)} Add it there or remove it here`,
      );
}

function requireKeywords(schema: JsonObject, path: string, known: readonly string[]): void {
  for (const keyword of Object.keys(schema)) {
    const where = pointer(path, keyword);
    if (OUTWARD.includes(keyword)) throw new TemplateSchemaInvalidError(where, 'this keyword is not supported');
    if (!known.includes(keyword) && !isExtension(keyword))
      throw new TemplateSchemaInvalidError(
        where,
        `there is no such keyword.${didYouMean(keyword, known)} Words of your own begin with "x-"`,
      );
  }
  if (path !== '' && schema.$schema !== undefined)
    throw new TemplateSchemaInvalidError(`${path}/$schema`, 'only the whole schema can say its dialect');
  const { format, enum: values } = schema;
  if (Array.isArray(values) && values.length === 0)
    throw new TemplateSchemaInvalidError(`${path}/enum`, 'it lists no value: nothing could be given');
  if (typeof format === 'string' && !Object.hasOwn(FORMATS, format))
    throw new TemplateSchemaInvalidError(
      `${path}/format`,
      `${quoteText(format)} is not one of ${Object.keys(FORMATS).join(', ')}`,
    );
}

function requireLocal({ $ref }: JsonObject, path: string, root: JsonObject): void {
  if ($ref === undefined) return;
  const target = typeof $ref === 'string' && LOCAL_REF.test($ref) ? valueAt(root, $ref) : undefined;
  if (target === undefined)
    throw new TemplateSchemaInvalidError(
      `${path}/$ref`,
      `it must lead to what is there under #/$defs/, #/definitions/ or #/properties/ of the same schema, not to ${describeValue($ref)}`,
    );
}

function valueAt(root: JsonObject, ref: string): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of ref.slice(2).split('/')) {
    if (typeof value !== 'object' || value === null) return undefined;
    const key = unescaped(step);
    value = key !== undefined && Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
  }
  return value;
}

function unescaped(step: string): string | undefined {
  try {
    return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}

function requirePatterns({ pattern, patternProperties }: JsonObject, path: string): void {
  if (typeof pattern === 'string') requirePattern(pattern, `${path}/pattern`);
  if (!isObject(patternProperties)) return;
  for (const key of Object.keys(patternProperties)) requirePattern(key, pointer(`${path}/patternProperties`, key));
}

function requirePattern(pattern: string, path: string): void {
  if (pattern.length > LONGEST_PATTERN)
    throw new TemplateSchemaInvalidError(path, `a pattern is longer than ${LONGEST_PATTERN} characters`);
  try {
    // With the flag that the compiler gives it.
    new RegExp(pattern, 'u');
  } catch (cause) {
    throw new TemplateSchemaInvalidError(path, `it is no regular expression (${(cause as Error).message})`, { cause });
  }
}
