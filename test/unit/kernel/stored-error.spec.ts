import fc from 'fast-check';
import { fromStoredError, parseStoredError, storedErrorText, toStoredError } from '../../../lib/kernel/stored-error.js';

describe('toStoredError', () => {
  it('keeps name, message, stack, code, retryable and cause', () => {
    const error = Object.assign(new TypeError('no', { cause: new RangeError('deeper') }), { code: 'E_NO', retryable: false });
    expect(toStoredError(error)).toEqual({
      name: 'TypeError',
      message: 'no',
      stack: error.stack,
      code: 'E_NO',
      retryable: false,
      cause: { name: 'RangeError', message: 'deeper', stack: expect.any(String) },
    });
  });

  it('cleans NUL and half surrogate pairs, which Postgres refuses', () => {
    const error = Object.assign(new Error('a\0b\ud800c'), { name: 'Bad\0', stack: 's\0\udfff', code: 'C\0' });
    expect(toStoredError(error)).toEqual({
      name: 'Bad\ufffd',
      message: 'a\ufffdb\ufffdc',
      stack: 's\ufffd\ufffd',
      code: 'C\ufffd',
    });
  });

  it('cuts message and stack by bytes, between characters, and says so', () => {
    const error = new Error('é'.repeat(5_000_000));
    error.stack = '🍺'.repeat(20_000);
    const { message, stack = '' } = toStoredError(error);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8_192);
    expect(Buffer.byteLength(message)).toBeGreaterThan(8_100);
    expect(message).toMatch(/é … \[cut, 5000000 characters in all\]$/);
    expect(Buffer.byteLength(stack)).toBeLessThanOrEqual(16_384);
    expect(stack.isWellFormed()).toBe(true);
  });

  it('does not cut what just fits', () => {
    expect(toStoredError(new Error('x'.repeat(8_192))).message).toBe('x'.repeat(8_192));
    expect(toStoredError(new Error('x'.repeat(8_193))).message).toMatch(/\[cut, 8193 characters in all\]$/);
  });

  it('handles a message of 10 MB in no time', () => {
    const error = new Error('x'.repeat(10_000_000));
    expect(error.stack).toBeDefined(); // formatted by V8 at the first look
    const start = performance.now();
    toStoredError(error);
    expect(performance.now() - start).toBeLessThan(100);
  });

  it('stops at five causes and at a cycle', () => {
    const loop: Error & { cause?: unknown } = new Error('loop');
    loop.cause = new Error('back', { cause: loop });
    expect(toStoredError(loop)).toMatchObject({ message: 'loop', cause: { message: 'back' } });
    expect(toStoredError(loop).cause).not.toHaveProperty('cause');

    let chain = new Error('0');
    for (let depth = 1; depth <= 10; depth++) chain = new Error(String(depth), { cause: chain });
    expect(depthOf(toStoredError(chain))).toBe(5);
  });

  it('keeps the members of an AggregateError, within a bound', () => {
    const stored = toStoredError(new AggregateError([new Error('a'), 'b'], 'both'));
    expect(stored).toMatchObject({ name: 'AggregateError', errors: [{ message: 'a' }, { name: 'NonError', message: 'b' }] });
    const wide = new AggregateError(Array.from({ length: 10_000 }, () => new Error('x'.repeat(100_000))));
    expect(storedErrorText(wide).length).toBeLessThan(1_000_000);
  });

  it('does not take the "errors" of other errors for members', () => {
    expect(toStoredError(Object.assign(new Error('invalid'), { errors: ['a'] }))).not.toHaveProperty('errors');
  });

  it.each([
    [null, 'null'],
    [undefined, 'undefined'],
    ['x', 'x'],
    ['', ''],
    [42, '42'],
    [10n, '10n'],
    [Symbol('s'), 'Symbol(s)'],
    [{ a: 1 }, '{ a: 1 }'],
    [[1], '[ 1 ]'],
    [Object.create(null), '[Object: null prototype] {}'],
  ])('normalises the thrown %p', (thrown, message) => {
    expect(toStoredError(thrown)).toEqual({ name: 'NonError', message });
  });

  it('reads a thrown object with a message like an error', () => {
    expect(toStoredError({ name: 'PostgrestError', message: 'no row', code: 'PGRST116' })).toEqual({
      name: 'PostgrestError',
      message: 'no row',
      code: 'PGRST116',
    });
  });

  it('drops codes that are neither text nor a finite number', () => {
    expect(toStoredError(Object.assign(new Error('x'), { code: { a: 1 } }))).not.toHaveProperty('code');
    expect(toStoredError(Object.assign(new Error('x'), { code: Number.NaN }))).not.toHaveProperty('code');
    expect(toStoredError(Object.assign(new Error('x'), { code: 23505 }))).toHaveProperty('code', 23505);
  });

  it('keeps a timeout of AbortSignal recognisable', () => {
    expect(toStoredError(new DOMException('late', 'TimeoutError'))).toMatchObject({ name: 'TimeoutError', message: 'late' });
  });

  it('survives everything hostile', () => {
    const raise = () => {
      throw new Error('hostile');
    };
    const traps = { get: raise, getPrototypeOf: raise, ownKeys: raise, getOwnPropertyDescriptor: raise, has: raise };
    const getters = new Error('x');
    for (const key of ['stack', 'name', 'message', 'code', 'cause', 'errors', 'retryable'])
      Object.defineProperty(getters, key, { get: raise });
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const endless = new Proxy(new AggregateError([]), {
      get: (_, key) => (key === 'errors' ? new Proxy([], { get: () => 1e9 }) : raise()),
    });
    const odd = Object.assign(new Error('x'), { message: { toString: raise }, name: 5, stack: 7 });
    for (const thrown of [
      new Proxy({}, traps),
      new Proxy(new Error('x'), traps),
      getters,
      revoked.proxy,
      endless,
      odd,
      raise,
      new Proxy([], traps),
    ]) {
      const text = storedErrorText(thrown);
      expect(parseStoredError(text)).toMatchObject({ name: expect.any(String), message: expect.any(String) });
    }
  });

  it('gives text that Postgres takes, whatever is thrown', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true }),
        fc.string({ unit: 'binary' }),
        (thrown, message) => {
          for (const error of [thrown, Object.assign(new Error(message), { cause: thrown, code: message })]) {
            const text = storedErrorText(error);
            expect(text).not.toContain('\\u0000');
            expect(JSON.stringify(JSON.parse(text))).not.toMatch(/\\ud[89a-f]/);
            expect(parseStoredError(text)).toEqual(toStoredError(error));
          }
        },
      ),
    );
  });
});

