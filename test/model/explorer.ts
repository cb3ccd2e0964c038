// Visits every state that a model can reach, breadth first, so the first breach it meets is one that no shorter way leads to. Then it
// asks of every state whether the end can still be reached without another fault. Called by the specs of this folder; knows no protocol.

export interface Transition<S> {
  /** What a person reads in a trace. */
  action: string;
  next: S;
  /** Something that need not happen. The way to the end must not depend on it. */
  fault?: boolean;
  /** The name of the invariant that this very step breaks. */
  breach?: string;
}

export interface Model<S> {
  initial: S;
  /** Equal for states that need not be told apart. */
  key(state: S): string;
  transitions(state: S): Transition<S>[];
  /** The name of the invariant that does not hold in this state. */
  breach(state: S): string | undefined;
  isOver(state: S): boolean;
  /** The name of the invariant that the end can be reached. */
  liveness: string;
}

export interface Counterexample {
  invariant: string;
  /** One of the shortest; to a state from which there is no way to the end, if that is the invariant. */
  trace: string[];
}

export interface Exploration {
  states: number;
  transitions: number;
  counterexample?: Counterexample;
}

export class TooManyStatesError extends Error {
  constructor(limit: number) {
    super(`more than ${limit} states: make the model smaller, or the limit larger`);
  }
}

const ROOT = -1;

/** @throws TooManyStatesError, because a search that was cut short proves nothing */
export function explore<S>(model: Model<S>, maxStates: number): Exploration {
  const indexes = new Map<string, number>();
  /** Of the states still to be visited only; the others are known by their way. */
  const waiting = new Map<number, S>();
  const parents: number[] = [];
  const actions: string[] = [];
  const over: number[] = [];
  /** Faultless transitions, as pairs from, to. */
  const edges: number[] = [];
  let transitions = 0;

  const trace = (index: number, last?: string): string[] => {
    const way = last === undefined ? [] : [last];
    for (let at = index; parents[at] !== ROOT; at = parents[at] as number) way.push(actions[at] as string);
    return way.reverse();
  };
  const found = (invariant: string, way: string[]): Exploration => ({
    states: indexes.size,
    transitions,
    counterexample: { invariant, trace: way },
  });
  const indexOf = (state: S, parent: number, action: string): number => {
    const key = model.key(state);
    const known = indexes.get(key);
    if (known !== undefined) return known;
    const index = indexes.size;
    if (index >= maxStates) throw new TooManyStatesError(maxStates);
    indexes.set(key, index);
    waiting.set(index, state);
    parents.push(parent);
    actions.push(action);
    return index;
  };

  indexOf(model.initial, ROOT, '');
  for (let index = 0; index < indexes.size; index++) {
    const state = waiting.get(index) as S;
    waiting.delete(index);
    const broken = model.breach(state);
    if (broken !== undefined) return found(broken, trace(index));
    if (model.isOver(state)) over.push(index);
    for (const { action, next, fault, breach } of model.transitions(state)) {
      transitions++;
      if (breach !== undefined) return found(breach, trace(index, action));
      const to = indexOf(next, index, action);
      if (!fault) edges.push(index, to);
    }
  }
  const stuck = firstWithoutWay(indexes.size, edges, over);
  return stuck === undefined ? { states: indexes.size, transitions } : found(model.liveness, trace(stuck));
}

/** The state nearest to the beginning from which no edge leads on to any of `ends`: backwards from the ends, all that can reach them. */
function firstWithoutWay(states: number, edges: readonly number[], ends: readonly number[]): number | undefined {
  const offsets = new Int32Array(states + 1);
  for (let i = 1; i < edges.length; i += 2) (offsets[(edges[i] as number) + 1] as number)++;
  for (let i = 0; i < states; i++) offsets[i + 1] = (offsets[i + 1] as number) + (offsets[i] as number);
  const sources = new Int32Array(edges.length / 2);
  const filled = offsets.slice();
  for (let i = 0; i < edges.length; i += 2) {
    const to = edges[i + 1] as number;
    sources[filled[to] as number] = edges[i] as number;
    filled[to] = (filled[to] as number) + 1;
  }
  const reaches = new Uint8Array(states);
  const open = [...ends];
  for (const end of ends) reaches[end] = 1;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (let i = offsets[at] as number; i < (offsets[at + 1] as number); i++) {
      const source = sources[i] as number;
      if (reaches[source] === 1) continue;
      reaches[source] = 1;
      open.push(source);
    }
  }
  const stuck = reaches.indexOf(0);
  return stuck < 0 ? undefined : stuck;
}
