// The one database of the application: Postgres at DATABASE_URL, or one from npm. Called by TypeOrmModule in app.module.ts.
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import { startEmbeddedPostgres } from 'nestjs-workflows/embedded';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { CreateOrders1763800000001 } from './orders/create-orders.migration.js';
import { settings } from './settings.js';
import { CreateEffects1763800000002 } from './shop/create-effects.migration.js';

/** An embedded server needs no shutdown hook: it stops when the last process that uses it has ended, however it ended. */
export async function databaseUrl(): Promise<string> {
  return settings.databaseUrl ?? (await startEmbeddedPostgres({ dataDir: settings.dataDir })).url;
}

export async function databaseOptions(): Promise<TypeOrmModuleOptions> {
  return {
    type: 'postgres',
    url: await databaseUrl(),
    schema: settings.appSchema,
    applicationName: `sample-app:${settings.appSchema}`,
    autoLoadEntities: true,
    migrations: [CreateOrders1763800000001, CreateEffects1763800000002],
    retryAttempts: 5,
    retryDelay: 1_000,
    // Only the sample's own tables: the library brings its schema up to date itself, see WorkflowsModule's option `migrate`.
    installExtensions: false,
  };
}

/** As @nestjs/typeorm does it, and migrates before anybody gets the DataSource. Instances that boot at once take turns. */
export async function openDataSource(options?: DataSourceOptions): Promise<DataSource> {
  if (options === undefined) throw new Error('openDataSource needs the options of TypeOrmModule.');
  const dataSource = await new DataSource(options).initialize();
  const turn = dataSource.createQueryRunner();
  try {
    await turn.query(`select pg_advisory_lock(hashtext('sample-app.migrate'))`);
    await dataSource.query(`create schema if not exists "${settings.appSchema}"`);
    await dataSource.runMigrations();
    await turn.query(`select pg_advisory_unlock(hashtext('sample-app.migrate'))`);
  } finally {
    await turn.release();
  }
  return dataSource;
}
