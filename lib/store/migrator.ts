// Brings the schema to this library's version at boot, or checks that it is there. Any number of instances may boot at once: they
// take turns at one transaction-level lock. Touches nothing outside the library's own schema.
import pg from 'pg';
import { DataSource } from 'typeorm';
import { SCHEMA_VERSION, workflowsMigrations } from '../../migrations/index.js';
import type { Clock } from '../kernel/clock.js';
import type { WorkflowsLogger } from '../kernel/logger.js';
import { WorkflowsError } from '../kernel/workflows.error.js';
import { describeConnection } from './connection-config.js';
import { destroySocket } from './destroy-socket.js';
import { isUnavailable, sqlStateOf } from './sql-errors.js';

export type MigrateMode = 'auto' | 'verify' | 'off';

export class SchemaTooNewError extends WorkflowsError {
  constructor(schema: string, found: number) {
    super(
      'SchemaTooNewError',
      'SCHEMA_TOO_NEW',
      `Schema "${schema}" is at version ${found}, but this nestjs-workflows knows only up to ${SCHEMA_VERSION}. Deploy a release that knows version ${found}, or use another schema.`,
      { details: { schema, found, known: SCHEMA_VERSION } },
    );
  }
}

export class SchemaNotMigratedError extends WorkflowsError {
  constructor(schema: string, found: number, cause?: unknown) {
    super(
      'SchemaNotMigratedError',
      'SCHEMA_NOT_MIGRATED',
      `Schema "${schema}" is at version ${found}, but this nestjs-workflows needs ${SCHEMA_VERSION}. Run the migrations of nestjs-workflows/migrations, or set migrate: 'auto'.`,
      { details: { schema, found, needed: SCHEMA_VERSION }, ...(cause !== undefined && { cause }) },
    );
  }
}

export class DatabaseUnavailableError extends WorkflowsError {
  constructor(where: string, waitedMs: number, cause: unknown) {
    super(
      'DatabaseUnavailableError',
      'DATABASE_UNAVAILABLE',
      `No connection to the workflow database at ${where} within ${Math.round(waitedMs / 1000)} s: ${(cause as Error)?.message}. Check that it runs and that the connection options are right (option connectTimeout sets how long boot waits).`,
      { cause },
    );
  }
}

/** It will not work with these settings: wrong password, no such user or database, no right, a url that the driver can't use. */
export class DatabaseRefusedError extends WorkflowsError {
  constructor(where: string, cause: unknown) {
    super(
      'DatabaseRefusedError',
      'DATABASE_REFUSED',
      `The workflow database at ${where} can't be used: ${(cause as Error)?.message}. Check the connection options (user, password, database name, certificates, settings in the url) and the rights of the user.`,
      { cause },
    );
  }
}

/** The fence reads under a lock what others committed before; above READ COMMITTED it would read an older snapshot. */
export class UnsupportedIsolationError extends WorkflowsError {
  constructor(found: string) {
    super(
      'UnsupportedIsolationError',
      'UNSUPPORTED_ISOLATION',
      `The connection's default_transaction_isolation is "${found}"; workflows need "read committed". Set it for the role, the database or in the connection options.`,
      { details: { found } },
    );
  }
}

export interface MigratorOptions {
  connection: pg.ClientConfig;
  schema: string;
  mode: MigrateMode;
  /** How long boot goes on trying to connect. */
  connectTimeoutMs: number;
  clock: Clock;
  logger: WorkflowsLogger;
}

const RETRY_MS = 500;
const LONGEST_CONNECT_MS = 5_000;
const MIN_CONNECT_MS = 100;

/** @throws DatabaseUnavailableError, DatabaseRefusedError, UnsupportedIsolationError, SchemaTooNewError, SchemaNotMigratedError */
export async function migrate(options: MigratorOptions): Promise<void> {
  const { mode, schema } = options;
  const found = await connected(options, (timeoutMs) => currentVersion(options, timeoutMs));
  if (mode === 'off') return;
  if (found > SCHEMA_VERSION) throw new SchemaTooNewError(schema, found);
  if (found === SCHEMA_VERSION) return;
  if (mode === 'verify') throw new SchemaNotMigratedError(schema, found);
  await connected(options, () => install(options));
}

