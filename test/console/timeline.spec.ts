// The pure parts of the timeline of a run: its rows, its scale, and the ids of called children.
import { childRunId } from '../../console/src/pages/steps/child-run-id.js';
import {
  heldSpans,
  type Run,
  rowSentence,
  rowsWith,
  runRow,
  stepRow,
  timelineRows,
  type Wait,
} from '../../console/src/pages/steps/timeline-rows.js';
import {
  firstRange,
  panned,
  parseRange,
  place,
  rangeText,
  tickLabel,
  ticks,
  wholeRange,
  within,
  zoomed,
} from '../../console/src/pages/steps/timeline-scale.js';
import type { RunStepAnswer, SentCommandAnswer } from '../../lib/http-client/index.js';
import { uuidv5 } from '../../lib/kernel/ids.js';

const ZERO = Date.parse('2026-11-21T09:00:00.000Z');
const NEVER = Number.POSITIVE_INFINITY;
const at = (ms: number) => new Date(ZERO + ms).toISOString();
const ERROR = { name: 'Declined', message: 'no' };

const step = (ordinal: number, from: number, to: number, more: Partial<RunStepAnswer> = {}): RunStepAnswer => ({
  ...{ ordinal, kind: 'step', name: `step-${ordinal}`, output: null, error: null, attempts: 1, failedAttempts: [] },
  ...{ startedAt: at(from), completedAt: at(to) },
  ...more,
});
const failed = (attempt: number, from: number, to: number): RunStepAnswer['failedAttempts'][number] => ({
  ...{ attempt, error: ERROR, startedAt: at(from), completedAt: at(to) },
});
const wait = (ordinal: number, more: Partial<Wait> = {}): Wait => ({
  ...{ ordinal, kind: 'receive', name: 'wait', wakeAt: null, sourceRunId: null, sourceKey: 'answer' },
  ...more,
});
const run = (more: Partial<Run> = {}) =>
  ({
    ...{ runId: 'r', workflowName: 'orders.fulfil', status: 'RUNNING' },
    ...{ createdAt: at(0), startedAt: at(100), completedAt: null },
    ...more,
  }) as Run;
const command = (name: string, ms: number, more: Partial<SentCommandAnswer> = {}): SentCommandAnswer =>
  ({
    ...{ commandId: String(ms), command: name, actor: 'ann', reason: null, state: 'RUNNING', outcome: 'APPLIED' },
    ...{ receivedAt: at(ms - 5), settledAt: at(ms) },
    ...more,
  }) as SentCommandAnswer;
/** Looks and times, ms from the beginning. */
const drawn = (segments: Array<{ look: string; from: number; to: number }>) =>
  segments.map(({ look, from, to }) => [look, from - ZERO, to - ZERO]);

describe('The row of an operation', () => {
  it('has one bar when the first attempt succeeded', () => {
    const row = stepRow(step(3, 10, 40));
    expect(drawn(row.segments)).toEqual([['done', 10, 40]]);
    expect([row.from - ZERO, row.to - ZERO, row.status]).toEqual([10, 40, 'done']);
  });

  it('has a bar for each failed attempt, the waits between them, and the last attempt', () => {
    const row = stepRow(step(3, 300, 340, { attempts: 3, failedAttempts: [failed(1, 10, 50), failed(2, 150, 160)] }));
    expect(drawn(row.segments)).toEqual([
      ['failed', 10, 50],
      ['retry', 50, 150],
      ['failed', 150, 160],
      ['retry', 160, 300],
      ['done', 300, 340],
    ]);
    expect(row.from - ZERO).toBe(10);
    expect(row.segments[0]?.text).toBe('attempt 1 failed: Declined');
  });

  it('shows the attempt that failed for good once, whatever its two records say of its time', () => {
    const row = stepRow(
      step(3, 101, 121, { attempts: 2, error: ERROR, failedAttempts: [failed(1, 10, 50), failed(2, 100, 120)] }),
    );
    expect(drawn(row.segments)).toEqual([
      ['failed', 10, 50],
      ['retry', 50, 100],
      ['failed', 100, 120],
    ]);
    expect(row.status).toBe('failed');
  });

  it('shows the failure of what has no attempts', () => {
    expect(drawn(stepRow(step(3, 10, 20, { kind: 'child', error: ERROR })).segments)).toEqual([['failed', 10, 20]]);
  });

  it('never ends before it began, when two clocks disagree', () => {
    const row = stepRow(step(3, 40, 10, { attempts: 2, failedAttempts: [failed(1, 9, 2)] }));
    for (const { from, to } of row.segments) expect(to).toBeGreaterThanOrEqual(from);
  });

  it('draws no gap where attempts overlap', () => {
    const row = stepRow(step(3, 30, 60, { attempts: 2, failedAttempts: [failed(1, 10, 40)] }));
    expect(drawn(row.segments).map(([look]) => look)).toEqual(['failed', 'done']);
  });

  it.each(['sleep', 'receive', 'getEvent', 'child', 'result'] as const)('draws %s that is over as waited', (kind) => {
    expect(stepRow(step(0, 1, 2, { kind })).segments[0]?.look).toBe('waited');
  });
});

