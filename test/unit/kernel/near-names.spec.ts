import { didYouMean, nearNames } from '../../../lib/kernel/near-names.js';

const OPTIONS = ['timeout', 'retry', 'queue', 'priority', 'partitionKey', 'startAt'];

describe('nearNames', () => {
  it.each([
    ['timeuot', ['timeout']],
    ['TIMEOUT', ['timeout']],
    ['retries', ['retry']],
    ['partionKey', ['partitionKey']],
    ['qeue', ['queue']],
    ['concurrency', []],
    ['', []],
    ['x', []],
  ])('finds for %p: %p', (name, expected) => {
    expect(nearNames(name, OPTIONS)).toEqual(expected);
  });

  it('puts the nearest first, keeps ties in order, drops duplicates and stops at the maximum', () => {
    const candidates = ['batch.stop', 'batch.ran', 'batch.run', 'batch.ran', 'batch.runs'];
    expect(nearNames('batch.run', candidates)).toEqual(['batch.run', 'batch.ran', 'batch.runs']);
    expect(nearNames('batch.run', candidates, 1)).toEqual(['batch.run']);
  });

  it('finds a whole part of a dotted name', () => {
    expect(nearNames('run', ['orders.pay', 'batch.run'])).toEqual(['batch.run']);
  });

  it('does not find single characters that have nothing in common', () => {
    expect(nearNames('a', ['b', 'c'])).toEqual([]);
    expect(nearNames('a', ['A'])).toEqual(['A']);
  });

  it('ignores names too long to compare', () => {
    expect(nearNames('x'.repeat(1_000_000), ['x'.repeat(1_000_000)])).toEqual([]);
  });
});

describe('didYouMean', () => {
  it('is a sentence to append, or nothing', () => {
    expect(didYouMean('timeot', OPTIONS)).toBe(' Did you mean "timeout"?');
    expect(didYouMean('zzzzzz', OPTIONS)).toBe('');
    expect(didYouMean('timeot', new Map([['timeout', 1]]).keys())).toBe(' Did you mean "timeout"?');
  });
});
