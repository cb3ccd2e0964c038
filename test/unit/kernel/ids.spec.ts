import fc from 'fast-check';
import {
  assertId,
  assertName,
  InvalidIdError,
  isUuid,
  RUN_ID_NAMESPACE,
  runIdOf,
  uuidv4,
  uuidv5,
  uuidv7,
} from '../../../lib/kernel/ids.js';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('uuidv7', () => {
  it('is a version 7 uuid that carries the time', () => {
    const before = Date.now();
    const id = uuidv7();
    expect(id).toMatch(V7);
    expect(timeOf(id)).toBeGreaterThanOrEqual(before);
    expect(timeOf(id)).toBeLessThanOrEqual(Date.now() + 1);
  });

  it('grows strictly over 100,000 ids made at once, also as text', () => {
    let last = uuidv7();
    for (let made = 0; made < 100_000; made++) {
      const next = uuidv7();
      if (next <= last) throw new Error(`${next} follows ${last}`);
      last = next;
    }
    expect(last).toMatch(V7);
  });

  it('grows strictly while the clock stands still or steps back', () => {
    const start = Date.now() + 60_000;
    const ids = [uuidv7(start)];
    for (let made = 0; made < 10_000; made++) ids.push(uuidv7(start - (made % 5_000)));
    expect(ids).toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(ids.length);
    // Full counters moved the time ahead, by one millisecond per 2,048 ids or more.
    expect(timeOf(ids.at(-1) ?? '') - start).toBeLessThanOrEqual(6);
  });

  it('rounds fractions of a millisecond down', () => {
    const later = Date.now() + 120_000;
    expect(timeOf(uuidv7(later + 0.9))).toBe(later);
  });

  it.each([[-1], [Number.NaN], [Number.POSITIVE_INFINITY], [2 ** 48]])('refuses the time %p', (ms) => {
    expect(() => uuidv7(ms)).toThrow(RangeError);
  });
});

describe('uuidv4 and uuidv5', () => {
  it('makes random uuids', () => {
    expect(uuidv4()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(uuidv4()).not.toBe(uuidv4());
  });

  it('gives the published example of RFC 9562', () => {
    expect(uuidv5('www.example.com', '6ba7b810-9dad-11d1-80b4-00c04fd430c8')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it('refuses a namespace that is no uuid', () => {
    expect(() => uuidv5('x', 'dns')).toThrow(InvalidIdError);
  });
});

describe('runIdOf', () => {
  it.each([
    ['018F3B6E-7C1A-7ABC-8DEF-0123456789AB'],
    ['018f3b6e-7c1a-4abc-8def-0123456789ab'],
    ['00000000-0000-0000-0000-000000000000'],
  ])('takes the uuid %p as the run id itself', (id) => {
    expect(runIdOf(id)).toEqual({ runId: id.toLowerCase(), externalId: null });
  });

  it('maps any other id to the same uuid, always', () => {
    // Stored in databases: this value must never change.
    expect(runIdOf('order-42')).toEqual({ runId: uuidv5('order-42', RUN_ID_NAMESPACE), externalId: 'order-42' });
    expect(runIdOf('order-42').runId).toBe('eee5d21e-4908-5754-8b7e-6f1525121c66');
  });

  it.each([
    ['{018f3b6e-7c1a-7abc-8def-0123456789ab}'],
    ['018f3b6e7c1a7abc8def0123456789ab'],
    ['urn:uuid:018f3b6e-7c1a-7abc-8def-0123456789ab'],
  ])('takes %p, which is not in canonical form, as an own id', (id) => {
    expect(runIdOf(id).externalId).toBe(id);
  });

  it('is deterministic, and stable when applied to its own result', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme' }), (id) => {
        if (!isValid(id)) return;
        const { runId } = runIdOf(id);
        expect(isUuid(runId)).toBe(true);
        expect(runIdOf(id).runId).toBe(runId);
        expect(runIdOf(runId)).toEqual({ runId, externalId: null });
      }),
    );
  });

  it('validates own ids', () => {
    expect(() => runIdOf('a\0b')).toThrow(InvalidIdError);
    expect(() => runIdOf(undefined as unknown as string)).toThrow(/^run id is not a string: undefined\./);
  });
});

describe('assertId', () => {
  it.each([
    ['a'],
    ['order-42'],
    ['Größe 5/日本'],
    ['🍺'],
    ['👩‍👩‍👧'],
    ['../x'],
    ["it's 100 %"],
    ['x'.repeat(255)],
    ['🍺'.repeat(255)],
  ])('accepts %p', (id) => {
    expect(() => assertId(id, 'id')).not.toThrow();
  });

  it.each([
    ['', /is empty/],
    ['   ', /control|blank/],
    ['\u3000', /blank/],
    [' a', /white space/],
    ['a\u00a0', /white space/],
    ['\ufeffa', /white space/],
    ['a\0b', /control character/],
    ['a\nb', /control character/],
    ['a\u001b[31m', /control character/],
    ['a\u007fb', /control character/],
    ['a\u0085b', /control character/],
    ['a\u2028b', /line separator/],
    ['a\u2029b', /line separator/],
    ['\ud800', /surrogate/],
    ['a\udc00b', /surrogate/],
    ['x'.repeat(256), /longer than 255/],
    ['🍺'.repeat(256), /longer than 255/],
    ['x'.repeat(10_000_000), /longer than 255/],
    [null, /not a string/],
    [undefined, /not a string/],
    [5, /not a string/],
    [{ toString: () => 'x' }, /not a string/],
    [new String('x'), /not a string/],
  ])('refuses %p', (id, reason) => {
    expect(() => assertId(id, 'deduplicationId')).toThrow(reason);
    expect(() => assertName(id, 'queue')).toThrow(InvalidIdError);
  });

  it.each(['.', '..'])('refuses %p as a name, which would be another address over HTTP, and takes it as an id', (name) => {
    expect(() => assertName(name, 'queue name')).toThrow(/^queue name can not stand in an address: "\.+"\./);
    expect(() => assertId(name, 'id')).not.toThrow();
    for (const other of ['...', '.a', 'a.', './', '%2e']) expect(() => assertName(other, 'queue name')).not.toThrow();
  });

  it('says which id, what is wrong and what is allowed, on one line without control characters', () => {
    const error = thrownBy(() => assertId('a\n\u0000\u009b\u2028b', 'run id')) as InvalidIdError;
    expect(error).toMatchObject({ name: 'InvalidIdError', code: 'INVALID_ID', label: 'run id' });
    expect(error.message).toBe(
      'run id contains a control character or a line separator: "a\\n\\u0000\\u009b\\u2028b". ' +
        'Use 1 to 255 printable characters without white space at either end.',
    );
  });
});

function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

function isValid(id: string): boolean {
  try {
    assertId(id, 'id');
    return true;
  } catch {
    return false;
  }
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}