describe('fromStoredError', () => {
  it('gives a plain Error that looks like the original', () => {
    const original = Object.assign(new TypeError('no', { cause: new RangeError('deeper') }), { code: 'E_NO', retryable: true });
    const revived = fromStoredError(parseStoredError(storedErrorText(original)));
    expect(Object.getPrototypeOf(revived)).toBe(Error.prototype);
    expect(revived).toMatchObject({ name: 'TypeError', message: 'no', stack: original.stack, code: 'E_NO', retryable: true });
    expect(revived.cause).toMatchObject({ name: 'RangeError', message: 'deeper' });
    expect(Object.keys(revived)).toEqual(['code', 'retryable']);
  });

  it('shows no stack of its own where none was recorded', () => {
    expect(fromStoredError({ name: 'NonError', message: 'x' }).stack).toBe('NonError: x');
  });

  it('revives the members of an AggregateError', () => {
    const revived = fromStoredError(toStoredError(new AggregateError([new Error('a')], 'all')));
    expect(revived).toMatchObject({ name: 'AggregateError', errors: [{ message: 'a' }] });
  });
});

describe('parseStoredError', () => {
  it.each([[null], [undefined], [''], ['{'], ['5'], ['null'], ['[]'], ['{}'], ['{"name":5,"message":[]}'], [7], [Symbol('x')]])(
    'reads %p as unreadable',
    (text) => {
      expect(parseStoredError(text)).toMatchObject({
        name: 'UnreadableError',
        message: expect.stringContaining('cannot be read'),
      });
    },
  );

  it('takes what is usable from a damaged record, and an already parsed one', () => {
    expect(parseStoredError('{"message":"m","stack":5,"code":true,"cause":"x","errors":[1,{"name":"N"}],"extra":1}')).toEqual({
      name: 'Error',
      message: 'm',
      errors: [{ name: 'N', message: '' }],
    });
    expect(parseStoredError({ name: 'A', message: 'b' })).toEqual({ name: 'A', message: 'b' });
  });
});

function depthOf(stored: { cause?: unknown }): number {
  return stored.cause === undefined ? 0 : 1 + depthOf(stored.cause as { cause?: unknown });
}
