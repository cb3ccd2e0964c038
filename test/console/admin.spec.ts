// The admin page: each section shows what the server says, changes it with a reason, and says to whoever may not why. The cut-over comes last: after it
// the one process executes nothing any more.
import { Injectable } from '@nestjs/common';
import type { Browser, Locator, Page } from 'playwright-core';
import { Step, Workflow } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { TestSignal } from '../support/test-signal.js';
import { expectAccessible } from './accessible.js';
import { launchBrowser } from './browser.js';
import { type ConsoleApp, startConsoleApp } from './console-app.js';
import { type ConsolePageOptions, withConsole } from './console-page.js';

const SECTIONS = [
  ...['Maintenance', 'Executors', 'Schema', 'Retention', 'Dead letters'],
  ...['Templates', 'Enums', 'Bulk jobs', 'Diagnostics', 'Audit'],
];
const STRANGE = '<img src=x onerror=alert(1)> 💥';
const SECRET = 'canary-77';
const FREE = { schema: { type: 'object', properties: { lot: { type: 'string' } } }, defaults: {} };

/** Works for as long as a spec likes. */
@Injectable()
class Batches {
  static readonly begun = new TestSignal();
  static readonly done = new TestSignal();

  @Workflow({ name: 'batch.run' })
  async run(): Promise<void> {
    await this.react();
  }

  @Step({ name: 'react' })
  async react(): Promise<void> {
    Batches.begun.emit();
    await Batches.done.next({ timeout: 60_000 });
  }
}

let browser: Browser;
let app: ConsoleApp;

beforeAll(async () => {
  browser = await launchBrowser();
  app = await startConsoleApp({
    providers: [Batches],
    access: { reader: 'read_only', blind: { actions: [], payloads: false } },
  });
  const { templates } = app.workflows;
  await templates.saveEnum({ name: 'Phase', values: [{ label: 'Heat up', value: 'heat' }] });
  await templates.save('batch.run', { name: 'standard', ...FREE, description: STRANGE }, { actor: 'ben' });
  for (const id of ['order-1', 'order-2']) await (await app.workflows.start('orders.fulfil', [{}], { id })).returnValue;
  await app.post(`${app.api}/bulk-jobs`, { action: { command: 'HOLD' }, filter: { name: ['orders.fulfil'] }, reason: STRANGE });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const open = (path: string, work: (page: Page) => Promise<void>, options?: ConsolePageOptions) =>
  withConsole(browser, app, `admin/${path}`, work, options);
const section = (page: Page, name: string) => page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name });
const isReady = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
/** Toasts are dialogs too. */
const dialog = (page: Page) => page.getByRole('dialog').filter({ has: page.getByRole('button', { name: 'Close' }) });
const audit = async (action: string) =>
  (await app.get<{ entries: Array<Record<string, unknown>> }>(`${app.api}/audit?action=${action}&limit=1`)).body.entries[0];

async function confirm(page: Page, action: string, { reason = '', typed = '' } = {}): Promise<void> {
  if (typed !== '') await dialog(page).getByLabel(`Type ${typed} to confirm`).fill(typed);
  if (reason !== '') await dialog(page).getByLabel('Reason').fill(reason);
  await dialog(page).getByRole('button', { name: action, exact: true }).click();
  await dialog(page).waitFor({ state: 'detached' });
}

/** Such as a dead letter: a run that the database refuses until it is cured. */
async function deadLetter(): Promise<string> {
  const constrain = (change: string) => app.schema.pool.query(`alter table workflow_status ${change}`);
  await constrain(`add constraint poisoned check (input is null or input not like '%${SECRET}%') not valid`);
  const before = app.workflows.inMemory.deadLetters;
  const enqueued = app.workflows.enqueueInMemory('orders.fulfil', [SECRET]);
  await eventually(() => expect(app.workflows.inMemory.deadLetters).toBe(before + 1));
  await constrain('drop constraint poisoned');
  return enqueued.accepted ? enqueued.runId : '';
}

async function faultOf(field: Locator): Promise<string> {
  const ids = (await field.getAttribute('aria-describedby'))?.split(' ') ?? [];
  const texts = await Promise.all(ids.map((id) => field.page().locator(`[id="${id}"]`).textContent()));
  return texts.join(' ');
}

