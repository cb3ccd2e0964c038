// When a process sweeps, what it says of failures, and how it stops: with stores that the spec answers for.
import { Deferred } from '../../lib/kernel/deferred.js';
import { NO_RETENTION, type RetentionSettings } from '../../lib/model/retention.js';
import { RetentionConfig } from '../../lib/operations/retention/retention-config.js';
import { RetentionKeeper } from '../../lib/operations/retention/retention-keeper.js';
import type { RetentionStore } from '../../lib/store/retention/retention.store.js';
import type { RetentionConfigStore } from '../../lib/store/retention/retention-config.store.js';
import { ManualClock, turnsPass } from '../unit/manual-clock.js';

const MINUTE = 60_000;
const BY = { actor: 'ann', reason: null, requestId: null };

function room({ settings = {}, dueInMs = 0 }: { settings?: Partial<RetentionSettings>; dueInMs?: number } = {}) {
  const clock = new ManualClock();
  const said: string[] = [];
  const says = (text: string) => void said.push(text);
  /** What was asked, in order. */
  const calls: string[] = [];
  const state = { dueInMs, isFree: true, settings: { ...NO_RETENTION, ...settings }, revision: '1' };
  let names: () => Promise<string[]> = async () => [];
  let remaining = 0;
  const configs = {
    find: async () => ({ ...state, updatedAt: new Date(), sweptAt: null, now: '2030-01-01T00:00:00.000000Z' }),
    claimSweep: async (_sweep: string, { ifDue }: { ifDue: boolean }) => {
      calls.push(ifDue ? 'claim if due' : 'claim');
      return state.isFree;
    },
    releaseSweep: async (_sweep: string, isUnfinished: boolean) => void calls.push(isUnfinished ? 'unfinished' : 'release'),
  };
  const store = {
    listNames: () => names(),
    listExpired: async () => {
      calls.push('page');
      return remaining-- > 0 ? Array.from({ length: 1_000 }, (_, i) => ({ runId: `${i}`, completedAtExact: '' })) : [];
    },
    condemn: async (_turn: unknown, runIds: string[]) => ({ verdict: 'HELD', runIds: runIds.slice(0, 1) }),
    listFences: async () => [],
    deleteCondemned: async () => ({ verdict: 'HELD', deleted: new Map([['w', 1]]), leftOver: [] }),
  };
  const config = new RetentionConfig(configs as unknown as RetentionConfigStore, undefined);
  const parts = {
    store: store as unknown as RetentionStore,
    configs: configs as unknown as RetentionConfigStore,
    config,
    ended() {},
  };
  const keeper = new RetentionKeeper(parts, 5 * MINUTE, clock, { log: says, warn: says, error: says, debug: says });
  return {
    clock,
    keeper,
    calls,
    said,
    state,
    store,
    answerNames: (answer: typeof names) => {
      names = answer;
    },
    /** So many pages are full. */
    pages: (count: number) => {
      names = async () => ['w'];
      remaining = count;
    },
    async look(afterMs: number) {
      clock.advance(afterMs);
      keeper.look();
      await turnsPass();
    },
    apply: () => keeper.apply({ by: BY, settingsOf: (stored) => stored }),
  };
}

