import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../lib/embedded/index.js';
import { StartLock } from '../../lib/embedded/start-lock.js';
import { ChildScript } from '../support/child-process.js';
import { query, ServerFolder } from './server-folder.js';

const script = join(import.meta.dirname, 'application.ts');

describe('a start after a crash', () => {
  let folder: ServerFolder;
  let server: EmbeddedPostgres | undefined;
  const lines: string[] = [];
  const bystanders: ChildProcess[] = [];

  const start = async (port?: number) => {
    server = await startEmbeddedPostgres({ dataDir: folder.path, port, log: (line) => lines.push(line) });
    return server;
  };

  /** An application that is killed together with its guard, so that its server is left alone. */
  const leaveOrphan = async () => {
    const app = new ChildScript(script, { args: [folder.path, 'wait'] });
    const url = (await app.waitForLine('ready ')).slice('ready '.length);
    await query(url, 'create table if not exists kept (n int); insert into kept values (1)');
    const guard = folder.processes().find(({ command }) => command.includes('read -r word'));
    process.kill(guard?.pid as number, 'SIGKILL');
    await app.dispose();
    return { url, pid: folder.serverPid };
  };

  beforeEach(() => {
    folder = new ServerFolder();
    lines.length = 0;
  });

  afterEach(async () => {
    await server?.stop();
    server = undefined;
    for (const bystander of bystanders.splice(0)) bystander.kill('SIGKILL');
    folder.dispose();
  });

  it('takes over the server that was left behind, and stops it in the end', async () => {
    const orphan = await leaveOrphan();
    const { url, stop } = await start();
    expect(url).toBe(orphan.url);
    expect(folder.serverPid).toBe(orphan.pid);
    expect(lines.at(-1)).toContain('that runs on 127.0.0.1');
    expect(await query(url, 'select n from kept')).toEqual([{ n: 1 }]);
    await stop();
    expect(folder.processes()).toEqual([]);
  });

  it('moves the server that was left behind to the port asked for', async () => {
    const orphan = await leaveOrphan();
    const port = Number(new URL(orphan.url).port) === 43_117 ? 43_118 : 43_117;
    const { url } = await start(port);
    expect(new URL(url).port).toBe(String(port));
    expect(await query(url, 'select n from kept')).toEqual([{ n: 1 }]);
    expect(folder.processes()).toHaveLength(2);
  });

  it('replaces a server whose last user has left without stopping it', async () => {
    const orphan = await leaveOrphan();
    for (const name of readdirSync(join(folder.path, 'users'))) unlinkSync(join(folder.path, 'users', name));
    rmdirSync(join(folder.path, 'users'));
    const { url } = await start();
    expect(folder.serverPid).not.toBe(orphan.pid);
    expect(await query(url, 'select n from kept')).toEqual([{ n: 1 }]);
  });

  it('recovers the data when the server was killed too', async () => {
    const { pid } = await leaveOrphan();
    process.kill(pid, 'SIGKILL');
    const { url } = await start();
    expect(await query(url, 'select n from kept')).toEqual([{ n: 1 }]);
  });

  it('is not confused by a pid file whose process is another program', async () => {
    await query((await start()).url, 'create table kept (n int); insert into kept values (1)');
    const pidFile = readFileSync(folder.pidFile, 'utf8').split('\n');
    await server?.stop();
    // As the user that Postgres runs as: this is the case in which Postgres itself would refuse to start.
    const { uid, gid } = statSync(join(folder.path, 'cluster', 'data'));
    const bystander = spawn('sleep', ['600'], { stdio: 'ignore', cwd: '/', ...(process.getuid?.() === 0 ? { uid, gid } : {}) });
    bystanders.push(bystander);
    writeFileSync(folder.pidFile, [bystander.pid, ...pidFile.slice(1)].join('\n'));
    const { url, stop } = await start();
    expect(await query(url, 'select n from kept')).toEqual([{ n: 1 }]);
    await stop();
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
  });

  it.each(['', '999999999\n/nowhere\n', 'nonsense'])('is not confused by a pid file that says %j', async (content) => {
    await (await start()).stop();
    writeFileSync(folder.pidFile, content);
    expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('begins again when the creation of the cluster was cut off', async () => {
    const draft = join(folder.path, 'new-01234567');
    mkdirSync(join(draft, 'data'), { recursive: true });
    writeFileSync(join(draft, 'data', 'PG_VERSION'), '18\n');
    expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(existsSync(draft)).toBe(false);
  });

  it('passes by the start lock of a dead process, one of many at a time', async () => {
    mkdirSync(folder.path, { recursive: true });
    symlinkSync('4194305.0123456789ab.01234567', join(folder.path, 'start-lock'));
    for (let round = 0; round < 3; round += 1) {
      const locks = await Promise.all(Array.from({ length: 10 }, () => StartLock.tryAcquire(folder.path)));
      const held = locks.filter((lock) => lock !== undefined);
      expect(held).toHaveLength(1);
      await held[0]?.release();
    }
    expect(await query((await start()).url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});
