// The start page: from the choice of a workflow to a run, and everything that keeps people from starting what they did not mean.
import { Injectable } from '@nestjs/common';
import type { Browser, Page } from 'playwright-core';
import { RunReader, Workflow } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { expectAccessible } from './accessible.js';
import { launchBrowser } from './browser.js';
import { type ConsoleApp, startConsoleApp } from './console-app.js';
import { withConsole } from './console-page.js';

const EVIL = `<img src=x onerror="document.title='broken in'">`;
const TEMPLATE = {
  name: 'standard',
  description: 'One batch in one reactor.',
  schema: {
    type: 'object',
    properties: {
      id: { type: 'string', title: 'Batch', pattern: '^BATCH-\\d+$' },
      phase: { title: 'Phase', enum: '@enum:Phase' },
      litres: { type: 'integer', title: 'Litres', minimum: 1, maximum: 100 },
      vessel: {
        type: 'object',
        title: 'Vessel',
        properties: { celsius: { type: 'number', title: 'Temperature' }, rpm: { type: 'integer', title: 'Stirrer' } },
      },
      parts: { type: 'array', title: 'Parts', items: { type: 'string' } },
      at: { type: 'string', title: 'Daily at', format: 'local-time' },
      evil: { type: 'string', title: EVIL, description: EVIL },
    },
    required: ['id', 'phase'],
  },
  defaults: { phase: 'heat', litres: 10, vessel: { celsius: 82.5, rpm: 120 }, parts: ['valve', 'line'] },
};

@Injectable()
class BatchWorkflows {
  @Workflow({ name: 'batch.run' })
  async run(input: unknown): Promise<unknown> {
    return input;
  }

  @Workflow({
    name: 'batch.checked',
    inputSchema: { type: 'object', properties: { sku: { type: 'string', title: 'Article' } }, required: ['sku'] },
  })
  async checked(input: unknown): Promise<unknown> {
    return input;
  }
}

let browser: Browser;
let app: ConsoleApp;

