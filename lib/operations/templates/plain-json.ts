// Takes plain JSON data from callers, as a copy: what is checked afterwards is what is stored, and nobody can change it meanwhile. Anything
// that JSON would drop or change is refused, and so is the key "__proto__", which would become a prototype somewhere.
import { types } from 'node:util';
import { describeValue, shortText } from '../../kernel/describe-value.js';
import { isPlainObject } from '../../kernel/option-keys.js';
import { textFault } from '../../kernel/stored-text.js';
import type { JsonObject, JsonValue } from '../../model/template.js';

export interface JsonLimits {
  /** Of the JSON text in UTF-8. */
  maxBytes: number;
  maxDepth: number;
}

/** Of a schema, of defaults, of hints, of the values of an enum, and of what a start is given. */
export const JSON_LIMITS: JsonLimits = { maxBytes: 256 * 1024, maxDepth: 64 };

/** Makes the error; `path` is a JSON pointer, empty for the whole. */
export type Refuse = (path: string, problem: string) => Error;

/** A property that is `undefined` is left out. @throws what `refuse` makes */
export function plainJson(value: unknown, refuse: Refuse, limits: JsonLimits = JSON_LIMITS): JsonValue {
  const copy = new JsonCopier(limits, refuse).copy(value, '', 0);
  if (Buffer.byteLength(JSON.stringify(copy)) > limits.maxBytes) throw refuse('', tooLong(limits));
  return copy;
}

/** The same for what must be an object. */
export function plainJsonObject(value: unknown, refuse: Refuse, limits: JsonLimits = JSON_LIMITS): JsonObject {
  if (!isPlainObject(value)) throw refuse('', `must be a plain object, not ${describeValue(value)}`);
  return plainJson(value, refuse, limits) as JsonObject;
}

/** One step further in a JSON pointer (RFC 6901). */
export function pointer(path: string, key: string | number): string {
  return `${path}/${shortText(String(key)).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

const tooLong = ({ maxBytes }: JsonLimits) => `takes more than ${maxBytes} bytes as JSON`;

class JsonCopier {
  #length = 0;

  constructor(
    private readonly limits: JsonLimits,
    private readonly refuse: Refuse,
  ) {}

  copy(value: unknown, path: string, depth: number): JsonValue {
    if (value === null || typeof value === 'boolean') return this.#counted(value, 4);
    if (typeof value === 'number' && Number.isFinite(value)) return this.#counted(value + 0, 1); // + 0 turns -0 into 0
    if (typeof value === 'string') return this.#text(value, path);
    if (typeof value !== 'object') throw this.refuse(path, `must be JSON, not ${describeValue(value)}`);
    if (depth >= this.limits.maxDepth) throw this.refuse('', `is nested deeper than ${this.limits.maxDepth} levels`);
    if (Array.isArray(value) && !types.isProxy(value)) return this.#list(value, path, depth);
    if (isPlainObject(value)) return this.#object(value, path, depth);
    throw this.refuse(path, `must be JSON, not ${describeValue(value)}`);
  }

  #list(value: readonly unknown[], path: string, depth: number): JsonValue {
    this.#counted(null, value.length * 2);
    const copies: JsonValue[] = [];
    for (let index = 0; index < value.length; index++)
      copies.push(this.copy(this.#read(value, index, path), pointer(path, index), depth + 1));
    return copies;
  }

  #object(value: object, path: string, depth: number): JsonObject {
    const copies: JsonObject = {};
    for (const key of Object.keys(value)) {
      const where = pointer(path, key);
      if (key === '__proto__') throw this.refuse(where, 'is a key that can not be used');
      const item = this.#read(value, key, where);
      if (item === undefined) continue;
      this.#text(key, where);
      copies[key] = this.copy(item, where, depth + 1);
    }
    return copies;
  }

  #read(holder: object, key: string | number, path: string): unknown {
    try {
      return (holder as Record<string | number, unknown>)[key];
    } catch {
      throw this.refuse(path, 'throws when it is read');
    }
  }

  #text(text: string, path: string): string {
    this.#counted(text, text.length + 2);
    const fault = textFault(text);
    if (fault !== undefined) throw this.refuse(path, `has ${fault}, which can not be stored`);
    return text;
  }

  /** Counted low, so that something huge is refused before it is walked through. */
  #counted<T>(value: T, length: number): T {
    this.#length += length;
    if (this.#length > this.limits.maxBytes) throw this.refuse('', tooLong(this.limits));
    return value;
  }
}
