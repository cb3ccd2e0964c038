// What a queue is: its limits, as they stand in the table `queues`. Pure vocabulary.

export interface QueueSettings {
  /** Runs that have begun and are not over, in all processes, waits included; null: no limit. */
  concurrency: number | null;
  /** Runs in the memory of one process at once; null: no limit of its own. */
  workerConcurrency: number | null;
  /** First claims within any `periodMs`; null: no limit. */
  rateLimit: { limit: number; periodMs: number } | null;
  /** Runs of one partition that have begun and are not over. */
  partitionConcurrency: number;
  /** A run that waits unloaded gives its permit back, and asks for one again when it is woken. */
  releaseWhileWaiting: boolean;
  /** A run that an operator holds gives its permit back, and asks for one again when it is resumed. */
  holdReleasesPermits: boolean;
}

export interface Queue extends QueueSettings {
  name: string;
  /** Nothing of it begins; what has begun goes on. */
  isPaused: boolean;
}

export const DEFAULT_QUEUE = 'default';

export const NO_LIMITS: QueueSettings = {
  concurrency: null,
  workerConcurrency: null,
  rateLimit: null,
  partitionConcurrency: 1,
  releaseWhileWaiting: false,
  holdReleasesPermits: false,
};

/** Its runs outside of partitions may begin wherever a slot is free, without asking for a permit. */
export function isUnlimited({ concurrency, workerConcurrency, rateLimit }: QueueSettings): boolean {
  return concurrency === null && workerConcurrency === null && rateLimit === null;
}
