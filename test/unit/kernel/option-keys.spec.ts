import { createContext, runInContext } from 'node:vm';
import { isPlainObject, refuseUnknownKeys } from '../../../lib/kernel/option-keys.js';

/** As the query parser of Fastify makes them. */
function NullObject(this: object) {}
NullObject.prototype = Object.create(null);
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

describe('a plain object', () => {
  it.each<[string, unknown]>([
    ['a literal', { a: 1 }],
    ['one without a prototype', Object.assign(Object.create(null), { a: 1 })],
    ['one with an empty prototype', Reflect.construct(NullObject as never, [])],
    ['one of another realm', runInContext('({ a: 1 })', createContext())],
  ])('is %s', (_, value) => {
    expect(isPlainObject(value)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'a'],
    ['a function', () => ({})],
    ['a list', []],
    ['a Map', new Map()],
    ['a Date', new Date()],
    ['an instance of a class', new (class Options {})()],
    ['an object that inherits its content', Object.create({ a: 1 })],
    ['parameters of a url', new URLSearchParams('a=1')],
    ['a proxy', new Proxy({}, {})],
    ['a revoked proxy', revoked],
  ])('is not %s, which is refused as options', (_, value) => {
    expect(isPlainObject(value)).toBe(false);
    expect(() => refuseUnknownKeys(value, ['a'], [], 'option')).toThrow(
      expect.objectContaining({ name: 'InvalidOptionsError', code: 'INVALID_OPTION' }),
    );
  });
});

describe('an unknown option', () => {
  const refusal = (key: string) => {
    try {
      refuseUnknownKeys({ [key]: 1 }, ['timeout'], [], 'step option');
    } catch (error) {
      return error as Error & { details: { option: string } };
    }
    throw new Error('it was accepted');
  };

  it('is named with what was probably meant', () => {
    expect(refusal('timeuot').message).toBe('Unknown step option "timeuot". Did you mean "timeout"?');
    expect(refusal('x').message).toBe('Unknown step option "x". Known are: timeout.');
  });

  it('is quoted and cut, in the details too', () => {
    for (const key of ['a\nb\0', 'k'.repeat(50_000)]) {
      const { message, details } = refusal(key);
      for (const text of [message, details.option]) {
        expect(text.length).toBeLessThan(200);
        expect(text).not.toMatch(/\p{Cc}/u);
      }
    }
  });
});
