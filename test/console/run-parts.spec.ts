// The pure parts of a run's page: which orders it takes and why not the others, and the log of a stream that is followed.

import { whyNotCommand, whyNotPriority, whyNotWhenOver } from '../../console/src/pages/run/order-rules.js';
import { StreamFollower, type StreamSource } from '../../console/src/pages/run/stream-follower.js';
import { StreamLog } from '../../console/src/pages/run/stream-log.js';
import type { ChunkAnswer } from '../../lib/http-client/index.js';
import { allowedCommands, type CommandState, ENGINE_COMMANDS } from '../../lib/model/command-rules.js';
import { RUN_STATUSES } from '../../lib/model/run.js';
import { eventually } from '../support/eventually.js';

const RUNNING: CommandState = { status: 'RUNNING', isStopping: false, pending: null, isBusy: false, isCooperative: false };
const chunk = (offset: number, value: unknown = `chunk ${offset}`, of: Partial<ChunkAnswer> = {}): ChunkAnswer =>
  ({ offset, value, at: '2026-11-21T10:00:00.000Z', ordinal: null, attempt: null, attemptFrom: null, ...of }) as ChunkAnswer;
const chunks = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => chunk(from + index));

describe('A command', () => {
  it.each(RUN_STATUSES.flatMap((status) => [false, true].map((isCooperative) => [status, isCooperative] as const)))(
    'is refused with a reason exactly where the engine does not allow it: %s, cooperative %s',
    (status, isCooperative) => {
      for (const pending of [null, 'HOLD', 'STOP'] as const)
        for (const isStopping of [false, true])
          for (const isBusy of [false, true]) {
            const state = { status, pending, isStopping, isBusy, isCooperative };
            const allowed = ENGINE_COMMANDS.filter((command) => whyNotCommand(command, state) === undefined);
            expect({ state, allowed }).toEqual({ state, allowed: allowedCommands(state) });
          }
    },
  );

  it.each([
    ['HOLD', { ...RUNNING, status: 'HELD' }, 'It is held already.'],
    ['HOLD', { ...RUNNING, pending: 'HOLD' }, 'HOLD is on its way to it.'],
    ['RESUME', RUNNING, 'It is not held.'],
    ['STOP', { ...RUNNING, isStopping: true, status: 'WAITING' }, 'It winds down after a STOP.'],
    ['RESET', { ...RUNNING, status: 'SUCCESS' }, 'It succeeded: there is nothing to reset.'],
    ['RESET', { ...RUNNING, status: 'ERROR', isBusy: true }, /still runs in its old process/],
  ] as const)('%s says why it can not be sent', (command, state, why) => {
    expect(whyNotCommand(command, state)).toMatch(why);
  });

  it('leaves RESUME to a workflow that handles commands itself, whatever its status', () => {
    expect(whyNotCommand('RESUME', { ...RUNNING, isCooperative: true })).toBeUndefined();
  });
});

it('cancels and sends to what is not over, and sets the priority of what has not begun', () => {
  expect([whyNotWhenOver({ status: 'WAITING' }), whyNotWhenOver({ status: 'DEAD' })]).toEqual([undefined, 'It is over: DEAD.']);
  expect(whyNotPriority({ status: 'ENQUEUED', hasPermit: false })).toBeUndefined();
  expect(whyNotPriority({ status: 'ENQUEUED', hasPermit: true })).toMatch('begun');
  expect(whyNotPriority({ status: 'SUCCESS', hasPermit: false })).toBe('It is over: SUCCESS.');
});

