/**
 * The Chromium of the package @sparticuz/chromium, which carries it compressed: unpacked once into .data, with the libraries and the font
 * that a bare container lacks. For browser.ts, on machines without a browser of their own.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeOnce } from '../support/made-once.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

export interface Executable {
  path: string;
  /** What it needs beside the environment of this process. */
  env: Record<string, string>;
}

export async function unpackedChromium(): Promise<Executable> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'node_modules/@sparticuz/chromium/package.json'), 'utf8'));
  const folder = join(ROOT, `.data/chromium-${version}`);
  await makeOnce(folder, (into) => unpack(into, folder));
  const path = join(folder, 'chromium');
  const fonts: Record<string, string> = existsSync('/etc/fonts/fonts.conf')
    ? {}
    : { FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  // The machine's own libraries come first: those of the package want a C library that older systems don't have.
  for (const env of [fonts, { ...fonts, LD_LIBRARY_PATH: libraryPath(folder) }])
    if (await starts({ path, env })) return { path, env };
  throw new Error(
    `The Chromium of @sparticuz/chromium does not start here: ${await whyNot(path)} Set CHROMIUM_PATH to one that does.`,
  );
}

/**
 * The package unpacks into the folder for temporary files, where it takes any file named chromium for its own, and the libraries on
 * AWS only. So it is made to believe, in a process of its own, that it is there and that this is the folder.
 */
async function unpack(into: string, folder: string): Promise<void> {
  const script = `import chromium from '@sparticuz/chromium'; await chromium.executablePath();`;
  const env = { ...process.env, NODE_OPTIONS: '', TMPDIR: into, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' };
  await run(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, env });
  await writeFile(
    join(into, 'fonts.conf'),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>\n`,
  );
}

function libraryPath(folder: string): string {
  return [join(folder, 'al2023/lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
}

/** Whether it finds its libraries; a wrapper without a browser behind it says no as well. */
export async function starts({ path, env }: Executable): Promise<boolean> {
  return run(path, ['--version'], { env: { ...process.env, ...env } }).then(
    () => true,
    () => false,
  );
}

async function whyNot(path: string): Promise<string> {
  return run(path, ['--version']).then(
    () => '',
    (error: Error & { stderr?: string }) => error.stderr || error.message,
  );
}
