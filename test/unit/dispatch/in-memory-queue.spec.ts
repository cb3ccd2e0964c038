// The queue of starts in memory without a database: what is sent when, and what becomes of what is not taken.
import { InMemoryQueue, type OverflowPolicy } from '../../../lib/dispatch/in-memory-queue.js';
import type { InMemoryPorts } from '../../../lib/dispatch/in-memory-writer.js';
import { Deferred } from '../../../lib/kernel/deferred.js';
import type { NewRun } from '../../../lib/model/run.js';
import { ShuttingDownError } from '../../../lib/store/shutting-down.error.js';
import { ManualClock, turnsPass } from '../manual-clock.js';

const runOf = (runId: string, input: string | null = null): NewRun => ({
  runId,
  workflowName: 'w',
  queue: 'default',
  priority: 0,
  partitionKey: null,
  deduplication: null,
  externalId: null,
  attributes: null,
  input,
  timeoutMs: null,
  maxRecoveryAttempts: 50,
  delayMs: 0,
});

const away = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
/** With a name in its message that looks like an outage. */
const refused = () => Object.assign(new Error('violates check constraint "timeout"'), { code: '23514' });

class Room {
  readonly clock = new ManualClock();
  readonly queue: InMemoryQueue;
  /** What was sent, one list per statement. */
  readonly sent: string[][] = [];
  readonly stored: string[] = [];
  readonly announced: string[] = [];
  readonly letters: Array<{ runId: string; attempts: number; code: unknown }> = [];
  readonly lines: string[] = [];
  /** Ids of rows that are refused. */
  readonly bad = new Set<string>();
  isAway = false;
  isWithoutLetters = false;
  /** While it is there, statements wait for it. */
  wire?: Deferred;
  onInsert: () => void = () => undefined;

  constructor({ maxDepth = 50_000, overflow = 'reject' as OverflowPolicy, isAutomatic = true } = {}) {
    const ports: InMemoryPorts = {
      insert: async (runs) => {
        this.sent.push(runs.map(({ runId }) => runId));
        this.onInsert();
        await this.wire?.promise;
        if (this.isAway) throw away();
        if (runs.some(({ runId }) => this.bad.has(runId))) throw refused();
        this.stored.push(...runs.map(({ runId }) => runId));
      },
      inserted: (runs) => this.announced.push(...runs.map(({ runId }) => runId)),
      bury: async ({ runId }, cause, attempts) => {
        if (this.isWithoutLetters) throw away();
        this.letters.push({ runId, attempts, code: (cause as { code?: unknown }).code });
      },
    };
    const say = (level: string) => (line: string) => void this.lines.push(`${level}: ${line}`);
    const logger = { debug: say('debug'), log: say('log'), warn: say('warn'), error: say('error') };
    this.queue = new InMemoryQueue(ports, { maxDepth, overflow, isAutomatic }, this.clock, logger);
  }

  /** As its caller does it: what can't be accepted is counted. */
  offer(...runIds: string[]): Array<string | undefined> {
    return runIds.map((runId) => {
      const { obstacle } = this.queue;
      if (obstacle === undefined) return this.queue.accept(runOf(runId));
      this.queue.refuse(obstacle);
      return obstacle;
    });
  }

