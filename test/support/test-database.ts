/**
 * One schema per test, on the server that global setup started (or DATABASE_URL names). Connections of the code
 * under test set `application_name` to the schema's name; `dispose` fails if one of them is still open.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { eventually } from './eventually.js';

export interface TestSchema {
  url: string;
  /** Matches ^[a-z_][a-z0-9_]{0,47}$. Created, empty. */
  schema: string;
  /** For the spec's own queries; its connections do not count as leaks. search_path is the schema. */
  pool: pg.Pool;
  /** Drops the schema. Throws when connections named after the schema stay open. */
  dispose(): Promise<void>;
}

/** How long a closing connection may take to leave pg_stat_activity. */
const LEAK_TIMEOUT_MS = 2_000;

export async function createTestSchema(): Promise<TestSchema> {
  const url = process.env.DATABASE_URL;
  if (url === undefined) throw new Error('DATABASE_URL is not set: run specs through jest, whose global setup sets it');
  const schema = `t_${randomBytes(8).toString('hex')}`;
  const pool = new pg.Pool({
    connectionString: url,
    max: 4,
    application_name: 'spec',
    options: `-c search_path=${schema}`,
    allowExitOnIdle: true,
  });
  await pool.query(`create schema ${schema}`);
  return {
    url,
    schema,
    pool,
    async dispose() {
      try {
        const leaks = await leftConnections(pool, schema);
        await pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name in ($1, 'workflows:' || $1) and pid <> pg_backend_pid()`,
          [schema],
        );
        await pool.query(`drop schema if exists ${schema} cascade`);
        if (leaks.length > 0) throw new Error(`${leaks.length} connection(s) left open:\n${leaks.join('\n')}`);
      } finally {
        await pool.end();
      }
    },
  };
}

async function leftConnections(pool: pg.Pool, schema: string): Promise<string[]> {
  let left: string[] = [];
  await eventually(
    async () => {
      const { rows } = await pool.query<{ line: string }>(
        `select format('pid %s, %s, last query: %s', pid, state, left(query, 200)) as line
           from pg_stat_activity where application_name in ($1, 'workflows:' || $1)`,
        [schema],
      );
      left = rows.map((row) => row.line);
      if (left.length > 0) throw new Error('connections left');
    },
    { timeout: LEAK_TIMEOUT_MS },
  ).catch(() => undefined);
  return left;
}
