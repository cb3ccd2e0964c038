// Holds a page, in the state in which it is, to the rules of axe-core. For the specs of pages, dialogs and menus: `expectAccessible(page)`.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const AXE = join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js');

interface AxeViolation {
  id: string;
  impact: string | null;
  help: string;
  nodes: Array<{ html: string; target: string[]; failureSummary: string }>;
}

export interface AccessibleOptions {
  /** A selector. Default the whole page. */
  within?: string;
  /** In each of these colours. Default those that it has. */
  colors?: readonly Colors[];
}

type Colors = 'light' | 'dark';

/** Fails with every violation and the element that has it. */
export async function expectAccessible(page: Page, { within, colors = [] }: AccessibleOptions = {}): Promise<void> {
  // Over the debugger, which the page's policy does not bind: a script tag would be refused.
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(await readFile(AXE, 'utf8'));
  const where = within === undefined ? 'document' : JSON.stringify(within);
  for (const color of colors.length === 0 ? [undefined] : colors) {
    if (color !== undefined) await wear(page, color);
    const violations = await page.evaluate<AxeViolation[]>(
      `axe.run(${where}, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
    );
    const what = `${page.url()}${color === undefined ? '' : `, ${color},`} is not accessible`;
    if (violations.length > 0) throw new Error(`${what}:\n${violations.map(describeViolation).join('\n')}`);
  }
}

/** The system's colours are others; the page follows. */
async function wear(page: Page, colorScheme: Colors): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.locator(`html[data-theme=${colorScheme}]`).waitFor();
}

function describeViolation({ id, impact, help, nodes }: AxeViolation): string {
  const where = nodes.map(
    ({ target, html, failureSummary }) => `    ${target.join(' ')}\n      ${html}\n      ${failureSummary}`,
  );
  return `- ${id} (${impact}): ${help}\n${where.join('\n')}`;
}
