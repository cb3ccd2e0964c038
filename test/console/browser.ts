/**
 * The browser of the console's specs: the one that CHROMIUM_PATH names, else one of the machine, else the one that a package brings, so
 * that `npm test` needs nothing by hand. One per spec file, closed with it:
 *
 *   let browser: Browser;
 *   beforeAll(async () => { browser = await launchBrowser(); });
 *   afterAll(() => browser?.close());
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { type Executable, starts, unpackedChromium } from './unpacked-chromium.js';

const OF_THE_MACHINE = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** As root, in containers with a small /dev/shm, and in networks that lead nowhere. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  // Digits of the same width and the same line breaks with every browser and every display.
  '--font-render-hinting=none',
];

export async function launchBrowser(): Promise<Browser> {
  const { path, env } = await findBrowser();
  // Its profile goes where the machine's other temporary files are; playwright removes it when the browser closes.
  return chromium.launch({ executablePath: path, env: { ...definedOf(process.env), ...env }, args: ARGS, timeout: 60_000 });
}

async function findBrowser(): Promise<Executable> {
  const named = process.env.CHROMIUM_PATH;
  if (named) return { path: named, env: {} };
  for (const path of OF_THE_MACHINE) {
    const found = { path, env: {} };
    if (existsSync(path) && (await starts(found))) return found;
  }
  return unpackedChromium();
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