describe('The row of the run', () => {
  it('waits in its queue, runs, and is open while it is not over', () => {
    const row = runRow(run(), [], []);
    expect(drawn(row.segments)).toEqual([
      ['queued', 0, 100],
      ['running', 100, NEVER],
    ]);
    expect([row.to, row.status]).toEqual([NEVER, 'open']);
  });

  it('is all queue when it was cancelled before it began', () => {
    const row = runRow(run({ startedAt: null, completedAt: at(50), status: 'CANCELLED' }), [], []);
    expect(drawn(row.segments)).toEqual([['queued', 0, 50]]);
    expect(row.status).toBe('cancelled');
  });

  it('waits since the last thing that it recorded', () => {
    const rows = timelineRows(run({ status: 'WAITING' }), [wait(1)], [step(0, 110, 180)], []);
    expect(drawn(rows[0]?.segments ?? [])).toEqual([
      ['queued', 0, 100],
      ['running', 100, 180],
      ['waiting', 180, NEVER],
    ]);
  });

  it('waits in its queue again after it was sent back', () => {
    const row = runRow(run({ status: 'ENQUEUED' }), [], [stepRow(step(0, 110, 180))]);
    expect(drawn(row.segments).at(-1)).toEqual(['queued', 180, NEVER]);
  });

  it('did not begin after its first operation', () => {
    expect(drawn(runRow(run(), [], [stepRow(step(0, 60, 70))]).segments)[0]).toEqual(['queued', 0, 60]);
  });

  it.each([
    ['SUCCESS', 'done', 'done'],
    ['ERROR', 'failed', 'failed'],
    ['DEAD', 'failed', 'failed'],
    ['STOPPED', 'cancelled', 'cancelled'],
  ] as const)('is %s as %s', (status, look, rowStatus) => {
    const row = runRow(run({ status, completedAt: at(500) }), [], []);
    expect(drawn(row.segments).at(-1)).toEqual([look, 100, 500]);
    expect(row.status).toBe(rowStatus);
  });

  it('marks when it was stopped, and when it was sent back', () => {
    const commands = [command('RESET', 900), command('STOP', 400, { reason: 'a leak' })];
    const marks = runRow(run(), commands, []).segments.filter(({ look }) => look === 'mark');
    expect(drawn(marks)).toEqual([
      ['mark', 400, 400],
      ['mark', 900, 900],
    ]);
    expect(marks[0]?.text).toBe('STOP by ann: a leak');
  });
});

describe('Held spans', () => {
  it('go from each HOLD to its RESUME, in whichever order the commands come', () => {
    const commands = [command('RESUME', 900), command('HOLD', 700), command('RESUME', 400), command('HOLD', 200)];
    expect(drawn(heldSpans(commands, NEVER, 'RUNNING'))).toEqual([
      ['held', 200, 400],
      ['held', 700, 900],
    ]);
  });

  it('are open while the run is held, and end with it', () => {
    const commands = [command('HOLD', 200, { reason: 'a leak' })];
    expect(drawn(heldSpans(commands, NEVER, 'HELD'))).toEqual([['held', 200, NEVER]]);
    expect(heldSpans(commands, NEVER, 'HELD')[0]?.text).toBe('held by ann: a leak');
    expect(drawn(heldSpans(commands, ZERO + 300, 'CANCELLED'))).toEqual([['held', 200, 300]]);
  });

  it('end with a STOP, and a second HOLD begins none', () => {
    const commands = [command('STOP', 500), command('HOLD', 300), command('HOLD', 200)];
    expect(drawn(heldSpans(commands, NEVER, 'STOPPING'))).toEqual([['held', 200, 500]]);
  });

  it('are not of a HOLD that was not done', () => {
    const commands = [command('HOLD', 200, { outcome: 'EXPIRED' }), command('HOLD', 300, { outcome: null, settledAt: null })];
    expect(heldSpans(commands, NEVER, 'RUNNING')).toEqual([]);
  });
});

