// Who waits in this process for what only the database knows: one look for all, soon after something happened, and never one missed.
import { inboxOf } from '../../../lib/durable/inbox.js';
import { Lookout, type Watcher } from '../../../lib/engine/lookout.js';
import type { RunFrame } from '../../../lib/engine/run-frame.js';
import { Deferred } from '../../../lib/kernel/deferred.js';
import type { InboxMessage, InboxQuery } from '../../../lib/store/messages/message.store.js';
import { ManualClock, silent, turnsPass } from '../manual-clock.js';

interface Query {
  runId: string;
  key: string;
}

/** A lookout whose looks the spec answers. */
class Room {
  readonly clock = new ManualClock();
  /** The looks so far: what was asked for, and the answer that is still out. */
  readonly looks: Array<{ keys: string[]; answer: Deferred<Array<string | undefined>> }> = [];
  /** What every watcher was told, in order. */
  readonly told: string[] = [];
  readonly errors: string[] = [];
  readonly lookout = new Lookout<Query, string>(
    (queries) => {
      const answer = new Deferred<Array<string | undefined>>();
      this.looks.push({ keys: queries.map(({ key }) => key), answer });
      return answer.promise;
    },
    ({ runId, key }) => `${runId} ${key}`,
    this.clock,
    { ...silent, error: (text: string) => this.errors.push(text) },
  );

  /** Somebody who leaves as soon as it has what it waits for. */
  watch(who: string, key: string, options?: { lookNow: boolean }): () => void {
    const watcher: Watcher<string> = {
      found: (value) => {
        this.told.push(`${who}: ${value}`);
        leave();
      },
      nothing: () => this.told.push(`${who}: nothing`),
      closed: (reason) => this.told.push(`${who}: ${reason.message}`),
    };
    const leave = this.lookout.watch({ runId: `r-${key}`, key }, watcher, options);
    return leave;
  }

  async answer(index: number, ...values: Array<string | undefined>): Promise<void> {
    this.looks[index]?.answer.resolve(values);
    await turnsPass();
  }

  get asked(): string[][] {
    return this.looks.map(({ keys }) => keys);
  }
}

describe('a lookout', () => {
  it('looks once for all that come in one turn, and for what two wait for only once', async () => {
    const room = new Room();
    for (const [who, key] of ['a', 'b', 'a'].entries()) room.watch(`${who}`, key);
    expect(room.asked).toEqual([]);
    await turnsPass();
    expect(room.asked).toEqual([['a', 'b']]);
    await room.answer(0, 'A', undefined);
    expect(room.told).toEqual(['0: A', '2: A', '1: nothing']);
  });

  it('tells once that nothing is there, and later what comes', async () => {
    const room = new Room();
    room.watch('one', 'a');
    await turnsPass();
    await room.answer(0, undefined);
    room.lookout.poke(['r-a']);
    await turnsPass();
    await room.answer(1, undefined);
    room.lookout.poke();
    await turnsPass();
    await room.answer(2, 'A');
    room.lookout.poke();
    await turnsPass();
    expect(room.told).toEqual(['one: nothing', 'one: A']);
    expect(room.asked).toEqual([['a'], ['a'], ['a']]);
  });

  it('looks again when it is poked during a look: that one may have come too early', async () => {
    const room = new Room();
    room.watch('one', 'a');
    await turnsPass();
    room.lookout.poke(['r-a']);
    await turnsPass();
    expect(room.asked).toEqual([['a']]);
    await room.answer(0, undefined);
    expect(room.asked).toEqual([['a'], ['a']]);
    await room.answer(1, 'A');
    expect(room.told).toEqual(['one: nothing', 'one: A']);
  });

  it('tells nobody by a look that began before it came that nothing is there', async () => {
    const room = new Room();
    room.watch('one', 'a');
    await turnsPass();
    room.watch('two', 'a');
    await room.answer(0, undefined);
    expect(room.told).toEqual(['one: nothing']);
    await room.answer(1, undefined);
    expect(room.told).toEqual(['one: nothing', 'two: nothing']);
  });

  it('knows without a look that nothing is there, where the caller does: it says so, and not before it returns', async () => {
    const room = new Room();
    room.watch('one', 'a', { lookNow: false });
    expect(room.told).toEqual([]);
    await turnsPass();
    expect(room.told).toEqual(['one: nothing']);
    room.watch('two', 'a', { lookNow: false })();
    room.watch('three', 'b', { lookNow: false });
    room.lookout.tell({ runId: 'r-b', key: 'b' }, 'B');
    await turnsPass();
    expect(room.told).toEqual(['one: nothing', 'three: B']);
    expect(room.asked).toEqual([]);
  });

  it('tries again after a failure, for those who are still there, and forgets nobody', async () => {
    const room = new Room();
    room.watch('one', 'a');
    const leave = room.watch('two', 'b');
    await turnsPass();
    room.looks[0]?.answer.reject(new Error('the database is away'));
    await turnsPass();
    leave();
    expect(room.asked).toEqual([['a', 'b']]);
    room.clock.advance(500);
    await turnsPass();
    expect(room.asked).toEqual([['a', 'b'], ['a']]);
    await room.answer(1, undefined);
    expect(room.told).toEqual(['one: nothing']);
  });

  it('asks at the tick for those who have waited for a while, and for no one who has left', async () => {
    const room = new Room();
    room.watch('one', 'a');
    const leave = room.watch('two', 'b');
    await turnsPass();
    await room.answer(0, undefined, undefined);
    room.clock.advance(500);
    room.watch('three', 'c', { lookNow: false });
    leave();
    leave();
    const polled = room.lookout.poll();
    await turnsPass();
    expect(room.asked.slice(1)).toEqual([['a']]);
    await room.answer(1, 'A');
    await polled;
    expect(room.told).toEqual(['one: nothing', 'two: nothing', 'three: nothing', 'one: A']);
  });

  it('tells what happens here without a look, to those who wait for just that', async () => {
    const room = new Room();
    room.watch('one', 'a', { lookNow: false });
    room.watch('two', 'b', { lookNow: false });
    room.lookout.tell({ runId: 'r-a', key: 'a' }, 'A');
    expect(room.told).toEqual(['one: A']);
  });

  it('splits what is too much for one look', async () => {
    const room = new Room();
    for (let i = 0; i < 2_500; i++) room.watch(`${i}`, `k${i}`);
    await turnsPass();
    for (const [i, size] of [1_000, 1_000, 500].entries()) {
      expect(room.asked[i]).toHaveLength(size);
      await room.answer(i, ...Array<undefined>(size));
    }
    expect(room.asked).toHaveLength(3);
    expect(room.told).toHaveLength(2_500);
  });

  it('goes on with the others when one stumbles over what it is told', async () => {
    const room = new Room();
    const stumbling = () => {
      throw new Error('stumbled');
    };
    room.lookout.watch({ runId: 'r-a', key: 'a' }, { found: stumbling });
    room.lookout.watch({ runId: 'r-b', key: 'b' }, { found: stumbling, nothing: stumbling });
    room.watch('one', 'a');
    room.watch('two', 'b');
    await turnsPass();
    await room.answer(0, 'A', undefined);
    expect(room.told).toEqual(['one: A', 'two: nothing']);
    expect(room.errors).toEqual([expect.stringContaining('stumbled'), expect.stringContaining('stumbled')]);
  });

  it('that closes tells why, to those who wait and to those who come later, and looks no more', async () => {
    const room = new Room();
    room.watch('one', 'a');
    await turnsPass();
    room.watch('two', 'b');
    room.lookout.close(new Error('closed'));
    expect(room.told).toEqual(['one: closed', 'two: closed']);
    await room.answer(0, 'A');
    room.watch('three', 'c');
    room.lookout.poke();
    await room.lookout.poll();
    room.clock.advance(1_000);
    await turnsPass();
    expect(room.told.slice(2)).toEqual(['three: closed']);
    expect(room.asked).toEqual([['a']]);
  });
});

