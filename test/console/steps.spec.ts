// The steps of one run over time and as a table: what they were, live, by keyboard, on phones, and thousands of them.
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Browser } from 'playwright-core';
import { Step, Workflow, WorkflowContext } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { expectAccessible } from './accessible.js';
import { launchBrowser } from './browser.js';
import { type ConsoleApp, startConsoleApp } from './console-app.js';
import { withConsole } from './console-page.js';
import { bars, details, list, param, path, row, said } from './steps-on-page.js';

const EVIL = '<img src=x onerror=window.evil=1>';

@Injectable()
class StepWorkflows {
  isMended = false;
  constructor(private readonly wf: WorkflowContext) {}

  /** Ordinals: 0 load, 1 event, 2 moody, 3 refused, 4 the child. */
  @Workflow({ name: 'steps.mixed' })
  async mixed(): Promise<string> {
    await this.load();
    await this.wf.setEvent(`key ${EVIL}`, 1);
    await this.moody();
    await this.refused().catch(() => undefined);
    return this.child();
  }

  @Workflow({ name: 'steps.child' })
  async child(): Promise<string> {
    return `from ${this.wf.runId}`;
  }

  @Step({ name: 'load' })
  async load(): Promise<unknown> {
    return { weight: 9_007_199_254_740_993n, note: `loaded ${EVIL}` };
  }

  @Step({ name: 'moody', retry: { maxAttempts: 3, initialInterval: 5 } })
  async moody(): Promise<string> {
    if (this.wf.attempt < 3) throw new Error(`attempt ${this.wf.attempt} found no paper`);
    return 'paper';
  }

  @Step({ name: 'refused' })
  async refused(): Promise<void> {
    throw new TypeError(`refused for good ${EVIL}`);
  }

  /** One operation more for each message. */
  @Workflow({ name: 'steps.grows' })
  async grows(): Promise<void> {
    while ((await this.wf.receive('go')) !== 'end') await this.load();
  }

  @Workflow({ name: 'steps.mends' })
  async mends(): Promise<void> {
    await this.load();
    await this.wf.step('mend', () => {
      if (!this.isMended) throw new Error('still broken');
      return 'whole again';
    });
  }

  @Workflow({ name: 'steps.none' })
  async none(): Promise<void> {
    await this.load();
  }
}

let browser: Browser;
let app: ConsoleApp;
let mixed: string;