describe('What waits now', () => {
  it('has a row at its place without an end, since what came before it', () => {
    const rows = timelineRows(run(), [wait(1)], [step(0, 110, 180)], []);
    expect(rows.map(({ ordinal }) => ordinal)).toEqual([undefined, 0, 1]);
    expect(rows[2]).toMatchObject({ to: NEVER, status: 'open', isFromGuessed: true, from: ZERO + 180 });
    expect(rows[2]?.segments[0]?.text).toBe('waits for answer');
  });

  it('began before what came after it', () => {
    const rows = timelineRows(run(), [wait(1)], [step(0, 110, 400), step(2, 150, 500)], []);
    expect(rows.map(({ ordinal }) => ordinal)).toEqual([undefined, 0, 1, 2]);
    expect(rows[2]?.from).toBe(ZERO + 150);
  });

  it('is not shown beside its own record', () => {
    expect(timelineRows(run(), [wait(0)], [step(0, 110, 180)], [])).toHaveLength(2);
  });

  it('is between attempts when it is to be tried again', () => {
    expect(timelineRows(run(), [wait(0, { kind: 'retry' })], [], [])[1]?.segments[0]?.look).toBe('retry');
  });
});

describe('The sentence of a row', () => {
  it('tells what it was, how it went, how long it took and when', () => {
    const retried = stepRow(step(3, 10, 40, { name: 'charge', attempts: 2, failedAttempts: [failed(1, 1, 2)] }));
    expect(rowSentence(retried, '1.20 s', '12:00:01')).toBe('Step 3 charge: succeeded on attempt 2, 1.20 s, started 12:00:01');
    expect(rowSentence(runRow(run(), [], []), '4 s', '12:00:00')).toBe('Run orders.fulfil: not over, 4 s, started 12:00:00');
  });
});

describe('Filters', () => {
  const rows = timelineRows(
    run(),
    [],
    [
      step(0, 1, 2, { name: 'Load' }),
      step(1, 3, 4, { name: 'charge', error: ERROR }),
      step(2, 5, 6, { name: 'load again', attempts: 2 }),
    ],
    [],
  );
  const left = (text: string, onlyFailed: boolean) => rowsWith(rows, text, onlyFailed).map(({ name }) => name);

  it('leave the run itself, what has the text in its name, and what failed or had to be tried again', () => {
    expect(left('', false)).toHaveLength(4);
    expect(left('LOAD', false)).toEqual(['orders.fulfil', 'Load', 'load again']);
    expect(left('', true)).toEqual(['orders.fulfil', 'charge', 'load again']);
    expect(left('load', true)).toEqual(['orders.fulfil', 'load again']);
    expect(left('nothing has this', false)).toEqual(['orders.fulfil']);
  });
});

