/**
 * Reads the JSON text written by the payload encoder, or by SQL (an operator may insert plain JSON). Never constructs
 * anything but the listed built-ins, never runs anything named by the text, and refuses the key `__proto__`, which
 * a later merge in user code would turn into a changed prototype. Used by `Serializer` only.
 */

import { URL } from 'node:url';
import { PayloadDecodeError } from './payload.errors.js';
import { formatPath, type PathSegment } from './payload-path.js';
import { BYTE_KINDS, TAG_KEY } from './payload-tags.js';
import { plainError } from './plain-error.js';

/** Far beyond what the encoder writes; protects the stack from text written by others. */
const DEEPEST = 1_000;
/** Only a text like this can hold a number that is too large for a double: JSON.parse would make Infinity of it. */
const LARGE_NUMBER = /[0-9]{200}|[eE]\+?[0-9]{3}/;
const BIGINT_TEXT = /^-?(?:\d+|0x[0-9a-f]+)$/;

/** @throws PayloadDecodeError for text that is no JSON, for an unknown tag, or for content that does not fit its tag */
export function decodePayload(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PayloadDecodeError('$', `not JSON (${text.length} characters)`);
  }
  // Escapes below \u0100 could spell either key; our own encoder writes them for control characters only.
  const isPlain =
    !text.includes(`${TAG_KEY}"`) && !text.includes('__proto__') && !text.includes('\\u00') && !LARGE_NUMBER.test(text);
  return isPlain ? value : new PayloadDecoder().revive(value);
}

class PayloadDecoder {
  private readonly path: PathSegment[] = [];

  /** The value with its tags resolved; plain objects and arrays are changed in place. */
  revive(node: unknown): unknown {
    if (typeof node === 'number' && !Number.isFinite(node)) this.refuse('a number that is too large');
    if (typeof node !== 'object' || node === null) return node;
    if (this.path.length > DEEPEST) this.refuse(`nested deeper than ${DEEPEST} levels`);
    if (Array.isArray(node)) return this.reviveItems(node);
    return Object.hasOwn(node, TAG_KEY) ? this.reviveTag(node as Record<string, unknown>) : this.reviveFields(node);
  }

  private reviveItems(items: unknown[]): unknown[] {
    for (const [index, item] of items.entries()) {
      if (typeof item === 'object' || typeof item === 'number') items[index] = this.reviveAt(index, item);
    }
    return items;
  }

  private reviveFields(node: object): unknown {
    const record = node as Record<string, unknown>;
    for (const key of Object.keys(record)) {
      if (key === '__proto__') this.refuse('an object with a key named "__proto__"');
      const field = record[key];
      if (typeof field === 'object' || typeof field === 'number') record[key] = this.reviveAt(key, field);
    }
    return record;
  }

  private reviveAt(segment: PathSegment, node: unknown): unknown {
    this.path.push(segment);
    const value = this.revive(node);
    this.path.pop();
    return value;
  }

  private reviveTag(node: Record<string, unknown>): unknown {
    const tagged = node[TAG_KEY];
    if (!Array.isArray(tagged) || Object.keys(node).length !== 1) this.refuse(`an object with a "${TAG_KEY}" that is no tag`);
    const [tag, content, more]: unknown[] = tagged;
    switch (tag) {
      case 'undefined':
        return undefined;
      case 'bigint':
        return this.bigint(this.text(content));
      case 'date':
        return this.date(this.text(content));
      case 'map':
        return new Map(this.items(content).map((entry, index) => this.entry(entry, index)));
      case 'set':
        return new Set(this.items(content).map((item, index) => this.reviveAt({ text: `.values()[${index}]` }, item)));
      case 'bytes':
        return this.bytes(this.text(content), this.text(more));
      case 'url':
        return this.url(this.text(content));
      case 'error':
        return this.error(this.fields(content));
      case 'object':
        return this.reviveFields(this.fields(content));
      default:
        return this.refuse('a value with an unknown tag (written by a newer version?)');
    }
  }

  private entry(entry: unknown, index: number): [unknown, unknown] {
    const pair = this.items(entry);
    const key = this.reviveAt({ text: `.keys()[${index}]` }, pair[0]);
    return [key, this.reviveAt({ text: `.values()[${index}]` }, pair[1])];
  }

  private bigint(text: string): bigint {
    if (!BIGINT_TEXT.test(text)) this.refuse('a malformed bigint');
    return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  }

  private date(text: string): Date {
    const date = new Date(text);
    if (Number.isNaN(date.getTime())) this.refuse('a malformed Date');
    return date;
  }

  private url(text: string): URL {
    if (!URL.canParse(text)) this.refuse('a malformed URL');
    return new URL(text);
  }

  private bytes(kind: string, base64: string): ArrayBufferView | ArrayBuffer {
    const elementSize = BYTE_KINDS.get(kind);
    const decoded = Buffer.from(base64, 'base64');
    if (elementSize === undefined || decoded.length % elementSize !== 0 || decoded.toString('base64') !== base64) {
      this.refuse('malformed binary data');
    }
    // Copied: small Buffers are slices of a pool, whose memory `.buffer` would hand to the user.
    return viewOf(kind, new Uint8Array(decoded).buffer);
  }

  private error(fields: Record<string, unknown>): Error {
    const { name, message, stack, code, cause, errors } = fields;
    return plainError({
      name: this.text(name),
      message: this.text(message),
      stack: stack === undefined ? undefined : this.text(stack),
      code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
      cause: this.reviveAt('cause', cause),
      errors: errors === undefined ? undefined : this.items(this.reviveAt('errors', errors)),
    });
  }

  private text(content: unknown): string {
    return typeof content === 'string' ? content : this.refuse('a tag without its text');
  }

  private items(content: unknown): unknown[] {
    return Array.isArray(content) ? content : this.refuse('a tag without its list');
  }

  private fields(content: unknown): Record<string, unknown> {
    const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
    return isObject ? (content as Record<string, unknown>) : this.refuse('a tag without its object');
  }

  private refuse(found: string): never {
    throw new PayloadDecodeError(formatPath('$', this.path), found);
  }
}

function viewOf(kind: string, buffer: ArrayBuffer): ArrayBufferView | ArrayBuffer {
  switch (kind) {
    case 'Int8Array':
      return new Int8Array(buffer);
    case 'Uint8ClampedArray':
      return new Uint8ClampedArray(buffer);
    case 'Int16Array':
      return new Int16Array(buffer);
    case 'Uint16Array':
      return new Uint16Array(buffer);
    case 'Int32Array':
      return new Int32Array(buffer);
    case 'Uint32Array':
      return new Uint32Array(buffer);
    case 'Float32Array':
      return new Float32Array(buffer);
    case 'Float64Array':
      return new Float64Array(buffer);
    case 'BigInt64Array':
      return new BigInt64Array(buffer);
    case 'BigUint64Array':
      return new BigUint64Array(buffer);
    case 'ArrayBuffer':
      return buffer;
    case 'DataView':
      return new DataView(buffer);
    default:
      return new Uint8Array(buffer);
  }
}
