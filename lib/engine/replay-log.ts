// What a run recorded before, in two orders: by ordinal, to check what the code asks for against what it asked for then; and by seq, the
// order in which outcomes were delivered, which replay repeats exactly. A fresh run has an empty log.
import type { OperationKind, RecordedOperation, RunHistory } from '../model/operation.js';

export class ReplayLog {
  readonly #byOrdinal = new Map<number, RecordedOperation>();
  readonly #inOrder: RecordedOperation[] = [];
  #cursor = 0;

  constructor(private readonly history: RunHistory) {
    for (const operation of history.operations) {
      this.#byOrdinal.set(operation.ordinal, operation);
      if (operation.seq !== null) this.#inOrder.push(operation);
    }
    this.#inOrder.sort((a, b) => (a.seq as number) - (b.seq as number));
  }

  get isExhausted(): boolean {
    return this.#cursor >= this.#inOrder.length;
  }

  /** The next outcome to deliver. */
  get next(): RecordedOperation | undefined {
    return this.#inOrder[this.#cursor];
  }

  advance(): void {
    this.#cursor++;
  }

  at(ordinal: number): RecordedOperation | undefined {
    return this.#byOrdinal.get(ordinal);
  }

  /** What stands there already: an outcome, or something under way. */
  knownAt(ordinal: number): { kind: OperationKind; name: string } | undefined {
    return this.at(ordinal) ?? begunAt(this.history, ordinal);
  }

  /** The first free place in the order of delivery. */
  get nextSeq(): number {
    return (this.#inOrder.at(-1)?.seq ?? -1) + 1;
  }
}

/** What is under way at an ordinal without an outcome: a wait, or a step between two attempts. */
function begunAt({ waits, failedAttempts }: RunHistory, ordinal: number): { kind: OperationKind; name: string } | undefined {
  const wait = waits.get(ordinal);
  if (wait !== undefined) return { kind: wait.kind === 'retry' ? 'step' : wait.kind, name: wait.name };
  const failed = failedAttempts.get(ordinal);
  return failed === undefined ? undefined : { kind: 'step', name: failed.name };
}
