// The AbortSignal of a run, made when somebody asks for it: an error costs a stack trace, and most runs end without anybody looking.
export class RunSignal {
  #controller?: AbortController;
  /** Why the run is over here. */
  #over?: () => unknown;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // Asked for too late: it has been aborted already.
      if (this.#over !== undefined) this.#controller.abort(this.#over());
    }
    return this.#controller.signal;
  }

  /** For good. */
  end(reason: () => unknown): void {
    this.#over ??= reason;
    this.#controller?.abort(reason());
  }

  /** Whoever has it is told; who asks from now on gets another. Gives what tells them. */
  renew(): (reason: unknown) => void {
    const controller = this.#controller;
    this.#controller = undefined;
    return (reason) => controller?.abort(reason);
  }
}
