// Retention, connected to what it acts on: for the sweeps, and as WorkflowService offers it.
import type { WorkflowServiceParts } from '../client/workflow.service.js';
import { WorkflowRetention } from '../client/workflow-retention.js';
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { NO_RETENTION, type RetentionSettings } from '../model/retention.js';
import { LegalHolder } from '../operations/retention/legal-holder.js';
import { RetentionConfig } from '../operations/retention/retention-config.js';
import { RetentionKeeper } from '../operations/retention/retention-keeper.js';
import { RetentionPreview } from '../operations/retention/retention-preview.js';
import type { Database } from '../store/database.js';
import { RetentionStore } from '../store/retention/retention.store.js';
import { RetentionConfigStore } from '../store/retention/retention-config.store.js';

export interface Retention {
  keeper: RetentionKeeper;
  parts: Pick<WorkflowServiceParts, 'retention' | 'setLegalHold'>;
}

export function makeRetention(
  declared: RetentionSettings | undefined,
  database: Database,
  told: { ended(runIds: readonly string[]): void; changed(): void },
  clock: Clock,
  logger: WorkflowsLogger,
): Retention {
  const store = new RetentionStore(database);
  const configs = new RetentionConfigStore(database);
  const config = new RetentionConfig(configs, declared);
  const { intervalMs } = declared ?? NO_RETENTION;
  const keeper = new RetentionKeeper({ store, configs, config, ended: told.ended }, intervalMs, clock, logger);
  const holder = new LegalHolder(store, told.changed, clock);
  return {
    keeper,
    parts: {
      retention: new WorkflowRetention({ config, keeper, preview: new RetentionPreview(store) }),
      setLegalHold: (runId, isOn, options) => holder.set(runId, isOn, options),
    },
  };
}
