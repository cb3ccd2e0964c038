// A permit lasts as long as a step body: a run that is over, or cancelled, while one of its bodies still runs here gives it back when that is done.
// In the engine without a database, and in the sweep that finds what was missed.
import { setImmediate as turn } from 'node:timers/promises';
import type { ExecutorHost } from '../../lib/dispatch/executor-host.js';
import { PermitReturner } from '../../lib/dispatch/permit-returner.js';
import { ExecutorSession } from '../../lib/engine/executor-session.js';
import type { RunFrame } from '../../lib/engine/run-frame.js';
import { Deferred } from '../../lib/kernel/deferred.js';
import { columnOf, EngineRoom, RUN_ID, step } from '../unit/engine/engine-room.js';
import { ManualClock, silent } from '../unit/manual-clock.js';

/** Returns while its step still runs. */
const hasty = (body: Deferred) => async (frame: RunFrame) => {
  void step(frame, 'slow', () => body.promise);
  await null;
};

const busyOf = ({ flushes }: EngineRoom, flush = 0) => flushes[flush] && columnOf(flushes[flush].batch, 'move', 'busy');

describe('a run that is over while a step body of it still runs', () => {
  it('says so with its last write, and its process lets go when the body is done', async () => {
    const room = new EngineRoom();
    const body = new Deferred();
    room.run(hasty(body));
    await room.settle();
    expect([room.sent, busyOf(room), room.dropped]).toEqual([['move SUCCESS'], '{true}', 1]);
    expect([room.letGone, [...room.session.lingering]]).toEqual([[], [RUN_ID]]);
    body.resolve();
    await room.settle();
    expect([room.letGone, room.session.lingering.size]).toEqual([[RUN_ID], 0]);
  });

  it('is let go when its end is durable, if the body was done before', async () => {
    const room = new EngineRoom();
    room.answering = false;
    const body = new Deferred();
    room.run(hasty(body));
    await room.settle();
    body.resolve();
    await room.settle();
    expect(room.letGone).toEqual([]);
    await room.answer(0);
    expect(room.letGone).toEqual([RUN_ID]);
  });

  it('needs nobody to let go when no body runs', async () => {
    const room = new EngineRoom();
    room.run((frame) => step(frame, 'quick', () => undefined));
    await room.settle();
    expect([busyOf(room), room.letGone]).toEqual(['{false}', []]);
  });
});

describe('a run that turns out to be cancelled', () => {
  it('is let go when the body that runs is done, not sooner', async () => {
    const room = new EngineRoom();
    room.answering = false;
    const body = new Deferred();
    room.run(async (frame) => {
      await step(frame, 'quick', () => undefined);
      await step(frame, 'slow', () => body.promise);
    });
    await room.settle();
    await room.answer(0);
    for (const frame of room.session.frames.values()) frame.lost();
    await room.settle();
    expect([room.letGone, [...room.session.lingering], room.dropped]).toEqual([[], [RUN_ID], 1]);
    body.resolve();
    await room.settle();
    expect([room.letGone, room.session.lingering.size]).toEqual([[RUN_ID], 0]);
  });

  it('is let go at once when none runs', async () => {
    const room = new EngineRoom();
    room.answering = false;
    room.run((frame) => step(frame, 'quick', () => undefined));
    await room.settle();
    await room.answer(0, [RUN_ID]);
    expect([room.letGone, room.dropped]).toEqual([[RUN_ID], 1]);
  });
});

describe('the sweep for permits', () => {
  const held = (runId: string) => ({
    runId,
    token: 't',
    isRunning: true,
    hasProgressed: true,
    order: () => undefined,
    isHolding: false,
    reconsider: () => undefined,
    lost: () => undefined,
  });

  it('gives back those of runs of which nothing is left here: no frame, no body, and none on its way', async () => {
    const session = new ExecutorSession('e', new ManualClock());
    session.frames.set('held', held('held'));
    session.handingOver.add('coming');
    session.lingering.add('lingering');
    const given: string[][] = [];
    let returned = 0;
    const claims = {
      listHeldBack: async () => ['held', 'coming', 'lingering', 'missed'],
      letGo: async (_executorId: string, runIds: readonly string[]) => void given.push([...runIds]),
    };
    const returner = new PermitReturner({ session } as ExecutorHost, claims, silent, () => void returned++);
    await returner.runOnce();
    expect([given, returned]).toEqual([[['missed']], 1]);
  });

  it('gives back nothing while a claim is under way: what that has taken, and somebody has cancelled since, may begin here yet', async () => {
    const session = new ExecutorSession('e', new ManualClock());
    const given: string[] = [];
    const claims = {
      listHeldBack: async () => ['claimed'],
      letGo: async (_executorId: string, runIds: readonly string[]) => void given.push(...runIds),
    };
    const returner = new PermitReturner({ session } as ExecutorHost, claims, silent, () => undefined);
    const claimEnds = session.claimBegins();
    await returner.runOnce();
    expect(given).toEqual([]);
    claimEnds();
    await returner.runOnce();
    expect(given).toEqual(['claimed']);
  });

  it('is what is left when giving back fails: the process does not stumble over it', async () => {
    const session = new ExecutorSession('e', new ManualClock());
    const claims = {
      listHeldBack: async () => [],
      letGo: () => Promise.reject(new Error('away')),
    };
    const returner = new PermitReturner({ session } as unknown as ExecutorHost, claims, silent, () => undefined);
    returner.letGo(session, 'run');
    await turn();
    await returner.runOnce();
  });
});
