// Step bodies that run, also those of a frame that is dead: what they hold, the run holds.
export class BodyCount {
  #running = 0;
  #whenIdle?: () => void;

  begins(): void {
    this.#running++;
  }

  ends(): void {
    if (--this.#running > 0 || this.#whenIdle === undefined) return;
    this.#whenIdle();
    this.#whenIdle = undefined;
  }

  get isBusy(): boolean {
    return this.#running > 0;
  }

  /** Called once, when none runs any more; not before the next one ends. */
  whenIdle(callback: () => void): void {
    this.#whenIdle = callback;
  }
}