describe('The log of a stream', () => {
  const log = () => new StreamLog((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  const shown = (of: StreamLog) => of.shown.map((row) => row.chunk.offset);

  it('grows at both ends, in order, and counts what came where', () => {
    const it = log();
    it.append(chunks(500, 503));
    it.prepend(chunks(498, 500));
    it.append(chunks(503, 504));
    expect(shown(it)).toEqual([498, 499, 500, 501, 502, 503]);
    expect([it.appended, it.prepended]).toEqual([4, 2]);
  });

  it('shows what contains the text, whatever comes, and takes no text for a pattern', () => {
    const it = log();
    it.append([chunk(0, 'a.c (1)'), chunk(1, 'abc (1)')]);
    it.setFilter({ text: 'A.C (', hidesSuperseded: false });
    it.append([chunk(2, { tag: 'A.c (2)' }), chunk(3, 'b')]);
    it.prepend([]);
    expect(shown(it)).toEqual([0, 2]);
    it.setFilter({ text: '', hidesSuperseded: false });
    expect(shown(it)).toEqual([0, 1, 2, 3]);
  });

  it('begins the line of a progress with its message', () => {
    const it = log();
    it.append([chunk(0, { message: 'half', extra: { percent: 50 } }), chunk(1, { message: 'done' })]);
    expect(it.rows.map(({ text }) => text)).toEqual(['half  {"extra":{"percent":50}}', 'done']);
  });

  it('marks, or leaves out, what a later attempt of the same step wrote again', () => {
    const it = log();
    it.setFilter({ text: '', hidesSuperseded: true });
    it.append([chunk(0), chunk(1, 'x', { ordinal: 4, attempt: 1, attemptFrom: 1 })]);
    expect(shown(it)).toEqual([0, 1]);
    it.append([chunk(2, 'x', { ordinal: 4, attempt: 2, attemptFrom: 2 })]);
    expect(shown(it)).toEqual([0, 2]);
    it.setFilter({ text: '', hidesSuperseded: false });
    expect(it.shown.map((row) => it.isSuperseded(row))).toEqual([false, true, false]);
  });
});

describe('Following a stream', () => {
  /** A stream that is written by hand. */
  class Written implements StreamSource {
    readonly all: ChunkAnswer[] = [];
    readonly followed: number[] = [];
    ended = false;

    async *follow(from: number, signal: AbortSignal): AsyncGenerator<ChunkAnswer> {
      this.followed.push(from);
      for (let at = from; !signal.aborted; ) {
        const next = this.all[at];
        if (next === undefined && this.ended) return;
        if (next === undefined) await new Promise((resolve) => setImmediate(resolve));
        else {
          at++;
          yield next;
        }
      }
    }

    async range(from: number, limit: number) {
      // As the server does with large ones: fewer than asked for.
      const some = this.all.slice(from, from + Math.min(limit, 200));
      return { chunks: some, nextFrom: from + some.length, closed: false };
    }
  }

  const follow = (source: StreamSource, count: number) => {
    const follower = new StreamFollower(source, new StreamLog(String), count, (work) => setImmediate(work));
    const offsets = () => follower.log.rows.map((row) => row.chunk.offset);
    return { follower, offsets };
  };

  it('shows what comes, rests when paused, and goes on with the next, none twice', async () => {
    const source = new Written();
    source.all.push(...chunks(0, 3));
    const { follower, offsets } = follow(source, 3);
    follower.resume();
    await eventually(() => expect(offsets()).toEqual([0, 1, 2]));
    follower.pause();
    source.all.push(...chunks(3, 5));
    expect(follower.snapshot().state).toBe('paused');
    follower.resume();
    source.ended = true;
    await eventually(() => expect(follower.snapshot().state).toBe('ended'));
    expect(offsets()).toEqual([0, 1, 2, 3, 4]);
    expect(source.followed).toEqual([0, 3]);
  });

  it('begins near the end of a long one, and loads what is earlier without gap when it is asked to', async () => {
    const source = new Written();
    source.all.push(...chunks(0, 4_321));
    const { follower, offsets } = follow(source, 4_321);
    follower.resume();
    await eventually(() => expect(offsets()).toHaveLength(2_000));
    expect(follower.snapshot().from).toBe(2_321);
    await follower.loadEarlier();
    expect(offsets()).toEqual(source.all.map(({ offset }) => offset));
    expect(follower.snapshot()).toMatchObject({ from: 0, isLoadingEarlier: false });
    follower.pause();
  });

  it('says that it was lost, and can be taken up again', async () => {
    const source = new Written();
    source.all.push(...chunks(0, 2));
    let fails = true;
    const { follower, offsets } = follow(
      {
        range: (from, limit) => source.range(from, limit),
        async *follow(from, signal) {
          if (fails && from > 0) throw new Error('gone');
          if (fails) yield chunk(0);
          if (fails) throw new Error('gone');
          yield* source.follow(from, signal);
        },
      },
      0,
    );
    follower.resume();
    await eventually(() => expect(follower.snapshot()).toMatchObject({ state: 'failed', error: new Error('gone') }));
    fails = false;
    follower.resume();
    await eventually(() => expect(offsets()).toEqual([0, 1]));
    follower.pause();
  });
});
