// The built console as it lies in the package: complete, with the licences of what is in it, and with nothing that the pages' policy forbids.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtConsole } from './built-console.js';

const ROOT = join(import.meta.dirname, '../..');
let files: Map<string, string>;

beforeAll(async () => {
  const folder = await builtConsole();
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  files = new Map(
    await Promise.all(
      names.map(async ({ parentPath, name }): Promise<[string, string]> => {
        const path = join(parentPath, name);
        return [path.slice(folder.length + 1), await readFile(path, 'utf8')];
      }),
    ),
  );
}, 120_000);

const textOf = (name: string) => files.get(name) ?? '';
const named = (ending: RegExp) => [...files].filter(([name]) => ending.test(name));

describe('The built console', () => {
  it('is a page, its assets by names that change with them, their manifest, and the licences', () => {
    const others = [...files.keys()].filter((name) => !/^assets\/[\w.-]+-[\w-]{8}\.(js|css|svg)$/.test(name));
    expect(others.sort()).toEqual(['index.html', 'licences.md', 'manifest.json']);
  });

  it('names every package that is in it, with its licence', () => {
    const licences = textOf('licences.md');
    for (const name of [
      'react',
      'react-dom',
      'scheduler',
      'wouter',
      '@tanstack/query-core',
      '@tanstack/react-query',
      '@base-ui/react',
    ])
      expect(licences).toContain(`## ${name} `);
    expect(licences).not.toMatch(/unknown|unlicensed/i);
  });

  it('has a page that refers to its assets relatively, and no script or style in it', () => {
    const page = textOf('index.html');
    const references = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, reference]) => reference ?? '');
    expect(references.length).toBeGreaterThanOrEqual(2);
    for (const reference of references) expect(reference).toMatch(/^\.\/assets\//);
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=/i);
    for (const [, inside] of page.matchAll(/<script[^>]*>(.*?)<\/script>/gs)) expect(inside).toBe('');
  });

  it('has styles that load nothing from elsewhere', () => {
    for (const [, styles] of named(/\.css$/)) expect(styles).not.toMatch(/@import|@font-face|url\(["']?(https?:)?\/\//);
  });

  it('makes no code of texts', () => {
    for (const [name, code] of named(/\.js$/)) expect([name, /\beval\(|new Function\(/.test(code)]).toEqual([name, false]);
  });
});

describe('The package', () => {
  it('has the console beside the library', async () => {
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(manifest.files).toEqual(expect.arrayContaining(['dist/lib', 'dist/console']));
    expect(manifest.scripts.build).toContain('npm run build:console');
    expect(manifest.scripts['build:console']).toContain('vite build');
    // Built into it: who installs the library installs none of it.
    for (const name of ['react', 'react-dom', 'wouter', '@base-ui/react', '@tanstack/react-query'])
      expect([name, manifest.dependencies?.[name] ?? manifest.peerDependencies?.[name]]).toEqual([name, undefined]);
  });
});
