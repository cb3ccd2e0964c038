// When a step body begins: after the writes of its run, under the lease, and not in a run or process that is on its way out.
import { setEvent } from '../../../lib/durable/events.js';
import { currentScope } from '../../../lib/engine/run-scope.js';
import { EngineRoom, LEASE_MS, RUN_ID, step } from './engine-room.js';

describe('a step body', () => {
  it('begins when the outcome of the step before is durable, not sooner', async () => {
    const room = new EngineRoom();
    room.answering = false;
    const bodies: string[] = [];
    room.run(async (frame) => {
      await step(frame, 'a', () => bodies.push('a'));
      await step(frame, 'b', () => bodies.push('b'));
    });
    await room.settle();
    expect([bodies, room.sent]).toEqual([['a'], ['op 0', 'move RUNNING']]);
    await room.answer(0);
    expect(bodies).toEqual(['a', 'b']);
  });

  it('waits for every earlier write of its run, not for the first flush only', async () => {
    const room = new EngineRoom();
    room.answering = false;
    const bodies: string[] = [];
    room.run(async (frame) => {
      await step(frame, 'a', () => bodies.push('a'));
      // By then the outcome of the step is on the wire, so the event goes with the next flush.
      while (room.flushes.length === 0) await new Promise(setImmediate);
      await setEvent(frame, 'phase', 1);
      await step(frame, 'b', () => bodies.push('b'));
    });
    await room.settle();
    await room.answer(0);
    expect(room.flushes.map((flush) => flush.rows)).toEqual([
      ['op 0', 'move RUNNING'],
      ['op 1', 'event 1'],
    ]);
    expect(bodies).toEqual(['a']);
    await room.answer(1);
    expect(bodies).toEqual(['a', 'b']);
  });

  it('begins under the lease only: without one it waits, and begins when there is one again', async () => {
    const room = new EngineRoom();
    const bodies: string[] = [];
    room.clock.advance(LEASE_MS);
    room.run((frame) => step(frame, 'a', () => bodies.push('a')));
    await room.settle();
    expect(bodies).toEqual([]);
    room.renew();
    await room.settle();
    expect(bodies).toEqual(['a']);
  });

  it('does not begin in a run that was lost while it waited for the lease', async () => {
    const room = new EngineRoom();
    const bodies: string[] = [];
    room.clock.advance(LEASE_MS);
    room.run((frame) => step(frame, 'a', () => bodies.push('a')));
    await room.settle();
    room.session.frames.get(RUN_ID)?.lost();
    room.renew();
    await room.settle();
    expect(bodies).toEqual([]);
  });

  it('does not begin in a process that drains: the run is handed back', async () => {
    const room = new EngineRoom();
    const bodies: string[] = [];
    room.run(async (frame) => {
      await step(frame, 'a', () => {
        bodies.push('a');
        room.session.drain();
      });
      await step(frame, 'b', () => bodies.push('b'));
    });
    await room.settle();
    expect(bodies).toEqual(['a']);
    expect(room.sent).toEqual(['op 0', 'move RUNNING', 'move ENQUEUED']);
    expect(room.dropped).toBe(1);
  });

  it('is told the attempt that it makes: those that failed before the takeover count', async () => {
    const room = new EngineRoom();
    const attempts: unknown[] = [];
    room.run((frame) => step(frame, 'a', () => attempts.push(currentScope()?.step?.attempt)), {
      failedAttempts: new Map([[0, { count: 2, name: 'a' }]]),
    });
    await room.settle();
    expect(attempts).toEqual([3]);
  });
});
