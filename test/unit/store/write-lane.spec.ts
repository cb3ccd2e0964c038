// A lane against a flush that the spec answers by hand.
import { type Clock, systemClock } from '../../../lib/kernel/clock.js';
import { Deferred } from '../../../lib/kernel/deferred.js';
import type { FlushResult } from '../../../lib/store/flush/flush.store.js';
import type { FlushBatch } from '../../../lib/store/flush/flush-batch.js';
import { WriteLane } from '../../../lib/store/flush/write-lane.js';
import { eventually } from '../../support/eventually.js';
import { rowsOf } from '../engine/engine-room.js';
import { ManualClock, silent, turnsPass } from '../manual-clock.js';

const owner = (runId: string, told: string[] = []) => ({
  runId,
  token: 't',
  acked: (count: number) => void told.push(`${runId}: ${count} durable`),
  lost: () => void told.push(`${runId}: lost`),
  refused: () => void told.push(`${runId}: refused`),
});

function laneByHand<C extends Clock>(clock: C = systemClock as C) {
  const flushed: Array<{ batch: FlushBatch; answer: Deferred<FlushResult> }> = [];
  const lane = new WriteLane(
    {
      flush: (batch) => {
        const answer = new Deferred<FlushResult>();
        flushed.push({ batch, answer });
        return answer.promise;
      },
      onRetired: () => undefined,
      onFlushed: () => undefined,
    },
    clock,
    silent,
  );
  return { lane, flushed, clock };
}

