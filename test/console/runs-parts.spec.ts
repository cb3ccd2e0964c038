// What the page of runs makes of texts: filters of the URL, orders for many runs, files.
import {
  actionText,
  type BulkDraft,
  FIRST_DRAFT,
  orderLabel,
  readDraft,
  refusingStatuses,
  wordToType,
} from '../../console/src/pages/runs/bulk-draft.js';
import { exportText } from '../../console/src/pages/runs/export-runs.js';
import {
  changed,
  chipsOf,
  FilterFault,
  faultsOf,
  filtersKey,
  queryOf,
  readFilters,
  writeFilters,
} from '../../console/src/pages/runs/run-filters.js';
import { orderEach } from '../../console/src/pages/runs/run-orders.js';
import { fieldTextOf, momentOf } from '../../console/src/pages/runs/time-range.js';
import type { RunSummaryAnswer } from '../../lib/http-client/index.js';

const NOW = Date.UTC(2026, 10, 21, 12);
const filtersOf = (search: string) => readFilters(new URLSearchParams(search));

describe('Filters in the URL', () => {
  it('are what the API takes, by its own names', () => {
    const filters = filtersOf(
      'name=a&name=b&status=ERROR&queue=q/1&legalHold=true&errorCode=E&attributes={"c":"7"}&input="x"&parentId=p&jobs=1',
    );
    expect(queryOf(filters, NOW)).toEqual({
      ...{ name: ['a', 'b'], status: ['ERROR'], queue: ['q/1'], legalHold: true, errorCode: 'E', parentId: 'p' },
      ...{ attributes: { c: '7' }, input: 'x' },
    });
  });

  it.each([
    ['batch=BATCH-2', { batch: 'BATCH-2' }],
    ['batch="BATCH-2"', { batch: 'BATCH-2' }],
    ['a = 7, b=true, c="7, or \\"8\\"", d=two words, e=-x', { a: 7, b: true, c: '7, or "8"', d: 'two words', e: '-x' }],
    ['{"a":{"b":[1]}}', { a: { b: [1] } }],
  ])('take attributes typed as %s', (text, attributes) => {
    expect(queryOf({ attributes: text }, NOW)).toEqual({ attributes });
    expect(faultsOf({ attributes: text })).toEqual({});
  });

  it.each(['BATCH-2', 'batch=', '=7', '{batch}', '[1]', 'a="b', 'a=9007199254740993'])(
    'do not take attributes typed as %s',
    (text) => {
      expect(() => queryOf({ attributes: text }, NOW)).toThrow(FilterFault);
      expect(faultsOf({ attributes: text })).toEqual({ attributes: expect.any(String) });
    },
  );

  it('count the last hours from now', () => {
    expect(queryOf(filtersOf('created=2h&completed=7d'), NOW)).toEqual({
      createdFrom: '2026-11-21T10:00:00.000Z',
      completedFrom: '2026-11-14T12:00:00.000Z',
    });
  });

  it('come back from the URL as they went in, beside all else that stands there', () => {
    const filters = filtersOf('nameContains=100%25 %26 more&status=DEAD&status=ERROR&createdFrom=2026-11-21T10:00:00Z');
    const written = writeFilters(new URLSearchParams('jobs=1&name=old'), filters);
    expect(written.get('jobs')).toBe('1');
    expect(readFilters(new URLSearchParams(written.toString()))).toEqual(filters);
    expect(filtersKey(filtersOf('status=DEAD&queue=q'))).toBe(filtersKey(filtersOf('queue=q&status=DEAD&jobs=1&limit=3')));
  });

  it.each([
    ['created=3y', /one of 1h/],
    ['legalHold=maybe', /true or false/],
    ['attributes={', /must be JSON/],
    ['attributes=[1]', /Attributes must be JSON, or such as/],
    ['input=order', /in quotes/],
  ])('are refused with the reason: %s', (search, reason) => {
    expect(() => queryOf(filtersOf(search), NOW)).toThrow(FilterFault);
    expect(() => queryOf(filtersOf(search), NOW)).toThrow(reason);
  });

  it('are taken away one by one', () => {
    const filters = filtersOf('queue=a&queue=b&created=1h&legalHold=false&status=DEAD');
    const chips = chipsOf(filters, ['status']);
    expect(chips.map(({ label, value }) => `${label}: ${value}`)).toEqual([
      'Queue: a',
      'Queue: b',
      'Legal hold: off',
      'Created: last hour',
    ]);
    expect(filtersKey(chips[0]?.without ?? {})).toBe('status=DEAD&queue=b&legalHold=false&created=1h');
    expect(changed(filters, { queue: undefined, created: '' })).toEqual({ status: ['DEAD'], legalHold: 'false' });
  });
});

describe('Own ranges of time', () => {
  it('are UTC or local, as times are shown', () => {
    expect(fieldTextOf('2026-11-21T10:20:30Z', true)).toBe('2026-11-21T10:20:30');
    expect(momentOf('2026-11-21T10:20', true)).toBe('2026-11-21T10:20:00.000Z');
    expect(momentOf(fieldTextOf('2026-07-01T23:59:59.000Z', false), false)).toBe('2026-07-01T23:59:59.000Z');
    expect([fieldTextOf('yesterday', true), momentOf('', true)]).toEqual(['', undefined]);
  });
});

