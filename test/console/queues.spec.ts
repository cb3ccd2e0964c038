// The pages of queues: live counts that lead to runs, pause, limits, partitions and their holders, throughput, deadlocks; for whoever may not, too.
import { Injectable } from '@nestjs/common';
import type { Browser, Locator, Page } from 'playwright-core';
import { Workflow, WorkflowContext } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { expectAccessible } from './accessible.js';
import { launchBrowser } from './browser.js';
import { type ConsoleApp, startConsoleApp } from './console-app.js';
import { withConsole } from './console-page.js';

const STRANGE = 'line 1/reactor?a%2F#<img src=x onerror=alert(1)>';
const IN_STRANGE = `queues/${encodeURIComponent(STRANGE)}`;

@Injectable()
class FamilyWorkflows {
  constructor(private readonly wf: WorkflowContext) {}

  @Workflow({ name: 'family.parent' })
  async parent(): Promise<void> {
    await (await this.wf.startChild('family.child', [], { queue: 'family' })).returnValue;
  }

  @Workflow({ name: 'family.child' })
  async child(): Promise<void> {}
}

let browser: Browser;
let app: ConsoleApp;

beforeAll(async () => {
  browser = await launchBrowser();
  app = await startConsoleApp({
    providers: [FamilyWorkflows],
    access: { rita: 'read_only' },
    workflowsOptions: {
      suspendAfter: 0,
      queues: [
        { name: 'ovens', concurrency: 1 },
        { name: 'lines', concurrency: 3 },
        { name: 'mail', rateLimit: { limit: 20, period: '1s' } },
        { name: 'family', concurrency: 1 },
        { name: 'many' },
        { name: STRANGE },
      ],
    },
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const row = (page: Page, name: string) =>
  page
    .getByRole('list', { name: 'Queues' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name, exact: true }) });
const count = (page: Page, queue: string, text: string) =>
  page.getByRole('list', { name: `Runs of ${queue} by status` }).getByRole('link', { name: text, exact: true });
const focused = (field: Locator) =>
  eventually(async () => expect(await field.evaluate((element) => element.matches(':focus'))).toBe(true));
const live = (page: Page) => page.getByRole('button', { name: /^Live\./ });
const startWaiting = (queue: string, partitionKey?: string) =>
  app.workflows.start('orders.wait', [], { queue, ...(partitionKey !== undefined && { partitionKey }) });
const queueOf = async (name: string) => (await app.workflows.queues.list()).find((queue) => queue.name === name);
const auditOf = async (action: string) =>
  (await app.get<{ entries: Array<{ reason: string | null; actor: string }> }>(`${app.api}/audit?action=${action}`)).body.entries;
/** Ended so many minutes ago, without having run. */
const insertEnded = (queue: string, status: string, minutesAgo: number, howMany: number) =>
  app.schema.pool.query(
    `insert into "${app.schema.schema}".workflow_status (workflow_id, name, queue, status, permit, created_at, completed_at)
     select gen_random_uuid(), 'orders.fulfil', $1, $2, false, t, t
     from generate_series(1, $4::int) n, lateral (select clock_timestamp() - $3::int * interval '1 minute' t) x`,
    [queue, status, minutesAgo, howMany],
  );

describe('The list of queues', () => {
  it('counts runs as they come and begin, and leads to those that it counts', () =>
    withConsole(browser, app, 'queues', async (page) => {
      await row(page, 'ovens').getByText('No runs').waitFor();
      await live(page).waitFor();
      await startWaiting('ovens');
      await count(page, 'ovens', 'WAITING 1').waitFor();
      await startWaiting('ovens');
      await startWaiting('ovens');
      await count(page, 'ovens', 'ENQUEUED 2').waitFor();
      await row(page, 'ovens').getByText('1 of 1').waitFor();
      await count(page, 'ovens', 'ENQUEUED 2').click();
      await page.waitForURL((url) => url.pathname.endsWith('/runs'));
      expect(new URL(page.url()).search).toBe('?queue=ovens&status=ENQUEUED');
    }));

  it('finds queues by name and counts the runs of one workflow, and keeps that in the URL', () =>
    withConsole(browser, app, 'queues?find=OVE&workflow=nobody', async (page) => {
      await row(page, 'ovens').getByText('No runs of nobody').waitFor();
      expect(await page.getByRole('list', { name: 'Queues' }).getByRole('heading').count()).toBe(1);
      await page.getByLabel('Count the runs of').selectOption('orders.wait');
      const link = count(page, 'ovens', 'ENQUEUED 2');
      expect(await link.getAttribute('href')).toMatch(/\?queue=ovens&status=ENQUEUED&name=orders.wait$/);
      await page.getByLabel("Part of a queue's name").fill('no such');
      await page.getByText('No queue has "no such" in its name.').waitFor();
      await page.reload();
      await page.getByText('No queue has "no such" in its name.').waitFor();
    }));

  it('shows how fast runs ended in the last hour, and how many failed', async () => {
    await insertEnded('mail', 'SUCCESS', 2, 40);
    await insertEnded('mail', 'ERROR', 30, 3);
    await withConsole(browser, app, 'queues', async (page) => {
      await row(page, 'mail').getByRole('img', { name: 'Last hour: 43 ended, 3 failed' }).waitFor();
      await row(page, 'mail').getByText('3 failed', { exact: true }).waitFor();
      await row(page, 'mail').getByText('20 per 1s').waitFor();
      expect(await row(page, 'mail').innerText()).toMatch(/\b(8|9|10)(\.\d)? \/ min/);
    });
  });
});

describe('A pause', () => {
  it('asks for a reason, is shown everywhere, keeps everything from beginning, and is ended', () =>
    withConsole(browser, app, 'queues', async (page) => {
      await page.getByRole('button', { name: 'Pause mail' }).click();
      const pausing = page.getByRole('dialog', { name: 'Pause the queue mail?' });
      await pausing.getByLabel('Reason').fill('The server is full');
      await pausing.getByRole('button', { name: 'Pause' }).click();
      await row(page, 'mail').getByText('Paused', { exact: true }).waitFor();
      expect(await queueOf('mail')).toMatchObject({ isPaused: true });
      expect((await auditOf('QUEUE_PAUSE'))[0]).toMatchObject({ reason: 'The server is full', actor: 'ann' });
      await startWaiting('mail');
      await app.workflows.dispatch();
      await count(page, 'mail', 'ENQUEUED 1').waitFor();

      await row(page, 'mail').getByRole('link', { name: 'mail', exact: true }).click();
      const changes = page.getByRole('table', { name: 'Changes of mail' });
      await changes.getByRole('row').filter({ hasText: 'The server is full' }).getByText('ann').waitFor();
      await page.getByRole('button', { name: 'Resume mail' }).click();
      await page.getByRole('dialog', { name: 'Resume the queue mail?' }).getByRole('button', { name: 'Resume' }).click();
      await page.getByRole('button', { name: 'Pause mail' }).waitFor();
      await changes.getByText('Resumed').waitFor();
      await count(page, 'mail', 'WAITING 1').waitFor();
    }));
});

describe('A dialog that sends something', () => {
  it('stays until the answer is there, and shows a refusal', () =>
    withConsole(
      browser,
      app,
      'queues',
      async (page) => {
        const insists = async (dialog: Locator, verb: string) => {
          let answer = () => {};
          const held = new Promise<void>((resolve) => {
            answer = resolve;
          });
          await page.route(/\/api\/queues(\/[^/]+\/pause)?$/, async (route) => {
            if (route.request().method() !== 'POST') return route.fallback();
            await held;
            await route.fulfill({ status: 409, json: { code: 'NOT_NOW', detail: 'Not before noon.' } });
          });
          await dialog.getByRole('button', { name: verb, exact: true }).click();
          await dialog.locator('[aria-busy=true]').waitFor();
          await page.keyboard.press('Escape');
          await page.mouse.click(5, 5);
          await dialog.getByRole('button', { name: 'Back' }).click({ force: true });
          expect(await dialog.getByRole('button', { name: 'Close' }).isDisabled()).toBe(true);
          answer();
          await dialog.getByRole('alert').filter({ hasText: 'Not before noon.' }).waitFor();
          await page.keyboard.press('Escape');
          await dialog.waitFor({ state: 'detached' });
        };
        await page.getByRole('button', { name: 'Pause mail' }).click();
        await insists(page.getByRole('dialog', { name: 'Pause the queue mail?' }), 'Pause');
        await page.getByRole('button', { name: 'New queue' }).click();
        const making = page.getByRole('dialog', { name: 'New queue' });
        await making.getByLabel('Name').fill('another');
        await insists(making, 'Make the queue');
      },
      { expected: [/status of 409/] },
    ));
});

describe('Limits', () => {
  it('are checked while they are typed, and let in whom they allow once they are changed', () =>
    withConsole(browser, app, 'queues/ovens', async (page) => {
      await page.getByRole('button', { name: 'Edit the limits of ovens' }).click();
      const dialog = page.getByRole('dialog', { name: 'Limits of ovens' });
      const concurrency = dialog.getByLabel('Concurrency', { exact: true });
      await concurrency.fill('0');
      await dialog.getByText('A whole number from 1 to 1,000,000.').waitFor();
      await dialog.getByLabel('Rate limit').fill('100');
      await dialog.getByRole('button', { name: 'Change' }).click();
      await dialog.getByText('The period is a duration such as').waitFor();
      expect(await auditOf('QUEUE_UPDATE')).toEqual([]);
      await concurrency.fill('2');
      await dialog.getByLabel('Period').fill('1m');
      await dialog.getByLabel('Reason').fill('Another oven');
      await dialog.getByRole('button', { name: 'Change' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(await queueOf('ovens')).toMatchObject({ concurrency: 2, rateLimit: { limit: 100, period: 60_000 } });
      await count(page, 'ovens', 'WAITING 2').waitFor();
      await page.getByText('100 per 1m').waitFor();
      const change = page.getByRole('row').filter({ hasText: 'Another oven' });
      await change.getByText('concurrency: 1 → 2', { exact: true }).waitFor();
    }));

  it('that are lowered below what is under way say so; what the server refuses is shown in the form', () =>
    withConsole(
      browser,
      app,
      'queues/ovens',
      async (page) => {
        await page.getByRole('button', { name: 'Edit the limits of ovens' }).click();
        const dialog = page.getByRole('dialog', { name: 'Limits of ovens' });
        await dialog.getByLabel('Concurrency', { exact: true }).fill('1');
        await dialog.getByText('2 hold a permit now').waitFor();
        await dialog.getByLabel('Concurrency', { exact: true }).fill('2');
        // Of what is shown over the dialog, and of the dialog, one goes at a time.
        await dialog.getByLabel('Reason').focus();
        await page.keyboard.press('Tab');
        await page.keyboard.press('Tab');
        const tip = page.getByRole('tooltip').filter({ hasText: 'Nothing is changed yet.', visible: true });
        await tip.waitFor();
        await page.keyboard.press('Escape');
        await tip.waitFor({ state: 'detached' });
        await dialog.getByLabel('Reason').waitFor();
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'hidden' });
        await page.keyboard.press('g');
        await page.keyboard.press('q');
        await page.getByRole('button', { name: 'New queue' }).click();
        const making = page.getByRole('dialog', { name: 'New queue' });
        await making.getByLabel('Name').fill('ovens');
        await making.getByRole('button', { name: 'Make the queue' }).click();
        await making.getByText('QUEUE_EXISTS').waitFor();
        expect(await queueOf('ovens')).toMatchObject({ concurrency: 2 });
      },
      { expected: [/status of 409/] },
    ));
});

describe('A queue', () => {
  it('may have any name: it is made, opened and loaded anew under it', () =>
    withConsole(browser, app, 'queues', async (page) => {
      const name = '100%25 <b>/?&#\u{1f3ed}';
      await page.getByRole('button', { name: 'New queue' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill(name);
      await page.getByRole('dialog').getByRole('button', { name: 'Make the queue' }).click();
      const heading = page.getByRole('heading', { level: 1, name: `Queue ${name}`, exact: true });
      await heading.waitFor();
      await page.getByText('keeps its permit').first().waitFor();
      await page.reload();
      await heading.waitFor();
      await page.getByText('keeps its permit').first().waitFor();
      await page.getByRole('link', { name: 'All runs of it' }).click();
      await page.waitForURL((url) => url.pathname.endsWith('/runs') && url.searchParams.get('queue') === name);
    }));

  it('that is not there says so', () =>
    withConsole(browser, app, 'queues/nobody', (page) => page.getByText('There is no queue of this name.').waitFor()));

  it('shows who holds each partition and how many wait, finds one, and goes on page by page', async () => {
    const holder = await startWaiting('lines', 'line-1/reactor-a');
    await eventually(async () => expect(await holder.status).toBe('WAITING'));
    await Promise.all([startWaiting('lines', 'line-1/reactor-a'), startWaiting('lines', 'line-1/reactor-a')]);
    await withConsole(browser, app, 'queues/lines', async (page) => {
      const table = page.getByRole('table', { name: 'Partitions of lines' });
      const partition = table.getByRole('row').filter({ hasText: 'line-1/reactor-a' });
      await partition.getByRole('cell', { name: '2', exact: true }).waitFor();
      await live(page).waitFor();
      await startWaiting('lines', 'line-1/reactor-a');
      await partition.getByRole('cell', { name: '3', exact: true }).waitFor();
      await partition.getByRole('link', { name: /^orders\.wait / }).click();
      await page.waitForURL(`${app.url}runs/${holder.runId}`);
    });
    await app.workflows.queues.pause('many');
    const keys = Array.from({ length: 60 }, (_, i) => `p-${String(i).padStart(2, '0')}`);
    await Promise.all(keys.map((key) => startWaiting('many', key)));
    await withConsole(browser, app, 'queues/many', async (page) => {
      const table = page.getByRole('table', { name: 'Partitions of many' });
      await table.getByText('p-49').waitFor();
      expect(await table.getByText('p-50').count()).toBe(0);
      await page.getByRole('button', { name: 'More' }).click();
      await table.getByText('p-59').waitFor();
      await page.goBack();
      await table.getByText('p-00').waitFor();
      await page.getByLabel("Part of a partition's key").fill('P-5');
      await page.keyboard.press('Enter');
      await table.getByText('p-50').waitFor();
      await eventually(async () => expect(await table.getByRole('row').count()).toBe(11));
      await page.reload();
      await table.getByText('p-59').waitFor();
    });
  });

  it('draws what ended, says the same in a table, and for other times', async () => {
    await insertEnded(STRANGE, 'SUCCESS', 3, 12);
    await insertEnded(STRANGE, 'DEAD', 3, 2);
    await insertEnded(STRANGE, 'SUCCESS', 200, 5);
    await withConsole(browser, app, IN_STRANGE, async (page) => {
      await page.getByText('14 ended').waitFor();
      await page.getByText('2 failed').waitFor();
      await page.locator('canvas').waitFor();
      const drawn = () => page.evaluate<string>(`document.querySelector('canvas').toDataURL()`);
      const inLight = await drawn();
      await page.emulateMedia({ colorScheme: 'dark' });
      await eventually(async () => expect(await drawn()).not.toBe(inLight));
      await page.getByText('As a table').click();
      const minute = page.getByRole('row').filter({ has: page.getByRole('cell', { name: '14', exact: true }) });
      await minute.getByRole('cell', { name: '2', exact: true }).waitFor();
      await page.getByRole('button', { name: '6 hours' }).click();
      await page.getByText('19 ended').waitFor();
      await page.getByText('in the last 6 hours, per 5 minutes').waitFor();
      await page.reload();
      await page.getByText('19 ended').waitFor();
      expect(await page.locator('main img').count()).toBe(0);
    });
  });

  it('in a deadlock explains who waits for whom', async () => {
    const { runId } = await app.workflows.start('family.parent', [], { queue: 'family' });
    await eventually(async () => expect((await queueOf('family'))?.deadlocks).toHaveLength(1));
    const child = (await queueOf('family'))?.deadlocks[0]?.child;
    await withConsole(browser, app, 'queues', async (page) => {
      await row(page, 'family').getByText('Deadlock').waitFor();
      await row(page, 'family').getByRole('link', { name: 'family', exact: true }).click();
      const note = page.getByRole('alert').filter({ hasText: 'nothing can go on in this queue' });
      await note.waitFor();
      const links = await note.getByRole('link').all();
      expect(await Promise.all(links.map((link) => link.getAttribute('title')))).toEqual([runId, child]);
    });
    await app.workflows.cancel(runId, { children: true });
  });
});

describe('Whoever may only read', () => {
  it('sees all of it, and can neither pause, change nor make a queue', () =>
    withConsole(
      browser,
      app,
      'queues',
      async (page) => {
        for (const name of ['Pause ovens', 'Limits of ovens', 'New queue']) {
          const button = page.getByRole('button', { name });
          await button.waitFor();
          await eventually(async () => expect(await button.getAttribute('aria-disabled')).toBe('true'));
          await button.click({ force: true });
        }
        await page.keyboard.press('n');
        await page.getByText('it needs the right "queues"').first().waitFor({ state: 'attached' });
        expect(await page.getByRole('dialog').allInnerTexts()).toEqual([]);
      },
      { as: 'rita' },
    ));
});

describe('By keyboard alone', () => {
  it('a queue is made and paused, and the focus comes back', () =>
    withConsole(browser, app, 'queues', async (page) => {
      await page.getByRole('button', { name: 'Pause mail' }).waitFor();
      await page.keyboard.press('n');
      await focused(page.getByRole('dialog', { name: 'New queue' }).getByLabel('Name'));
      await page.keyboard.type('by-hand');
      await page.keyboard.press('Enter');
      await page.waitForURL(`${app.url}queues/by-hand`);
      const pause = page.getByRole('button', { name: 'Pause by-hand' });
      await pause.focus();
      await page.keyboard.press('Enter');
      await focused(page.getByRole('dialog', { name: 'Pause the queue by-hand?' }).getByLabel('Reason'));
      await page.keyboard.type('Trial');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      const resume = page.getByRole('button', { name: 'Resume by-hand' });
      await resume.waitFor();
      await eventually(async () =>
        expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Resume by-hand'),
      );
    }));
});

describe('The pages of queues', () => {
  it.each([1_280, 375])('are accessible, light and dark, and no wider than the screen: %s px', (width) =>
    withConsole(
      browser,
      app,
      'queues',
      async (page) => {
        const expectFine = async () => {
          await expectAccessible(page, { colors: ['light', 'dark'] });
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        };
        await row(page, 'mail').getByRole('img').waitFor();
        await expectFine();
        await page.getByRole('button', { name: 'Limits of ovens' }).click();
        await page.getByRole('dialog').getByLabel('Rate limit').fill('x');
        await page.getByRole('dialog').getByText('A whole number from 1').waitFor();
        await expectFine();
        await page.keyboard.press('Escape');
        for (const path of ['queues/lines', IN_STRANGE]) {
          await page.goto(new URL(path, app.url).href);
          await page.getByText('keeps its permit').first().waitFor();
          await page.getByText('As a table').waitFor();
          await page.getByText('As a table').click();
          await expectFine();
        }
      },
      { viewport: { width, height: 812 } },
    ),
  );
});
