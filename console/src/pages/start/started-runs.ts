// The runs that were started on this page since it was loaded, newest first. Used by the list beside the form.
import { useSyncExternalStore } from 'react';

export interface StartedRun {
  runId: string;
  workflow: string;
  at: number;
}

const MOST_KEPT = 10;
let started: readonly StartedRun[] = [];
const listeners = new Set<() => void>();

/** The same run again, by its id, is not a second one. */
export function addStartedRun(run: StartedRun): void {
  started = [run, ...started.filter(({ runId }) => runId !== run.runId)].slice(0, MOST_KEPT);
  for (const listener of listeners) listener();
}

export function useStartedRuns(): readonly StartedRun[] {
  return useSyncExternalStore(listen, () => started);
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