describe('a write lane', () => {
  it('bounds a flush in rows and in bytes', async () => {
    const { lane, flushed } = laneByHand();
    for (let i = 0; i < 10_000; i++) lane.write(owner(`r${i}`), 'move', ['SUCCESS', null, null, 0]);
    await eventually(() => expect(flushed).toHaveLength(1));
    expect(flushed[0]?.batch.rows).toBeLessThanOrEqual(4_002);
    const { lane: wide, flushed: wideFlushed } = laneByHand();
    for (let i = 0; i < 20; i++) wide.write(owner(`r${i}`), 'move', ['SUCCESS', 'x'.repeat(1_000_000), null, 0]);
    await eventually(() => expect(wideFlushed).toHaveLength(1));
    expect(wideFlushed[0]?.batch.bytes).toBeLessThan(6_000_000);
  });

  it('holds callers back while batches pile up behind the one on the wire, and lets them go on when they are through', async () => {
    const { lane, flushed } = laneByHand();
    let n = 0;
    while (!lane.isSaturated && n < 100_000) lane.write(owner(`r${n++}`), 'move', ['SUCCESS', null, null, 0]);
    expect(lane.isSaturated).toBe(true);
    let drained = false;
    lane.whenDrained(() => {
      drained = true;
    });
    expect(drained).toBe(false);
    await eventually(() => {
      for (const { answer } of flushed) answer.resolve({ lost: [], flushedAt: 0 });
      expect(drained).toBe(true);
    });
    expect(lane.isSaturated).toBe(false);
  });

  it('gathers while a flush is on the wire, and sends all of it with the next', async () => {
    const { lane, flushed } = laneByHand();
    lane.write(owner('a'), 'move', ['SUCCESS', null, null, 0]);
    await eventually(() => expect(flushed).toHaveLength(1));
    for (const runId of ['b', 'c', 'd']) lane.write(owner(runId), 'move', ['SUCCESS', null, null, 0]);
    flushed[0]?.answer.resolve({ lost: [], flushedAt: 0 });
    await eventually(() => expect(flushed).toHaveLength(2));
    expect([...(flushed[1]?.batch.owners.keys() ?? [])].map(({ runId }) => runId)).toEqual(['b', 'c', 'd']);
  });

  it('sends nothing while a flush is on the wire: two flushes may commit in another order', async () => {
    const { lane, flushed } = laneByHand();
    lane.write(owner('a'), 'move', ['RUNNING', null, null, 0]);
    await turnsPass();
    lane.write(owner('a'), 'move', ['SUCCESS', null, null, 0]);
    await turnsPass();
    expect(flushed).toHaveLength(1);
  });

  it('repeats a flush that fails for the connection, until it gets through', async () => {
    const { lane, flushed, clock } = laneByHand(new ManualClock());
    const told: string[] = [];
    lane.write(owner('a', told), 'move', ['SUCCESS', null, null, 0]);
    for (let i = 0; i < 3; i++) {
      await turnsPass();
      flushed[i]?.answer.reject(Object.assign(new Error('connection reset'), { code: 'ECONNRESET' }));
      await turnsPass();
      clock.advance(1_000);
    }
    await turnsPass();
    expect([told, flushed.length]).toEqual([[], 4]);
    expect(flushed[3]?.batch.parameters()).toEqual(flushed[0]?.batch.parameters());
    flushed[3]?.answer.resolve({ lost: [], flushedAt: 0 });
    await turnsPass();
    expect(told).toEqual(['a: 1 durable']);
  });

  it('splits a flush that is refused for its data until the one bad owner is found', async () => {
    const { lane, flushed } = laneByHand();
    const told: string[] = [];
    for (const runId of ['a', 'b', 'bad', 'c', 'd']) lane.write(owner(runId, told), 'move', ['SUCCESS', null, null, 0]);
    for (let i = 0; i < 10; i++) {
      await turnsPass();
      const names = [...(flushed[i]?.batch.owners.keys() ?? [])].map(({ runId }) => runId);
      if (names.includes('bad')) flushed[i]?.answer.reject(Object.assign(new Error('bad data'), { code: '22P05' }));
      else flushed[i]?.answer.resolve({ lost: [], flushedAt: 0 });
    }
    expect(told.sort()).toEqual(['a: 1 durable', 'b: 1 durable', 'bad: refused', 'c: 1 durable', 'd: 1 durable']);
  });

  it('sends nothing more of an owner that was refused, and all of the others', async () => {
    const { lane, flushed } = laneByHand();
    const told: string[] = [];
    const [bad, good] = [owner('bad', told), owner('good', told)];
    lane.write(bad, 'op', [0, 0, 'step', 's', null, null, 1, 0]);
    await turnsPass();
    // Behind the flush that is about to be refused.
    lane.write(bad, 'move', ['SUCCESS', null, null, 0]);
    lane.write(good, 'move', ['SUCCESS', null, null, 0]);
    flushed[0]?.answer.reject(Object.assign(new Error('bad data'), { code: '22P05' }));
    await turnsPass();
    expect(flushed).toHaveLength(2);
    expect([...(flushed[1]?.batch.owners.keys() ?? [])]).toEqual([good]);
    expect(told).toEqual(['bad: refused']);
  });

  it('tells every owner what is durable, though one of them stumbles over it', async () => {
    const { lane, flushed } = laneByHand();
    const told: string[] = [];
    const stumbling = { ...owner('stumbling', told), acked: () => JSON.parse('not JSON') };
    for (const one of [stumbling, owner('other', told)]) lane.write(one, 'move', ['SUCCESS', null, null, 0]);
    await turnsPass();
    flushed[0]?.answer.resolve({ lost: [], flushedAt: 0 });
    await turnsPass();
    expect(told).toEqual(['other: 1 durable']);
  });

  it('sends RUNNING before anything that the run writes: a run without it has no history to read', async () => {
    for (const write of ['write', 'writeTogether'] as const) {
      const { lane, flushed } = laneByHand();
      const run = owner('a');
      lane.writeLazily(run, 'move', () => ['RUNNING', null, null, 0]);
      const values = [0, 0, 'step', 's', null, null, 1, 0];
      if (write === 'write') lane.write(run, 'op', values);
      else lane.writeTogether(run, [{ part: 'op', values }]);
      await turnsPass();
      expect(flushed.map(({ batch }) => rowsOf(batch))).toEqual([['op 0', 'move RUNNING']]);
    }
  });

  it('keeps together what belongs together, though the flush is full', async () => {
    const { lane, flushed } = laneByHand();
    // With the row that names its owner, one short of the bound.
    const crowd = owner('crowd');
    for (let i = 0; i < 3_997; i++) lane.write(crowd, 'chunk', ['log', i, i, null, null, 0, 0, false, null]);
    lane.writeTogether(crowd, [
      { part: 'event', values: [1, 'key', null] },
      { part: 'op', values: [1, 1, 'event', 'key', null, null, 1, 0] },
      { part: 'woken', values: [1] },
    ]);
    await turnsPass();
    expect(flushed).toHaveLength(1);
    expect(rowsOf((flushed[0] as { batch: FlushBatch }).batch)).toEqual(expect.arrayContaining(['event 1', 'op 1', 'woken 1']));
  });
});
