// What every member that workflow code may call without awaiting it at once goes through.
import { currentScope } from '../engine/run-scope.js';

/** Code may ask for several operations and await them later: in a run, a failure that nobody awaits yet must not end the process. */
export function handled<T>(work: () => Promise<T>): Promise<T> {
  const promise = work();
  if (currentScope() !== undefined) promise.catch(() => undefined);
  return promise;
}