describe('Every section', () => {
  it('is accessible and fits a phone, in light and dark colours', () =>
    open(
      'maintenance',
      async (page) => {
        for (const name of SECTIONS) {
          await section(page, name).click();
          await isReady(page, name);
          await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
          await expectAccessible(page, { colors: ['light', 'dark'] });
          expect([name, await page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([name, 0]);
        }
      },
      { viewport: { width: 375, height: 812 } },
    ));

  it('is accessible where it is about one thing', () =>
    open('', async (page) => {
      for (const [path, button] of [
        ['templates?edit=1', 'Save version'],
        ['templates?of=batch.run&name=standard', 'Export'],
        ['enums?edit=1', 'Save version'],
        ['templates?import=1', 'Import'],
      ]) {
        await page.goto(`${app.url}admin/${path}`);
        await page.getByRole('button', { name: button, exact: true }).waitFor();
        await expectAccessible(page);
      }
    }));

  it('shows all and changes nothing for whoever may only read', () =>
    open(
      '',
      async (page) => {
        for (const [path, buttons] of [
          ['maintenance', ['Enter maintenance …']],
          ['retention', ['Preview', 'Save …', 'Sweep now …']],
          ['templates', ['New template', 'Import']],
          ['templates?of=batch.run&name=standard', ['New version', 'Copy …', 'Make obsolete …', 'Delete …']],
          ['enums?name=Phase', ['New version', 'Make obsolete …', 'Delete …']],
        ] as const) {
          await page.goto(`${app.url}admin/${path}`);
          for (const name of buttons) {
            const button = page.getByRole('button', { name, exact: true });
            await button.waitFor();
            await eventually(async () => expect(await faultOf(button)).toContain('You may not do this here'));
            expect(await button.getAttribute('aria-disabled')).toBe('true');
            await button.click({ force: true });
            expect(await dialog(page).count()).toBe(0);
          }
        }
      },
      { as: 'reader' },
    ));
});

describe('The schema', () => {
  it('is up to date, or says what is to be applied, or that it is newer', () =>
    open('schema', async (page) => {
      const verdict = page.getByRole('status').filter({ hasText: /schema|migrations/ });
      await verdict.filter({ hasText: 'up to date' }).waitFor();
      const newest = `version = (select max(version) from schema_migrations)`;
      await app.schema.pool.query(`update schema_migrations set name = 'Other' where ${newest}`);
      await page.reload();
      await verdict.filter({ hasText: '1 applied migrations are not those of this release' }).waitFor();
      await app.schema.pool.query(`delete from schema_migrations where ${newest}`);
      await page.reload();
      await verdict.filter({ hasText: /^1 of \d+ migrations are to be applied/ }).waitFor();
      await page.getByRole('row', { name: /BulkJobs\d+ pending not yet/ }).waitFor();
      await app.schema.pool.query(`insert into schema_migrations (version, name) values (12, 'BulkJobs1763700000012')`);
      await app.schema.pool.query(`insert into schema_migrations (version, name) values (999, 'Later')`);
      await page.reload();
      await verdict.filter({ hasText: 'version 999, newer than this release knows' }).waitFor();
      await app.schema.pool.query('delete from schema_migrations where version = 999');
    }));
});

describe('The process that answers', () => {
  it('is marked among the executors, and copied as a whole for a bug report', () =>
    open(
      'executors',
      async (page) => {
        await page.getByRole('row', { name: new RegExp(`:${process.pid} .*alive.*answers you`) }).waitFor();
        await section(page, 'Diagnostics').click();
        await page.getByRole('button', { name: 'Copy all' }).click();
        await page.getByText('Copied.').first().waitFor();
        const copied = JSON.parse(await page.evaluate<string>('navigator.clipboard.readText()'));
        expect(copied).toMatchObject({ identity: { pid: process.pid }, versions: { node: process.version } });
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    ));
});

describe('Retention', () => {
  const count = async () => (await app.get<{ count: number }>(`${app.api}/runs/count?name=orders.fulfil`)).body.count;

  it('previews without changing anything, keeps what is typed, and deletes when it is told to', async () => {
    // So that no sweep in the background comes before the one that is asked for.
    await app.workflows.retention.update({ after: '365d', interval: '7d' });
    await app.workflows.retention.apply();
    await open('retention', async (page) => {
      const age = page.getByLabel('Deleted after').first();
      await age.fill('soon');
      expect(await faultOf(age)).toContain('is a duration such as');
      await age.fill('0s');
      await page.getByRole('button', { name: 'Preview' }).click();
      await page
        .getByText(/2 runs would be deleted, 0 would be ended by the global timeout\. Nothing has been changed/)
        .waitFor();
      expect(await count()).toBe(2);
      expect(await app.workflows.retention.get()).toMatchObject({ after: 365 * 86_400_000 });

      await page.getByRole('button', { name: 'Save …' }).click();
      await dialog(page).getByText('2 runs would be deleted').waitFor();
      await confirm(page, 'Save', { reason: 'disk is full' });
      await eventually(async () => expect(await app.workflows.retention.get()).toMatchObject({ after: 0 }));
      expect(await audit('RETENTION_UPDATE')).toMatchObject({ actor: 'ann', reason: 'disk is full' });
      expect(await count()).toBe(2);

      await page.getByRole('button', { name: 'Sweep now …' }).click();
      expect(await dialog(page).getByRole('button', { name: 'Delete and end' }).getAttribute('aria-disabled')).toBe('true');
      await confirm(page, 'Delete and end', { typed: 'delete', reason: 'now' });
      await page.getByRole('region', { name: 'Result of the sweep' }).getByText('2 runs were deleted').waitFor();
      expect(await count()).toBe(0);
    });
    await app.workflows.retention.update({ after: null });
  });
});

describe('Templates', () => {
  it('get a next version, which shows what differs, and can be made obsolete', () =>
    open('templates?workflow=batch.run', async (page) => {
      await page.getByText(STRANGE).waitFor();
      await page.getByRole('link', { name: 'standard' }).click();
      await page.getByRole('button', { name: 'New version' }).click();
      await page.getByText('Nothing differs.').waitFor();
      await page.getByLabel('Defaults').fill('{ "lot": "L-17" }');
      await page.getByRole('region', { name: 'Changes', exact: true }).first().getByText('/defaults/lot').waitFor();
      await page.getByLabel('Reason').fill('the usual lot');
      await page.getByRole('button', { name: 'Save version' }).click();
      await page.getByRole('heading', { name: 'standard, version 2' }).waitFor();
      const changes = page.getByRole('region', { name: 'Changes' });
      await changes.getByText('added').waitFor({ state: 'attached' });
      expect(await changes.innerText()).toContain('/defaults/lot "L-17"');
      expect(await audit('TEMPLATE_SAVE')).toMatchObject({ actor: 'ann', reason: 'the usual lot' });
      await page.getByRole('button', { name: 'Make obsolete …' }).click();
      await confirm(page, 'Make obsolete', { reason: 'wrong lot' });
      await page.getByRole('button', { name: 'Make active …' }).waitFor();
      expect(await app.workflows.templates.find('batch.run', 'standard')).toMatchObject({ version: 1 });
    }));

  it('show where a text is no JSON, and at which field what the server has against it', () =>
    open(
      'templates?edit=1',
      async (page) => {
        await page.getByRole('combobox', { name: 'Workflow *' }).fill('batch.run');
        await page.getByLabel('Template').fill('other');
        const schema = page.getByLabel('Schema');
        await schema.fill('{\n  "type": "object",\n}');
        await page.getByLabel('Reason').focus();
        expect(await faultOf(schema)).toContain('Line 3, column 1');
        await schema.fill('{ "type": "object", "properties": { "n": { "maximum": 9007199254740993 } } }');
        expect(await faultOf(schema)).toContain('9007199254740993 is too large to be sent exactly');
        await schema.fill('{ "type": "object", "propertees": {} }');
        await page.getByRole('button', { name: 'Save version' }).click();
        await eventually(async () => expect(await faultOf(schema)).toContain('at /properties'));
        await schema.fill(JSON.stringify(FREE.schema));
        const defaults = page.getByLabel('Defaults');
        await defaults.fill('{ "litres": 1 }');
        await page.getByRole('button', { name: 'Save version' }).click();
        await eventually(async () => expect(await faultOf(defaults)).toContain('has no parameter "litres"'));
      },
      { expected: [/status of 400/] },
    ));

  it('are imported from what was exported, and refuse rubbish at its place', () =>
    open(
      'templates?of=batch.run&name=standard&version=1',
      async (page) => {
        const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()]);
        await section(page, 'Templates').click();
        await page.getByRole('button', { name: 'Import' }).click();
        const document = page.getByLabel('Document');
        await document.fill('{ "format": "other" }');
        const send = page.getByRole('button', { name: 'Import', exact: true });
        await send.click();
        await eventually(async () => expect(await faultOf(document)).toContain('TEMPLATE_DOCUMENT_INVALID'));
        await page.getByLabel('File').setInputFiles(await file.path());
        await eventually(async () => expect(await document.inputValue()).toContain('"format": "nestjs-workflows/template"'));
        await send.click();
        await page.getByRole('heading', { name: 'standard, version 3' }).waitFor();
      },
      { expected: [/status of 400/] },
    ));
});

describe('Enums', () => {
  it('get a next version by keyboard alone', () =>
    open('enums?name=Phase&version=1', async (page) => {
      const keys = page.keyboard;
      await page.getByRole('button', { name: 'New version' }).press('Enter');
      await page.getByLabel('Description').focus();
      await keys.type('As cooked');
      await page.getByRole('button', { name: 'Add a value' }).press('Enter');
      await page.getByLabel('Label of value 2').focus();
      await keys.type('Litres');
      await keys.press('Tab');
      await keys.type('12');
      await keys.press('Tab');
      await keys.type('number');
      await page.getByRole('region', { name: 'Changes', exact: true }).getByText('/1').waitFor();
      await page.getByLabel('Reason').focus();
      await keys.press('Enter');
      await page.getByRole('heading', { name: 'Phase, version 2' }).waitFor();
      expect(await app.workflows.templates.findEnum('Phase')).toMatchObject({
        version: 2,
        values: [{ value: 'heat' }, { label: 'Litres', value: 12 }],
      });
    }));
});

describe('A dead letter', () => {
  it('shows what the database said, but not to whoever may see no payloads, and starts when it is replayed', async () => {
    const runId = await deadLetter();
    await open('dead-letters', (page) => page.getByRole('row', { name: /orders\.fulfil.*hidden/ }).waitFor(), { as: 'blind' });
    await open('dead-letters', async (page) => {
      await page.getByRole('row', { name: /orders\.fulfil.*poisoned/ }).waitFor();
      await expectAccessible(page);
      await page.getByRole('button', { name: `Replay … ${runId}` }).click();
      await confirm(page, 'Replay', { reason: 'constraint dropped' });
      await page.getByText('No dead letters.').waitFor();
      expect(await audit('DEAD_LETTER_REPLAY')).toMatchObject({ runId, reason: 'constraint dropped' });
      expect((await app.get(`${app.api}/runs/${runId}`)).status).toBe(200);
    });
  });

  it('is gone when it is discarded, after a word was typed', async () => {
    const runId = await deadLetter();
    await open('dead-letters', async (page) => {
      await page.getByRole('button', { name: `Discard … ${runId}` }).click();
      await confirm(page, 'Discard', { typed: 'discard' });
      await page.getByText('No dead letters.').waitFor();
    });
  });
});

describe('A bulk job', () => {
  it('shows how far it came, by whom it was refused, and what the audit log says of its runs', () =>
    open('bulk-jobs', async (page) => {
      const job = page.getByRole('list', { name: 'Bulk jobs' }).getByRole('listitem').first();
      await job.getByText('DONE', { exact: true }).waitFor();
      await job.getByText('2 refused').waitFor();
      await job.getByText(STRANGE).waitFor();
      await job.getByText('Filter, refusals, ids').click();
      await expectAccessible(page);
      expect(await job.getByRole('list', { name: 'Refusals' }).innerText()).toContain('COMMAND_NOT_ALLOWED');
      await job.getByRole('link', { name: 'audit log of its runs' }).click();
      await page
        .getByRole('row', { name: /ann HOLD/ })
        .first()
        .waitFor();
    }));
});

describe('The audit log', () => {
  it('shows who did what and why, filtered by the URL, with what changed', () =>
    open('audit', async (page) => {
      await page.getByLabel('Who').fill('ben');
      await page.getByRole('button', { name: 'Filter' }).click();
      const row = page.getByRole('row', { name: /ben TEMPLATE_SAVE/ });
      await row.waitFor();
      expect(await page.getByRole('table').getByRole('row').count()).toBe(2);
      expect(new URL(page.url()).searchParams.get('actor')).toBe('ben');
      await page.reload();
      await row.getByRole('button', { name: /^Details of TEMPLATE_SAVE/ }).click();
      await page.getByRole('cell').getByText('After', { exact: true }).waitFor();
      await expectAccessible(page);
    }));

  it('says what each line is about, suggests actions, and has a card for each line on phones', () =>
    open(
      'audit?actor=ben',
      async (page) => {
        const row = page.getByRole('row', { name: /Who ben Action TEMPLATE_SAVE/ });
        const about = row.getByRole('link', { name: 'template standard v1 of batch.run' });
        expect(await about.getAttribute('href')).toContain('admin/templates?of=batch.run&name=standard&version=1');
        const right = await row
          .getByRole('button', { name: /^Details/ })
          .evaluate((button) => button.getBoundingClientRect().right);
        expect(right).toBeLessThan(375);
        await page.getByRole('combobox', { name: 'Action' }).fill('pause');
        await page.getByRole('option', { name: 'QUEUE_PAUSE' }).click();
        await page.getByRole('button', { name: 'Filter', exact: true }).click();
        await page.getByText('Nothing that matches.').waitFor();
        expect(new URL(page.url()).searchParams.get('action')).toBe('QUEUE_PAUSE');
      },
      { viewport: { width: 375, height: 812 } },
    ));

  it('shows a new line as it is written', () =>
    open('audit?action=TEMPLATE_COPY', async (page) => {
      await page.getByText('Nothing that matches.').waitFor();
      await page.getByRole('button', { name: /^Live\./ }).waitFor();
      await app.workflows.templates.copy(
        'batch.run',
        'standard',
        'orders.fulfil',
        { version: 1 },
        { actor: 'eve', reason: STRANGE },
      );
      await page
        .getByRole('row', { name: /eve TEMPLATE_COPY/ })
        .getByText(STRANGE)
        .waitFor();
    }));
});

describe('Maintenance', () => {
  it('of a single queue is entered and left, and others go on', () =>
    open('maintenance', async (page) => {
      await page.getByLabel('Queues').selectOption('chosen');
      await page.getByRole('checkbox', { name: 'default' }).check();
      await page.getByRole('button', { name: 'Enter maintenance …' }).click();
      await confirm(page, 'Enter', { reason: 'New valves' });
      await page.getByRole('row', { name: /default drain .*New valves/ }).waitFor();
      await page.getByRole('button', { name: 'Exit … maintenance of default' }).click();
      await confirm(page, 'Exit', {});
      await page.getByRole('row', { name: /default drain/ }).waitFor({ state: 'detached' });
    }));

  it('that cancels tells how many runs it hits, and wants a word', () =>
    open('maintenance', async (page) => {
      await page.getByLabel('Mode').selectOption('cancel');
      await page.getByRole('button', { name: 'Enter maintenance …' }).click();
      await dialog(page)
        .getByText(/^\d+ runs that are not over would be cancelled/)
        .waitFor();
      expect(await dialog(page).getByRole('button', { name: 'Enter and cancel' }).getAttribute('aria-disabled')).toBe('true');
      await expectAccessible(page);
      await dialog(page).getByRole('button', { name: 'Back' }).click();
      expect(await app.workflows.getMaintenanceStatus()).toMatchObject({ active: false });
    }));

  it('is entered, drained, swapped and left, step by step, with a banner on every page', async () => {
    await app.workflows.start('batch.run');
    await Batches.begun.next();
    await open('', async (page) => {
      const now = page.getByRole('listitem').and(page.locator('[aria-current=step]'));
      await now.getByText('Enter: nothing begins any more').waitFor();
      await page.getByRole('button', { name: 'Enter maintenance …' }).click();
      await confirm(page, 'Enter', { reason: STRANGE });
      await now.getByText('Wait until it is drained').waitFor();
      await now.getByText('not drained').waitFor();
      expect(await now.getByRole('progressbar').getAttribute('aria-valuetext')).toBe('1 of 1 left');
      const link = now.getByRole('link', { name: '1 in flight' });
      expect(await link.getAttribute('href')).toMatch(/\/runs\?executorId=[0-9a-f-]+&status=PENDING&status=RUNNING/);
      const swap = page.getByRole('button', { name: /^Swap/ });
      expect(await faultOf(swap)).toContain('1 runs are in flight');
      await expectAccessible(page);
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Queues' }).click();
      const banner = page.getByRole('status').filter({ hasText: 'Maintenance' });
      await banner.getByText(STRANGE).waitFor();
      await banner.getByRole('link', { name: 'Progress' }).click();

      Batches.done.emit();
      await now.getByText('Swap: retire these processes').waitFor();
      await page.getByText('Drained: no process has anything under way.').waitFor();
      await swap.click();
      await confirm(page, 'Begin generation 2', { typed: 'swap', reason: 'release 42' });
      await now.getByText('Exit: what waited begins').waitFor();
      const warning = 'No process executes runs now: what waits begins when one of generation 2 starts.';
      await page.getByText(warning).waitFor();
      await expectAccessible(page);
      expect(await audit('GENERATION_SWAP')).toMatchObject({ actor: 'ann', reason: 'release 42' });
      await page.getByRole('button', { name: 'Exit maintenance …' }).click();
      await dialog(page).getByText(warning).waitFor();
      await confirm(page, 'Exit', { reason: 'all is well' });
      await now.getByText('Enter: nothing begins any more').waitFor();
      await banner.waitFor({ state: 'detached' });
      await now.getByText(warning).waitFor();
      await section(page, 'Diagnostics').click();
      await page.getByText('none: retired by the swap').waitFor();
      const { runId } = await app.workflows.start('batch.run');
      await page.goto(`${app.url}runs/${runId}`);
      await page.getByText('No process executes runs now: it begins when one starts.').waitFor();
    });
  });
});
