// The patches of the fault tests still fit the sources, and what they name is there: so a change of a defence shows here within a second, and
// not only when somebody runs the mutants.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_POINTS } from './patches/fault-points.mjs';
import { MUTANTS, type Mutant } from './patches/mutants.mjs';
import { mutantOf, replaceOnce, withPoint } from './patches/source-patches.mjs';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** What does not hold, one line each. */
const problems = (checks: Array<() => void>) =>
  checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });

const applied = ({ edits }: Mutant): Map<string, string> => {
  const sources = new Map<string, string>();
  for (const { file, take, leave } of edits) sources.set(file, replaceOnce(sources.get(file) ?? read(file), take, leave, file));
  return sources;
};

describe('the mutants', () => {
  it('fit the sources: what is taken away stands there once', () => {
    expect(problems(MUTANTS.map((mutant) => () => applied(mutant)))).toEqual([]);
  });

  it('change something, in files of the library', () => {
    for (const mutant of MUTANTS)
      for (const [file, source] of applied(mutant)) {
        expect(file).toMatch(/^(lib|migrations)\/[\w./-]+\.ts$/);
        expect(`${mutant.name}: ${source === read(file) ? 'unchanged' : 'changed'}`).toBe(`${mutant.name}: changed`);
      }
  });

  it('have names of their own, in kebab-case, and say in a sentence what is taken away', () => {
    const names = MUTANTS.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i || !/^[a-z]+(-[a-z]+)*$/.test(name))).toEqual([]);
    expect(MUTANTS.filter(({ defence }) => !/^[A-Z].*\.$/.test(defence)).map(({ name }) => name)).toEqual([]);
    expect(() => mutantOf('no-such-mutant')).toThrow(/no mutant "no-such-mutant"/);
  });

  it('name tests that are there', () => {
    const missing = MUTANTS.filter(({ spec, test }) => {
      if (!existsSync(join(ROOT, spec))) return true;
      const source = read(spec).replaceAll("\\'", "'");
      return !test.split(' › ').every((title) => source.includes(title));
    });
    expect(missing.map(({ name, spec, test }) => `${name}: ${spec}: ${test}`)).toEqual([]);
  });

  it('stand in docs/guarantees.md, beside the promise that they break and the test that holds it', () => {
    const rows = read('docs/guarantees.md')
      .split('\n')
      .filter((line) => line.startsWith('| '));
    const holds = (tests: string, { spec, test }: Mutant) =>
      tests.includes(`\`${spec}\`: ${test}`) || tests.includes(`\`${spec}\`: ${test.split(' › ')[0]} (all)`);
    const told = rows.flatMap((row) => {
      const [, tests = '', mutants = ''] = row.split(' | ');
      return [...mutants.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => ({ name, tests }));
    });
    const missing = MUTANTS.filter((mutant) => !told.some(({ name, tests }) => name === mutant.name && holds(tests, mutant)));
    expect(missing.map(({ name }) => name)).toEqual([]);
    expect(
      problems(
        told.map(
          ({ name }) =>
            () =>
              mutantOf(name),
        ),
      ),
    ).toEqual([]);
  });

  it('are listed in one place only: every file of them is part of the list', () => {
    const files = readdirSync(join(import.meta.dirname, 'patches')).filter((file) => /^mutants-.*\.mjs$/.test(file));
    const list = read('test/faults/patches/mutants.mjs');
    expect(files.filter((file) => !list.includes(`./${file}`))).toEqual([]);
  });
});

describe('the fault points', () => {
  it('fit the sources: the line of each stands there once, also when the others are set', () => {
    const sources = new Map<string, string>();
    const set = (point: (typeof FAULT_POINTS)[number]) => () => {
      const { file, at } = point;
      sources.set(file, replaceOnce(sources.get(file) ?? read(file), at, withPoint(point), file));
    };
    expect(problems(FAULT_POINTS.map(set))).toEqual([]);
  });
});
