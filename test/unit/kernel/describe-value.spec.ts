import { describeValue, quoteText, shortText, textOfPrimitive } from '../../../lib/kernel/describe-value.js';

/** Whatever runs code of the value throws. */
const hostile = new Proxy(
  {},
  Object.fromEntries(
    ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'].map((trap) => [
      trap,
      () => {
        throw new Error('the value was asked');
      },
    ]),
  ),
);
class Money {
  get [Symbol.toStringTag](): string {
    throw new Error('the value was asked');
  }
  toString(): string {
    throw new Error('the value was asked');
  }
}

describe('describeValue', () => {
  // The values in functions: titles would ask them.
  it.each<[string, () => unknown]>([
    ['undefined', () => undefined],
    ['null', () => null],
    ['true', () => true],
    ['-0', () => -0],
    ['NaN', () => Number.NaN],
    ['a bigint', () => 10n],
    ['a symbol', () => Symbol('s')],
    ['a function', () => () => 1],
    ['an array', () => [1]],
    ['an object', () => ({})],
    ['an object without a class', () => Object.create(null)],
    ['a Map', () => new Map()],
    ['a Promise', () => Promise.resolve()],
    ['an instance of Money', () => new Money()],
    ['a proxy', () => hostile],
    ['"a\\n\\u001b[31m\\"b\\"\\u0000\\u2028"', () => 'a\n\u001b[31m"b"\0\u2028'],
    ['"\\ud800"', () => '\ud800'],
    [`"${'x'.repeat(80)}…"`, () => 'x'.repeat(81)],
  ])('is short, on one line, and asks the value nothing: %s', (expected, make) => {
    expect(describeValue(make())).toBe(expected);
  });

  it.each([
    'postgres://ann:s3cret@localhost/orders',
    'postgres://ann:s3@cr/et@localhost/orders',
    'postgres://ann:s3cret\n@localhost',
    `${'x'.repeat(70)}://ann:s3cret@localhost`,
    `${'x'.repeat(78)}://s3cret@localhost`,
    `postgres://ann:s3cret${'t'.repeat(1_000)}@localhost`,
    'postgres://localhost/orders?user=ann&password=s3cret',
  ])('leaves out what may be a password: %j', (url) => {
    for (const shown of [describeValue(url), quoteText(url, 200), shortText(url)]) expect(shown).not.toContain('s3');
  });

  it('shows a url that has none', () => {
    expect(describeValue('http://localhost:3000/orders')).toBe('"http://localhost:3000/orders"');
  });
});

describe('textOfPrimitive', () => {
  it('is what String() says, but for what would have to say it itself', () => {
    expect(['a', 42, 10n, true, null, undefined, Symbol('s')].map(textOfPrimitive)).toEqual([
      'a',
      '42',
      '10',
      'true',
      'null',
      'undefined',
      'Symbol(s)',
    ]);
    expect([{}, new Money(), hostile, () => 1, new String('a')].map(textOfPrimitive)).toEqual(Array(5).fill(undefined));
  });
});
