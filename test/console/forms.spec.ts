// What operators type into forms: JSON with its faults and its numbers, durations, and the settings of retention.
import { parseJson } from '../../console/src/api/lossless-json.js';
import { changeOf, draftOf, faultsOf, type RetentionInfo } from '../../console/src/pages/admin/retention/retention-draft.js';
import { durationFault, durationInput, readDuration } from '../../console/src/parts/duration-input.js';
import { findJsonFault } from '../../console/src/parts/json-fault.js';
import { faultText, readJson } from '../../console/src/parts/json-text.js';
import { parseDuration } from '../../lib/kernel/duration.js';

describe('JSON that somebody typed', () => {
  it.each([['{}'], [' [1, -2.5e3, "a\\u0041\\n", true, null, {"a": [], "b": {}}] '], ['"\u007f\u2028é💥"'], ['0'], ['123456']])(
    'is right where the engine takes it: %s',
    (text) => {
      expect(() => JSON.parse(text)).not.toThrow();
      expect(findJsonFault(text)).toBeUndefined();
    },
  );

  it.each([
    ['', 1, 1],
    ['{', 1, 2],
    ['{"a": 1,}', 1, 9],
    ['{"a" 1}', 1, 6],
    ['{\n  "a": tru\n}', 2, 8],
    ["{'a': 1}", 1, 2],
    ['[1,\n 2\n 3]', 3, 2],
    ['[1]]', 1, 4],
    ['"line\nbreak"', 1, 1],
    ['[1}', 1, 3],
    ['01', 1, 2],
    ['"\\x"', 1, 1],
    ['[1] // why', 1, 5],
  ])('is wrong where the engine refuses it: %j, line %i, column %i', (text, line, column) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(findJsonFault(text)).toMatchObject({ line, column });
  });

  it('is refused at a whole number that no request carries exactly', () => {
    expect(faultText(readJson('{\n  "id": 9007199254740993\n}'))).toBe(
      'Line 2, column 9: 9007199254740993 is too large to be sent exactly: write it as a text, in quotes.',
    );
    expect(readJson('{"id": 9007199254740991, "9007199254740993": "\\"9007199254740993"}')).toMatchObject({
      value: { id: 9007199254740991 },
    });
  });

  it.each(['1e400', '-1e400', '9007199254740993', '9007199254740993.0', '12345678901234567890e0', '1234567890123456789.5'])(
    'is refused at a number that a request would make another one: %s',
    (number) => {
      expect(readJson(`[${number}]`)).toMatchObject({ fault: { column: 2 } });
      expect(faultText(readJson(`[${number}]`))).toContain(`${number} is too large to be sent exactly`);
    },
  );

  it.each([
    '0.1',
    '1e-400',
    '-0',
    '9007199254740991',
    '90.0e14',
    '1e21',
    '1E+23',
    '1000000000000000000000.0',
    '0.12345678901234567891',
  ])('may have a number that is the same after it was sent, or as near as fractions are: %s', (number) =>
    expect(readJson(number)).toEqual({ value: Number(number) }),
  );

  it('does not freeze the page, however long a text in it has no end', () => {
    const began = performance.now();
    expect(findJsonFault(`["${'x'.repeat(500_000)}`)).toMatchObject({ column: 2 });
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('JSON of the server', () => {
  const text = `{"a": [12345678901234567890, -9007199254740993, 9007199254740991, 1234567890123456789.5, 1e21],
    "12345678901234567890": "12345678901234567890 \\" 12345678901234567890", "b": {"c\\\\": 9007199254740992}}`;

  it('has its large whole numbers exact, in browsers that do not tell how a number was written too', () => {
    expect(parseJson(text, false)).toEqual({
      a: [12345678901234567890n, -9007199254740993n, 9007199254740991, 1234567890123456800, 1e21],
      '12345678901234567890': '12345678901234567890 " 12345678901234567890',
      b: { 'c\\': 9007199254740992n },
    });
    expect(parseJson('12345678901234567890', false)).toBe(12345678901234567890n);
  });

  it.each(['{12345678901234567890: 1}', '012345678901234567890', '[12345678901234567890'])(
    'is refused when it is none: %s',
    (none) => {
      expect(() => parseJson(none, false)).toThrow(SyntaxError);
    },
  );
});

describe('a duration that somebody typed', () => {
  it.each([
    '0s',
    '30s',
    '1.5h',
    '2w',
    '500ms',
    '0.0001s',
    ' 7 d ',
    '5m',
    '52000w',
    '',
    '5',
    '-1s',
    '1y',
    '1h 30m',
    '1e3s',
    '99999w',
  ])('is read as the server reads it: %j', (text) => {
    let wanted: number | undefined;
    try {
      wanted = parseDuration(text.trim(), 'it');
    } catch {
      wanted = undefined;
    }
    expect(readDuration(text)).toBe(wanted);
  });

  it.each([0, 1, 999, 1_500, 60_000, 5_400_000, 86_400_000, 1_209_600_000, 90_061_001])(
    'is written so that it means %i ms',
    (ms) => {
      expect(readDuration(durationInput(ms))).toBe(ms);
    },
  );

  it('says its bounds', () => {
    expect(durationFault('1ms', 'It', { min: 1_000 })).toBe('It is at least 1s.');
    expect(durationFault('8d', 'It', { max: 604_800_000 })).toBe('It is at most 7d.');
    expect(durationFault('soon', 'It')).toContain('such as 30s');
  });
});

describe('the settings of retention', () => {
  const stored: RetentionInfo = {
    ...{ after: 2_592_000_000, maxRows: null, globalTimeout: null, interval: 300_000 },
    perWorkflow: { 'batch.run': { after: 86_400_000 }, __proto__x: { globalTimeout: null } },
    ...{ sweptAt: null, updatedAt: '2026-11-21T00:00:00.000Z' },
  };
  const draft = draftOf(stored);

  it('are unchanged while nobody types', () => {
    expect(faultsOf(draft, stored)).toEqual({});
    expect(changeOf(draft, stored)).toBeUndefined();
  });

  it('change in what was typed alone', () => {
    const typed = { ...draft, after: '', maxRows: '1000', rules: [{ name: 'batch.run', after: '2d', globalTimeout: 'never' }] };
    expect(faultsOf(typed, stored)).toEqual({});
    expect(changeOf(typed, stored)).toEqual({
      after: null,
      maxRows: 1_000,
      perWorkflow: { 'batch.run': { after: 172_800_000, globalTimeout: null }, __proto__x: null },
    });
  });

  it('are refused field by field', () => {
    const rules = [
      { name: 'batch.run', after: '', globalTimeout: '1h' },
      { name: 'batch.run', after: '1d', globalTimeout: '0s' },
      { name: '', after: '', globalTimeout: '' },
    ];
    const faults = faultsOf({ after: 'soon', maxRows: '-1', globalTimeout: '0s', interval: '8d', rules }, stored);
    expect(Object.keys(faults).sort()).toEqual(
      [
        ...['after', 'globalTimeout', 'interval', 'maxRows', 'rules.0.after', 'rules.1.globalTimeout', 'rules.1.name'],
        ...['rules.2.after', 'rules.2.name'],
      ].sort(),
    );
  });
});
