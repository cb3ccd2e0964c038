// The console as a real browser gets it: on both adapters, below any prefix, behind a proxy that rewrites paths without telling, on every
// page that somebody may reload or send as a link. Nothing is configured for it but the mount.
import { request } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from './browser.js';
import { type ConsoleApp, type ConsoleAppOptions, startConsoleApp } from './console-app.js';
import { openConsole, withConsole } from './console-page.js';

const WHERE: Array<[string, Partial<ConsoleAppOptions>]> = [
  ['no prefix', {}],
  ['a global prefix', { prefix: 'api/v1' }],
  ['a proxy that rewrites the path', { prefix: 'api/v1', behind: '/tools/wf' }],
];
const ADAPTERS = ['express', 'fastify'] as const;
const MATRIX = ADAPTERS.flatMap((adapter) => WHERE.map(([where, options]) => ({ adapter, where, options })));
const RUN = 'order-7';
const PAGES: Array<[path: string, heading: RegExp]> = [
  ['', /start/i],
  ['runs', /runs/i],
  [`runs/${RUN}`, /orders\.fulfil|order-7/],
  [`runs/${RUN}/steps`, /steps|orders\.fulfil|order-7/i],
  ['queues', /queues/i],
  ['admin', /maintenance/i],
];

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

async function startWithRun(options: ConsoleAppOptions): Promise<ConsoleApp> {
  const app = await startConsoleApp(options);
  try {
    await (await app.workflows.start('orders.fulfil', [{ order: 7 }], { id: RUN })).returnValue;
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** After `go`, the page shows its heading, its API answers, and changes come. */
async function expectWorking(page: Page, app: ConsoleApp, heading: RegExp, go: () => Promise<unknown>): Promise<void> {
  const me = page.waitForResponse(`${app.url}api/me`);
  const feed = page.waitForResponse((response) => response.url().startsWith(`${app.url}api/feed?`));
  await Promise.all([me, feed, go()]);
  expect((await me).status()).toBe(200);
  expect((await feed).status()).toBe(200);
  expect((await feed).headers()['content-type']).toContain('text/event-stream');
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
}

describe.each(MATRIX)('The console on $adapter, with $where', ({ adapter, options }) => {
  let app: ConsoleApp;
  beforeAll(async () => {
    app = await startWithRun({ adapter, ...options });
  });
  afterAll(() => app?.close());

  it(
    'shows every page, and again when it is reloaded',
    () =>
      withConsole(browser, app, null, async (page) => {
        for (const [path, heading] of PAGES) {
          await expectWorking(page, app, heading, () => page.goto(app.url + path));
          await expectWorking(page, app, heading, () => page.reload());
          expect(page.url()).toBe(app.url + path);
        }
      }),
    120_000,
  );

  it('finds its mount when the slash at the end is left out, and goes from page to page without loading anew', () =>
    withConsole(browser, app, null, async (page) => {
      const heading = (name: RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();
      const documents: string[] = [];
      await page.goto(`${app.url.slice(0, -1)}?workflow=orders.wait`);
      await page.waitForURL((url) => url.href.startsWith(`${app.url}?workflow=orders.wait`));
      await heading(/start/i);
      await page.getByRole('link', { name: 'Start', exact: true }).click();
      await page.waitForURL(app.url);
      page.on('request', (made) => made.isNavigationRequest() && documents.push(made.url()));
      await page.getByRole('link', { name: 'Runs', exact: true }).click();
      await heading(/runs/i);
      expect(page.url()).toBe(`${app.url}runs`);
      await page.getByRole('link', { name: 'Queues', exact: true }).click();
      await heading(/queues/i);
      expect(page.url()).toBe(`${app.url}queues`);
      await page.goBack();
      await heading(/runs/i);
      await page.goBack();
      await heading(/start/i);
      expect(page.url()).toBe(app.url);
      await page.goForward();
      await heading(/runs/i);
      expect(page.url()).toBe(`${app.url}runs`);
      expect(documents).toEqual([]);
    }));
});

describe.each(ADAPTERS)('An application on %s with an open console', (adapter) => {
  it('closes, though a page follows its changes', async () => {
    const app = await startWithRun({ adapter });
    const gone = [/ERR_(CONNECTION_REFUSED|EMPTY_RESPONSE|CONNECTION_RESET)|status of 503/];
    const { page, close } = await openConsole(browser, app, null, { expected: gone });
    try {
      await expectWorking(page, app, /runs/i, () => page.goto(`${app.url}runs`));
    } finally {
      await app.close();
      await close();
    }
  });
});

describe('The first load of a page', () => {
  let app: ConsoleApp;
  beforeAll(async () => {
    app = await startWithRun({});
  });
  afterAll(() => app?.close());

  const sizes = new Map<string, Promise<number>>();
  const transferred = (url: string): Promise<number> => {
    const known = sizes.get(url) ?? measured(url);
    sizes.set(url, known);
    return known;
  };
  /** Bytes of the answer's body as they come over the wire. */
  const measured = (url: string) =>
    new Promise<number>((resolve, reject) => {
      const headers = { 'accept-encoding': 'gzip', cookie: 'operator=ann' };
      const asked = request(url, { headers }, (answer) => {
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        answer.on('end', () => resolve(bytes));
      });
      asked.on('error', reject).end();
    });

  it.each(['', 'runs', `runs/${RUN}`, `runs/${RUN}/steps`, 'queues', 'queues/default', 'admin'])(
    'of /%s takes at most 200 kB of gzip',
    async (path) => {
      const loaded: string[] = [];
      const { page, close } = await openConsole(browser, app, null);
      page.on('request', (made) => loaded.push(made.url()));
      await page.goto(app.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByRole('button', { name: /^Live\./ }).waitFor();
      await close();
      const files = loaded.filter((url) => !url.startsWith(`${app.url}api/`));
      const found = await Promise.all(files.map(async (url) => ({ url, bytes: await transferred(url) })));
      for (const ending of ['.js', '.css']) expect(files.some((url) => url.endsWith(ending))).toBe(true);
      const total = found.reduce((sum, { bytes }) => sum + bytes, 0);
      const largest = found.sort((a, b) => b.bytes - a.bytes).map(({ url, bytes }) => `${bytes} ${url.slice(app.url.length)}`);
      if (total > 200_000) throw new Error(`${total} bytes:\n${largest.join('\n')}`);
    },
  );
});
