import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../lib/embedded/index.js';
import { eventually } from '../support/eventually.js';
import { query, ServerFolder } from './server-folder.js';

describe('startEmbeddedPostgres', () => {
  let folder: ServerFolder;
  const servers: EmbeddedPostgres[] = [];
  const lines: string[] = [];

  const start = async (options: Parameters<typeof startEmbeddedPostgres>[0] = {}) => {
    const server = await startEmbeddedPostgres({ dataDir: folder.path, log: (line) => lines.push(line), ...options });
    servers.push(server);
    return server;
  };

  beforeEach(() => {
    folder = new ServerFolder();
    lines.length = 0;
  });

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    folder.dispose();
  });

  it('starts a server that answers, with the database made', async () => {
    const server = await start();
    expect(await query(server.url, 'select 1 as one, current_database() as name')).toEqual([{ one: 1, name: 'workflows' }]);
    expect(server).toMatchObject({ dataDir: folder.path, port: Number(new URL(server.url).port) });
    expect(lines.at(-1)).toMatch(/^Postgres \d+\.\d+ is running on 127\.0\.0\.1:\d+, data in /);
  });

  it('keeps every write durable by default and takes further settings', async () => {
    const { url } = await start({ settings: { work_mem: '16MB' } });
    const sql = `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
      current_setting('max_connections') as connections, current_setting('work_mem') as memory`;
    expect(await query(url, sql)).toEqual([{ fsync: 'on', commit: 'on', connections: '200', memory: '16MB' }]);
  });

  it('listens on the loopback address only', async () => {
    const { url, port } = await start();
    expect(await query(url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(url, 'show unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);
    const outside = Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? []).filter((one) => !one.internal && one.family === 'IPv4'),
    );
    for (const { address } of outside) await expect(reach(address, port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('refuses a connection without the generated password, which only the owner may read', async () => {
    const server = await start();
    const wrong = server.url.replace(/:[0-9a-f]{48}@/, ':wrong@');
    expect(wrong).not.toBe(server.url);
    await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(folder.path, 'cluster', 'password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.path, 'cluster', 'data')).mode & 0o777).toBe(0o700);
  });

  it('keeps data and password over a restart', async () => {
    const first = await start();
    await query(first.url, 'create table kept (n int); insert into kept values (42)');
    await first.stop();
    const second = await start();
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 42 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
  });

  it('leaves no process and no user behind when stopped, and can be stopped twice', async () => {
    const server = await start();
    expect(folder.processes()).toHaveLength(2);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(folder.processes()).toEqual([]);
    expect(readdirSync(folder.path).sort()).toEqual(['cluster', 'server.log']);
  });

  it('stops although clients are connected', async () => {
    const server = await start();
    const sleeping = query(server.url, 'select pg_sleep(60)').catch((error: Error) => error.message);
    const asleep = `select from pg_stat_activity where wait_event = 'PgSleep'`;
    await eventually(async () => expect(await query(server.url, asleep)).toHaveLength(1));
    await server.stop();
    expect(await sleeping).toMatch(/terminat/);
  });

  it('is shared by those that start on one folder at once, until the last one stops', async () => {
    const [first, second, third] = await Promise.all([start(), start({ database: 'other' }), start()]);
    expect(new Set([first.port, second.port, third.port]).size).toBe(1);
    await first.stop();
    await third.stop();
    expect(await query(second.url, 'select current_database() as name')).toEqual([{ name: 'other' }]);
    await second.stop();
    expect(folder.processes()).toEqual([]);
  });

  it('takes the port asked for, and says so when another program has it', async () => {
    const [blocker, port] = await occupyPort();
    await expect(start({ port })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_PORT_IN_USE',
      message: expect.stringContaining(String(port)),
    });
    expect(folder.processes()).toEqual([]);
    await new Promise((resolve) => blocker.close(resolve));
    expect((await start({ port })).port).toBe(port);
  });

  it('refuses data of another major version and leaves it alone', async () => {
    await (await start()).stop();
    writeFileSync(join(folder.path, 'cluster', 'data', 'PG_VERSION'), '15\n');
    await expect(start()).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_VERSION',
      message: expect.stringContaining('embedded-postgres@15'),
    });
  });

  it('shows what Postgres said when a setting keeps it from starting', async () => {
    await expect(start({ settings: { max_connections: 'many' } })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining('max_connections'),
    });
  });

  it('refuses options that it cannot honour', async () => {
    const refused = { code: 'EMBEDDED_POSTGRES_INVALID_OPTION' };
    await expect(start({ settings: { listen_addresses: '*' } })).rejects.toMatchObject(refused);
    await expect(start({ settings: { 'a b': '1' } })).rejects.toMatchObject(refused);
    await expect(start({ port: 70_000 })).rejects.toMatchObject(refused);
    await expect(start({ database: '' })).rejects.toMatchObject(refused);
    await expect(start({ datadir: '/x' } as object)).rejects.toMatchObject(refused);
  });

  it('names the folder when it cannot be created', async () => {
    mkdirSync(join(folder.path, '..'), { recursive: true });
    writeFileSync(folder.path, 'a file');
    await expect(start()).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining(folder.path),
    });
  });
});

function reach(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}

function occupyPort(): Promise<[Server, number]> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve([server, (server.address() as { port: number }).port]));
  });
}
