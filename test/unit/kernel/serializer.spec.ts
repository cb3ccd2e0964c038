import { runInNewContext } from 'node:vm';
import { PayloadDecodeError, PayloadInvalidError, PayloadTooLargeError } from '../../../lib/kernel/payload.errors.js';
import { Serializer } from '../../../lib/kernel/serializer.js';

const serializer = new Serializer();
const raise = () => {
  throw new Error('hostile');
};

describe('Serializer, what it stores', () => {
  it.each([
    ['null', null, 'null'],
    ['text', 'a"\n', '"a\\"\\n"'],
    ['a number', 1.5, '1.5'],
    ['a boolean', true, 'true'],
    ['an object', { a: [1, 'x', null] }, '{"a":[1,"x",null]}'],
    ['nested undefined', [undefined], '[{"$wf":["undefined"]}]'],
    ['a bigint', -5n, '{"$wf":["bigint","-5"]}'],
    ['a Date', new Date(0), '{"$wf":["date","1970-01-01T00:00:00.000Z"]}'],
    ['a Map', new Map([['k', 1]]), '{"$wf":["map",[["k",1]]]}'],
    ['a Set', new Set([1, 2]), '{"$wf":["set",[1,2]]}'],
    ['a URL', new URL('https://x.test/a?b'), '{"$wf":["url","https://x.test/a?b"]}'],
    ['bytes', new Uint8Array([1, 2, 3]), '{"$wf":["bytes","Uint8Array","AQID"]}'],
    ['a user object with the reserved key', { $wf: ['date', 'x'] }, '{"$wf":["object",{"$wf":["date","x"]}]}'],
    ['keys that look dangerous but are not', { prototype: { x: 1 }, toString: 'x' }, '{"prototype":{"x":1},"toString":"x"}'],
  ])('stores %s, and reads the same back', (_, value, text) => {
    expect(serializer.serialize(value)).toBe(text);
    expect(serializer.deserialize(text)).toStrictEqual(value);
    expect(serializer.copy(value)).toStrictEqual({ text, value });
  });

  it('stores undefined as nothing', () => {
    expect(serializer.serialize(undefined)).toBeNull();
    expect(serializer.deserialize(null)).toBeUndefined();
    expect(serializer.deserialize(undefined)).toBeUndefined();
    expect(serializer.copy(undefined)).toEqual({ text: null, value: undefined });
  });

  it.each([
    [new Int8Array([-1, 2])],
    [new Uint8ClampedArray([1, 255])],
    [new Int16Array([-1, 2])],
    [new Uint16Array([65_535])],
    [new Int32Array([-1])],
    [new Uint32Array([1])],
    [new Float32Array([0.5, Number.NaN])],
    [new Float64Array([0.1, -0, Number.POSITIVE_INFINITY])],
    [new BigInt64Array([-1n])],
    [new BigUint64Array([2n ** 63n])],
    [new Uint8Array([1, 2, 3]).buffer],
    [new DataView(new Uint8Array([1, 2]).buffer)],
    [new Float64Array(0)],
  ])('brings back the binary %p', (value) => {
    expect(serializer.copy(value).value).toStrictEqual(value);
  });

  it('brings a Buffer back as a Uint8Array with memory of its own, and only the part a view shows', () => {
    const { value } = serializer.copy<unknown>(Buffer.from('hello'));
    expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype);
    expect((value as Uint8Array).buffer.byteLength).toBe(5);
    expect(serializer.copy(new Uint8Array([1, 2, 3, 4]).subarray(1, 3)).value).toStrictEqual(new Uint8Array([2, 3]));
  });

  it('stores bigints of any size, quickly', () => {
    for (const value of [2n ** 1023n, -(2n ** 1023n) - 1n, 2n ** 5_000_000n, -(2n ** 5_000_000n)]) {
      const start = performance.now();
      expect(serializer.copy(value).value === value && serializer.copy([value]).value[0] === value).toBe(true);
      expect(performance.now() - start).toBeLessThan(1_000);
    }
  });

  it('turns -0 into 0', () => {
    expect(serializer.serialize(-0)).toBe('0');
    expect(Object.is(serializer.copy(-0).value, 0)).toBe(true);
    expect(Object.is(serializer.copy([-0]).value[0], 0)).toBe(true);
    expect(Object.is(serializer.copy([-0, 1n]).value[0], 0)).toBe(true);
  });

  it('brings errors back as plain errors that look the same', () => {
    class PaymentError extends TypeError {
      override name = 'PaymentError';
      code = 'E_PAY';
      constructor(readonly card = 'secret') {
        super('declined', { cause: { status: 402 } });
      }
    }
    const original = new PaymentError();
    const { text, value } = serializer.copy<Error>(original);
    expect(text).not.toContain('secret');
    expect(Object.getPrototypeOf(value)).toBe(Error.prototype);
    expect(value).toMatchObject({
      name: 'PaymentError',
      message: 'declined',
      stack: original.stack,
      code: 'E_PAY',
      cause: { status: 402 },
    });
    expect(Object.keys(value)).toEqual(['code']);
  });

  it('keeps the members of an AggregateError', () => {
    const { value } = serializer.copy(new AggregateError([new Error('a'), 5n], 'all'));
    expect(value).toMatchObject({ name: 'AggregateError', message: 'all', errors: [{ message: 'a' }, 5n] });
  });

  it('cleans the texts of errors instead of refusing them', () => {
    const { value } = serializer.copy(Object.assign(new Error('a\0b\ud800'), { code: '\0' }));
    expect(value).toMatchObject({ message: 'a\ufffdb\ufffd', code: '\ufffd' });
  });

  it('accepts values of another realm', () => {
    const foreign = runInNewContext(`({
      list: [1, [2]], date: new Date(5), map: new Map([[1, new Set([2n])]]), error: new RangeError('far'),
      bytes: new Uint8Array([1]), ints: new Int32Array([7]), none: Object.create(null),
      all: new AggregateError([new Error('a')], 'all'),
    })`);
    const { value } = serializer.copy(foreign);
    expect(value).toMatchObject({
      list: [1, [2]],
      date: new Date(5),
      map: new Map([[1, new Set([2n])]]),
      bytes: new Uint8Array([1]),
      ints: new Int32Array([7]),
      none: {},
    });
    expect(value.error).toMatchObject({ name: 'RangeError', message: 'far' });
    expect(value.all).toMatchObject({ name: 'AggregateError', errors: [{ message: 'a' }] });
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it('accepts the Date of fake timers, which is a subclass', () => {
    class FakeDate extends Date {}
    expect(serializer.copy<Date>(new FakeDate(7)).value).toStrictEqual(new Date(7));
  });

  it('accepts shared references that are no circle', () => {
    const shared = { n: 1n };
    const { value } = serializer.copy([shared, shared, new Map([[shared, shared]])]);
    expect(value).toEqual([shared, shared, new Map([[shared, shared]])]);
    expect(value[0]).not.toBe(value[1]);
  });

  it('reads every property once, so that a getter cannot show two faces', () => {
    for (const extra of [undefined, 1]) {
      let reads = 0;
      const shifty = {
        extra,
        get x() {
          return ++reads === 1 ? 'fine' : raise;
        },
      };
      const text = serializer.serialize(shifty);
      expect(text).toContain('"x":"fine"');
    }
  });

  it('accepts a proxy of plain data', () => {
    expect(serializer.copy(new Proxy({ a: new Proxy([1, 2], {}) }, {})).value).toEqual({ a: [1, 2] });
  });

  it('gives the caller a copy that shares nothing', () => {
    const value = { a: [1], b: { c: new Date(1) } };
    for (const input of [value, { a: [1] }]) {
      const copy = serializer.copy<{ a: number[] }>(input).value;
      copy.a.push(2);
      expect(input.a).toEqual([1]);
    }
  });

  it('does not call toJSON, be it inherited or hidden', () => {
    const hidden = Object.defineProperty({ a: 1 }, 'toJSON', { value: raise });
    expect(serializer.serialize(hidden)).toBe('{"a":1}');
  });
});

describe('Serializer, what it refuses', () => {
  class Money {
    constructor(readonly amount = 1) {}
  }
  class Bare extends (null as unknown as new () => object) {}
  class List extends Array<number> {}
  class Index extends Map<string, number> {}
  const circle: Record<string, unknown> = { a: { b: [] } };
  (circle.a as { b: unknown[] }).b.push(circle);
  const mapCircle = new Map<string, unknown>();
  mapCircle.set('self', mapCircle);
  const errorCircle: Error & { cause?: unknown } = new Error('x');
  errorCircle.cause = [errorCircle];
  const extra = Object.assign([1], { note: 'x' });

  it.each<[string, unknown, string, RegExp | string]>([
    ['a function', { a: raise }, '$.a', 'a function'],
    ['a function at the top', raise, '$', 'a function'],
    ['a class', [Money], '$[0]', 'a function'],
    ['a symbol', { a: Symbol('s') }, '$.a', 'a symbol'],
    ['a symbol key', { a: { [Symbol('s')]: 1 } }, '$.a', 'an object with symbol keys'],
    ['a symbol key of an array', { a: Object.assign([1], { [Symbol('s')]: 1 }) }, '$.a', 'an object with symbol keys'],
    ['a class instance', { items: [1, 2, 3, { price: new Money() }] }, '$.items[3].price', 'an instance of Money'],
    ['an instance of a class without a base', [Object.create(Bare.prototype)], '$[0]', 'an instance of Bare'],
    ['a subclass of Array', { a: new List() }, '$.a', 'an instance of a subclass of Array'],
    ['a subclass of Map', { a: new Index() }, '$.a', 'an instance of Index'],
    ['a Promise', { a: Promise.resolve(1) }, '$.a', 'a Promise (is an await missing?)'],
    ['a RegExp', { a: /x/ }, '$.a', 'a RegExp'],
    ['a WeakMap', { a: new WeakMap() }, '$.a', 'a WeakMap'],
    ['a generator', { a: (function* () {})() }, '$.a', /./],
    ['a boxed string', { a: new String('x') }, '$.a', 'a String'],
    ['a SharedArrayBuffer', { a: new SharedArrayBuffer(1) }, '$.a', 'an instance of SharedArrayBuffer'],
    ['NaN', { a: Number.NaN }, '$.a', 'NaN'],
    ['NaN at the top', Number.NaN, '$', 'NaN'],
    ['Infinity', [Number.NEGATIVE_INFINITY], '$[0]', '-Infinity'],
    ['an invalid Date', [new Date(Number.NaN)], '$[0]', 'an invalid Date'],
    ['a circle', circle, '$.a.b[0]', 'a circular reference to $'],
    ['a circle further down', { x: { y: circle } }, '$.x.y.a.b[0]', 'a circular reference to $.x.y'],
    ['a circle through a Map', mapCircle, '$.values()[0]', 'a circular reference to $'],
    ['a circle through a cause', errorCircle, '$.cause[0]', 'a circular reference to $'],
    ['NUL', { a: 'x\0y' }, '$.a', 'text with a NUL character (\\u0000)'],
    ['NUL at the top', 'x\0y', '$', 'text with a NUL character (\\u0000)'],
    ['NUL in a key', { 'a\0': 1 }, '$["a\\u0000"]', 'text with a NUL character (\\u0000) in a key'],
    ['NUL in a long text', [`${'x'.repeat(1_000)}\0`], '$[0]', /NUL/],
    ['a half surrogate pair', ['\ud800'], '$[0]', 'text with half of a surrogate pair'],
    ['a half surrogate pair at the top', 'x\udfff', '$', 'text with half of a surrogate pair'],
    ['a half surrogate pair in a key', { '\udc00': 1 }, '$["\\udc00"]', 'text with half of a surrogate pair in a key'],
    ['an own key __proto__', JSON.parse('{"a":{"__proto__":{"x":1}}}'), '$.a.__proto__', 'a key named "__proto__"'],
    // biome-ignore lint/suspicious/noSparseArray: a hole is the point
    ['a hole', [1, , 3], '$[1]', 'a hole in a sparse array'],
    ['nothing but holes', new Array(4_294_967), '$', /./],
    ['a key besides the indexes', { a: extra }, '$.a', 'an array with keys besides its indexes'],
    ['the match of a RegExp', { a: 'x'.match(/x/) }, '$.a', 'an array with keys besides its indexes'],
    ['toJSON', { a: { toJSON: raise } }, '$.a.toJSON', 'a function'],
    [
      'a getter that throws',
      {
        a: {
          get b() {
            return raise();
          },
        },
      },
      '$.a.b',
      'something that throws when it is read',
    ],
    ['a proxy that throws', { a: new Proxy({}, { ownKeys: raise }) }, '$.a', 'something that throws when it is read'],
    ['a proxy of a Map', { a: new Proxy(new Map(), {}) }, '$.a', 'a proxy'],
    ['a key of a Map', new Map([[raise, 1]]), '$.keys()[0]', 'a function'],
    ['a value of a Map', new Map([['k', { v: raise }]]), '$.values()[0].v', 'a function'],
    ['a member of a Set', new Set([1, raise]), '$.values()[1]', 'a function'],
    ['the cause of an error', new Error('x', { cause: { f: raise } }), '$.cause.f', 'a function'],
    ['an odd key', { 'a b': { '1': { ok: raise } } }, '$["a b"]["1"].ok', 'a function'],
  ])('refuses %s', (name, value, path, reason) => {
    for (const attempt of [() => serializer.serialize(value), () => serializer.copy(value)]) {
      const error = thrownBy(attempt) as PayloadInvalidError;
      if (name === 'nothing but holes') {
        expect(error).toBeInstanceOf(PayloadTooLargeError);
        continue;
      }
      expect(error).toBeInstanceOf(PayloadInvalidError);
      expect(error).toMatchObject({
        code: 'PAYLOAD_INVALID',
        path,
        reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
      });
      expect(error.message).toContain(`${error.path} is ${error.reason}`);
    }
  });

  it('keeps what a getter threw as the cause', () => {
    const error = thrownBy(() =>
      serializer.serialize({
        get a() {
          return raise();
        },
      }),
    ) as Error;
    expect(error.cause).toMatchObject({ message: 'hostile' });
  });

  it('starts paths with the label it is given', () => {
    expect(() => serializer.serialize([{ x: raise }], 'args')).toThrow('The payload cannot be stored: args[0].x is a function.');
    expect(() => serializer.copy([{ x: raise }], 'args')).toThrow('args[0].x');
  });

  it('accepts 200 levels and refuses 201, of arrays, Maps or errors', () => {
    const nest = (levels: number, wrap: (inner: unknown) => unknown) => {
      let value: unknown = 1;
      for (let level = 0; level < levels; level++) value = wrap(value);
      return value;
    };
    for (const wrap of [
      (x: unknown) => [x],
      (x: unknown) => ({ x }),
      (x: unknown) => new Map([[x, x === 1]]),
      (cause: unknown) => new Error('x', { cause }),
    ]) {
      const deep = nest(200, wrap);
      expect(serializer.serialize(serializer.copy(deep).value)).toBe(serializer.serialize(deep));
      expect(() => serializer.serialize(nest(201, wrap))).toThrow(/nested deeper than 200 levels/);
      expect(() => serializer.copy(nest(20_000, wrap))).toThrow(/nested deeper than 200 levels/);
    }
  });

  it('never pollutes a prototype', () => {
    for (const text of [
      '{"__proto__":{"x":1}}',
      '{"a":[{"\\u005f_proto__":{"x":1}}]}',
      '{"$wf":["object",{"__proto__":{"x":1}}]}',
    ]) {
      expect(() => serializer.deserialize(text)).toThrow(PayloadDecodeError);
    }
    serializer.deserialize('{"$wf":["error",{"name":"__proto__","message":"","__proto__":{"x":1}}]}');
    expect(({} as { x?: number }).x).toBeUndefined();
    const merged = { constructor: { prototype: { x: 1 } } };
    expect(serializer.copy(merged).value).toEqual(merged);
    expect(({} as { x?: number }).x).toBeUndefined();
    expect(serializer.copy('__proto__').value).toBe('__proto__');
    expect(serializer.copy({ a: '__proto__' }).value).toEqual({ a: '__proto__' });
  });
});

describe('Serializer, sizes', () => {
  it.each([['x'], ['é'], ['🍺']])('counts UTF-8 bytes: limit - 1 and limit are fine, limit + 1 is not (%s)', (character) => {
    for (const make of [
      (filler: string) => character + filler,
      (filler: string) => [character + filler],
      (filler: string) => [1n, character + filler],
    ]) {
      const overhead = Buffer.byteLength(serializer.serialize(make('')) ?? '');
      const limited = new Serializer({ maxBytes: 100 });
      for (const size of [99, 100]) expect(limited.serialize(make('x'.repeat(size - overhead)))).not.toBeNull();
      const error = thrownBy(() => limited.serialize(make('x'.repeat(101 - overhead))));
      expect(error).toBeInstanceOf(PayloadTooLargeError);
      expect(error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', size: 101, limit: 100 });
      expect(thrownBy(() => limited.copy(make('x'.repeat(101 - overhead))))).toMatchObject({ size: 101 });
    }
  });

  it('defaults to 2 MiB', () => {
    expect(serializer.maxBytes).toBe(2_097_152);
    expect(serializer.serialize('x'.repeat(2_097_150))).toHaveLength(2_097_152);
    expect(() => serializer.serialize('x'.repeat(2_097_151))).toThrow(PayloadTooLargeError);
  });

  it('refuses 100 MB within 50 ms, wherever it hides', () => {
    const huge = 'x'.repeat(100_000_000);
    const members: unknown[] = [
      huge,
      [huge],
      { a: huge },
      new Map([[1, huge]]),
      new Set([huge]),
      { [huge]: 1 },
      Buffer.alloc(1e8),
    ];
    members.push(new Error(huge), new Array(1e9), new Float64Array(1e7), Object.assign(new Error('x'), { code: huge }));
    for (const member of members) {
      // The best of three: other test workers share the processor.
      const times = [1, 2, 3].map(() => {
        const start = performance.now();
        expect(thrownBy(() => serializer.serialize(member))).toBeInstanceOf(PayloadTooLargeError);
        return performance.now() - start;
      });
      expect(Math.min(...times)).toBeLessThan(50);
    }
  });

  it('does not hang on shared references that double at every level', () => {
    let value: unknown = [1];
    for (let level = 0; level < 150; level++) value = [value, value];
    expect(() => serializer.serialize(value)).toThrow(PayloadTooLargeError);
  });

  it.each([[0], [-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY], [268_435_456], ['5']])(
    'refuses the limit %p',
    (maxBytes) => {
      expect(() => new Serializer({ maxBytes: maxBytes as number })).toThrow(/maxBytes must be a whole number/);
    },
  );
});

describe('Serializer, what it reads', () => {
  it.each([
    [''],
    ['{'],
    ['{"a":undefined}'],
    ['{"$wf":5}'],
    ['{"$wf":[]}'],
    ['{"$wf":["date","2026"],"x":1}'],
    ['{"$wf":["class","x"]}'],
    ['{"$wf":["constructor"]}'],
    ['{"$wf":["date"]}'],
    ['{"$wf":["date","soon"]}'],
    ['{"$wf":["date",5]}'],
    ['{"$wf":["bigint","1.5"]}'],
    ['{"$wf":["bigint",""]}'],
    ['{"$wf":["url","nope"]}'],
    ['{"$wf":["map",[1]]}'],
    ['{"$wf":["map",{}]}'],
    ['{"$wf":["set","x"]}'],
    ['{"$wf":["bytes","Uint8Array","***"]}'],
    ['{"$wf":["bytes","Int32Array","AQID"]}'],
    ['{"$wf":["bytes","Function","AQID"]}'],
    ['{"$wf":["error",[]]}'],
    ['{"$wf":["error",{"name":"x"}]}'],
    ['{"$wf":["error",{"name":"x","message":"m","errors":5}]}'],
    ['{"$wf":["object",5]}'],
    [`${'['.repeat(5_000)}{"$wf":["undefined"]}${']'.repeat(5_000)}`],
  ])('refuses the stored %p', (text) => {
    expect(thrownBy(() => serializer.deserialize(text))).toMatchObject({
      code: 'PAYLOAD_DECODE_FAILED',
      name: 'PayloadDecodeError',
    });
  });

  it('names the place, and does not quote the payload', () => {
    expect(() => serializer.deserialize('{"a":[1,{"$wf":["nope","secret"]}]}')).toThrow(
      'The stored payload cannot be read: $.a[1] is a value with an unknown tag (written by a newer version?).',
    );
    const error = thrownBy(() => serializer.deserialize('{"password":"secret')) as Error;
    expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain('secret');
  });

  it('reads plain JSON written by SQL, with its white space', () => {
    expect(serializer.deserialize('{"a": [1, 2], "d": {"$wf": ["date", "2026-01-31T08:00:00.000Z"]}}')).toEqual({
      a: [1, 2],
      d: new Date('2026-01-31T08:00:00Z'),
    });
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}
