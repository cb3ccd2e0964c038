import fc from 'fast-check';
import { formatDuration, InvalidDurationError, MAX_DURATION_MS, parseDate, parseDuration } from '../../../lib/kernel/duration.js';

describe('parseDuration', () => {
  it.each([
    [0, 0],
    [-0, 0],
    [1, 1],
    [0.4, 1],
    [1500.2, 1501],
    [1e12, 1e12],
    [2 ** 31 + 1, 2 ** 31 + 1],
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['30 s', 30_000],
    ['1.5h', 5_400_000],
    ['5m', 300_000],
    ['2d', 172_800_000],
    ['1w', 604_800_000],
    ['36525d', MAX_DURATION_MS],
  ])('reads %p as %p ms', (value, ms) => {
    expect(Object.is(parseDuration(value, 'timeout'), ms)).toBe(true);
  });

  it.each([
    [-1],
    [-0.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY],
    [MAX_DURATION_MS + 1],
    ['36525.1d'],
    [`${'9'.repeat(63)}w`],
    ['9'.repeat(100_000)],
    [''],
    ['30'],
    ['s'],
    ['-1s'],
    ['+1s'],
    ['1S'],
    ['1 day'],
    ['1h30m'],
    [' 1s'],
    ['1s '],
    ['1s\n'],
    ['1e3ms'],
    ['.5s'],
    ['1.s'],
    [null],
    [undefined],
    [true],
    [5n],
    [['1s']],
    [{ valueOf: () => 5 }],
    [new Date()],
    [() => 1],
    [Symbol('1s')],
  ])('refuses %p', (value) => {
    expect(() => parseDuration(value, 'timeout')).toThrow(InvalidDurationError);
  });

  it('names the option, the value and the accepted forms', () => {
    expect(() => parseDuration('soon', 'retry.initialDelay')).toThrow(
      /^retry\.initialDelay must be a number of milliseconds or text such as '500ms'.*, but is "soon"\.$/,
    );
  });

  it('carries a code and a short form of a huge value', () => {
    const error = thrownBy(() => parseDuration('x'.repeat(1_000_000), 'timeout'));
    expect(error).toMatchObject({ code: 'INVALID_DURATION', label: 'timeout' });
    expect((error as Error).message.length).toBeLessThan(400);
  });

  it('keeps to the bounds it is given, both included', () => {
    expect(parseDuration(10, 'x', { min: 10, max: 20 })).toBe(10);
    expect(parseDuration('20ms', 'x', { min: 10, max: 20 })).toBe(20);
    expect(() => parseDuration(9, 'x', { min: 10 })).toThrow(/at least 10ms/);
    expect(() => parseDuration(20.5, 'x', { max: 20 })).toThrow(/at most 20ms/);
    expect(() => parseDuration(0, 'x', { allowZero: false })).toThrow(/more than zero/);
  });

  it('never returns anything but whole milliseconds within bounds', () => {
    const input = fc.oneof(fc.double(), fc.string(), fc.stringMatching(/^\d{1,6}(\.\d{1,3})?(ms|s|m|h|d|w)$/));
    fc.assert(
      fc.property(input, (value) => {
        const ms = resultOf(() => parseDuration(value, 'x'));
        return ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms <= MAX_DURATION_MS);
      }),
    );
  });
});

describe('parseDate', () => {
  it('copies a Date', () => {
    const date = new Date('2026-01-31T08:00:00Z');
    const parsed = parseDate(date, 'startAt');
    expect(parsed).toEqual(date);
    expect(parsed).not.toBe(date);
  });

  it.each([
    [0, '1970-01-01T00:00:00.000Z'],
    [1.9, '1970-01-01T00:00:00.001Z'],
    ['2026-01-31T08:00Z', '2026-01-31T08:00:00.000Z'],
    ['2026-01-31T08:00:00.123456+02:00', '2026-01-31T06:00:00.123Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('reads %p', (value, iso) => {
    expect(parseDate(value, 'startAt').toISOString()).toBe(iso);
  });

  it.each([
    [new Date(Number.NaN)],
    [new Date(8.64e15)],
    [new Date(Date.UTC(300_000, 0))],
    [new Date('0000-12-31T23:59:59Z')],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [8.64e15],
    ['2026-01-31'],
    ['2026-01-31T08:00:00'],
    ['2026-02-30T00:00:00Z'],
    ['2026-02-29T00:00:00Z'],
    ['2026-13-01T00:00:00Z'],
    ['2026-01-00T00:00:00Z'],
    ['2026-01-01T25:00:00Z'],
    ['tomorrow'],
    [''],
    [null],
    [undefined],
    [{}],
    [1n],
  ])('refuses %p', (value) => {
    expect(() => parseDate(value, 'startAt')).toThrow(InvalidDurationError);
  });

  it('names the option and shows the date', () => {
    expect(() => parseDate(new Date(Number.NaN), 'sleepUntil')).toThrow(
      /^sleepUntil must be a Date, .* but is "Invalid Date"\.$/,
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [0.25, '0.25ms'],
    [250, '250ms'],
    [1_000, '1s'],
    [1_500, '1.5s'],
    [59_999, '59.999s'],
    [60_000, '1m'],
    [90_000, '1m 30s'],
    [3_605_000, '1h'],
    [5_400_000, '1h 30m'],
    [90_061_000, '1d 1h'],
    [MAX_DURATION_MS, '36525d'],
    [-1_500, '-1.5s'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('prints %p as %p', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
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

function resultOf<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof InvalidDurationError) return undefined;
    throw error;
  }
}