/** The inbox of one run, and the looks at it. */
class Mail {
  readonly looks: Array<{ most: number; answer: Deferred<InboxMessage[]> }> = [];
  readonly told: string[] = [];
  readonly inbox;

  constructor() {
    const inboxes = new Lookout<InboxQuery, InboxMessage[]>(
      async (queries) => {
        const answer = new Deferred<InboxMessage[]>();
        this.looks.push({ most: queries[0]?.most ?? 0, answer });
        const found = await answer.promise;
        return [found.length > 0 ? found : undefined];
      },
      ({ topic }) => topic,
      new ManualClock(),
      silent,
    );
    this.inbox = inboxOf({ runId: 'r', services: { lookouts: { inboxes } } } as unknown as RunFrame);
  }

  watch(who: string): void {
    const leave = this.inbox.watch('qa', {
      found: ({ messageId }) => {
        this.told.push(`${who}: ${messageId}`);
        leave();
      },
      nothing: () => this.told.push(`${who}: nothing`),
    });
  }

  async answer(index: number, ...ids: number[]): Promise<void> {
    this.looks[index]?.answer.resolve(ids.map((id) => ({ messageId: `${id}`, payload: null })));
    await turnsPass();
  }
}

describe('an inbox', () => {
  it('gives each message once, in order, to those who wait in the order in which they came', async () => {
    const mail = new Mail();
    mail.watch('a');
    mail.watch('b');
    await turnsPass();
    await mail.answer(0, 1);
    expect(mail.told).toEqual(['a: 1', 'b: nothing']);
    mail.watch('c');
    await turnsPass();
    // Nobody has taken the first one durably yet, so the look finds it again.
    await mail.answer(1, 1, 2, 3, 4);
    expect(mail.told.slice(2)).toEqual(['b: 2', 'c: 3']);
    mail.watch('d');
    await turnsPass();
    expect(mail.told.slice(4)).toEqual(['d: 4']);
  });

  it('tells nobody that nothing is there by a look that began before it came, whatever that found for others', async () => {
    const mail = new Mail();
    mail.watch('a');
    await turnsPass();
    // The second message is sent now: too late for the look that is under way.
    mail.watch('b');
    await mail.answer(0, 1);
    expect(mail.told).toEqual(['a: 1']);
    await mail.answer(1, 1, 2);
    expect(mail.told).toEqual(['a: 1', 'b: 2']);
  });

  it('reads as many more as it has read and not durably taken', async () => {
    const mail = new Mail();
    mail.watch('a');
    await turnsPass();
    await mail.answer(0, 1, 2, 3);
    for (const who of ['b', 'c', 'd']) mail.watch(who);
    await turnsPass();
    mail.inbox.settled('qa');
    await mail.answer(1);
    mail.watch('e');
    await turnsPass();
    expect(mail.looks.map(({ most }) => most)).toEqual([16, 19, 18]);
    expect(mail.told).toEqual(['a: 1', 'b: 2', 'c: 3', 'd: nothing']);
  });
});