  /** What is due by then has happened. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await turnsPass();
  }
}

const ids = (count: number, prefix = 'r') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const settledIn = async (promise: Promise<unknown> | undefined): Promise<string> => {
  let state = 'pending';
  promise?.then(
    () => {
      state = 'resolved';
    },
    (error: Error) => {
      state = error.name;
    },
  );
  await turnsPass(3);
  return state;
};

describe('runs accepted in memory', () => {
  it('leave in order, in batches of at most 200, without a timer', async () => {
    const room = new Room();
    const all = ids(450);
    room.offer(...all);
    expect([room.sent.length, room.queue.depth]).toEqual([0, 450]);
    await turnsPass();
    expect(room.sent.map((batch) => batch.length)).toEqual([200, 200, 50]);
    expect(room.stored).toEqual(all);
    expect(room.announced).toEqual(all);
    expect(room.queue.counters).toEqual({
      depth: 0,
      maxDepth: 50_000,
      accepted: 450,
      rejected: 0,
      dropped: 0,
      flushed: 450,
      flushFailures: 0,
      deadLetters: 0,
      lastOverflowAt: null,
    });
  });

  it('leave in batches of about 4 MiB, however few those are', async () => {
    const room = new Room();
    const megabyte = 'x'.repeat(1024 * 1024);
    for (const runId of ids(9)) room.queue.accept(runOf(runId, megabyte));
    room.queue.accept(runOf('huge', megabyte.repeat(5)));
    room.queue.accept(runOf('last'));
    await turnsPass();
    expect(room.sent).toEqual([['r0', 'r1', 'r2'], ['r3', 'r4', 'r5'], ['r6', 'r7', 'r8'], ['huge'], ['last']]);
  });

  it('gather while a batch is on the wire: there is one at a time', async () => {
    const room = new Room();
    room.wire = new Deferred();
    room.offer('a');
    await turnsPass();
    room.offer('b', 'c');
    await turnsPass();
    room.offer('d');
    await turnsPass();
    expect(room.sent).toEqual([['a']]);
    room.wire.resolve();
    await turnsPass();
    expect(room.sent).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('let everybody else have a turn after 25 ms of flushing, and go on after it', async () => {
    const room = new Room();
    // Ten milliseconds a batch, answered without a turn of the process: the third one ends the first turn.
    room.onInsert = () => room.clock.advance(10);
    room.offer(...ids(1_000));
    const atTurn: number[] = [];
    for (let i = 0; i < 4; i++) {
      await turnsPass(1);
      atTurn.push(room.sent.length);
    }
    expect(atTurn.filter((count, i) => count !== atTurn[i - 1])).toEqual([3, 5]);
    expect(room.stored.length).toBe(1_000);
  });

  it('stay where they are in manual mode, until they are flushed by hand', async () => {
    const room = new Room({ isAutomatic: false });
    room.offer('a', 'b');
    await room.pass(60_000);
    expect(room.sent).toEqual([]);
    expect(await room.queue.flush()).toBe(2);
    expect(await room.queue.flush()).toBe(0);
    expect(room.stored).toEqual(['a', 'b']);
  });

  it('are all written when a flush by hand resolves, also those that came while another one was on the wire', async () => {
    const room = new Room();
    room.wire = new Deferred();
    room.offer('a');
    await turnsPass();
    room.offer('b');
    const flushed = room.queue.flush();
    room.wire.resolve();
    expect(await flushed).toBe(2);
    expect(room.stored).toEqual(['a', 'b']);
  });

  it('are written once, whoever flushes them at once', async () => {
    const room = new Room();
    room.offer(...ids(300));
    await Promise.all([room.queue.flush(), room.queue.flush()]);
    await turnsPass();
    expect(room.sent.map((batch) => batch.length)).toEqual([200, 100]);
  });
});

describe('a queue in memory that is full', () => {
  it.each([
    ['reject' as const, { rejected: 2, dropped: 0 }],
    ['drop_newest' as const, { rejected: 0, dropped: 2 }],
  ])('refuses the new ones: %s', async (overflow, counted) => {
    const room = new Room({ maxDepth: 2, overflow });
    expect(room.offer('a', 'b', 'c', 'd')).toEqual([undefined, undefined, 'overflow', 'overflow']);
    expect(room.queue.counters).toMatchObject({ depth: 2, accepted: 2, ...counted, lastOverflowAt: new Date(room.clock.now()) });
    await turnsPass();
    expect(room.stored).toEqual(['a', 'b']);
    expect(room.offer('e')).toEqual([undefined]);
    await turnsPass();
    expect(room.stored).toEqual(['a', 'b', 'e']);
  });

  it('lets the oldest go: drop_oldest', async () => {
    const room = new Room({ maxDepth: 2, overflow: 'drop_oldest' });
    expect(room.offer('a', 'b')).toEqual([undefined, undefined]);
    const asked = room.queue.departure('a');
    expect(room.offer('c', 'd')).toEqual(['a', 'b']);
    expect(await settledIn(asked)).toBe('resolved');
    expect(room.queue.departure('a')).toBeUndefined();
    expect(room.queue.counters).toMatchObject({ accepted: 4, rejected: 0, dropped: 2, flushed: 2 });
    expect(room.stored).toEqual(['c', 'd']);
  });

  it('drops nothing that is on the wire: that may be durable', async () => {
    const room = new Room({ maxDepth: 2, overflow: 'drop_oldest' });
    room.wire = new Deferred();
    room.offer('a', 'b');
    await turnsPass();
    expect(room.offer('c')).toEqual(['overflow']);
    room.wire.resolve();
    await turnsPass();
    expect(room.stored).toEqual(['a', 'b']);
    expect(room.queue.counters).toMatchObject({ accepted: 2, rejected: 1, dropped: 0 });
  });

  it('stays quick with 50,000 in it: a drop moves nobody', () => {
    const room = new Room({ overflow: 'drop_oldest', isAutomatic: false });
    const all = ids(50_000);
    room.offer(...all);
    const began = process.cpuUsage();
    for (let round = 0; round < 4; round++) room.offer(...ids(50_000, `n${round}-`));
    const { user } = process.cpuUsage(began);
    // 200,000 drops; with Array.shift they take 25 s.
    expect(user / 1_000).toBeLessThan(5_000);
    expect(room.queue.counters).toMatchObject({ depth: 50_000, dropped: 200_000 });
  });
});

describe('a row that is refused', () => {
  it('is found by halving its batch; the others are written once each, in order', async () => {
    const room = new Room();
    room.bad.add('r37');
    const all = ids(100);
    room.offer(...all);
    await turnsPass();
    expect(room.stored).toEqual(all.filter((runId) => runId !== 'r37'));
    // 7 halvings of a hundred, each with its other half.
    expect(room.sent.length).toBeLessThanOrEqual(15);
  });

  it('is tried three times in all, apart from the others, and is a dead letter then', async () => {
    const room = new Room();
    room.bad.add('bad');
    room.offer('a', 'bad', 'b');
    await turnsPass();
    const tries = () => room.sent.filter((batch) => batch.length === 1 && batch[0] === 'bad').length;
    expect([tries(), room.letters]).toEqual([1, []]);
    await room.pass(100);
    room.offer('c');
    await turnsPass();
    expect([tries(), room.letters, room.stored]).toEqual([2, [], ['a', 'b', 'c']]);
    expect(await settledIn(room.queue.departure('bad'))).toBe('pending');
    const asked = room.queue.departure('bad');
    await room.pass(100);
    expect([tries(), room.letters]).toEqual([3, [{ runId: 'bad', attempts: 3, code: '23514' }]]);
    expect(await settledIn(asked)).toBe('resolved');
    await room.pass(60_000);
    expect(tries()).toBe(3);
    expect(room.queue.counters).toMatchObject({ depth: 0, flushed: 3, deadLetters: 1 });
    expect(room.lines.filter((line) => line.startsWith('error'))).toEqual([
      'error: run bad of workflow "w" was refused by the database 3 times (23514); it is a dead letter now',
    ]);
  });

  it('is written after all when the cause is gone in time', async () => {
    const room = new Room();
    room.bad.add('bad');
    room.offer('bad');
    await turnsPass();
    room.bad.clear();
    await room.pass(100);
    expect([room.stored, room.letters, room.queue.depth]).toEqual([['bad'], [], 0]);
  });

  it('stays in memory as long as it can’t be kept as a dead letter', async () => {
    const room = new Room();
    room.isWithoutLetters = true;
    room.bad.add('bad');
    room.offer('bad');
    for (let i = 0; i < 20; i++) await room.pass(100);
    expect([room.queue.depth, room.letters, room.sent.length]).toEqual([1, [], 3]);
    expect(room.lines).toHaveLength(1);
    room.isWithoutLetters = false;
    await room.pass(100);
    expect([room.queue.depth, room.letters.map(({ runId }) => runId)]).toEqual([0, ['bad']]);
  });
});

describe('a database that is away', () => {
  it('is waited for, however long: the batch is repeated, no attempt is counted, nothing is overtaken', async () => {
    const room = new Room();
    room.isAway = true;
    const first = ids(150);
    room.offer(...first);
    for (let i = 0; i < 100; i++) await room.pass(100);
    const later = ids(150, 'later');
    room.offer(...later);
    await turnsPass();
    expect([room.stored, room.letters, room.queue.depth]).toEqual([[], [], 300]);
    expect(room.lines).toHaveLength(1);
    room.isAway = false;
    await room.pass(100);
    expect(room.stored).toEqual([...first, ...later]);
    expect(room.queue.counters).toMatchObject({ depth: 0, flushed: 300, deadLetters: 0 });
    expect(room.lines.map((line) => line.split(':')[0])).toEqual(['warn', 'log']);
  });

  it('is not asked at every start: the timer asks', async () => {
    const room = new Room();
    room.isAway = true;
    for (const runId of ids(50)) {
      room.offer(runId);
      await turnsPass(2);
    }
    expect(room.sent).toHaveLength(1);
  });

  it('in the middle of a batch that is halved leaves what was written before it alone', async () => {
    const room = new Room();
    room.bad.add('r3');
    room.onInsert = () => {
      // The first half is through; the second one is not.
      room.isAway = room.sent.length >= 3;
    };
    room.offer(...ids(4));
    await turnsPass();
    expect(room.stored).toEqual(['r0', 'r1']);
    room.onInsert = () => undefined;
    room.isAway = false;
    for (let i = 0; i < 4; i++) await room.pass(100);
    expect(room.stored).toEqual(['r0', 'r1', 'r2']);
    expect(room.queue.counters).toMatchObject({ depth: 0, flushed: 3, deadLetters: 1 });
  });

  it('keeps a flush by hand no longer than one try', async () => {
    const room = new Room({ isAutomatic: false });
    room.isAway = true;
    room.offer('a');
    expect(await room.queue.flush()).toBe(0);
    await room.pass(60_000);
    expect(room.sent).toHaveLength(1);
    room.isAway = false;
    expect(await room.queue.flush()).toBe(1);
  });
});

describe('who asks for a run that was accepted in memory', () => {
  it('waits until it is written, and for no other run', async () => {
    const room = new Room();
    room.wire = new Deferred();
    room.offer('a');
    const asked = room.queue.departure('a');
    expect(room.queue.departure('other')).toBeUndefined();
    expect(await settledIn(asked)).toBe('pending');
    room.wire.resolve();
    expect(await settledIn(asked)).toBe('resolved');
    expect(room.queue.departure('a')).toBeUndefined();
  });

  it('makes it leave in manual mode too, also when the database is away at first', async () => {
    const room = new Room({ isAutomatic: false });
    room.isAway = true;
    room.offer('a');
    const asked = room.queue.departure('a');
    await turnsPass();
    room.isAway = false;
    await room.pass(100);
    expect(await settledIn(asked)).toBe('resolved');
  });
});

describe('a shutdown', () => {
  it.each([true, false])('writes what is left and accepts nothing more (automatic: %p)', async (isAutomatic) => {
    const room = new Room({ isAutomatic });
    room.bad.add('bad');
    room.offer('a', 'bad', 'b');
    const stopped = room.queue.stop(5_000);
    expect(room.offer('late')).toEqual(['shutting_down']);
    for (let i = 0; i < 5; i++) await room.pass(100);
    await stopped;
    expect(room.stored).toEqual(['a', 'b']);
    expect(room.letters.map(({ runId }) => runId)).toEqual(['bad']);
    expect(room.queue.counters).toMatchObject({ depth: 0, accepted: 3, rejected: 1 });
  });

  it('waits for a database that comes back in time', async () => {
    const room = new Room();
    room.isAway = true;
    room.offer('a');
    const stopped = room.queue.stop(5_000);
    for (let i = 0; i < 20; i++) await room.pass(100);
    room.isAway = false;
    await room.pass(100);
    await stopped;
    expect(room.stored).toEqual(['a']);
  });

  it('ends in time without a database, says how many runs are lost, and tells who waits for them', async () => {
    const room = new Room();
    room.isAway = true;
    room.offer(...ids(3));
    const asked = room.queue.departure('r1');
    const stopped = room.queue.stop(1_000);
    for (let i = 0; i < 11; i++) await room.pass(100);
    expect(await settledIn(stopped)).toBe('resolved');
    expect(await settledIn(asked)).toBe(new ShuttingDownError().name);
    expect(room.lines.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringMatching(/3 runs .* could not be written in time/),
    ]);
    const tries = room.sent.length;
    await room.pass(60_000);
    expect(room.sent.length).toBe(tries);
  });

  it('does not wait for a statement that nobody answers longer than its time', async () => {
    const room = new Room();
    room.wire = new Deferred();
    room.offer('a');
    await turnsPass();
    const stopped = room.queue.stop(1_000);
    expect(await settledIn(stopped)).toBe('pending');
    await room.pass(1_000);
    expect(await settledIn(stopped)).toBe('resolved');
    expect(room.lines).toEqual([expect.stringMatching(/1 runs .* lost \(of 1 of them that is not certain\)/)]);
    // The answer that comes after all disturbs nobody.
    room.wire.resolve();
    await turnsPass();
    expect(room.announced).toEqual([]);
  });
});
