// Reads the sources of the console as text and holds them to its structure: which folder may know which, no cycles, nothing that a strict policy refuses.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCES = join(ROOT, 'console', 'src');

interface Source {
  /** From console/src. */
  path: string;
  text: string;
  lines: number;
  /** Files of the console, from console/src. */
  imports: string[];
  /** Files of lib, from the root, that are there at run time. */
  library: string[];
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?[^'";]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)|(?:^|\n)import\s+'(\.[^']+)'/g;

function read(path: string): Source {
  const text = readFileSync(join(SOURCES, path), 'utf8');
  const imports: string[] = [];
  const library: string[] = [];
  for (const [statement, type, from, dynamic, bare] of text.matchAll(IMPORT)) {
    const specifier = from ?? dynamic ?? bare ?? '';
    const file = join(SOURCES, dirname(path), specifier);
    if (!relative(ROOT, file).startsWith('lib/')) {
      const found = [file, `${file}.ts`, `${file}.tsx`, file.replace(/\.js$/, '.ts'), file.replace(/\.js$/, '.tsx')].find(
        (each) => existsSync(each),
      );
      imports.push(found === undefined ? `missing: ${specifier}` : relative(SOURCES, found));
      continue;
    }
    const names = /\{([^}]*)\}/.exec(statement)?.[1]?.split(',') ?? [''];
    const isTypeOnly = type !== undefined || names.every((name) => name.trim() === '' || name.trim().startsWith('type '));
    if (!isTypeOnly) library.push(relative(ROOT, file));
  }
  return { path, text, lines: text.split('\n').length, imports, library };
}

const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .map(read);
const byPath = new Map(sources.map((source) => [source.path, source]));

/** A page is a room of its own. */
const room = (path: string) =>
  path
    .split('/')
    .slice(0, path.startsWith('pages/') ? 2 : 1)
    .join('/');
const ORDER = ['api', 'parts', 'shell', 'pages', 'app.tsx', 'main.tsx'];
const height = (path: string) => ORDER.indexOf(path.split('/')[0] ?? '');

describe('the sources of the console', () => {
  it('are there, each in a room that has its place', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.filter(({ path }) => height(path) === -1).map(({ path }) => path)).toEqual([]);
    expect(
      sources.flatMap(({ path, imports }) =>
        imports.filter((each) => each.startsWith('missing')).map((each) => `${path}: ${each}`),
      ),
    ).toEqual([]);
  });

  it('know only rooms below their own: api, parts, shell, pages; and no page knows another', () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports
        .filter(
          (to) => to !== 'styles.css' && (height(to) > height(path) || (height(to) === height(path) && room(to) !== room(path))),
        )
        .map((to) => `${path} -> ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it('have no import cycle', () => {
    const cycles: string[] = [];
    const done = new Set<string>();
    const walk = (path: string, trail: string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
        return;
      }
      if (done.has(path)) return;
      for (const to of byPath.get(path)?.imports ?? []) walk(to, [...trail, path]);
      done.add(path);
    };
    for (const { path } of sources) walk(path, []);
    expect(cycles).toEqual([]);
  });

  it('take nothing of the library to the browser but the HTTP client and pure vocabulary', () => {
    const allowed = /^lib\/(http-client\/index\.js|model\/|client\/(?:[\w-]+-options|[\w-]+-rules)\.js)/;
    expect(
      sources.flatMap(({ path, library }) => library.filter((file) => !allowed.test(file)).map((file) => `${path} -> ${file}`)),
    ).toEqual([]);
  });

  it('are small, and say in their first line what they promise', () => {
    expect(sources.filter(({ lines }) => lines > 400).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
    expect(sources.filter(({ text }) => !/^\/\/ \S/.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it.each([
    ['HTML made of texts', /dangerouslySetInnerHTML|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write/],
    ['code made of texts', /\beval\(|new Function\(/],
    ['styles made of texts', /setAttribute\('style'|\.cssText|<style/],
    ['fragments, which a <base> sends elsewhere', /href="#|url\(#/],
    ['requests past the client', /\bfetch\(|new EventSource\(|XMLHttpRequest|sendBeacon/],
    ['other sites', /['"`]https?:\/\//],
  ])('have no %s', (_what, pattern) => {
    expect(sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
