// Promises and async functions once more, as the language defines them, but on a job queue of their own that is drained on request: so the
// interpreter says what happens within a turn without asking the machinery that it judges. Called by interpreter.ts only.

export type Outcome = { value: unknown } | { failure: Failure };

/** What model code throws and catches in place of an Error. */
export class Failure {
  constructor(
    readonly message: string,
    /** Of Promise.any, when all failed. */
    readonly members?: readonly Failure[],
  ) {}

  get told(): string {
    return this.members === undefined ? this.message : `${this.message} (${this.members.map(({ told }) => told).join(', ')})`;
  }
}

/** The microtask queue. */
export class Jobs {
  readonly #queue: Array<() => void> = [];

  add(job: () => void): void {
    this.#queue.push(job);
  }

  drain(): void {
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) job();
  }
}

/** A promise: settled once; who waits is called in a job of its own, in order. */
export class Cell {
  #outcome?: Outcome;
  #waiters: Array<(outcome: Outcome) => void> = [];

  constructor(
    private readonly jobs: Jobs,
    outcome?: Outcome,
  ) {
    this.#outcome = outcome;
  }

  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  settle(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    for (const waiter of this.#waiters) this.jobs.add(() => waiter(outcome));
    this.#waiters = [];
  }

  whenSettled(waiter: (outcome: Outcome) => void): void {
    const outcome = this.#outcome;
    if (outcome === undefined) this.#waiters.push(waiter);
    else this.jobs.add(() => waiter(outcome));
  }
}

/** The body of an async function: `yield` is `await`. */
export type Code = Generator<Cell, unknown, unknown>;

/** Calls an async function: it runs to its first `await` at once. */
export function call(jobs: Jobs, code: Code): Cell {
  const cell = new Cell(jobs);
  const go = (resume: () => IteratorResult<Cell, unknown>) => {
    try {
      const step = resume();
      if (step.done) cell.settle({ value: step.value });
      else
        step.value.whenSettled((outcome) =>
          go(() => ('value' in outcome ? code.next(outcome.value) : code.throw(outcome.failure))),
        );
    } catch (failure) {
      // Anything else is a mistake in the interpreter.
      if (!(failure instanceof Failure)) throw failure;
      cell.settle({ failure });
    }
  };
  go(() => code.next());
  return cell;
}

export function all(jobs: Jobs, cells: readonly Cell[]): Cell {
  return gather(
    jobs,
    cells,
    (outcome) => ('value' in outcome ? { kept: outcome.value } : outcome),
    (values) => ({ value: values }),
  );
}

export function any(jobs: Jobs, cells: readonly Cell[]): Cell {
  return gather(
    jobs,
    cells,
    (outcome) => ('failure' in outcome ? { kept: outcome.failure } : outcome),
    (failures) => ({ failure: new Failure('All promises were rejected', failures as Failure[]) }),
  );
}

/** Each outcome as the programs tell it: what it gave, in a list, or the message. */
export function allSettled(jobs: Jobs, cells: readonly Cell[]): Cell {
  return gather(
    jobs,
    cells,
    (outcome) => ({ kept: 'value' in outcome ? [outcome.value] : outcome.failure.told }),
    (told) => ({ value: told }),
  );
}

export function race(jobs: Jobs, cells: readonly Cell[]): Cell {
  const cell = new Cell(jobs);
  for (const one of cells) one.whenSettled((outcome) => cell.settle(outcome));
  return cell;
}

/** Over with the first outcome that is not kept, or with the last one that is. */
function gather(
  jobs: Jobs,
  cells: readonly Cell[],
  judge: (outcome: Outcome) => { kept: unknown } | Outcome,
  end: (kept: unknown[]) => Outcome,
): Cell {
  const cell = new Cell(jobs);
  const kept = new Array<unknown>(cells.length);
  let left = cells.length;
  cells.forEach((one, i) => {
    one.whenSettled((outcome) => {
      const verdict = judge(outcome);
      if (!('kept' in verdict)) cell.settle(verdict);
      else {
        kept[i] = verdict.kept;
        if (--left === 0) cell.settle(end(kept));
      }
    });
  });
  return cell;
}
