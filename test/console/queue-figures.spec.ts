// The pure parts of the pages of queues: limits as people type them are refused where the server refuses them, and figures say what the API says.
import { changesOf, faultsOf, formOf, type LimitsForm, limitsOf, NEW_QUEUE } from '../../console/src/pages/queues/limit-rules.js';
import {
  countsOf,
  countText,
  type QueueView,
  ratePerMinute,
  rateText,
  seriesOf,
  type ThroughputView,
  totalsOf,
} from '../../console/src/pages/queues/queue-figures.js';
import { queuePath, runsPath } from '../../console/src/pages/queues/queue-links.js';
import { resolveQueue } from '../../lib/client/queue-options.js';

const form = (fields: Partial<LimitsForm>): LimitsForm => ({ ...NEW_QUEUE, name: 'ovens', ...fields });
const queue = (fields: Partial<QueueView> = {}): QueueView => ({
  name: 'ovens',
  isPaused: false,
  concurrency: 2,
  workerConcurrency: null,
  rateLimit: { limit: 5, period: 60_000 },
  partitionConcurrency: 1,
  releaseWhileWaiting: false,
  holdReleasesPermits: true,
  waiting: 0,
  permits: 0,
  oldestWaitingAt: null,
  maintenance: null,
  deadlocks: [],
  ...fields,
});

describe('the form of limits', () => {
  const typed: Array<Partial<LimitsForm>> = [
    {},
    ...['0', '1', '1000000', '1000001', '-1', '1.5', '٣', 'x'].flatMap((text) => [
      { concurrency: text },
      { workerConcurrency: text },
      { partitionConcurrency: text },
      { rateLimit: text, ratePeriod: '1s' },
    ]),
    ...['99ms', '100ms', '0.5s', '1m', '366d', '367d', '1y', '-1s', '1'].map((ratePeriod) => ({ rateLimit: '5', ratePeriod })),
    ...['a', 'line 1/reactor?a', '🏭'.repeat(255), '🏭'.repeat(256), 'a\u0007', 'a\ud800', ''].map((name) => ({ name })),
  ];

  it.each(typed)('refuses %j exactly where the server does', (fields) => {
    const given = form(fields);
    const refused = () => resolveQueue({ ...limitsOf(given), name: given.name });
    if (Object.keys(faultsOf(given)).length === 0) expect(refused).not.toThrow();
    else expect(refused).toThrow();
  });

  it('wants both parts of a rate limit, or none', () => {
    expect(Object.keys(faultsOf(form({ rateLimit: '5' })))).toEqual(['ratePeriod']);
    expect(Object.keys(faultsOf(form({ ratePeriod: '1s' })))).toEqual(['rateLimit']);
    expect(Object.keys(faultsOf(form({ partitionConcurrency: '' })))).toEqual(['partitionConcurrency']);
  });

  it('gives what was changed, and null for a limit that was taken away', () => {
    const before = formOf(queue());
    expect(before).toMatchObject({ concurrency: '2', workerConcurrency: '', rateLimit: '5', ratePeriod: '1m' });
    expect(changesOf(before, before)).toEqual({});
    expect(changesOf(before, { ...before, concurrency: ' 3 ', ratePeriod: '60s' })).toEqual({ concurrency: 3 });
    expect(changesOf(before, { ...before, concurrency: '', rateLimit: '', ratePeriod: '', holdReleasesPermits: false })).toEqual({
      concurrency: null,
      rateLimit: null,
      holdReleasesPermits: false,
    });
  });
});