describe('The scale', () => {
  const whole = { from: 0, to: 1_000 };

  it('shows all of it, with air, and never nothing', () => {
    expect(wholeRange(0, 1_000)).toEqual({ from: 0, to: 1_020 });
    expect(wholeRange(5, 5).to).toBeGreaterThan(5);
  });

  it('begins where the work began after a long time in the queue', () => {
    expect(firstRange(0, 10_000, 11_000).from).toBe(9_900);
    expect(firstRange(0, 500, 11_000).from).toBe(0);
    expect(firstRange(0, undefined, 11_000).from).toBe(0);
  });

  it('zooms about a moment and stays within all that there is', () => {
    expect(zoomed(whole, 0.5, whole, 500)).toEqual({ from: 250, to: 750 });
    expect(zoomed(whole, 0.5, whole, 0)).toEqual({ from: 0, to: 500 });
    expect(zoomed({ from: 250, to: 750 }, 4, whole)).toEqual(whole);
    const nearest = zoomed({ from: 500, to: 502 }, 0.01, whole);
    expect(nearest.to - nearest.from).toBe(2);
  });

  it('is moved no further than to an end, without being stretched', () => {
    expect(panned({ from: 100, to: 300 }, 0.5, whole)).toEqual({ from: 200, to: 400 });
    expect(panned({ from: 100, to: 300 }, -5, whole)).toEqual({ from: 0, to: 200 });
    expect(panned({ from: 100, to: 300 }, 50, whole)).toEqual({ from: 800, to: 1_000 });
  });

  it.each([[{ from: -50, to: -10 }], [{ from: 5_000, to: 9_000 }], [{ from: 500, to: 500 }]])(
    'makes something to look at of %j',
    (range) => {
      const { from, to } = within(range, whole);
      expect(from).toBeGreaterThanOrEqual(0);
      expect(to).toBeLessThanOrEqual(1_000);
      expect(to).toBeGreaterThan(from);
    },
  );

  it('places what is in sight, cut at the edges, and nothing else', () => {
    const range = { from: 100, to: 300 };
    expect(place(150, 200, range)).toEqual({ left: 25, width: 25 });
    expect(place(0, 1_000, range)).toEqual({ left: 0, width: 100 });
    expect(place(200, 200, range)).toEqual({ left: 50, width: 0 });
    expect(place(0, 99, range)).toBeUndefined();
    expect(place(301, NEVER, range)).toBeUndefined();
  });

  it.each([2, 90, 900, 9_000, 90_000, 7_200_000, 90 * 86_400_000])(
    'says another time at each tick over %d ms, early and late',
    (length) => {
      for (const begin of [0, 2_090, 59_000, 3_599_000, 86_399_000]) {
        const labels = ticks({ from: ZERO + begin, to: ZERO + begin + length }, ZERO, 900).map(({ label }) => label);
        expect([begin, new Set(labels).size]).toEqual([begin, labels.length]);
      }
    },
  );

  it.each([
    [350, 50, '350 ms'],
    [2_095, 5, '2.095 s'],
    [2_090, 10, '2.09 s'],
    [5_000, 1_000, '5 s'],
    [187_000, 1_000, '3 m 07 s'],
    [187_500, 100, '3 m 07.5 s'],
    [3_723_500, 500, '1:02:03.5'],
    [7_500_000, 300_000, '2 h 05 m'],
    [100_800_000, 14_400_000, '1 d 4 h'],
    [97_740_000, 60_000, '1 d 3:09'],
    [97_740_000, 30_000, '1 d 3:09:00'],
  ])('is as exact as the distance of ticks needs: %d by %d', (offset, step, text) => {
    expect(tickLabel(offset, step)).toBe(text);
  });

  it.each([2, 90, 1_000, 61_000, 7_200_000, 90 * 86_400_000])('has a few round ticks over %d ms', (length) => {
    const found = ticks({ from: ZERO + 7, to: ZERO + 7 + length }, ZERO, 900);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThanOrEqual(14);
    for (const { at: moment, offset } of found) expect(moment - ZERO).toBe(offset);
  });

  it('is written into the URL and read from it', () => {
    const all = { from: ZERO, to: ZERO + 10_000 };
    expect(rangeText({ from: ZERO + 1_200.4, to: ZERO + 4_299.2 }, ZERO, all)).toBe('1200-4300');
    expect(parseRange('1200-4300', ZERO, all)).toEqual({ from: ZERO + 1_200, to: ZERO + 4_300 });
    expect(rangeText(all, ZERO, all)).toBe('all');
    expect(parseRange('all', ZERO, { from: ZERO, to: ZERO + 20_000 })).toEqual({ from: ZERO, to: ZERO + 20_000 });
  });

  it.each([null, '', 'x', '5', '9-3', '5-5', '1e3-2e3', '<img>'])('reads no range from %j', (text) => {
    expect(parseRange(text, ZERO, whole)).toBeUndefined();
  });
});

describe('The id of a called child', () => {
  it('is the one that the library gives it', async () => {
    const parent = '0199c7a0-1111-7222-8333-444455556666';
    for (const ordinal of [0, 7, 1_234]) expect(await childRunId(parent, ordinal)).toBe(uuidv5(String(ordinal), parent));
  });
});
