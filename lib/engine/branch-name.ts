// In which branch of wf.all or wf.map code runs: its name stands before the names of the operations it asks for. Beside the scope of the run
// (run-scope.ts), which the frame must not know.
import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string>();

/** The name of an operation as it is recorded. */
export function nameInBranch(name: string): string {
  const branch = storage.getStore();
  return branch === undefined ? name : `${branch}/${name}`;
}

/** Branches in branches add up. */
export function runInBranch<T>(name: string, work: () => T): T {
  return storage.run(nameInBranch(name), work);
}
