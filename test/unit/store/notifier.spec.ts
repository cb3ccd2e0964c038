import type { Clock } from '../../../lib/kernel/clock.js';
import type { Database } from '../../../lib/store/database.js';
import { Notifier } from '../../../lib/store/notifier.js';
import { repeatOnOutage } from '../../../lib/store/repeat-on-outage.js';

const silent = { log() {}, warn() {}, error() {}, debug() {} };

/** Timers fire when the spec says so. */
function steppedClock() {
  const timers: Array<() => void> = [];
  const clock: Clock & { time: number } = {
    time: 0,
    now: () => clock.time,
    monotonic: () => clock.time,
    setTimer: (delayMs, fire) => {
      timers.push(() => {
        clock.time += delayMs;
        fire();
      });
      return { cancel: () => undefined };
    },
  };
  const turn = async () => {
    await new Promise(setImmediate);
    timers.shift()?.();
    await new Promise(setImmediate);
  };
  return { clock, turn };
}

describe('notifications', () => {
  const bundle = () => {
    const { clock, turn } = steppedClock();
    const sent: string[] = [];
    const database = {
      query: async (_text: string, values: unknown[]) => {
        sent.push(String(values[1]));
        return [];
      },
    } as unknown as Database;
    return { notifier: new Notifier({ database, schema: 's', enabled: true, clock, logger: silent }), sent, turn };
  };

  it('are not sent while nobody else listens', async () => {
    const { notifier, sent, turn } = bundle();
    notifier.tell('work');
    await turn();
    expect(sent).toEqual([]);
  });

  it('of what happened while nobody else was known go out, of no run in particular, when somebody arrives: it may have looked before', async () => {
    const { notifier, sent, turn } = bundle();
    notifier.tell('event', { runIds: ['r1'] });
    notifier.tell('done', { runIds: ['r2'] });
    notifier.others = 0;
    await turn();
    expect(sent).toEqual([]);
    notifier.others = 1;
    await turn();
    await turn();
    expect(sent.join(' ').split(' ').sort()).toEqual(['done', 'event']);
    notifier.others = 1;
    await turn();
    expect(sent.join(' ').split(' ')).toHaveLength(2);
  });

  it('are gathered: whatever happens within 10 ms of one goes out with the next', async () => {
    const { notifier, sent, turn } = bundle();
    notifier.others = 1;
    for (let i = 0; i < 1_000; i++) notifier.tell('work');
    for (let i = 0; i < 1_000; i++) notifier.tell('done');
    await new Promise(setImmediate);
    expect(sent).toEqual(['work']);
    await turn();
    expect(sent).toEqual(['work', 'work done']);
    await turn();
    expect(sent).toHaveLength(2);
  });
});

describe('what is repeated while the database is away', () => {
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

  it('gives up after five seconds with the error of its caller', async () => {
    const { clock, turn } = steppedClock();
    let tries = 0;
    const result = repeatOnOutage(
      clock,
      () => {
        tries++;
        return Promise.reject(away);
      },
      (cause) => new Error('gave up', { cause }),
    ).catch((error: Error) => error);
    for (let i = 0; i < 60; i++) await turn();
    expect(await result).toMatchObject({ message: 'gave up', cause: away });
    expect(tries).toBeGreaterThan(40);
  });

  it('waits for another transaction as long as that takes, and is not repeated for what repeating does not mend', async () => {
    const { clock, turn } = steppedClock();
    let tries = 0;
    const result = repeatOnOutage(
      clock,
      () => (++tries < 200 ? Promise.reject(Object.assign(new Error('lock'), { code: '55P03' })) : Promise.resolve('through')),
      () => new Error('gave up'),
    );
    for (let i = 0; i < 210; i++) await turn();
    expect(await result).toBe('through');
    const bad = Object.assign(new Error('bad data'), { code: '22P05' });
    await expect(
      repeatOnOutage(
        clock,
        () => Promise.reject(bad),
        () => new Error('gave up'),
      ),
    ).rejects.toBe(bad);
  });
});
