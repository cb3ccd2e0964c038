// What stands around every page: theme, times, keys, search, live state, and the maintenance banner.
import type { Browser, Page } from 'playwright-core';
import { eventually } from '../support/eventually.js';
import { expectAccessible } from './accessible.js';
import { launchBrowser } from './browser.js';
import { type ConsoleApp, startConsoleApp } from './console-app.js';
import { openConsole, withConsole } from './console-page.js';

const PAGES = ['', 'runs', 'runs/order-7', 'runs/order-7/steps', 'queues', 'admin'];

let browser: Browser;
let app: ConsoleApp;
let runId: string;

beforeAll(async () => {
  browser = await launchBrowser();
  app = await startConsoleApp();
  const run = await app.workflows.start('orders.fulfil', [{ order: 7 }], { id: 'order-7' });
  await run.returnValue;
  runId = run.runId;
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const live = (page: Page) => page.getByRole('button', { name: /^Live\./ });
const banner = (page: Page) => page.getByRole('status').filter({ hasText: 'Maintenance' });
const theme = (page: Page) => page.evaluate<string>('document.documentElement.dataset.theme');
const paper = (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
const order = async (what: string, body: object) => {
  const { status } = await app.post(`${app.api}/maintenance/${what}`, body);
  expect(status).toBeLessThan(300);
};
const enterMaintenance = () => order('enter', { mode: 'drain', reason: 'New valves' });
const exitMaintenance = () => order('exit', { reason: 'Done' });

describe('The theme', () => {
  it('follows the system until the operator chooses, and is kept', () =>
    withConsole(
      browser,
      app,
      'runs',
      async (page) => {
        const dark = await paper(page);
        expect(await theme(page)).toBe('dark');
        await page.emulateMedia({ colorScheme: 'light' });
        await eventually(async () => expect(await theme(page)).toBe('light'));
        expect(await paper(page)).not.toBe(dark);
        await page.getByRole('button', { name: 'Theme: system. Change' }).click();
        await page.getByRole('button', { name: 'Theme: light. Change' }).click();
        await page.getByRole('button', { name: 'Theme: dark. Change' }).waitFor();
        expect(await theme(page)).toBe('dark');
        await page.reload();
        await page.getByRole('button', { name: 'Theme: dark. Change' }).waitFor();
        expect(await paper(page)).toBe(dark);
      },
      { colorScheme: 'dark' },
    ));
});

describe('Maintenance', () => {
  afterEach(exitMaintenance);

  it('appears on every page when it begins, and goes when it ends', async () => {
    const consoles = await Promise.all(PAGES.map((path) => openConsole(browser, app, path)));
    const pages = consoles.map(({ page }) => page);
    try {
      await Promise.all(pages.map((page) => live(page).waitFor()));
      expect(await Promise.all(pages.map((page) => banner(page).count()))).toEqual(PAGES.map(() => 0));
      await enterMaintenance();
      await Promise.all(pages.map((page) => banner(page).getByText('New valves').waitFor()));
      await Promise.all(pages.map((page) => banner(page).getByText('by ann').waitFor()));
      await exitMaintenance();
      await Promise.all(pages.map((page) => banner(page).waitFor({ state: 'detached' })));
    } finally {
      await Promise.all(consoles.map(({ close }) => close()));
    }
  }, 120_000);
});

describe('Times', () => {
  afterEach(exitMaintenance);

  it('are local, UTC or relative, as the operator wants', async () => {
    await enterMaintenance();
    const { body } = await app.get<{ scopes: Array<{ enteredAt: string }> }>(`${app.api}/maintenance`);
    const utc = body.scopes[0]?.enteredAt.slice(0, 19).replace('T', ' ') ?? '';
    const inKolkata = new Date(Date.parse(`${utc.replace(' ', 'T')}Z`) + 5.5 * 3_600_000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' ');
    await withConsole(browser, app, 'queues', async (page) => {
      const time = banner(page).locator('time');
      const shown = async () => {
        await time.waitFor();
        return time.innerText();
      };
      expect(await shown()).toBe(`${inKolkata} GMT+5:30`);
      await page.getByRole('button', { name: 'Times: Local. Change' }).click();
      expect(await shown()).toBe(`${utc} UTC`);
      await page.getByRole('button', { name: 'Times: UTC. Change' }).click();
      expect(await shown()).toMatch(/^(now|\d+ (s|min) ago)$/);
      await page.reload();
      expect(await shown()).toMatch(/^(now|\d+ (s|min) ago)$/);
    });
  });
});

describe('Live updates', () => {
  afterEach(exitMaintenance);

  it('rest while they are paused, and then show what was missed', async () => {
    const { page, close } = await openConsole(browser, app, 'runs');
    const other = await openConsole(browser, app, 'runs');
    try {
      await live(page).waitFor();
      await page.keyboard.press('p');
      await page.getByRole('button', { name: /^Paused\./ }).waitFor();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await enterMaintenance();
      await banner(other.page).waitFor();
      expect(await banner(page).count()).toBe(0);
      expect(asked).toEqual([]);
      await page.getByRole('button', { name: /^Paused\./ }).click();
      await live(page).waitFor();
      await banner(page).waitFor();
    } finally {
      await other.close();
      await close();
    }
  });
});

describe('Keys', () => {
  it('stand on a sheet that ? shows, Escape closes, and that leaves the focus where it was', () =>
    withConsole(browser, app, 'queues', async (page) => {
      await live(page).waitFor();
      await live(page).focus();
      await page.keyboard.press('?');
      const sheet = page.getByRole('dialog', { name: 'Keys' });
      await sheet.getByText('Search').waitFor();
      await sheet.getByText('Pause live updates').waitFor();
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      await sheet.waitFor({ state: 'detached' });
      await eventually(async () => expect(await live(page).evaluate((element) => element.matches(':focus'))).toBe(true));
    }));

  it('lead to every page', () =>
    withConsole(browser, app, '', async (page) => {
      await live(page).waitFor();
      for (const [keys, path] of [
        ['gr', 'runs'],
        ['gq', 'queues'],
        ['ga', 'admin'],
        ['gs', ''],
      ] as const) {
        await page.keyboard.type(keys);
        await page.waitForURL(app.url + path);
      }
    }));

  it('are letters while somebody types', () =>
    withConsole(browser, app, 'queues', async (page) => {
      await live(page).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('gr?p/');
      expect(await page.getByRole('searchbox').first().inputValue()).toBe('gr?p/');
      expect(page.url()).toBe(`${app.url}queues`);
      expect(await page.getByRole('dialog').count()).toBe(0);
      await live(page).waitFor();
    }));
});

describe('The search', () => {
  const searched = async (page: Page, text: string): Promise<string> => {
    await live(page).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/runs[/?]/);
    return page.url().slice(app.url.length);
  };

  it.each(['external id', 'run id'])('opens the run whose %s it is', (which) =>
    withConsole(browser, app, 'queues', async (page) => {
      expect(await searched(page, which === 'run id' ? runId : 'order-7')).toBe(`runs/${runId}`);
    }),
  );

  it.each([
    ['part of a name', 'orders.f'],
    ['a text that can be no id', 'order 7 & more?'],
    ['a text that no path can hold', '..'],
  ])('looks for workflows by %s', (_what, text) =>
    withConsole(
      browser,
      app,
      'queues',
      async (page) => {
        const { pathname, searchParams } = new URL(await searched(page, text), app.url);
        expect([pathname, searchParams.get('nameContains')]).toEqual([new URL('runs', app.url).pathname, text]);
      },
      // The browser's own note of the answer that there is no such run.
      { expected: [/status of 40[04]/] },
    ),
  );
});

describe('Every page', () => {
  it(
    'is accessible, light and dark',
    () =>
      withConsole(browser, app, null, async (page) => {
        for (const path of PAGES) {
          await page.goto(app.url + path);
          await live(page).waitFor();
          await page.getByRole('heading', { level: 1 }).waitFor();
          await expectAccessible(page, { colors: ['light', 'dark'] });
        }
      }),
    60_000,
  );
});

describe('What can not be loaded', () => {
  it('leads to the sign-in when the session is over, and not to a broken console', () =>
    withConsole(
      browser,
      app,
      'runs',
      async (page) => {
        await live(page).waitFor();
        // From here on nothing comes from the browser's cache either.
        await page.route('**/assets/*', (route) => route.continue());
        await page.context().clearCookies();
        await page.getByRole('link', { name: 'Admin', exact: true }).click();
        await page.getByText('You are not signed in, or not any more.').waitFor();
        expect(await page.getByText(/dynamically imported/).count()).toBe(0);
      },
      { expected: [/status of 401|Failed to load|dynamically imported/] },
    ));

  it('is said by the page itself when not even the console comes: it was replaced by another release', () =>
    withConsole(
      browser,
      app,
      null,
      async (page) => {
        await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404 }));
        await page.goto(`${app.url}runs`);
        await page.getByRole('main').getByText('load the page again').waitFor();
        await page.unroute('**/assets/*.js');
        await page.reload();
        await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
        expect(await page.getByText('load the page again').count()).toBe(0);
      },
      { expected: [/status of 404/] },
    ));
});