/** Repeats while the database is not there, up to the timeout. What is wrong and will stay wrong (a password) fails at once. */
async function connected<T>(
  { connection, connectTimeoutMs, clock, logger }: MigratorOptions,
  work: (timeoutMs: number) => Promise<T>,
): Promise<T> {
  const began = clock.monotonic();
  for (let tries = 0; ; tries++) {
    try {
      return await work(Math.min(LONGEST_CONNECT_MS, Math.max(connectTimeoutMs - (clock.monotonic() - began), MIN_CONNECT_MS)));
    } catch (error) {
      // Decided already.
      if (error instanceof WorkflowsError) throw error;
      const waited = clock.monotonic() - began;
      if (!isUnavailable(error) || waited + RETRY_MS > connectTimeoutMs) {
        if (!isUnavailable(error)) throw refusal(connection, error);
        throw new DatabaseUnavailableError(describeConnection(connection), waited, error);
      }
      if (tries % 10 === 0)
        logger.warn(
          `workflow database at ${describeConnection(connection)} not there yet, trying again: ${(error as Error).message}`,
        );
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Classes 28 (authentication) and 3D (no such database), no right (42501), no such setting or role (42704). */
const REFUSED = /^(28...|3D...|42501|42704)$/;

/** Others are bugs, and stay as they are. */
function refusal(connection: pg.ClientConfig, error: unknown): unknown {
  return REFUSED.test(sqlStateOf(error) ?? '') ? new DatabaseRefusedError(describeConnection(connection), error) : error;
}

/** No such schema, table or function: nobody has run the migrations. */
export function isSchemaMissing(error: unknown): boolean {
  return ['42P01', '3F000', '42883'].includes(sqlStateOf(error) ?? '');
}

/** Whatever the driver says of these settings, but that nobody answers, it will say again: no encoding, no such certificate, no TLS there. */
async function connect(connection: pg.ClientConfig, timeoutMs: number): Promise<pg.Client> {
  let client: pg.Client | undefined;
  try {
    client = new pg.Client({ ...connection, connectionTimeoutMillis: timeoutMs });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  } catch (error) {
    // Its timer would destroy the socket with an error that nobody listens to.
    if (client !== undefined) destroySocket(client);
    throw isUnavailable(error) ? error : new DatabaseRefusedError(describeConnection(connection), error);
  }
}

async function currentVersion({ connection, schema }: MigratorOptions, timeoutMs: number): Promise<number> {
  const client = await connect(connection, timeoutMs);
  try {
    const isolation = await client.query(`/* isolation */ select current_setting('default_transaction_isolation') "level"`);
    if (isolation.rows[0]?.level !== 'read committed') throw new UnsupportedIsolationError(String(isolation.rows[0]?.level));
    const { rows } = await client.query(
      `/* schema.version */ select coalesce(max(version), 0) "version" from "${schema}".schema_migrations`,
    );
    return rows[0]?.version ?? 0;
  } catch (error) {
    if (isSchemaMissing(error)) return 0;
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** All pending versions in one transaction: a process killed in the middle leaves nothing. */
async function install({ connection, schema, logger }: MigratorOptions): Promise<void> {
  const { connectionString, host, port, user, password, database, ssl } = connection;
  const dataSource = new DataSource({
    type: 'postgres',
    ...(connectionString !== undefined && { url: connectionString }),
    host,
    port,
    username: user,
    password: password as string | undefined,
    database,
    ssl: ssl as never,
    poolSize: 1,
    installExtensions: false,
    connectTimeoutMS: LONGEST_CONNECT_MS,
  });
  await dataSource.initialize();
  try {
    const runner = dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      await runner.query('/* migrate.lock */ select pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `nestjs-workflows.migrate.${schema}`,
      ]);
      for (const Migration of workflowsMigrations(schema)) await new Migration().up(runner);
      await runner.commitTransaction();
      logger.log(`schema "${schema}" is at version ${SCHEMA_VERSION}`);
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  } finally {
    await dataSource.destroy();
  }
}
