// Reads the sources as text (parsed by swc) and holds them to the structure of the design: rooms, cycles, sizes, who may know SQL and packages.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from '@swc/core';

const ROOT = join(import.meta.dirname, '..');

interface Import {
  specifier: string;
  typeOnly: boolean;
  dynamic: boolean;
}

interface Source {
  /** From the root of the project. */
  path: string;
  text: string;
  imports: Import[];
  /** String and template literals, as written in code, but for import specifiers. */
  literals: string[];
}

type Node = { type?: string } & Record<string, unknown>;

function read(path: string): Source {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const imports: Import[] = [];
  const literals: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const node = value as Node;
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration': {
        const source = node.source as { value: string } | null;
        if (source) {
          const specifiers = (node.specifiers as Array<{ isTypeOnly?: boolean }> | undefined) ?? [];
          const typeOnly =
            node.typeOnly === true || (specifiers.length > 0 && specifiers.every((specifier) => specifier.isTypeOnly === true));
          imports.push({ specifier: source.value, typeOnly, dynamic: false });
          return;
        }
        break;
      }
      case 'TsImportType':
        imports.push({ specifier: (node.argument as { value: string }).value, typeOnly: true, dynamic: false });
        return;
      case 'CallExpression':
        if ((node.callee as Node).type === 'Import') {
          const [argument] = node.arguments as Array<{ expression: { value: string } }>;
          imports.push({ specifier: argument?.expression.value ?? '', typeOnly: false, dynamic: true });
          return;
        }
        break;
      case 'StringLiteral':
        literals.push(node.value as string);
        return;
      case 'TemplateElement':
        literals.push(node.raw as string);
        return;
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(parseSync(text, { syntax: 'typescript', decorators: true, target: 'es2022' }).body);
  return { path, text, imports, literals };
}

const files = ['lib', 'migrations']
  .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)))
  .filter((path) => path.endsWith('.ts'))
  .sort();
const sources = new Map(files.map((path) => [path, read(path)]));

/** The project's file that a relative specifier means. */
function target(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? relative(ROOT, join(ROOT, dirname(from), specifier)).replace(/\.js$/, '.ts') : undefined;
}

function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** `lib/<room>/…` → room; the doors and the migrations are rooms of their own. */
function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'lib' ? (second.endsWith('.ts') ? 'door' : second) : top;
}

/** All that a room may import, beside itself. */
const MAY_IMPORT: Record<string, string[]> = { kernel: [] };
MAY_IMPORT.model = ['kernel'];
MAY_IMPORT.migrations = [];
MAY_IMPORT.store = ['migrations', 'model', 'kernel'];
MAY_IMPORT.engine = ['store', 'model', 'kernel'];
// Siblings.
MAY_IMPORT.dispatch = ['engine', 'store', 'model', 'kernel'];
MAY_IMPORT.durable = ['engine', 'store', 'model', 'kernel'];
MAY_IMPORT.operations = ['dispatch', 'durable', 'engine', 'store', 'model', 'kernel'];
MAY_IMPORT.client = ['operations', ...MAY_IMPORT.operations];
MAY_IMPORT.nest = ['client', ...MAY_IMPORT.client];
MAY_IMPORT.admin = ['nest', ...MAY_IMPORT.nest];
// These stand apart: nobody imports them but the application (and, dynamically, the option `embedded`), and of ours they know little.
MAY_IMPORT.embedded = [];
MAY_IMPORT.telemetry = ['model', 'kernel'];
MAY_IMPORT.testing = MAY_IMPORT.admin;
// Runs in browsers: of ours it knows types alone.
MAY_IMPORT['http-client'] = ['admin', ...MAY_IMPORT.admin];
MAY_IMPORT.door = ['admin', ...MAY_IMPORT.admin];

function edges(keep: (edge: Import) => boolean): Map<string, string[]> {
  return new Map(
    [...sources.values()].map(({ path, imports }) => [
      path,
      imports.filter(keep).flatMap(({ specifier }) => target(path, specifier) ?? []),
    ]),
  );
}

