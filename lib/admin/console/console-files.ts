// Finds the built console and reads it once, into memory: later a file is found by its exact name in a map, and no request ever becomes a path.
// Used by ConsoleSite.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConsoleFile } from './console-file.js';

export interface ConsoleFiles {
  /** The page, before and after the place where the server writes what only it knows. */
  readonly page: readonly [before: string, after: string];
  readonly assets: ReadonlyMap<string, ConsoleFile>;
}

/** Undefined: there is none in any of the folders. */
export async function readConsole(folders: readonly string[]): Promise<ConsoleFiles | undefined> {
  for (const folder of folders) {
    const files = await readFolder(folder);
    if (files !== undefined) return files;
  }
  return undefined;
}

/**
 * Where the console may be beside this library: `dist/console` of the package, and of a checkout whose sources run as they are.
 *
 * @param here the folder of this file; of a bundle that does not know it, nowhere
 */
export function usualFolders(here = folderOf(import.meta.url)): string[] {
  return here === undefined ? [] : [join(here, '../../../console'), join(here, '../../../dist/console')];
}

function folderOf(url: unknown): string | undefined {
  return typeof url === 'string' && url.startsWith('file:') ? dirname(fileURLToPath(url)) : undefined;
}

/** What Vite has built has a manifest; the sources of the console, which have an index.html too, have none. */
async function readFolder(folder: string): Promise<ConsoleFiles | undefined> {
  try {
    await readFile(join(folder, 'manifest.json'));
    const page = split(await readFile(join(folder, 'index.html'), 'utf8'));
    if (page === undefined) return undefined;
    const entries = await readdir(join(folder, 'assets'), { withFileTypes: true });
    const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    const files = names.map(async (name) => new ConsoleFile(name, await readFile(join(folder, 'assets', name))));
    return { page, assets: new Map((await Promise.all(files)).map((file) => [file.name, file])) };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Right behind `<head>`: a `<base>` counts only for what comes after it. */
function split(html: string): [before: string, after: string] | undefined {
  const head = /<head(\s[^>]*)?>/i.exec(html);
  if (head === null) return undefined;
  const end = head.index + head[0].length;
  return [html.slice(0, end), html.slice(end)];
}
