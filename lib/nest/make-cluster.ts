// The cluster seen from outside, and the feed of changes, connected to what they look at. Part of the composition in workflows-runtime.ts.
import { ChangeFeed } from '../client/change-feed.js';
import { ClusterReader } from '../client/cluster-reader.js';
import { ProcessDiagnostics } from '../client/process-diagnostics.js';
import type { WorkflowServiceParts } from '../client/workflow.service.js';
import type { WorkflowQueues } from '../client/workflow-queues.js';
import type { ExecutorHost } from '../dispatch/executor-host.js';
import type { InMemoryQueue } from '../dispatch/in-memory-queue.js';
import type { Slots } from '../dispatch/slots.js';
import type { QueueDirectory } from '../engine/queue-directory.js';
import type { WorkflowRegistry } from '../engine/workflow-registry.js';
import type { Clock } from '../kernel/clock.js';
import { EventLoopDelay } from '../kernel/event-loop-delay.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { ClusterStore } from '../store/cluster/cluster.store.js';
import type { Database } from '../store/database.js';
import type { DatabaseClock } from '../store/database-clock.js';
import { FeedStore } from '../store/feed/feed.store.js';
import type { Notifier } from '../store/notifier.js';
import { PartitionStore } from '../store/queues/partition.store.js';
import type { ResolvedOptions } from './resolve-options.js';

export interface ClusterContext {
  options: ResolvedOptions;
  database: Database;
  parts: Pick<WorkflowServiceParts, 'maintenance' | 'checkSchema'>;
  queues: WorkflowQueues;
  directory: QueueDirectory;
  registry: WorkflowRegistry;
  host: ExecutorHost;
  slots: Slots;
  inMemory: InMemoryQueue;
  notifier: Notifier;
  databaseClock: DatabaseClock;
  clock: Clock;
  logger: WorkflowsLogger;
}

export interface ClusterParts {
  reader: ClusterReader;
  feed: ChangeFeed;
  /** Before servers are closed, which wait for subscribers. Idempotent. */
  stop(): void;
}

export function makeCluster(context: ClusterContext): ClusterParts {
  const { options, database, parts, queues, directory, host, inMemory, notifier, clock, logger } = context;
  const { role, version, schema, leaseMs } = options;
  const store = new ClusterStore(database);
  const delay = new EventLoopDelay(clock);
  const executorId = () => host.session?.executorId ?? null;
  const diagnostics = new ProcessDiagnostics({
    ...context,
    store,
    delay,
    executorId,
    own: { role, version, schema, leaseMs },
    checkSchema: parts.checkSchema,
    maintenanceStatus: () => parts.maintenance.status(),
    inMemoryCounters: () => inMemory.counters,
  });
  const feed = new ChangeFeed({ store: new FeedStore(database), clock, logger });
  notifier.watch((news, runIds) => feed.hint(news, runIds));
  return {
    reader: new ClusterReader({ store, partitions: new PartitionStore(database), queues, directory, diagnostics, executorId }),
    feed,
    stop: () => {
      feed.close();
      delay.stop();
    },
  };
}
