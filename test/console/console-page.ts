/**
 * Pages of the console in a browser, watched: what must never happen on any page (a violation of the content security policy, an error
 * of a script, an error in the console, a request that failed or left for another host) fails the spec at its end.
 *
 *   it('shows the run', () =>
 *     withConsole(browser, app, `runs/${runId}`, async (page) => {
 *       await page.getByRole('heading', { name: 'orders.fulfil' }).waitFor();
 *       await expectAccessible(page);
 *     }));
 *
 * What a spec provokes, such as a refused order, it names: `{ expected: [/status of 409/] }`.
 *
 * Pages that are opened after each other in the same way share what a browser keeps of files: it loads and compiles the console once. What
 * the console keeps (settings, saved filters) is gone with each page.
 */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { type ConsoleApp, OPERATOR_COOKIE } from './console-app.js';
import { PageWatch } from './page-watch.js';

export interface ConsolePageOptions extends BrowserContextOptions {
  /** Who is signed in; null: nobody. Default ann. */
  as?: string | null;
  /** Problems that belong to the spec. */
  expected?: RegExp[];
}

export interface OpenConsole {
  page: Page;
  /** Fails with all that went wrong on the page until now. */
  expectClean(): Promise<void>;
  /** Closes the page, and fails as `expectClean` does. */
  close(): Promise<void>;
}

/** Nobody's own settings, and nothing that moves: a spec that wants others says so. */
const PLAIN: BrowserContextOptions = {
  viewport: { width: 1280, height: 800 },
  locale: 'en-GB',
  // Neither UTC nor whole hours away from it: a time that was not converted, or twice, is seen.
  timezoneId: 'Asia/Kolkata',
  colorScheme: 'light',
  reducedMotion: 'reduce',
};

/** Those that no page is open in, by how they were made. */
const idle = new WeakMap<Browser, Map<string, BrowserContext[]>>();

/** Opens a page of the console: a path below the mount, such as `runs?status=ERROR`; null: none yet. */
export async function openConsole(
  browser: Browser,
  app: Pick<ConsoleApp, 'url'>,
  path: string | null,
  { as = 'ann', expected = [], ...options }: ConsolePageOptions = {},
): Promise<OpenConsole> {
  const { origin } = new URL(app.url);
  const { context, giveBack } = await takeContext(browser, { ...PLAIN, ...options });
  try {
    await context.clearCookies();
    if (as !== null) await context.addCookies([{ name: OPERATOR_COOKIE, value: as, url: origin }]);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await forget(page, origin);
    const watch = await PageWatch.start(page, origin, expected);
    if (path !== null) await page.goto(new URL(path, app.url).href);
    return {
      page,
      expectClean: () => watch.expectClean(),
      close: async () => {
        try {
          await watch.expectClean();
        } finally {
          await page.close();
          giveBack();
        }
      },
    };
  } catch (error) {
    await context.close();
    throw error;
  }
}

/** One that nobody uses: pages that are open at once must not share the few connections that a browser makes to a host. */
async function takeContext(browser: Browser, options: BrowserContextOptions) {
  const ofBrowser = idle.get(browser) ?? new Map<string, BrowserContext[]>();
  idle.set(browser, ofBrowser);
  const key = JSON.stringify(options);
  const free = ofBrowser.get(key) ?? [];
  ofBrowser.set(key, free);
  const context = free.pop() ?? (await browser.newContext(options));
  return { context, giveBack: () => free.push(context) };
}

/** What earlier pages kept. */
async function forget(page: Page, origin: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'local_storage,indexeddb' });
  await session.detach();
}

/** Opens a page for the time of the work, and fails with what the work failed with or else with what went wrong on the page. */
export async function withConsole(
  browser: Browser,
  app: Pick<ConsoleApp, 'url'>,
  path: string | null,
  work: (page: Page) => Promise<void>,
  options?: ConsolePageOptions,
): Promise<void> {
  const console = await openConsole(browser, app, path, options);
  try {
    await work(console.page);
  } catch (error) {
    const seen = await textOf(console.page);
    const unclean = await console.close().catch((problems: Error) => `\n${problems.message}`);
    throw new Error(`${(error as Error).message}\n\nOn the page ${console.page.url()}:\n${seen}${unclean ?? ''}`, {
      cause: error,
    });
  }
  await console.close();
}

async function textOf(page: Page): Promise<string> {
  return page
    .locator('body')
    .innerText({ timeout: 1_000 })
    .catch(() => '(nothing that can be read)');
}
