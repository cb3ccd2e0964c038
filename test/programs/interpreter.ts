// The oracle: given what a run recorded, and in which order, it says what the program must have done. It shares no code with the engine: it
// hands out the recorded outcomes one at a time, drains its own job queue between two, and compares each record with what the
// program asks for and with what its steps come to. Called by record-check.ts and the spec of the interpreter.
import { all, allSettled, any, Cell, type Code, call, Failure, Jobs, race } from './model-promise.js';
import { type Branch, type Node, type Operation, type Program, type StepNode, stepFailure, stepValue } from './program.js';

/** One row of `operation_outputs`. */
export interface Recorded {
  ordinal: number;
  seq: number | null;
  kind: string;
  name: string;
  output: string | null;
  error: string | null;
  attempts: number;
}

/** An operation that the program asked for; its ordinal is its place in the list. */
export interface Asked {
  kind: string;
  name: string;
  /** Undefined for the values. */
  node?: Operation;
  delivered: boolean;
  /** How many outcomes the program knew when it asked. */
  knew: number;
  /** After the program had ended, in what was left of that turn: the engine may have seen it, or not. */
  late: boolean;
}

export interface Interpretation {
  end: { value: unknown; seen: string[] } | { message: string };
  asked: Asked[];
}

/** The record can't be that of this program. */
export class Mismatch extends Error {}

/** @throws Mismatch */
export function interpret(program: Program, record: readonly Recorded[]): Interpretation {
  return new Interpreter(program, record).run();
}

const COMBINE = { all, any, allSettled, race };

class Interpreter {
  readonly #jobs = new Jobs();
  readonly #seen: string[] = [];
  readonly #started = new Map<number, Cell>();
  readonly #asked: Asked[] = [];
  readonly #pending = new Map<number, Cell>();
  readonly #byOrdinal: ReadonlyMap<number, Recorded>;
  /** Found inside the program, where the program would catch it. */
  #mismatch?: Mismatch;
  #delivered = 0;
  #isOver = false;

  constructor(
    private readonly program: Program,
    private readonly record: readonly Recorded[],
  ) {
    this.#byOrdinal = new Map(record.map((row) => [row.ordinal, row]));
  }

