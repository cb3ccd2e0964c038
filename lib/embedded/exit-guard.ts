/**
 * Stops the server when the application has ended, however it ended: normal exit, Ctrl-C, SIGTERM, SIGKILL. Set up by
 * `startEmbeddedPostgres`.
 *
 * A small shell process holds the end of a pipe to the application and sees it close. There are no signal or exit
 * handlers in the application: a handler would keep Node from ending by default, and would have to guess whether
 * NestJS's shutdown hooks, or others, are still draining; with the guard, the database is there until they are done.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { DataFolder } from './data-folder.js';
import type { ServerUsers } from './server-users.js';

/**
 * $1 file of the user, $2 folder of the users, $3 pid file of the server, $4 pid of the server. Any word on the pipe
 * calls the guard off; its end without a word means that the application is gone.
 */
const SCRIPT = `
trap '' INT TERM HUP
read -r word && exit 0
rm -f "$1"
rmdir "$2" 2>/dev/null || exit 0
read -r pid < "$3" && [ "$pid" = "$4" ] && kill -INT "$pid"
`;

export class ExitGuard {
  private constructor(private readonly dismissal: () => Promise<void>) {}

  static start(users: ServerUsers, folder: DataFolder, serverPid: number, pgCtl: string): ExitGuard {
    if (process.platform === 'win32') return ExitGuard.onExit(pgCtl, serverPid);
    const child = spawn(
      '/bin/sh',
      ['-c', SCRIPT, 'sh', users.file, users.folder, join(folder.cluster, 'postmaster.pid'), `${serverPid}`],
      {
        // Own session: a Ctrl-C in the terminal must not reach the guard.
        detached: true,
        cwd: '/',
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    );
    const pipe = child.stdin as Socket;
    child.unref();
    pipe.unref();
    // Somebody killed the guard: then the next start cleans up.
    child.on('error', () => undefined);
    pipe.on('error', () => undefined);
    return new ExitGuard(() => dismiss(child, pipe));
  }

  /** Windows has neither sh nor signals; a killed application leaves its server to the next start. */
  private static onExit(pgCtl: string, serverPid: number): ExitGuard {
    const stop = () => spawnSync(pgCtl, ['kill', 'INT', `${serverPid}`], { stdio: 'ignore' });
    process.once('exit', stop);
    return new ExitGuard(async () => {
      process.removeListener('exit', stop);
    });
  }

  /** The application has left by itself. */
  async dismiss(): Promise<void> {
    await this.dismissal();
  }
}

async function dismiss(child: ChildProcess, pipe: Socket): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.ref();
  const exit = new Promise((resolve) => child.once('exit', resolve));
  pipe.end('done\n');
  await exit;
}
