import { join } from 'node:path';
import { ChildScript } from '../support/child-process.js';
import { eventually } from '../support/eventually.js';
import { query, ServerFolder } from './server-folder.js';

const script = join(import.meta.dirname, 'application.ts');

describe('an application with an embedded server', () => {
  let folder: ServerFolder;
  const children: ChildScript[] = [];

  const run = (mode: string) => {
    const child = new ChildScript(script, { args: [folder.path, mode] });
    children.push(child);
    return child;
  };
  const urlOf = async (child: ChildScript) => (await child.waitForLine('ready ')).slice('ready '.length);
  const expectNothingRuns = () => eventually(() => expect(folder.processes()).toEqual([]));

  beforeEach(() => {
    folder = new ServerFolder();
  });

  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.dispose()));
    folder.dispose();
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'dies of %s as ever, and the server stops after it',
    async (signal) => {
      const app = run('wait');
      await urlOf(app);
      app.kill(signal);
      expect(await app.exit).toEqual({ code: null, signal });
      await expectNothingRuns();
    },
  );

  it('has its database until the shutdown hooks of NestJS are done', async () => {
    const app = run('nest');
    await urlOf(app);
    app.kill('SIGTERM');
    expect(await app.exit).toEqual({ code: null, signal: 'SIGTERM' });
    expect(app.lines).toContain('drained');
    await expectNothingRuns();
  });

  it('ends by itself when it has stopped the server', async () => {
    const app = run('stop');
    expect(await app.exit).toEqual({ code: 0, signal: null });
    expect(folder.processes()).toEqual([]);
  });

  it('is not kept alive by the server, which stops after it', async () => {
    const app = run('end');
    expect(await app.exit).toEqual({ code: 0, signal: null });
    await expectNothingRuns();
  });

  it('leaves the server to another application that uses it', async () => {
    const apps = [run('wait'), run('wait'), run('wait')] as const;
    const urls = await Promise.all(apps.map(urlOf));
    expect(new Set(urls).size).toBe(1);
    const serverPid = folder.serverPid;
    const [starter, ...others] = apps;
    starter.kill('SIGKILL');
    await starter.exit;
    await eventually(() => expect(folder.processes()).toHaveLength(3));
    expect(await query(urls[0] as string, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(folder.serverPid).toBe(serverPid);
    for (const other of others) other.kill('SIGTERM');
    await expectNothingRuns();
  });

  it('survives restarts in quick succession with its data', async () => {
    const first = run('wait');
    await query(await urlOf(first), 'create table restarts (n int)');
    let last = first;
    for (let n = 1; n <= 8; n += 1) {
      last.kill(n % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
      last = run('wait');
      await query(await urlOf(last), `insert into restarts values (${n})`);
    }
    expect(await query(await urlOf(last), 'select count(*)::int as count from restarts')).toEqual([{ count: 8 }]);
  });
});
