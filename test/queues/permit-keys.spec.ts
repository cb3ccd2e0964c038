// Keys of starts: a deduplication id is its run's until that is over, whoever else asks at the same moment; a debounced run is given new arguments
// until it begins, and not a moment longer.
import type { NewRun } from '../../lib/model/run.js';
import { newRun } from '../engine/store-room.js';
import { meet } from '../engine/two-transactions.js';
import { CANCELLATION, type PermitRoom, withPermits } from './permit-room.js';

const unique = (run: Partial<NewRun> = {}) => newRun({ deduplication: { id: 'k', policy: 'reject' }, ...run });

/** Whose run has the id after that start: its own, or another one. */
const start = async ({ room }: PermitRoom, run: NewRun): Promise<string | undefined> => {
  const [told] = await room.runs.insertWithIds([run]);
  return told === undefined ? undefined : (told.holder ?? told.runId);
};

const runsOf = async ({ room }: PermitRoom) =>
  (await room.rows('select workflow_id from workflow_status')).map((row) => row.workflow_id);

describe('a deduplication id', () => {
  it(
    'is its run’s until that is over, delayed, in the queue, running or waiting; then it is the next one’s',
    withPermits(async (room) => {
      const holder = unique({ delayMs: 60_000 });
      expect(await start(room, holder)).toBe(holder.runId);
      expect(await start(room, unique())).toBe(holder.runId);
      await room.room.rows(`update workflow_status set status = 'ENQUEUED', wake_at = null`);
      expect(await start(room, unique())).toBe(holder.runId);
      await room.claimOpen();
      expect(await start(room, unique())).toBe(holder.runId);
      await room.move('WAITING', holder.runId);
      expect(await start(room, unique())).toBe(holder.runId);
      await room.room.runs.cancel(holder.runId, CANCELLATION);
      const next = unique();
      expect([await start(room, next), await start(room, unique())]).toEqual([next.runId, next.runId]);
      expect(await runsOf(room)).toHaveLength(2);
    }),
  );

  it(
    'is one of its queue only, and of one run among those of a call',
    withPermits(async (room) => {
      await room.queue('q');
      const [first, second, elsewhere] = [unique(), unique(), unique({ queue: 'q' })];
      const told = await room.room.runs.insertWithIds([first, second, elsewhere]);
      const holders = told.map(({ runId, holder }) => holder ?? runId);
      expect([new Set(holders).size, told.length, (await runsOf(room)).length]).toEqual([2, 3, 2]);
    }),
  );

  it(
    'stays with its run when the start is repeated after a lost answer',
    withPermits(async (room) => {
      const run = unique();
      await start(room, run);
      // It is there: nothing is told of it.
      expect(await start(room, run)).toBeUndefined();
      expect(await runsOf(room)).toEqual([run.runId]);
    }),
  );

  it.each(['free', 'of a run that is over'])(
    'that is %s goes to one of two starts that meet, and the other is told of it',
    (state) =>
      withPermits(async (room) => {
        const before = unique();
        if (state !== 'free') {
          await start(room, before);
          await room.room.runs.cancel(before.runId, CANCELLATION);
        }
        const [first, second] = [unique(), unique()];
        const { waited, result } = await meet(
          room.room,
          ({ runs }) => runs.insertWithin({ query: runsQuery(runs) }, [first]),
          () => start(room, second),
        );
        expect([waited, result]).toEqual([true, first.runId]);
        expect(await runsOf(room)).not.toContain(second.runId);
      })(),
  );

  it(
    'of a child that was not started because its parent was over is free',
    withPermits(async (room) => {
      const parent = await room.startOne('default');
      await room.room.runs.cancel(parent, CANCELLATION);
      const child = { ...unique(), parent: { runId: parent, detached: false } };
      await start(room, child);
      expect(await runsOf(room)).toEqual([parent]);
      const next = unique();
      expect(await start(room, next)).toBe(next.runId);
    }),
  );
});

/** The stores of an open transaction. */
function runsQuery(runs: unknown) {
  const { database } = runs as { database: { query(text: string, values: unknown[]): Promise<never> } };
  return (text: string, values: unknown[]) => database.query(text, values);
}

describe('a debounced run', () => {
  const debounce = { key: 'k', periodMs: 60_000, maxWaitMs: null };
  const inputs = async ({ room }: PermitRoom) =>
    (await room.rows('select input from workflow_status order by created_at')).map((row) => row.input);

  it(
    'takes the arguments of the last call, and waits anew, as one run',
    withPermits(async (room) => {
      const run = newRun({ input: '1' });
      expect(await room.room.runs.debounce(run, debounce)).toBe(run.runId);
      await room.room.rows(`update workflow_status set wake_at = now() + interval '1 s'`);
      expect(await room.room.runs.debounce(newRun({ input: '2' }), debounce)).toBe(run.runId);
      const rows = await room.room.rows(`select input, wake_at > now() + interval '50 s' later from workflow_status`);
      expect(rows).toEqual([{ input: '2', later: true }]);
    }),
  );

  it(
    'waits no longer than maxWait from its first call',
    withPermits(async (room) => {
      const limited = { ...debounce, maxWaitMs: 70_000 };
      const run = newRun();
      await room.room.runs.debounce(run, limited);
      await room.room.rows(`update workflow_status set debounce_until = now() + interval '1 s'`);
      await room.room.runs.debounce(newRun(), limited);
      expect(await room.room.rows('select wake_at = debounce_until "isLast" from workflow_status')).toEqual([{ isLast: true }]);
    }),
  );

  it.each(['in the queue', 'begun', 'over'])('that is %s keeps its arguments: the next call starts another run', (state) =>
    withPermits(async (room) => {
      const run = newRun({ input: '1' });
      await room.room.runs.debounce(run, debounce);
      if (state === 'over') await room.room.runs.cancel(run.runId, CANCELLATION);
      else {
        await room.room.rows('update workflow_status set wake_at = now()');
        await room.claimOpen(1);
        if (state === 'in the queue') await room.room.rows(`update workflow_status set status = 'ENQUEUED', permit = false`);
      }
      const next = newRun({ input: '2' });
      expect(await room.room.runs.debounce(next, debounce)).toBe(next.runId);
      expect(await room.room.runs.debounce(newRun({ input: '3' }), debounce)).toBe(next.runId);
      expect(await inputs(room)).toEqual(['1', '3']);
    })(),
  );

  it(
    'that enters its queue while a call waits for it keeps its arguments',
    withPermits(async (room) => {
      const run = newRun({ input: '1' });
      await room.room.runs.debounce(run, debounce);
      await room.room.rows('update workflow_status set wake_at = now()');
      const next = newRun({ input: '2' });
      const { waited, result } = await meet(
        room.room,
        ({ claims }) => claims.claim(room.executor, { names: ['w'], queues: null }, 1),
        () => room.room.runs.debounce(next, debounce),
      );
      expect([waited, result, await inputs(room)]).toEqual([true, next.runId, ['1', '2']]);
    }),
  );

  it(
    'is one for all who call at the same moment, and for a call that is repeated after a lost answer',
    withPermits(async (room) => {
      const [first, second] = [newRun({ input: '1' }), newRun({ input: '2' })];
      const { waited, result } = await meet(
        room.room,
        ({ runs }) => runs.debounce(first, debounce),
        () => room.room.runs.debounce(second, debounce),
      );
      expect([waited, result]).toEqual([true, first.runId]);
      expect(await room.room.runs.debounce(first, debounce)).toBe(first.runId);
      expect(await inputs(room)).toEqual(['2']);
    }),
  );
});
