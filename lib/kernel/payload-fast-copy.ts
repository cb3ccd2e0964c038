/**
 * The short way for the commonest payloads: plain JSON data, copied by hand and then stringified natively, half the cost of
 * the encoder. Knows nothing but "certainly plain"; on the least doubt it gives up and the encoder decides, and
 * reports what is wrong. Stringifying the copy, not the original, keeps getters and proxies from showing two faces.
 * Called by `Serializer` only.
 */

import { PayloadTooLargeError } from './payload.errors.js';
import { MAX_PAYLOAD_DEPTH, TAG_KEY } from './payload-tags.js';

const GIVE_UP = Symbol('give up');

/**
 * The text and the copy of an object or array, or undefined for "ask the encoder". The text may still be too long.
 * @throws PayloadTooLargeError once it is certain, so that the encoder need not find out again
 */
export function fastCopy(value: object, label: string, maxBytes: number): { text: string; value: unknown } | undefined {
  const copier = new PlainCopier(maxBytes);
  try {
    const copy = copier.copy(value, 0);
    if (copier.room < 0) throw new PayloadTooLargeError(label, maxBytes - copier.room, maxBytes, false);
    if (copy === GIVE_UP) return undefined;
    const text = JSON.stringify(copy);
    // NUL, lone surrogates and other control characters are written as escapes; they need a closer look.
    return text.includes('\\u') ? undefined : { text, value: copy };
  } catch (error) {
    if (error instanceof PayloadTooLargeError) throw error;
    return undefined; // a getter or proxy threw; the encoder will name the place
  }
}

class PlainCopier {
  /** @param room characters the text may still take, counted low */
  constructor(public room: number) {}

  copy(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        this.room -= value.length + 2;
        return value;
      case 'number':
        this.room -= 1;
        return Number.isFinite(value) ? value + 0 : GIVE_UP; // + 0 turns -0 into 0
      case 'boolean':
        return value;
      case 'object':
        if (value === null) return null;
        this.room -= 2;
        if (depth >= MAX_PAYLOAD_DEPTH) return GIVE_UP;
        return Array.isArray(value) ? this.copyArray(value, depth) : this.copyObject(value, depth);
      default:
        return GIVE_UP;
    }
  }

  private copyArray(value: readonly unknown[], depth: number): unknown {
    if (value.length * 2 - 1 > this.room) this.room = -1; // a character and a comma each: certain before its keys are listed
    if (Object.getPrototypeOf(value) !== Array.prototype || this.room < 0) return GIVE_UP;
    if (Object.keys(value).length !== value.length || Object.getOwnPropertySymbols(value).length > 0) return GIVE_UP;
    const copies: unknown[] = [];
    for (let index = 0; index < value.length; index++) {
      const copy = this.copy(value[index], depth + 1);
      if (copy === GIVE_UP || this.room < 0) return GIVE_UP;
      copies.push(copy);
    }
    return copies;
  }

  private copyObject(value: object, depth: number): unknown {
    if (Object.getPrototypeOf(value) !== Object.prototype || Object.getOwnPropertySymbols(value).length > 0) return GIVE_UP;
    const record = value as Record<string, unknown>;
    const copies: Record<string, unknown> = {};
    for (const key of Object.keys(record)) {
      if (key === TAG_KEY || key === '__proto__') return GIVE_UP; // assigning __proto__ would set the prototype
      this.room -= key.length + 3;
      const copy = this.copy(record[key], depth + 1);
      if (copy === GIVE_UP || this.room < 0) return GIVE_UP;
      copies[key] = copy;
    }
    return copies;
  }
}
