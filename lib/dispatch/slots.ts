// How many runs this process holds in memory at once. Suspended runs hold none.

export class Slots {
  #used = 0;

  constructor(readonly capacity: number) {}

  get used(): number {
    return this.#used;
  }

  get available(): number {
    return Math.max(0, this.capacity - this.#used);
  }

  take(count = 1): void {
    this.#used += count;
  }

  free(count = 1): void {
    this.#used -= count;
  }
}
