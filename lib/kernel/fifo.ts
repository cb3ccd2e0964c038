// A line in order of arrival, however long: taking the first of fifty thousand costs what taking the only one does, because it moves a mark and
// not all that stand behind it. Used where callers hand in faster than the database takes.

/** So many places in front may lie idle; beyond that they are given back when they are half of all. */
const IDLE_PLACES = 1_024;

export class Fifo<T> {
  #places: Array<T | undefined> = [];
  /** Where the first one stands. */
  #head = 0;

  get size(): number {
    return this.#places.length - this.#head;
  }

  push(item: T): void {
    this.#places.push(item);
  }

  /** The first one, which stays; undefined: there is none. */
  peek(): T | undefined {
    return this.#places[this.#head];
  }

  /** Takes the first one out; undefined: there is none. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const first = this.#places[this.#head];
    // Held by its old place it would stay in memory.
    this.#places[this.#head++] = undefined;
    // Whoever is moved here had as many before it that left: a constant for each, in the end.
    if (this.#head >= IDLE_PLACES && this.#head >= this.size) {
      this.#places = this.#places.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  clear(): void {
    this.#places = [];
    this.#head = 0;
  }
}
