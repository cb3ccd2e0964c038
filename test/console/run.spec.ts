// The page of one run: its orders by its state, its events and streams as they come, and everything that it holds, as text.
import { Injectable } from '@nestjs/common';
import type { Browser, Page } from 'playwright-core';
import { RunReader, Step, Workflow, WorkflowContext } from '../../lib/index.js';
import { eventually } from '../support/eventually.js';
import { expectAccessible } from './accessible.js';
import { launchBrowser } from './browser.js';
import { type ConsoleApp, startConsoleApp } from './console-app.js';
import { withConsole } from './console-page.js';
import { expectSmooth } from './main-thread.js';

/** Without quotes: those are escaped where a value is shown as JSON. */
const EVIL = '<img src=x onerror=window.evil=1>';

/** A step that ends when the spec says so. */
class Gate {
  open: () => void = () => undefined;
  readonly passed = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

@Injectable()
class ShownWorkflows {
  readonly gates = new Map<string, Gate>();
  constructor(private readonly wf: WorkflowContext) {}

  /** Tells each message that it gets by an event and a chunk. */
  @Workflow({ name: 'shown.echo', timeout: '180s' })
  async echo(): Promise<string> {
    const stream = this.wf.stream('log');
    await this.wf.setEvent('phase.state', 'RUNNING');
    for (;;) {
      const text = await this.wf.receive<string>('say');
      if (text === 'end') return 'said all';
      await this.wf.setEvent('phase.state', text);
      await stream.write(text);
    }
  }

  @Workflow({ name: 'shown.slow' })
  async slow(gate: string): Promise<void> {
    await this.work(gate);
    await this.wf.receive('never');
  }

  @Step({ name: 'work' })
  async work(gate: string): Promise<void> {
    await this.gates.get(gate)?.passed;
  }

  @Workflow({ name: 'shown.evil' })
  async evil(_input: unknown): Promise<void> {
    await this.wf.setEvent(`key ${EVIL}`, { [`in ${EVIL}`]: `value ${EVIL}` });
    await this.wf.stream(`stream ${EVIL}`).write(`chunk ${EVIL}`);
    await this.wf.receive('end');
    throw new Error(`message ${EVIL}`, { cause: new Error(`cause ${EVIL}`) });
  }

  @Workflow({ name: 'shown.big' })
  async big(text: string): Promise<unknown> {
    return { exact: 2n ** 63n + 1n, text };
  }

  @Workflow({ name: 'shown.parent' })
  async parent(): Promise<void> {
    await this.leaf();
  }