beforeAll(async () => {
  browser = await launchBrowser();
  app = await startConsoleApp({
    providers: [BatchWorkflows],
    access: { rita: 'read_only', sam: { actions: ['start'], payloads: false } },
  });
  const { templates } = app.workflows;
  const values = [
    { label: 'Heat up', value: 'heat' },
    { label: 'Freeze', value: 'freeze', disabled: true },
    { label: 'Cool down', value: 'cool' },
  ];
  await templates.saveEnum({ name: 'Phase', values }, { actor: 'ann' });
  await templates.save('batch.run', TEMPLATE, { actor: 'ann' });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const FORM = '?workflow=batch.run&template=standard';
const startButton = (page: Page) => page.getByRole('button', { name: 'Start', exact: true });
const field = (page: Page, label: string) => page.getByRole('textbox', { name: new RegExp(`^${label}( \\*)?$`) });
const started = (page: Page) => page.getByRole('status').filter({ hasText: 'Started:' });
const runs = async (partitionKey: string) => (await app.workflows.listRuns({ partitionKey })).runs;

/** The one run of the partition, with its input; each spec has a partition of its own. */
async function theRun(partitionKey: string) {
  const found = await eventually(async () => {
    const list = await runs(partitionKey);
    expect(list).toHaveLength(1);
    return list[0];
  });
  return app.app.get(RunReader, { strict: false }).find(found?.runId ?? '');
}

describe('A start from a template', () => {
  it('gives the workflow what was typed over the defaults, and sends no more than that', () =>
    withConsole(browser, app, '', async (page) => {
      await page.getByLabel('Workflow', { exact: true }).click();
      await page.getByLabel('Workflow', { exact: true }).fill('batch.r');
      await page.getByRole('option', { name: 'batch.run' }).click();
      await field(page, 'Batch').fill('BATCH-1');
      await page.getByLabel('Phase').selectOption('Cool down');
      await field(page, 'Temperature').fill('90.5');
      await page.getByLabel('Partition key').fill('typed');
      await page.getByLabel('Timeout').fill('180');
      expect(await page.getByRole('option', { name: 'Freeze' }).isDisabled()).toBe(true);
      await startButton(page).click();
      await started(page).getByRole('link', { name: 'Go to run' }).waitFor();
      const { input, timeoutMs, provenance } = await theRun('typed');
      expect(input).toEqual([{ ...TEMPLATE.defaults, id: 'BATCH-1', phase: 'cool', vessel: { celsius: 90.5, rpm: 120 } }]);
      expect(timeoutMs).toBe(180_000);
      expect(provenance).toMatchObject({ template: 'standard', version: 1, overrides: ['id', 'phase', 'vessel'], actor: 'ann' });
      expect(new URL(page.url()).search).toBe('?workflow=batch.run&template=standard&version=1');
      await page.getByRole('list', { name: 'Latest runs' }).getByText('started here').waitFor();
    }));

  it('is one run, however often the button is pressed', () =>
    withConsole(browser, app, FORM, async (page) => {
      await field(page, 'Batch').fill('BATCH-2');
      await page.getByLabel('Partition key').fill('double');
      await startButton(page).dblclick();
      await started(page).waitFor();
      await theRun('double');
      await page.getByLabel('Partition key').fill('double key');
      await page.evaluate(`for (let i = 0; i < 2; i++)
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }))`);
      await started(page).waitFor();
      await theRun('double key');
    }));

  it('is the same run when it is sent again because its answer was lost', () =>
    withConsole(
      browser,
      app,
      FORM,
      async (page) => {
        let answers = 0;
        await page.route('**/template-runs', async (route) => {
          await route.fetch();
          if (++answers === 1) await route.abort();
          else await route.fallback();
        });
        await field(page, 'Batch').fill('BATCH-3');
        await page.getByLabel('Partition key').fill('lost');
        await startButton(page).click();
        await page.getByText('It is safe to press Start again').waitFor();
        await startButton(page).click();
        await started(page).waitFor();
        expect(answers).toBe(2);
        await theRun('lost');
      },
      { expected: [/template-runs/, /ERR_FAILED/] },
    ));

  it('shows what is other than in the template, and takes it back value by value', () =>
    withConsole(browser, app, FORM, async (page) => {
      const changes = page.getByRole('list', { name: 'Changes against the template' }).getByRole('listitem');
      await field(page, 'Litres').fill('12');
      await field(page, 'Stirrer').fill('7');
      await page.getByRole('button', { name: 'Move Parts 1 down' }).click();
      await eventually(async () =>
        expect(await changes.allInnerTexts()).toEqual([
          expect.stringMatching(/Litres[\s\S]*10[\s\S]*12/),
          expect.stringMatching(/Vessel › Stirrer[\s\S]*120[\s\S]*7/),
          expect.stringMatching(/Parts[\s\S]*"valve", "line"[\s\S]*"line", "valve"/),
        ]),
      );
      await page.getByRole('button', { name: 'Revert Parts' }).click();
      await page.getByRole('button', { name: 'Revert Vessel › Stirrer' }).click();
      expect(await field(page, 'Parts 1').inputValue()).toBe('valve');
      expect(await field(page, 'Stirrer').inputValue()).toBe('120');
      await eventually(async () => expect(await changes.count()).toBe(1));
    }));
});

describe('What is wrong', () => {
  it('is told at a field once it was left, and in a summary that leads to it; nothing is started', () =>
    withConsole(
      browser,
      app,
      FORM,
      async (page) => {
        await field(page, 'Litres').fill('1000');
        expect(await page.getByText('Must be at most 100.').count()).toBe(0);
        await field(page, 'Batch').focus();
        await page.getByText('Must be at most 100.').waitFor();
        await page.getByLabel('Partition key').fill('wrong');
        await startButton(page).click();
        const summary = page.getByRole('alert').filter({ hasText: '2 things are wrong' });
        await summary.getByText('Batch').waitFor();
        await expectAccessible(page);
        await summary.getByRole('button', { name: 'Litres' }).click();
        await field(page, 'Litres').and(page.locator(':focus')).waitFor();
        expect(await runs('wrong')).toEqual([]);
      },
      { expected: [/status of 400/] },
    ));

  it('is what the server says, also where the browser finds nothing', () =>
    withConsole(
      browser,
      app,
      FORM,
      async (page) => {
        await page.getByRole('button', { name: 'JSON', exact: true }).click();
        await page
          .getByLabel('Input, as JSON')
          .fill('{"id": "BATCH-4", "phase": "heat", "litres": 10, "vessel": {}, "parts": [], "at": "99:99"}');
        await page.getByRole('button', { name: 'Form', exact: true }).click();
        await startButton(page).click();
        await page
          .getByRole('alert')
          .filter({ hasText: 'Nothing was started' })
          .getByRole('button', { name: 'Daily at' })
          .waitFor();
        await page.getByLabel('Daily at').and(page.locator('[aria-invalid=true]')).waitFor();
      },
      { expected: [/status of 400/] },
    ));

  it('are a default that was emptied, broken JSON, and a whole number that no request carries', () =>
    withConsole(browser, app, FORM, async (page) => {
      await page.getByRole('button', { name: 'JSON', exact: true }).click();
      const editor = page.getByLabel('Input, as JSON');
      await editor.fill('{"id": "BATCH-5",');
      await startButton(page).click();
      const summary = page.getByRole('alert').filter({ hasText: 'Nothing was started' });
      await summary.getByText('is no JSON, line 1, column 18').waitFor();
      const form = page.getByRole('button', { name: 'Form', exact: true });
      expect(await form.getAttribute('aria-disabled')).toBe('true');
      await editor.fill('{"id": "BATCH-5", "phase": "heat", "litres": 9007199254740993}');
      await page.getByText('Not in the text: vessel, parts.').waitFor();
      await summary.getByText('is 9007199254740993: requests can not carry').waitFor();
      await form.click();
      expect(await field(page, 'Litres').inputValue()).toBe('9007199254740993');
      expect(await field(page, 'Stirrer').inputValue()).toBe('120');
      await field(page, 'Litres').fill('');
      await summary.getByText('the template has a default for it, which would be taken').waitFor();
    }));
});

describe('What was typed', () => {
  it('is there again after other pages and other templates, until it is started or let go', () =>
    withConsole(browser, app, FORM, async (page) => {
      await field(page, 'Batch').fill('BATCH-11');
      await page.getByLabel('Partition key').fill('draft');
      await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).click();
      await page.getByRole('grid', { name: 'Runs' }).waitFor();
      await page.getByRole('navigation').getByRole('link', { name: 'Start' }).click();
      await page.getByText('Draft kept').waitFor();
      expect(await field(page, 'Batch').inputValue()).toBe('BATCH-11');
      await page.getByLabel('Template', { exact: true }).selectOption('without a template');
      await page.getByLabel('Arguments, as a JSON list').waitFor();
      await page.getByLabel('Template', { exact: true }).selectOption('standard');
      await eventually(async () => expect(await field(page, 'Batch').inputValue()).toBe('BATCH-11'));
      expect(await page.getByLabel('Partition key').inputValue()).toBe('draft');
      await expectAccessible(page);
      await page.getByRole('button', { name: "Back to the template's defaults" }).click();
      expect(await field(page, 'Batch').inputValue()).toBe('');
      expect(await page.getByText('Draft kept').count()).toBe(0);
      await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).click();
      await page.getByRole('grid', { name: 'Runs' }).waitFor();
      await page.goBack();
      await field(page, 'Batch').waitFor();
      expect(await page.getByText('Draft kept').count()).toBe(0);
    }));
});

