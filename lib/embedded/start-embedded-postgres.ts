/**
 * A real Postgres server for development and tests, from npm, with its data in a folder of the project. Called by
 * applications in `main.ts` before Nest starts, and by the global setup of this project's specs.
 *
 * Several processes may start on one folder: the first starts the server, the others use it, and the last one that ends
 * (by `stop`, or in any other way: exit-guard.ts) stops it. A server that was left behind is taken over.
 */
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type DataFolder, ensureCluster, openDataFolder } from './data-folder.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { type EmbeddedPostgresOptions, type ResolvedOptions, resolveOptions } from './embedded-postgres-options.js';
import { ExitGuard } from './exit-guard.js';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { connectionUrl, ensureDatabase } from './server-connection.js';
import { findRunningServer, launchServer, type RunningServer, stopServer, waitForEnd } from './server-process.js';
import { ServerUsers } from './server-users.js';
import { StartLock } from './start-lock.js';

/** Long: a server that was killed under load replays its write-ahead log first. */
const START_TIMEOUT_MS = 120_000;
const RETRY_MS = 25;

export interface EmbeddedPostgres {
  /** Connection URL of the database, with user and password. */
  readonly url: string;
  readonly port: number;
  /** Where the data is; differs from the option only when the postgres user cannot reach that folder. */
  readonly dataDir: string;
  /** Stops the server, unless another process still uses it, and waits for its end. Idempotent. */
  stop(): Promise<void>;
}

/** Resolves when the server takes connections and the database exists. Throws `EmbeddedPostgresError`. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const resolved = resolveOptions(options);
  try {
    return await start(resolved);
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_FAILED',
      `Postgres could not be started with its data in ${resolved.dataDir}: ${(error as Error).message}. ` +
        'If another system user made that folder, run as that user or give another one as dataDir.',
      { cause: error },
    );
  }
}

async function start(options: ResolvedOptions): Promise<EmbeddedPostgres> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  const folder = openDataFolder(options.dataDir, options.log);
  const binaries = await findPostgresBinaries(folder.runUser, options.log);
  const password = await ensureCluster(folder, binaries, deadline);
  const users = new ServerUsers(folder.users);
  try {
    const server = await obtainServer(folder, binaries, users, options, password, deadline);
    const guard = ExitGuard.start(users, folder, server.pid, binaries.pgCtl);
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      await leaveServer(users, folder, binaries);
      await guard.dismiss();
    };
    return {
      url: connectionUrl(server.port, password, options.database),
      port: server.port,
      dataDir: folder.root,
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await leaveServer(users, folder, binaries).catch(() => undefined);
    throw error;
  }
}

/** Looks, acts, and looks again until this process is a registered user of a server that takes connections. */
async function obtainServer(
  folder: DataFolder,
  binaries: PostgresBinaries,
  users: ServerUsers,
  options: ResolvedOptions,
  password: string,
  deadline: number,
): Promise<RunningServer> {
  let takePortAsIs = options.port === undefined;
  for (; performance.now() < deadline; await delay(RETRY_MS)) {
    const server = findRunningServer(folder);
    if (server === undefined) {
      const launched = await launchAlone(folder, binaries, users, options, deadline);
      if (launched === undefined || !(await ensureDatabase(launched.port, password, options.database))) continue;
      options.log(`Postgres ${binaries.version} is running on 127.0.0.1:${launched.port}, data in ${folder.root}`);
      return launched;
    }
    if (server.status === 'stopping') {
      await waitForEnd(server.pid, deadline - performance.now());
    } else if (!(await users.join())) {
      // Its last user has left and stops it, or died before doing so.
      await stopServer(server, folder, binaries);
    } else if (!takePortAsIs && server.port !== options.port) {
      // Nobody else uses it: start it again on the port that was asked for. Else it stays where it is.
      if (await users.leave()) await stopServer(server, folder, binaries);
      else takePortAsIs = true;
    } else if (server.status === 'ready' && (await ensureDatabase(server.port, password, options.database))) {
      options.log(`using the Postgres ${binaries.version} that runs on 127.0.0.1:${server.port} already, data in ${folder.root}`);
      return server;
    }
  }
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `The Postgres server in ${folder.root} took no connection within ${START_TIMEOUT_MS / 1000} s; see ${folder.log}.`,
  );
}

/** Undefined when it has to be tried again: another process starts one, or the free port was not free any more. */
async function launchAlone(
  folder: DataFolder,
  binaries: PostgresBinaries,
  users: ServerUsers,
  { port, settings }: ResolvedOptions,
  deadline: number,
): Promise<RunningServer | undefined> {
  const lock = await StartLock.tryAcquire(folder.root);
  if (lock === undefined) return undefined;
  try {
    if (findRunningServer(folder) !== undefined) return undefined;
    await users.open();
    const launched = await launchServer(folder, binaries, port ?? (await findFreePort()), settings, deadline);
    if (launched.result === 'port-in-use' && port !== undefined) throw portInUse(port);
    return launched.result === 'ready' ? launched.server : undefined;
  } finally {
    await lock.release();
  }
}

async function leaveServer(users: ServerUsers, folder: DataFolder, binaries: PostgresBinaries): Promise<void> {
  // Looked up first: as soon as we have left, another process may stop this server and start the next one.
  const server = findRunningServer(folder);
  if ((await users.leave()) && server !== undefined) await stopServer(server, folder, binaries);
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function portInUse(port: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_PORT_IN_USE',
    `Port ${port} on 127.0.0.1 is taken by another program. Give another port, or none: then a free one is taken.`,
  );
}
