// What a run learns and in which order, what it may ask for, and when it is over or at rest.
import { sleep } from '../../../lib/durable/sleep.js';
import { columnOf, EngineRoom, RUN_ID, recorded, step } from './engine-room.js';

const inSleep = (wakeAt: number) => new Map([[0, { ordinal: 0, kind: 'sleep' as const, name: 'sleep', source: null, wakeAt }]]);

describe('outcomes on replay', () => {
  it('reach the code one at a time, with everything that follows from one before the next', async () => {
    const room = new EngineRoom();
    const seen: string[] = [];
    room.run(
      async (frame) => {
        const branch = async (name: string, microtasks: number) => {
          await step(frame, name, () => undefined);
          for (let i = 0; i < microtasks; i++) await null;
          seen.push(await step(frame, `after ${name}`, () => `after ${name}`));
        };
        // What follows from the first is slower than what follows from the second.
        await Promise.all([branch('a', 20), branch('b', 0)]);
      },
      { operations: [recorded(0, 'a'), recorded(1, 'b'), recorded(2, 'after a'), recorded(3, 'after b')] },
    );
    await room.settle();
    expect(room.sent).toEqual(['move SUCCESS']);
    expect(seen).toEqual(['after a', 'after b']);
  });

  it('come in the order in which they were delivered, not in that in which they were asked for', async () => {
    const room = new EngineRoom();
    const seen: string[] = [];
    room.run(
      (frame) => Promise.all(['a', 'b', 'c'].map((name) => step(frame, name, () => name).then((value) => seen.push(value)))),
      { operations: [recorded(0, 'a', 2), recorded(1, 'b', 0), recorded(2, 'c', 1)] },
    );
    await room.settle();
    expect(seen).toEqual(['b', 'c', 'a']);
  });

  it('are followed by new ones, whose places in the order follow those recorded', async () => {
    const room = new EngineRoom();
    room.run((frame) => Promise.all(['a', 'b', 'c'].map((name) => step(frame, name, () => name))), {
      // The last one asked for has no outcome yet.
      operations: [recorded(0, 'a', 1), recorded(1, 'b', 0)],
    });
    await room.settle();
    expect(room.flushes.map(({ batch }) => columnOf(batch, 'op', 'seq'))).toContain('{2}');
  });

  it('come before anything unrecorded begins', async () => {
    const room = new EngineRoom();
    const seen: string[] = [];
    room.run(
      async (frame) => {
        const loser = step(frame, 'loser', () => seen.push('body of the loser'));
        seen.push(await step(frame, 'winner', () => 'never'));
        seen.push(await step(frame, 'next', () => 'never'));
        await loser;
      },
      { operations: [recorded(1, 'winner', 0), recorded(2, 'next', 1)] },
    );
    await room.settle();
    // The last outcome is on its way to the code when the body begins.
    expect(seen).toEqual(['winner', 'body of the loser', 'next']);
  });
});

describe('code that differs from its record', () => {
  it.each<[string, { operations?: ReturnType<typeof recorded>[]; waits?: ReturnType<typeof inSleep> }]>([
    ['a recorded step', { operations: [recorded(0, 'other')] }],
    ['a sleep that it is in', { waits: inSleep(0) }],
  ])('ends the run: it asks for a step in place of %s', async (_, history) => {
    const room = new EngineRoom();
    const bodies: string[] = [];
    room.run((frame) => step(frame, 'mine', () => bodies.push('mine')), history);
    await room.settle();
    expect([bodies, room.sent]).toEqual([[], ['move ERROR']]);
  });

  it('ends the run: it returns before it has asked for all that is recorded', async () => {
    const room = new EngineRoom();
    room.run((frame) => step(frame, 'a', () => undefined), { operations: [recorded(0, 'a'), recorded(1, 'b')] });
    await room.settle();
    expect(room.sent).toEqual(['move ERROR']);
  });
});

describe('the end of a run', () => {
  it('is told when its status is durable, not sooner', async () => {
    const room = new EngineRoom();
    room.answering = false;
    const told: string[] = [];
    void room.outcomes.wait(RUN_ID).then(({ status }) => told.push(status));
    room.run(() => 'done');
    await room.settle();
    expect([room.sent, told]).toEqual([['move SUCCESS'], []]);
    await room.answer(0);
    expect(told).toEqual(['SUCCESS']);
  });

  it('is not the first that is told: progress is, when an outcome is durable, not sooner', async () => {
    const room = new EngineRoom();
    room.answering = false;
    let end = (): void => undefined;
    room.run((frame) => step(frame, 'a', () => new Promise<void>((resolve) => (end = resolve))));
    await room.settle();
    room.clock.advance(20);
    await room.settle();
    expect(room.sent).toEqual(['move RUNNING']);
    end();
    await room.settle();
    await room.answer(0);
    expect(room.sent).toContain('op 0');
    expect(room.progressed).toBe(0);
  });

  it('does not overtake what the run wrote before, however it ends: a run keeps to one lane', async () => {
    const room = new EngineRoom({ lanes: 2 });
    room.answering = false;
    room.run(
      async (frame) => {
        frame.value('now', () => 1);
        // The value is on the wire when the code turns out to differ from its record.
        while (room.flushes.length === 0) await new Promise(setImmediate);
        await step(frame, 'mine', () => undefined);
      },
      { operations: [recorded(1, 'other')] },
    );
    await room.settle();
    expect(room.sent).toEqual(['op 0', 'move RUNNING']);
    await room.answer(0);
    expect(room.flushes.map((flush) => flush.rows)).toEqual([['op 0', 'move RUNNING'], ['move ERROR']]);
  });
});

describe('a run with a sleep', () => {
  it('is not unloaded while one of its steps runs', async () => {
    const room = new EngineRoom({ suspendAfterMs: 0 });
    room.run((frame) => Promise.all([sleep(frame, '1h'), step(frame, 'long', () => new Promise(() => undefined))]));
    await room.settle();
    expect(room.sent).toEqual(['wait 0', 'move RUNNING']);
    expect(room.dropped).toBe(0);
  });

  it('counts it from the moment at which it is durable', async () => {
    const room = new EngineRoom();
    room.answering = false;
    room.run((frame) => sleep(frame, 1_000));
    await room.settle();
    expect(room.sent).toEqual(['wait 0', 'move RUNNING']);
    room.clock.advance(1_000);
    await room.settle();
    await room.answer(0);
    expect(room.flushes).toHaveLength(1);
    room.clock.advance(1_000);
    await room.settle();
    expect(room.flushes[1]?.rows).toEqual(['op 0', 'woken 0', 'move SUCCESS']);
  });

  it('goes on with the one that it was in: until the time first set, without another row', async () => {
    const room = new EngineRoom();
    const wakeAt = room.clock.now() + 400;
    room.run((frame) => sleep(frame, 1_000), { waits: inSleep(wakeAt) });
    await room.settle();
    room.clock.advance(399);
    await room.settle();
    expect(room.sent).not.toContain('op 0');
    room.clock.advance(1);
    await room.settle();
    expect(room.sent).toContain('op 0');
    expect(room.sent).not.toContain('wait 0');
  });
});
