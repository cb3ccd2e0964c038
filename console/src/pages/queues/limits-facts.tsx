// All limits of a queue, also those that it does not have.
import { Facts } from '../../parts/table';
import { rateLimitText } from './limits-text';
import type { QueueView } from './queue-figures';

export function LimitsFacts({ queue }: { queue: QueueView }) {
  const { concurrency, workerConcurrency, rateLimit, partitionConcurrency, releaseWhileWaiting, holdReleasesPermits } = queue;
  return (
    <Facts
      facts={[
        ['Concurrency', limitText(concurrency)],
        ['Worker concurrency', limitText(workerConcurrency)],
        ['Rate limit', rateLimitText(rateLimit) ?? 'no limit'],
        ['Partition concurrency', limitText(partitionConcurrency)],
        ['A run that waits', releaseWhileWaiting ? 'gives its permit back' : 'keeps its permit'],
        ['A run that is held', holdReleasesPermits ? 'gives its permit back' : 'keeps its permit'],
      ]}
    />
  );
}

function limitText(limit: number | null): string {
  return limit === null ? 'no limit' : limit.toLocaleString('en');
}
