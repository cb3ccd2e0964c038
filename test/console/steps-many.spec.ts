// The steps page with thousands of operations: what it loads, scrolled and zoomed by keyboard and pointer, without keeping the page busy.
import type { Browser } from 'playwright-core';
import { eventually } from '../support/eventually.js';
import { launchBrowser } from './browser.js';
import { type ConsoleApp, startConsoleApp } from './console-app.js';
import { withConsole } from './console-page.js';
import { expectSmooth } from './main-thread.js';
import { seedRun, seedStep, seedSteps } from './seeded-steps.js';
import { bars, list, param, path, row } from './steps-on-page.js';

const MANY = 5_000;
const SCROLLERS = { timeline: '*:has(> [role=listbox])', table: '[aria-label="Table of operations"]' };
/** To the end, in as many frames. */
const scroll = (selector: string) => `(async (element) => {
  for (let at = 0; at <= 60; at++) {
    element.scrollTop = (element.scrollHeight * at) / 60;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
})(document.querySelector('${selector}'))`;

let browser: Browser;
let app: ConsoleApp;
let many: string;

beforeAll(async () => {
  browser = await launchBrowser();
  app = await startConsoleApp();
  many = await seedRun(app.schema.pool, 'SUCCESS', MANY);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

describe('Thousands of operations', () => {
  it.each(['timeline', 'table'] as const)('are scrolled without keeping the page busy: %s', (view) =>
    withConsole(browser, app, path(many, view === 'table' ? '?view=table' : ''), async (page) => {
      await page.getByText(`${MANY} operations`, { exact: true }).waitFor();
      await expectSmooth(page, () => page.evaluate<void>(scroll(SCROLLERS[view])));
      await page
        .getByText(`work-${MANY - 1}`)
        .first()
        .waitFor();
      expect(await page.getByText(/^work-\d+$/).count()).toBeLessThan(100);
    }),
  );

  it('are loaded without keeping the page busy', () =>
    withConsole(browser, app, `runs/${many}`, async (page) => {
      const steps = page.getByRole('link', { name: 'Steps', exact: true });
      await steps.waitFor();
      await expectSmooth(page, async () => {
        await page.goto(`${app.url}runs/${many}`);
        await steps.click();
        await page.getByText(`${MANY} operations`, { exact: true }).waitFor();
      });
    }));

  it('are brought into sight by the keyboard, whole', () =>
    withConsole(browser, app, path(many, '?step=2500'), async (page) => {
      await row(page, /work-2500:/).waitFor();
      await list(page).focus();
      for (let times = 0; times < 30; times++) await page.keyboard.press('ArrowDown');
      const chosen = row(page, /work-2530:/);
      await chosen.waitFor();
      await eventually(async () => {
        const [box, frame] = await Promise.all([chosen.boundingBox(), list(page).locator('xpath=..').boundingBox()]);
        if (!box || !frame) throw new Error('not drawn');
        expect(box.y).toBeGreaterThanOrEqual(frame.y);
        expect(box.y + box.height).toBeLessThanOrEqual(frame.y + frame.height + 1);
      });
    }));

  it('are loaded once: after that only what is new, and what was recorded later than what came behind it', async () => {
    const runId = await seedRun(app.schema.pool, 'HELD', 2_500);
    await app.schema.pool.query('delete from operation_outputs where workflow_id = $1 and ordinal = 7', [runId]);
    await withConsole(browser, app, path(runId), async (page) => {
      await page.getByText('2499 operations').waitFor();
      const loaded: Array<Promise<number>> = [];
      page.on('response', (response) => {
        if (/\/steps\?/.test(response.url()) && response.url().includes('/api/'))
          loaded.push(response.json().then(({ steps }: { steps: unknown[] }) => steps.length));
      });
      await seedSteps(app.schema.pool, runId, 2_500, 2_501);
      await page.getByText('2501 operations').waitFor();
      await seedSteps(app.schema.pool, runId, 7, 7);
      await seedSteps(app.schema.pool, runId, 2_502, 2_502);
      await page.getByText('2503 operations').waitFor();
      await row(page, /^Step 7 work-7/).waitFor();
      expect(Math.max(...(await Promise.all(loaded)))).toBeLessThanOrEqual(2);
      expect(loaded.length).toBeGreaterThan(0);
    });
  });
});

describe('The time of a run', () => {
  it('shows what went on side by side over each other', async () => {
    const runId = await seedRun(app.schema.pool, 'SUCCESS', 0);
    await seedStep(app.schema.pool, runId, 0, 'left', 0, 600);
    await seedStep(app.schema.pool, runId, 1, 'right', 300, 900);
    await withConsole(browser, app, path(runId), async (page) => {
      const [left, right] = await Promise.all(
        ['left', 'right'].map((name) => bars(page, new RegExp(name), 'done').boundingBox()),
      );
      if (!left || !right) throw new Error('a bar is not drawn');
      expect(right.x).toBeGreaterThan(left.x + left.width / 3);
      expect(right.x).toBeLessThan(left.x + left.width);
      expect(right.width).toBeCloseTo(left.width, 0);
    });
  });

  it('is zoomed, moved and fitted by keys, and the view switched', () =>
    withConsole(browser, app, path(many), async (page) => {
      await page.getByText(`${MANY} operations`, { exact: true }).waitFor();
      const range = () => (param(page, 'zoom') ?? '').split('-').map(Number) as [number, number];
      await page.keyboard.press('+');
      await eventually(() => expect(range()[1] - range()[0]).toBeGreaterThan(1_000));
      const [from, to] = range();
      await list(page).focus();
      await page.keyboard.press('ArrowRight');
      await eventually(() => expect(range()[0]).toBeGreaterThan(from));
      await page.keyboard.press('ArrowLeft');
      await eventually(() => expect(Math.abs(range()[0] - from)).toBeLessThan(5));
      await page.keyboard.press('=');
      await eventually(() => expect(range()[1] - range()[0]).toBeLessThan((to - from) * 0.9));
      await page.keyboard.press('-');
      await page.keyboard.press('-');
      await page.keyboard.press('0');
      await eventually(() => expect(param(page, 'zoom')).toBe('all'));
      await page.keyboard.press('t');
      await page.getByRole('table', { name: 'Operations' }).waitFor();
      await page.keyboard.press('f');
      await page.getByText('0 shown').waitFor();
      await page.keyboard.press('t');
      await list(page).waitFor();
    }));

  it('is zoomed by a drag over it, and by the wheel with Ctrl', () =>
    withConsole(browser, app, path(many), async (page) => {
      await page.getByText(`${MANY} operations`, { exact: true }).waitFor();
      const axis = await page.getByTitle('Drag to zoom').boundingBox();
      if (axis === null) throw new Error('there is no axis');
      const [left, y] = [axis.x + axis.width * 0.25, axis.y + 10];
      await page.mouse.move(left, y);
      await page.mouse.down();
      await page.mouse.move(axis.x + axis.width * 0.5, y, { steps: 5 });
      await page.mouse.up();
      // 50 s and some air.
      const length = () => {
        const [from, to] = (param(page, 'zoom') ?? '0-0').split('-').map(Number) as [number, number];
        return to - from;
      };
      await eventually(() => expect(Math.abs(length() - 51_000 / 4)).toBeLessThan(200));
      const before = length();
      await page.mouse.move(left, y + 100);
      await page.keyboard.down('Control');
      await page.mouse.wheel(0, -100);
      await page.keyboard.up('Control');
      await eventually(() => expect(length()).toBeLessThan(before * 0.9));
      expect(await page.evaluate('visualViewport.scale')).toBe(1);
    }));
});
