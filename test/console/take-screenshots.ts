/**
 * Takes the pictures of docs/console: every page of the console over the sample app with its demo data, light and dark, desktop and phone.
 *
 *   npm run screenshots              # all of them
 *   npm run screenshots -- runs run  # those whose name begins so
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { BuiltSampleApp, ROOT, TOKEN } from '../sample-app/built-sample-app.js';
import { launchBrowser } from './browser.js';
import { builtConsole } from './built-console.js';
import { type DemoData, makeDemoData } from './demo-data.js';

interface Picture {
  name: string;
  /** Below the mount. */
  path(demo: DemoData): string;
  /** What has to be seen before the picture is taken. */
  until(page: Page): Promise<unknown>;
}

const heading = (name: string | RegExp) => (page: Page) => page.getByRole('heading', { level: 1, name }).waitFor();
const text = (wanted: string | RegExp) => (page: Page) => page.getByText(wanted).filter({ visible: true }).first().waitFor();
const run = (id: string, rest = '') => `runs/${encodeURIComponent(id)}${rest}`;

const PICTURES: Picture[] = [
  { name: 'start', path: () => '?workflow=demo.commands_60s&template=default', until: text('Partition key') },
  { name: 'start-form', path: () => '?workflow=batch.run&template=standard', until: text('Partition key') },
  { name: 'runs', path: () => 'runs', until: text('batch.run') },
  { name: 'run', path: ({ held }) => run(held), until: text('HELD') },
  { name: 'run-failed', path: ({ failed }) => run(failed), until: text('ORDER_NOT_FOUND') },
  { name: 'run-stream', path: ({ growing }) => run(growing, '?tab=streams'), until: heading(/./) },
  { name: 'steps', path: ({ report }) => run(report, '/steps?step=2'), until: text('reports.sales') },
  { name: 'steps-table', path: ({ retried }) => run(retried, '/steps?view=table'), until: text('payment.charge') },
  { name: 'queues', path: () => 'queues', until: text('reactors') },
  { name: 'queue', path: () => 'queues/reactors', until: text('line-1/reactor-a') },
  ...[
    'maintenance',
    'executors',
    'schema',
    'retention',
    'dead-letters',
    'templates',
    'enums',
    'diagnostics',
    'audit',
    'bulk-jobs',
  ].map((section): Picture => ({ name: `admin-${section}`, path: () => `admin/${section}`, until: heading(/./) })),
];

const LOOKS: Record<string, BrowserContextOptions> = {
  light: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light', isMobile: true, hasTouch: true },
};

const { positionals } = parseArgs({ allowPositionals: true });
const wanted = PICTURES.filter(({ name }) => positionals.length === 0 || positionals.some((begin) => name.startsWith(begin)));
const into = join(ROOT, 'docs/console');
await mkdir(into, { recursive: true });

const app = await BuiltSampleApp.build({ consoleDir: await builtConsole() });
let browser: Browser | undefined;
try {
  await app.start();
  const demo = await makeDemoData({ url: app.url, operatorToken: TOKEN, pool: app.schema.pool });
  browser = await launchBrowser();
  for (const [look, options] of Object.entries(LOOKS)) await takeAll(browser, demo, look, options);
} finally {
  await browser?.close();
  await app.dispose();
}

async function takeAll(on: Browser, demo: DemoData, look: string, options: BrowserContextOptions): Promise<void> {
  const context = await on.newContext({ ...options, locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(`${app.url}/operator/sign-in?token=${TOKEN}`);
  for (const { name, path, until } of wanted) {
    // Not `networkidle`: the feed never is.
    await page.goto(`${app.url}/workflows/${path(demo)}`);
    await until(page);
    await page
      .waitForFunction(`document.querySelector('.animate-pulse') === null`, undefined, { timeout: 3_000 })
      .catch(() => console.warn(`${name} still loads`));
    await page.screenshot({ path: join(into, `${name}-${look}.png`) });
    console.log(`${name}-${look}.png`);
  }
  await context.close();
}
