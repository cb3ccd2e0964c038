// Where the database is: from a url, or from the settings of a TypeORM DataSource of the host. Called once, at boot.
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { readField } from '../kernel/plain-error.js';
import { WorkflowsError } from '../kernel/workflows.error.js';

export class UnsupportedDataSourceError extends WorkflowsError {
  constructor(type: string) {
    super(
      'UnsupportedDataSourceError',
      'UNSUPPORTED_DATA_SOURCE',
      `The DataSource is of type "${type}"; workflows need "postgres". Give WorkflowsModule the DataSource of a Postgres database, or a url.`,
      { details: { type } },
    );
  }
}

export function connectionOfUrl(url: string): pg.ClientConfig {
  return { connectionString: url };
}

/** By its shape: the host's typeorm may be another copy than ours. */
export function isDataSource(value: unknown): value is DataSource {
  const options = typeof value === 'object' && value !== null ? readField(value, 'options') : undefined;
  return typeof options === 'object' && options !== null && typeof readField(options, 'type') === 'string';
}

/** Of a replicated DataSource the master: claims and leases read from a replica would be stale. @throws UnsupportedDataSourceError */
export function connectionOfDataSource(dataSource: DataSource): pg.ClientConfig {
  // From the host's container, where a test may have put anything.
  if (!isDataSource(dataSource)) throw new UnsupportedDataSourceError('unknown');
  const { options } = dataSource;
  if (options.type !== 'postgres') throw new UnsupportedDataSourceError(options.type);
  const { replication, extra } = options;
  const credentials = replication?.master ?? options;
  const { url, host, port, username, password, database, ssl } = credentials;
  return {
    ...(extra as pg.ClientConfig | undefined),
    ...(url !== undefined && { connectionString: url }),
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(username !== undefined && { user: username }),
    ...(password !== undefined && { password: password as pg.ClientConfig['password'] }),
    ...(database !== undefined && { database }),
    ...(ssl !== undefined && { ssl: ssl as pg.ClientConfig['ssl'] }),
  };
}

/** For logs: never the password. */
export function describeConnection(connection: pg.ClientConfig): string {
  if (connection.connectionString !== undefined) {
    try {
      const url = new URL(connection.connectionString);
      return `${url.hostname}${url.port ? `:${url.port}` : ''}${url.pathname}`;
    } catch {
      return 'the given url';
    }
  }
  return `${connection.host ?? 'localhost'}:${connection.port ?? 5432}/${connection.database ?? connection.user ?? ''}`;
}
