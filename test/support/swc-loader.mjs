/**
 * Node loader hooks: run the project's TypeScript sources, decorators included, without a build. Used by global
 * setup and by child processes (`node --import test/support/swc-register.mjs script.ts`). The swc options are those
 * of jest.config.mjs, so that a class behaves alike in a spec and in a child process.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';
import jestConfig from '../../jest.config.mjs';
import { patchSource } from '../faults/patches/source-patches.mjs';

const [, swcOptions] = jestConfig.transform['^.+\\.ts$'];

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
  const { code } = await transform(patchSource(filename, await readFile(filename, 'utf8')), {
    ...swcOptions,
    filename,
    swcrc: false,
    configFile: false,
  });
  return { format: 'module', source: code, shortCircuit: true };
}
