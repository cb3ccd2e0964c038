/** For the specs of this folder: a data folder of their own, and what runs on it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

export interface ProcessLine {
  pid: number;
  ppid: number;
  command: string;
}

export class ServerFolder {
  readonly path: string;

  constructor() {
    // Not in the project: a clone below /root is out of the postgres user's reach, which has a way of its own.
    const folder = mkdtempSync(join(realpathSync(tmpdir()), 'spec-embedded-'));
    // mkdtemp closes it to others; a project's folder is open, and the postgres user has to get there.
    chmodSync(folder, 0o755);
    this.path = join(folder, 'postgres');
  }

  get pidFile(): string {
    return join(this.path, 'cluster', 'data', 'postmaster.pid');
  }

  get serverPid(): number {
    return Number(readFileSync(this.pidFile, 'utf8').split('\n')[0]);
  }

  /** Servers and guards, without the servers' children: those bear their parent's name for a moment. */
  processes(): ProcessLine[] {
    const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args=', '-ww'], { encoding: 'utf8' }).split('\n');
    const found = lines.flatMap((line) => {
      const [, pid, ppid, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/s.exec(line) ?? [];
      const ours = command.includes(this.path) && /(^|\/)(postgres|sh) /.test(command) && !command.includes('node ');
      return ours ? [{ pid: Number(pid), ppid: Number(ppid), command }] : [];
    });
    return found.filter(({ ppid }) => !found.some(({ pid }) => pid === ppid));
  }

  /** Ends what a failed spec left behind. */
  dispose(): void {
    for (const { pid, command } of this.processes()) process.kill(pid, command.includes('postgres -D') ? 'SIGQUIT' : 'SIGKILL');
    rmSync(join(this.path, '..'), { recursive: true, force: true });
  }
}

export async function query<R extends pg.QueryResultRow>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}
