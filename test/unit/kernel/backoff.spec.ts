import fc from 'fast-check';
import { exponentialDelay } from '../../../lib/kernel/backoff.js';

const POLICY = { initialMs: 100, backoff: 2, maxMs: 1_000, jitter: 0 };
const never = () => {
  throw new Error('No chance was asked for.');
};

describe('exponentialDelay', () => {
  it('grows from the initial delay to the longest one', () => {
    expect([1, 2, 3, 4, 5, 6].map((attempt) => exponentialDelay(POLICY, attempt, never))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
  });

  it('stays constant with a factor of 1 and at nothing with an initial delay of 0', () => {
    expect(exponentialDelay({ ...POLICY, backoff: 1 }, 50, never)).toBe(100);
    expect(exponentialDelay({ ...POLICY, initialMs: 0 }, 100_000, never)).toBe(0);
  });

  it('only shortens by jitter', () => {
    expect(exponentialDelay({ ...POLICY, jitter: 0.5 }, 1, () => 0)).toBe(100);
    expect(exponentialDelay({ ...POLICY, jitter: 0.5 }, 1, () => 0.5)).toBe(75);
    expect(exponentialDelay({ ...POLICY, jitter: 1 }, 1, () => 0.999_999)).toBe(0);
  });

  it('survives attempts beyond the range of numbers', () => {
    expect(exponentialDelay(POLICY, 1e9, never)).toBe(1_000);
    expect(exponentialDelay(POLICY, 0, never)).toBe(100);
  });

  it('always gives whole milliseconds between nothing and the longest delay', () => {
    const policy = fc.record({
      initialMs: fc.integer({ min: 0, max: 1e9 }),
      backoff: fc.double({ min: 1, max: 100, noNaN: true }),
      maxMs: fc.integer({ min: 0, max: 1e12 }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(policy, fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (options, attempt, chance) => {
        const delay = exponentialDelay(options, attempt, () => chance);
        return Number.isInteger(delay) && delay >= 0 && delay <= options.maxMs;
      }),
    );
  });
});
