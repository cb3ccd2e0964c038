/** The only file here that speaks to Postgres: is this our server, and has it the database? Called at each start. */
import { SUPERUSER } from './data-folder.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

export function connectionUrl(port: number, password: string, database: string): string {
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** Creates the database if it is missing. False when the server does not take connections now: look again. */
export async function ensureDatabase(port: number, password: string, database: string): Promise<boolean> {
  const { Client } = await loadPg();
  const client = new Client({
    connectionString: connectionUrl(port, password, 'postgres'),
    application_name: 'embedded-postgres',
  });
  // A server that goes away in between fails the query as well; the event alone would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
    return true;
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    // Somebody else has created it, or is creating it (55006: the template is in use).
    if (['42P04', '23505'].includes(code)) return true;
    // 57014 is what a shutdown in the middle of the login says.
    if (['55006', '57014', '57P01', '57P03', 'ECONNREFUSED', 'ECONNRESET'].includes(code)) return false;
    if (code === '' && (error as Error).message.includes('terminated')) return false;
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_FAILED',
      code === '28P01'
        ? `The server on 127.0.0.1:${port} refuses the password kept with its data. Remove the data folder to begin with empty data.`
        : `The database "${database}" on 127.0.0.1:${port} cannot be opened or created (${code}): ${(error as Error).message}`,
      { cause: error },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function loadPg(): Promise<Pick<typeof import('pg'), 'Client'>> {
  try {
    return (await import('pg')).default;
  } catch (error) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_MISSING',
      'The package "pg" is not installed. Install it (npm install pg).',
      {
        cause: error,
      },
    );
  }
}
