// The curl lines that the README shows and the sample app prints: each works as it stands. They are sent by fetch: curl itself may be missing.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuiltSampleApp, ROOT } from './built-sample-app.js';

describe('the curl lines', () => {
  let app: BuiltSampleApp;

  beforeAll(async () => {
    app = await BuiltSampleApp.build();
    await app.start();
  }, 60_000);

  afterAll(() => app?.dispose());

  it('of the README are answered', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const lines = readme.split('\n').filter((line) => line.startsWith('curl '));
    expect(await answersTo(lines.map((line) => line.replace('localhost:3000', app.url)))).toEqual([
      [201, expect.stringContaining('"id":"EXP-1"')],
      [200, expect.stringContaining('"state":"WAITING"')],
      [200, expect.stringContaining('"by":"Ben","reason":"Have fun"')],
      [201, expect.stringMatching(/^Nobody/)],
      [200, expect.stringMatching(/^\s*id: 0\ndata: {"place":0,/)],
      [200, expect.stringMatching(/^\s*id: 20\ndata: {"place":20,/)],
      [200, '{"id":"STORY-1","status":"RUNNING"}'],
      [201, expect.stringContaining('"id":"REP-1"')],
      [200, expect.stringContaining('"of":6')],
      [201, expect.stringContaining('"id":"BATCH-1"')],
      [201, expect.stringContaining('"id":"BATCH-2"')],
      [201, expect.stringContaining('"id":"BATCH-3"')],
      [200, expect.stringMatching(/"waiting":\[.*"BATCH-3".*"BATCH-2"/)],
      [200, expect.stringContaining('"batch":"BATCH-1"')],
      [202, '{"accepted":100,"refused":0}'],
      [200, expect.stringMatching(/"name":"reactors","concurrency":3/)],
      [201, expect.stringContaining('"id":"DEMO-1"')],
      [200, expect.stringContaining('"commands":[]')],
    ]);
  });

  it('that the app prints are answered', async () => {
    const printed = app.lines.join('\n').replaceAll('\\\n', '').split('\n');
    const lines = printed.map((line) => line.trim()).filter((line) => line.startsWith('curl ') && !line.includes('<'));
    expect(lines.length).toBeGreaterThanOrEqual(32);
    const statuses = (await answersTo(lines)).map(([status]) => status);
    expect(statuses.filter((status) => ![200, 201, 202].includes(status))).toEqual([]);
  });

  it.each(['approvals', 'commands', 'reports', 'stories'])('lead to a page of %s that needs nothing else', async (name) => {
    expect(app.lines).toContain(`    ${app.url}/${name}/page`);
    const response = await app.fetch(`/${name}/page`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/https?:|\ssrc=|<link|\son\w+=|innerHTML/);
  });
});

/** One after the other: status, and the first part of the answer that came. */
async function answersTo(lines: readonly string[]): Promise<Array<[number, string]>> {
  const answers: Array<[number, string]> = [];
  for (const line of lines) {
    const { url, ...init } = parseCurl(line);
    const response = await fetch(url, init);
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    let { value = '', done } = await reader.read();
    // An event stream begins with its headers, and perhaps an empty line.
    while (!done && value.trim() === '') ({ value = '', done } = await reader.read());
    await reader.cancel();
    answers.push([response.status, value]);
  }
  return answers;
}

/** -s, -N, -d, -H and a URL, as a shell would read them. */
function parseCurl(line: string): RequestInit & { url: string } {
  const words = [...line.matchAll(/(?:[^\s']+|'[^']*')+/g)].map(([word]) => word.replaceAll("'", '')).slice(1);
  const headers = new Headers();
  const data: string[] = [];
  let url = '';
  while (words.length > 0) {
    const word = words.shift() as string;
    if (word === '-d') data.push(words.shift() as string);
    else if (word === '-H') headers.append(...((words.shift() as string).split(/: (.*)/, 2) as [string, string]));
    else if (!/^-[sN]+$/.test(word)) url = word.startsWith('http') ? word : `http://${word}`;
  }
  if (data.length === 0) return { url, headers };
  if (!headers.has('content-type')) headers.set('content-type', 'application/x-www-form-urlencoded');
  return { url, headers, method: 'POST', body: data.join('&') };
}
