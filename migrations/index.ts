// The public door `nestjs-workflows/migrations`: for applications that run all migrations themselves (`migrate: 'off' | 'verify'`).
import { Runs1763700000001 } from './0001-runs.js';
import { Flush1763700000002 } from './0002-flush.js';
import { Ownership1763700000003 } from './0003-ownership.js';
import { Claim1763700000004 } from './0004-claim.js';
import { Waking1763700000005 } from './0005-waking.js';
import { Queues1763700000006 } from './0006-queues.js';
import { ClaimGated1763700000007 } from './0007-claim-gated.js';
import { Commands1763700000008 } from './0008-commands.js';
import { Maintenance1763700000009 } from './0009-maintenance.js';
import { Retention1763700000010 } from './0010-retention.js';
import { Templates1763700000011 } from './0011-templates.js';
import { BulkJobs1763700000012 } from './0012-bulk-jobs.js';
import type { WorkflowsMigration } from './workflows-migration.js';

const MIGRATIONS: ReadonlyArray<new (schema?: string) => WorkflowsMigration> = [
  Runs1763700000001,
  Flush1763700000002,
  Ownership1763700000003,
  Claim1763700000004,
  Waking1763700000005,
  Queues1763700000006,
  ClaimGated1763700000007,
  Commands1763700000008,
  Maintenance1763700000009,
  Retention1763700000010,
  Templates1763700000011,
  BulkJobs1763700000012,
];

/** The newest schema version this library knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * The migration classes for `DataSourceOptions.migrations` of the host, bound to a schema.
 *
 * @param schema Default `'workflows'`; must be the `schema` option of `WorkflowsModule`.
 */
export function workflowsMigrations(schema = 'workflows'): Array<new () => WorkflowsMigration> {
  if (!/^[a-z_][a-z0-9_]{0,47}$/.test(schema))
    throw new TypeError(`schema ${JSON.stringify(schema)} must match ^[a-z_][a-z0-9_]{0,47}$`);
  return MIGRATIONS.map((Migration) => {
    const Bound = class extends (Migration as typeof Runs1763700000001) {
      constructor() {
        super(schema);
      }
    };
    // TypeORM orders and records migrations by class name, which must end in a timestamp.
    Object.defineProperty(Bound, 'name', { value: Migration.name });
    return Bound;
  });
}
