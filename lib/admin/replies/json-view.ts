// The readable JSON of any value that the library can store, for pages and scripts. Made for reading: it does not keep every type apart
// (`123n` may be a bigint or a text), so nothing is ever decoded from it. Used by AdminReply on every response.
import { types } from 'node:util';
import { TruncatedPayload } from '../../client/truncated-payload.js';
import { describeValue } from '../../kernel/describe-value.js';
import { isError } from '../../kernel/plain-error.js';
import { toStoredError } from '../../kernel/stored-error.js';
import { Payload } from './payload.js';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** The payload decoder reads no deeper than this. */
const DEEPEST = 1_000;

/**
 * - JSON values: as they are; `undefined` is left out of objects and `null` elsewhere; NaN and the infinities are texts
 * - bigint: `"123n"` · Date: ISO 8601 text · URL: its text
 * - Map: a list of `[key, value]` · Set: a list
 * - Error: `{ name, message, stack?, code?, cause?, errors? }`
 * - typed arrays, ArrayBuffer, DataView: `{ binary: 'Uint8Array', bytes: 3, base64: 'AQID' }`
 * - anything else (it can't be stored, thus should not come): a text that says what it was, as for a cycle
 */
export function jsonView(value: unknown): JsonValue {
  return view(value, new Set());
}

/** The same without payloads: `{ hidden: true }` in place of each. */
export function closedView(value: unknown): JsonValue {
  return view(value, new Set(), true);
}

/**
 * @param above the objects on the way here, to find cycles
 * @param hides payloads
 */
function view(value: unknown, above: Set<object>, hides = false): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return `${value}n`;
    case 'undefined':
      return null;
    case 'object':
      return value === null ? null : viewOfObject(value, above, hides);
    default:
      return `[${describeValue(value)}]`;
  }
}

function viewOfObject(value: object, above: Set<object>, hides: boolean): JsonValue {
  if (value instanceof Payload)
    return hides ? { hidden: true, ...(view(value.open, above) as object) } : view(value.value, above);
  if (types.isDate(value)) return Number.isFinite(value.getTime()) ? value.toISOString() : 'Invalid Date';
  if (value instanceof URL) return value.href;
  if (isError(value)) return view(toStoredError(value), above);
  if (ArrayBuffer.isView(value)) return binary(value.constructor.name, value.buffer, value.byteOffset, value.byteLength);
  if (types.isAnyArrayBuffer(value)) return binary('ArrayBuffer', value, 0, value.byteLength);
  if (above.has(value)) return '[circular]';
  if (above.size >= DEEPEST) return `[nested deeper than ${DEEPEST} levels]`;
  above.add(value);
  const result = viewOfContainer(value, above, hides);
  above.delete(value);
  return result;
}

function viewOfContainer(value: object, above: Set<object>, hides: boolean): JsonValue {
  if (Array.isArray(value)) return value.map((item) => view(item, above, hides));
  if (types.isSet(value)) return [...value].map((item) => view(item, above, hides));
  if (types.isMap(value)) return [...value].map(([key, item]) => [view(key, above, hides), view(item, above, hides)]);
  if (value instanceof TruncatedPayload) return { truncated: true, bytes: value.bytes };
  const prototype = Object.getPrototypeOf(value);
  // A stored payload holds plain objects only; another's getters and toJSON() are not run.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return `[${describeValue(value)}]`;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  // fromEntries defines properties, also one named __proto__, and calls no setter.
  return Object.fromEntries(entries.map(([key, item]) => [key, view(item, above, hides)]));
}

function binary(kind: string, buffer: ArrayBufferLike, offset: number, bytes: number): JsonValue {
  return { binary: kind, bytes, base64: Buffer.from(buffer, offset, bytes).toString('base64') };
}
