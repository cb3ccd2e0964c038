// The watch over pages sees what it is there for, and nothing else. Without it, all other specs of the console would be blind.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { expectAccessible } from './accessible.js';
import { launchBrowser } from './browser.js';
import { type ConsolePageOptions, withConsole } from './console-page.js';

const POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'self'`;
const PAGES: Record<string, string> = {
  '/clean': '<script src="/quiet.js"></script>',
  '/inline-script': '<script>document.title = "ran"</script>',
  '/inline-style': '<p style="color: red">Red</p>',
  '/elsewhere': '<img alt="" src="http://localhost:1/pixel.png">',
  '/throws': '<script src="/throwing.js"></script>',
  '/complains': '<script src="/complaining.js"></script>',
  '/broken-image': '<img alt="" src="/none.png">',
  '/no-alternative': '<img src="data:,">',
};
const SCRIPTS: Record<string, string> = {
  '/quiet.js': '1;',
  '/throwing.js': 'throw new Error("out of paper")',
  '/complaining.js': 'console.error("no ink")',
};

let browser: Browser;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(({ url = '' }, answer) => {
    answer.setHeader('content-security-policy', POLICY);
    const body = PAGES[url];
    if (body !== undefined) {
      answer.setHeader('content-type', 'text/html');
      answer.end(
        `<!doctype html><html lang="en"><head><title>Test</title><link rel="icon" href="data:,"></head><body><main><h1>Test</h1>${body}</main></body></html>`,
      );
    } else if (SCRIPTS[url] !== undefined) answer.setHeader('content-type', 'text/javascript').end(SCRIPTS[url]);
    else answer.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

const visit = (path: string, work: (page: Page) => Promise<void> = async () => undefined, options?: ConsolePageOptions) =>
  withConsole(browser, { url }, path, work, options);

describe('The watch over a page', () => {
  it('says nothing of a clean page, whatever the specs ask it', () =>
    visit('clean', async (page) => {
      expect(await page.evaluate<string>('document.title')).toBe('Test');
      await page.waitForFunction('document.readyState === "complete"');
      await expectAccessible(page);
    }));

  it.each([
    ['a script that the policy forbids', 'inline-script', /policy violation: script-src-elem/],
    ['a style that the policy forbids', 'inline-style', /policy violation: style-src-attr/],
    ['a request to another host', 'elsewhere', /request to another host: http:\/\/localhost:1\/pixel.png/],
    ['an error that nobody caught', 'throws', /error of a script: Error: out of paper/],
    ['an error in the console', 'complains', /error in the console: no ink/],
    ['a file that is not there', 'broken-image', /error in the console: .*404.*none\.png/],
  ])('fails for %s', async (_what, path, problem) => {
    await expect(visit(path)).rejects.toThrow(problem);
  });

  it('leaves out what the spec expects, and only that', async () => {
    await visit('complains', undefined, { expected: [/no ink/] });
    await expect(visit('complains', undefined, { expected: [/no paper/] })).rejects.toThrow(/no ink/);
  });

  it('shows beside a failure of the spec what was on the page', async () => {
    const failing = visit('throws', async () => {
      throw new Error('no such button');
    });
    await expect(failing).rejects.toThrow(/^no such button.*On the page http.*Test.*out of paper/s);
  });
});

describe('expectAccessible', () => {
  it('fails with the rule and the element', () =>
    visit('no-alternative', async (page) => {
      await expect(expectAccessible(page)).rejects.toThrow(/image-alt.*<img src="data:,">/s);
      await expectAccessible(page, { within: 'h1' });
    }));
});
