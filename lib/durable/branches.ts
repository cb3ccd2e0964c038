// Parallel work with names: every operation of a branch carries the branch's name before its own, so that the record tells which item it
// belongs to. What the branches do is recorded by their operations; the order in which they go on is that of the record, as with
// Promise.all, which stays legal beside this.
import { runInBranch } from '../engine/branch-name.js';
import { describeValue } from '../kernel/describe-value.js';
import { assertName } from '../kernel/ids.js';
import { refuseUnknownKeys } from '../kernel/option-keys.js';
import { WorkflowsError } from '../kernel/workflows.error.js';

export interface MapOptions {
  /** Branches under way at a time. Default 100. Keep it as long as runs are under way: it decides the order of operations. */
  concurrency?: number;
  /**
   * - `failFast` (default): the first failure rejects the whole; no further branch begins, those under way go on unseen
   * - `allSettled`: all branches run; the result tells of each what became of it, as Promise.allSettled
   */
  onError?: 'failFast' | 'allSettled';
}

export interface ResolvedMapOptions {
  concurrency: number;
  settled: boolean;
}

export class InvalidMapOptionError extends WorkflowsError {
  constructor(problem: string) {
    super('InvalidMapOptionError', 'INVALID_OPTION', `wf.map, wf.all: ${problem}.`);
  }
}

const DEFAULT_CONCURRENCY = 100;

/** @throws InvalidMapOptionError, UnknownOptionError; WorkflowsError (`INVALID_OPTION`) for what is no object */
export function resolveMapOptions(options: MapOptions = {}): ResolvedMapOptions {
  refuseUnknownKeys(options, ['concurrency', 'onError'], [], 'option of wf.map');
  const { concurrency = DEFAULT_CONCURRENCY, onError = 'failFast' } = options;
  if (concurrency !== Number.POSITIVE_INFINITY && !(Number.isInteger(concurrency) && concurrency >= 1))
    throw new InvalidMapOptionError(`concurrency must be a whole number from 1, or Infinity, not ${describeValue(concurrency)}`);
  if (onError !== 'failFast' && onError !== 'allSettled')
    throw new InvalidMapOptionError(`onError must be 'failFast' or 'allSettled', not ${describeValue(onError)}`);
  return { concurrency, settled: onError === 'allSettled' };
}

/** One function for each branch; its operations are named `branch/…`. Results in order. @throws what the first branch to fail threw */
export function runBranches(
  branches: ReadonlyArray<{ name: string; body: () => unknown }>,
  { concurrency, settled }: ResolvedMapOptions,
): Promise<unknown[]> {
  const results: unknown[] = new Array(branches.length);
  if (branches.length === 0) return Promise.resolve(results);
  return new Promise((resolve, reject) => {
    let next = 0;
    let left = branches.length;
    let failed = false;
    const begin = () => {
      const index = next++;
      const branch = branches[index];
      if (branch === undefined || failed) return;
      const end = (result: unknown) => {
        results[index] = result;
        left--;
        if (left === 0) resolve(results);
        else begin();
      };
      runInBranch(branch.name, async () => branch.body()).then(
        (value) => end(settled ? { status: 'fulfilled', value } : value),
        (reason) => {
          if (settled) end({ status: 'rejected', reason });
          else {
            failed = true;
            reject(reason);
          }
        },
      );
    };
    for (let i = 0; i < Math.min(concurrency, branches.length); i++) begin();
  });
}

/** @throws InvalidIdError, InvalidMapOptionError */
export function branchesOfMap<T>(
  name: string,
  items: Iterable<T>,
  body: (item: T, index: number) => unknown,
): Array<{ name: string; body: () => unknown }> {
  assertName(name, 'name of wf.map');
  if (typeof body !== 'function') throw new InvalidMapOptionError(`the body must be a function, not ${describeValue(body)}`);
  if (typeof items !== 'object' || items === null || typeof items[Symbol.iterator] !== 'function')
    throw new InvalidMapOptionError(`the items must be a list, not ${describeValue(items)}`);
  return Array.from(items, (item, index) => ({ name: `${name}[${index}]`, body: () => body(item, index) }));
}

/** A list of functions, named by place, or an object of them, named by key. @throws InvalidIdError, InvalidMapOptionError */
export function branchesOfAll(name: string, branches: unknown): Array<{ key: string; name: string; body: () => unknown }> {
  assertName(name, 'name of wf.all');
  if (typeof branches !== 'object' || branches === null)
    throw new InvalidMapOptionError(`the branches must be a list or an object of functions, not ${describeValue(branches)}`);
  // Array.from gives holes too, which entries would skip: the results would stand in other places.
  const entries = Array.isArray(branches)
    ? Array.from(branches, (body, i) => [String(i), body] as const)
    : Object.entries(branches);
  return entries.map(([key, body]) => {
    assertName(key, 'name of a branch of wf.all');
    if (typeof body !== 'function')
      throw new InvalidMapOptionError(`branch ${key} must be a function, not ${describeValue(body)}`);
    return { key, name: Array.isArray(branches) ? `${name}[${key}]` : `${name}.${key}`, body: body as () => unknown };
  });
}
