// The handle of one run. Holds only the id; every property asks when it is read.

import { RunCancelledError, RunNotFoundError } from '../engine/run.errors.js';
import type { RunOutcomes } from '../engine/run-outcomes.js';
import type { Serializer } from '../kernel/serializer.js';
import { fromStoredError, parseStoredError } from '../kernel/stored-error.js';
import type { RunStatus } from '../model/run.js';
import type { RunOutcomeRow, RunStore } from '../store/runs/run.store.js';
import type { CancelOptions } from './cancel-options.js';

export interface RunServices {
  runs: RunStore;
  outcomes: RunOutcomes;
  serializer: Serializer;
  cancel(runId: string, options?: CancelOptions): Promise<boolean>;
}

export class Run<T = unknown> {
  /** Private at run time too: a handle in a log or an HTTP answer must not give away the connection. */
  readonly #services: RunServices;

  /** @internal Made by WorkflowService. */
  constructor(
    readonly runId: string,
    services: RunServices,
  ) {
    this.#services = services;
  }

  /** The status now, as the database has it. @throws RunNotFoundError */
  get status(): Promise<RunStatus> {
    return this.#services.runs.find(this.runId).then((row) => {
      if (row === undefined) throw new RunNotFoundError(this.runId);
      return row.status;
    });
  }

  /**
   * The workflow's result, once its terminal status is durable. Waiting costs no connection, in this process or another than the one
   * that runs it.
   *
   * @throws what the workflow threw, as an `Error` of that name; RunCancelledError (also for a timeout, `code = 'RUN_TIMEOUT'`);
   * RunNotFoundError
   */
  get returnValue(): Promise<T> {
    return this.#services.outcomes.wait(this.runId).then((outcome) => this.#valueOf(outcome));
  }

  /** As WorkflowService.cancel. */
  cancel(options?: CancelOptions): Promise<boolean> {
    return this.#services.cancel(this.runId, options);
  }

  /** What a controller that returns the handle sends. */
  toJSON(): { runId: string } {
    return { runId: this.runId };
  }

  #valueOf({ status, output, error }: RunOutcomeRow): T {
    if (status === 'SUCCESS') return this.#services.serializer.deserialize(output) as T;
    const stored = parseStoredError(error);
    if (status === 'CANCELLED') throw new RunCancelledError(this.runId, stored.message, stored.code === 'RUN_TIMEOUT');
    throw fromStoredError(stored);
  }
}