  run(): Interpretation {
    if (this.#byOrdinal.size !== this.record.length) throw new Mismatch('an ordinal is recorded twice');
    const main = call(this.#jobs, this.#main());
    this.#drain();
    const delivered = this.record.filter((row) => row.seq !== null).sort((a, b) => (a.seq as number) - (b.seq as number));
    delivered.forEach((row, place) => {
      if (row.seq !== place) throw new Mismatch(`in place ${place} of the order of delivery stands ${row.seq}`);
      if (main.outcome !== undefined) throw new Mismatch(`${name(row)} is recorded, but the program had ended before`);
      this.#deliver(row);
      this.#drain();
    });
    for (const row of this.record)
      if (this.#asked[row.ordinal] === undefined) throw new Mismatch(`${name(row)} is recorded, but was never asked for`);
    const { outcome } = main;
    if (outcome === undefined) throw new Mismatch(`the record ends, but the program has not: seen is ${this.#seen.join(' ')}`);
    const end =
      'failure' in outcome
        ? { message: outcome.failure.told }
        : (outcome.value as Extract<Interpretation['end'], { value: unknown }>);
    return { end, asked: this.#asked };
  }

  #deliver(row: Recorded): void {
    const asked = this.#asked[row.ordinal];
    const cell = this.#pending.get(row.ordinal);
    if (asked?.node === undefined || cell === undefined)
      throw new Mismatch(`${name(row)} is recorded as outcome ${row.seq}, but had not been asked for by then`);
    this.#compare(row, asked);
    this.#pending.delete(row.ordinal);
    asked.delivered = true;
    this.#delivered++;
    const { node } = asked;
    if (node.op === 'step') this.#deliverStep(row, node, cell);
    else if (node.op === 'sleepUntil' && row.error !== null) cell.settle({ failure: new Failure(messageOf(row)) });
    else if (row.output !== null || row.error !== null)
      throw new Mismatch(`${name(row)} has the outcome ${row.output ?? row.error}`);
    else cell.settle({ value: node.op === 'event' ? 'set' : node.op === 'progress' ? 'told' : 'slept' });
  }

  #deliverStep(row: Recorded, node: StepNode, cell: Cell): void {
    const fails = node.failures >= node.maxAttempts;
    const attempts = fails ? node.maxAttempts : node.failures + 1;
    const told = fails ? messageOf(row) : JSON.parse(row.output ?? '""');
    const expected = fails ? stepFailure(this.program, node, attempts) : stepValue(this.program, node);
    if (row.attempts !== attempts || fails !== (row.error !== null) || !String(told).startsWith(`${expected}#`))
      throw new Mismatch(`${name(row)} came to ${told} in ${row.attempts} attempts, not to ${expected} in ${attempts}`);
    cell.settle(fails ? { failure: new Failure(told) } : { value: told });
  }

  #compare(row: Recorded, asked: Asked): void {
    if (row.kind !== asked.kind || row.name !== asked.name)
      throw new Mismatch(`${name(row)} is recorded, but the program asked for ${asked.kind} "${asked.name}"`);
  }

  #drain(): void {
    this.#jobs.drain();
    if (this.#mismatch !== undefined) throw this.#mismatch;
  }

  // — the program —

  *#main(): Code {
    try {
      const value = yield* this.#awaitNode(this.program.root);
      return { value, seen: [...this.#seen] };
    } catch (failure) {
      throw new Failure(`${toldOf(failure)} after ${this.#seen.join(' ')}`);
    } finally {
      this.#isOver = true;
    }
  }

  *#awaitNode(node: Node): Code {
    return yield call(this.#jobs, this.#node(node));
  }

  *#node(node: Node): Code {
    switch (node.op) {
      case 'ticks':
        for (let i = 0; i < node.count; i++) yield new Cell(this.#jobs, { value: null });
        return null;
      case 'throw':
        throw new Failure(`thrown ${node.id}`);
      case 'seq': {
        const values: unknown[] = [];
        for (const item of node.items) values.push(yield* this.#awaitNode(item));
        return values.filter((value) => value !== null);
      }
      case 'try':
        try {
          return yield* this.#awaitNode(node.body);
        } catch (failure) {
          this.#see(node.id, `caught ${toldOf(failure)}`);
          return yield* this.#awaitNode(node.handler);
        }
      case 'finally':
        try {
          return yield* this.#awaitNode(node.body);
        } finally {
          yield* this.#awaitNode(node.last);
        }
      case 'combine': {
        const branches = node.branches.map((branch) => this.#begin(branch));
        return this.#see(node.id, yield COMBINE[node.by](this.#jobs, branches));
      }
      case 'start':
        this.#started.set(node.id, this.#begin(node.branch));
        return null;
      case 'join':
        return this.#see(node.id, yield this.#started.get(node.start) as Cell);
      case 'value':
        return this.#see(node.id, this.#value(node.of));
      default:
        return this.#see(node.id, yield this.#operation(node));
    }
  }

  #begin(branch: Branch): Cell {
    return branch.bare === undefined ? call(this.#jobs, this.#node(branch.code)) : this.#operation(branch.bare);
  }

  #see(id: number, value: unknown): unknown {
    this.#seen.push(`${id}:${JSON.stringify(value)}`);
    return value;
  }

  #operation(node: Operation): Cell {
    if (node.op === 'sleepUntil') this.#value('now');
    const kind = node.op === 'sleepUntil' ? 'sleep' : node.op;
    const asked = node.op === 'step' ? node.name : node.op === 'event' ? node.key : node.op;
    const cell = new Cell(this.#jobs);
    this.#pending.set(this.#asked.length, cell);
    this.#asked.push({ kind, name: asked, node, delivered: false, knew: this.#delivered, late: this.#isOver });
    return cell;
  }

  #value(of: string): string {
    const asked: Asked = { kind: 'value', name: of, delivered: true, knew: this.#delivered, late: this.#isOver };
    const row = this.#byOrdinal.get(this.#asked.push(asked) - 1);
    if (row === undefined) {
      if (!asked.late) this.#mismatch ??= new Mismatch(`${of}(), operation ${this.#asked.length - 1}, is not recorded`);
      return '';
    }
    try {
      this.#compare(row, asked);
    } catch (mismatch) {
      this.#mismatch ??= mismatch as Mismatch;
    }
    return plain(JSON.parse(row.output ?? '""'));
  }
}

function toldOf(failure: unknown): string {
  if (failure instanceof Failure) return failure.told;
  throw failure;
}

/** A Date is stored as `{"$wf":["date", …]}`. */
function plain(value: { $wf?: [string, string] } | string | number): string {
  return typeof value === 'object' ? String(value.$wf?.[1]) : String(value);
}

function messageOf(row: Recorded): string {
  return row.error === null ? 'nothing' : (JSON.parse(row.error) as { message: string }).message;
}

function name(row: Recorded): string {
  return `operation ${row.ordinal} (${row.kind} "${row.name}")`;
}