  @Workflow({ name: 'shown.leaf' })
  async leaf(): Promise<void> {
    await this.wf.receive('go');
  }
}

let browser: Browser;
let app: ConsoleApp;

beforeAll(async () => {
  browser = await launchBrowser();
  app = await startConsoleApp({
    providers: [ShownWorkflows],
    workflowsOptions: { suspendAfter: '50ms' },
    access: { reader: 'read_only', blind: { actions: ['command'], payloads: false } },
  });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const start = async (name: string, args: unknown[] = [], options: object = {}) =>
  (await app.workflows.start(name, args, options)).runId;
const isWaiting = (id: string) =>
  eventually(async () => expect((await app.app.get(RunReader, { strict: false }).find(id)).status).toBe('WAITING'));
const order = (page: Page, name: string) =>
  page.getByRole('toolbar', { name: 'Orders' }).getByRole('button', { name, exact: true });
const isOn = async (page: Page, name: string) => (await order(page, name).getAttribute('aria-disabled')) !== 'true';
const ordersThatAreOn = async (page: Page) => {
  const names = ['HOLD', 'RESUME', 'STOP', 'RESET', 'Cancel'];
  const on = await Promise.all(names.map((name) => isOn(page, name)));
  return names.filter((_name, index) => on[index]);
};
const becomes = (page: Page, status: string) =>
  page.getByRole('heading', { level: 1 }).getByText(status, { exact: true }).waitFor();
const give = async (page: Page, name: string, confirm: string, reason: string) => {
  await order(page, name).click();
  const dialog = page.getByRole('dialog', { name: `${name} this run?` });
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: confirm, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
};
const lines = (page: Page) => page.getByRole('list', { name: 'Commands on their way' });

describe('Orders to a run', () => {
  it('are on by its state: held, resumed and stopped, each with its reason and acknowledged', async () => {
    const runId = await start('shown.echo', [], { id: 'echo/1 & more' });
    await isWaiting(runId);
    await withConsole(browser, app, `runs/${encodeURIComponent('echo/1 & more')}`, async (page) => {
      await becomes(page, 'WAITING');
      await eventually(async () => expect(await ordersThatAreOn(page)).toEqual(['HOLD', 'STOP', 'Cancel']));
      await give(page, 'HOLD', 'Send HOLD', 'operator hold');
      await lines(page)
        .getByText(/^HOLD sent .* by ann \(“operator hold”\) → acknowledged /)
        .waitFor();
      await becomes(page, 'HELD');
      await page.getByText('Resumed, it waits for a message of topic “say”.').waitFor();
      await eventually(async () => expect(await ordersThatAreOn(page)).toEqual(['RESUME', 'STOP', 'Cancel']));
      await expectAccessible(page);
      // By its key.
      await page.keyboard.press('r');
      await page.getByRole('dialog', { name: 'RESUME this run?' }).getByLabel('Reason').fill('the valve is closed');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await lines(page)
        .getByText(/^RESUME sent .*the valve is closed.*acknowledged/)
        .waitFor();
      await becomes(page, 'WAITING');
      await give(page, 'STOP', 'Send STOP', 'stop requested');
      await becomes(page, 'STOPPED');
      await eventually(async () => expect(await ordersThatAreOn(page)).toEqual(['RESET']));
      await page.getByText(`stopped by ann: stop requested`).waitFor();
      await page.getByRole('tab', { name: 'Audit' }).click();
      for (const reason of ['operator hold', 'the valve is closed', 'stop requested'])
        await page.getByRole('table').getByText(reason).waitFor();
    });
    expect((await app.workflows.commands.list(runId)).map(({ command, reason, outcome }) => [command, reason, outcome])).toEqual([
      ['STOP', 'stop requested', 'APPLIED'],
      ['RESUME', 'the valve is closed', 'APPLIED'],
      ['HOLD', 'operator hold', 'APPLIED'],
    ]);
  });

  it('say that they are not yet picked up while a step runs, and are acknowledged when it has ended', async () => {
    const gate = new Gate();
    app.app.get(ShownWorkflows, { strict: false }).gates.set('slow', gate);
    const runId = await start('shown.slow', ['slow']);
    await withConsole(browser, app, `runs/${runId}`, async (page) => {
      await becomes(page, 'RUNNING');
      await give(page, 'HOLD', 'Send HOLD', 'leak');
      await lines(page).getByText('not yet picked up').waitFor();
      await eventually(async () => expect(await ordersThatAreOn(page)).toEqual(['RESUME', 'STOP', 'Cancel']));
      await order(page, 'HOLD').hover();
      await page.getByText('HOLD is on its way to it.').filter({ visible: true }).waitFor();
      gate.open();
      await becomes(page, 'HELD');
      await lines(page).getByText('acknowledged').waitFor();
    });
  });

  it('cancel it, with its children, after saying what that means', async () => {
    const runId = await start('shown.parent');
    await isWaiting(runId);
    await withConsole(browser, app, `runs/${runId}?tab=children`, async (page) => {
      const child = page.getByRole('table', { name: 'Children' }).getByRole('row').filter({ hasText: 'shown.leaf' });
      await child.getByText('WAITING').waitFor();
      await order(page, 'Cancel').click();
      const dialog = page.getByRole('dialog', { name: 'Cancel this run?' });
      await dialog.getByText('nothing is cleaned up').waitFor();
      await dialog.getByLabel('Its children').check();
      await dialog.getByLabel('Reason').fill('wrong order');
      await dialog.getByRole('button', { name: 'Cancel the run' }).click();
      await becomes(page, 'CANCELLED');
      await child.getByText('CANCELLED').waitFor();
    });
  });

  it('send a message and a command of the workflow’s own, with JSON, and refuse what is none', async () => {
    const runId = await start('shown.echo');
    await isWaiting(runId);
    await withConsole(browser, app, `runs/${runId}?tab=messages`, async (page) => {
      const more = page.getByRole('button', { name: 'More orders' });
      await more.click();
      await page.getByRole('menuitem', { name: 'Send a message …' }).click();
      const dialog = page.getByRole('dialog', { name: /^Send a/ });
      const topic = dialog.getByLabel('Topic');
      expect(await topic.inputValue()).toBe('say');
      await dialog.getByText('The run waits for say.').waitFor();
      await topic.fill('other');
      await dialog.getByText('The run does not wait for this topic now').waitFor();
      await dialog.getByLabel('Payload').fill('{"n": 12345678901234567890}');
      await dialog.getByLabel('Reason').focus();
      await dialog.getByRole('alert').filter({ hasText: 'too large to be sent exactly' }).waitFor();
      expect(await dialog.getByRole('button', { name: 'Send' }).getAttribute('aria-disabled')).toBe('true');
      await dialog.getByLabel('Payload').fill('{"n": 7}');
      await dialog.getByRole('button', { name: 'Send' }).click();
      await page.getByRole('table', { name: 'Mailbox' }).getByText('not yet').waitFor();
      await more.click();
      await page.getByRole('menuitem', { name: 'Send another command …' }).click();
      await dialog.getByLabel('Command').fill('CLEAN');
      await dialog.getByLabel('Data').fill('["vessel"]');
      await dialog.getByRole('button', { name: 'Send' }).click();
      await lines(page)
        .getByText(/^CLEAN sent .* by ann → not yet picked up/)
        .waitFor();
    });
    expect(await app.workflows.commands.list(runId)).toMatchObject([{ command: 'CLEAN', data: ['vessel'], outcome: null }]);
  });

  it('are all off for who may only look, with the reason; the server refuses them too', async () => {
    const runId = await start('shown.echo');
    await withConsole(
      browser,
      app,
      `runs/${runId}`,
      async (page) => {
        await becomes(page, 'WAITING');
        expect(await ordersThatAreOn(page)).toEqual([]);
        await order(page, 'HOLD').hover();
        await page.getByText('it needs the right "command"').filter({ visible: true }).waitFor();
        await order(page, 'HOLD').click({ force: true });
        await page.keyboard.press('h');
        expect(await page.getByRole('dialog').count()).toBe(0);
        await page.getByRole('button', { name: 'More orders' }).click();
        const items = page.getByRole('menuitem');
        // The menu is loaded when it is first used.
        await items.first().waitFor();
        expect(await items.count()).toBe(4);
        expect(await page.locator('[role=menuitem][aria-disabled=true]').count()).toBe(4);
      },
      { as: 'reader' },
    );
    const { status, body } = await app.post<{ code: string }>(
      `${app.api}/runs/${runId}/commands`,
      { command: 'HOLD' },
      { authorization: 'Bearer reader' },
    );
    expect([status, body.code]).toEqual([403, 'ACTION_FORBIDDEN']);
    expect(await app.workflows.commands.list(runId)).toEqual([]);
  });
});

describe('What a run tells', () => {
  it('is shown as it comes: the event of its phase, and its history', async () => {
    const runId = await start('shown.echo');
    await withConsole(browser, app, `runs/${runId}?tab=events`, async (page) => {
      const value = page.getByRole('row').filter({ hasText: 'phase.state' });
      await value.getByText('RUNNING').waitFor();
      await app.workflows.send(runId, 'say', 'HEATING');
      await value.getByText('HEATING').waitFor();
      await app.workflows.send(runId, 'say', 'COOLING');
      await value.getByText('COOLING').waitFor();
      expect(await value.count()).toBe(1);
      await page.getByRole('button', { name: 'History' }).click();
      await eventually(async () => expect(await value.count()).toBe(3));
      await page.getByLabel('Only keys that contain').fill('other');
      await page.getByText('No key that was loaded').waitFor();
      expect(new URL(page.url()).search).toBe('?tab=events&history=1&key=other');
    });
  });

  it('grows in its stream while that is watched, rests while it is paused, and ends with the run', async () => {
    const runId = await start('shown.echo');
    await app.workflows.send(runId, 'say', 'first');
    await withConsole(browser, app, `runs/${runId}?tab=streams`, async (page) => {
      const list = page.getByRole('listbox', { name: 'Chunks of log' });
      await list.getByText('first').waitFor();
      await app.workflows.send(runId, 'say', 'second');
      await list.getByText('second').waitFor();
      await page.getByRole('button', { name: 'Pause', exact: true }).click();
      await page.getByText('paused', { exact: true }).waitFor();
      await app.workflows.send(runId, 'say', 'third');
      // The page hears of it: the list of streams counts it.
      await page.getByRole('list', { name: 'Streams' }).getByText('3 chunks').waitFor();
      expect(await list.getByRole('option').count()).toBe(2);
      await page.getByRole('button', { name: 'Follow', exact: true }).click();
      await list.getByText('third').waitFor();
      await expectAccessible(page);
      await app.workflows.send(runId, 'say', 'end');
      await page.getByText('ended', { exact: true }).waitFor();
      expect(await page.getByRole('button', { name: 'Pause', exact: true }).count()).toBe(0);
      await page.getByRole('list', { name: 'Streams' }).getByText('3 chunks, ended').waitFor();
      await becomes(page, 'SUCCESS');
      // By keyboard: a chunk is chosen, and seen whole.
      await list.focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.getByText('Chunk 1', { exact: true }).waitFor();
    });
  });

  it('scrolls through 100,000 chunks without keeping the page for 50 ms, and does not move what one looks at', async () => {
    const runId = await start('shown.echo');
    await isWaiting(runId);
    await app.schema.pool.query(
      `insert into streams (workflow_id, stream, chunk_offset, body_base, body_count, value)
       select $1, 'long', n, 0, n + 1, '"line ' || n || '"' from generate_series(0, 99999) n`,
      [runId],
    );
    await withConsole(browser, app, `runs/${runId}?tab=streams&stream=long`, async (page) => {
      const list = page.getByRole('listbox', { name: 'Chunks of long' });
      await list.getByText('line 99999').waitFor();
      await page.getByRole('button', { name: 'Load 98,000 earlier' }).click();
      await page.getByText('100,000 of 100,000 loaded chunks').waitFor({ timeout: 60_000 });
      await list.getByText('line 99999').waitFor();
      const scroll = (to: number) =>
        page.evaluate(`new Promise((done) => {
          const box = document.querySelector('[role=listbox]');
          let n = 0;
          const step = () => { box.scrollTop += ${to}; ++n < 60 ? requestAnimationFrame(step) : done(); };
          requestAnimationFrame(step);
        })`);
      await expectSmooth(page, async () => {
        await scroll(20_000);
        await scroll(-20_000);
      });
      await page.getByRole('button', { name: 'Go to the newest' }).waitFor();
      const inSight = await list.getByRole('option').nth(15).innerText();
      await app.schema.pool.query(
        `insert into streams (workflow_id, stream, chunk_offset, body_base, body_count, value) values ($1, 'long', 100000, 0, 100001, '"fresh"')`,
        [runId],
      );
      // Its process tells the readers of the run.
      await app.workflows.send(runId, 'say', 'wake');
      await page.getByRole('button', { name: '1 new' }).waitFor();
      expect(await list.getByRole('option').nth(15).innerText()).toBe(inSight);
      await page.getByRole('button', { name: '1 new' }).click();
      await list.getByText('fresh').waitFor();
    });
  }, 90_000);
});

describe('What a run holds', () => {
  it('is text, whatever it says: no field of it becomes HTML', async () => {
    const runId = await start('shown.evil', [{ [`input ${EVIL}`]: EVIL }], {
      id: `id ${EVIL}`,
      partitionKey: `partition ${EVIL}`,
      attributes: { [`attribute ${EVIL}`]: EVIL },
    });
    await isWaiting(runId);
    await app.workflows.send(runId, `topic ${EVIL}`, `payload ${EVIL}`);
    await app.workflows.sendCommand(runId, 'CLEAN', { reason: `reason ${EVIL}`, actor: `actor ${EVIL}`, data: `data ${EVIL}` });
    await app.workflows.send(runId, 'end', null);
    await withConsole(browser, app, `runs/${runId}`, async (page) => {
      await becomes(page, 'ERROR');
      const seen = async (...texts: string[]) => {
        for (const text of texts) await page.getByText(`${text} ${EVIL}`).first().waitFor();
      };
      await seen('id', 'partition', 'attribute', 'input', 'message', 'cause', 'reason', 'by actor');
      const tab = (name: string) => page.getByRole('tab', { name, exact: true }).click();
      await tab('Events');
      await seen('key', 'in', 'value');
      await tab('Streams');
      await seen('stream', 'chunk');
      await tab('Messages');
      await seen('topic', 'payload');
      await tab('Commands');
      await seen('reason', 'actor', 'data');
      await tab('Audit');
      await seen('actor', 'reason');
      expect(await page.evaluate('[document.querySelectorAll("img").length, window.evil]')).toEqual([0, undefined]);
    });
  });

  it('is loaded when asked for where it is large, and exact where numbers are', async () => {
    const text = 'y'.repeat(100_000);
    const runId = await start('shown.big', [text]);
    await withConsole(browser, app, `runs/${runId}`, async (page) => {
      await becomes(page, 'SUCCESS');
      const answers: string[] = [];
      page.on('response', (response) => answers.push(new URL(response.url()).pathname));
      await page.getByText('98 kB, not loaded').first().waitFor();
      await page.getByRole('button', { name: 'Load output' }).click();
      await page.getByText('9223372036854775809').first().waitFor();
      expect(answers.filter((path) => path.endsWith('/payload'))).toHaveLength(1);
    });
  });

  it('is hidden from who may not see payloads, and commands still work', async () => {
    const runId = await start('shown.evil', [{ secret: 'SECRET' }], { attributes: { secret: 'SECRET' } });
    await isWaiting(runId);
    await withConsole(
      browser,
      app,
      `runs/${runId}`,
      async (page) => {
        await page.getByText('hidden: you may not see payloads').first().waitFor();
        expect(await isOn(page, 'Cancel')).toBe(false);
        await give(page, 'HOLD', 'Send HOLD', 'blind');
        await becomes(page, 'HELD');
        for (const name of ['Events', 'Streams', 'Commands']) await page.getByRole('tab', { name, exact: true }).click();
        await page.getByRole('table', { name: 'Commands' }).waitFor();
        expect(await page.content()).not.toContain('SECRET');
      },
      { as: 'blind' },
    );
  });

  it('can be compared with another run', async () => {
    const [one, other] = [await start('shown.big', ['a']), await start('shown.big', ['b'])];
    await withConsole(browser, app, `runs/${one}?compare=${other}`, async (page) => {
      await page.getByText('They recorded the same operations.').waitFor();
      await page.getByLabel('What differs of the input').getByText('"a" → "b"').waitFor();
    });
  });

  it('stays usable on a phone, in the dark: nothing is wider than the screen, every tab is clean', async () => {
    const runId = await start('shown.echo', [], { attributes: { line: 1 } });
    await app.workflows.send(runId, 'say', 'x'.repeat(2_000));
    await app.workflows.sendCommand(runId, 'CLEAN', { reason: 'y'.repeat(500), actor: 'ann' });
    await withConsole(
      browser,
      app,
      `runs/${runId}`,
      async (page) => {
        await becomes(page, 'WAITING');
        for (const name of ['Overview', 'Events', 'Streams', 'Children', 'Messages', 'Commands', 'Audit', 'Compare']) {
          await page.getByRole('tab', { name, exact: true }).click();
          await page.locator('[role=tabpanel]').getByText(/\w/).first().waitFor();
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
          await expectAccessible(page);
        }
      },
      { viewport: { width: 375, height: 812 }, colorScheme: 'dark' },
    );
  });
});

it('says so when there is no such run', () =>
  withConsole(
    browser,
    app,
    'runs/order-404',
    async (page) => {
      await page.getByRole('heading', { name: 'No such run' }).waitFor();
      await page.getByText('order-404', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'Go to the runs' }).waitFor();
    },
    { expected: [/status of 404/] },
  ));
