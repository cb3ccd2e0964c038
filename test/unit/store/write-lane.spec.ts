// A lane against a flush that the spec answers by hand.
import { systemClock } from '../../../lib/kernel/clock.js';
import { Deferred } from '../../../lib/kernel/deferred.js';
import type { FlushResult } from '../../../lib/store/flush/flush.store.js';
import type { FlushBatch } from '../../../lib/store/flush/flush-batch.js';
import { WriteLane } from '../../../lib/store/flush/write-lane.js';
import { eventually } from '../../support/eventually.js';

const silent = { log() {}, warn() {}, error() {}, debug() {} };
const owner = (runId: string) => ({ runId, token: 't', acked: () => undefined, lost: () => undefined, refused: () => undefined });

function laneByHand() {
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
    systemClock,
    silent,
  );
  return { lane, flushed };
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
});
