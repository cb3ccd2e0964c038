// References of a schema to enums: `"enum": "@enum:Name"` means the highest active version of that enum at the time of use,
// `"enum": "@enum:Name:3"` that version. A schema refers to one version of an enum only, so that a name and a version say all.
import { quoteText } from '../../kernel/describe-value.js';
import type { EnumValue, JsonObject } from '../../model/template.js';
import { eachSchema, mapSchema } from './schema-walk.js';
import { TemplateSchemaInvalidError } from './template.errors.js';

export interface EnumReference {
  name: string;
  /** Undefined: the highest active one. */
  version: number | undefined;
}

/** By the name of the enum. */
export type EnumValues = ReadonlyMap<string, readonly EnumValue[]>;

const MOST_REFERENCES = 100;
const PREFIX = '@enum:';
const REFERENCE = /^@enum:([^:]+)(?::([1-9]\d{0,8}))?$/;

/** By name. @throws TemplateSchemaInvalidError */
export function enumReferences(schema: JsonObject): EnumReference[] {
  const found = new Map<string, EnumReference>();
  let count = 0;
  eachSchema(schema, (one, path) => {
    const reference = referenceOf(one, path);
    if (reference === undefined) return;
    // Each of them becomes a copy of the values.
    if (++count > MOST_REFERENCES)
      throw new TemplateSchemaInvalidError(
        `${path}/enum`,
        `there are more than ${MOST_REFERENCES} references to enums; share them with $ref`,
      );
    const other = found.get(reference.name);
    if (other !== undefined && other.version !== reference.version)
      throw new TemplateSchemaInvalidError(`${path}/enum`, `it refers to two versions of the enum ${quoteText(reference.name)}`);
    found.set(reference.name, reference);
  });
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * With the values that are accepted in place of the references to these enums; with `options` also all values, for a form. Other references stay.
 */
export function withEnumValues(schema: JsonObject, enums: EnumValues, { options = false } = {}): JsonObject {
  return replaceReferences(schema, ({ name }) => {
    const values = enums.get(name);
    if (values === undefined) return {};
    return {
      enum: values.filter(({ disabled }) => disabled !== true).map(({ value }) => value),
      ...(options && { [OPTIONS_KEYWORD]: values.map((value) => ({ ...value })) }),
    };
  });
}

/** Where an expanded schema lists what a form shows: beside the `enum` that stands for the reference. */
export const OPTIONS_KEYWORD = 'x-options';

/** With references to these versions. A name that is not given stays as it is; null: without a version. */
export function withEnumVersions(schema: JsonObject, versions: ReadonlyMap<string, number | null>): JsonObject {
  return replaceReferences(schema, ({ name, version }) => {
    const wanted = versions.has(name) ? versions.get(name) : version;
    return { enum: `${PREFIX}${name}${wanted == null ? '' : `:${wanted}`}` };
  });
}

function replaceReferences(schema: JsonObject, replace: (reference: EnumReference) => JsonObject): JsonObject {
  return mapSchema(schema, (one, path) => {
    const reference = referenceOf(one, path);
    return reference === undefined ? one : { ...one, ...replace(reference) };
  });
}

function referenceOf({ enum: given }: JsonObject, path: string): EnumReference | undefined {
  if (Array.isArray(given) && given.some((value) => typeof value === 'string' && value.startsWith(PREFIX)))
    throw new TemplateSchemaInvalidError(`${path}/enum`, 'a reference to an enum stands alone: "enum": "@enum:Name"');
  if (typeof given !== 'string') return undefined;
  const [, name, version] = REFERENCE.exec(given) ?? [];
  if (name === undefined)
    throw new TemplateSchemaInvalidError(
      `${path}/enum`,
      `${quoteText(given)} is neither a list nor a reference "@enum:Name" or "@enum:Name:3"`,
    );
  return { name, version: version === undefined ? undefined : Number(version) };
}
