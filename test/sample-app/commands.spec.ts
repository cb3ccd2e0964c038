// The sample's operator demo, in a really started app, commanded from other processes with the lines that the README shows.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../support/eventually.js';
import { BuiltSampleApp, ROOT, TOKEN } from './built-sample-app.js';

interface Shown {
  status: string;
  phase?: string;
  progress?: string;
  cleanup?: { chunks: number; parts: string[] };
  error?: string;
  commands: Array<{ command: string; actor: string; reason: string | null; outcome: string | null }>;
}

/** So that a process that was killed is missed soon. */
const ENVIRONMENT = { WORKFLOWS_LEASE: '2s' };
const PARTS = ['valve', 'line', 'vessel'];
const OPERATOR = { authorization: `Bearer ${TOKEN}` };

describe('commands to the demo', () => {
  let app: BuiltSampleApp;

  beforeAll(async () => {
    app = await BuiltSampleApp.build();
    await app.start(ENVIRONMENT);
  }, 60_000);

  afterAll(() => app?.dispose());

  async function start(id: string, fields: object = {}): Promise<void> {
    const { status } = await app.post('/commands', { id, paramOne: `of ${id}`, ...fields });
    expect(status).toBe(201);
  }

  async function show(id: string): Promise<Shown> {
    return (await app.get<Shown>(`/commands/${id}`)).body;
  }

  function eventuallyIs(status: string, id: string): Promise<Shown> {
    return eventually(
      async () => {
        const shown = await show(id);
        expect(shown.status).toBe(status);
        return shown;
      },
      { timeout: 20_000 },
    );
  }

  /** Outcomes on record of that step, in order: numbers of chunks, names of parts. */
  async function recorded<T>(id: string, step: string): Promise<T[]> {
    const { rows } = await app.schema.pool.query(
      `select o.output from operation_outputs o join workflow_status r using (workflow_id)
       where r.external_id = $1 and o.name = $2 and o.error is null order by o.ordinal`,
      [id, step],
    );
    return rows.map(({ output }) => JSON.parse(output));
  }

  const chunksOf = (id: string) => recorded<number>(id, 'commands.work');
  const partsOf = (id: string) => recorded<string>(id, 'commands.clean');

  /** What the bodies of the app that runs now have said. */
  function bodies(id: string): string[] {
    return app.lines.filter((line) => line.includes(`of ${id}: `)).map((line) => line.slice(line.indexOf(': ') + 2));
  }

  function works(id: string, chunks = 1): Promise<void> {
    return eventually(async () => expect((await chunksOf(id)).length).toBeGreaterThanOrEqual(chunks), { timeout: 20_000 });
  }

  const send = (line: string) => app.sh(`npm run --silent command -- ${line}`);

  it('hold, resume and stop it as the README says; a hold outlives the application, cleanup runs once', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const lines = readme.split('\n').filter((line) => line.startsWith('npm run command -- DEMO-1 '));
    expect(lines.map((line) => line.split(' ')[5])).toEqual(['HOLD', 'RESUME', 'STOP']);
    const [hold, resume, stop] = lines as [string, string, string];

    await start('DEMO-1');
    await works('DEMO-1');
    const held = await app.sh(hold);
    expect(held).toMatchObject({ code: 0, stdout: expect.stringMatching(/^HOLD is APPLIED\. The run is HELD\.$/m) });
    const chunks = await chunksOf('DEMO-1');
    // Others go on, in this process and the next, for longer than a chunk takes.
    await start('DEMO-OTHER');
    await works('DEMO-OTHER', 2);
    await app.end('SIGINT');
    await app.start(ENVIRONMENT);
    await works('DEMO-OTHER', 4);
    expect(await show('DEMO-1')).toMatchObject({
      status: 'HELD',
      phase: 'RUNNING',
      commands: [{ command: 'HOLD', actor: 'ann', reason: 'operator hold', outcome: 'APPLIED' }],
    });
    expect(await chunksOf('DEMO-1')).toEqual(chunks);

    expect(await app.sh(resume)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^RESUME is APPLIED\. /m) });
    await works('DEMO-1', chunks.length + 1);
    expect(await app.sh(stop)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^STOP is APPLIED\. The run is STOPP(ING|ED)\.$/m),
    });
    const stopped = await eventuallyIs('STOPPED', 'DEMO-1');
    const worked = await chunksOf('DEMO-1');
    expect(worked).toEqual(worked.map((_, i) => i + 1));
    expect(stopped).toMatchObject({
      phase: 'CLEANED',
      progress: `of DEMO-1: chunk ${worked.length} of 60`,
      cleanup: { chunks: worked.length, parts: PARTS },
      error: expect.stringMatching(/was stopped by ann: stop requested/),
    });
    expect(stopped.commands.map(({ command, outcome }) => [command, outcome])).toEqual([
      ['STOP', 'APPLIED'],
      ['RESUME', 'APPLIED'],
      ['HOLD', 'APPLIED'],
    ]);
    expect(await partsOf('DEMO-1')).toEqual(PARTS);
    expect(bodies('DEMO-1').filter((line) => line.includes('cleaned'))).toHaveLength(PARTS.length);
  }, 90_000);

  it.each([
    ['that a STOP has begun', 60],
    ['that a STOP waits for', 1],
  ])(
    'of which kill -9 hits the cleanup %s: the next process cleans up the rest, and nothing twice',
    async (_, seconds) => {
      const id = `DEMO-KILL-${seconds}`;
      await start(id, { seconds, cleanupSeconds: 12 });
      await works(id);
      const cleansUp = () => eventually(async () => expect(await partsOf(id)).not.toEqual([]));
      // Of one second, the cleanup has begun by itself: it is shielded.
      if (seconds === 1) await cleansUp();
      expect(await app.post(`/commands/${id}/STOP`, {}, OPERATOR)).toMatchObject({ status: 200, body: { outcome: null } });
      await cleansUp();
      await app.end('SIGKILL');
      const before = await partsOf(id);
      const chunks = (await chunksOf(id)).length;
      expect(before.length).toBeLessThan(PARTS.length);
      await app.start(ENVIRONMENT);
      expect(await eventuallyIs('STOPPED', id)).toMatchObject({
        phase: 'CLEANED',
        cleanup: { chunks, parts: PARTS },
        commands: [{ command: 'STOP', outcome: 'APPLIED' }],
      });
      expect(await chunksOf(id)).toHaveLength(chunks);
      expect(await partsOf(id)).toEqual(PARTS);
      expect(bodies(id)).toEqual(PARTS.slice(before.length).map((part) => `cleaned the ${part}`));
    },
    90_000,
  );

  it('reset one that was stopped: it goes on with the chunk after the last, and cleans up anew', async () => {
    const id = 'DEMO-RESET';
    await start(id, { cleanupSeconds: 0 });
    await works(id, 2);
    await send(`${id} STOP`);
    await eventuallyIs('STOPPED', id);
    const chunks = await chunksOf(id);
    expect(await send(`${id} reset --reason 'not that one'`)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^RESET is APPLIED/m),
    });
    await works(id, chunks.length + 1);
    expect(await partsOf(id)).toEqual([]);
    expect((await show(id)).phase).toBe('RUNNING');
    await send(`${id} STOP`);
    await eventuallyIs('STOPPED', id);
    const worked = await chunksOf(id);
    const said = bodies(id);
    expect(said.filter((line) => line.startsWith('chunk'))).toEqual(worked.map((n) => `chunk ${n} of 60`));
    expect(said.filter((line) => line.startsWith('cleaned'))).toHaveLength(2 * PARTS.length);
  }, 60_000);

  it('tell in one line why they are refused, and exit with 1', async () => {
    await start('DEMO-NO', { seconds: 1, cleanupSeconds: 0 });
    await eventuallyIs('SUCCESS', 'DEMO-NO');
    expect(await send('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('npm run command -- <runId>') });
    const unreachable = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    const answers = [
      await send('DEMO-NO STOP'),
      await send('DEMO-NONE HOLD'),
      await send('DEMO-NO HLOD'),
      await send('DEMO-NO STOP --timeout soon'),
      await send('DEMO-NO'),
      await send('DEMO-NO HOLD --raison x'),
      await app.sh('npm run --silent command -- DEMO-NO HOLD', unreachable),
    ];
    const line = (code: string, rest = '') => ({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`^${code}: .*${rest}.*\\n$`)),
    });
    expect(answers).toEqual([
      line('COMMAND_NOT_ALLOWED', 'SUCCESS'),
      line('RUN_NOT_FOUND', '[0-9a-f-]{36}'),
      line('UNKNOWN_COMMAND', 'HOLD'),
      line('INVALID_DURATION'),
      line('USAGE'),
      line('ERR_PARSE_ARGS_UNKNOWN_OPTION'),
      line('DATABASE_UNAVAILABLE'),
    ]);
  }, 60_000);

  it('over HTTP are for operators only', async () => {
    await start('DEMO-HTTP');
    await works('DEMO-HTTP');
    expect(await app.post('/commands/DEMO-HTTP/HOLD', {})).toMatchObject({ status: 401 });
    expect(await app.post('/commands/DEMO-HTTP/HOLD', { reason: 'look', actor: 'ann' }, OPERATOR)).toMatchObject({
      status: 200,
      body: { command: 'HOLD' },
    });
    await eventuallyIs('HELD', 'DEMO-HTTP');
    expect(await app.post('/commands/DEMO-HTTP/HOLD', {}, OPERATOR)).toMatchObject({
      status: 409,
      body: { code: 'COMMAND_NOT_ALLOWED' },
    });
    expect(await app.post('/commands/DEMO-HTTP/HLOD', {}, OPERATOR)).toMatchObject({ status: 400 });
    expect(await app.post('/commands/DEMO-NONE/HOLD', {}, OPERATOR)).toMatchObject({ status: 404 });
    expect(await app.post('/commands', { paramOne: '' })).toMatchObject({ status: 400 });
    expect((await app.get<Shown[]>('/commands')).body).toContainEqual(
      expect.objectContaining({ id: 'DEMO-HTTP', status: 'HELD' }),
    );
  }, 30_000);
});
