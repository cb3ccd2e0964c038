// Readers of one stream in one process, without a database: what they ask for, what they share, and what they do not miss.
import { keyOfStreamQuery } from '../../../lib/durable/stream-feed.js';
import { StreamFeeds } from '../../../lib/durable/stream-feeds.js';
import { Lookout } from '../../../lib/engine/lookout.js';
import { Deferred } from '../../../lib/kernel/deferred.js';
import type { StoredChunk, StreamPage, StreamQuery } from '../../../lib/store/streams/stream.store.js';
import { ManualClock, silent, turnsPass } from '../manual-clock.js';

const RUN = '00000000-0000-4000-8000-000000000001';
const PAGE = 1_000;

const chunk = (offset: number, length = 5): StoredChunk => ({
  offset,
  ordinal: null,
  attempt: null,
  attemptFrom: null,
  closes: false,
  at: 0,
  value: `${offset}`.padEnd(length, ' '),
});

/** The table, and what was asked of it. */
class Room {
  chunks: StoredChunk[] = [];
  isOver = false;
  readonly asked: StreamQuery[][] = [];
  /** Holds answers back; what is answered is what was there when it was asked. */
  gate?: Deferred<void>;
  readonly lookout = new Lookout<StreamQuery, StreamPage>(
    async (queries) => {
      this.asked.push([...queries]);
      const pages = queries.map(({ from }) => this.#page(from));
      await this.gate?.promise;
      return pages;
    },
    keyOfStreamQuery,
    new ManualClock(),
    silent,
  );
  readonly feeds = new StreamFeeds(this.lookout);

  write(count: number, length?: number): void {
    for (let i = 0; i < count; i++) this.chunks.push(chunk(this.chunks.length, length));
  }

  open(from = 0) {
    return this.feeds.open(RUN, 's', from);
  }

  poke(): void {
    this.lookout.poke([RUN]);
  }

  #page(from: number): StreamPage | undefined {
    const chunks = this.chunks.slice(from, from + PAGE);
    const isComplete = chunks.length < PAGE;
    if (chunks.length === 0 && !this.isOver) return undefined;
    return { from, chunks, isComplete, state: this.isOver ? 'over' : 'open' };
  }
}

