// What the console says when something between it and the runs is gone, and that it comes back by itself: the server, the session, a connection
// that died unnoticed, the processes that execute.
import type { Browser, Page } from 'playwright-core';
import { eventually } from '../support/eventually.js';
import { launchBrowser } from './browser.js';
import { type ConsoleApp, OPERATOR_COOKIE, startConsoleApp } from './console-app.js';
import { openConsole, withConsole } from './console-page.js';
import { type RewritingProxy, startRewritingProxy } from './rewriting-proxy.js';

let browser: Browser;
let app: ConsoleApp;
let proxy: RewritingProxy;

beforeAll(async () => {
  browser = await launchBrowser();
  app = await startConsoleApp();
  await app.workflows.start('orders.fulfil', [{ order: 7 }], { id: 'order-7' });
}, 60_000);

beforeEach(async () => {
  proxy = await startRewritingProxy(app.origin, '/way', '/ops');
});

afterEach(() => proxy?.close());

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const NETWORK = [
  /ERR_CONNECTION_REFUSED/,
  /ERR_INCOMPLETE_CHUNKED_ENCODING/,
  /ERR_EMPTY_RESPONSE/,
  /request failed/i,
  /Failed to load/,
];
const throughProxy = () => ({ url: `${proxy.origin}/way/` });
const indicator = (page: Page, name: RegExp) => page.getByRole('button', { name });
const goTo = (page: Page, name: string) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
const maintenance = (what: string) => app.post(`${app.api}/maintenance/${what}`, { ...(what === 'enter' && { mode: 'drain' }) });

describe('A console', () => {
  it(
    'says when the server is gone, and is live again by itself when that is back',
    () =>
      withConsole(
        browser,
        throughProxy(),
        'queues',
        async (page) => {
          await indicator(page, /^Live\./).waitFor();
          const { port } = new URL(proxy.origin);
          await proxy.close();
          await indicator(page, /^Offline\./).waitFor();
          await page.getByText('The server can not be reached.').first().waitFor();
          proxy = await startRewritingProxy(app.origin, '/way', '/ops', Number(port));
          await indicator(page, /^Live\./).waitFor({ timeout: 40_000 });
          await page.getByText('The server can not be reached.').first().waitFor({ state: 'detached' });
        },
        { expected: NETWORK },
      ),
    60_000,
  );

  it('shows what happened while its connection was dead, once it has another', async () => {
    const seeing = await openConsole(browser, app, 'queues');
    const banner = (page: Page) => page.getByText('Maintenance: nothing new begins');
    try {
      await withConsole(browser, throughProxy(), 'queues', async (page) => {
        await indicator(page, /^Live\./).waitFor();
        await indicator(seeing.page, /^Live\./).waitFor();
        await eventually(() => expect(proxy.streams()).toEqual([expect.stringContaining('topics=queues')]));
        proxy.silenceStreams();
        await maintenance('enter');
        await banner(seeing.page).waitFor();
        // What is shown there wants another connection.
        await goTo(page, 'Runs');
        await banner(page).waitFor();
      });
    } finally {
      await maintenance('exit');
      await seeing.close();
    }
  });

  it('says that nobody is signed in any more, and goes on when somebody is', () =>
    withConsole(
      browser,
      app,
      'queues',
      async (page) => {
        await indicator(page, /^Live\./).waitFor();
        await page.context().clearCookies();
        await goTo(page, 'Runs');
        await indicator(page, /^Signed out\./).waitFor();
        await page.getByText('You are not signed in, or not any more.').first().waitFor();
        await page.context().addCookies([{ name: OPERATOR_COOKIE, value: 'ann', url: new URL(app.url).origin }]);
        await page.reload();
        await indicator(page, /^Live\./).waitFor();
      },
      { expected: [/status of 401/, /Failed to fetch dynamically/] },
    ));

  it('says that no process executes runs, from a swap until one of the new generation is there', () =>
    withConsole(browser, app, 'runs', async (page) => {
      await indicator(page, /^Live\./).waitFor();
      const banner = page.getByText('No process executes runs.');
      expect(await banner.count()).toBe(0);
      await maintenance('enter');
      await maintenance('swap');
      await maintenance('exit');
      await banner.waitFor();
    }));
});
