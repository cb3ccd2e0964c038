// What the writers of streams do while the database is slow: they wait for room, and let others have their turn.
import { StreamWriter } from '../../../lib/durable/streams.js';
import { currentScope, type RunScope } from '../../../lib/engine/run-scope.js';
import { columnOf, EngineRoom, step } from '../engine/engine-room.js';

const MEBIBYTE = 'x'.repeat(1_048_576);
const COUNT = 60;

async function writeAll(written: { count: number }): Promise<void> {
  const stream = new StreamWriter(currentScope() as RunScope, 'large');
  for (let i = 0; i < COUNT; i++) {
    await stream.write(MEBIBYTE);
    written.count++;
  }
}

describe('a writer of chunks', () => {
  it.each<[string, (written: { count: number }) => (frame: Parameters<typeof step>[0]) => unknown]>([
    ['the workflow', (written) => () => writeAll(written)],
    ['a step', (written) => (frame) => step(frame, 's', () => writeAll(written))],
  ])('waits while more is on its way than fits into a few flushes: %s', async (_, code) => {
    const room = new EngineRoom();
    room.answering = false;
    const written = { count: 0 };
    room.run(code(written));
    for (let i = 0; i < 5; i++) await room.settle();
    expect(written.count).toBeGreaterThan(10);
    expect(written.count).toBeLessThan(40);
    const before = written.count;
    await room.answer(0);
    await room.answer(1);
    expect(written.count).toBeGreaterThan(before);
    expect(written.count).toBeLessThan(before + 10);
    for (let i = 2; i < room.flushes.length; i++) await room.answer(i);
    expect(written.count).toBe(COUNT);
    expect(room.sent.at(-1)).toBe('move SUCCESS');
  });

  it('that is a step and awaits nothing else lets others have a turn now and then', async () => {
    const room = new EngineRoom();
    let turns = 0;
    const turn = () => {
      turns++;
      if (room.dropped === 0) setImmediate(turn);
    };
    let meanwhile = 0;
    room.run((frame) =>
      step(frame, 's', async () => {
        const stream = new StreamWriter(currentScope() as RunScope, 'small');
        const before = turns;
        for (let i = 0; i < 3_000; i++) await stream.write(i);
        meanwhile = turns - before;
      }),
    );
    turn();
    await room.settle();
    expect(meanwhile).toBeGreaterThan(8);
    expect(meanwhile).toBeLessThan(30);
  });

  it('writes what is not yet there, and nothing else, when its run is replayed', async () => {
    const room = new EngineRoom();
    room.run(
      async () => {
        const [a, b] = ['a', 'b'].map((name) => new StreamWriter(currentScope() as RunScope, name));
        for (let i = 0; i < 3; i++) {
          await a?.write(i);
          await b?.write(i);
        }
      },
      {
        streams: [
          { stream: 'a', next: 5, bodyBase: 0, bodyCount: 2, closed: false, lastOrdinal: 4 },
          { stream: 'b', next: 7, bodyBase: 3, bodyCount: 3, closed: false, lastOrdinal: null },
        ],
      },
    );
    await room.settle();
    const chunks = room.flushes.flatMap(({ batch }) => {
      const columns = ['stream:text', 'offset', 'value:text'].map((column) => columnOf(batch, 'chunk', column).slice(1, -1));
      const [streams = [], offsets = [], values = []] = columns.map((text) => (text === '' ? [] : text.split(',')));
      return streams.map((stream, i) => [stream, offsets[i], values[i]].join(' '));
    });
    // Those of `b` are of an execution before continueAsNew.
    expect(chunks.sort()).toEqual(['"a" 5 "2"', '"b" 7 "0"', '"b" 8 "1"', '"b" 9 "2"']);
  });
});
