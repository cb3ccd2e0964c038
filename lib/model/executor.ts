// One process's engine instance: a fresh random id per start (and per lost lease), never a host name.

export type ExecutorRole = 'all' | 'worker' | 'client';

export interface ExecutorInfo {
  executorId: string;
  role: ExecutorRole;
  hostname: string;
  pid: number;
  /** Workflow names it registered and serves. */
  workflows: string[];
  /** What its operators call the release that it is; for people only. */
  version?: string | null;
}

export const DEFAULT_LEASE_MS = 15_000;
/** An executor stops itself this long before its lease runs out for the others. */
export const LEASE_SAFETY_MARGIN_MS = 1_000;
