/**
 * The stored form of what JSON lacks, shared by the payload encoder and decoder. A tagged value is an object whose only
 * key is `$wf`, holding the tag and its content: `{"$wf":["date","2026-01-31T08:00:00.000Z"]}`. A user's object that has
 * a key `$wf` itself is wrapped: `{"$wf":["object",{"$wf":…}]}`. Part of the stored contract: tags are added, never changed.
 */

/** The one reserved key. */
export const TAG_KEY = '$wf';

/** Deepest nesting of objects, arrays, Maps, Sets and Errors in a payload. */
export const MAX_PAYLOAD_DEPTH = 200;

export type Tag = 'undefined' | 'bigint' | 'date' | 'map' | 'set' | 'bytes' | 'url' | 'error' | 'object';

/** Kinds of binary data by their stored name, with the bytes per element. Content is base64, little-endian. */
export const BYTE_KINDS: ReadonlyMap<string, number> = new Map([
  ['Uint8Array', 1],
  ['Int8Array', 1],
  ['Uint8ClampedArray', 1],
  ['Int16Array', 2],
  ['Uint16Array', 2],
  ['Int32Array', 4],
  ['Uint32Array', 4],
  ['Float32Array', 4],
  ['Float64Array', 8],
  ['BigInt64Array', 8],
  ['BigUint64Array', 8],
  ['ArrayBuffer', 1],
  ['DataView', 1],
]);