describe("A run id of one's own", () => {
  it('is named, and is not started again', () =>
    withConsole(browser, app, FORM, async (page) => {
      await field(page, 'Batch').fill('BATCH-12');
      await page.getByLabel('Partition key').fill('own id');
      await page.getByText('More options').click();
      await page.getByLabel('Run id').fill('mix/12');
      await startButton(page).click();
      await started(page).getByRole('link', { name: 'mix/12' }).waitFor();
      const { runId } = await theRun('own id');
      await page.getByRole('button', { name: 'Add attribute' }).click();
      await page.getByLabel('Name of attribute 1').and(page.locator(':focus')).waitFor();
      await startButton(page).click();
      const note = page.getByRole('status').filter({ hasText: 'nothing was started' });
      await note.getByRole('link', { name: 'mix/12' }).waitFor();
      expect(await note.getByRole('link', { name: 'Go to run' }).getAttribute('href')).toContain(runId);
      await expectAccessible(page);
      expect(await started(page).count()).toBe(0);
    }));
});

describe('A start like another run', () => {
  it('begins with all that the run was given, however large it is', async () => {
    const parts = Array.from({ length: 3 }, (_, index) => `${index}${'x'.repeat(30_000)}`);
    const options = { partitionKey: 'first', priority: 4, timeout: '90s', attributes: { shift: 'early' }, actor: 'ann' };
    const first = await app.workflows.startWithTemplate('batch.run', 'standard', { id: 'BATCH-6', parts }, options);
    await withConsole(browser, app, `?like=${first.runId}`, async (page) => {
      await eventually(async () => expect(await field(page, 'Batch').inputValue()).toBe('BATCH-6'));
      expect(await page.getByLabel('Priority').inputValue()).toBe('4');
      expect(await page.getByLabel('Timeout').inputValue()).toBe('90s');
      expect(await page.getByLabel('Value of attribute 1').inputValue()).toBe('early');
      await page.getByLabel('Partition key').fill('second');
      await startButton(page).click();
      await started(page).waitFor();
    });
    const second = await theRun('second');
    expect(second.runId).not.toBe(first.runId);
    expect(second.input).toEqual([{ ...TEMPLATE.defaults, id: 'BATCH-6', parts }]);
    expect(second).toMatchObject({ priority: 4, timeoutMs: 90_000, attributes: { shift: 'early' }, provenance: { version: 1 } });
  });

  it('says that the input is hidden from who may not see it', async () => {
    const { runId } = await app.workflows.start('batch.run', [{ secret: 'of the house' }], { partitionKey: 'hidden' });
    await withConsole(
      browser,
      app,
      `?like=${runId}`,
      async (page) => {
        await page.getByText('Its input is hidden from you').waitFor();
        expect(await page.getByText('of the house').count()).toBe(0);
      },
      { as: 'sam' },
    );
  });
});

