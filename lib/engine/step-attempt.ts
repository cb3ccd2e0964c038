// One attempt of a step: its number and the signal its body may watch, made only if somebody looks.

export class StepAttempt {
  #controller?: AbortController;

  constructor(
    readonly stepName: string,
    /** The first is 1. */
    readonly attempt: number,
    private readonly run: AbortSignal,
  ) {}

  /** Aborted when the attempt times out, or when the run is cancelled, times out or is lost. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.run.aborted) this.#controller.abort(this.run.reason);
      else this.run.addEventListener('abort', this.#follow, { once: true });
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    // Asking for the signal creates it: a body that reads it late must see that it is over.
    void this.signal;
    this.#controller?.abort(reason);
  }

  end(): void {
    this.run.removeEventListener('abort', this.#follow);
  }

  readonly #follow = () => this.#controller?.abort(this.run.reason);
}
