/**
 * The one way values enter and leave the database: arguments, step outcomes, events, messages. What comes out equals what
 * went in, or the value is refused before any SQL; nothing is dropped or changed silently, except that `-0` becomes
 * `0`, a Buffer becomes a Uint8Array, an Error of any class becomes a plain `Error` with that `name`, a null
 * prototype becomes an ordinary one, a Date's subclass becomes a Date, own properties of Date, Map, Set, URL and typed
 * arrays and further fields of errors are left out, as are non-enumerable properties, and a reference shared within the
 * payload comes back as separate copies. The stored form is described in `payload-tags.ts`.
 */

import { PayloadInvalidError, PayloadTooLargeError } from './payload.errors.js';
import { decodePayload } from './payload-decoder.js';
import { encodePayload } from './payload-encoder.js';
import { fastCopy } from './payload-fast-copy.js';
import { textFault } from './stored-text.js';
import { WorkflowsError } from './workflows.error.js';

export interface SerializerOptions {
  /** Largest payload, in bytes of UTF-8 of its JSON text. Default 2 MiB (2,097,152); at most 256 MiB - 1, where jsonb ends. */
  maxBytes?: number;
}

/** A payload as stored, and as whoever reads it back will see it. */
export interface SerializedCopy<T> {
  text: string | null;
  value: T;
}

export const DEFAULT_MAX_PAYLOAD_BYTES = 2_097_152;
const HIGHEST_MAX_BYTES = 268_435_455;

/** Stateless but for its limit; safe to share. */
export class Serializer {
  readonly maxBytes: number;

  /** @throws WorkflowsError (`INVALID_OPTION`) if `maxBytes` is no whole number within its range */
  constructor(options: SerializerOptions = {}) {
    const { maxBytes = DEFAULT_MAX_PAYLOAD_BYTES } = options;
    if (!Number.isInteger(maxBytes) || maxBytes < 1 || maxBytes > HIGHEST_MAX_BYTES) {
      const message = `maxBytes must be a whole number from 1 to ${HIGHEST_MAX_BYTES}, but is ${String(maxBytes)}.`;
      throw new WorkflowsError('WorkflowsError', 'INVALID_OPTION', message);
    }
    this.maxBytes = maxBytes;
  }

  /**
   * JSON text, or null for `undefined`. The value is not kept; a getter in it may run twice, its last result is stored.
   * @param label what the payload is, as the root of paths in errors: `args` gives `args[0].price`; default `$`
   * @throws PayloadInvalidError naming the path and what was found there
   * @throws PayloadTooLargeError above `maxBytes`; found early, so that a huge value costs little
   */
  serialize(value: unknown, label = '$'): string | null {
    if (value === undefined) return null;
    if (typeof value === 'string') return this.quote(value, label);
    return this.plain(value, label)?.text ?? this.encode(value, label);
  }

  /**
   * The value behind stored text; null and undefined text give `undefined`.
   * @throws PayloadDecodeError for text that is no JSON or has a tag this version does not know
   */
  deserialize(text: string | null | undefined): unknown {
    return text === null || text === undefined ? undefined : decodePayload(text);
  }

  /**
   * Serialises the value and gives back what a reader of the text would get, so that a live run and its replay see the
   * same thing (and neither shares objects with the caller). Primitives are not parsed back.
   * @throws PayloadInvalidError, PayloadTooLargeError as `serialize`
   */
  copy<T>(value: T, label = '$'): SerializedCopy<T> {
    if (typeof value !== 'object' || value === null) {
      return { text: this.serialize(value, label), value: Object.is(value, -0) ? (0 as T) : value };
    }
    const plain = this.plain(value, label);
    if (plain !== undefined) return { text: plain.text, value: plain.value as T };
    const text = this.encode(value, label);
    return { text, value: this.deserialize(text) as T };
  }

  private plain(value: unknown, label: string): { text: string; value: unknown } | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    const plain = fastCopy(value, label, this.maxBytes);
    if (plain !== undefined) this.assertFits(plain.text, label);
    return plain;
  }

  private encode(value: unknown, label: string): string {
    const text = encodePayload(value, label, this.maxBytes);
    this.assertFits(text, label);
    return text;
  }

  private assertFits(text: string, label: string): void {
    if (text.length * 3 <= this.maxBytes) return; // a UTF-16 unit is at most three bytes of UTF-8: most need no count
    const size = Buffer.byteLength(text);
    if (size > this.maxBytes) throw new PayloadTooLargeError(label, size, this.maxBytes, true);
  }

  private quote(value: string, label: string): string {
    // Before anything reads the text: it may be hundreds of megabytes.
    if (value.length > this.maxBytes) throw new PayloadTooLargeError(label, value.length, this.maxBytes, false);
    const fault = textFault(value);
    if (fault !== undefined) throw new PayloadInvalidError(label, `text with ${fault}`);
    const text = JSON.stringify(value);
    this.assertFits(text, label);
    return text;
  }
}