describe('Without a template', () => {
  it('the input schema of the workflow makes the form, and arguments of which nothing is said are JSON', () =>
    withConsole(browser, app, '?workflow=batch.checked', async (page) => {
      await field(page, 'Article').fill('resin');
      await page.getByLabel('Partition key').fill('plain');
      await startButton(page).click();
      await started(page).waitFor();
      expect((await theRun('plain')).input).toEqual([{ sku: 'resin' }]);
      await page.getByLabel('Workflow', { exact: true }).fill('batch.run');
      await page.getByLabel('Template', { exact: true }).selectOption('without a template');
      await page.getByLabel('Arguments, as a JSON list').fill('[1, {"a": [true]}]');
      await page.getByLabel('Partition key').fill('arguments');
      await startButton(page).click();
      await started(page).waitFor();
      expect((await theRun('arguments')).input).toEqual([1, { a: [true] }]);
    }));

  it('nothing can be started where no workflow is registered', () =>
    withConsole(browser, app, 'runs', async (page) => {
      await page.route('**/api/workflows', (route) => route.fulfill({ json: { workflows: [] } }));
      await page.getByRole('navigation').getByRole('link', { name: 'Start' }).click();
      await page.getByText('No workflow is registered.').waitFor();
    }));
});

describe('Maintenance', () => {
  afterEach(() => app.workflows.exitMaintenance({ actor: 'ann' }));

  it('refuses a start, and lets one wait that may', async () => {
    await app.workflows.enterMaintenance({ actor: 'ann', reason: 'New valves' });
    await withConsole(
      browser,
      app,
      FORM,
      async (page) => {
        await page.getByText('a start is refused').waitFor();
        await field(page, 'Batch').fill('BATCH-7');
        await page.getByLabel('Partition key').fill('waits');
        await startButton(page).click();
        await page.getByRole('alert').filter({ hasText: 'MAINTENANCE_ACTIVE' }).waitFor();
        await page.getByRole('button', { name: 'Show this option' }).click();
        await page.getByLabel('Start during maintenance').and(page.locator(':focus')).check();
        await page.getByText('begins when the maintenance is over').first().waitFor();
        await startButton(page).click();
        await started(page).waitFor();
        expect(await theRun('waits')).toMatchObject({ status: 'ENQUEUED' });
      },
      { expected: [/status of 409/] },
    );
  });
});

