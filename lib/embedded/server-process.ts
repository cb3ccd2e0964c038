/**
 * One Postgres server process: what runs on a cluster, starting one, stopping one. Called by `startEmbeddedPostgres`.
 * The truth is postmaster.pid, which Postgres itself keeps, together with a look at the process it names.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataFolder } from './data-folder.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { isPostgresOf, isProcessAlive } from './process-identity.js';
import { serverEnvironment } from './run-user.js';

const POLL_MS = 10;
const FAST_SHUTDOWN_MS = 60_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;
const MAX_LOG_BYTES = 10 * 1024 * 1024;

export interface RunningServer {
  pid: number;
  port: number;
  status: 'starting' | 'ready' | 'stopping';
}

/** The server that runs on this cluster now; a pid file whose process is gone, or is another program, counts for nothing. */
export function findRunningServer({ cluster }: DataFolder): RunningServer | undefined {
  const lines = readPidFile(cluster);
  const pid = Number(lines?.[0]);
  if (lines === undefined || !isPostgresOf(pid, cluster)) return undefined;
  const status = lines[7]?.trim();
  return { pid, port: Number(lines[3]), status: status === 'ready' || status === 'stopping' ? status : 'starting' };
}

export type LaunchOutcome =
  | { result: 'ready'; server: RunningServer }
  | { result: 'port-in-use' }
  /** A killed server's last processes have not left yet, or somebody started one by hand: look again. */
  | { result: 'occupied' };

/** To be called under the start lock. */
export async function launchServer(
  folder: DataFolder,
  binaries: PostgresBinaries,
  port: number,
  settings: Record<string, string>,
  deadline: number,
): Promise<LaunchOutcome> {
  disarmStalePidFile(folder);
  const { descriptor, offset } = openLog(folder);
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(binaries.postgres, ['-D', folder.cluster, '-p', String(port), ...flags], {
    ...folder.runUser,
    cwd: '/',
    env: serverEnvironment(),
    // Own session: a Ctrl-C in the terminal reaches the application, which needs its database to drain.
    detached: true,
    stdio: ['ignore', descriptor, descriptor],
  });
  closeSync(descriptor);
  let ended: string | undefined;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended ??= `exit ${code ?? signal}`;
  });
  while (ended === undefined) {
    const server = findRunningServer(folder);
    if (server?.pid === child.pid && server?.status === 'ready') {
      child.unref();
      return { result: 'ready', server };
    }
    if (performance.now() > deadline) {
      child.kill('SIGQUIT');
      child.unref();
      ended = 'it was not ready in time';
      break;
    }
    await delay(POLL_MS);
  }
  const output = readLog(folder, offset);
  if (
    findRunningServer(folder) !== undefined ||
    /lock file "postmaster\.pid"|shared memory block .* is still in use/.test(output)
  ) {
    return { result: 'occupied' };
  }
  if (/could not bind|Address already in use/.test(output)) return { result: 'port-in-use' };
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `Postgres ${binaries.version} did not start (${ended}). The whole log is in ${folder.log}; its end:\n${output}`,
  );
}

/** Fast shutdown, waiting for the end. Does nothing when that server is gone. */
export async function stopServer(
  { pid }: RunningServer,
  { cluster, log }: DataFolder,
  { pgCtl }: PostgresBinaries,
): Promise<void> {
  if (!isPostgresOf(pid, cluster)) return;
  interrupt(pid, 'INT', pgCtl);
  if (await waitForEnd(pid, FAST_SHUTDOWN_MS)) return;
  // Safe for the data: the next start recovers from the write-ahead log.
  interrupt(pid, 'QUIT', pgCtl);
  if (await waitForEnd(pid, IMMEDIATE_SHUTDOWN_MS)) return;
  throw new EmbeddedPostgresError(
    'EMBEDDED_POSTGRES_FAILED',
    `The Postgres server with pid ${pid} does not stop; its log is ${log}. End it by hand.`,
  );
}

export async function waitForEnd(pid: number, timeout: number): Promise<boolean> {
  const deadline = performance.now() + timeout;
  while (isProcessAlive(pid)) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

function interrupt(pid: number, signal: 'INT' | 'QUIT', pgCtl: string): void {
  if (process.platform === 'win32') {
    spawnSync(pgCtl, ['kill', signal, String(pid)], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(pid, `SIG${signal}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new EmbeddedPostgresError(
      'EMBEDDED_POSTGRES_FAILED',
      `The Postgres server with pid ${pid} cannot be stopped: ${(error as Error).message}. It was started by another system user.`,
      { cause: error },
    );
  }
}

/**
 * Postgres takes a pid file for live when any process of its user has that pid. With our own pid in it, Postgres sees
 * its parent's and goes on, yet still checks that no process of the dead server holds its shared memory: so the file
 * is changed and not removed. Without a pid, it is what a kill in the middle of writing left behind.
 */
function disarmStalePidFile({ cluster }: DataFolder): void {
  const lines = readPidFile(cluster);
  if (lines === undefined) return;
  const pid = Number(lines[0]);
  if (pid > 0 && (!isProcessAlive(pid) || isPostgresOf(pid, cluster))) return;
  writeFileSync(pidFile(cluster), [process.pid, ...lines.slice(1)].join('\n'));
}

function readPidFile(cluster: string): string[] | undefined {
  try {
    return readFileSync(pidFile(cluster), 'utf8').split('\n');
  } catch {
    return undefined;
  }
}

function pidFile(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}

function openLog({ log }: DataFolder): { descriptor: number; offset: number } {
  if (existsSync(log) && statSync(log).size > MAX_LOG_BYTES) renameSync(log, `${log}.1`);
  const descriptor = openSync(log, 'a', 0o600);
  return { descriptor, offset: fstatSync(descriptor).size };
}

function readLog({ log }: DataFolder, offset: number): string {
  const descriptor = openSync(log, 'r');
  try {
    const buffer = Buffer.alloc(8_000);
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, offset)).trim();
  } finally {
    closeSync(descriptor);
  }
}
