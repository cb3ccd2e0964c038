// A folder like that of the built console, as small as it can be: for specs of how it is served, which must not wait for a build.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const INDEX =
  '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Fixture</title>' +
  '<script type="module" src="./assets/main-a1.js"></script></head><body><div id="root"></div></body></html>';
export const SCRIPT = `// ${'workflows '.repeat(400)}\n`;
export const PICTURE = Buffer.from(Array.from({ length: 2_000 }, (_, i) => i % 256));

export interface ConsoleFixture {
  /** For the option `assetsDir`. */
  folder: string;
  dispose(): Promise<void>;
}

export async function createConsoleFixture(): Promise<ConsoleFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'console-'));
  await mkdir(join(folder, 'assets/inner'), { recursive: true });
  const files: Record<string, string | Buffer> = {
    'index.html': INDEX,
    'manifest.json': '{}',
    'secret.txt': 'not to be served',
    'assets/main-a1.js': SCRIPT,
    'assets/style-b2.css': '#root { color: red }',
    'assets/picture-c3.png': PICTURE,
    'assets/inner/deep-d4.js': 'not to be served',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return { folder, dispose: () => rm(folder, { recursive: true, force: true }) };
}
