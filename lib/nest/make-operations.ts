// What operators do, connected to what it acts on, and as WorkflowService offers it.
import type { WorkflowServiceParts } from '../client/workflow.service.js';
import type { QueueDirectory } from '../engine/queue-directory.js';
import type { WorkflowRegistry } from '../engine/workflow-registry.js';
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import type { Serializer } from '../kernel/serializer.js';
import type { Database } from '../store/database.js';
import type { RunStore } from '../store/runs/run.store.js';
import type { ResolvedOptions } from './resolve-options.js';

export interface OperationsContext {
  options: ResolvedOptions;
  database: Database;
  runs: RunStore;
  registry: WorkflowRegistry;
  serializer: Serializer;
  directory: QueueDirectory;
  clock: Clock;
  logger: WorkflowsLogger;
}

export interface Operations {
  parts: Pick<WorkflowServiceParts, never>;
}

export function makeOperations(_context: OperationsContext): Operations {
  return { parts: {} };
}
