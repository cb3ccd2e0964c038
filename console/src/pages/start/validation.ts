// What is wrong with a value by its schema, while it is typed; the server judges again. Without generated code, which the page's policy forbids. Used
// by the form; in the page's own chunk, since the validator is large.
import { type OutputUnit, Validator } from '@cfworker/json-schema';
import type { Schema } from './schema-fields.js';
import { parentOf, pointerOf } from './value-path.js';

export interface Fault {
  /** JSON pointer. */
  path: string;
  message: string;
}

/** What only says that something within is wrong. */
const AROUND = [
  '$ref',
  'properties',
  'patternProperties',
  'additionalProperties',
  'items',
  'prefixItems',
  'additionalItems',
  'allOf',
  'if',
];
const MOST_FAULTS = 100;

export type CheckValue = (value: unknown) => Fault[];

/** A schema that can't be used here checks nothing: the server will. */
export function checkerOf(schema: Schema | undefined): CheckValue {
  if (schema === undefined) return () => [];
  const draft = String(schema.$schema ?? '').includes('draft-07') ? '7' : '2020-12';
  let validator: Validator;
  try {
    // It writes into what it is given.
    validator = new Validator(structuredClone(schema), draft, false);
  } catch {
    return () => [];
  }
  return (value) => {
    try {
      return faultsOf(validator.validate(withNumbers(value)).errors);
    } catch {
      return [];
    }
  };
}

function faultsOf(errors: readonly OutputUnit[]): Fault[] {
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    // Of things that may have several forms only that none fits.
    if (AROUND.includes(error.keyword) || /\/(anyOf|oneOf)\/\d/.test(error.keywordLocation)) continue;
    const fault = faultOf(error);
    const key = `${fault.path} ${fault.message}`;
    if (!faults.has(key)) faults.set(key, fault);
  }
  return [...faults.values()].slice(0, MOST_FAULTS);
}

function faultOf({ keyword, instanceLocation, error }: OutputUnit): Fault {
  const path = instanceLocation.replace(/^#/, '').split('/').map(decodeURIComponent).join('/');
  const quoted = /"(.*)"/s.exec(error)?.[1] ?? '';
  const limit = /(\S+?)\)?\.$/.exec(error)?.[1] ?? '';
  switch (keyword) {
    case 'required':
      return { path: path + pointerOf([quoted]), message: 'is required' };
    case 'type':
      return { path, message: `must be ${expectedTypes(error)}` };
    case 'enum':
    case 'const':
      return {
        path,
        message: `must be ${keyword === 'enum' ? 'one of ' : ''}${error.replace(/^.*?match (any of )?/s, '').slice(0, -1)}`,
      };
    case 'false':
      return { path, message: 'is not allowed here' };
    case 'minLength':
      return { path, message: limit === '1' ? 'must not be empty' : `must have at least ${limit} characters` };
    case 'maxLength':
      return { path, message: `must have at most ${limit} characters` };
    case 'minItems':
      return { path, message: `must have at least ${limit} items` };
    case 'maxItems':
      return { path, message: `must have at most ${limit} items` };
    case 'minimum':
      return { path, message: `must be at least ${limit}` };
    case 'maximum':
      return { path, message: `must be at most ${limit}` };
    case 'exclusiveMinimum':
      return { path, message: `must be more than ${limit}` };
    case 'exclusiveMaximum':
      return { path, message: `must be less than ${limit}` };
    case 'multipleOf':
      return { path, message: `must be a multiple of ${limit}` };
    case 'format':
      return { path, message: `must be a valid ${quoted}` };
    case 'pattern':
      return { path, message: 'has not the form that is asked for' };
    case 'anyOf':
    case 'oneOf':
      return { path, message: 'has none of the forms that are allowed, or more than one' };
    default:
      return { path, message: error.charAt(0).toLowerCase() + error.slice(1).replace(/\.$/, '') };
  }
}

function expectedTypes(error: string): string {
  const types = error.replace(/^.*Expected /s, '').match(/[a-z]+/g) ?? [];
  const names: Record<string, string> = {
    integer: 'a whole number',
    number: 'a number',
    string: 'a text',
    array: 'a list',
    object: 'an object',
  };
  return types.map((type) => names[type] ?? type).join(' or ');
}

/** Whole numbers beyond 2^53 are told of elsewhere; here they are as good as the nearest. */
function withNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withNumbers(item)]));
}

/** The nearest of these places: that of the fault itself, or one around it. */
export function nearestPlace(path: string, places: ReadonlySet<string>): string | undefined {
  for (let at = path; at !== ''; at = parentOf(at)) if (places.has(at)) return at;
  return places.has('') ? '' : undefined;
}