/** Strongly connected parts of more than one file, or a file that imports itself. */
function cycles(graph: Map<string, string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node) as number);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node) as number, low.get(next) as number));
      } else if (stack.includes(next)) low.set(node, Math.min(low.get(node) as number, index.get(next) as number));
    }
    if (low.get(node) !== index.get(node)) return;
    const part = stack.splice(stack.indexOf(node));
    if (part.length > 1 || graph.get(node)?.includes(node)) found.push(part.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

/** Lines that are neither blank nor comment only. */
function codeLines(text: string): number {
  // Comments inside SQL literals count as code: they are lines of the literal.
  let inBlock = false;
  let count = 0;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (inBlock) {
      inBlock = !line.includes('*/');
      continue;
    }
    if (line.startsWith('/*') && !line.includes('*/')) inBlock = true;
    else if (line !== '' && !line.startsWith('//') && !(line.startsWith('/*') && line.endsWith('*/'))) count++;
  }
  return count;
}

/** `path: detail` for every source where `check` finds something. */
function offences(check: (source: Source) => string[] | undefined): string[] {
  return [...sources.values()].flatMap((source) => (check(source) ?? []).map((detail) => `${source.path}: ${detail}`));
}

describe('the sources', () => {
  it('are read: every relative import leads to one of them', () => {
    expect(sources.size).toBeGreaterThan(60);
    expect(
      offences(({ path, imports }) =>
        imports.flatMap(({ specifier }) => {
          const file = target(path, specifier);
          return file === undefined || (specifier.endsWith('.js') && existsSync(join(ROOT, file))) ? [] : [specifier];
        }),
      ),
    ).toEqual([]);
  });

  it('lie in rooms of the design', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => MAY_IMPORT[room] === undefined)).toEqual([]);
  });

  it('import only their own room and rooms below it, types included', () => {
    expect(
      offences(({ path, imports }) =>
        imports.flatMap(({ specifier, dynamic }) => {
          const file = target(path, specifier);
          if (file === undefined) return [];
          const [own, other] = [roomOf(path), roomOf(file)];
          if (own === other || MAY_IMPORT[own]?.includes(other)) return [];
          // The option `embedded` loads the sub-path only when it is used.
          if (own === 'nest' && other === 'embedded' && dynamic) return [];
          return [specifier];
        }),
      ),
    ).toEqual([]);
  });

  it('are values of their own room alone in the client for browsers: no package, nothing of Node, of the rest of the library types only', () => {
    const isOwn = (path: string, specifier: string) => roomOf(target(path, specifier) ?? '') === 'http-client';
    expect(
      offences(({ path, imports }) =>
        roomOf(path) === 'http-client'
          ? imports.flatMap(({ specifier, typeOnly }) =>
              isOwn(path, specifier) || (typeOnly && specifier.startsWith('.')) ? [] : [specifier],
            )
          : [],
      ),
    ).toEqual([]);
  });

  it('have no cycle of value imports', () => {
    expect(cycles(edges((edge) => !edge.typeOnly))).toEqual([]);
  });

  it('have no cycle of type imports either', () => {
    expect(cycles(edges(() => true))).toEqual([]);
  });

  it('have at most 400 lines of code each', () => {
    expect(offences(({ text }) => (codeLines(text) > 400 ? [`${codeLines(text)} lines`] : []))).toEqual([]);
  });

  it('open with a comment that says what the file promises', () => {
    expect(offences(({ text }) => (/^(\/\/ \S.{19,}|\/\*\*?[\s*]+\S)/.test(text) ? [] : ['no leading comment']))).toEqual([]);
  });

  it('have SQL only in the store and in the migrations', () => {
    const sql =
      /^\s*(\/\*.*?\*\/\s*)?(select\b(?!ed)|insert\s+into|update\s+\S+\s+set|delete\s+from|with\s+\w+\s+as|create\s+(table|index|schema|function|database)|drop\s+(table|schema|function)|alter\s+table|listen\s+"|notify\s|begin\b|commit\b|rollback\b|truncate\s)/i;
    expect(
      offences(({ path, literals }) =>
        // The embedded server stands apart: it talks to its own server, before there is a schema.
        ['store', 'migrations', 'embedded'].includes(roomOf(path))
          ? []
          : literals.filter((literal) => sql.test(literal)).map((literal) => literal.slice(0, 60)),
      ),
    ).toEqual([]);
    // The pattern does find SQL where it is.
    const store = [...sources.values()].filter(({ path }) => roomOf(path) === 'store');
    expect(store.filter(({ literals }) => literals.some((literal) => sql.test(literal))).length).toBeGreaterThan(4);
  });

  const valueImports = (packages: RegExp, allowed: (path: string) => boolean) =>
    offences(({ path, imports }) =>
      imports.flatMap(({ specifier, typeOnly }) =>
        !typeOnly && packages.test(packageOf(specifier) ?? '') && !allowed(path) ? [specifier] : [],
      ),
    );

  it('use values of @nestjs/* only in nest, admin and testing', () => {
    expect(valueImports(/^@nestjs\//, (path) => ['nest', 'admin', 'testing'].includes(roomOf(path)))).toEqual([]);
  });

  it('use values of typeorm and pg only in the store and in the migrations', () => {
    // The DataSource class is the injection token of the host's default DataSource.
    const token = 'lib/nest/data-source-token.ts';
    const allowed = (path: string) => ['store', 'migrations', 'embedded'].includes(roomOf(path)) || path === token;
    expect(valueImports(/^(typeorm|pg)$/, allowed)).toEqual([]);
    expect(sources.get(token)?.imports).toEqual([{ specifier: 'typeorm', typeOnly: false, dynamic: false }]);
  });

  it('import no package that is not a peer dependency', () => {
    const { peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      peerDependencies: Record<string, string>;
    };
    expect(
      offences(({ imports }) =>
        imports.flatMap(({ specifier }) => {
          const name = packageOf(specifier);
          return name === undefined || name in peerDependencies ? [] : [specifier];
        }),
      ),
    ).toEqual([]);
  });

  it('have no barrel but the public doors', () => {
    const doors = ['lib/index.ts', 'lib/embedded/index.ts', 'lib/http-client/index.ts', 'migrations/index.ts'];
    const reExports = /^export\s+(type\s+)?(\*|\{[^}]*\})(\s+as\s+\w+)?\s+from\s/m;
    expect(
      offences(({ path, text }) =>
        !doors.includes(path) && (path.endsWith('/index.ts') || reExports.test(text))
          ? ['passes on what other files export']
          : [],
      ),
    ).toEqual([]);
    expect(
      offences(({ path, imports }) =>
        path === 'lib/index.ts'
          ? []
          : imports.flatMap((edge) => (target(path, edge.specifier) === 'lib/index.ts' ? ['imports the public door'] : [])),
      ),
    ).toEqual([]);
  });

  it('have names that say what is inside', () => {
    const forbidden = /(^|[/.-])(utils?|helpers?|types|common|misc|constants|interfaces)\.ts$/;
    expect(files.filter((path) => forbidden.test(path) || !/^[a-z0-9./-]+$/.test(path))).toEqual([]);
  });

  it('export at most one class per file, errors aside', () => {
    expect(
      offences(({ text }) => {
        const classes = [...text.matchAll(/^export (?:abstract )?class (\w+)/gm)].map((match) => match[1] as string);
        const others = classes.filter((name) => !name.endsWith('Error'));
        return others.length > 1 ? [others.join(', ')] : [];
      }),
    ).toEqual([]);
  });

  it('do no work when they are imported: no call stands by itself, no environment is read', () => {
    const work = /^(?:(?:await |void )?[a-zA-Z_$][\w$.]*\(|(?:export )?(?:const|let) [^=]+= process\.env)/m;
    expect(offences(({ text }) => text.match(work) ?? undefined)).toEqual([]);
  });

  it('would be found out: the checks above see a cycle, a forbidden import and SQL where they are', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a']],
      ['d', ['a', 'd']],
    ]);
    expect(cycles(graph)).toEqual([['a', 'b', 'c'], ['d']]);
    expect(MAY_IMPORT.durable).not.toContain('dispatch');
    expect(MAY_IMPORT.dispatch).not.toContain('durable');
    expect(codeLines('// a\n\n/* b\n c */\nconst d = 1; // e\n')).toBe(1);
  });
});
