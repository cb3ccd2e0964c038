/**
 * A short, safe name for any value, for error messages: what was found where something else was expected.
 * Never throws, never runs the value's own code (getters, `toString`, proxy traps), never prints an object's content.
 * Called by the validators of this library.
 */

import { types } from 'node:util';

const LONGEST_TEXT = 80;
const SCHEME_END = '://';

/**
 * Numbers, booleans, null and undefined as written; strings quoted and cut at 80 characters, with control characters
 * escaped and passwords of urls left out; everything else by kind (`a function`, `an array`, `an instance of Money`).
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoteText(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return 'a bigint';
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      return value === null ? 'null' : describeObject(value);
  }
}

/** `shortText` in double quotes. */
export function quoteText(text: string, longest = LONGEST_TEXT): string {
  return `"${shortText(text, longest)}"`;
}

/**
 * The text on one line, cut at `longest` characters, with quotes, control characters and lone surrogates escaped. Of a url that may hold a
 * password only the scheme is left.
 */
export function shortText(text: string, longest = LONGEST_TEXT): string {
  // Cut before escaping: the text may be 100 MB long.
  const safe = withoutPassword(text, longest);
  const shown = safe.length > longest ? `${safe.slice(0, longest)}…` : safe;
  return JSON.stringify(shown)
    .slice(1, -1)
    .replace(/[\u007f-\u009f\u2028\u2029]/g, escapeUnit);
}

/** The text of a primitive value, as `String()` makes it; undefined for what could only be made a text by code of its own. */
export function textOfPrimitive(value: unknown): string | undefined {
  return typeof value === 'function' || (typeof value === 'object' && value !== null) ? undefined : String(value);
}

/** `a Promise`, `a RegExp`, `an instance of Money`, `an object`; see `describeValue`. */
export function describeObject(value: object): string {
  if (types.isProxy(value)) return 'a proxy';
  if (Array.isArray(value)) return 'an array';
  const name = classNameOf(value);
  if (name === undefined) return 'an object without a class';
  if (name === 'Object') return 'an object';
  if (/^(Promise|RegExp|Date|Map|Set|WeakMap|WeakSet|WeakRef|Error|Buffer|String|Number|Boolean)$/.test(name)) return `a ${name}`;
  return `an instance of ${name}`;
}

/** Name of the class by data properties only: an accessor is not run. */
function classNameOf(value: object): string | undefined {
  let proto: object | null = Object.getPrototypeOf(value);
  for (let hops = 0; proto !== null && hops < 100 && !types.isProxy(proto); hops++) {
    const owner: unknown = Object.getOwnPropertyDescriptor(proto, 'constructor')?.value;
    if (typeof owner === 'function' && !types.isProxy(owner)) {
      const name: unknown = Object.getOwnPropertyDescriptor(owner, 'name')?.value;
      if (typeof name === 'string' && name !== '') return shortText(name);
    }
    proto = Object.getPrototypeOf(proto);
  }
  return undefined;
}

/** A password may hold any character, also those that end it in a correct url: all that follows the scheme is left out. */
function withoutPassword(text: string, longest: number): string {
  const scheme = text.slice(0, longest + SCHEME_END.length).indexOf(SCHEME_END);
  if (scheme < 0) return text;
  const rest = scheme + SCHEME_END.length;
  return text.includes('@', rest) || /password/i.test(text.slice(rest)) ? `${text.slice(0, rest)}…` : text;
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
