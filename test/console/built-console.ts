/**
 * The console as the package has it, for specs: built with Vite once for each state of its sources, into .data/console-<hash>. Give what
 * comes back to the mount: `console: { assetsDir: await builtConsole() }` (console-app.ts does). Takes some seconds after a change.
 * CONSOLE_DIR names one that was built already, such as dist/console.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { makeOnce } from '../support/made-once.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const DATA = join(ROOT, '.data');
/** All that goes into a build. */
const SOURCES = ['console', 'lib/http-client', 'tsconfig.json', 'package-lock.json'];
/** Others may still use an older build: a run of the specs that began before the sources were changed. */
const KEPT_UNUSED_MS = 60 * 60 * 1000;

class SourcesChangedError extends Error {}

export async function builtConsole(): Promise<string> {
  if (process.env.CONSOLE_DIR) return resolve(ROOT, process.env.CONSOLE_DIR);
  for (;;) {
    const name = `console-${await hashOfSources()}`;
    try {
      await makeOnce(join(DATA, name), (into) => build(into, name));
      await removeUnused();
      return join(DATA, name);
    } catch (error) {
      if (!(error instanceof SourcesChangedError)) throw error;
    }
  }
}

async function build(into: string, name: string): Promise<void> {
  // Jest's own NODE_ENV would build React for development.
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', CONSOLE_OUT_DIR: into };
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--config', 'console/vite.config.ts', '--logLevel', 'error'];
  await run(process.execPath, args, { cwd: ROOT, env }).catch((error: Error & { stderr: string }) => {
    throw new Error(`The console can't be built: ${stripVTControlCharacters(error.stderr || error.message)}`);
  });
  // Somebody edited meanwhile: it is neither what it was nor what it is.
  if (`console-${await hashOfSources()}` !== name) throw new SourcesChangedError();
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const file of await sourceFiles())
    hash
      .update(file)
      .update('\0')
      .update(await readFile(join(ROOT, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}

async function sourceFiles(): Promise<string[]> {
  const files = await Promise.all(
    SOURCES.map(async (source) => {
      if ((await stat(join(ROOT, source))).isFile()) return [source];
      const entries = await readdir(join(ROOT, source), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
    }),
  );
  return files.flat().sort();
}

async function removeUnused(): Promise<void> {
  const before = Date.now() - KEPT_UNUSED_MS;
  for (const name of await readdir(DATA)) {
    if (!/^console-[0-9a-f]{16}(\.|$)/.test(name)) continue;
    const found = await stat(join(DATA, name)).catch(() => undefined);
    if (found && found.mtimeMs < before) await rm(join(DATA, name), { recursive: true, force: true });
  }
}
