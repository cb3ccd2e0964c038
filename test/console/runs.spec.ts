// The page of runs: found among a hundred thousand, live, by keyboard, and given orders.
import type { Browser, Page } from 'playwright-core';
import { eventually } from '../support/eventually.js';
import { expectAccessible } from './accessible.js';
import { launchBrowser } from './browser.js';
import { type ConsoleApp, startConsoleApp } from './console-app.js';
import { withConsole } from './console-page.js';
import { expectSmooth, longestTask } from './main-thread.js';

const MANY = 100_000;
const XSS = '<img src=x onerror="document.title=1">';

let browser: Browser;
let app: ConsoleApp;

beforeAll(async () => {
  browser = await launchBrowser();
  app = await startConsoleApp({
    access: { eve: 'read_only', sue: { actions: ['cancel'], payloads: false } },
  });
  await app.schema.pool.query(`
    insert into workflow_status (workflow_id, name, status, attributes, input, output, created_at, started_at, completed_at)
    select gen_random_uuid(), 'archive.import', 'SUCCESS', case when n % 10 = 0 then jsonb_build_object('batch', 'b-' || n) end, '[1]', '2',
      made, made, made + interval '20 s'
    from generate_series(1, ${MANY}) n, lateral (select now() - interval '30 days' + n * interval '20 s' made) t`);
  await app.schema.pool.query('analyze workflow_status');
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const rows = (page: Page) => page.getByRole('row').filter({ has: page.getByRole('gridcell') });
const rowOf = (page: Page, id: string) => page.locator(`[data-run="${id}"]`);
/** Of the box in which the list scrolls. */
const BOX = `document.querySelector('[role="grid"][aria-label="Runs"]').parentElement`;
const scrollTo = (page: Page, top: string) => page.evaluate(`${BOX}.scrollTop = ${top}`);
const param = (page: Page, name: string) => new URL(page.url()).searchParams.getAll(name);
/** One that goes on; its run id. */
const start = async (name: string, options: object = {}) => {
  const { body } = await app.post<{ runId: string }>(`${app.api}/workflows/${name}/runs`, { args: [1], ...options });
  return body.runId;
};
const reaches = (id: string, status: string) =>
  eventually(async () => {
    const { body } = await app.get<{ run: { status: string } }>(`${app.api}/runs/${id}`);
    expect(body.run.status).toBe(status);
  });

describe('Filters', () => {
  it('find a run by its workflow, stand in the URL, outlast a reload, and are cleared', async () => {
    const id = await start('orders.wait');
    await withConsole(browser, app, 'runs', async (page) => {
      await page.getByRole('combobox', { name: 'Workflow' }).fill('ers.wa');
      await rowOf(page, id).waitFor();
      await eventually(() => expect(param(page, 'nameContains')).toEqual(['ers.wa']));
      await page.getByRole('combobox', { name: 'Workflow' }).fill('orders.wait');
      await eventually(() => expect([param(page, 'name'), param(page, 'nameContains')]).toEqual([['orders.wait'], []]));
      await page.reload();
      await rowOf(page, id).waitFor();
      expect(await page.getByRole('combobox', { name: 'Workflow' }).inputValue()).toBe('orders.wait');
      expect(await page.getByText('archive.import').count()).toBe(0);
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.getByText(/^10,000\+ runs$/).waitFor();
      expect(new URL(page.url()).search).toBe('');
    });
  });

  it('are combined, shown as chips that take them away, and gone back to', () =>
    withConsole(browser, app, 'runs', async (page) => {
      await page.getByRole('button', { name: 'SUCCESS' }).click();
      await page.getByRole('button', { name: 'More filters' }).click();
      await page.getByLabel('Attributes').fill('b-99990');
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.getByRole('alert').getByText('such as batch="BATCH-2"').waitFor();
      expect(param(page, 'attributes')).toEqual([]);
      await page.getByLabel('Attributes').fill('batch=b-99990');
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.getByText('1 run match').waitFor();
      await rows(page).getByText('b-99990').waitFor();
      expect([param(page, 'status'), param(page, 'attributes')]).toEqual([['SUCCESS'], ['batch=b-99990']]);
      await expectAccessible(page);
      await page.getByRole('button', { name: /Remove the filter Attributes/ }).click();
      await page.getByText(/^10,000\+ runs match$/).waitFor();
      await page.goBack();
      await page.getByText('1 run match').waitFor();
    }));

  it('that are refused say why, and what finds nothing says what was looked for', () =>
    withConsole(
      browser,
      app,
      'runs?status=NEVER',
      async (page) => {
        await page
          .getByRole('alert')
          .getByText(/status must be one of/)
          .waitFor();
        await page.goto(new URL('runs?attributes={', app.url).href);
        await page.getByRole('alert').getByText('Attributes must be JSON').waitFor();
        await page.goto(new URL('runs?name=orders.none&created=1h', app.url).href);
        await page.getByText('Workflow orders.none · Created last hour').waitFor();
        await expectAccessible(page);
      },
      { expected: [/status of 400/] },
    ));

  it('are kept under a name', () =>
    withConsole(browser, app, 'runs?status=DEAD&created=8h', async (page) => {
      const saved = page.getByRole('button', { name: 'Saved filters', exact: true });
      await saved.click();
      await page.getByLabel('Name for these filters').fill('Dead today');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByRole('button', { name: 'Dead today', exact: true }).waitFor();
      await expectAccessible(page);
      await page.goto(new URL('runs', app.url).href);
      await saved.click();
      await page.getByRole('button', { name: 'Dead today', exact: true }).click();
      await eventually(() => expect([param(page, 'status'), param(page, 'created')]).toEqual([['DEAD'], ['8h']]));
      await saved.click();
      await page.getByRole('button', { name: 'Delete Dead today' }).click();
      await page.getByText('None yet.').waitFor();
    }));
});

describe('The search', () => {
  it('finds a run by its id as lists shorten it, and says what it looked for when there is none', async () => {
    const id = await start('orders.wait');
    const own = await start('orders.wait', { id: 'ORDER/7' });
    await withConsole(
      browser,
      app,
      'runs?name=orders.wait',
      async (page) => {
        const search = page.getByRole('searchbox');
        const shown = await rowOf(page, id).getByRole('link').innerText();
        expect(shown).toMatch(/^[0-9a-f]{8}…[0-9a-f]{4}$/);
        await rowOf(page, own).getByRole('link', { name: 'ORDER/7' }).waitFor();
        for (const [text, found] of [
          [shown, id],
          ['ORDER/7', own],
          [id.slice(0, 13), id],
        ] as const) {
          await search.fill(text);
          await search.press('Enter');
          await page.waitForURL(`**/runs/${found}`);
        }
        await search.fill('BATCH-2');
        await search.press('Enter');
        const note = page.getByRole('status').filter({ hasText: 'No run has the id “BATCH-2”' });
        await note.waitFor();
        await expectAccessible(page);
        await note.getByRole('button', { name: 'Dismiss' }).click();
        await note.waitFor({ state: 'detached' });
        expect(param(page, 'nameContains')).toEqual(['BATCH-2']);
      },
      { expected: [/status of 40[04]/] },
    );
  });
});

describe('The list', () => {
  it('has the runs of everybody as text, and no payload for whom they are hidden', async () => {
    await app.schema.pool.query(
      `insert into workflow_status (workflow_id, name, queue, status, partition_key, deduplication_id, attributes, input)
       values (gen_random_uuid(), $1, $1, 'HELD', $1, $1, $2, '[]')`,
      [XSS, JSON.stringify({ [XSS]: XSS })],
    );
    const path = `runs?name=${encodeURIComponent(XSS)}&deduplicationId=${encodeURIComponent(XSS)}`;
    const look = async (page: Page) => {
      await rows(page).getByText(XSS).first().waitFor();
      expect(await rows(page).locator('img').count()).toBe(0);
      return (await rows(page).first().innerText()).split(XSS).length - 1;
    };
    await withConsole(browser, app, path, async (page) => expect(await look(page)).toBe(3));
    await withConsole(
      browser,
      app,
      path,
      async (page) => {
        await look(page);
        await rows(page).getByText('hidden').waitFor();
      },
      { as: 'sue' },
    );
  });

  it('shows what becomes of a run', async () => {
    const id = await start('orders.wait');
    await withConsole(browser, app, 'runs?name=orders.wait', async (page) => {
      await rowOf(page, id).getByText('WAITING').waitFor();
      await app.post(`${app.api}/runs/${id}/cancel`, {});
      await rowOf(page, id).getByText('CANCELLED').waitFor();
    });
  });

  it('leaves rows where they are while new runs come, and goes to those', () =>
    withConsole(browser, app, 'runs', async (page) => {
      await rows(page).first().waitFor();
      const seen = page.locator('[data-index="105"]');
      // It can be scrolled as far as rows are loaded.
      await eventually(async () => {
        await scrollTo(page, '3600');
        expect(await seen.count()).toBe(1);
      });
      const [id, before] = [await seen.getAttribute('data-run'), await seen.boundingBox()];
      const fresh = await start('orders.wait');
      await page.getByRole('button', { name: '1 new, go to top' }).waitFor();
      expect(await rowOf(page, id ?? '').boundingBox()).toEqual(before);
      await page.getByRole('button', { name: '1 new, go to top' }).click();
      await rowOf(page, fresh).waitFor();
      expect(await page.getByRole('button', { name: /new, go to top/ }).count()).toBe(0);
    }));

  it('is moved in, chosen from and opened by keyboard alone, and is as it was on the way back', () =>
    withConsole(browser, app, 'runs?name=archive.import', async (page) => {
      await rows(page).first().waitFor();
      await page.keyboard.press('j');
      for (let press = 0; press < 60; press++) await page.keyboard.press(press % 2 === 0 ? 'ArrowDown' : 'j');
      const active = page.locator('[role="row"]:focus');
      expect(await active.getAttribute('aria-rowindex')).toBe('62');
      await page.keyboard.press('k');
      await page.keyboard.press('x');
      expect(await active.getAttribute('aria-selected')).toBe('true');
      await page.getByText('1 chosen').waitFor();
      await expectAccessible(page);
      const id = (await active.getAttribute('data-run')) ?? '';
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/runs/${id}`);
      await page.goBack();
      await rowOf(page, id).waitFor();
      await eventually(async () => expect(await page.evaluate(`${BOX}.scrollTop > 1000`)).toBe(true));
    }));

  it('has the columns that were chosen', () =>
    withConsole(browser, app, 'runs?name=archive.import', async (page) => {
      const heads = () => page.getByRole('columnheader').allInnerTexts();
      await page.getByRole('button', { name: 'Columns' }).click();
      await page.getByRole('checkbox', { name: 'Priority' }).check();
      await page.getByRole('checkbox', { name: 'Queue' }).uncheck();
      await page.getByRole('button', { name: 'Status: to the left' }).click();
      const wanted = ['', 'Id', 'Status', 'Workflow', 'Partition', 'Created', 'Duration', 'Attributes', 'Priority'];
      await eventually(async () => expect(await heads()).toEqual(wanted));
      await page.reload();
      await eventually(async () => expect(await heads()).toEqual(wanted));
    }));

  it('is cards on a phone, and nothing is wider than it', () =>
    withConsole(
      browser,
      app,
      'runs?name=archive.import',
      async (page) => {
        await rows(page).first().getByText('archive.import').waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
        await expectAccessible(page);
        await rows(page).nth(1).click();
        await page.waitForURL(/\/runs\/[0-9a-f-]{36}$/);
      },
      { viewport: { width: 375, height: 812 }, colorScheme: 'dark' },
    ));

  it(
    `loads ${MANY.toLocaleString('en')} runs by scrolling, and never keeps the page from drawing`,
    () =>
      withConsole(browser, app, 'runs?name=archive.import', async (page) => {
        await rows(page).first().waitFor();
        const loaded = await longestTask(page, () =>
          page.evaluate(`new Promise((resolve) => {
          const box = ${BOX};
          let last = 0;
          const down = () => {
            // Once for each page that came: frames in between cost what the server needs.
            if (box.scrollHeight !== last) box.scrollTop = last = box.scrollHeight;
            if (box.lastElementChild.textContent === 'No older runs.') resolve();
            else requestAnimationFrame(down);
          };
          down();
        })`),
        );
        expect(loaded.tasks).toBeGreaterThan(200);
        // It can't be repeated: one or two may be the machine's.
        expect(loaded.long).toBeLessThanOrEqual(2);
        await expectSmooth(page, () =>
          page.evaluate(`new Promise((resolve) => {
          const box = ${BOX};
          let frame = 0;
          const roam = () => {
            box.scrollTop = frame % 50 === 0 ? (box.scrollHeight * frame) / 400 : box.scrollTop + 300;
            if (frame++ < 200) requestAnimationFrame(roam);
            else resolve();
          };
          roam();
        })`),
        );
        await scrollTo(page, `${BOX}.scrollHeight`);
        await page.locator(`[data-index="${MANY - 1}"]`).waitFor();
      }),
    120_000,
  );
});

describe('Orders for many runs', () => {
  it('are looked at dry, need a reason only to be remembered, become a job, and are told run by run', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => start('orders.wait', { queue: 'default', attributes: { hall: '2' } })));
    await Promise.all(ids.map((id) => reaches(id, 'WAITING')));
    await app.post(`${app.api}/runs/${ids[2]}/cancel`, {});
    await withConsole(browser, app, 'runs?attributes={"hall":"2"}', async (page) => {
      await page.getByText('3 runs match').waitFor();
      await page.getByRole('button', { name: /Act.*on all/ }).click();
      const dialog = page.getByRole('dialog', { name: /all runs that match/ });
      // Nothing is chosen for anybody: Enter, or a hasty click, does nothing.
      const nothing = dialog.getByRole('button', { name: 'Choose an action' });
      expect(await nothing.getAttribute('aria-disabled')).toBe('true');
      await dialog.getByLabel('Action').selectOption('cancel');
      await dialog.getByRole('button', { name: 'Cancel 3 runs' }).waitFor();
      await dialog.getByLabel('Action').selectOption('HOLD');
      await dialog.getByText('3 runs match now.').waitFor();
      await dialog.getByText('1 has a status that refuses it.').waitFor();
      await expectAccessible(page);
      await dialog.getByLabel('Reason').fill('Leak in hall 2');
      await dialog.getByRole('button', { name: 'HOLD 3 runs' }).click();
      const job = page.getByRole('listitem', { name: 'HOLD' });
      await job.getByText('2 done, 1 refused, 0 failed, of 3 runs').waitFor();
      await job.getByText('Leak in hall 2').waitFor();
      expect(param(page, 'jobs')).toEqual(['1']);
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      for (const id of ids.slice(0, 2)) await rowOf(page, id).getByText('HELD').waitFor();
    });
    const { rows: audited } = await app.schema.pool.query(
      `select actor, reason from audit_log where workflow_id = $1 and action = 'HOLD'`,
      [ids[0]],
    );
    expect(audited).toEqual([{ actor: 'ann', reason: 'Leak in hall 2' }]);
  });

  it('above a hundred want their number typed', () =>
    withConsole(browser, app, 'runs?name=archive.import', async (page) => {
      await page.getByText(/^10,000\+ runs match$/).waitFor();
      await page.getByRole('button', { name: /Act.*on all/ }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Action').selectOption('legalHold');
      const order = dialog.getByRole('button', { name: 'Legal hold on for 10,000+ runs' });
      await dialog.getByText('10,000+ runs match now.').waitFor();
      await dialog.getByLabel('Type 10000 to confirm').waitFor();
      expect(await order.getAttribute('aria-disabled')).toBe('true');
      await dialog.getByLabel('Type 10000 to confirm').fill('10000');
      await eventually(async () => expect(await order.getAttribute('aria-disabled')).toBeNull());
      const { rows: jobs } = await app.schema.pool.query(
        `select count(*)::int from bulk_jobs where filter::text like '%archive%'`,
      );
      expect(jobs).toEqual([{ count: 0 }]);
    }));

  it('go to the runs that were chosen, a range with Shift, and say which did not take them', async () => {
    const ids: string[] = [];
    for (let made = 0; made < 4; made++)
      ids.unshift(await start('orders.wait', { deduplicationId: `chosen-${made}`, attributes: { hall: '3' } }));
    await Promise.all(ids.map((id) => reaches(id, 'WAITING')));
    await withConsole(
      browser,
      app,
      'runs?attributes={"hall":"3"}',
      async (page) => {
        await rowOf(page, ids[3] ?? '').waitFor();
        await rowOf(page, ids[0] ?? '')
          .getByRole('checkbox')
          .click();
        await rowOf(page, ids[2] ?? '')
          .getByRole('checkbox')
          .click({ modifiers: ['Shift'] });
        await page.getByText('3 chosen').waitFor();
        await page.getByRole('button', { name: /Act.*on chosen/ }).click();
        const dialog = page.getByRole('dialog', { name: 'Act on 3 chosen runs' });
        await dialog.getByLabel('Action').selectOption('STOP');
        await dialog.getByText('3 runs chosen.').waitFor();
        await app.post(`${app.api}/runs/${ids[1]}/cancel`, {});
        await reaches(ids[1] ?? '', 'CANCELLED');
        await dialog.getByLabel('Reason').fill('Wrong recipe');
        await dialog.getByRole('button', { name: 'STOP 3 runs' }).click();
        const results = page.getByRole('dialog', { name: 'STOP: 2 of 3 done' });
        await results.getByText(/is CANCELLED/).waitFor();
        await expectAccessible(page);
        await results.getByRole('button', { name: 'Close' }).last().click();
        for (const id of [ids[0], ids[2]])
          await rowOf(page, id ?? '')
            .getByText('STOPPED')
            .waitFor();
        await rowOf(page, ids[3] ?? '')
          .getByText('WAITING')
          .waitFor();
      },
      { expected: [/status of 409/] },
    );
  });

  it('are not for whoever may only look', () =>
    withConsole(
      browser,
      app,
      'runs?name=archive.import&jobs=1',
      async (page) => {
        await page.getByRole('dialog', { name: 'Bulk jobs' }).waitFor();
        await page.keyboard.press('Escape');
        await rows(page).first().getByRole('checkbox').click();
        const order = page.getByRole('button', { name: /^Act/ });
        await order.waitFor();
        expect(await order.getAttribute('aria-disabled')).toBe('true');
        await order.click({ force: true });
        expect(await page.getByRole('dialog').count()).toBe(0);
      },
      { as: 'eve' },
    ));
});
