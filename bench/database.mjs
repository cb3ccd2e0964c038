// The server that all measurements share: DATABASE_URL, or an embedded one with its data in `.data/bench-postgres`. Called by run.mjs and
// sleepers.mjs, once; child processes get its url.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const DATA_DIR = fileURLToPath(new URL('../.data/bench-postgres', import.meta.url));

export async function openServer() {
  const url = process.env.DATABASE_URL;
  if (url) return { url, embedded: false, stop: async () => undefined };
  const { startEmbeddedPostgres } = await import('../dist/lib/embedded/index.js');
  const server = await startEmbeddedPostgres({ dataDir: DATA_DIR, log: (line) => console.error(`[postgres] ${line}`) });
  return { url: server.url, embedded: true, stop: () => server.stop() };
}

/** The parent's own connection: makes schemas comparable, checks them afterwards, drops them. */
export class BenchDatabase {
  #pool;
  #postmaster;

  constructor(url) {
    this.#pool = new pg.Pool({ connectionString: url, max: 1, application_name: 'bench' });
    this.#pool.on('error', () => undefined);
  }

  newSchema(contender) {
    return `bench_${contender}_${randomBytes(4).toString('hex')}`;
  }

  async query(text, values) {
    return (await this.#pool.query(text, values)).rows;
  }

  /** Nothing of an earlier measurement is left to be written during the next one. Needs a privilege, so it may not work. */
  async settle() {
    await this.#pool.query('checkpoint').catch(() => undefined);
  }

  /** Tables that were just filled: hint bits, visibility map and statistics as they are some time later. */
  async vacuum(schema) {
    const tables = await this.query('select tablename from pg_tables where schemaname = $1', [schema]);
    for (const { tablename } of tables) await this.#pool.query(`vacuum (analyze) ${schema}.${tablename}`);
  }

  /** Throws when runs or steps are missing. Both contenders name their columns alike for this. */
  async verify(schema, { runs, steps, status }) {
    const names = await this.query('select tablename from pg_tables where schemaname = $1', [schema]);
    const library = names.some(({ tablename }) => tablename === 'workflow_status');
    const [runTable, stepTable] = library ? ['workflow_status', 'operation_outputs'] : ['runs', 'steps'];
    const found = await this.query(
      `select status, count(*)::int count from ${schema}.${runTable} group by status order by status`,
    );
    const [recorded] = await this.query(`select count(*)::int count from ${schema}.${stepTable} where output is not null`);
    const inStatus = found.find((row) => row.status === status)?.count ?? 0;
    if (inStatus === runs && found.length === 1 && recorded.count === steps) return;
    const counts = found.map((row) => `${row.count} ${row.status}`).join(', ');
    throw new Error(
      `LOST in ${schema}: wanted ${runs} ${status} and ${steps} steps, found ${counts} and ${recorded.count} steps`,
    );
  }

  async drop(schema) {
    await this.#pool.query(`drop schema if exists ${schema} cascade`);
  }

  /** ms of CPU that the server has used so far, with backends that have gone; undefined when it is not on this machine. */
  async cpuMs() {
    this.#postmaster ??= await this.#findPostmaster();
    return this.#postmaster === undefined ? undefined : cpuOfTree(this.#postmaster);
  }

  async #findPostmaster() {
    try {
      const [{ pid }] = await this.query('select pg_backend_pid() pid');
      const { name, parent } = statOf(pid);
      return name.startsWith('postgres') ? parent : undefined;
    } catch {
      return undefined;
    }
  }

  async describe() {
    const [row] = await this.query(`select current_setting('server_version') postgres, current_setting('fsync') fsync,
      current_setting('synchronous_commit') "synchronousCommit", current_setting('shared_buffers') "sharedBuffers"`);
    return row;
  }

  async close() {
    await this.#pool.end();
  }
}

/** Clock ticks are 10 ms on every Linux that Node runs on. */
function statOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parent, own, reaped] = [fields[1], fields[11] + fields[12], fields[13] + fields[14]];
  return { name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')), parent, own: own * 10, reaped: reaped * 10 };
}

function cpuOfTree(postmaster) {
  const { own, reaped } = statOf(postmaster);
  let total = own + reaped;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = statOf(entry);
      if (stat.parent === postmaster) total += stat.own;
    } catch {
      // Ended between the listing and the reading.
    }
  }
  return total;
}
