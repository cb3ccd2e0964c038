// The oracle against native promises, on random programs and with no engine at all: it says what they do, and it finds out an engine that hands
// out outcomes in another way.

import { randomNumbers } from '../support/random-numbers.js';
import { differsFrom, evaluateFreely } from './free-evaluation.js';
import { type Interpretation, interpret, Mismatch, type Recorded } from './interpreter.js';
import { MemoryOperations } from './memory-operations.js';
import { compact, type Program } from './program.js';
import { randomProgram } from './random-program.js';
import { runProgram } from './run-program.js';

describe('random programs in memory', () => {
  const seed = Number(process.env.SEED ?? 1);
  const programs = Array.from({ length: 1_000 }, (_, i) => randomProgram(seed + i));
  const execute = async (program: Program, drained: boolean) => {
    const operations = new MemoryOperations(randomNumbers(program.seed), drained);
    const end: Interpretation['end'] = await runProgram(program, operations, (node, attempt) => `${node}0${attempt}`)
      .catch(({ message }: Error) => ({ message }))
      .finally(() => operations.end());
    return { end, record: operations.record };
  };
  const interpreted = (program: Program, record: readonly Recorded[]) => {
    try {
      return interpret(program, record).end;
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      return { mismatch: error.message };
    }
  };
  /** Programs of which the interpreter says something else than what they did. */
  const diverging = async (drained: boolean) => {
    const all = await Promise.all(programs.map(async (program) => ({ program, ...(await execute(program, drained)) })));
    return all.flatMap(({ program, end, record }) => {
      const told = interpreted(program, record);
      return JSON.stringify(told) === JSON.stringify(end) ? [] : [{ seed: program.seed, code: compact(program.root), end, told }];
    });
  };

  it('do on native promises what the interpreter says, when each outcome finds a drained queue', async () => {
    expect((await diverging(true)).slice(0, 3)).toEqual([]);
  });

  it('do something else when outcomes are handed over at once, and the interpreter finds it out', async () => {
    expect((await diverging(false)).length).toBeGreaterThan(50);
  });

  it('are found out when two neighbours in the order of delivery have changed places', async () => {
    const runs = await Promise.all(
      programs.slice(0, 300).map(async (program) => ({ program, ...(await execute(program, true)) })),
    );
    const swaps = runs.flatMap(({ program, end, record }) =>
      record
        .filter(({ seq }) => seq !== null && seq > 0)
        .map(({ seq }) => {
          const at = seq as number;
          const swapped = record.map((row) => ({ ...row, seq: row.seq === at ? at - 1 : row.seq === at - 1 ? at : row.seq }));
          return JSON.stringify(interpreted(program, swapped)) !== JSON.stringify(end);
        }),
    );
    expect(swaps.length).toBeGreaterThan(1_000);
    // Not all: two bare operations of one Promise.all may change places without any effect.
    expect(swaps.filter((found) => found).length / swaps.length).toBeGreaterThan(0.6);
  });

  it('end as a plain evaluation says, where nothing depends on who is first', async () => {
    const free = programs.flatMap((program) => evaluateFreely(program) ?? []);
    expect(free.length).toBeGreaterThan(200);
    const differences = await Promise.all(
      programs.map(async (program) => {
        const expectation = evaluateFreely(program);
        return expectation && differsFrom(expectation, (await execute(program, true)).end);
      }),
    );
    expect(differences.filter((difference) => difference !== undefined).slice(0, 3)).toEqual([]);
  });
});
