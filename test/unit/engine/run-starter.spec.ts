// A start that begins here at once: nothing of it happens before the run is durable.
import type { RunFrame } from '../../../lib/engine/run-frame.js';
import { RunStarter } from '../../../lib/engine/run-starter.js';
import type { NewRun } from '../../../lib/model/run.js';
import { DatabaseClock } from '../../../lib/store/database-clock.js';
import type { RunStore } from '../../../lib/store/runs/run.store.js';
import { silent } from '../manual-clock.js';
import { EngineRoom, noQueues, RUN_ID, step } from './engine-room.js';

function starting(room: EngineRoom) {
  const bodies: string[] = [];
  const enqueued: string[] = [];
  room.define('w', (frame: RunFrame) => step(frame, 'a', () => bodies.push('a')));
  const gate = { take: () => room.session, free: () => undefined, enqueued: () => undefined };
  const lane = { insert: async ({ runId }: NewRun) => void enqueued.push(runId) };
  const databaseClock = new DatabaseClock(room.clock);
  const starter = new RunStarter({} as RunStore, lane, gate, noQueues(), room.executor, room.clock, databaseClock, silent);
  let started = false;
  void starter
    .start({
      runId: RUN_ID,
      workflowName: 'w',
      queue: 'default',
      priority: 0,
      partitionKey: null,
      deduplication: null,
      externalId: null,
      attributes: null,
      input: null,
      timeoutMs: null,
      maxRecoveryAttempts: 50,
      delayMs: 0,
    })
    .then(() => {
      started = true;
    });
  return { bodies, enqueued, isStarted: () => started };
}

describe('an eager start', () => {
  it('begins and is told when the run is durable, not sooner', async () => {
    const room = new EngineRoom();
    room.answering = false;
    const { bodies, isStarted } = starting(room);
    await room.settle();
    expect([room.sent, bodies, isStarted()]).toEqual([[`new ${RUN_ID}`], [], false]);
    await room.answer(0);
    expect([bodies, isStarted()]).toEqual([['a'], true]);
  });

  it('is known as on its way from its first moment on, and so no stray', async () => {
    const room = new EngineRoom();
    room.answering = false;
    starting(room);
    await room.settle();
    expect([...room.session.handingOver]).toEqual([RUN_ID]);
    await room.answer(0);
    expect([...room.session.handingOver, ...room.session.frames.keys()]).toEqual([RUN_ID]);
  });

  it('whose lease was lost on the way goes to the queue, for others', async () => {
    const room = new EngineRoom();
    room.answering = false;
    const { bodies, enqueued, isStarted } = starting(room);
    await room.settle();
    await room.answer(0, [RUN_ID]);
    expect([bodies, enqueued, isStarted(), room.session.handingOver.size]).toEqual([[], [RUN_ID], true, 0]);
  });
});
