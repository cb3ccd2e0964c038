// From options to a migrated, connected database: the host's DataSource, a url, or a server of our own.
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { Clock } from '../kernel/clock.js';
import { quoteText, shortText } from '../kernel/describe-value.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { connectionOfDataSource, connectionOfUrl } from '../store/connection-config.js';
import type { Database } from '../store/database.js';
import { migrate } from '../store/migrator.js';
import { PgDatabase } from '../store/pg-database.js';
import type { ResolvedOptions } from './resolve-options.js';
import type { EmbeddedOptions } from './workflows-options.js';

export class DataSourceNotFoundError extends WorkflowsError {
  constructor(name: string) {
    super(
      'DataSourceNotFoundError',
      'DATA_SOURCE_NOT_FOUND',
      `There is no TypeORM DataSource ${quoteText(name)} in the application. Import TypeOrmModule.forRoot(…) before WorkflowsModule, or give WorkflowsModule a url, an embedded server, or the DataSource itself.`,
      { details: { name: shortText(name) } },
    );
  }
}

export interface OpenDatabase {
  database: Database;
  /** After the database is closed. */
  release(): Promise<void>;
}

/**
 * @throws DataSourceNotFoundError, UnsupportedDataSourceError, DatabaseUnavailableError, DatabaseRefusedError, UnsupportedIsolationError,
 * SchemaTooNewError, SchemaNotMigratedError
 */
export async function openDatabase(
  options: ResolvedOptions,
  hostDataSource: DataSource | undefined,
  clock: Clock,
  logger: WorkflowsLogger,
): Promise<OpenDatabase> {
  const { connection, release } = await connect(options, hostDataSource, logger);
  const { schema, connectTimeoutMs, leaseMs } = options;
  const named: pg.ClientConfig = { application_name: `workflows:${schema}`, ...connection };
  try {
    await migrate({ connection: named, schema, mode: options.migrate, connectTimeoutMs, clock, logger });
  } catch (error) {
    await release();
    throw error;
  }
  const database = new PgDatabase({
    connection: named,
    schema,
    // One for each lane, one for claims, one for histories and sweeps; the lease has its own.
    vitalConnections: options.writeLanes + 2,
    sharedConnections: options.poolSize,
    preparedStatements: options.preparedStatements,
    // A connection that went silent must be noticed while there is lease left to try another.
    vitalTimeoutMs: Math.max(leaseMs / 2, 1_000),
    clock,
    logger,
  });
  return { database, release };
}

async function connect(
  { source }: ResolvedOptions,
  hostDataSource: DataSource | undefined,
  logger: WorkflowsLogger,
): Promise<{ connection: pg.ClientConfig; release(): Promise<void> }> {
  const nothing = async () => undefined;
  if (source.url !== undefined) return { connection: connectionOfUrl(source.url), release: nothing };
  if (source.embedded) {
    const url = process.env.DATABASE_URL;
    if (url) {
      logger.log('DATABASE_URL is set: it replaces the embedded database');
      return { connection: connectionOfUrl(url), release: nothing };
    }
    const embedded: EmbeddedOptions = source.embedded === true ? {} : source.embedded;
    const { startEmbeddedPostgres } = await import('../embedded/index.js');
    const server = await startEmbeddedPostgres(embedded);
    return { connection: connectionOfUrl(server.url), release: () => server.stop() };
  }
  const dataSource = typeof source.dataSource === 'object' ? source.dataSource : hostDataSource;
  if (dataSource === undefined) throw new DataSourceNotFoundError(String(source.dataSource));
  return { connection: connectionOfDataSource(dataSource), release: nothing };
}
