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

/** Fails with every violation and the element that has it. `within`: a selector, default the whole page. */
export async function expectAccessible(page: Page, within?: string): Promise<void> {
  // Over the debugger, which the page's policy does not bind: a script tag would be refused.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const where = within === undefined ? 'document' : JSON.stringify(within);
  const violations = await page.evaluate<AxeViolation[]>(`axe.run(${where}).then(({ violations }) => violations)`);
  if (violations.length > 0) throw new Error(`${page.url()} is not accessible:\n${violations.map(describeViolation).join('\n')}`);
}

function describeViolation({ id, impact, help, nodes }: AxeViolation): string {
  const where = nodes.map(
    ({ target, html, failureSummary }) => `    ${target.join(' ')}\n      ${html}\n      ${failureSummary}`,
  );
  return `- ${id} (${impact}): ${help}\n${where.join('\n')}`;
}
