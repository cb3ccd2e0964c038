// Which field a part of a JSON Schema is drawn as, and what it says of itself. Pure; what no field fits is edited as JSON. Used by the form.
import { isObject } from './value-path.js';

export type Schema = Record<string, unknown>;
export type FieldKind = 'object' | 'list' | 'text' | 'number' | 'boolean' | 'choice' | 'constant' | 'json';

export interface ChoiceOption {
  label: string;
  value: unknown;
  /** Shown, but not accepted. */
  isDisabled: boolean;
}

export interface FieldShape {
  kind: FieldKind;
  /** References followed. */
  schema: Schema;
  title: string;
  description?: string;
  /** `null` is allowed beside what the field gives. */
  isNullable: boolean;
  options: ChoiceOption[];
}

const MOST_REFERENCES = 20;
const DEEPEST = 12;
const MULTI_LINE_LENGTH = 255;

/** @param name in place of a title; @param depth within the whole: schemas may refer to themselves */
export function fieldOf(given: unknown, root: Schema, name: string, depth = 0): FieldShape {
  const schema = resolved(given, root);
  const { title, description } = schema;
  const options = optionsOf(schema);
  const types = typesOf(schema);
  return {
    kind: depth > DEEPEST ? 'json' : kindOf(schema, types, options),
    schema,
    title: typeof title === 'string' && title.trim() !== '' ? title : name,
    ...(typeof description === 'string' && { description }),
    isNullable: types.includes('null'),
    options,
  };
}

/** What a place in the form is called: `Vessel › Temperature`. */
export function titleAt(keys: readonly string[], root: Schema): string {
  const titles: string[] = [];
  let shape = fieldOf(root, root, '');
  for (const key of keys) {
    const within =
      shape.kind === 'list' ? shape.schema.items : isObject(shape.schema.properties) ? shape.schema.properties[key] : {};
    shape = fieldOf(within, root, shape.kind === 'list' ? String(Number(key) + 1) : key);
    titles.push(shape.title);
  }
  return titles.join(' › ');
}

/** Of an object, in the order of the hints, then in that of the schema. */
export function propertiesOf(schema: Schema, order: unknown): Array<[name: string, schema: unknown]> {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const first = Array.isArray(order) ? order.filter((name): name is string => Object.hasOwn(properties, String(name))) : [];
  const names = [...new Set([...first, ...Object.keys(properties)])];
  return names.map((name) => [name, properties[name]]);
}

export function isRequired(schema: Schema, name: string): boolean {
  return Array.isArray(schema.required) && schema.required.includes(name);
}

/** What a new item or object begins with. */
export function firstValue(given: unknown, root: Schema, depth = 0): unknown {
  const { kind, schema, options } = fieldOf(given, root, '', depth);
  if (schema.default !== undefined) return schema.default;
  switch (kind) {
    case 'object':
      return Object.fromEntries(
        propertiesOf(schema, undefined)
          .filter(([name, each]) => isRequired(schema, name) || resolved(each, root).default !== undefined)
          .map(([name, each]) => [name, firstValue(each, root, depth + 1)])
          .filter(([, value]) => value !== undefined),
      );
    case 'list':
      return [];
    case 'text':
      return '';
    case 'boolean':
      return false;
    case 'choice':
      return options.find(({ isDisabled }) => !isDisabled)?.value;
    case 'constant':
      return schema.const ?? null;
    default:
      return undefined;
  }
}

export function isMultiLine(schema: Schema, value: unknown): boolean {
  if (typeof schema.format === 'string') return false;
  if (typeof schema.maxLength === 'number' && schema.maxLength > MULTI_LINE_LENGTH) return true;
  return typeof value === 'string' && (value.includes('\n') || value.length > MULTI_LINE_LENGTH / 2);
}

/** Limits in words: `1 to 3600`, `at most 80 characters`. */
export function limitsText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, format }: Schema): string {
  const low =
    typeof minimum === 'number' ? `from ${minimum}` : typeof exclusiveMinimum === 'number' && `above ${exclusiveMinimum}`;
  const high =
    typeof maximum === 'number' ? `to ${maximum}` : typeof exclusiveMaximum === 'number' && `below ${exclusiveMaximum}`;
  const steps = typeof multipleOf === 'number' && `in steps of ${multipleOf}`;
  const said = typeof format === 'string' && ['time', 'uri', 'uuid'].includes(format) && format;
  return [said, low, high, steps].filter(Boolean).join(' ');
}

function kindOf(schema: Schema, types: readonly string[], options: readonly ChoiceOption[]): FieldKind {
  if ('const' in schema) return 'constant';
  if (options.length > 0) return 'choice';
  const [type, another] = types.filter((each) => each !== 'null');
  if (another !== undefined || hasForms(schema)) return 'json';
  switch (type ?? (isObject(schema.properties) ? 'object' : types[0])) {
    case 'object':
      return isObject(schema.properties) && Object.keys(schema.properties).length > 0 ? 'object' : 'json';
    case 'array':
      return isObject(schema.items) && schema.prefixItems === undefined ? 'list' : 'json';
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'constant';
    default:
      return 'json';
  }
}

/** More than one form of its own: other properties, other types. */
function hasForms(schema: Schema): boolean {
  return [schema.oneOf, schema.anyOf].some(
    (forms) =>
      Array.isArray(forms) &&
      forms.some((form) => isObject(form) && ['properties', 'type', '$ref', 'items'].some((key) => key in form)),
  );
}

function typesOf({ type }: Schema): string[] {
  return (Array.isArray(type) ? type : [type]).filter((each) => typeof each === 'string');
}

function optionsOf(schema: Schema): ChoiceOption[] {
  const named = schema['x-options'];
  if (Array.isArray(named))
    return named.filter(isObject).map(({ label, value, disabled }) => ({
      label: typeof label === 'string' ? label : textOf(value),
      value,
      isDisabled: disabled === true,
    }));
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => ({ label: textOf(value), value, isDisabled: false }));
  for (const forms of [schema.oneOf, schema.anyOf])
    if (Array.isArray(forms) && forms.length > 0 && forms.every((form) => isObject(form) && 'const' in form))
      return forms.map((form: Schema) => ({
        label: typeof form.title === 'string' ? form.title : textOf(form.const),
        value: form.const,
        isDisabled: false,
      }));
  return [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

function resolved(given: unknown, root: Schema): Schema {
  let schema = isObject(given) ? given : {};
  for (let hops = 0; hops < MOST_REFERENCES && typeof schema.$ref === 'string'; hops++) {
    const { $ref, ...own } = schema;
    const target = String($ref)
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((at, key) => {
        const name = decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~');
        return isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
      }, root);
    schema = isObject(target) ? { ...target, ...own } : own;
  }
  return schema;
}
