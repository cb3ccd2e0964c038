import fc from 'fast-check';
import { PayloadInvalidError, PayloadTooLargeError } from '../../../lib/kernel/payload.errors.js';
import { decodePayload } from '../../../lib/kernel/payload-decoder.js';
import { encodePayload } from '../../../lib/kernel/payload-encoder.js';
import { fastCopy } from '../../../lib/kernel/payload-fast-copy.js';
import { Serializer } from '../../../lib/kernel/serializer.js';

const serializer = new Serializer();
const LIMIT = serializer.maxBytes;

const text = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed().replaceAll('\0', ' '));
const key = fc
  .oneof(text, fc.constantFrom('$wf', 'constructor', 'toString', 'length', '0', 'toJSON', 'prototype'))
  .filter((name) => name !== '__proto__');
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const plainLeaf = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const leaf = fc.oneof(
  plainLeaf,
  fc.constant(undefined),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.webUrl().map((url) => new URL(url)),
);

const { value: allowed } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { noNullPrototype: true, maxKeys: 5 }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => new Set(items)),
    fc.tuple(text, text, tie('value')).map(([name, message, cause]) => errorOf(name, message, cause)),
  ),
}));
const { value: plain } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    plainLeaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { noNullPrototype: true, maxKeys: 5 }),
  ),
}));

describe('Serializer, for any value', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(allowed, (value) => {
        const copy = serializer.copy(value);
        expect(copy.text).toBe(serializer.serialize(value));
        expect(shown(copy.value)).toEqual(shown(value));
        expect(shown(serializer.deserialize(copy.text))).toEqual(shown(value));
        // The copy is stored the same way again: nothing drifts over replays.
        expect(serializer.serialize(copy.value)).toBe(copy.text);
      }),
      { numRuns: 200 },
    );
  });

  it('takes the short way and the long way to the same text and copy', () => {
    fc.assert(
      fc.property(plain, (value) => {
        fc.pre(typeof value === 'object' && value !== null);
        const long = encodePayload(value, '$', LIMIT);
        const short = fastCopy(value as object, '$', LIMIT);
        if (short === undefined) return;
        expect(short.text).toBe(long);
        expect(shown(short.value)).toEqual(shown(decodePayload(long)));
        expect(long).toBe(JSON.stringify(value));
      }),
      { numRuns: 200 },
    );
  });

  it('either refuses by type or writes text that Postgres takes and that reads back', () => {
    const anything = fc.anything({
      key: fc.string({ unit: 'binary' }),
      values: [fc.string({ unit: 'binary' }), fc.double(), fc.bigInt(), fc.boolean(), fc.constant(undefined), fc.func(fc.nat())],
      withDate: true,
      withMap: true,
      withSet: true,
      withBoxedValues: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        let stored: string | null;
        try {
          stored = serializer.serialize(value);
        } catch (error) {
          if (error instanceof PayloadInvalidError || error instanceof PayloadTooLargeError) return;
          throw error;
        }
        if (stored === null) return;
        expect(stored.isWellFormed()).toBe(true);
        expect(/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(stored)).toBe(false);
        expect(serializer.serialize(serializer.deserialize(stored))).toBe(stored);
      }),
      { numRuns: 200 },
    );
  });

  it('reads arbitrary stored text or refuses it by type, and never changes a prototype', () => {
    const content = fc.oneof(
      fc.json(),
      fc
        .tuple(fc.constantFrom('map', 'set', 'date', 'error', 'object', 'bytes', 'url', 'bigint'), fc.jsonValue())
        .map((tag) => JSON.stringify({ $wf: tag })),
    );
    fc.assert(
      fc.property(fc.oneof(content, fc.string()), (stored) => {
        try {
          serializer.deserialize(stored);
        } catch (error) {
          expect(error).toMatchObject({ code: 'PAYLOAD_DECODE_FAILED' });
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

function errorOf(name: string, message: string, cause: unknown): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true });
  return error;
}

/** A form in which deep equality sees everything: the order of Maps and Sets, the hidden fields of errors, URLs. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  if (value instanceof Map) return { kind: 'Map', entries: [...value].map(([k, v]) => [shown(k), shown(v)]) };
  if (value instanceof Set) return { kind: 'Set', items: [...value].map(shown) };
  if (value instanceof Date) return { kind: 'Date', at: value.getTime() };
  if (value instanceof URL) return { kind: 'URL', href: value.href };
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return { kind: 'Error', name, message, stack: stack === undefined ? undefined : typeof stack, cause: shown(cause) };
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return { kind: 'object', fields: Object.entries(value).map(([k, v]) => [k, shown(v)]) };
}
