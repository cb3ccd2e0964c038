/**
 * Decides as whom Postgres runs, and what that user can reach. Postgres refuses to run as root; an application that
 * runs as root (a container, a CI job) gets a server of the system user `postgres`, made here if it is missing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

const USER = 'postgres';

/** Spread into the options of `spawn`; empty when Postgres runs as the application's own user. */
export interface RunUser {
  uid?: number;
  gid?: number;
}

/** @param existingData folder of an existing cluster: its owner goes on owning it, unless that is root */
export function resolveRunUser(existingData: string): RunUser {
  if (process.getuid?.() !== 0) return {};
  const owner = statSync(existingData, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const found = lookUp();
  if (found !== undefined) return found;
  createUser();
  const created = lookUp();
  if (created !== undefined) return created;
  throw new EmbeddedPostgresError('EMBEDDED_POSTGRES_FAILED', `The system user "${USER}" was created but cannot be looked up.`);
}

/** Whether that user gets through to the folder: root does get below /root, the postgres user does not. */
export function canReach(folder: string, user: RunUser): boolean {
  if (user.uid === undefined) return true;
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** What initdb and postgres see of our environment: no PG* variable may redirect them, messages are in English. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG|NODE_)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

function lookUp(): RunUser | undefined {
  const id = (flag: string) => {
    const { status, stdout } = spawnSync('id', [flag, USER], { encoding: 'utf8' });
    return status === 0 ? Number(stdout.trim()) : undefined;
  };
  const [uid, gid] = [id('-u'), id('-g')];
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { uid, gid };
}

function createUser(): void {
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', USER], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
  } catch (error) {
    // Another process may have created it in the same moment.
    if (lookUp() !== undefined) return;
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_FAILED',
      `This process runs as root, Postgres refuses to, and the system user "${USER}" could not be created: ` +
        `${(error as { stderr?: string }).stderr || (error as Error).message}. ` +
        `Create it (useradd --system --user-group ${USER}), or run the application as an ordinary user.`,
      { cause: error },
    );
  }
}
