/** What `startEmbeddedPostgres` takes, checked and completed. */
import { isAbsolute, join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

export interface EmbeddedPostgresOptions {
  /** Folder of the data, made if missing. Default `.data/postgres` in the working directory. Keep it out of git. */
  dataDir?: string;
  /** Port on 127.0.0.1. Default: any free one; a server that runs already keeps its own. */
  port?: number;
  /** Created if missing. Default `workflows`. */
  database?: string;
  /** Gets the few lines about what happens. Default: standard error. What the server prints goes to `server.log`. */
  log?: (line: string) => void;
  /** Server settings (`postgres -c name=value`), applied when a server is started. Default: `max_connections` 200. */
  settings?: Record<string, string>;
}

export interface ResolvedOptions {
  dataDir: string;
  port: number | undefined;
  database: string;
  log: (line: string) => void;
  settings: Record<string, string>;
}

/** The server is for this machine alone. */
const FIXED = { listen_addresses: '127.0.0.1', unix_socket_directories: '' };
const DEFAULTS = { max_connections: '200', log_line_prefix: '%m [%p] %q%a ' };
/** These would move the data, or the output that we read, to somewhere else. */
const RESERVED = new Set([
  ...Object.keys(FIXED),
  'port',
  'data_directory',
  'logging_collector',
  'log_destination',
  'external_pid_file',
]);
const KNOWN = new Set(['dataDir', 'port', 'database', 'log', 'settings']);

export function resolveOptions(options: EmbeddedPostgresOptions): ResolvedOptions {
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) refuse(`There is no option "${name}"; there are ${[...KNOWN].join(', ')}.`);
  }
  const { dataDir = join('.data', 'postgres'), port, database = 'workflows', log = toStandardError, settings = {} } = options;
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536))
    refuse(`port ${port} is not between 1 and 65535.`);
  if (database === '' || Buffer.byteLength(database) > 63) refuse(`database "${database}" is not a name of 1 to 63 bytes.`);
  for (const name of Object.keys(settings)) {
    if (!/^[a-z_][a-z0-9_.]*$/.test(name)) refuse(`"${name}" is not the name of a Postgres setting.`);
    if (RESERVED.has(name))
      refuse(`The setting "${name}" is fixed: the embedded server listens on 127.0.0.1 only. Remove it from settings.`);
  }
  return {
    dataDir: isAbsolute(dataDir) ? dataDir : join(process.cwd(), dataDir),
    port,
    database,
    log,
    settings: { ...DEFAULTS, ...settings, ...FIXED },
  };
}

function toStandardError(line: string): void {
  process.stderr.write(`[embedded-postgres] ${line}\n`);
}

function refuse(message: string): never {
  throw new EmbeddedPostgresError('EMBEDDED_POSTGRES_INVALID_OPTION', `startEmbeddedPostgres: ${message}`);
}
