// A second opinion on programs in which it does not matter who is first: evaluated by plain recursion, without any record, promise or order.
// What each branch does in itself is certain then, and what the program returns. Called by record-check.ts and the interpreter's spec.
import { type Branch, type Node, type Operation, type Program, stepFailure, stepValue, withoutMarks } from './program.js';

/** The order matters after all, or something is not known before it is recorded. */
class Undecided extends Error {}

class Failed extends Error {}

/** What one branch does, in order. A branch that nobody waits for may come to its end, or not. */
interface Lane {
  entries: string[];
  awaited: boolean;
}

export interface Expectation {
  end: { value: unknown } | { failure: string };
  lanes: Lane[];
}

/** Undefined for programs that need their record. */
export function evaluateFreely(program: Program): Expectation | undefined {
  const evaluation = new Evaluation(program);
  try {
    return { end: evaluation.end(), lanes: evaluation.lanes };
  } catch (error) {
    if (error instanceof Undecided) return undefined;
    throw error;
  }
}

/** What is wrong with a run of that program; undefined: nothing. */
export function differsFrom(
  { end, lanes }: Expectation,
  was: { value: unknown; seen: string[] } | { message: string },
): string | undefined {
  const [wanted, told] =
    'value' in was
      ? [JSON.stringify('value' in end ? end.value : end.failure), withoutMarks(JSON.stringify(was.value))]
      : ['failure' in end ? end.failure : JSON.stringify(end.value), withoutMarks(was.message.split(' after ')[0] as string)];
  if (wanted !== told) return `without its record it must come to ${wanted}, but came to ${told}`;
  const seen = ('value' in was ? was.seen : (was.message.split(' after ')[1] as string).split(/ (?=\d+:)/))
    .filter((entry) => entry !== '')
    .map(withoutMarks);
  const laneOf = new Map(lanes.flatMap((lane) => lane.entries.map((entry) => [entry, lane] as const)));
  const strange = seen.find((entry) => !laneOf.has(entry));
  if (strange !== undefined) return `without its record it never does ${strange}`;
  for (const lane of lanes) {
    const did = seen.filter((entry) => laneOf.get(entry) === lane);
    const must = lane.awaited ? lane.entries : lane.entries.slice(0, did.length);
    if (did.join() !== must.join()) return `without its record one branch does ${must.join(' ')}, but did ${did.join(' ')}`;
  }
  return undefined;
}

class Evaluation {
  readonly lanes: Lane[] = [];
  readonly #started = new Map<number, () => unknown>();

  constructor(private readonly program: Program) {}

  end(): Expectation['end'] {
    try {
      return { value: this.#inLane(true, (lane) => this.#node(this.program.root, lane)) };
    } catch (error) {
      if (error instanceof Failed) return { failure: error.message };
      throw error;
    }
  }

  #inLane<T>(awaited: boolean, work: (lane: Lane) => T): T {
    const lane = { entries: [], awaited };
    this.lanes.push(lane);
    return work(lane);
  }

  #node(node: Node, lane: Lane): unknown {
    switch (node.op) {
      case 'ticks':
        return null;
      case 'throw':
        throw new Failed(`thrown ${node.id}`);
      case 'seq':
        return node.items.map((item) => this.#node(item, lane)).filter((value) => value !== null);
      case 'try':
        try {
          return this.#node(node.body, lane);
        } catch (error) {
          if (!(error instanceof Failed)) throw error;
          this.#see(lane, node.id, `caught ${error.message}`);
          return this.#node(node.handler, lane);
        }
      case 'finally':
        return this.#finally(node, lane);
      case 'combine':
        return this.#see(lane, node.id, this.#combine(node, lane));
      case 'start': {
        const outcome = outcomeOf(() => this.#branch(node.branch, false));
        this.#started.set(node.id, outcome);
        return null;
      }
      case 'join':
        return this.#see(lane, node.id, this.#started.get(node.start)?.());
      case 'value':
        throw new Undecided();
      default:
        return this.#see(lane, node.id, this.#operation(node));
    }
  }

  #finally(node: Extract<Node, { op: 'finally' }>, lane: Lane): unknown {
    const outcome = outcomeOf(() => this.#node(node.body, lane));
    this.#node(node.last, lane);
    return outcome();
  }

  #combine({ by, branches }: Extract<Node, { op: 'combine' }>, lane: Lane): unknown {
    if (by === 'race' || by === 'any') throw new Undecided();
    const outcomes = branches.map((branch) => outcomeOf(() => this.#branch(branch, lane.awaited)));
    if (by === 'all')
      return outcomes.map((outcome) => {
        try {
          return outcome();
        } catch {
          // The others may be anywhere when the first one fails.
          throw new Undecided();
        }
      });
    return outcomes.map((outcome) => {
      try {
        return [outcome()];
      } catch (error) {
        return (error as Failed).message;
      }
    });
  }

  #branch(branch: Branch, awaited: boolean): unknown {
    return branch.bare === undefined
      ? this.#inLane(awaited, (lane) => this.#node(branch.code, lane))
      : this.#operation(branch.bare);
  }

  #operation(node: Operation): unknown {
    if (node.op === 'sleepUntil') throw new Undecided();
    if (node.op === 'sleep') return 'slept';
    if (node.op === 'progress') return 'told';
    if (node.op === 'event') return 'set';
    if (node.failures >= node.maxAttempts) throw new Failed(stepFailure(this.program, node, node.maxAttempts));
    return stepValue(this.program, node);
  }

  #see(lane: Lane, id: number, value: unknown): unknown {
    lane.entries.push(`${id}:${JSON.stringify(value)}`);
    return value;
  }
}

/** Evaluates now, answers or throws later. */
function outcomeOf(work: () => unknown): () => unknown {
  try {
    const value = work();
    return () => value;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return () => {
      throw error;
    };
  }
}