describe('a process', () => {
  it('does nothing while nothing is to be deleted or ended', async () => {
    const { look, calls } = room();
    for (let i = 0; i < 10; i++) await look(MINUTE);
    expect(calls).toEqual([]);
  });

  it('sweeps when that is due, soon after its start, and then once per interval', async () => {
    const { look, calls, state } = room({ settings: { afterMs: 1 } });
    await look(10_000);
    expect(calls).toEqual(['claim if due', 'release']);
    state.dueInMs = 4 * MINUTE;
    for (let i = 0; i < 4; i++) await look(1.2 * MINUTE);
    expect(calls).toHaveLength(2);
    state.dueInMs = 0;
    await look(1.2 * MINUTE);
    expect(calls).toEqual(['claim if due', 'release', 'claim if due', 'release']);
  });

  it('sees within a minute or so that settings have changed', async () => {
    const { look, calls, state } = room();
    await look(10_000);
    state.settings = { ...state.settings, perWorkflow: new Map([['w', { globalTimeoutMs: 5 }]]) };
    await look(1.2 * MINUTE);
    expect(calls).toContain('claim if due');
  });

  it('leaves the sweep to the process that has claimed it', async () => {
    const { look, calls, state } = room({ settings: { afterMs: 1 } });
    state.isFree = false;
    await look(10_000);
    expect(calls).toEqual(['claim if due']);
  });

  it('stops a long sweep after half a minute, and goes on with it a moment later', async () => {
    const { look, calls, clock, keeper, pages } = room({ settings: { afterMs: 1 } });
    pages(1_000);
    keeper.look();
    await look(10_000);
    for (let i = 0; i < 31; i++) {
      clock.advance(1_000);
      await turnsPass();
    }
    expect(calls.at(-1)).toBe('unfinished');
    const before = calls.length;
    await look(1_100);
    expect(calls.slice(before)).toEqual(['claim if due', 'page']);
    await keeper.stop();
  });

  it('says what failed, releases the sweep, and tries again', async () => {
    const { look, calls, said, answerNames } = room({ settings: { afterMs: 1 } });
    answerNames(() => Promise.reject(new Error('the disk is full')));
    await look(10_000);
    expect(said).toEqual(['retention failed, it is tried again: the disk is full']);
    expect(calls).toEqual(['claim if due', 'release']);
    answerNames(async () => []);
    await look(1.2 * MINUTE);
    expect(calls).toHaveLength(4);
    expect(said).toHaveLength(1);
  });

  it('that shuts down waits for the batch that is on the wire, and for no more', async () => {
    const { look, calls, keeper, pages, store, clock } = room({ settings: { afterMs: 1 } });
    pages(5);
    const answer = new Deferred<{ verdict: string; deleted: Map<string, number>; leftOver: string[] }>();
    store.deleteCondemned = () => answer.promise as never;
    await look(10_000);
    let isStopped = false;
    const stopped = keeper.stop().then(() => {
      isStopped = true;
    });
    await turnsPass();
    expect([isStopped, calls.at(-1)]).toEqual([false, 'page']);
    answer.resolve({ verdict: 'HELD', deleted: new Map(), leftOver: [] });
    await stopped;
    expect(calls).toEqual(['claim if due', 'page', 'unfinished']);
    clock.advance(MINUTE);
    keeper.look();
    await turnsPass();
    expect(calls).toHaveLength(3);
  });
});

describe('an operator who applies retention', () => {
  it('waits for the sweep under way, and begins when that is over', async () => {
    const { apply, clock, state, calls } = room();
    state.isFree = false;
    const applied = apply();
    await turnsPass();
    clock.advance(1_000);
    await turnsPass();
    state.isFree = true;
    clock.advance(1_000);
    expect((await applied).deleted).toBe(0);
    expect(calls).toEqual(['claim', 'claim', 'claim', 'release']);
  });

  it('is told when that takes too long; nothing was done', async () => {
    const { apply, clock, state } = room();
    state.isFree = false;
    const applied = expect(apply()).rejects.toMatchObject({ code: 'RETENTION_BUSY' });
    for (let i = 0; i < 47; i++) {
      await turnsPass();
      clock.advance(1_000);
    }
    await applied;
  });

  it.each([
    ['an error', () => Promise.reject(new Error('the disk is full')), /the disk is full/],
    ['a sweep that has taken over', async () => ({ verdict: 'LOST', deleted: new Map(), leftOver: [] }), /another sweep/],
  ])('is told of %s, and how far it came: never of a success', async (_what, answer, message) => {
    const { apply, pages, store, clock, calls } = room({ settings: { afterMs: 1 } });
    pages(3);
    const { deleteCondemned } = store;
    let batches = 0;
    store.deleteCondemned = () => (++batches < 3 ? deleteCondemned() : (answer() as never));
    const applied = expect(apply()).rejects.toMatchObject({
      code: 'RETENTION_FAILED',
      message: expect.stringMatching(message),
      details: { deleted: 2, timedOut: 0 },
    });
    for (let i = 0; i < 3; i++) {
      await turnsPass();
      clock.advance(1_000);
    }
    await applied;
    expect(calls.at(-1)).toBe('release');
  });

  it('is told when the process shuts down before it is done', async () => {
    const { apply, pages, keeper } = room({ settings: { afterMs: 1 } });
    pages(3);
    const applied = expect(apply()).rejects.toMatchObject({ code: 'RETENTION_FAILED', cause: { code: 'SHUTTING_DOWN' } });
    await turnsPass();
    await keeper.stop();
    await applied;
  });

  it('gets what the settings of now say, when they change while it works', async () => {
    const { apply, pages, store, state, clock } = room({ settings: { afterMs: 1 } });
    pages(3);
    store.condemn = async () => {
      state.settings = NO_RETENTION;
      return { verdict: 'CHANGED', runIds: [] };
    };
    const applied = apply();
    await turnsPass();
    clock.advance(1_000);
    expect((await applied).deleted).toBe(0);
  });
});
