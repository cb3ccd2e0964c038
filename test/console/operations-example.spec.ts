// "Operations Example (End-to-End)" of the document that the project began with, word for word, in the console of the sample app: start from the page,
// find the run, hold it, let it go on, stop it, see what it says meanwhile, and find all of it in the tables.
import type { Browser, Page } from 'playwright-core';
import { BuiltSampleApp, TOKEN } from '../sample-app/built-sample-app.js';
import { eventually } from '../support/eventually.js';
import { expectAccessible } from './accessible.js';
import { launchBrowser } from './browser.js';
import { builtConsole } from './built-console.js';
import { PageWatch } from './page-watch.js';

interface RunRow {
  workflow_id: string;
  status: string;
  queue: string;
  partition_key: string;
  timeout_ms: string;
  input: string;
}

describe('the operations example', () => {
  let app: BuiltSampleApp;
  let browser: Browser;
  let page: Page;
  let watch: PageWatch;
  let runId = '';

  beforeAll(async () => {
    [app, browser] = await Promise.all([BuiltSampleApp.build({ consoleDir: await builtConsole() }), launchBrowser()]);
    await app.start();
    page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' })).newPage();
    page.setDefaultTimeout(15_000);
    watch = await PageWatch.start(page, app.url, []);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await app?.dispose();
  });

  it('signs in who opens a page of it without a session, and leads back there; also when the session is over meanwhile', async () => {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    try {
      const guest = await context.newPage();
      guest.setDefaultTimeout(15_000);
      const wanted = `${app.url}/workflows/runs?status=ERROR&status=DEAD`;
      const enter = async () => {
        await guest.waitForURL(`${app.url}/operator/sign-in?to=*`);
        await guest.getByLabel('Operator token').fill(TOKEN);
        await guest.getByRole('button', { name: 'Sign in' }).click();
      };
      await guest.goto(wanted);
      await enter();
      await guest.waitForURL(wanted);
      await guest.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
      await context.clearCookies();
      await guest.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Queues' }).click();
      await guest.getByRole('link', { name: 'Sign in' }).first().click();
      await enter();
      await guest.waitForURL(`${app.url}/workflows/queues`);
      await guest.getByRole('heading', { level: 1, name: 'Queues' }).waitFor();
    } finally {
      await context.close();
    }
  });

  it('opens by the printed link also when that stands on a page of another site', async () => {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    try {
      const mail = await context.newPage();
      mail.setDefaultTimeout(15_000);
      await mail.route('http://mail.example/', (route) =>
        route.fulfill({
          contentType: 'text/html',
          body: `<!doctype html><title>Mail</title><a href="${printedLink()}">Open</a>`,
        }),
      );
      await mail.goto('http://mail.example/');
      await mail.getByRole('link', { name: 'Open' }).click();
      await mail.waitForURL(`${app.url}/workflows/`);
      await mail.getByRole('heading', { level: 1, name: 'Start' }).waitFor();
    } finally {
      await context.close();
    }
  });

  it('opens on the start page, by the link that the sample app prints', async () => {
    await page.goto(printedLink());
    await page.waitForURL(`${app.url}/workflows/`);
    await page.getByRole('heading', { level: 1, name: 'Start' }).waitFor();
  });

  it('starts demo.commands_60s with template default, BATCH-001, AUTO, partition line-1/reactor-a and 180 s', async () => {
    await page.getByLabel('Workflow', { exact: true }).fill('demo.commands_60s');
    await page.getByRole('option', { name: 'default', exact: true }).waitFor({ state: 'attached' });
    await page.getByLabel('Template', { exact: true }).selectOption('default');
    await page.getByLabel('Batch (paramOne)').fill('BATCH-001');
    await page.getByLabel('Mode (paramTwo)').selectOption('AUTO');
    await page.getByLabel('Queue', { exact: true }).fill('default');
    await page.getByLabel('Partition key').fill('line-1/reactor-a');
    await page.getByLabel('Timeout').fill('180');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    const [row] = await eventually(async () => {
      const { rows } = await app.schema.pool.query<RunRow>('select * from workflow_status');
      expect(rows).toHaveLength(1);
      return rows;
    });
    runId = String(row?.workflow_id);
    expect(row).toMatchObject({ queue: 'default', partition_key: 'line-1/reactor-a' });
    expect(Number(row?.timeout_ms)).toBe(180_000);
    expect(row?.input).toContain('BATCH-001');
    expect(row?.input).toContain('AUTO');
  });

  it('finds it in /runs by the name of the workflow', async () => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Runs' }).click();
    await page.getByLabel('Workflow', { exact: true }).fill('demo.commands_60s');
    await page.keyboard.press('Enter');
    await eventually(async () => expect(page.url()).toMatch(/[?&]name(Contains)?=demo\.commands_60s/));
    await page
      .getByRole('link', { name: new RegExp(runId.slice(0, 8)) })
      .first()
      .click();
    await page.waitForURL(`**/runs/${runId}`);
    await page.getByText('RUNNING').first().waitFor();
    await expectAccessible(page);
  });

  it('sees its phase events update and its log stream grow while it is active', async () => {
    await page.getByRole('tab', { name: 'Events' }).click();
    const progress = page.getByText(/BATCH-001: chunk \d+ of 60/).first();
    await progress.waitFor();
    const first = await progress.textContent();
    await eventually(async () => expect(await progress.textContent()).not.toBe(first));
    await page.getByText('phase.state').first().waitFor();
    await page.getByRole('tab', { name: 'Streams' }).click();
    await page
      .getByText(/chunk 3 of 60/)
      .first()
      .waitFor();
    await page
      .getByText(/chunk 5 of 60/)
      .first()
      .waitFor();
  });

  it('holds it: sent, acknowledged, and counted in its queue', async () => {
    await order('HOLD', 'operator hold');
    await page.getByText('HELD', { exact: true }).first().waitFor();
    await page
      .getByText(/acknowledged/)
      .first()
      .waitFor();
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Queues' }).click();
    await page.locator('a[href*="status=HELD"]').first().waitFor();
    await page.goBack();
    await page.getByText('HELD', { exact: true }).first().waitFor();
  });

  it('resumes it: it goes on where it was', async () => {
    await order('RESUME');
    await page.getByText('RUNNING', { exact: true }).first().waitFor();
  });

  it('stops it: it cleans up, and says so', async () => {
    await order('STOP', 'operator stop');
    await page.getByText('STOPPED', { exact: true }).first().waitFor({ timeout: 30_000 });
    await page.getByRole('tab', { name: 'Events' }).click();
    await page
      .getByText(/CLEANED/)
      .first()
      .waitFor();
  });

  it('shows its steps over time, with what they gave back', async () => {
    await page.getByRole('link', { name: 'Steps', exact: true }).click();
    await page.waitForURL(`**/runs/${runId}/steps`);
    await page
      .getByRole('option', { name: /commands\.work: succeeded/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'Output' }).waitFor();
    await page.getByRole('button', { name: 'Table', exact: true }).click();
    await page
      .getByRole('row', { name: /commands\.clean/ })
      .first()
      .waitFor();
  });

  it('leaves all of it in the tables', async () => {
    const { pool } = app.schema;
    const rows = async (text: string) => (await pool.query<Record<string, unknown>>(text, [runId])).rows;
    expect(await rows('select status from workflow_status where workflow_id = $1')).toEqual([{ status: 'STOPPED' }]);
    const steps = await rows('select name, output from operation_outputs where workflow_id = $1 order by ordinal');
    expect(steps.filter(({ name }) => name === 'commands.work').length).toBeGreaterThan(4);
    expect(steps.filter(({ name }) => name === 'commands.clean')).toHaveLength(3);
    const events = await rows('select key, value from workflow_events where workflow_id = $1');
    expect(events.find(({ key }) => key === 'phase.state')?.value).toContain('CLEANED');
    const chunks = await rows("select value from streams where workflow_id = $1 and stream = 'log' order by chunk_offset");
    expect(chunks.length).toBeGreaterThan(4);
    const commands = await rows(
      'select command, actor, reason, outcome from commands where workflow_id = $1 order by command_id',
    );
    expect(commands).toEqual([
      { command: 'HOLD', actor: 'operator', reason: 'operator hold', outcome: 'APPLIED' },
      { command: 'RESUME', actor: 'operator', reason: null, outcome: 'APPLIED' },
      { command: 'STOP', actor: 'operator', reason: 'operator stop', outcome: 'APPLIED' },
    ]);
  });

  it('has provoked no violation of the policy, no error and no request elsewhere', () => watch.expectClean());

  function printedLink(): string {
    const link = app.lines.find((line) => line.includes('/operator/sign-in?token='));
    return String(link?.slice(link.indexOf('http')).trim());
  }

  async function order(command: string, reason?: string): Promise<void> {
    await page.getByRole('button', { name: command, exact: true }).first().click();
    const dialog = page.getByRole('dialog', { name: /this run/ });
    if (reason !== undefined) await dialog.getByLabel('Reason').fill(reason);
    await dialog.getByRole('button', { name: command }).click();
    await dialog.waitFor({ state: 'hidden' });
  }
});
