// How many runs this process holds in memory at once, and of which queues. Suspended runs hold none.

export class Slots {
  #used = 0;
  readonly #byQueue = new Map<string, number>();

  constructor(readonly capacity: number) {}

  get used(): number {
    return this.#used;
  }

  get available(): number {
    return Math.max(0, this.capacity - this.#used);
  }

  /** Runs held, by queue; those whose queue is not known yet are not among them. */
  get byQueue(): ReadonlyMap<string, number> {
    return this.#byQueue;
  }

  take(count = 1): void {
    this.#used += count;
  }

  free(count = 1): void {
    this.#used -= count;
  }

  /** A slot that was taken is for a run of that queue. */
  enter(queue: string): void {
    this.#byQueue.set(queue, (this.#byQueue.get(queue) ?? 0) + 1);
  }

  /** The opposite, and frees the slot. */
  leave(queue: string): void {
    this.free();
    const left = (this.#byQueue.get(queue) ?? 0) - 1;
    if (left > 0) this.#byQueue.set(queue, left);
    else this.#byQueue.delete(queue);
  }
}
