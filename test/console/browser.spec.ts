// The specs' own ground: a browser on every machine, and folders that are made once by many processes.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ChildScript } from '../support/child-process.js';
import { launchBrowser } from './browser.js';
import { longestTask } from './main-thread.js';
import { unpackedChromium } from './unpacked-chromium.js';

let folder: string;
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'made-once-'));
});

afterEach(() => rm(folder, { recursive: true }));

describe('The browser of the specs', () => {
  it('shows a page, and is gone when it was closed', async () => {
    const browser = await launchBrowser();
    const page = await browser.newPage();
    await page.setContent('<h1>Runs</h1>');
    expect(await page.getByRole('heading').innerText()).toBe('Runs');
    await browser.close();
    expect(browser.isConnected()).toBe(false);
  });

  it('comes with a package where the machine has none', async () => {
    const { path, env } = await unpackedChromium();
    const browser = await chromium.launch({ executablePath: path, env: { ...process.env, ...env }, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      await page.setContent('<h1>Runs</h1>');
      expect(await page.getByRole('heading').innerText()).toBe('Runs');
      expect((await page.getByRole('heading').boundingBox())?.height).toBeGreaterThan(10);
    } finally {
      await browser.close();
    }
  });
});

describe('longestTask', () => {
  it('tells how long the main thread was kept, and how short it was kept by nothing', async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.setContent('<h1>Runs</h1>');
      const busy = 'setTimeout(() => { const from = performance.now(); while (performance.now() - from < 300); resolve(); })';
      const kept = await longestTask(page, () => page.evaluate(`new Promise((resolve) => ${busy})`));
      expect(kept.ms).toBeGreaterThan(60);
      const quiet = await longestTask(page, () => page.evaluate('1'));
      expect(quiet.tasks).toBeGreaterThan(0);
      expect(quiet.ms).toBeLessThan(50);
      await expect(longestTask(page, () => Promise.reject(new Error('no row')))).rejects.toThrow('no row');
    } finally {
      await browser.close();
    }
  });
});

describe('makeOnce', () => {
  const script = join(import.meta.dirname, 'make-once-process.ts');
  const maker = (name: string, how = '') => new ChildScript(script, { args: [join(folder, 'made'), name, how] });
  const made = () => readFile(join(folder, 'made/by'), 'utf8');

  it('lets one of many processes make the folder, and leaves nothing beside it', async () => {
    const makers = ['a', 'b', 'c', 'd'].map((name) => maker(name));
    for (const { exit } of makers) expect(await exit).toEqual({ code: 0, signal: null });
    const madeBy = makers.flatMap(({ lines }) => lines);
    expect(madeBy).toEqual([`made by ${await made()}`]);
    expect(await readdir(folder)).toEqual(['made']);
  });

  it('goes on after a process that died while it made it', async () => {
    const dead = maker('dead', 'hang');
    await dead.waitForLine('making');
    dead.kill();
    await dead.exit;
    expect(isAlive(dead.pid)).toBe(false);
    const next = maker('next');
    expect(await next.exit).toMatchObject({ code: 0 });
    expect(await made()).toBe('next');
    expect(await readdir(folder)).toEqual(['made']);
  });

  it('leaves no half of what could not be made', async () => {
    const failed = maker('failed', 'fail');
    expect(await failed.exit).toMatchObject({ code: 1 });
    expect(failed.stderr).toContain('no space');
    expect(await readdir(folder)).toEqual([]);
  });
});
