// One attempt of a step: its number and the signal its body may watch, made only if somebody looks.
import type { ChunkAuthor } from './stream-heads.js';

export class StepAttempt implements ChunkAuthor {
  readonly chunksFrom = new Map<string, number>();
  /** It timed out, or has ended: what its body still writes is not of the run. */
  isOver = false;
  #controller?: AbortController;

  constructor(
    readonly ordinal: number,
    readonly stepName: string,
    /** The first is 1. */
    readonly attempt: number,
    private readonly run: { readonly signal: AbortSignal },
  ) {}

  /** Aborted when the attempt times out, or when the run is cancelled, times out or is lost. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      const { signal } = this.run;
      if (signal.aborted) this.#controller.abort(signal.reason);
      else signal.addEventListener('abort', this.#follow, { once: true });
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.isOver = true;
    // Asking for the signal creates it: a body that reads it late must see that it is over.
    void this.signal;
    this.#controller?.abort(reason);
  }

  end(): void {
    this.isOver = true;
    if (this.#controller !== undefined) this.run.signal.removeEventListener('abort', this.#follow);
  }

  readonly #follow = () => this.#controller?.abort(this.run.signal.reason);
}
