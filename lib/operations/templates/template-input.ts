// What callers say of templates and enums, checked and copied before any SQL. Used for what is saved and for what is imported.
import { describeValue } from '../../kernel/describe-value.js';
import { assertName, InvalidIdError } from '../../kernel/ids.js';
import { refuseUnknownKeys } from '../../kernel/option-keys.js';
import { textFault } from '../../kernel/stored-text.js';
import { type EnumValue, type JsonObject, TEMPLATE_STATUSES, type TemplateStatus } from '../../model/template.js';
import { JSON_LIMITS, plainJson, plainJsonObject, type Refuse } from './plain-json.js';
import { checkSchema, mergedDefaults, parametersOf } from './schema-rules.js';
import { InvalidTemplateOptionError, TemplateKeyUnknownError, TemplateStatusUnknownError } from './template.errors.js';

export interface TemplateInput {
  /** 1–255 printable characters. */
  name: string;
  /**
   * JSON Schema (2020-12, or 7 by `$schema`) of an object whose `properties` are the parameters. At most 256 KiB. `"enum": "@enum:Name"` or
   * `"@enum:Name:3"` refers to an enum.
   */
  schema: object;
  /** By parameter. They go before a `default` of the schema's properties. Default: those. */
  defaults?: object;
  /** Hints for whoever draws the form: kept, not read. At most 256 KiB. */
  ui?: object;
  /** At most 4,000 characters. */
  description?: string;
}

export interface EnumInput {
  /** 1–255 printable characters without a colon. */
  name: string;
  /** 1 to 2,000, no value twice; at least one that is not disabled. At most 64 KiB. */
  values: ReadonlyArray<{ label: string; value: string | number | boolean; disabled?: boolean }>;
  /** At most 4,000 characters. */
  description?: string;
}

/** As stored, but for the check by the compiler. */
export interface CheckedTemplate {
  name: string;
  schema: JsonObject;
  defaults: JsonObject;
  ui: JsonObject | null;
  description: string | null;
}

export interface CheckedEnum {
  name: string;
  values: EnumValue[];
  description: string | null;
}

const MOST_ENUM_VALUES = 2_000;
const ENUM_LIMITS = { ...JSON_LIMITS, maxBytes: 64 * 1024 };
const LONGEST_LABEL = 1_000;
const LONGEST_DESCRIPTION = 4_000;
const HIGHEST_VERSION = 2_147_483_647;

/**
 * @throws InvalidIdError, InvalidTemplateOptionError, TemplateSchemaInvalidError, TemplateKeyUnknownError, UnknownOptionError; WorkflowsError
 * (`INVALID_OPTION`) for what is no object
 */
export function checkTemplate(given: TemplateInput): CheckedTemplate {
  refuseUnknownKeys(given, ['name', 'schema', 'defaults', 'ui', 'description'], [], 'key of a template');
  const { name, defaults = {}, ui } = given;
  assertName(name, 'template name');
  const schema = checkSchema(given.schema);
  const own = plainJsonObject(defaults, refusing('defaults'));
  const known = parametersOf(schema);
  for (const key of Object.keys(own)) if (!known.includes(key)) throw new TemplateKeyUnknownError(key, name, known);
  return {
    name,
    schema,
    defaults: mergedDefaults(schema, own),
    ui: ui === undefined || ui === null ? null : plainJsonObject(ui, refusing('ui')),
    description: checkDescription(given.description),
  };
}

/** @throws InvalidIdError, InvalidTemplateOptionError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) for what is no object */
export function checkEnum(given: EnumInput): CheckedEnum {
  refuseUnknownKeys(given, ['name', 'values', 'description'], [], 'key of an enum');
  const { name } = given;
  assertEnumName(name);
  return { name, values: checkValues(given.values), description: checkDescription(given.description) };
}

/** In a reference a colon would end it. @throws InvalidIdError */
export function assertEnumName(name: unknown): asserts name is string {
  assertName(name, 'enum name');
  if (name.includes(':')) throw new InvalidIdError('enum name', name, 'contains a colon');
}

/** @throws TemplateStatusUnknownError */
export function checkStatus(status: unknown): TemplateStatus {
  if (!TEMPLATE_STATUSES.includes(status as TemplateStatus)) throw new TemplateStatusUnknownError(describeValue(status));
  return status as TemplateStatus;
}

/** @throws InvalidTemplateOptionError */
export function checkVersion(version: unknown): number {
  if (!Number.isInteger(version) || (version as number) < 1 || (version as number) > HIGHEST_VERSION)
    throw new InvalidTemplateOptionError('version', `must be a whole number from 1 on, not ${describeValue(version)}`);
  return version as number;
}

function checkDescription(description: unknown): string | null {
  if (description === undefined || description === null) return null;
  if (typeof description !== 'string' || description.length > LONGEST_DESCRIPTION)
    throw new InvalidTemplateOptionError('description', `must be a text of at most ${LONGEST_DESCRIPTION} characters`);
  const fault = textFault(description);
  if (fault !== undefined) throw new InvalidTemplateOptionError('description', `has ${fault}, which can not be stored`);
  return description;
}

function checkValues(given: unknown): EnumValue[] {
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_ENUM_VALUES)
    throw new InvalidTemplateOptionError(
      'values',
      `must be a list of 1 to ${MOST_ENUM_VALUES} values, not ${describeValue(given)}`,
    );
  const values = (plainJson(given, refusing('values'), ENUM_LIMITS) as unknown[]).map(enumValueOf);
  const seen = new Set<unknown>();
  for (const [index, { value }] of values.entries()) {
    if (seen.has(value)) throw refuseValue(index, `has the value ${describeValue(value)} of another`);
    seen.add(value);
  }
  if (values.every(({ disabled }) => disabled))
    throw new InvalidTemplateOptionError('values', 'are all disabled: none could be chosen');
  return values;
}

function enumValueOf(item: unknown, index: number): EnumValue {
  refuseUnknownKeys(item, ['label', 'value', 'disabled'], [], `key of values[${index}] of an enum`);
  const { label, value, disabled = false } = item as { [key: string]: unknown };
  if (typeof label !== 'string' || label === '' || label.length > LONGEST_LABEL)
    throw refuseValue(index, `needs a label, a text of 1 to ${LONGEST_LABEL} characters`);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw refuseValue(index, `must have a text, a number, true or false as value, not ${describeValue(value)}`);
  if (typeof disabled !== 'boolean')
    throw refuseValue(index, `must have true or false as disabled, not ${describeValue(disabled)}`);
  return { label, value, ...(disabled && { disabled }) };
}

function refuseValue(index: number, problem: string): InvalidTemplateOptionError {
  return new InvalidTemplateOptionError(`values[${index}]`, problem);
}

function refusing(option: string): Refuse {
  return (path, problem) => new InvalidTemplateOptionError(`${option}${path}`, problem);
}
