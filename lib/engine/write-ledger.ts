// What one run has written and how much of it is durable, in order: for barriers, and to know whether it has made progress.

export class WriteLedger {
  /** Counted writes so far, and how many of them, in order, are durable. */
  #written = 0;
  #acked = 0;
  /** Where the first outcome that was not in the record stands among them. */
  #firstOutcomeAt?: number;
  #waiters: Array<{ position: number; resolve: () => void }> = [];

  wrote(count: number): void {
    this.#written += count;
  }

  /** The writes up to here carry an outcome that was not in the record. */
  wroteOutcome(): void {
    this.#firstOutcomeAt ??= this.#written;
  }

  acked(count: number): void {
    this.#acked += count;
    while (this.#waiters.length > 0 && (this.#waiters[0]?.position ?? 0) <= this.#acked) this.#waiters.shift()?.resolve();
  }

  /** An outcome that was not in the record is durable. */
  get hasProgressed(): boolean {
    return this.#firstOutcomeAt !== undefined && this.#firstOutcomeAt <= this.#acked;
  }

  /** Nobody who waits will be told any more. */
  forget(): void {
    this.#waiters = [];
  }

  /** Resolves when all writes so far are durable; never, when the run is lost first. Undefined: they are. */
  durable(): Promise<void> | undefined {
    const position = this.#written;
    if (this.#acked >= position) return undefined;
    return new Promise((resolve) => {
      this.#waiters.push({ position, resolve });
    });
  }
}
