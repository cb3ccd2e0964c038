// The duty of whoever wrote what others wait for: to look who waits, after the commit, until it got through.

import type { EngineServices } from '../../../lib/engine/engine-services.js';
import type { ExecutorSession } from '../../../lib/engine/executor-session.js';
import { type FrameEnd, RunFrame } from '../../../lib/engine/run-frame.js';
import type { RunOutcomes } from '../../../lib/engine/run-outcomes.js';
import { type Lookouts, Waker } from '../../../lib/engine/waker.js';
import { EMPTY_HISTORY } from '../../../lib/model/operation.js';
import type { WriteLane } from '../../../lib/store/flush/write-lane.js';
import type { SetEvent, WakeResult, WakeStore } from '../../../lib/store/waking/wake.store.js';
import { ManualClock, silent, turnsPass } from '../manual-clock.js';

const IDLE: WakeResult = { woken: 0, busy: false };
const BUSY: WakeResult = { woken: 0, busy: true };
const AWAY = new Error('the database is away');

/** A waker whose statements the spec answers, by default that nobody waits. */
class Room {
  readonly clock = new ManualClock();
  /** `ended: …`, `events: …`, `pending`. */
  readonly statements: string[] = [];
  readonly answers: Array<WakeResult | Error> = [];
  /** What other processes and this one are told. */
  readonly told: string[] = [];
  readonly waker: Waker;

  constructor() {
    const answer = async (statement: string): Promise<WakeResult> => {
      this.statements.push(statement);
      const next = this.answers.shift() ?? IDLE;
      if (next instanceof Error) throw next;
      return next;
    };
    const wakes = {
      wakeWaiters: (ended: string[], events: SetEvent[]) =>
        answer(`ended: ${ended}; events: ${events.map(({ runId, key }) => `${runId} ${key}`)}`),
      wakeForPending: () => answer('pending'),
    } as unknown as WakeStore;
    const poked = (what: string) => ({ poke: (runIds: string[]) => this.told.push(`${what}: ${runIds}`) });
    const lookouts = {
      outcomes: { ...poked('outcomes'), publish: ({ runId }: { runId: string }) => this.told.push(`published: ${runId}`) },
      events: poked('events'),
      inboxes: poked('inboxes'),
      streams: { poke: () => undefined },
    } as unknown as Lookouts & { outcomes: RunOutcomes };
    const ports = {
      tell: (topic: string, runIds: readonly string[] = []) => this.told.push(`tell ${topic}: ${runIds}`),
      woken: () => this.told.push('woken'),
    };
    this.waker = new Waker(wakes, lookouts, ports, this.clock, silent);
  }

  async pass(ms: number): Promise<string[]> {
    this.clock.advance(ms);
    await turnsPass();
    return this.statements.splice(0);
  }
}

const ended = (runId: string) => ({ runId, status: 'SUCCESS', output: null, error: null }) as const;

describe('a waker', () => {
  it('looks once for all that one flush acknowledged, and gathers what comes within 20 ms of that', async () => {
    const room = new Room();
    room.waker.runEnded(ended('a'));
    room.waker.eventSet('b', 'k');
    room.waker.eventSet('b', 'k');
    expect(room.statements).toEqual([]);
    expect(await room.pass(0)).toEqual(['ended: a; events: b k']);
    for (const runId of ['c', 'd']) room.waker.runEnded(ended(runId));
    room.waker.eventSet('b', 'k');
    expect(await room.pass(19)).toEqual([]);
    expect(await room.pass(1)).toEqual(['ended: c,d; events: b k']);
    expect(await room.pass(1_000)).toEqual([]);
  });

  it('tells those who wait here and in other processes, and that runs are due', async () => {
    const room = new Room();
    room.answers.push({ woken: 2, busy: false });
    room.waker.runEnded(ended('a'));
    room.waker.eventSet('b', 'k');
    expect(room.told).toEqual(['published: a', 'outcomes: a', 'events: a', 'tell done: a', 'events: b', 'tell event: b']);
    await room.pass(0);
    expect(room.told.slice(6)).toEqual(['woken']);
    room.waker.messagesSent(['c'], { woken: 1, pending: false });
    expect(room.told.slice(7)).toEqual(['inboxes: c', 'woken', 'tell mail: c']);
  });

  it('asks again while somebody has a row locked, soon at first and then less often', async () => {
    const room = new Room();
    room.answers.push(BUSY, BUSY, BUSY);
    room.waker.eventSet('b', 'k');
    room.waker.runEnded(ended('a'));
    const statement = 'ended: a; events: b k';
    expect(await room.pass(0)).toEqual([statement]);
    for (const ms of [5, 10, 20]) {
      expect(await room.pass(ms - 1)).toEqual([]);
      expect(await room.pass(1)).toEqual([statement]);
    }
    expect(await room.pass(5_000)).toEqual([]);
  });

  it('asks again after an error, and forgets nothing meanwhile', async () => {
    const room = new Room();
    room.answers.push(AWAY, AWAY);
    room.waker.runEnded(ended('a'));
    room.waker.eventSet('b', 'k');
    room.waker.wakeForPending();
    expect(await room.pass(0)).toEqual(['ended: a; events: b k']);
    room.waker.runEnded(ended('c'));
    expect(await room.pass(200)).toEqual(['ended: a,c; events: b k']);
    expect(await room.pass(200)).toEqual(['ended: a,c; events: b k', 'pending']);
    expect(await room.pass(5_000)).toEqual([]);
  });

  it('sweeps for marks when a sender could not reach a run, or somebody else ended one, until none is left', async () => {
    const room = new Room();
    room.waker.messagesSent(['c'], { woken: 0, pending: false });
    expect(await room.pass(0)).toEqual([]);
    room.answers.push(BUSY);
    room.waker.messagesSent(['c'], { woken: 0, pending: true });
    expect(await room.pass(0)).toEqual(['pending']);
    expect(await room.pass(5)).toEqual(['pending']);
    await room.pass(1_000);
    room.waker.runEndedFromOutside(ended('a'));
    expect(await room.pass(0)).toEqual(['pending']);
    await room.pass(1_000);
    room.waker.runsEndedFromOutside([]);
    expect(await room.pass(0)).toEqual([]);
  });

  it('is told of a run that was lost here: a repeated flush that is refused may have set an event before', async () => {
    const room = new Room();
    const end = { lost: () => undefined } as unknown as FrameEnd;
    const services = { waker: room.waker } as unknown as EngineServices;
    const frame = new RunFrame('a', 't', 0, EMPTY_HISTORY, {} as ExecutorSession, services, end, {} as WriteLane);
    frame.leave('suspended', () => undefined);
    frame.lost();
    expect(await room.pass(0)).toEqual(['ended: a; events: ']);
    expect(room.told).toEqual(['outcomes: a', 'events: a', 'tell done: a']);
  });

  it('finishes what it has to do when it stops, and says so', async () => {
    const room = new Room();
    room.waker.runEnded(ended('a'));
    const stopped = room.waker.stop();
    await room.pass(0);
    await room.pass(0);
    expect(await stopped).toBe(true);
    expect(await new Room().waker.stop()).toBe(true);
  });

  it.each([
    ['the database does not answer', AWAY],
    ['a row stays locked', BUSY],
  ])('says that something is left when it stops and %s', async (_, answer) => {
    const room = new Room();
    room.answers.push(...Array(10).fill(answer));
    room.waker.eventSet('b', 'k');
    const stopped = room.waker.stop();
    await room.pass(0);
    expect(await stopped).toBe(false);
    expect(await room.pass(60_000)).toEqual([]);
  });
});
