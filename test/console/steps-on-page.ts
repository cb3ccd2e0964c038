// What stands on the steps page, by what operators call it. For the specs of that page.
import type { Page } from 'playwright-core';

export const path = (runId: string, query = '') => `runs/${runId}/steps${query}`;
export const list = (page: Page) => page.getByRole('listbox', { name: 'Timeline of operations' });
export const row = (page: Page, name: string | RegExp) => page.getByRole('option', { name });
export const bars = (page: Page, name: string | RegExp, look: string) => row(page, name).locator(`.bar-${look}`);
export const details = (page: Page) => page.getByRole('group', { name: 'Details' });
/** In the details; its stack has it too. */
export const said = (page: Page, text: string) => details(page).getByText(text, { exact: true });
export const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);
