// docs/admin.md tells of every route what there is: its table is made of what the routes say of themselves. When it is out of date,
// `UPDATE_DOCS=1 npm test -- test/admin/docs.spec.ts` writes it anew.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADMIN_ACTIONS } from '../../lib/admin/access/admin-access.js';
import type { Shape } from '../../lib/admin/requests/shape.js';
import { FEED_TOPICS } from '../../lib/client/feed-topics.js';
import { EVERY_ROUTE } from './every-route.js';

const PATH = join(import.meta.dirname, '../../docs/admin.md');
const [BEGIN, END] = ['<!-- routes -->\n', '<!-- /routes -->'];

function keysOf(shape: Shape = {}): string {
  return Object.entries(shape)
    .map(([key, { isRequired }]) => `\`${key}\`${isRequired === true ? '*' : ''}`)
    .join(', ');
}

function table(): string {
  const rows = EVERY_ROUTE.map(({ method, fullPath, action, summary, query, body }) => {
    const takes = [keysOf(query), keysOf(body)].filter(Boolean).join(', ');
    const right = action === 'read' ? '' : `\`${action}\``;
    return `| \`${method} ${fullPath}\` | ${right} | ${summary.replaceAll('|', '\\|')} | ${takes} |`;
  });
  return ['', '| route | right | | takes |', '| --- | --- | --- | --- |', ...rows, '', ''].join('\n');
}

describe('docs/admin.md', () => {
  it('has all routes, as they are', () => {
    const text = readFileSync(PATH, 'utf8');
    const [before = '', rest = ''] = text.split(BEGIN);
    const [found, after = ''] = rest.split(END);
    if (process.env.UPDATE_DOCS) writeFileSync(PATH, before + BEGIN + table() + END + after);
    else expect(found).toBe(table());
  });

  it('names every right and every topic', () => {
    const text = readFileSync(PATH, 'utf8');
    for (const name of [...ADMIN_ACTIONS, ...FEED_TOPICS]) expect(text).toContain(`\`${name}\``);
  });
});
