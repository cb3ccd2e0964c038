// What a process does with a claim that is under way, and what it does not do meanwhile; stores that answer when the spec says so.
import { Claimer } from '../../../lib/dispatch/claimer.js';
import type { ExecutorHost } from '../../../lib/dispatch/executor-host.js';
import { GatedClaims } from '../../../lib/dispatch/gated-claims.js';
import { Slots } from '../../../lib/dispatch/slots.js';
import { StrayRunReleaser } from '../../../lib/dispatch/stray-run-releaser.js';
import { ExecutorSession } from '../../../lib/engine/executor-session.js';
import type { RunExecutor } from '../../../lib/engine/run-executor.js';
import { Deferred } from '../../../lib/kernel/deferred.js';
import type { RunHistory } from '../../../lib/model/operation.js';
import type { ReplayStore } from '../../../lib/store/history/replay.store.js';
import type { ClaimedRun } from '../../../lib/store/runs/claimed-run.js';
import type { OwnedRun, RunClaimStore } from '../../../lib/store/runs/run-claim.store.js';
import { ManualClock, silent, turnsPass } from '../manual-clock.js';

const claimedRun = (runId: string): ClaimedRun => ({
  runId,
  token: `token of ${runId}`,
  workflowName: 'w',
  queue: 'default',
  partitionKey: null,
  input: null,
  recoveryAttempts: 0,
  firstOrdinal: 0,
  timeoutMs: null,
  createdAt: 0,
  startedAt: 1,
  deadlineAt: null,
  claimedAt: 0,
});

function process() {
  const clock = new ManualClock();
  const session = new ExecutorSession('e', clock);
  const slots = new Slots(10);
  const executed: Array<{ runId: string; history: RunHistory; drop(): void; progress(): void }> = [];
  const executor = {
    execute: (_session, { runId, token }, history, drop, progress = () => undefined) => {
      const run = {
        runId,
        token,
        isRunning: true,
        hasProgressed: false,
        order: () => undefined,
        isHolding: false,
        reconsider: () => undefined,
        lost: () => undefined,
      };
      session.frames.set(runId, run);
      executed.push({
        runId,
        history,
        drop,
        progress: () => {
          run.hasProgressed = true;
          progress();
        },
      });
    },
  } as Pick<RunExecutor, 'execute'> as RunExecutor;
  const answers = {
    claim: async (): Promise<ClaimedRun[]> => [],
    gated: async (_limit: number): Promise<void> => undefined,
    suspect: async (): Promise<ClaimedRun | undefined> => undefined,
    histories: async (_runIds: readonly string[]): Promise<Map<string, RunHistory>> => new Map(),
    owned: [] as Array<OwnedRun & { ageMs?: number }>,
  };
  const released: string[] = [];
  const claims = {
    claim: () => answers.claim(),
    claimGated: async (_executorId, _served, _here, limit) => {
      await answers.gated(limit);
      return { claimed: [], busy: [], more: false, comesBackMs: null };
    },
    claimSuspects: async () => [await answers.suspect()].filter((run) => run !== undefined),
    hasSuspect: async () => true,
    listOwned: async (_executorId, ms) => answers.owned.filter(({ ageMs = Number.POSITIVE_INFINITY }) => ageMs > ms),
    release: async (_executorId, runs) => {
      released.push(...runs.map(({ runId }) => runId));
      return runs.length;
    },
  } as Pick<RunClaimStore, 'claim' | 'claimGated' | 'claimSuspects' | 'hasSuspect' | 'listOwned' | 'release'> as RunClaimStore;
  const histories = { findHistories: (runs) => answers.histories(runs.map(({ runId }) => runId)) } as Pick<
    ReplayStore,
    'findHistories'
  > as ReplayStore;
  const gated = new GatedClaims(claims, slots, clock, () => undefined);
  const served = () => ({ names: ['w'], queues: null });
  const claimer = new Claimer(claims, histories, gated, served, executor, slots, clock, silent, {
    slotFreed: () => undefined,
    poke: () => undefined,
  });
  const strays = new StrayRunReleaser({ session } as ExecutorHost, claims, silent, () => undefined);
  /** Twice, as a run must be seen. */
  const lookForStrays = async () => (await strays.runOnce()) + (await strays.runOnce());
  return { clock, session, slots, claimer, answers, executed, released, strays, lookForStrays };
}

const owned = (...runIds: string[]): OwnedRun[] => runIds.map((runId) => ({ runId, token: `token of ${runId}` }));

