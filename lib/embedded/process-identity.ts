/**
 * Tells whether the process that wrote a pid down is still the one that has it. Used for the files in `users/` and
 * for postmaster.pid; a bare pid is not enough, since pids are given out again after a reboot or a wrap-around.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** `<pid>.<token>`: names one process of this machine, for ever. Safe in a file name. */
export function ownIdentity(): string {
  return `${process.pid}.${startToken(process.pid) ?? 'unknown'}`;
}

export function isIdentityAlive(identity: string): boolean {
  const [pid, token] = identity.split('.');
  return startToken(Number(pid)) === token;
}

/** False for a zombie: it holds no file, port or memory any more. */
export function isProcessAlive(pid: number): boolean {
  return startToken(pid) !== undefined;
}

/** Whether `pid` is a Postgres server process that works in `dataFolder` (a real path). */
export function isPostgresOf(pid: number, dataFolder: string): boolean {
  if (!isProcessAlive(pid)) return false;
  if (process.platform === 'win32') return true;
  const command = commandLine(pid);
  if (!/^\S*postgres(\s|$)/.test(command) && !command.includes('/postgres ')) return false;
  return workingFolder(pid) === dataFolder || command.includes(dataFolder);
}

/** Changes when the pid is given to another process; undefined when nobody has it. */
function startToken(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 1) return pid === 1 ? 'init' : undefined;
  if (process.platform === 'linux') {
    const fields = tryRead(`/proc/${pid}/stat`)
      ?.replace(/^.*\) /s, '')
      .split(' ');
    if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return digest(`${tryRead('/proc/sys/kernel/random/boot_id')} ${fields[19]}`);
  }
  if (!canSignal(pid)) return undefined;
  if (process.platform === 'win32') return 'alive';
  const [state, ...started] = ps(pid, 'stat=,lstart=').split(/\s+/);
  return state === undefined || state === '' || state.startsWith('Z') ? undefined : digest(started.join(' '));
}

function commandLine(pid: number): string {
  if (process.platform !== 'linux') return ps(pid, 'command=');
  return (tryRead(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ');
}

/** The server's working folder is its data folder, also after the project was renamed. Not readable everywhere. */
function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function ps(pid: number, columns: string): string {
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', columns], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    }).trim();
  } catch {
    return '';
  }
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
