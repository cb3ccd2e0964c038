// Which run, and which step of it, the running code belongs to. Set around user code by the engine; read by the decorators and by
// WorkflowContext. One per process: an AsyncLocalStorage holds no state of its own.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { RunFrame } from './run-frame.js';
import type { StepAttempt } from './step-attempt.js';

export interface RunScope {
  readonly frame: RunFrame;
  /** Present inside a step body, where further steps are plain calls. */
  readonly step?: StepAttempt;
}

const storage = new AsyncLocalStorage<RunScope>();

export function currentScope(): RunScope | undefined {
  return storage.getStore();
}

export function runInScope<T>(scope: RunScope, work: () => T): T {
  return storage.run(scope, work);
}
