// The explorer, on models small enough to see through: without it being right, the protocol's spec would say nothing.
import { explore, type Model, TooManyStatesError, type Transition } from './explorer.js';

/** From a number one goes where the map says; `!` marks a fault. */
function numbers(
  ways: Record<number, string[]>,
  rules: Partial<Pick<Model<number>, 'breach' | 'isOver' | 'key'>> = {},
): Model<number> {
  return {
    initial: 0,
    key: String,
    transitions: (from) =>
      (ways[from] ?? []).map((to): Transition<number> => {
        const next = Number.parseInt(to, 10);
        return { action: `${from}>${next}`, next, fault: to.endsWith('!'), breach: to.endsWith('?') ? 'broken' : undefined };
      }),
    breach: () => undefined,
    isOver: (state) => state === 9,
    liveness: 'ends',
    ...rules,
  };
}

describe('the explorer', () => {
  it('counts every state and transition once, cycles and joins included', () => {
    expect(explore(numbers({ 0: ['1', '2'], 1: ['3', '0'], 2: ['3'], 3: ['9'] }), 10)).toEqual({ states: 5, transitions: 6 });
  });

  it('takes states of one key for one state', () => {
    const model = numbers({ 0: ['1', '2'], 1: ['9'], 2: ['9'] }, { key: (state) => (state === 2 ? '1' : String(state)) });
    expect(explore(model, 10).states).toBe(3);
  });

  it('tells a shortest way to a state that breaks an invariant', () => {
    const breach = (state: number) => (state === 5 ? 'never five' : undefined);
    const model = numbers({ 0: ['1', '2'], 1: ['3'], 3: ['5'], 2: ['4', '5'], 4: ['5'] }, { breach });
    expect(explore(model, 10).counterexample).toEqual({ invariant: 'never five', trace: ['0>2', '2>5'] });
  });

  it('tells a shortest way to a step that breaks an invariant, the step included', () => {
    const model = numbers({ 0: ['1'], 1: ['2', '3'], 2: ['4?'], 3: ['4'] });
    expect(explore(model, 10).counterexample).toEqual({ invariant: 'broken', trace: ['0>1', '1>2', '2>4'] });
  });

  it.each<[string, Record<number, string[]>]>([
    ['a dead end', { 0: ['9', '1'], 1: ['2'], 2: [] }],
    ['a circle without a way out', { 0: ['9', '1'], 1: ['2'], 2: ['1'] }],
    ['a state from which only a fault leads on', { 0: ['9', '1'], 1: ['9!'] }],
  ])('finds %s', (_, ways) => {
    expect(explore(numbers(ways), 10).counterexample).toEqual({ invariant: 'ends', trace: ['0>1'] });
  });

  it('does not mind a circle that can be left, nor a fault after which things go on', () => {
    expect(explore(numbers({ 0: ['1', '2!'], 1: ['0', '9'], 2: ['1'] }), 10).counterexample).toBeUndefined();
  });

  it('refuses to stop half-way', () => {
    expect(() => explore(numbers({ 0: ['1'], 1: ['2'], 2: ['9'] }), 3)).toThrow(TooManyStatesError);
  });
});
