import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { jsonView } from '../../lib/admin/replies/json-view.js';

describe('the JSON view of a payload', () => {
  it.each<[what: string, value: unknown, view: unknown]>([
    ['a bigint', -5n, '-5n'],
    ['undefined', undefined, null],
    ['undefined in a list', [undefined, 1], [null, 1]],
    ['undefined in an object', { a: undefined, b: 1 }, { b: 1 }],
    ['NaN', Number.NaN, 'NaN'],
    ['infinity', [Number.NEGATIVE_INFINITY], ['-Infinity']],
    ['a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid Date', new Date(Number.NaN), 'Invalid Date'],
    ['a Date of another realm', runInNewContext('new Date(0)'), '1970-01-01T00:00:00.000Z'],
    ['a Map with any keys', new Map<unknown, unknown>([[{ a: 1n }, new Set([2n])]]), [[{ a: '1n' }, ['2n']]]],
    ['a URL', new URL('https://example.com'), 'https://example.com/'],
    [
      'a view into a buffer',
      new Uint16Array(new Uint8Array([9, 9, 1, 0]).buffer, 2),
      { binary: 'Uint16Array', bytes: 2, base64: 'AQA=' },
    ],
    ['an ArrayBuffer', new Uint8Array([1]).buffer, { binary: 'ArrayBuffer', bytes: 1, base64: 'AQ==' }],
    ['a key named __proto__', JSON.parse('{"__proto__":{"x":1}}'), JSON.parse('{"__proto__":{"x":1}}')],
    ['a function', () => 1, '[a function]'],
    ['a symbol', Symbol('x'), '[a symbol]'],
  ])('shows %s', (_what, value, view) => expect(JSON.stringify(jsonView(value))).toBe(JSON.stringify(view)));

  it('shows an error by its fields, causes included', () => {
    const view = jsonView(new TypeError('bad', { cause: Object.assign(new Error('why'), { code: 'E1' }) }));
    expect(view).toMatchObject({ name: 'TypeError', message: 'bad', cause: { message: 'why', code: 'E1' } });
    expect(JSON.parse(JSON.stringify(view))).toEqual(view);
  });

  it('runs no code of the value', () => {
    class Trap {
      toJSON(): never {
        throw new Error('ran');
      }
      get field(): never {
        throw new Error('ran');
      }
    }
    expect(jsonView({ trap: new Trap() })).toEqual({ trap: expect.stringContaining('Trap') });
  });

  it('ends at a cycle, but shows twice what stands there twice', () => {
    const shared = { a: 1 };
    const loop: Record<string, unknown> = { one: shared, two: shared };
    loop.self = [loop];
    expect(jsonView(loop)).toEqual({ one: { a: 1 }, two: { a: 1 }, self: ['[circular]'] });
  });

  it('ends at a depth that nothing stored has', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(JSON.stringify(jsonView(deep))).toContain('nested deeper');
  });

  it('leaves JSON as it is', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(JSON.stringify(jsonView(value))).toBe(JSON.stringify(value))));
  });

  it('is JSON whatever the value', () => {
    const any = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(any, (value) => {
        const view = jsonView(value);
        expect(JSON.stringify(JSON.parse(JSON.stringify(view)))).toBe(JSON.stringify(view));
      }),
    );
  });
});
