/**
 * Node loader hooks: run the project's TypeScript sources, decorators included, without a build. Used by global
 * setup and by child processes (`node --import test/support/swc-register.mjs script.ts`). The swc options are those
 * of jest.config.mjs, so that a class behaves alike in a spec and in a child process. What was transformed once is kept in
 * .data/swc-cache by its content: the crash specs start a new process every second.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform, version } from '@swc/core';
import jestConfig from '../../jest.config.mjs';
import { patchSource } from '../faults/patches/source-patches.mjs';

const [, swcOptions] = jestConfig.transform['^.+\\.ts$'];
const CACHE = fileURLToPath(new URL('../../.data/swc-cache', import.meta.url));

export async function resolve(specifier, context, nextResolve) {
  if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.startsWith('file:')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(source)) return { url: source.href, format: 'module', shortCircuit: true };
  }
  return nextResolve(specifier, context);
}

export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
  const filename = fileURLToPath(url);
  const source = patchSource(filename, await readFile(filename, 'utf8'));
  const options = { ...swcOptions, filename, swcrc: false, configFile: false };
  const key = createHash('sha1')
    .update(JSON.stringify([version, options, source]))
    .digest('hex');
  return { format: 'module', source: await cached(key, async () => (await transform(source, options)).code), shortCircuit: true };
}

async function cached(key, make) {
  const file = join(CACHE, key);
  const found = await readFile(file, 'utf8').catch(() => undefined);
  if (found !== undefined) return found;
  const code = await make();
  await mkdir(CACHE, { recursive: true });
  // Whole or not at all: another process may read it now.
  await writeFile(`${file}.${process.pid}`, code);
  await rename(`${file}.${process.pid}`, file);
  return code;
}
