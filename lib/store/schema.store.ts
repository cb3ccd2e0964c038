// Which version the schema is at, and by which migrations. For whoever wants to know while the application runs: one may come after the boot.
import { SCHEMA_VERSION, workflowsMigrations } from '../../migrations/index.js';
import type { Database } from './database.js';

export interface SchemaMigration {
  version: number;
  /** As it was applied; of one that was not, as this release calls it. */
  name: string;
  /** Null: it is still to be applied. */
  appliedAt: Date | null;
  /** This release has it, under that name. False: the schema is newer, or has another history. */
  isKnown: boolean;
}

export interface SchemaCheck {
  /** Of the tables. */
  version: number;
  /** What this release of the library needs. */
  needed: number;
  /** They are the same. */
  isCurrent: boolean;
  /** Those that were applied, and those that are to be, by version. */
  migrations: SchemaMigration[];
}

type AppliedMigration = Pick<SchemaMigration, 'version' | 'name'> & { appliedAt: Date };

export class SchemaStore {
  constructor(private readonly database: Database) {}

  async check(): Promise<SchemaCheck> {
    const rows = await this.database.query<AppliedMigration>(
      `/* schema.check */ select version, name, applied_at "appliedAt" from ${this.database.schema}.schema_migrations order by version`,
      [],
    );
    const known = workflowsMigrations().map(({ name }, index) => ({ version: index + 1, name }));
    const applied = rows.map((row) => ({ ...row, isKnown: known[row.version - 1]?.name === row.name }));
    const pending = known
      .filter(({ version }) => !rows.some((row) => row.version === version))
      .map((migration) => ({ ...migration, appliedAt: null, isKnown: true }));
    const version = rows.at(-1)?.version ?? 0;
    return {
      version,
      needed: SCHEMA_VERSION,
      isCurrent: version === SCHEMA_VERSION,
      migrations: [...applied, ...pending].sort((a, b) => a.version - b.version),
    };
  }
}