describe('An order for many runs', () => {
  it.each<[string, Partial<BulkDraft>, object]>([
    ['Cancel', { kind: 'cancel' }, { cancel: { children: false } }],
    ['Cancel, with children', { kind: 'cancel', children: true }, { cancel: { children: true } }],
    ['HOLD', { kind: 'HOLD', timeout: '5m' }, { command: 'HOLD' }],
    ['STOP within 5m', { kind: 'STOP', timeout: '5m' }, { command: 'STOP', timeout: '5m' }],
    ['RESET from the start', { kind: 'RESET', from: 'start' }, { command: 'RESET', from: 'start' }],
    ['CLEAN', { kind: 'other', command: ' CLEAN ', data: '{"litres":3}' }, { command: 'CLEAN', data: { litres: 3 } }],
    ['Priority -2', { kind: 'priority', priority: '-2' }, { priority: -2 }],
    ['Legal hold off', { kind: 'legalHold', legalHold: false }, { legalHold: false }],
  ])('is %s in the words of the API', (text, draft, action) => {
    const read = readDraft({ ...FIRST_DRAFT, ...draft });
    expect(read.action).toEqual(action);
    expect(read.action && actionText(read.action)).toBe(text);
  });

  it('is nothing until it is chosen, and says then what it does to how many', () => {
    expect(readDraft(FIRST_DRAFT)).toEqual({ fault: 'Choose what is to be done.' });
    expect(orderLabel({ cancel: { children: true } }, '2 runs')).toBe('Cancel 2 runs, with children');
    expect(orderLabel({ command: 'STOP', timeout: '5m' }, '12 runs')).toBe('STOP 12 runs within 5m');
    expect(orderLabel({ command: 'RESET', from: 'start' }, '1 run')).toBe('RESET 1 run from the start');
    expect(orderLabel({ legalHold: false }, '10,000+ runs')).toBe('Legal hold off for 10,000+ runs');
  });

  it.each([{ cancel: {} }, { command: 'STOP' }, { command: 'RESET' }])('wants its number typed above ten, being %j', (action) => {
    expect(wordToType(action, 10, true)).toBeUndefined();
    expect(wordToType(action, 11, true)).toBe('11');
  });

  it('wants its number typed above a hundred when it ends nothing, and a word when it is for all there are', () => {
    expect(wordToType({ command: 'HOLD' }, 100, true)).toBeUndefined();
    expect(wordToType({ command: 'HOLD' }, 101, true)).toBe('101');
    expect(wordToType({ command: 'HOLD' }, 1, false)).toBe('all runs');
  });

  it.each<[string, Partial<BulkDraft>]>([
    ['a command without a name', { kind: 'other' }],
    ['data that is no JSON', { kind: 'other', command: 'CLEAN', data: '{litres}' }],
    ['a priority of 33 bits', { kind: 'priority', priority: '4294967296' }],
    ['a timeout that is none', { kind: 'STOP', timeout: 'soon' }],
  ])('is not sent with %s', (_what, draft) => {
    expect(readDraft({ ...FIRST_DRAFT, ...draft }).fault).toEqual(expect.any(String));
  });

  it('is known to be refused by what has ended, or begun', () => {
    expect(refusingStatuses({ cancel: {} })).toEqual(['SUCCESS', 'ERROR', 'CANCELLED', 'STOPPED', 'DEAD']);
    expect(refusingStatuses({ command: 'RESET' })).not.toContain('ERROR');
    expect(refusingStatuses({ priority: 1 })).not.toContain('ENQUEUED');
    expect(refusingStatuses({ priority: 1 })).toContain('RUNNING');
    expect(refusingStatuses({ legalHold: true })).toEqual([]);
  });

  it('goes to each of the chosen runs once, and says which did not take it', async () => {
    const asked: string[] = [];
    const seen: number[] = [];
    const order = async (runId: string) => {
      asked.push(runId);
      if (runId === 'c') throw new Error('over');
    };
    const result = await orderEach(
      [...'abcdefg'],
      order,
      ({ done, failed }) => seen.push(done + failed.length),
      new AbortController().signal,
    );
    expect(asked.sort()).toEqual([...'abcdefg']);
    expect(result).toMatchObject({ total: 7, done: 6, failed: [{ runId: 'c' }] });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('goes to no more runs once it is broken off', async () => {
    const abort = new AbortController();
    const result = await orderEach(
      Array.from({ length: 100 }, (_, place) => String(place)),
      async () => abort.abort(),
      () => undefined,
      abort.signal,
    );
    expect(result.done).toBeLessThan(10);
  });
});

describe('A file of runs', () => {
  const run = {
    ...{
      runId: 'r-1',
      workflowName: '=HYPERLINK("x")',
      status: 'SUCCESS',
      queue: 'a,b',
      priority: -3,
      createdAt: '2026-11-21T10:00:00.000Z',
    },
    attributes: { note: 'two\nlines "quoted"' },
  } as unknown as RunSummaryAnswer;
  const atOnce = async () => undefined;

  it('has no formula that a spreadsheet would run, and keeps commas, quotes and lines in their cell', async () => {
    const [head, line] = (await exportText([run], 'csv', atOnce)).split('\r\n');
    expect(head).toMatch(/^runId,workflowName,status,queue/);
    expect(line).toContain(`r-1,"'=HYPERLINK(""x"")",SUCCESS,"a,b",,-3,2026-11-21T10:00:00.000Z`);
    expect(line).toContain('"{ ""note"": ""two\\nlines \\""quoted\\"""" }"');
  });

  it('is JSON of all runs', async () => {
    expect(JSON.parse(await exportText(Array(1_203).fill(run), 'json', atOnce))).toHaveLength(1_203);
    expect(JSON.parse(await exportText([], 'json', atOnce))).toEqual([]);
  });
});
