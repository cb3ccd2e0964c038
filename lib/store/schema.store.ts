// Which version the schema is at. For whoever wants to know while the application runs: a migration may come after the boot.
import { SCHEMA_VERSION } from '../../migrations/index.js';
import type { Database } from './database.js';

export interface SchemaCheck {
  /** Of the tables. */
  version: number;
  /** What this release of the library needs. */
  needed: number;
  /** They are the same. */
  isCurrent: boolean;
}

export class SchemaStore {
  constructor(private readonly database: Database) {}

  async findVersion(): Promise<SchemaCheck> {
    const [row] = await this.database.query<{ version: number }>(
      `/* schema.findVersion */ select coalesce(max(version), 0)::int "version" from ${this.database.schema}.schema_migrations`,
      [],
    );
    const version = row?.version ?? 0;
    return { version, needed: SCHEMA_VERSION, isCurrent: version === SCHEMA_VERSION };
  }
}
