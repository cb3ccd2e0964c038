// Where queues and their runs are in the console, whatever their names hold. Pure; used by the pages of queues.
import type { RunStatus } from '../../../../lib/model/run.js';

export function queuePath(queue: string): string {
  return `/queues/${encodeURIComponent(queue)}`;
}

export interface RunsOfQueue {
  queue: string;
  status?: RunStatus;
  /** Of one workflow. */
  name?: string | undefined;
  partitionKey?: string;
}

export function runsPath({ queue, status, name, partitionKey }: RunsOfQueue): string {
  const search = new URLSearchParams({ queue });
  if (status !== undefined) search.set('status', status);
  if (name !== undefined) search.set('name', name);
  if (partitionKey !== undefined) search.set('partitionKey', partitionKey);
  return `/runs?${search}`;
}
