// The limits of a queue in words, but for its permits: none of those it does not have. Pure; used by the list and the page of a queue.
import { durationInput } from '../../parts/duration-input';
import type { QueueView } from './queue-figures';

export function rateLimitText(rateLimit: QueueView['rateLimit']): string | undefined {
  return rateLimit === null ? undefined : `${rateLimit.limit.toLocaleString('en')} per ${durationInput(rateLimit.period)}`;
}

/** Such as `2 per process`, `20 per 1s`, `2 per partition`. */
export function limitsText(queue: QueueView): string[] {
  const { workerConcurrency, rateLimit, partitionConcurrency } = queue;
  return [
    workerConcurrency === null ? undefined : `${workerConcurrency.toLocaleString('en')} per process`,
    rateLimitText(rateLimit),
    partitionConcurrency === 1 ? undefined : `${partitionConcurrency.toLocaleString('en')} per partition`,
  ].filter((text) => text !== undefined);
}