describe('figures of queues', () => {
  const throughput: ThroughputView = {
    from: '2026-06-01T12:00:00.000Z',
    to: '2026-06-01T12:09:30.000Z',
    bucketMs: 60_000,
    buckets: [
      { queue: 'ovens', at: '2026-06-01T12:01:00.000Z', ended: 7, failed: 2 },
      { queue: 'mail', at: '2026-06-01T12:08:00.000Z', ended: 90, failed: 0 },
      { queue: 'ovens', at: '2026-06-01T12:08:00.000Z', ended: 9, failed: 0 },
    ],
  };

  it('have a bucket for each minute, also where nothing ended', () => {
    expect(seriesOf(throughput, 'ovens').ended).toEqual([0, 7, 0, 0, 0, 0, 0, 0, 9, 0]);
    expect(seriesOf(throughput, 'ovens').failed).toEqual([0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(new Date(seriesOf(throughput, 'none').at[9] ?? 0).toISOString()).toBe('2026-06-01T12:09:00.000Z');
  });

  it('are not known before the time down to which runs were counted', () => {
    const capped = { ...throughput, searchedTo: '2026-06-01T12:07:20.000Z' };
    expect(seriesOf(capped, 'ovens').ended).toEqual([null, 7, null, null, null, null, null, null, 9, 0]);
  });

  it('tell the rate of the last minutes, of what was counted', () => {
    // Whole minutes from 12:05 on.
    expect(ratePerMinute(throughput, 'ovens')).toBeCloseTo(9 / 4.5);
    expect(ratePerMinute({ ...throughput, searchedTo: '2026-06-01T12:07:20.000Z' }, 'mail')).toBeCloseTo(90 / 1.5);
    const seconds = { ...throughput, searchedTo: '2026-06-01T12:09:15.000Z' };
    const now = { queue: 'mail', at: '2026-06-01T12:09:00.000Z', ended: 500, failed: 0 };
    expect(ratePerMinute({ ...seconds, buckets: [now] }, 'mail')).toBeCloseTo(2_000);
    expect([undefined, 0, 0.04, 1.26, 12.4, 1_234.5].map(rateText)).toEqual([
      '—',
      '0 / min',
      '0.1 / min',
      '1.3 / min',
      '12 / min',
      '1,235 / min',
    ]);
  });

  it('say where more was not counted, alone and together', () => {
    expect([countText(3, false), countText(10_000, true)]).toEqual(['3', '10,000+']);
    const totals = totalsOf([
      queue({ waiting: 10_000, oldestWaitingAt: '2026-06-01T12:00:00.000Z', isPaused: true }),
      queue({ waiting: 2, permits: 3, oldestWaitingAt: '2026-05-01T12:00:00.000Z' }),
    ]);
    expect(totals).toEqual({
      waiting: 10_002,
      isWaitingCapped: true,
      permits: 3,
      isPermitsCapped: false,
      paused: 1,
      oldestWaitingAt: '2026-05-01T12:00:00.000Z',
      deadlocked: 0,
    });
  });

  it('are in the order in which runs go through their states', () => {
    const count = (name: string, status: 'ERROR' | 'ENQUEUED' | 'RUNNING') => ({
      ...{ queue: name, status, count: 1, capped: false, oldestAt: '2026-06-01T12:00:00.000Z' },
    });
    const counts = [count('ovens', 'ERROR'), count('mail', 'RUNNING'), count('ovens', 'RUNNING'), count('ovens', 'ENQUEUED')];
    expect(countsOf(counts, 'ovens').map(({ status }) => status)).toEqual(['ENQUEUED', 'RUNNING', 'ERROR']);
  });
});

describe('links of queues', () => {
  it('hold any name', () => {
    expect(queuePath('line 1/reactor?a%2F#')).toBe('/queues/line%201%2Freactor%3Fa%252F%23');
    const { search } = new URL(runsPath({ queue: 'a&b=c', status: 'ENQUEUED', name: 'x', partitionKey: 'p+q' }), 'http://x');
    expect([...new URLSearchParams(search)]).toEqual([
      ['queue', 'a&b=c'],
      ['status', 'ENQUEUED'],
      ['name', 'x'],
      ['partitionKey', 'p+q'],
    ]);
  });
});
