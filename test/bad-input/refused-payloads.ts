// Values that no payload may hold, each inside of something plain, with the place and the words by which it must be refused. The same list
// goes through every door: arguments, results of steps and workflows, events, progress.
import { runInNewContext } from 'node:vm';

export interface RefusedPayload {
  /** Made anew for each door: some can be read once only. */
  make(): unknown;
  /** Behind the name of the payload; undefined: so deep that the path is cut. */
  path?: string;
  reason: string;
}

class Money {
  readonly cents = 5;
}
class Lines extends Array<number> {}
class Price {
  toJSON(): never {
    throw new Error('toJSON was called');
  }
}

const raise = (): never => {
  throw new Error('hostile');
};

function circle(): unknown {
  const order: Record<string, unknown> = { lines: [] };
  (order.lines as unknown[]).push(order);
  return { order };
}

function circleOfCauses(): unknown {
  const error = new Error('x');
  error.cause = [error];
  return { error };
}

function circleOfMaps(): unknown {
  const map = new Map<string, unknown>();
  map.set('self', map);
  return { map };
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return { proxy };
}

export function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

/** Every trap throws. */
const untouchable = () => new Proxy({}, new Proxy({}, { get: () => raise }));

export const REFUSED_PAYLOADS: Readonly<Record<string, RefusedPayload>> = {
  'a function': { make: () => ({ lines: [1, () => 1] }), path: '.lines[1]', reason: 'a function' },
  'a class': { make: () => ({ of: Money }), path: '.of', reason: 'a function' },
  'a symbol': { make: () => ({ s: Symbol('s') }), path: '.s', reason: 'a symbol' },
  'a symbol as key': { make: () => ({ a: { [Symbol('s')]: 1 } }), path: '.a', reason: 'an object with symbol keys' },
  NaN: { make: () => ({ n: Number.NaN }), path: '.n', reason: 'NaN' },
  Infinity: { make: () => [{ n: Number.POSITIVE_INFINITY }], path: '[0].n', reason: 'Infinity' },
  '-Infinity': { make: () => ({ n: Number.NEGATIVE_INFINITY }), path: '.n', reason: '-Infinity' },
  'an invalid Date': { make: () => ({ at: new Date(Number.NaN) }), path: '.at', reason: 'an invalid Date' },
  'an instance of a class': { make: () => ({ price: new Money() }), path: '.price', reason: 'an instance of Money' },
  'a subclass of Array': { make: () => ({ lines: new Lines() }), path: '.lines', reason: 'an instance of a subclass of Array' },
  'a RegExp': { make: () => ({ like: /x/ }), path: '.like', reason: 'a RegExp' },
  'a WeakMap': { make: () => ({ cache: new WeakMap() }), path: '.cache', reason: 'a WeakMap' },
  'a boxed text': { make: () => ({ t: new String('x') }), path: '.t', reason: 'a String' },
  'a SharedArrayBuffer': {
    make: () => ({ b: new SharedArrayBuffer(1) }),
    path: '.b',
    reason: 'an instance of SharedArrayBuffer',
  },
  'a promise that nobody awaited': {
    make: () => ({ later: Promise.resolve(1) }),
    path: '.later',
    reason: 'a Promise (is an await missing?)',
  },
  'a promise of another realm': {
    make: () => ({ later: runInNewContext('Promise.resolve(1)') as unknown }),
    path: '.later',
    reason: 'a Promise (is an await missing?)',
  },
  'a circle': { make: circle, path: '.order.lines[0]', reason: 'a circular reference to' },
  'a circle through a Map': { make: circleOfMaps, path: '.map.values()[0]', reason: 'a circular reference to' },
  'a circle through the cause of an error': { make: circleOfCauses, path: '.error.cause[0]', reason: 'a circular reference to' },
  'a NUL': { make: () => ({ note: 'a\0b' }), path: '.note', reason: 'text with a NUL character' },
  'a NUL in a long text': {
    make: () => ({ note: `${'x'.repeat(1_000)}\0` }),
    path: '.note',
    reason: 'text with a NUL character',
  },
  'a NUL in a key': { make: () => ({ 'a\0b': 1 }), path: '["a\\u0000b"]', reason: 'text with a NUL character' },
  'half of a surrogate pair': { make: () => ({ note: '\ud800' }), path: '.note', reason: 'text with half of a surrogate pair' },
  'half of a surrogate pair in a key': {
    make: () => ({ '\udc00': 1 }),
    path: '["\\udc00"]',
    reason: 'text with half of a surrogate pair',
  },
  'an own key __proto__': {
    make: () => JSON.parse('{"a":{"__proto__":{"polluted":1}}}'),
    path: '.a.__proto__',
    reason: 'a key named "__proto__"',
  },
  'a toJSON of its own': { make: () => ({ a: { toJSON: raise } }), path: '.a.toJSON', reason: 'a function' },
  'a class with a toJSON that throws': { make: () => ({ price: new Price() }), path: '.price', reason: 'an instance of Price' },
  'a getter that throws': {
    make: () => ({
      a: {
        get b() {
          return raise();
        },
      },
    }),
    path: '.a.b',
    reason: 'something that throws when it is read',
  },
  'a proxy that throws at every touch': {
    make: () => ({ p: untouchable() }),
    path: '.p',
    reason: 'something that throws when it is read',
  },
  'a proxy that was revoked': { make: revoked, path: '.proxy', reason: 'something that throws when it is read' },
  'a proxy of a Map': { make: () => ({ p: new Proxy(new Map(), {}) }), path: '.p', reason: 'a proxy' },
  // biome-ignore lint/suspicious/noSparseArray: a hole is the point
  'a hole in an array': { make: () => ({ lines: [1, , 3] }), path: '.lines[1]', reason: 'a hole in a sparse array' },
  'an array with a key besides its indexes': {
    make: () => ({ lines: Object.assign([1], { note: 'x' }) }),
    path: '.lines',
    reason: 'an array with keys besides its indexes',
  },
  '201 levels': { make: () => nested(201), reason: 'nested deeper than 200 levels' },
  '5,000 levels': { make: () => nested(5_000), reason: 'nested deeper than 200 levels' },
  '20,000 levels': { make: () => nested(20_000), reason: 'nested deeper than 200 levels' },
};