beforeAll(async () => {
  browser = await launchBrowser();
  app = await startConsoleApp({ providers: [StepWorkflows], access: { eve: { actions: [], payloads: false } } });
  const run = await app.workflows.start('steps.mixed', []);
  await run.returnValue;
  mixed = run.runId;
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const command = async (runId: string, body: object) => {
  const { status } = await app.post(`${app.api}/runs/${runId}/commands`, body);
  expect(status).toBeLessThan(300);
};
const reaches = (runId: string, status: string) =>
  eventually(async () => {
    const { body } = await app.get<{ run: { status: string } }>(`${app.api}/runs/${runId}`);
    expect(body.run.status).toBe(status);
  });

describe('The timeline of a run', () => {
  it('has a row for each operation, which tells how it went', () =>
    withConsole(browser, app, path(mixed), async (page) => {
      await row(page, /^Run steps\.mixed: succeeded, .*, started /).waitFor();
      await row(page, /^Step 0 load: succeeded, \d+ ms, started 20/).waitFor();
      await row(page, /^Step 2 moody: succeeded on attempt 3/).waitFor();
      await row(page, /^Step 3 refused: failed/).waitFor();
      await page.getByText('5 operations').waitFor();
      expect(await bars(page, /moody/, 'failed').count()).toBe(2);
      expect(await bars(page, /moody/, 'done').count()).toBe(1);
      expect(await bars(page, /refused/, 'failed').count()).toBe(1);
      expect(await page.evaluate('window.evil')).toBeUndefined();
    }));

  it('shows of the chosen operation its output, its failed attempts and its error', () =>
    withConsole(browser, app, path(mixed), async (page) => {
      await row(page, /load/).click();
      await details(page).getByText('9007199254740993').waitFor();
      await details(page).getByText(EVIL).first().waitFor();
      await row(page, /moody/).click();
      await said(page, 'attempt 2 found no paper').waitFor();
      await details(page).getByText('"paper"').waitFor();
      expect(await details(page).getByRole('listitem').filter({ hasText: 'Attempt' }).count()).toBe(2);
      await row(page, /refused/).click();
      await said(page, `refused for good ${EVIL}`).first().waitFor();
      await details(page).getByText('TypeError').first().waitFor();
      expect(param(page, 'step')).toBe('3');
      await page.reload();
      await details(page).getByRole('heading', { name: '3 refused' }).waitFor();
    }));

  it('leads to the child that an operation called', () =>
    withConsole(browser, app, path(mixed, '?step=4'), async (page) => {
      const link = details(page).getByRole('link');
      const child = (await link.getAttribute('title')) ?? '';
      const { body } = await app.get<{ run: { parentId: string; workflowName: string } }>(`${app.api}/runs/${child}`);
      expect([body.run.parentId, body.run.workflowName]).toEqual([mixed, 'steps.child']);
      await link.click();
      await page.waitForURL(`${app.url}runs/${child}`);
    }));

  it('leaves only what failed or had to be tried again, or has a text in its name', () =>
    withConsole(browser, app, path(mixed), async (page) => {
      await row(page, /load/).waitFor();
      await page.getByRole('checkbox', { name: 'Failed only' }).check();
      await page.getByText('2 shown').waitFor();
      expect(await row(page, /load/).count()).toBe(0);
      await page.getByRole('searchbox', { name: 'Operations whose name has' }).fill('MOOD');
      await page.getByText('1 shown').waitFor();
      await page.reload();
      await page.getByText('1 shown').waitFor();
    }));

  it('says that a run has not begun, and that there is no such run', async () => {
    await app.workflows.start('steps.none', [], { id: 'later', delay: '1h' });
    await withConsole(browser, app, path('later'), async (page) => {
      await page.getByText('The run begins later.').waitFor();
      await expectAccessible(page);
    });
    await withConsole(
      browser,
      app,
      path(randomUUID()),
      async (page) => {
        await page.getByText('There is no such run.').waitFor();
        await page.getByRole('link', { name: 'Go to the runs' }).click();
        await page.waitForURL(`${app.url}runs`);
      },
      { expected: [/status of 404/] },
    );
  });
});

describe('Of a run that goes on', () => {
  it('what it does is added, and what it waits for stands at the end', async () => {
    // Its starter's id in the address: changes are told under its own.
    const run = await app.workflows.start('steps.grows', [], { id: 'growing' });
    await withConsole(browser, app, path('growing'), async (page) => {
      await row(page, /^Receive 0 go: not over/).waitFor();
      await row(page, /^Receive 0/).click();
      await details(page).getByText('not on record before it ends').waitFor();
      await app.workflows.send(run.runId, 'go', 'on');
      await row(page, /^Receive 0 go: succeeded/).waitFor();
      await row(page, /^Step 1 load: succeeded/).waitFor();
      await row(page, /^Receive 2 go: not over/).waitFor();
      await app.workflows.send(run.runId, 'go', 'end');
      await row(page, /^Run steps\.grows: succeeded/).waitFor();
      expect(await row(page, /not over/).count()).toBe(0);
    });
  });

  it('held spans show from HOLD to RESUME, and who held it', async () => {
    const run = await app.workflows.start('steps.grows', []);
    await withConsole(browser, app, path(run.runId), async (page) => {
      await row(page, /^Receive 0/).waitFor();
      await command(run.runId, { command: 'HOLD', reason: 'a leak' });
      await reaches(run.runId, 'HELD');
      await page.getByTitle(/^held by ann: a leak, /).waitFor();
      await command(run.runId, { command: 'RESUME' });
      await command(run.runId, { command: 'HOLD', reason: 'again' });
      await reaches(run.runId, 'HELD');
      await page.getByTitle(/^held by ann: again, /).waitFor();
      expect(await bars(page, /^Run/, 'held').count()).toBe(2);
      await expectAccessible(page);
    });
  });

  it('steps that a RESET took back are replaced by what came instead', async () => {
    const workflows = app.app.get(StepWorkflows);
    const run = await app.workflows.start('steps.mends', []);
    await reaches(run.runId, 'ERROR');
    await withConsole(browser, app, path(run.runId), async (page) => {
      await row(page, /^Step 1 mend: failed/).waitFor();
      workflows.isMended = true;
      await command(run.runId, { command: 'RESET' });
      await row(page, /^Step 1 mend: succeeded/).waitFor();
      await page.getByTitle(/^RESET by ann/).waitFor();
      expect(await row(page, /failed/).count()).toBe(0);
    });
  });
});

describe('By keyboard', () => {
  it('operations are chosen and opened, and closing leads back', () =>
    withConsole(browser, app, path(mixed), async (page) => {
      await row(page, /load/).waitFor();
      await list(page).focus();
      for (const [key, step] of [
        ['ArrowDown', '-1'],
        ['ArrowDown', '0'],
        ['End', '4'],
        ['ArrowUp', '3'],
        ['Home', '-1'],
        ['ArrowDown', '0'],
      ] as const) {
        await page.keyboard.press(key);
        await eventually(() => expect(param(page, 'step')).toBe(step));
      }
      await row(page, /^Step 0/)
        .and(page.locator('[aria-selected=true]'))
        .waitFor();
      await page.keyboard.press('Enter');
      await eventually(async () => expect(await details(page).evaluate((element) => element.matches(':focus'))).toBe(true));
      await page.keyboard.press('Escape');
      await details(page).waitFor({ state: 'detached' });
      expect(await list(page).evaluate((element) => element.matches(':focus'))).toBe(true);
    }));
});

describe('As a table', () => {
  it('says the same, row by row, and opens the details', () =>
    withConsole(browser, app, path(mixed, '?view=table'), async (page) => {
      const table = page.getByRole('table', { name: 'Operations' });
      const moody = table.getByRole('row', { name: /moody/ });
      await moody.waitFor();
      expect(await table.getAttribute('aria-rowcount')).toBe('6');
      expect(await moody.getAttribute('aria-rowindex')).toBe('4');
      expect((await moody.getByRole('cell').allInnerTexts()).slice(0, 5)).toEqual(['002', 'moody', 'step', 'succeeded', '3']);
      await table.getByRole('cell', { name: `TypeError: refused for good ${EVIL}` }).waitFor();
      await table.getByRole('button', { name: 'moody' }).click();
      await said(page, 'attempt 2 found no paper').waitFor();
      await expectAccessible(page);
    }));
});

describe('Without the right to see payloads', () => {
  it('outputs and texts of errors are hidden, and nothing else', () =>
    withConsole(
      browser,
      app,
      path(mixed, '?step=2'),
      async (page) => {
        await details(page).getByText('hidden: you may not see payloads').first().waitFor();
        await row(page, /refused/).click();
        await details(page).getByText('TypeError').first().waitFor();
        await page.keyboard.press('t');
        await page.getByRole('cell', { name: 'hidden' }).first().waitFor();
        const text = await page.locator('body').innerText();
        for (const secret of ['no paper', 'refused for good', '9007199254740993']) expect(text).not.toContain(secret);
      },
      { as: 'eve' },
    ));
});

describe('Accessible', () => {
  it('with details open, light and dark', () =>
    withConsole(browser, app, path(mixed, '?step=2'), async (page) => {
      await said(page, 'attempt 2 found no paper').waitFor();
      await expectAccessible(page, { colors: ['light', 'dark'] });
    }));
});

describe('On a phone', () => {
  it('nothing is wider than the page, as a timeline or as a table', () =>
    withConsole(
      browser,
      app,
      null,
      async (page) => {
        for (const view of ['', '&view=table']) {
          await page.goto(app.url + path(mixed, `?step=2${view}`));
          await said(page, 'attempt 2 found no paper').waitFor();
          expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
          await expectAccessible(page);
        }
      },
      { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true },
    ));

  it('a tap on an operation brings its details into sight', () =>
    withConsole(
      browser,
      app,
      path(mixed),
      async (page) => {
        await row(page, /moody/).tap();
        await eventually(async () => {
          const box = await details(page).boundingBox();
          // Below the head of the page, and no farther down than it needs.
          expect(box?.y).toBeGreaterThan(40);
          expect(box?.y).toBeLessThan(200);
        });
      },
      { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true },
    ));
});