describe('Templates', () => {
  it('get a next version of what is in the form, which is gone on with', () =>
    withConsole(browser, app, '?workflow=batch.checked', async (page) => {
      await field(page, 'Article').fill('glue');
      await page.getByRole('button', { name: 'More for the input' }).click();
      await page.getByRole('menuitem', { name: 'Save as template version' }).click();
      await page.getByLabel('Template name').fill('mine');
      await page.getByRole('button', { name: 'Save version' }).click();
      await page.waitForURL(/template=mine&version=1/);
      expect(await field(page, 'Article').inputValue()).toBe('glue');
      expect(await app.workflows.templates.find('batch.checked', 'mine')).toMatchObject({
        defaults: { sku: 'glue' },
        createdBy: 'ann',
      });
    }));
});

describe('An obsolete version', () => {
  it('that a link names is not started, and it is seen why', async () => {
    await app.workflows.templates.save('batch.run', { ...TEMPLATE, name: 'old' }, { actor: 'ann' });
    await app.workflows.templates.setStatus('batch.run', 'old', 1, 'obsolete', { actor: 'ann' });
    await withConsole(browser, app, '?workflow=batch.run&template=old&version=1', async (page) => {
      await page.getByText('Version 1 of the template is obsolete').last().waitFor();
      expect(await startButton(page).getAttribute('aria-disabled')).toBe('true');
      await page.getByRole('option', { name: '1 (obsolete)' }).waitFor({ state: 'attached' });
    });
  });
});

describe('Suggestions in a dialog', () => {
  it('are closed by Escape alone: the dialog, and what was typed in it, stay', () =>
    withConsole(browser, app, FORM, async (page) => {
      await page.getByRole('button', { name: 'More for the input' }).click();
      await page.getByRole('menuitem', { name: /^Copy/ }).click();
      const dialog = page.getByRole('dialog', { name: 'Copy template' });
      const target = dialog.getByLabel('To workflow');
      await target.fill('batch');
      await dialog.getByRole('option', { name: 'batch.checked' }).waitFor();
      await page.keyboard.press('Escape');
      await dialog.getByRole('option').first().waitFor({ state: 'detached' });
      expect(await target.inputValue()).toBe('batch');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    }));
});

describe('Who may not start', () => {
  it('sees the form, and why not', () =>
    withConsole(
      browser,
      app,
      FORM,
      async (page) => {
        await field(page, 'Batch').waitFor();
        expect(await startButton(page).getAttribute('aria-disabled')).toBe('true');
        expect(await field(page, 'Batch').isEditable()).toBe(false);
        await startButton(page).focus();
        await page.getByText('it needs the right "start"').first().waitFor({ state: 'attached' });
        await page.keyboard.press('Control+Enter');
        await page.getByRole('button', { name: 'More for the input' }).click();
        await page.getByRole('menuitem', { name: /Save as template version.*needs the right "templates"/ }).waitFor();
      },
      { as: 'rita' },
    ));
});

describe('The page', () => {
  it.each([
    ['light', { width: 1280, height: 800 }],
    ['dark', { width: 375, height: 812 }],
  ] as const)('is accessible, %s, and no wider than the screen', (colorScheme, viewport) =>
    withConsole(
      browser,
      app,
      FORM,
      async (page) => {
        await field(page, 'Litres').fill('5');
        await page.getByText('More options').click();
        await page.getByRole('button', { name: 'Add attribute' }).click();
        await page.getByRole('button', { name: 'Revert Litres' }).waitFor();
        await expectAccessible(page);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
        await page.getByLabel('Workflow', { exact: true }).click();
        await page.getByRole('option', { name: 'batch.checked' }).waitFor();
        await expectAccessible(page);
        // Titles of others are texts.
        await page.getByText(EVIL).first().waitFor();
        expect(await page.title()).toBe('Start · Workflows');
      },
      { colorScheme, viewport },
    ),
  );

  it('can be used by keyboard alone', () =>
    withConsole(browser, app, '', async (page) => {
      await page.getByLabel('Workflow', { exact: true }).focus();
      await page.keyboard.type('batch.r');
      // The only one that is left.
      await page.keyboard.press('Enter');
      await field(page, 'Batch').focus();
      await page.keyboard.type('BATCH-8');
      await page.getByLabel('Partition key').focus();
      await page.keyboard.type('keys');
      await page.keyboard.press('Control+Enter');
      await started(page).waitFor();
      await theRun('keys');
    }));
});