async function read(cursor: ReturnType<Room['open']>, count: number): Promise<number[]> {
  const offsets: number[] = [];
  for (let i = 0; i < count; i++) offsets.push((await cursor.next())?.offset ?? -1);
  return offsets;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('readers of one stream', () => {
  it('do not miss a chunk that is told while a look is on its way which came too early for it', async () => {
    const room = new Room();
    room.gate = new Deferred();
    const next = room.open().next();
    await turnsPass();
    expect(room.asked).toHaveLength(1);
    room.write(1);
    room.poke();
    room.gate.resolve();
    expect((await next)?.offset).toBe(0);
  });

  it('do not miss a chunk that is told while nobody waits, though nobody looks twice for it', async () => {
    const room = new Room();
    const cursor = room.open();
    room.write(1);
    expect(await read(cursor, 1)).toEqual([0]);
    room.write(1);
    room.poke();
    await turnsPass();
    expect(await read(cursor, 1)).toEqual([1]);
    expect(room.asked).toHaveLength(2);
    const last = cursor.next();
    room.isOver = true;
    room.poke();
    expect(await last).toBeUndefined();
  });

  it('ask for nothing while none of them waits: slow ones do not fill the memory', async () => {
    const room = new Room();
    const cursor = room.open();
    room.write(1);
    await read(cursor, 1);
    for (let i = 0; i < 50; i++) {
      room.write(100);
      room.poke();
      await turnsPass(3);
    }
    expect(room.asked.length).toBeLessThan(4);
    expect(await read(cursor, 5_000)).toEqual(numbers(1, 5_001));
    cursor.close();
  });

  it('look again at once when a page was full, without being told', async () => {
    const room = new Room();
    room.write(2_500);
    room.isOver = true;
    const reading = read(room.open(), 2_501);
    const stuck = turnsPass(200).then(() => 'waits');
    expect(await Promise.race([reading, stuck])).toEqual([...numbers(0, 2_500), -1]);
    expect(room.asked).toHaveLength(3);
  });

  it('share what is asked for, at the same place and a little behind it', async () => {
    const room = new Room();
    room.write(500);
    const cursors = numbers(0, 100).map(() => room.open());
    const first = await Promise.all(cursors.map((cursor) => read(cursor, 1)));
    expect(first).toEqual(cursors.map(() => [0]));
    await Promise.all(cursors.map((cursor, i) => read(cursor, i)));
    expect(room.asked).toHaveLength(1);
    room.write(1);
    room.isOver = true;
    room.poke();
    await Promise.all(cursors.map((cursor, i) => read(cursor, 500 - i)));
    expect(room.asked.map((queries) => queries.length)).toEqual([1, 1]);
  });

  it.each([
    ['in number', 5, 3_000],
    ['in bytes', 100_000, 60],
  ])('keep little in memory: who falls behind it asks for its own place (%s)', async (_, length, count) => {
    const room = new Room();
    room.write(1, length);
    const [fast, slow] = [room.open(), room.open()];
    await Promise.all([read(fast, 1), read(slow, 1)]);
    room.write(count, length);
    room.poke();
    // Page by page, so that the buffer moves on.
    for (let at = 1; at <= count; at += 10) {
      await read(fast, Math.min(10, count + 1 - at));
    }
    const waiting = fast.next();
    await turnsPass();
    const before = room.asked.length;
    room.write(1, length);
    room.poke();
    await waiting;
    const own = slow.next();
    expect((await own)?.offset).toBe(1);
    expect(room.asked.slice(before).flat()).toContainEqual({ runId: RUN, stream: 's', from: 1, apart: true });
    expect(await read(slow, count)).toEqual(numbers(2, count + 2));
  });

  it('are not given chunks of another place, when one goes ahead while a look is on its way', async () => {
    const room = new Room();
    room.write(3);
    room.gate = new Deferred();
    const [leaving, ahead] = [room.open(), room.open(5)];
    void leaving.next();
    await turnsPass();
    leaving.close();
    const next = ahead.next();
    room.gate.resolve();
    await turnsPass();
    room.write(3);
    room.poke();
    expect((await next)?.offset).toBe(5);
  });

  it('answer calls of next in order, though they come all at once', async () => {
    const room = new Room();
    room.write(3);
    room.isOver = true;
    const cursor = room.open();
    const answers = await Promise.all(numbers(0, 5).map(() => cursor.next()));
    expect(answers.map((answer) => answer?.offset)).toEqual([0, 1, 2, undefined, undefined]);
  });

  it('are forgotten when the last has left, and found anew after the end', async () => {
    const room = new Room();
    const [one, two] = [room.open(), room.open()];
    void one.next();
    const waiting = two.next();
    one.close();
    expect(room.feeds.size).toBe(1);
    two.close();
    two.close();
    expect(await waiting).toBeUndefined();
    expect(room.feeds.size).toBe(0);
    room.poke();
    await turnsPass();
    expect(room.asked.length).toBeLessThan(2);

    room.write(1);
    room.isOver = true;
    const late = room.open();
    const lingering = room.open();
    expect(await read(lingering, 1)).toEqual([0]);
    expect(await read(late, 2)).toEqual([0, -1]);
    // An operator brought the run back, while somebody still holds on to what it was.
    room.isOver = false;
    room.write(1);
    expect(await read(room.open(), 2)).toEqual([0, 1]);
  });

  it('fail together when the process shuts down, and whoever comes later', async () => {
    const room = new Room();
    const waiting = [room.open().next(), room.open(7).next()];
    await turnsPass();
    room.lookout.close(new Error('over'));
    for (const next of waiting) await expect(next).rejects.toThrow('over');
    const late = turnsPass().then(() => 'still waits');
    await expect(Promise.race([room.open().next(), late])).rejects.toThrow('over');
    expect(room.feeds.size).toBe(0);
  });
});
