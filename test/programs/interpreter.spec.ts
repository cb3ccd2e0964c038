// The oracle itself: programs by hand, of which it is plain what they do, and records that can't be theirs.
import { type Interpretation, interpret, Mismatch, type Recorded } from './interpreter.js';
import { type Branch, type Combinator, type Node, type Program, type StepNode, stepFailure, stepValue } from './program.js';

const step = (id: number, failures = 0): StepNode => ({ op: 'step', id, name: 's', failures, maxAttempts: 1, backoff: 0 });
const seq = (...items: Node[]): Node => ({ op: 'seq', items });
const ticks = (count: number): Node => ({ op: 'ticks', count });
const code = (...items: Node[]): Branch => ({ code: seq(...items) });
const combine = (by: Combinator, id: number, ...branches: Branch[]): Node => ({ op: 'combine', id, by, branches });
const start = (id: number, branch: Branch): Node => ({ op: 'start', id, branch });
const join = (id: number, started: number): Node => ({ op: 'join', id, start: started });
const programOf = (...items: Node[]): Program => ({ seed: 7, root: seq(...items) });

/** A record of steps as `ordinal:id`, in the order of delivery, with `!` behind those that failed. The mark of each is its ordinal. */
function recordOf(program: Program, text: string): Recorded[] {
  return text.split(' ').map((entry, seq) => {
    const [ordinal, id] = entry.split(':').map((part) => Number.parseInt(part, 10)) as [number, number];
    const fails = entry.endsWith('!');
    const output = fails ? null : JSON.stringify(`${stepValue(program, step(id))}#${ordinal}`);
    const error = fails ? JSON.stringify({ message: `${stepFailure(program, step(id), 1)}#${ordinal}` }) : null;
    return { ordinal, seq, kind: 'step', name: 's', output, error, attempts: 1 };
  });
}

/** Node ids in the order in which the program did something about them. */
function order({ end }: Interpretation): string {
  return 'seen' in end ? end.seen.map((entry) => entry.split(':')[0]).join(' ') : end.message;
}

describe('the interpreter', () => {
  it.each<[string, Node[], record: string, seen: string]>([
    ['steps one after another', [step(1), step(2)], '0:1 1:2', '1 2'],
    ['Promise.all in reverse order', [combine('all', 0, code(step(1)), code(step(2)))], '1:2 0:1', '2 1 0'],
    ['a race that the second wins', [combine('race', 0, code(step(1)), code(step(2))), step(3)], '1:2 0:1 2:3', '2 0 1 3'],
    ['Promise.any past a failure', [combine('any', 0, code(step(1, 1)), code(step(2)))], '0:1! 1:2', '2 0'],
    ['Promise.allSettled with a failure', [combine('allSettled', 0, code(step(1, 1)), { bare: step(2) })], '1:2 0:1!', '0'],
    [
      'two branches that one outcome wakes, the first with more microtasks before its next step',
      [start(9, { bare: step(1) }), combine('all', 0, code(join(2, 9), ticks(3), step(4)), code(join(3, 9), step(5)))],
      '0:1 1:5 2:4',
      '2 3 5 4 0',
    ],
    [
      'two branches that one outcome wakes, both with as many',
      [start(9, { bare: step(1) }), combine('all', 0, code(join(2, 9), step(4)), code(join(3, 9), step(5)))],
      '0:1 1:4 2:5',
      '2 3 4 5 0',
    ],
    [
      'a failure that is caught, and what comes last in any case',
      [{ op: 'finally', body: { op: 'try', id: 0, body: step(1, 1), handler: step(2) }, last: step(3) }],
      '0:1! 1:2 2:3',
      '0 2 3',
    ],
  ])('knows what becomes of %s', (_, items, record, seen) => {
    const program = programOf(...items);
    expect(order(interpret(program, recordOf(program, record)))).toBe(seen);
  });

  it('tells the failure of a program together with what was seen until then', () => {
    const program = programOf(step(1), combine('any', 2, code(step(3, 1)), code({ op: 'throw', id: 4 })));
    const { end } = interpret(program, recordOf(program, '0:1 1:3!'));
    const [value, failure] = [stepValue(program, step(1)), stepFailure(program, step(3), 1)];
    expect(end).toEqual({ message: `All promises were rejected (${failure}#1, thrown 4) after 1:"${value}#0"` });
  });

  it('comes to another end when the two outcomes of a race change places', () => {
    const program = programOf(combine('race', 0, code(step(1)), code(step(2))), step(3));
    const [right, wrong] = ['0:1 1:2 2:3', '1:2 0:1 2:3'].map((record) => interpret(program, recordOf(program, record)).end);
    expect(wrong).not.toEqual(right);
  });

  it.each([
    ['an outcome before its operation was asked for', '1:2 0:1'],
    ['an outcome twice', '0:1 0:1'],
    ['too little', '0:1'],
    ['too much', '0:1 1:2 2:3'],
    ['a failure where a step succeeds', '0:1! 1:2'],
    ['the outcome of another step', '0:2 1:1'],
    ['an operation that was never asked for', '0:1 1:2 7:3'],
  ])('refuses a record that tells %s', (_, record) => {
    const program = programOf(step(1), step(2));
    expect(() => interpret(program, recordOf(program, record))).toThrow(Mismatch);
  });
});
