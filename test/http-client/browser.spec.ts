// The client runs where there is nothing but what every browser has: its files are compiled as for publication and run in a world without Node.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createContext, SourceTextModule } from 'node:vm';
import { parseSync, transformSync } from '@swc/core';
import type * as door from '../../lib/http-client/index.js';
import { EVERY_CALL } from './every-call.js';

const FOLDER = join(import.meta.dirname, '../../lib/http-client');
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));

/** All that it may use: of the language, this is on top. */
const BROWSER = {
  fetch,
  Headers,
  URL,
  TextDecoder,
  AbortController,
  setTimeout,
  clearTimeout,
} as const;

function compiled(name: string): string {
  const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } } as const;
  return transformSync(readFileSync(join(FOLDER, name), 'utf8'), options).code;
}

/** In a world of its own, with the globals that are given. */
async function load(globals: object): Promise<typeof door> {
  const context = createContext({ ...globals });
  const modules = new Map<string, SourceTextModule>();
  const moduleOf = (name: string) => {
    const found = modules.get(name) ?? new SourceTextModule(compiled(name), { context, identifier: name });
    modules.set(name, found);
    return found;
  };
  const index = moduleOf('index.ts');
  await index.link((specifier) => {
    expect(dirname(specifier)).toBe('.');
    return moduleOf(specifier.slice(2).replace(/\.js$/, '.ts'));
  });
  await index.evaluate();
  return index.namespace as typeof door;
}

/** What only Node has, or only a page: the client is for both. */
const ELSEWHERE =
  'process Buffer global require module exports __dirname __filename setImmediate clearImmediate window location self navigator localStorage EventSource XMLHttpRequest'.split(
    ' ',
  );

/** All names that stand in a file by themselves, not after a dot and not as a key. */
function namesIn(code: string): Set<string> {
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const one of node) visit(one);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    const { type, value } = node as { type?: string; value?: string };
    if (type === 'Identifier' && typeof value === 'string') names.add(value);
    for (const [name, child] of Object.entries(node)) {
      const isPlain = (child as { type?: string } | null)?.type === 'Identifier';
      if (isPlain && ((type === 'MemberExpression' && name === 'property') || name === 'key')) continue;
      visit(child);
    }
  };
  visit(parseSync(code, { syntax: 'ecmascript', target: 'es2022' }).body);
  return names;
}

describe('the client in a browser', () => {
  it.each(FILES)('%s speaks of nothing that only Node has, or only a page', (name) => {
    const names = namesIn(compiled(name));
    expect(ELSEWHERE.filter((global) => names.has(global))).toEqual([]);
  });

  it('would be found out: such names are seen where they are used', () => {
    const names = namesIn('const f = (b = process.env) => g(b, Buffer.from(x.window), { location: 1 }, [global]);');
    expect(ELSEWHERE.filter((global) => names.has(global))).toEqual(['process', 'Buffer', 'global']);
  });

  it('loads, sends every request and reads every answer with nothing else around', async () => {
    const asked: string[] = [];
    const answer = async (url: string, { method, headers }: { method: string; headers: Headers }) => {
      asked.push(`${method} ${url}`);
      const isStream = headers.get('accept')?.includes('event-stream');
      return isStream
        ? new Response('event: end\ndata: {}\n\n', { headers: { 'content-type': 'text/event-stream' } })
        : Response.json({ runs: [] });
    };
    const { WorkflowsClient } = await load({ ...BROWSER, fetch: answer });
    const client = new WorkflowsClient({ baseUrl: '/workflows' });
    for (const [, call] of EVERY_CALL) await call(client as door.WorkflowsClient);
    expect(asked).toHaveLength(EVERY_CALL.length);
    expect(asked).toContain('GET /workflows/api/me');
  });

  it('calls fetch as a function of the window, not as a method of something else', async () => {
    const seen: unknown[] = [];
    const context = {
      ...BROWSER,
      fetch: async function (this: unknown) {
        seen.push(this);
        return Response.json({});
      },
    };
    const { WorkflowsClient } = await load(context);
    await new WorkflowsClient({ baseUrl: '/workflows' }).me();
    await new WorkflowsClient({ baseUrl: '/workflows', fetch: context.fetch as never }).me();
    expect(seen).toEqual([undefined, undefined]);
  });

  it('throws its own errors there, too', async () => {
    const { WorkflowsClient, WorkflowsHttpError } = await load({
      ...BROWSER,
      fetch: async () => Promise.reject(new TypeError('x')),
    });
    const error = await new WorkflowsClient({ baseUrl: '/workflows' }).me().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkflowsHttpError);
    expect(error).toMatchObject({
      name: 'WorkflowsHttpError',
      code: 'NETWORK_ERROR',
      detail: 'GET me had no complete answer: x.',
    });
  });
});