describe('a claimed run', () => {
  it('does not begin without its history: reading it is repeated until it succeeds', async () => {
    const { clock, session, claimer, answers, executed } = process();
    const history: RunHistory = {
      operations: [],
      waits: new Map(),
      streams: [],
      failedAttempts: new Map([[0, { count: 1, name: 'a' }]]),
    };
    let failures = 2;
    answers.claim = async () => [claimedRun('r')];
    answers.histories = async () => {
      if (failures-- > 0) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      return new Map([['r', history]]);
    };
    const claiming = claimer.claim(session, 5).catch(() => undefined);
    for (let i = 0; i < 3; i++) {
      await turnsPass();
      clock.advance(1_000);
    }
    await claiming;
    expect(executed.map((run) => run.history)).toEqual([history]);
  });

  it('is no stray while its history is read', async () => {
    const { session, claimer, answers, released, lookForStrays } = process();
    const reading = new Deferred<Map<string, RunHistory>>();
    answers.claim = async () => [claimedRun('r')];
    answers.histories = () => reading.promise;
    answers.owned = owned('r');
    const claiming = claimer.claim(session, 5);
    await turnsPass();
    expect(await lookForStrays()).toBe(0);
    reading.resolve(new Map());
    await claiming;
    // Nor afterwards: it is in memory.
    expect(await lookForStrays()).toBe(0);
    expect(released).toEqual([]);
  });

  it('is no stray while the answer to its claim is only late', async () => {
    const { clock, session, claimer, answers, released, lookForStrays } = process();
    const claim = new Deferred<ClaimedRun[]>();
    answers.claim = () => claim.promise;
    const claiming = claimer.claim(session, 5);
    clock.advance(10_000);
    answers.owned = owned('r').map((run) => ({ ...run, ageMs: 9_999 }));
    await turnsPass();
    expect(await lookForStrays()).toBe(0);
    claim.resolve([claimedRun('r')]);
    await claiming;
    expect(released).toEqual([]);
  });

  it('is a stray, though another claim is under way all the time, when it was claimed before that one', async () => {
    const { clock, session, claimer, answers, lookForStrays } = process();
    answers.claim = () => new Promise(() => undefined);
    void claimer.claim(session, 5);
    clock.advance(1_000);
    answers.owned = owned('r').map((run) => ({ ...run, ageMs: 4_001 }));
    await turnsPass();
    expect(await lookForStrays()).toBe(1);
  });

  it('whose claim was never answered goes back to the queue, once it was seen twice', async () => {
    const { session, claimer, answers, released, strays } = process();
    answers.claim = () => Promise.reject(new Error('connection lost'));
    await claimer.claim(session, 5).catch(() => undefined);
    answers.owned = owned('r');
    expect([await strays.runOnce(), released]).toEqual([0, []]);
    expect([await strays.runOnce(), released]).toEqual([1, ['r']]);
  });
});

describe('a claim', () => {
  it('holds the slots that it asks for while it is under way, and gives back what it does not need', async () => {
    const { session, slots, claimer, answers } = process();
    const claim = new Deferred<ClaimedRun[]>();
    // Nothing that needs a permit: from here on all of them are for the others.
    await claimer.claim(session, 6);
    answers.claim = () => claim.promise;
    const claiming = claimer.claim(session, 6);
    await turnsPass();
    expect(slots.available).toBe(4);
    claim.resolve([claimedRun('r')]);
    await claiming;
    expect(slots.used).toBe(1);
  });

  it('holds those slots from its first moment on: no start comes in between', async () => {
    const { session, slots, claimer, answers } = process();
    answers.claim = () => new Promise(() => undefined);
    void claimer.claim(session, slots.available);
    // As Dispatcher.take, in a start that goes on in the same turn.
    if (slots.available > 0) slots.take();
    await turnsPass();
    expect(slots.used).toBeLessThanOrEqual(slots.capacity);
  });

  it('of runs that need a permit asks for no more than the slots that are free by then', async () => {
    const { session, slots, claimer, answers } = process();
    answers.claim = async () => {
      // Eager starts, while it is under way with the other half of the slots.
      slots.take(5);
      return [];
    };
    const asked: number[] = [];
    answers.gated = async (limit) => void asked.push(limit);
    await claimer.claim(session, slots.available);
    expect(asked).toEqual([5]);
  });
});

describe('a run that may take its process down', () => {
  it('is claimed only when nothing else runs here', async () => {
    const { session, slots, claimer, answers, executed } = process();
    answers.suspect = async () => claimedRun('suspect');
    slots.take();
    await claimer.watchSuspects(session, 1);
    expect(executed).toEqual([]);
    expect(claimer.takesNewRuns).toBe(false);
    slots.free();
    await claimer.claim(session, 10);
    expect(executed.map((run) => run.runId)).toEqual(['suspect']);
  });

  it('has no neighbours until it has recorded something', async () => {
    const { session, claimer, answers, executed } = process();
    answers.suspect = async () => claimedRun('suspect');
    answers.claim = async () => [claimedRun('neighbour')];
    await claimer.watchSuspects(session, 1);
    expect([(await claimer.claim(session, 10)).claimed, claimer.takesNewRuns]).toEqual([0, false]);
    answers.suspect = async () => undefined;
    executed[0]?.progress();
    expect([(await claimer.claim(session, 10)).claimed, claimer.takesNewRuns]).toEqual([1, true]);
    expect(executed.map((run) => run.runId)).toEqual(['suspect', 'neighbour']);
  });
});
